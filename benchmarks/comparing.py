"""Throughput beside the peers: on loopback, with an attachment, and over a link with a delay."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.material import draft_of, finished, write_material
from benchmarks.office import found
from benchmarks.sinks import offered, running_link, running_sink, sink_program
from benchmarks.tables import Table, met, spread
from benchmarks.ways import Task, by_aiosmtplib, by_nodemailer, by_post_office, by_smtp_source, ours

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.tables import Spread
    from benchmarks.ways import Took, Way

HEADING = ("", "min", "median", "max", "ours to it: min", "median", "max", "demanded", "met")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """What is sent by whom."""

    title: str
    messages: int
    connections: int
    rounds: int
    ways: Sequence[Way]
    attached: bool = False
    round_trip: float = 0.0
    """Seconds."""


def throughput(*, messages: int | None, rounds: int | None) -> Table:
    """Compare with all peers on loopback."""
    peers = (
        by_nodemailer(5),
        by_post_office(1, 8),
        by_post_office(2, 8),
        by_aiosmtplib("composing", 10),
        by_aiosmtplib("ready", 1.0),
        by_smtp_source(0.6),
    )
    return _held(Contest(
        title="Personalised bilingual messages", messages=messages or 10_000, connections=20, rounds=rounds or 5,
        ways=(ours(), *peers),
    ))  # fmt: skip


def attachment(*, messages: int | None, rounds: int | None) -> Table:
    """Compare with a PDF of 150 kB attached; django-post_office's bulk way takes no attachments."""
    peers = (by_nodemailer(3.5), by_aiosmtplib("composing", None), by_aiosmtplib("ready", 3), by_smtp_source(0.8))
    return _held(Contest(
        title="With a PDF of 150 kB attached", messages=messages or 2000, connections=20, rounds=rounds or 5,
        ways=(ours(), *peers), attached=True,
    ))  # fmt: skip


def link(*, messages: int | None, rounds: int | None) -> Table:
    """Compare over a link with a round trip of 50 ms and 20 connections."""
    return _held(Contest(
        title="Over a link with a round trip of 50 ms", messages=messages or 4000, connections=20,
        rounds=rounds or 3, ways=(ours(), by_nodemailer(1.8), by_aiosmtplib("ready", None)), round_trip=0.05,
    ))  # fmt: skip


def _held(contest: Contest) -> Table:
    """Prepare outside the clock, then let every way send once in each round, another one first each time."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        office = found(folder / "office", contest.messages, attached=contest.attached)
        office.prepare_without_document()
        office.run("approve", office.slug)
        draft = draft_of(office)
        size = len(finished(draft))
        write_material(draft, folder / "material.json")
        port = stack.enter_context(running_sink())
        offers = ", ".join(offered(port))
        if contest.round_trip:
            port = stack.enter_context(running_link(port, round_trip=contest.round_trip))
        task = Task(office, folder / "material.json", size, port, contest.connections)
        took: dict[str, list[Took]] = {}
        present = [way for way in contest.ways if way.send]
        for number in range(contest.rounds):
            turn = number % len(present)
            for way in present[turn:] + present[:turn]:
                assert way.send is not None
                took.setdefault(way.name, []).append(way.send(task))
    return _table(contest, took, size, offers)


def _table(contest: Contest, took: dict[str, list[Took]], size: int, offers: str) -> Table:
    first = took[contest.ways[0].name]
    rows = [_row(way, took.get(way.name, []), first, contest.messages) for way in contest.ways]
    whole, sending = spread([one.whole for one in first]), spread([one.sending for one in first])
    sink = "Postfix's smtp-sink" if sink_program() else "our own (benchmarks/sink.py)"
    sent = f"{contest.messages:,} messages of {size:,} octets, {contest.connections} connections"
    notes = (
        f"Messages a second; {sent}, {contest.rounds} rounds. The sink is {sink}; it offers {offers}.",
        f"`dispatcher send` took {_seconds(whole)}, sending itself {_seconds(sending)}, of which the rates are.",
    )
    return Table(contest.title, HEADING, tuple(rows), notes)


def _row(way: Way, took: Sequence[Took], first: Sequence[Took], messages: int) -> tuple[str, ...]:
    demanded = "–" if way.demanded is None else f"{way.demanded:.1f}"
    if not took:
        return (way.name, "not here", *["–"] * 5, demanded, "not measured")
    rates = spread([messages / one.sending for one in took])
    if took is first:
        return (way.name, *rates.cells(), *["–"] * 5)
    ratios = spread([theirs.sending / mine.sending for mine, theirs in zip(first, took, strict=True)])
    return (way.name, *rates.cells(), *ratios.cells(".2f"), demanded, met(ratios.median, way.demanded))


def _seconds(found: Spread) -> str:
    return f"{found.median:.2f} s (median; {found.least:.2f} to {found.most:.2f})"
