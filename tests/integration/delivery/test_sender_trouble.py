"""A relay in trouble: what stops, what waits, what becomes of each delivery; and no password in the clear."""

from __future__ import annotations

import asyncio
import base64
import re
import socket
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from dispatcher.delivery import sender as sender_module
from dispatcher.delivery.clock import HandedClock
from dispatcher.delivery.pace import Pace
from dispatcher.errors import ChannelDown, ChannelRefused, Refused
from dispatcher.outbox import reading
from dispatcher.outbox.states import ReleaseState
from dispatcher.smtp import Relay, Security, Stage
from tests.runs import EVENING, addresses
from tests.smtp_server import EXTENSIONS, HOST, IMPATIENT, Act, SmtpServer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import sqlalchemy as sa

    from tests.integration.conftest import Authority
    from tests.runs import Dispatching

OK = "250 2.1.5 OK"
DOWN = "421 4.3.2 shutting down"


@pytest.mark.parametrize("step", ["mail", "rcpt", "data"])
@pytest.mark.parametrize(
    "fault", [Act.DROP, Act.SILENCE, b"\x00\xff garbage\r\n", DOWN], ids=lambda it: repr(it)[:12]
)
def test_lost_before_the_content_is_deferred(
    dispatching: Dispatching, step: str, fault: Act | bytes | str
) -> None:
    """No reply, or 421, before the content: that delivery is deferred for certain and the run says why."""
    dispatching.prepare(*addresses(3))
    with SmtpServer({step: fault}) as server, pytest.raises(ChannelDown, match=re.escape(f"{HOST}:{server.port}")):
        dispatching.run(server.relay(max_connections=1, timeouts=IMPATIENT), patient=False)

    assert ["deferred", "queued", "queued"] == dispatching.states()
    assert [Stage(step)] == [one.stage for one in dispatching.attempts()]
    assert [] == server.messages


@pytest.mark.parametrize("step", ["inside", "content"])
@pytest.mark.parametrize("fault", [Act.DROP, Act.SILENCE], ids=str)
def test_lost_after_the_content_began_is_in_doubt(dispatching: Dispatching, step: str, fault: Act) -> None:
    """No reply once the content began: in doubt, never sent again; the others go on."""
    dispatching.prepare(*addresses(3))
    with SmtpServer({step: [fault, "250 2.0.0 OK"]} if step == "content" else {"inside": fault}) as server:
        relay = server.relay(max_connections=1, timeouts=IMPATIENT)
        if step == "content":
            dispatching.run(relay, patient=False)
            expected = ["in_doubt", "accepted", "accepted"]
        else:
            with pytest.raises(ChannelDown, match="in doubt"):
                dispatching.run(relay, patient=False)
            expected = ["in_doubt", "in_doubt", "queued"]

    assert expected == dispatching.states()
    assert dispatching.deliveries()[0].detail


def test_doubt_twice_in_a_row_is_the_relays(dispatching: Dispatching) -> None:
    """A relay that takes contents and never answers does not bring a whole release into doubt."""
    dispatching.prepare(*addresses(12))
    with SmtpServer({"content": Act.DROP}) as server, pytest.raises(ChannelDown, match="in doubt"):
        dispatching.run(server.relay(max_connections=3), patient=False)

    states = dispatching.states()
    assert 2 <= states.count("in_doubt") <= 4
    assert {"in_doubt", "queued"} == set(states)


def test_a_relay_that_comes_up_later_gets_everything(dispatching: Dispatching) -> None:
    """While the relay is down a patient run waits, tells until when, and burns no attempt; then all goes."""
    dispatching.prepare(*addresses(8))
    with SmtpServer({"greeting": [DOWN] * 30 + ["220 relay.example"]}) as server:
        dispatching.run(server.relay(max_connections=4))

    assert [("accepted", 1)] * 8 == [(one.state, one.attempts) for one in dispatching.deliveries()]
    what, _ = dispatching.told.troubles[0]
    assert f"{HOST}:{server.port}" in what
    assert "421" in what


def test_the_probes_of_a_relay_in_trouble_grow_rare(dispatching: Dispatching) -> None:
    """A relay that lets us in and says 421 to every transaction is probed after 15 s, 30 s, ... 5 min, by one."""
    dispatching.prepare(*addresses(40))
    with SmtpServer({"mail": [DOWN] * 12 + [OK]}) as server:
        dispatching.run(server.relay(max_connections=4))

    told = [until for _, until in dispatching.told.troubles]
    gaps = [later - earlier for earlier, later in pairwise(told)]
    assert ["accepted"] * 40 == dispatching.states()
    assert 8 <= len(told) <= 12
    assert [30, 60, 120, 240, 300, 300] == [round(gap.total_seconds()) for gap in gaps[:6]]
    assert 12 == sum(one.state == "deferred" for one in dispatching.attempts())


TOO_FAST = [
    "450 4.7.1 too many messages, slow down",
    "451 4.7.0 rate limit exceeded",
    "421 4.7.0 rate limit exceeded",
]


@pytest.fixture
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no time pass between hand-overs, whatever the pace."""
    no_pauses = partial(Pace, clock=lambda: 0.0, sleep=lambda _seconds: asyncio.sleep(0))
    monkeypatch.setattr(sender_module, "Pace", no_pauses)


@pytest.mark.usefixtures("_no_pauses")
@pytest.mark.parametrize("reply", TOO_FAST)
def test_a_relay_that_asks_for_less_gets_half(dispatching: Dispatching, reply: str) -> None:
    """Too fast: the pace is halved and that told once; nobody waits for the relay, and all goes."""
    dispatching.prepare(*addresses(10))
    with SmtpServer({"rcpt": [OK, reply, reply, OK]}) as server:
        dispatching.run(server.relay(max_connections=1, rate_per_minute=600))

    ((what, until),) = dispatching.told.troubles
    assert ["accepted"] * 10 == dispatching.states()
    assert what.endswith(f"{reply} (the relay asks for a slower pace): now 300 a minute at most")
    assert 2 == sum(one.state == "deferred" for one in dispatching.attempts())
    assert 8 == sum(one.n == 1 and one.started_at >= until for one in dispatching.attempts())


@pytest.mark.usefixtures("_no_pauses")
@pytest.mark.parametrize("reply", TOO_FAST)
def test_a_relay_that_goes_on_asking_gets_a_pause(dispatching: Dispatching, reply: str) -> None:
    """Three deliveries in a row that are too fast: every connection waits for the relay; then all goes."""
    dispatching.prepare(*addresses(10))
    with SmtpServer({"rcpt": [OK, reply, reply, reply, OK]}) as server:
        dispatching.run(server.relay(max_connections=1, rate_per_minute=600))

    _, (_, until) = dispatching.told.troubles
    assert ["accepted"] * 10 == dispatching.states()
    assert 15 <= (until - EVENING).total_seconds() < 30  # the next pause would be of 30
    assert 4 == sum(one.started_at < until for one in dispatching.attempts())


class _Leaping(HandedClock):
    """A clock that may be put forward at any moment."""

    def leap(self, until: datetime) -> None:
        """Put it forward to `until`."""
        self._start += max(timedelta(0), until - self.now())


def test_what_falls_due_while_the_run_looks_is_no_trouble(
    dispatching: Dispatching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A retry that was not due when a chunk was asked for, and is when its moment is read, just goes."""
    clock, next_due = _Leaping(EVENING), reading.next_due

    def slowly(connection: sa.Connection, release_ids: Sequence[int]) -> datetime | None:
        due = next_due(connection, release_ids)
        if due is not None:
            clock.leap(due)
        return due

    monkeypatch.setattr(reading, "next_due", slowly)
    leaping = replace(dispatching, clock=clock)
    leaping.prepare(*addresses(1))
    with SmtpServer({"rcpt": ["450 4.2.0 greylisted", OK]}) as server:
        leaping.run(server.relay(max_connections=1))

    assert ["accepted"] == leaping.states()
    assert [] == leaping.told.troubles


def test_a_relay_that_is_not_there_changes_nothing(dispatching: Dispatching) -> None:
    """A run that does not wait ends with the relay's name and what to check; every delivery is as it was."""
    dispatching.prepare(*addresses(3))
    with socket.create_server((HOST, 0)) as unused:
        port = unused.getsockname()[1]
    before = dispatching.deliveries()
    with pytest.raises(ChannelDown, match=f"{HOST}:{port} is not reachable.*check relay.host"):
        dispatching.run(Relay(host=HOST, port=port, security=Security.NONE), patient=False)

    assert before == dispatching.deliveries()
    assert [] == dispatching.attempts()


PASSWORD = "open-sesame"
LOGIN = {"username": "systems", "password": PASSWORD}
WITH_AUTH = (*EXTENSIONS, "AUTH PLAIN LOGIN")


@pytest.mark.parametrize(
    ("security", "extensions", "certificate", "why"),
    [
        (Security.STARTTLS, WITH_AUTH, "good", "offers no STARTTLS"),
        (Security.STARTTLS, (*WITH_AUTH, "STARTTLS"), "expired", "certificate is not to be trusted"),
        (Security.TLS, WITH_AUTH, "wrong_name", "certificate is not to be trusted"),
        (Security.TLS, WITH_AUTH, "unknown", "certificate is not to be trusted"),
    ],
)
def test_no_password_without_protection(
    dispatching: Dispatching,
    authority: Authority,
    security: Security,
    extensions: tuple[str, ...],
    certificate: str,
    why: str,
) -> None:
    """Where TLS is configured and cannot be had, nothing is handed over and no password leaves this machine."""
    dispatching.prepare(*addresses(3))
    server = SmtpServer(
        extensions=extensions, tls=getattr(authority, certificate), implicit_tls=security is Security.TLS
    )
    with server, pytest.raises(ChannelRefused, match=why) as refused:
        dispatching.run(server.relay(security=security, ca_file=authority.ca_file, **LOGIN))

    heard = b"".join(server.log)
    assert ["queued"] * 3 == dispatching.states()
    assert [] == dispatching.attempts()
    assert {"EHLO", "STARTTLS"} >= set(server.verbs)
    assert base64.b64encode(PASSWORD.encode()) not in heard
    assert PASSWORD not in str(refused.value)


@pytest.mark.parametrize("reply", ["535 5.7.8 wrong", "534 5.7.9 stronger login needed"])
def test_a_refused_login_stops_at_once(dispatching: Dispatching, reply: str) -> None:
    """One refused login ends the run: another try would bring a lock-out nearer."""
    dispatching.prepare(*addresses(3))
    server = SmtpServer({"auth": reply}, extensions=WITH_AUTH)
    with server, pytest.raises(ChannelRefused, match="check user name and password"):
        dispatching.run(server.relay(max_connections=1, **LOGIN))

    assert 1 == server.verbs.count("AUTH")
    assert ["queued"] * 3 == dispatching.states()
    assert [] == dispatching.attempts()


def test_a_refused_login_is_tried_once_however_many_connections(dispatching: Dispatching) -> None:
    """A wrong password is told to the relay once in a run: accounts are locked after a few."""
    dispatching.prepare(*addresses(8))
    server = SmtpServer({"auth": "535 5.7.8 authentication failed"}, extensions=WITH_AUTH)
    with server, pytest.raises(ChannelRefused, match="check user name and password"):
        dispatching.run(server.relay(max_connections=5, **LOGIN))

    assert 1 == server.verbs.count("AUTH")
    assert ["queued"] * 8 == dispatching.states()


@pytest.mark.parametrize("step", ["mail", "rcpt", "content"])
def test_a_provider_that_blocks_us_ends_the_run(dispatching: Dispatching, step: str) -> None:
    """554 5.1.8 is about us: the delivery is held, the others are not tried, a person is told whom to ask."""
    dispatching.prepare(*addresses(4))
    with (
        SmtpServer({step: "554 5.1.8 sender blocked"}) as server,
        pytest.raises(ChannelRefused, match="delegated administrator"),
    ):
        dispatching.run(server.relay(max_connections=1))

    assert ["held", "queued", "queued", "queued"] == dispatching.states()
    assert "554 5.1.8 sender blocked" == str(dispatching.deliveries()[0].last_reply)
    assert ReleaseState.SENDING is dispatching.record().state


@pytest.mark.parametrize(
    ("faults", "extensions", "reason"),
    [
        ({"content": "552 5.3.4 too big"}, EXTENSIONS, "552 5.3.4"),
        ({"mail": "552 5.3.4 too big"}, EXTENSIONS, "552 5.3.4"),
        ({}, ("SIZE 1000",), "the relay takes 1000 at most"),
        ({"content": "554 5.6.0 malformed"}, EXTENSIONS, "554 5.6.0"),
    ],
)
def test_what_every_message_would_meet_holds_the_advisory(
    dispatching: Dispatching, faults: dict[str, Any], extensions: tuple[str, ...], reason: str
) -> None:
    """Too big, or content refused: the release is held after the first, not tried on everybody."""
    dispatching.prepare(*addresses(6))
    with (
        SmtpServer(faults, extensions=extensions) as server,
        pytest.raises(Refused, match=f"10/SYS/WZU/2025 is held.*{reason}"),
    ):
        dispatching.run(server.relay(max_connections=1))

    assert ReleaseState.PAUSED is dispatching.record().state
    assert ["held", "queued", "queued", "queued", "queued", "queued"] == dispatching.states()
