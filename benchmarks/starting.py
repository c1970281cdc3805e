"""What a command costs before it does anything."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.office import dispatcher, environment, found
from benchmarks.tables import Table, met, spread
from benchmarks.watching import watched

RUNS = 10
HEADING = ("milliseconds", "min", "median", "max", "demanded", "met")


def start(*, rounds: int | None) -> list[Table]:
    """Time the commands that only start, in turn, beside Python's own start."""
    runs = rounds or RUNS
    with tempfile.TemporaryDirectory() as folder:
        office = found(Path(folder) / "office", 9)
        office.run("prepare", office.slug)
        commands = {
            "python -c pass": ([sys.executable, "-c", "pass"], None),
            "dispatcher --help": ([dispatcher(), "--help"], 200.0),
            "dispatcher status, 9 deliveries": (office.command("status"), None),
        }
        took: dict[str, list[float]] = {name: [] for name in commands}
        for command, _ in commands.values():
            watched(command, env=environment())  # what is compiled and cached once is not measured
        for _ in range(runs):
            for name, (command, _demand) in commands.items():
                took[name].append(1000 * watched(command, env=environment()).seconds)
    rows = tuple(_row(name, took[name], at_most) for name, (_, at_most) in commands.items())
    return [Table("Start", HEADING, rows, (f"The whole command, {runs} runs of each in turn.",))]


def _row(name: str, took: list[float], at_most: float | None) -> tuple[str, ...]:
    found = spread(took)
    demand = "–" if at_most is None else f"≤ {at_most:.0f}"
    return (name, *found.cells(), demand, met(found.median, at_most, at_most=True))
