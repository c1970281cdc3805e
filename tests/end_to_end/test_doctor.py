"""`dispatcher doctor` as an officer runs it."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING, Any

import pytest

from dispatcher.advisories import credential_rules as of_credentials
from dispatcher.delivery import findings as of_relay
from dispatcher.delivery.offers import EXTENSIONS
from dispatcher.findings import Grade
from dispatcher.outbox import findings as of_store
from dispatcher.words import catalog
from tests.smtp_server import HOST, SmtpServer

if TYPE_CHECKING:
    from tests.workspaces import Ended, Workspace

PASSWORD = "open-sesame"
OFFERS = ("SIZE 20000000", "PIPELINING", "ENHANCEDSTATUSCODES", "SMTPUTF8", "8BITMIME", "DSN", "DELIVERBY")


def _grades(ended: Ended) -> dict[str, str]:
    """Return the severity of each step, of which each stands once."""
    found = ended.json["findings"]
    grades = {one["step"]: one["severity"] for one in found}
    assert len(found) == len(grades)
    return grades


def test_a_workspace_that_can_send_is_ok(fresh: Workspace) -> None:
    """Exit 0 and `ok`; relay, store and clock each have their findings; nothing is begun by it."""
    with SmtpServer(extensions=OFFERS) as server:
        fresh.hand_over_to(server.port)
        before = sorted(fresh.root.rglob("*"))
        ended = fresh.run("doctor", "--json")

    assert (0, "") == (ended.code, ended.err)
    assert {"ok", "findings"} == ended.json.keys()
    assert ended.json["ok"] is True
    assert {"step", "severity", "found", "advice"} == ended.json["findings"][0].keys()
    assert {"connect", "sender", "disk", "time_source"} <= _grades(ended).keys()
    assert [] == server.messages
    assert before == sorted(fresh.root.rglob("*"))


def test_a_relay_that_is_down_is_a_fault(fresh: Workspace) -> None:
    """Exit 1; what builds on the connection is not examined; the store is looked at all the same."""
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    fresh.hand_over_to(port)
    ended = fresh.run("doctor", "--json")

    grades = _grades(ended)
    assert 1 == ended.code
    assert ended.json["ok"] is False
    assert ["connect"] == [step for step, grade in grades.items() if grade == "fault"]
    assert ("not examined", "ok") == (grades["auth"], grades["place"])


def test_lines_say_what_to_do_and_whom_to_ask(fresh: Workspace) -> None:
    """Each finding has a line, an advice one below it; at the end stands what the administrator must know."""
    with SmtpServer({"mail": "553 5.7.1 not your sender"}, extensions=OFFERS) as server:
        fresh.hand_over_to(server.port)
        ended = fresh.run("doctor")

    assert (1, "") == (ended.code, ended.err)
    assert re.search(r"(?m)^fault +Our sender address: .*553 5\.7\.1 not your sender", ended.out)
    assert re.search(r"(?m)^ +→ Ask the relay's administrator to allow this sender", ended.out)
    told = ended.out.partition("What to tell the relay's administrator")[2]
    assert f"{HOST}:{server.port}" in told
    assert "bounces@customs.example" in told
    assert "In all: " in told


def test_a_test_message_goes_to_the_address_that_is_named(fresh: Workspace) -> None:
    """--mail-to hands one message over, in both languages, to that address only."""
    with SmtpServer(extensions=OFFERS) as server:
        fresh.hand_over_to(server.port)
        ended = fresh.run("doctor", "--json", "--mail-to", "me@customs.example")

    assert "ok" == _grades(ended)["message"]
    assert 1 == len(server.messages)
    assert b"RCPT TO:<me@customs.example>\r\n" in server.log
    assert b"\r\nContent-Language: hi, en\r\n" in server.messages[0]


@pytest.mark.parametrize("address", ["me", "me@", "me@customs.example, you@customs.example", "मैं@customs.example"])
def test_what_is_no_address_is_refused_before_anything(fresh: Workspace, address: str) -> None:
    """Exit 2 and the address in a sentence; no connection is made."""
    with SmtpServer() as server:
        fresh.hand_over_to(server.port)
        ended = fresh.run("doctor", "--mail-to", address)

    assert (2, "") == (ended.code, ended.out)
    assert address in ended.err
    assert "Traceback" not in ended.err
    assert 0 == server.connections


def _login(fresh: Workspace, port: int, **relay: Any) -> None:
    fresh.hand_over_to(port, username="wzu", **relay)


def test_a_refused_login_is_tried_once_and_tells_no_secret(fresh: Workspace) -> None:
    """One AUTH for one `doctor`, with a test message asked for or not; the password stands nowhere."""
    with SmtpServer({"auth": f"535 5.7.8 {PASSWORD}"}, extensions=(*OFFERS, "AUTH PLAIN LOGIN")) as server:
        _login(fresh, server.port)
        ended = fresh.run(
            "doctor", "--json", "--mail-to", "me@customs.example", DISPATCHER_RELAY_PASSWORD=PASSWORD
        )

    assert 1 == ended.code
    assert ("fault", "not examined") == (_grades(ended)["auth"], _grades(ended)["message"])
    assert 1 == server.verbs.count("AUTH")
    assert PASSWORD not in ended.out + ended.err


def test_a_password_that_cannot_be_had_is_a_finding(fresh: Workspace) -> None:
    """A variable that is not set is a fault that names it; no login is tried, the rest is looked at."""
    with SmtpServer(extensions=(*OFFERS, "AUTH PLAIN")) as server:
        _login(fresh, server.port)
        ended = fresh.run("doctor", "--json")

    found = {one["step"]: one for one in ended.json["findings"]}
    assert 1 == ended.code
    assert "DISPATCHER_RELAY_PASSWORD" in found["password"]["found"]
    assert ("not examined", "ok") == (found["auth"]["severity"], found["connect"]["severity"])
    assert "AUTH" not in server.verbs


def test_a_password_file_that_everybody_may_read_is_a_finding(fresh: Workspace) -> None:
    """The file is named with the command to correct it, and its content is not used."""
    secret = fresh.root / "secret"
    secret.write_text(PASSWORD, encoding="utf-8")
    secret.chmod(0o644)
    with SmtpServer(extensions=(*OFFERS, "AUTH PLAIN")) as server:
        _login(fresh, server.port, password={"file": "secret"})
        ended = fresh.run("doctor", "--json")

    found = {one["step"]: one for one in ended.json["findings"]}
    assert "fault" == found["password"]["severity"]
    assert "chmod o-rwx" in found["password"]["found"]
    assert "AUTH" not in server.verbs


def test_a_mailbox_with_the_pace_of_a_relay_is_a_warning(fresh: Workspace) -> None:
    """A mailbox with the pace of a relay is a warning, and no fault."""
    with SmtpServer(extensions=OFFERS) as server:
        fresh.hand_over_to(server.port, profile="mailbox", rate_per_minute=600)
        ended = fresh.run("doctor", "--json")

    assert 0 == ended.code
    assert "warning" == _grades(ended)["pace"]


def test_a_store_that_is_no_store_is_a_fault(fresh: Workspace) -> None:
    """A damaged store is one finding, never a traceback."""
    (fresh.root / "outbox" / "outbox.db").write_bytes(b"nothing that a database would begin with" * 50)
    with SmtpServer(extensions=OFFERS) as server:
        fresh.hand_over_to(server.port)
        ended = fresh.run("doctor", "--json")

    assert (1, "") == (ended.code, ended.err)
    assert "fault" == _grades(ended)["journal"]


def test_a_workspace_where_nothing_can_be_written_is_examined(fresh: Workspace) -> None:
    """Without room for the store or the log `doctor` still runs and says so."""
    fresh.configure(store={"url": "sqlite:////proc/outbox.db"})
    with SmtpServer(extensions=OFFERS) as server:
        fresh.hand_over_to(server.port)
        ended = fresh.run("doctor", "--json")

    assert (1, "") == (ended.code, ended.err)
    assert ("fault", "ok") == (_grades(ended)["sync"], _grades(ended)["connect"])


def test_wrong_settings_end_it(fresh: Workspace) -> None:
    """Exit 2 and the key for a wrong config.yaml."""
    fresh.configure(relay={"port": 0})
    ended = fresh.run("doctor")

    assert (2, "") == (ended.code, ended.out)
    assert "config.yaml: relay.port: " in ended.err


def test_each_step_has_a_title() -> None:
    """words/doctor.yaml names every step that can be told, and no other."""
    others = {"password", "pace", "patience", "size", "time_source"}
    steps = {*of_relay.STEPS, *of_store.STEPS, *of_credentials.STEPS, *others}

    assert steps | {one.keyword for one in EXTENSIONS} == catalog("doctor")["titles"].keys()


def test_a_grade_fits_its_column() -> None:
    """The severities are shown in a column of twelve."""
    assert 12 == max(len(grade) for grade in Grade)
