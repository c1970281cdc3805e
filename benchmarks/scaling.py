"""What a delivery costs as a release grows: time, memory and store, from 1,000 deliveries upwards."""

from __future__ import annotations

import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import journal
from benchmarks.office import found
from benchmarks.sinks import running_sink
from benchmarks.tables import Table, met
from benchmarks.watching import watched
from benchmarks.ways import relay_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.office import Office
    from benchmarks.watching import Run

SIZES = (1_000, 10_000, 100_000)
FULL = (*SIZES, 1_000_000)
CONNECTIONS = 20
SEVERAL = 3
"""Runs of a size that is over in seconds; the run with the median rate counts."""
SMALL = 10_000


@dataclass(frozen=True, slots=True)
class Sent:
    """One run of `dispatcher send`, and what its store says."""

    run: Run
    sending: journal.Sending
    tenths: list[float]
    store: int
    rows: int
    status: float
    """Seconds that `dispatcher status` takes afterwards."""


@dataclass(frozen=True, slots=True)
class Size:
    """All that was measured with so many deliveries."""

    deliveries: int
    prepared: Run
    sent: Sent

    @property
    def cost(self) -> float:
        """Seconds of sending for one message."""
        return self.sent.sending.seconds / self.deliveries


def scale(*, full: bool) -> list[Table]:
    """Prepare, send and look at the status at each size; return what they cost and whether it drifts."""
    with running_sink() as port:
        sizes = [_measured(count, port) for count in (FULL if full else SIZES)]
    return [_costs(sizes), _drift(sizes)]


def _measured(count: int, port: int) -> Size:
    with tempfile.TemporaryDirectory() as folder:
        office = found(Path(folder) / "office", count)
        prepared = _done(office, port, "prepare")
        _done(office, port, "approve")
        if count > SMALL:
            return Size(count, prepared, _sent(office, port))
        copies = [office.copy(Path(folder) / f"copy-{number}") for number in range(SEVERAL)]
        runs = sorted((_sent(copy, port) for copy in copies), key=lambda one: one.sending.seconds)
        return Size(count, prepared, runs[SEVERAL // 2])


def _sent(office: Office, port: int) -> Sent:
    run = _done(office, port, "send")
    sending = journal.sending(office.store)
    if sending.accepted != office.recipients:
        raise SystemExit(f"dispatcher send: {sending.accepted} of {office.recipients} messages were accepted")
    return Sent(
        run=run,
        sending=sending,
        tenths=journal.tenths(office.store, sending.began),
        store=journal.store_octets(office.store),
        rows=journal.recipient_octets(office.store),
        status=statistics.median(_done(office, port, "status").seconds for _ in range(SEVERAL)),
    )


def _done(office: Office, port: int, what: str) -> Run:
    run = watched(office.command(what, office.slug), env=relay_at(port, CONNECTIONS))
    if run.code:
        raise SystemExit(f"dispatcher {what} failed ({run.code}):\n{run.output}")
    return run


def _costs(sizes: list[Size]) -> Table:
    heading = ("", *(f"{size.deliveries:,}" for size in sizes), "demanded", "met")
    least = sizes[0].cost

    def row(
        name: str, form: str, figure: Callable[[Size], float], at_most: float | None = None
    ) -> tuple[str, ...]:
        figures = [figure(size) for size in sizes]
        demand = ("–", "–") if at_most is None else (f"≤ {at_most:,g}", met(max(figures), at_most, at_most=True))
        return (name, *(format(one, form) for one in figures), *demand)

    rows = (
        row("prepare, whole command, s", ",.1f", lambda size: size.prepared.seconds),
        row("prepare, deliveries a second", ",.0f", lambda size: size.deliveries / size.prepared.seconds),
        row("prepare, memory, MB", ",.0f", lambda size: size.prepared.peak()),
        row("send, whole command, s", ",.1f", lambda size: size.sent.run.seconds),
        row("send, sending itself, s", ",.1f", lambda size: size.sent.sending.seconds),
        row("messages a second", ",.0f", lambda size: 1 / size.cost),
        row("cost of a message, beside the smallest size", ".2f", lambda size: size.cost / least, 1.2),
        row(
            "memory until the last reply, MB",
            ",.0f",
            lambda size: size.sent.run.peak(size.sent.sending.ended),
            200,
        ),
        row("memory until the command's end, MB", ",.0f", lambda size: size.sent.run.peak(), 200),
        row("store, octets a delivery", ",.0f", lambda size: size.sent.store / size.deliveries),
        row("of these the frozen recipient row", ",.0f", lambda size: size.sent.rows / size.deliveries),
        row("and beside it", ",.0f", lambda size: (size.sent.store - size.sent.rows) / size.deliveries, 1000),
        row("status, s", ",.2f", lambda size: size.sent.status, 1),
    )
    note = f"Messages of about 10 kB, {CONNECTIONS} connections; up to {SMALL:,} the median of {SEVERAL} runs."
    return Table("As a release grows", heading, rows, (note,))


def _drift(sizes: list[Size]) -> Table:
    heading = ("deliveries", *(f"{tenth}." for tenth in range(1, 11)), "last to first")
    rows = tuple(
        (
            f"{size.deliveries:,}",
            *(f"{rate:,.0f}" for rate in size.sent.tenths),
            f"{size.sent.tenths[-1] / size.sent.tenths[0]:.2f}",
        )
        for size in sizes
    )
    return Table("Messages a second in each tenth of the run", heading, rows)
