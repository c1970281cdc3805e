"""Opening a connection to a real server: protection, login, and what people are told when it cannot be."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest
from tenacity import wait_none

from dispatcher.delivery.capabilities import Capabilities
from dispatcher.delivery.connecting import connect
from dispatcher.errors import ChannelDown, ChannelRefused
from dispatcher.smtp import Relay, Security, Timeouts
from tests.smtp_server import HOST, IMPATIENT, Act, SmtpServer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dispatcher.delivery.connection import Connection
    from tests.integration.conftest import Authority

    Run = Callable[[Any], Any]

LOGIN: dict[str, Any] = {"username": "wzu", "password": "geheim-4"}
PROTECTED = (Security.TLS, Security.STARTTLS)
FLAWS = ("expired", "wrong_name", "unknown")


async def _visit(relay: Relay) -> Connection:
    """Connect and close again, without pauses between tries."""
    connection = await connect(relay, wait=wait_none())
    await connection.close()
    return connection


def test_an_open_connection_knows_what_the_relay_offers(run: Run) -> None:
    """The capabilities are those of EHLO; close says QUIT and makes the connection unusable."""
    with SmtpServer(extensions=("SIZE 5000", "PIPELINING", "DSN", "8BITMIME")) as server:
        connection = run(_visit(server.relay()))

    assert Capabilities(size=5000, pipelining=True, dsn=True, eightbitmime=True) == connection.capabilities
    assert ["EHLO", "QUIT"] == server.verbs
    assert not connection.usable


@pytest.mark.parametrize("security", PROTECTED)
def test_a_protected_connection_logs_in(run: Run, authority: Authority, security: Security) -> None:
    """Over TLS and STARTTLS with a certificate of the office's authority the login goes through."""
    extensions = ("STARTTLS",) if security is Security.STARTTLS else ("AUTH PLAIN LOGIN",)
    with _protected(authority, "good", security, extensions=(*extensions, "AUTH PLAIN LOGIN")) as server:
        run(_visit(server.relay(security=security, ca_file=authority.ca_file, **LOGIN)))

    ehlos = {Security.TLS: 1, Security.STARTTLS: 2}  # what was offered before TLS is forgotten (RFC 3207, 4.2)
    assert ehlos[security] == server.verbs.count("EHLO")
    assert ["AUTH", "QUIT"] == server.verbs[-2:]


@pytest.mark.parametrize("security", PROTECTED)
@pytest.mark.parametrize("flaw", FLAWS)
def test_a_flawed_certificate_stops_the_channel(
    run: Run, authority: Authority, security: Security, flaw: str
) -> None:
    """Expired, for another name, of an unknown authority: refused at once, and no password leaves."""
    with (
        _protected(authority, flaw, security) as server,
        pytest.raises(ChannelRefused, match="certificate") as told,
    ):
        run(_visit(server.relay(security=security, ca_file=authority.ca_file, **LOGIN)))

    assert f"{HOST}:{server.port}" in str(told.value)
    assert server.connections <= 1  # of implicit TLS the server sees none
    assert "AUTH" not in server.verbs


def _protected(authority: Authority, flaw: str, security: Security, **settings: Any) -> SmtpServer:
    settings.setdefault("extensions", ("STARTTLS", "AUTH PLAIN"))
    return SmtpServer(tls=getattr(authority, flaw), implicit_tls=security is Security.TLS, **settings)


def test_the_office_authority_is_needed_for_its_certificates(run: Run, authority: Authority) -> None:
    """Without relay.ca_file only the system's authorities count."""
    with _protected(authority, "good", Security.TLS) as server, pytest.raises(ChannelRefused, match="certificate"):
        run(_visit(server.relay(security=Security.TLS)))


def test_a_ca_file_that_holds_none_is_named(run: Run, tmp_path: Path) -> None:
    """An unreadable or empty relay.ca_file is told by its name, before any connection."""
    empty = tmp_path / "ca.pem"
    empty.write_text("nothing", encoding="ascii")
    with SmtpServer() as server:
        for ca_file in (empty, tmp_path / "missing.pem"):
            with pytest.raises(ChannelRefused, match=ca_file.name):
                run(_visit(server.relay(security=Security.TLS, ca_file=ca_file)))

    assert 0 == server.connections


@pytest.mark.faults(extensions=("AUTH PLAIN LOGIN",))
def test_without_starttls_no_login_is_tried(smtp_server: SmtpServer, run: Run) -> None:
    """STARTTLS configured and not offered: refused, and neither AUTH nor the password reaches the server."""
    with pytest.raises(ChannelRefused, match="no STARTTLS"):
        run(_visit(smtp_server.relay(security=Security.STARTTLS, **LOGIN)))
    smtp_server.stop()

    assert ["EHLO"] == smtp_server.verbs
    assert b"geheim" not in b"".join(smtp_server.log)
    assert 1 == smtp_server.connections


@pytest.mark.parametrize(
    ("answer", "error"), [("454 4.7.0 TLS not available", ChannelDown), ("502 5.5.1 no", ChannelRefused)]
)
def test_starttls_refused_is_never_plaintext(run: Run, answer: str, error: type[Exception]) -> None:
    """A relay that offers STARTTLS and then refuses it gets no login."""
    faults = {"starttls": answer}
    with (
        SmtpServer(faults, extensions=("STARTTLS", "AUTH PLAIN")) as server,
        pytest.raises(error, match=answer[:3]),
    ):
        run(_visit(server.relay(security=Security.STARTTLS, **LOGIN)))

    assert {"EHLO", "STARTTLS"} == set(server.verbs)


def test_tls_towards_a_plain_port_says_which_setting_to_check(smtp_server: SmtpServer, run: Run) -> None:
    """A server that speaks no TLS where TLS is configured is refused with a pointer to relay.security."""
    with pytest.raises(ChannelRefused, match=r"relay\.security"):
        run(_visit(smtp_server.relay(security=Security.TLS)))


@pytest.mark.parametrize(
    ("faults", "error", "word", "tries"),
    [
        ({"greeting": b"SSH-2.0-OpenSSH_9.2\r\n"}, ChannelRefused, "not an SMTP server", 1),
        ({"greeting": b"x" * 40_000}, ChannelRefused, "not an SMTP server", 1),
        ({"greeting": "554 5.7.1 not you"}, ChannelRefused, "554 5.7.1 not you", 1),
        ({"greeting": "250 hello"}, ChannelRefused, "250 hello", 1),
        ({"greeting": "421 4.3.2 busy"}, ChannelDown, "421 4.3.2 busy", 3),
        ({"greeting": "450 4.3.2 busy"}, ChannelDown, "450 4.3.2 busy", 3),
        ({"greeting": Act.DROP}, ChannelDown, "connecting", 3),
        ({"ehlo": "421 4.3.2 busy"}, ChannelDown, "answered EHLO", 3),
        ({"ehlo": "451 4.3.0 busy"}, ChannelDown, "answered EHLO", 3),
        ({"ehlo": "550 5.7.1 go away"}, ChannelRefused, "answered EHLO", 1),
        ({"ehlo": b"hello yourself\r\n"}, ChannelRefused, "not an SMTP server", 1),
        ({"ehlo": Act.DROP}, ChannelDown, "EHLO", 3),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_bad_beginning_is_told(
    run: Run, faults: dict[str, Any], error: type[Exception], word: str, tries: int
) -> None:
    """Each failure before the first message names the relay and what was seen; a passing one is tried thrice."""
    with SmtpServer(faults) as server, pytest.raises(error, match=word) as told:
        run(_visit(server.relay()))

    assert f"{HOST}:{server.port}" in str(told.value)
    assert tries == server.connections


@pytest.mark.parametrize("step", ["greeting", "ehlo", "auth"])
def test_a_silent_relay_is_given_up(run: Run, step: str) -> None:
    """Silence at any step ends with the relay's time for connecting, all tries together."""
    faults = {step: Act.SILENCE}
    timeouts = Timeouts(connect=0.5, command=60, content=60)
    with SmtpServer(faults, extensions=("AUTH PLAIN",)) as server, pytest.raises(ChannelDown, match="not answer"):
        run(_visit(server.relay(timeouts=timeouts, **LOGIN)))


def test_nobody_listening_is_told(run: Run) -> None:
    """A refused connection names host and port."""
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(ChannelDown, match=f"{HOST}:{port} is not reachable"):
        run(_visit(Relay(host=HOST, port=port, security=Security.NONE)))


@pytest.mark.faults(greeting=["421 4.3.2 busy", "220 relay.example ESMTP"])
def test_a_hiccup_is_got_over(smtp_server: SmtpServer, run: Run) -> None:
    """A relay that is busy once is connected to at the second try."""
    run(_visit(smtp_server.relay()))

    assert 2 == smtp_server.connections


@pytest.mark.parametrize(
    ("auth", "lines"),
    [
        ("PLAIN LOGIN CRAM-MD5", 1),
        ("LOGIN X-OTHER", 2),
    ],
)
def test_the_best_offered_login_is_used(run: Run, auth: str, lines: int) -> None:
    """PLAIN where offered, else LOGIN; the mechanisms that we do not know are passed over."""
    with SmtpServer(extensions=(f"AUTH {auth}",)) as server:
        run(_visit(server.relay(**LOGIN)))

    assert f"AUTH {auth.split(maxsplit=1)[0]} ".encode() in server.log[1]
    assert 1 + lines + 1 == len(server.log)


@pytest.mark.parametrize(
    ("answer", "error", "tries"),
    [
        ("535 5.7.8 geheim-4 is wrong", ChannelRefused, 1),
        ("530 5.7.0 encryption needed", ChannelRefused, 1),
        ("534 5.7.9 too weak", ChannelRefused, 1),
        ("454 4.7.0 directory not available", ChannelDown, 3),
    ],
)
def test_a_refused_login_is_never_repeated(run: Run, answer: str, error: type[Exception], tries: int) -> None:
    """One mechanism, one try: a wrong password does not lock the account; the password stands nowhere."""
    faults = {"auth": answer}
    with SmtpServer(faults, extensions=("AUTH PLAIN LOGIN CRAM-MD5",)) as server:
        relay = server.relay(**LOGIN)
        with pytest.raises(error, match=answer[:9]) as told:
            run(_visit(relay))

    assert tries == server.verbs.count("AUTH")
    assert "geheim" not in f"{told.value} {relay!r}"


@pytest.mark.parametrize("extensions", [("HELP",), ("AUTH GSSAPI",)])
def test_a_relay_without_a_login_is_refused(run: Run, extensions: tuple[str, ...]) -> None:
    """Where a user name is configured and no mechanism of ours is offered, people are told what to do."""
    with SmtpServer(extensions=extensions) as server, pytest.raises(ChannelRefused, match=r"relay\.username"):
        run(_visit(server.relay(**LOGIN)))

    assert ["EHLO"] == server.verbs


@pytest.mark.parametrize("answer", [Act.DROP, Act.SILENCE, "500 5.5.1 no", b"rubbish\r\n"], ids=repr)
def test_closing_never_fails(run: Run, answer: Act | str | bytes) -> None:
    """However the relay takes QUIT, the connection is closed and nothing is raised."""
    with SmtpServer({"quit": answer}) as server:
        connection = run(_visit(server.relay(timeouts=IMPATIENT)))

    assert not connection.usable


def test_closing_twice_is_harmless(smtp_server: SmtpServer, run: Run) -> None:
    """A closed connection can be closed again."""

    async def twice() -> None:
        connection = await _visit(smtp_server.relay())
        await connection.close()

    run(twice())

    assert 1 == smtp_server.verbs.count("QUIT")
