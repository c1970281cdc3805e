"""The look at a real server, step by step: what is found, what is asked for, and what is never said to it."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest

from dispatcher.delivery.examination import RelayExamination, Visit
from dispatcher.findings import Grade
from dispatcher.smtp import Relay, Security
from tests.smtp_server import EXTENSIONS, HOST, IMPATIENT, Act, SmtpServer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dispatcher.findings import Finding
    from tests.integration.conftest import Authority

    Run = Callable[[Any], Any]
    Seen = dict[str, Finding]

LOGIN: dict[str, Any] = {"username": "wzu", "password": "geheim-4"}
VISIT = Visit(envelope_from="bounces@customs.example", own_address="systems@customs.example")
TRIAL = Visit(
    envelope_from="bounces@customs.example",
    own_address="systems@customs.example",
    trial=b"Subject: test\r\n\r\n.a dot\r\n",
    trial_to="me@customs.example",
)
PROTECTED = (Security.TLS, Security.STARTTLS)
OFFERS = ("SIZE 20000000", "PIPELINING", "ENHANCEDSTATUSCODES", "SMTPUTF8", "8BITMIME", "DSN", "DELIVERBY")
BEHIND_THE_CONNECTION = ["ehlo", "auth", "sender", "relay_clock"]


@pytest.fixture
def examine(run: Run) -> Callable[..., Seen]:
    """Examine a relay; return its findings by step, in the order in which they were told."""

    def look(relay: Relay, visit: Visit = VISIT) -> Seen:
        told: list[Finding] = []
        run(RelayExamination(relay, visit, told=told.append).run())
        assert len(told) == len({one.step for one in told})
        return {one.step: one for one in told}

    return look


def _grades(seen: Seen, grade: Grade) -> list[str]:
    return [step for step, one in seen.items() if one.grade is grade]


def _protected(authority: Authority, flaw: str, security: Security, *offers: str) -> SmtpServer:
    extensions = (*OFFERS, *offers, *(["STARTTLS"] if security is Security.STARTTLS else []))
    tls, implicit = getattr(authority, flaw), security is Security.TLS
    return SmtpServer(tls=tls, implicit_tls=implicit, extensions=extensions)


def test_a_good_relay_is_all_ok(examine: Callable[..., Seen]) -> None:
    """Nothing is wrong with a relay that offers all; it hears EHLO, our sender, RSET, QUIT and no message."""
    with SmtpServer(extensions=OFFERS) as server:
        seen = examine(server.relay())

    assert ["relay_clock"] == [step for step, one in seen.items() if one.grade is not Grade.OK]
    assert ["EHLO", "MAIL", "RCPT", "RSET", "QUIT"] == server.verbs
    assert b"RCPT TO:<systems@customs.example>\r\n" in server.log
    assert (1, []) == (server.connections, server.messages)


@pytest.mark.parametrize("security", PROTECTED)
def test_a_protected_relay_shows_its_certificate(
    examine: Callable[..., Seen], authority: Authority, security: Security
) -> None:
    """Version and cipher, the names of the certificate and the days left are told; one login is made."""
    with _protected(authority, "good", security, "AUTH PLAIN LOGIN") as server:
        seen = examine(server.relay(security=security, ca_file=authority.ca_file, **LOGIN))

    assert "TLS 1.3" in seen["tls"].found
    assert f"valid for {HOST}" in seen["certificate"].found
    assert "days left" in seen["certificate"].found
    assert "logged in as wzu by PLAIN" == seen["auth"].found
    assert [] == _grades(seen, Grade.FAULT)
    assert 1 == server.verbs.count("AUTH")


@pytest.mark.parametrize("security", PROTECTED)
@pytest.mark.parametrize(
    ("flaw", "reason", "shown"),
    [
        ("expired", "it has expired", "from 01.01.2020 to 31.03.2020"),
        ("wrong_name", f"it is for another name than {HOST}", "another.example"),
        ("unknown", "its authority is not known here", HOST),
    ],
)
def test_a_flawed_certificate_is_shown_and_nothing_is_said(
    examine: Callable[..., Seen], authority: Authority, security: Security, flaw: str, reason: str, shown: str
) -> None:
    """The reason is told with what the certificate says of itself; behind it, not one line reaches the relay."""
    with _protected(authority, flaw, security, "AUTH PLAIN") as server:
        seen = examine(server.relay(security=security, ca_file=authority.ca_file, **LOGIN))

    finding = seen["certificate"]
    assert Grade.FAULT is finding.grade
    assert reason in finding.found
    assert shown in finding.found.partition("It is ")[2]
    assert finding.advice
    assert {"auth", "sender"} <= set(_grades(seen, Grade.UNEXAMINED))
    assert (["EHLO", "STARTTLS"] * 2 if security is Security.STARTTLS else []) == server.verbs


def test_without_starttls_nothing_more_is_said(examine: Callable[..., Seen]) -> None:
    """STARTTLS asked for and not offered is a fault; no login is tried."""
    with SmtpServer(extensions=("AUTH PLAIN",)) as server:
        seen = examine(server.relay(security=Security.STARTTLS, **LOGIN))

    assert ["tls"] == _grades(seen, Grade.FAULT)
    assert {"certificate", "ehlo", "auth", "sender"} <= set(_grades(seen, Grade.UNEXAMINED))
    assert ["EHLO"] == server.verbs


def test_tls_towards_a_plain_port_names_the_setting(examine: Callable[..., Seen]) -> None:
    """A server that speaks no TLS where TLS is set leads to relay.security and relay.port."""
    with SmtpServer() as server:
        seen = examine(server.relay(security=Security.TLS))

    assert ["tls"] == _grades(seen, Grade.FAULT)
    assert "relay.security" in seen["tls"].advice


def test_a_ca_file_that_holds_none_is_named(examine: Callable[..., Seen], tmp_path: Path) -> None:
    """An empty relay.ca_file is a fault that names the key, and nothing is said to the relay."""
    empty = tmp_path / "ca.pem"
    empty.write_text("nothing", encoding="ascii")
    with SmtpServer() as server:
        seen = examine(server.relay(security=Security.TLS, ca_file=empty))

    assert ["certificate"] == _grades(seen, Grade.FAULT)
    assert "relay.ca_file" in seen["certificate"].advice
    assert [] == server.log


@pytest.mark.parametrize("auth", ["535 5.7.8 geheim-4 is wrong", "454 4.7.0 directory not available"])
def test_a_refused_login_is_tried_once(examine: Callable[..., Seen], auth: str) -> None:
    """Exactly one AUTH reaches the relay; what builds on it is left out; the password stands nowhere."""
    with SmtpServer({"auth": auth}, extensions=(*EXTENSIONS, "AUTH PLAIN LOGIN CRAM-MD5")) as server:
        seen = examine(server.relay(**LOGIN), TRIAL)

    assert ["auth"] == _grades(seen, Grade.FAULT)
    assert ["sender", "message"] == [one for one in _grades(seen, Grade.UNEXAMINED) if one != "relay_clock"]
    assert ["EHLO", "AUTH", "QUIT"] == server.verbs
    assert "geheim" not in repr(seen)


def test_a_login_of_an_unknown_kind_is_not_tried(examine: Callable[..., Seen]) -> None:
    """A relay that offers only mechanisms that we do not know hears no AUTH."""
    with SmtpServer(extensions=("AUTH X-OTHER",)) as server:
        seen = examine(server.relay(**LOGIN))

    assert Grade.FAULT is seen["auth"].grade
    assert "x-other" in seen["auth"].found
    assert "AUTH" not in server.verbs


def test_without_its_password_no_login_is_tried(examine: Callable[..., Seen]) -> None:
    """Where the password cannot be had, the login and what builds on it are left out."""
    visit = Visit(envelope_from="b@customs.example", own_address="s@customs.example", may_log_in=False)
    with SmtpServer(extensions=("AUTH PLAIN",)) as server:
        seen = examine(server.relay(username="wzu"), visit)

    assert {"auth", "sender"} <= set(_grades(seen, Grade.UNEXAMINED))
    assert "AUTH" not in server.verbs


def test_nobody_listening_leaves_the_rest_out(examine: Callable[..., Seen]) -> None:
    """A refused connection is a fault; every later step says that there is no connection."""
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    seen = examine(Relay(host=HOST, port=port, security=Security.NONE))

    assert ["connect"] == _grades(seen, Grade.FAULT)
    assert f"{HOST} port {port}: Connection refused" in seen["connect"].found
    assert {"there is no connection to the relay"} == {seen[step].found for step in BEHIND_THE_CONNECTION}


@pytest.mark.parametrize("host", ["relay.invalid", "a" * 64 + ".invalid"])
def test_an_unknown_name_is_a_fault(examine: Callable[..., Seen], host: str) -> None:
    """A name that is not known, or can be none, is a fault of the first step; it names relay.host."""
    seen = examine(Relay(host=host, port=25, security=Security.NONE))

    assert ["resolve"] == _grades(seen, Grade.FAULT)
    assert "relay.host" in seen["resolve"].advice


@pytest.mark.parametrize(
    ("faults", "step", "word"),
    [
        ({"greeting": "554 5.7.1 not you"}, "greeting", "554 5.7.1 not you"),
        ({"greeting": b"SSH-2.0-OpenSSH_9.2\r\n"}, "greeting", "not an SMTP server"),
        ({"greeting": Act.DROP}, "greeting", "not reachable"),
        ({"ehlo": "550 5.7.1 go away"}, "ehlo", "550 5.7.1 go away"),
        ({"ehlo": Act.SILENCE}, "ehlo", "nothing came in time"),
        ({"mail": "553 5.7.1 sender not yours"}, "sender", "553 5.7.1 sender not yours"),
        ({"rcpt": "550 5.7.1 no relaying"}, "sender", "550 5.7.1 no relaying"),
        ({"mail": Act.DROP}, "sender", "not reachable"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_each_refusal_is_told_at_its_step(
    examine: Callable[..., Seen], faults: dict[str, Any], step: str, word: str
) -> None:
    """What the relay says stands in the finding of the step, which is the only fault."""
    with SmtpServer(faults, extensions=OFFERS) as server:
        seen = examine(server.relay(timeouts=IMPATIENT))

    assert [step] == _grades(seen, Grade.FAULT)
    assert word in seen[step].found


def test_a_passing_refusal_of_the_sender_is_a_warning(examine: Callable[..., Seen]) -> None:
    """Greylisting of our own address is no fault of the relay."""
    with SmtpServer({"rcpt": "451 4.7.1 Greylisted"}, extensions=OFFERS) as server:
        seen = examine(server.relay())

    assert ["sender"] == _grades(seen, Grade.WARNING)


def test_a_small_limit_of_size_is_a_fault(examine: Callable[..., Seen]) -> None:
    """A relay that takes less than a usual message is at fault, and the limit is named."""
    with SmtpServer(extensions=("SIZE 50000",)) as server:
        seen = examine(server.relay())

    assert ["size"] == _grades(seen, Grade.FAULT)
    assert "50 kB at most" in seen["size"].found


def test_the_relays_clock_is_read_from_its_greeting(examine: Callable[..., Seen]) -> None:
    """A date in the greeting is compared with this machine's clock."""
    told = format_datetime(datetime.now(UTC) + timedelta(hours=3))
    with SmtpServer({"greeting": f"220 relay.example ESMTP ready at {told}"}, extensions=OFFERS) as server:
        seen = examine(server.relay())

    assert ["relay_clock"] == _grades(seen, Grade.FAULT)
    assert "3 hours ahead of" in seen["relay_clock"].found


def test_our_address_is_the_one_that_the_relay_says_back(run: Run) -> None:
    """Behind a gateway the relay sees another address than our own end has: its greeting counts."""
    hello = "250-relay.example Hello office.example [192.0.2.7]\r\n250 SIZE 20000000"
    with SmtpServer({"ehlo": hello}) as server:
        examination = RelayExamination(server.relay(), VISIT, told=lambda _: None)
        run(examination.run())

    assert "192.0.2.7" == examination.our_address


def test_a_test_message_is_handed_over_when_asked_for(examine: Callable[..., Seen]) -> None:
    """The message goes to the address that is named, over the same connection, dot-stuffed."""
    with SmtpServer(extensions=OFFERS) as server:
        seen = examine(server.relay(), TRIAL)

    assert "accepted for me@customs.example: 250 2.0.0 OK queued as 4711" == seen["message"].found
    assert [b"Subject: test\r\n\r\n..a dot\r\n"] == server.messages
    assert (1, 2) == (server.connections, server.verbs.count("MAIL"))


@pytest.mark.parametrize(
    ("faults", "word"),
    [
        ({"rcpt": ["250 OK", "550 5.1.1 no such user"]}, "550 5.1.1 no such user"),
        ({"data": "554 5.5.1 no valid recipients"}, "554 5.5.1 no valid recipients"),
        ({"content": "554 5.7.1 spam"}, "554 5.7.1 spam"),
        ({"content": Act.SILENCE}, "nothing came in time"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_refused_test_message_is_a_fault(
    examine: Callable[..., Seen], faults: dict[str, Any], word: str
) -> None:
    """What the relay says to the test message is told, at whatever step it says it."""
    with SmtpServer(faults, extensions=OFFERS) as server:
        seen = examine(server.relay(timeouts=IMPATIENT), TRIAL)

    assert ["message"] == _grades(seen, Grade.FAULT)
    assert word in seen["message"].found
