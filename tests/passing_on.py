"""An office and its mediator as two workspaces on one machine, and what goes between them."""

from __future__ import annotations

import email
import email.policy
import io
import shutil
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import openpyxl
import yaml

from dispatcher.publishing.archives import read_zip
from tests.certificates import PASSPHRASE, authority
from tests.smtp_server import SmtpServer
from tests.workspaces import NUMBER, SLUG, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

KEY = "a key that only the two offices hold"
AUTHORITY = authority("Test Root")
EICI = "secretariat@eici.example"
ZIP = f"onward-{SLUG}.zip"
RETURN = f"return-{SLUG}.json"
COURIERS = [f"nodal-{number:02}@courier.example" for number in range(60)]
DEAD = COURIERS[7:9]


@dataclass(frozen=True)
class Mediator(Workspace):
    """The workspace of EICI: its own office and sender, and its couriers as the only audience."""

    def take_up(self, *, sheet: bytes, couriers: Iterable[str]) -> None:
        """Set config.yaml as EICI does, and fill in the sheet of the kit."""
        shutil.rmtree(self.root / "outbox")
        settings = yaml.safe_load(self.config.read_text(encoding="utf-8"))
        settings["office"] |= {
            "name": {"hi": "एक्सप्रेस इंडस्ट्री काउंसिल ऑफ इंडिया", "en": "Express Industry Council of India"},
            "short_name": {"hi": "ईआईसीआई", "en": "EICI"},
        }
        settings["sender"] = {"from": f"EICI <{EICI}>"}
        settings["audiences"] = {
            "couriers": {"sheet": "recipients/couriers.xlsx", "tab": "Couriers", "part": "to", "note": "couriers"}
        }
        settings["approval"] = {"self_approval": True}
        settings["onward"] = {"key": {"env": "SHARED_KEY"}}
        self.config.write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), encoding="utf-8")
        trust(self)
        book = openpyxl.load_workbook(io.BytesIO(sheet))
        for number, address in enumerate(couriers):
            book["Couriers"].append(
                [f"Courier {number}", "Nodal", address, None, "022-20825140", "Mumbai", "both"]
            )
        book.save(self.root / "recipients" / "couriers.xlsx")


def issue(office: Workspace, *, port: int) -> None:
    """Let an office sign its advisory and hand it over, its hour some hours ahead."""
    office.put_off(
        effective_at=timedelta(hours=9), notify_before=timedelta(hours=8), useful_until=timedelta(days=5)
    )
    office.hand_over_to(port)
    text = office.advisory.read_text(encoding="utf-8")
    for unnamed, named in (
        ("नमूना – हस्ताक्षरकर्ता का नाम", "आशा राव"),
        ("Specimen – name of the signatory", "Asha Rao"),
    ):
        assert unnamed in text
        text = text.replace(unnamed, named)
    office.advisory.write_text(text, encoding="utf-8")
    office.configure(approval={"self_approval": True}, onward={"key": {"env": "SHARED_KEY"}})
    trust(office)
    (office.root / "key.p12").write_bytes(AUTHORITY.person("ASHA RAO").p12())
    sign_and_hand_over(office)


def sign_and_hand_over(office: Workspace) -> None:
    """Sign the advisory as it stands, prepare, approve and send it."""
    options = ("--p12", "key.p12", "--passphrase-env", "KEY_PASSPHRASE")
    signed = office.run("sign", NUMBER, *options, KEY_PASSPHRASE=PASSPHRASE, SHARED_KEY=KEY)
    assert 0 == signed.code, signed.err
    hand_over(office)


def trust(workspace: Workspace) -> None:
    """Have a workspace trust the authority of the officer's certificate."""
    (workspace.root / "root.pem").write_bytes(AUTHORITY.pem)
    workspace.configure(signature={"roots": ["root.pem"], "required": True})


def hand_over(workspace: Workspace, *, code: int = 0) -> None:
    """Prepare, approve and send; `code` is how `send` is to end."""
    for verb, expected in (("prepare", 0), ("approve", 0), ("send", code)):
        ended = workspace.run(verb, NUMBER, SHARED_KEY=KEY)
        assert expected == ended.code, ended.err + ended.out


def attachments(messages: Sequence[bytes], to: str) -> dict[str, bytes]:
    """Return what is attached to the one message to an address: file name -> content."""
    (found,) = [one for one in map(_parsed, messages) if one["To"] == to]
    return {
        part.get_filename() or "": part.get_payload(decode=True) or b""  # type: ignore[misc]
        for part in found.iter_attachments()
    }


def _parsed(message: bytes) -> email.message.EmailMessage:
    """Parse a message as it came over SMTP (RFC 5321, section 4.5.2)."""
    plain = message.replace(b"\r\n..", b"\r\n.")
    return email.message_from_bytes(plain, policy=email.policy.default)


def save(folder: Path, name: str, content: bytes) -> str:
    """Write a file; return its path."""
    (folder / name).write_bytes(content)
    return str(folder / name)


@dataclass(frozen=True)
class Exchange:
    """An office that has issued its advisory, EICI that has passed it on, and what went over SMTP."""

    office: Workspace
    eici: Mediator
    kit: bytes
    to_eici: Mapping[str, bytes]
    """What was attached to EICI's mail."""
    to_couriers: Sequence[bytes]

    @property
    def returned(self) -> Path:
        """The return that EICI wrote."""
        return self.eici.root / "outbox" / SLUG / RETURN

    def record(self, file: Path | str, *arguments: str) -> tuple[int, str, str]:
        """Record a return at the office; return exit code, what was said, and what beside it."""
        ended = self.office.run("onward", "record", NUMBER, str(file), *arguments, SHARED_KEY=KEY)
        return ended.code, ended.out, ended.err

    def copied(self, folder: Path) -> Exchange:
        """Return the same with copies of both workspaces."""
        office = Workspace(shutil.copytree(self.office.root, folder / "office"))
        eici = Mediator(shutil.copytree(self.eici.root, folder / "eici"))
        return Exchange(office, eici, self.kit, self.to_eici, self.to_couriers)


def passed_on(begun: Workspace, folder: Path) -> Exchange:
    """Let the kit go to EICI by mail and on to 60 couriers, of whom the relay does not know two."""
    office = Workspace(shutil.copytree(begun.root, folder / "office"))
    eici = Mediator(shutil.copytree(begun.root, folder / "eici"))
    with SmtpServer() as relay:
        issue(office, port=relay.port)
    attached = attachments(relay.messages, EICI)
    eici.take_up(sheet=read_zip(attached[ZIP])["couriers.xlsx"], couriers=COURIERS)
    received = eici.run("onward", "receive", save(folder, ZIP, attached[ZIP]), SHARED_KEY=KEY)
    assert 0 == received.code, received.err
    with SmtpServer(refuses=dict.fromkeys(DEAD, "550 5.1.1 no such mailbox")) as relay_of_eici:
        eici.hand_over_to(relay_of_eici.port)
        hand_over(eici, code=3)
    ended = eici.run("onward", "return", NUMBER, SHARED_KEY=KEY)
    assert 0 == ended.code, ended.err
    return Exchange(office, eici, attached[ZIP], attached, relay_of_eici.messages)
