"""The rehearsal sink with our own client: it keeps what it accepts and refuses what it is told to refuse."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.delivery import verdicts
from dispatcher.delivery.connecting import connect
from dispatcher.delivery.sink import Fault, Received, Sink, file_name
from dispatcher.delivery.transaction import hand_over
from dispatcher.smtp import Envelope
from tests.smtp_server import until

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from dispatcher.delivery.verdicts import Verdict

    Run = Callable[[Any], Any]

CONTENT = b"Subject: Advisory\r\n\r\n.first\r\n..second\r\nlast\r\n"


async def _intend() -> bool:
    return True


async def _give(sink: Sink, addresses: Sequence[str], content: bytes = CONTENT) -> list[Verdict | None]:
    """Hand one message to each address over one connection."""
    connection = await connect(sink.relay)
    verdict = []
    for address in addresses:
        envelope = Envelope("systems@customs.example", address, smtputf8=not address.isascii())
        result = await hand_over(connection, envelope, content, intend=_intend)
        verdict.append(result.verdict)
    await connection.close()
    return verdict


def test_what_is_accepted_is_kept_to_the_octet(tmp_path: Path, run: Run) -> None:
    """The file holds the content as it was before dot-stuffing, CRLF kept; the index tells the envelope."""
    sink = Sink(tmp_path / "received")

    async def rehearse() -> None:
        async with sink:
            await _give(sink, ["Commr@customs.example", "नोडल@बीटा.example"])

    run(rehearse())

    paths = [tmp_path / "received" / name for name in ("0001-commr@customs.example.eml", "0002-@-.example.eml")]
    assert [CONTENT, CONTENT] == [path.read_bytes() for path in paths]
    assert sorted(paths) == sorted((tmp_path / "received").iterdir())
    assert [
        Received(mail_from="systems@customs.example", rcpt_to="Commr@customs.example", path=paths[0]),
        Received(mail_from="systems@customs.example", rcpt_to="नोडल@बीटा.example", path=paths[1]),
    ] == sink.received


def test_faults_are_answered_by_address(tmp_path: Path, run: Run) -> None:
    """A passing fault is answered once for each of its replies, a lasting one always; others are not touched."""
    faults = {
        "grey@customs.example": Fault(("451 4.7.1 Greylisted, try again in five minutes",)),
        "gone@customs.example": Fault(("550 5.1.1 User unknown",), forever=True),
    }
    sink = Sink(tmp_path, faults=faults)
    addresses = ["grey@customs.example", "gone@customs.example", "fine@customs.example"]

    async def rehearse() -> list[list[Verdict | None]]:
        async with sink:
            return [await _give(sink, addresses), await _give(sink, [*addresses[:2], "GONE@customs.example"])]

    first, second = run(rehearse())

    assert [verdicts.GREYLISTED, verdicts.DEAD, verdicts.ACCEPTED] == first
    assert [verdicts.ACCEPTED, verdicts.DEAD, verdicts.DEAD] == second
    assert ["fine@customs.example", "grey@customs.example"] == [entry.rcpt_to for entry in sink.received]


def test_size_is_bounded(tmp_path: Path, run: Run) -> None:
    """The sink offers its limit as SIZE, so that a rehearsal shows what a relay would refuse."""

    async def rehearse() -> list[Verdict | None]:
        async with Sink(tmp_path, size_limit=100) as sink:
            return await _give(sink, ["a@customs.example"], b"x: y\r\n\r\n" + b"z" * 91 + b"\r\n")

    assert [verdicts.TOO_BIG] == run(rehearse())


def test_many_connections_at_once(tmp_path: Path, run: Run) -> None:
    """Several connections are served side by side; every message is kept once, under a number of its own."""

    async def rehearse() -> list[Received]:
        async with Sink(tmp_path) as sink:
            await asyncio.gather(*[_give(sink, [f"a{n}@customs.example"] * 5) for n in range(5)])
            return sink.received

    received = run(rehearse())

    assert 25 == len(received) == len({entry.path for entry in received})


def test_the_sink_ends_with_clients_still_there(tmp_path: Path, run: Run) -> None:
    """Leaving the sink cuts open connections; their clients see it."""

    async def rehearse() -> bool:
        async with Sink(tmp_path) as sink:
            connection = await connect(sink.relay)
        await until(lambda: not connection.usable)
        await connection.close()
        return True

    assert run(rehearse())


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("Commr-Mumbai@customs.example", "0007-commr-mumbai@customs.example.eml"),
        ("../../etc/passwd@x.example", "0007-etc-passwd@x.example.eml"),
        ("a\\b:c*d@x.example", "0007-a-b-c-d@x.example.eml"),
        ("a" * 300, "0007-" + "a" * 100 + ".eml"),
    ],
)
def test_a_file_name_is_the_address_made_harmless(address: str, expected: str) -> None:
    """Number and address name the file; what a file system would read as a path is a hyphen."""
    assert expected == file_name(7, address)


@given(address=st.text())
def test_no_address_leaves_the_folder(address: str) -> None:
    """Whatever the address, the name is one plain ASCII component of bearable length."""
    name = file_name(1, address)

    assert not set(name) & set('/\\:*?"<>| \0')
    assert name.isascii()
    assert name.startswith("0001-")
    assert len(name) <= 110
