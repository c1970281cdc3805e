"""What `dispatcher prepare` costs: every message rendered, checked and hashed, and the release frozen."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.office import environment, found
from benchmarks.tables import Table, met, spread
from benchmarks.watching import watched

if TYPE_CHECKING:
    from benchmarks.office import Office
    from benchmarks.watching import Run

FEW = 9
"""Recipients of the command whose time counts as set-up: one for each place that the advisory names."""
HEADING = ("", "deliveries", "min", "median", "max", "whole command, s", "memory, MB", "demanded", "met")


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of release."""

    name: str
    deliveries: int
    attached: bool
    late_policy: str
    demanded: float


CASES = (
    Case("10 kB, one wording", 20_000, attached=False, late_policy="hold", demanded=8000),
    Case("10 kB, two wordings", 20_000, attached=False, late_policy="send_in_effect", demanded=8000),
    Case("PDF of 150 kB, one wording", 5_000, attached=True, late_policy="hold", demanded=2500),
    Case("PDF of 150 kB, two wordings", 5_000, attached=True, late_policy="send_in_effect", demanded=2500),
)


def prepare(*, messages: int | None, rounds: int | None) -> list[Table]:
    """Prepare a release of each kind in each round."""
    rounds = rounds or 3
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        offices = {
            case: [
                found(root / f"{case.late_policy}-{case.attached}-{count}", count, attached=case.attached,
                      late_policy=case.late_policy)
                for count in (FEW, messages or case.deliveries)
            ]
            for case in CASES
        }  # fmt: skip
        runs: dict[Case, list[list[Run]]] = {case: [] for case in CASES}
        for number in range(rounds):
            for case, pair in offices.items():
                copies = [office.copy(root / f"{office.root.name}-round-{number}") for office in pair]
                runs[case].append([_prepared(copy) for copy in copies])
        rows = tuple(_row(case, offices[case][1].recipients, found) for case, found in runs.items())
    note = (
        "Deliveries a second: their number by the whole command's time, less the median time of the same command "
        f"for {FEW} deliveries (start, settings, templates, frames); reading the sheet is in it. {rounds} rounds. "
        "Two wordings, one for before the hour and one for after it, are two messages rendered and hashed."
    )
    return [Table("dispatcher prepare", HEADING, rows, (note,))]


def _prepared(office: Office) -> Run:
    run = watched(office.command("prepare", office.slug), env=environment())
    if run.code:
        raise SystemExit(f"dispatcher prepare failed ({run.code}):\n{run.output}")
    return run


def _row(case: Case, deliveries: int, runs: list[list[Run]]) -> tuple[str, ...]:
    start = spread([few.seconds for few, _ in runs]).median
    if any(many.seconds <= start for _, many in runs):
        raise SystemExit(f"{deliveries} deliveries are too few: their time is lost in that of the start")
    rates = spread([deliveries / (many.seconds - start) for _, many in runs])
    whole, memory = spread([many.seconds for _, many in runs]), spread([many.peak() for _, many in runs])
    found = (*rates.cells(), f"{whole.median:.1f}", f"{memory.most:,.0f}")
    return (case.name, f"{deliveries:,}", *found, f"{case.demanded:,.0f}", met(rates.median, case.demanded))
