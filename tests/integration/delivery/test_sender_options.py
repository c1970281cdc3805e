"""Parameters of MAIL and RCPT in a run: what the relay is asked for, and what is left when it refuses one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.runs import EVENING, HOUR, addresses
from tests.smtp_server import EXTENSIONS, SmtpServer

if TYPE_CHECKING:
    from tests.runs import Dispatching

EVERYTHING = (*EXTENSIONS, "DSN", "DELIVERBY")
HINDI = "नोडल@beta.example"
NOT_HERE = "555 5.5.4 parameter not recognised"


@pytest.fixture(params=[(), ("PIPELINING",)], ids=["in steps", "in groups"])
def pipelining(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Offer PIPELINING or not."""
    return request.param  # type: ignore[no-any-return]


def _bearing(server: SmtpServer, word: str) -> int:
    return sum(word.encode() in line for line in server.log)


def test_the_relay_is_asked_to_tell_us(dispatching: Dispatching, pipelining: tuple[str, ...]) -> None:
    """Of failure and delay, by delivery id and original address (RFC 3461), and of being late (RFC 2852)."""
    dispatching.prepare(*addresses(3))
    with SmtpServer(extensions=(*EVERYTHING, *pipelining)) as server:
        dispatching.run(server.relay(max_connections=1))

    mails = [line.decode() for line in server.log if line.startswith(b"MAIL")]
    rcpts = [line.decode() for line in server.log if line.startswith(b"RCPT")]
    for one, mail, rcpt in zip(dispatching.deliveries(), mails, rcpts, strict=True):
        seconds = re.fullmatch(
            rf"MAIL FROM:<bounces@customs.example> SIZE=\d+ RET=HDRS ENVID={one.id} BY=(\d+);N\r\n", mail
        )
        assert seconds
        assert 0 <= (HOUR - EVENING).total_seconds() - int(seconds[1]) <= 60
        assert f"RCPT TO:<{one.address}> NOTIFY=FAILURE,DELAY ORCPT=rfc822;{one.address}\r\n" == rcpt


REFUSED: list[tuple[tuple[str, ...], str, str, int]] = [
    (("DSN",), " ENVID=", NOT_HERE, 1),
    (("DSN",), " ENVID=", "501 5.5.4 Invalid arguments", 1),
    (("DSN",), " ENVID=", "504 5.5.4 not implemented", 1),
    (("DSN",), " ENVID=", "501 Unrecognized parameter ENVID", 1),
    (("DSN",), " NOTIFY=", NOT_HERE, 1),
    (("DSN",), " NOTIFY=", "501 5.5.4 Unrecognized parameter", 1),
    (("DSN",), " NOTIFY=", "504 not implemented", 1),
    (("DELIVERBY",), " BY=", NOT_HERE, 1),
    (EVERYTHING, " BY=", NOT_HERE, 1),
    (EVERYTHING, " ENVID=", NOT_HERE, 2),
    (EVERYTHING, " SIZE=", NOT_HERE, 3),
]


@pytest.mark.parametrize(("extensions", "word", "answer", "times"), REFUSED)
def test_a_refused_parameter_is_left_out(
    dispatching: Dispatching,
    pipelining: tuple[str, ...],
    extensions: tuple[str, ...],
    word: str,
    answer: str,
    times: int,
) -> None:
    """What the relay offers and then refuses is dropped for the run; the delivery goes at once without it."""
    dispatching.prepare(*addresses(5))
    with SmtpServer(extensions=(*extensions, *pipelining), refuses={word: answer}) as server:
        dispatching.run(server.relay(max_connections=1), patient=False)

    assert [("accepted", 1)] * 5 == [(str(one.state), one.attempts) for one in dispatching.deliveries()]
    assert times == _bearing(server, word)


def test_other_connections_do_without_it_too(dispatching: Dispatching, pipelining: tuple[str, ...]) -> None:
    """What one connection was refused no other asks for again, but where it was on its way already."""
    dispatching.prepare(*addresses(40))
    with SmtpServer(extensions=(*EVERYTHING, *pipelining), refuses={" ENVID=": NOT_HERE}) as server:
        dispatching.run(server.relay(max_connections=4), patient=False)

    assert ["accepted"] * 40 == dispatching.states()
    assert _bearing(server, " ENVID=") <= 2 * 4


def test_only_what_was_asked_for_is_blamed(dispatching: Dispatching, pipelining: tuple[str, ...]) -> None:
    """A relay that refuses SIZE has not refused SMTPUTF8, which the command did not bear: who needs it is told."""
    dispatching.prepare(*addresses(3), HINDI)
    with SmtpServer(extensions=(*EVERYTHING, *pipelining), refuses={" SIZE=": NOT_HERE}) as server:
        dispatching.run(server.relay(max_connections=1), patient=False)

    assert ["accepted"] * 4 == dispatching.states()


@pytest.mark.parametrize("word", [" SMTPUTF8", " BODY="])
def test_who_needs_what_is_refused_is_held(
    dispatching: Dispatching, pipelining: tuple[str, ...], word: str
) -> None:
    """Without SMTPUTF8 the relay cannot reach that address; the others go, and the reason is told."""
    dispatching.prepare(HINDI, *addresses(3))
    extensions = ("SMTPUTF8", "8BITMIME", *pipelining)
    with SmtpServer(extensions=extensions, refuses={word: NOT_HERE}) as server:
        dispatching.run(server.relay(max_connections=1), patient=False)

    assert ["held", *["accepted"] * 3] == sorted(dispatching.states(), reverse=True)
    assert 1 == _bearing(server, word)
    assert "SMTPUTF8" in next(one.detail for one in dispatching.deliveries() if one.address == HINDI)


@pytest.mark.parametrize(
    ("answer", "traced"),
    [
        ("501 5.1.3 Bad recipient address syntax", 4),
        ("501 5.5.4 Invalid address", 2),
        ("555 5.5.2 Syntax error", 2),
        ("504 Command parameter not implemented", 2),
    ],
)
def test_a_malformed_address_costs_nobody_else(
    dispatching: Dispatching, pipelining: tuple[str, ...], answer: str, traced: int
) -> None:
    """What is about the address itself, seen when no parameter is left, ends that delivery alone."""
    dispatching.prepare(*addresses(4))
    refuses = {"RCPT TO:<post-001": answer}
    with SmtpServer(extensions=(*EVERYTHING, *pipelining), refuses=refuses) as server:
        dispatching.run(server.relay(max_connections=1), patient=False)

    assert ["accepted", "failed", "accepted", "accepted"] == dispatching.states()
    assert traced == _bearing(server, " ENVID=")
