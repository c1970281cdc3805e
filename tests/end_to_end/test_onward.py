from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import openpyxl
import pytest

from dispatcher.publishing.archives import read_zip
from tests.passing_on import EICI, KEY, ZIP, Mediator, attachments, hand_over, issue, save
from tests.smtp_server import SmtpServer
from tests.workspaces import NUMBER, SLUG, Workspace

if TYPE_CHECKING:
    from pathlib import Path

COURIERS = [f"nodal-{number:02}@courier.example" for number in range(60)]
DEAD = COURIERS[7:9]


def test_kit_and_return_go_between_two_workspaces(begun: Workspace, tmp_path: Path) -> None:
    """The kit comes out of EICI's mail, is passed on to 60 couriers, two refused; the return shows at the office."""
    office = Workspace(shutil.copytree(begun.root, tmp_path / "office"))
    eici = Mediator(shutil.copytree(begun.root, tmp_path / "eici"))
    with SmtpServer() as relay:
        issue(office, port=relay.port)
    attached = attachments(relay.messages, EICI)
    files = read_zip(attached[ZIP])
    eici.take_up(sheet=files["couriers.xlsx"], couriers=COURIERS)
    received = eici.run("onward", "receive", save(tmp_path, ZIP, attached[ZIP]), SHARED_KEY=KEY)
    print(received.out, received.err)
    assert 0 == received.code
    with SmtpServer(refuses={address: "550 5.1.1 no such mailbox" for address in DEAD}) as couriers:
        eici.hand_over_to(couriers.port)
        checked = eici.run("check", NUMBER)
        print(checked.out, checked.err)
        hand_over(eici, code=3)
    print(couriers.messages[0][:1500])
    ended = eici.run("onward", "return", NUMBER, SHARED_KEY=KEY)
    print(ended)
    r = office.run(
        "onward", "record", NUMBER, str(eici.root / "outbox" / SLUG / f"return-{SLUG}.json"), SHARED_KEY=KEY
    )
    print(r)
    r = office.run(
        "onward", "record", NUMBER, str(eici.root / "outbox" / SLUG / f"return-{SLUG}.json"), SHARED_KEY=KEY
    )
    print(r)
    print(
        office.run("status", NUMBER),
        office.run("status", NUMBER, "--json").out,
        office.run("verify"),
        eici.run("verify"),
    )
    print(openpyxl.load_workbook(office.root / "outbox" / SLUG / "register.xlsx").worksheets[0]["A1"].value)
    assert 0
