"""`make bench`: what a delivery costs, beside other ways of doing it, on one machine in one run.

Ratios are what counts; times depend on the machine. Everything stays on loopback and ends by itself.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from benchmarks import comparing, preparing, scaling, starting
from benchmarks.document import put_in
from benchmarks.machine import machine_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.tables import Table

PARTS: dict[str, Callable[[argparse.Namespace], Sequence[Table]]] = {
    "throughput": lambda chosen: [comparing.throughput(messages=chosen.messages, rounds=chosen.rounds)],
    "attachment": lambda chosen: [comparing.attachment(messages=chosen.messages, rounds=chosen.rounds)],
    "link": lambda chosen: [comparing.link(messages=chosen.messages, rounds=chosen.rounds)],
    "prepare": lambda chosen: preparing.prepare(messages=chosen.messages, rounds=chosen.rounds),
    "start": lambda chosen: starting.start(rounds=chosen.rounds),
    "scale": lambda chosen: scaling.scale(full=chosen.full),
}


def main() -> None:
    """Run the parts that were asked for; print the tables of each as it ends."""
    signal.signal(signal.SIGTERM, _stop)
    chosen = _options()
    for name in chosen.parts or PARTS:
        line = f"Measured on {machine_line()}"
        tables = PARTS[name](chosen)
        as_markdown = "\n\n".join([*(table.markdown() for table in tables), line])
        as_text = "\n\n".join([*(table.plain() for table in tables), line])
        print(f"\n{as_markdown if chosen.markdown else as_text}", flush=True)
        if chosen.write:
            put_in(chosen.write, name, as_markdown)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all of them by default")
    parser.add_argument("--messages", type=int, help="so many messages instead of the part's own number")
    parser.add_argument("--rounds", type=int, help="so many rounds instead of the part's own number")
    parser.add_argument("--full", action="store_true", help="scale: up to 1,000,000 deliveries")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put each table into its marked block of FILE")
    chosen = parser.parse_args()
    if unknown := [name for name in chosen.parts if name not in PARTS]:
        parser.error(f"no part is called {', '.join(unknown)}; there are {', '.join(PARTS)}")
    return chosen


def _stop(_number: int, _frame: object) -> NoReturn:
    """End as Ctrl-C does, so that every server is ended too."""
    sys.exit(143)


if __name__ == "__main__":
    main()
