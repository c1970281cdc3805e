"""What people see on a terminal: problems, tables, progress. Loaded by cli.py when there is something to show."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from dispatcher import words
from dispatcher.errors import Severity
from dispatcher.findings import Grade
from dispatcher.moments import brief, moment, second
from dispatcher.outbox.states import DeliveryState
from dispatcher.register import sentences
from dispatcher.register.rows import untold_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo
    from pathlib import Path

    from dispatcher.errors import Problem, Source
    from dispatcher.findings import Finding
    from dispatcher.outbox.forecasting import Forecast
    from dispatcher.outbox.records import DeliveryRecord
    from dispatcher.register.status import Summary
    from dispatcher.smtp import Reply

_STEP = 500
_BETWEEN = 0.1
"""Seconds between two changes of the bar: to draw it for each delivery would take longer than handing it over."""
"""How many of very many go by before a bar moves."""
_STYLES = {
    Severity.ERROR: "bold red",
    Severity.WARNING: "yellow",
    Severity.REPAIR: "cyan",
    Severity.NOTE: "dim",
}
_PIPED_WIDTH = 160
_STATE_STYLES = {
    DeliveryState.ACCEPTED: "green",
    DeliveryState.DELIVERED: "green",
    DeliveryState.FAILED: "bold red",
    DeliveryState.BOUNCED: "bold red",
    DeliveryState.EXPIRED: "bold red",
    DeliveryState.IN_DOUBT: "bold magenta",
    DeliveryState.DEFERRED: "yellow",
    DeliveryState.HELD: "yellow",
}
_GRADE_STYLES = {
    Grade.OK: "green",
    Grade.WARNING: "yellow",
    Grade.FAULT: "bold red",
    Grade.UNEXAMINED: "dim",
}


def out() -> Console:
    """Return the console for results."""
    return Console(highlight=False, soft_wrap=True)


def err() -> Console:
    """Return the console for what goes beside results: progress and complaints."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def show_problems(console: Console, problems: Sequence[Problem], *, notes: bool) -> None:
    """Print the problems of each file and tab in both languages, the cell first; then how many of which.

    Without `notes`, those are just counted, on one line for each file.
    """
    shown = [one for one in problems if notes or one.severity is not Severity.NOTE]
    files = dict.fromkeys(one.source.file for one in sorted(problems, key=_weight))
    for file in files:
        own = [one for one in shown if one.source.file == file]
        for tab in dict.fromkeys(one.source.sheet for one in own):
            console.print(Text(f"{file}, tab {tab}" if tab else file, "bold"))
            for problem in sorted((one for one in own if one.source.sheet == tab), key=_weight):
                _show_problem(console, problem)
        hidden = sum(one.source.file == file for one in problems) - len(own)
        if hidden:
            console.print(Text(f"{file}: {_count(hidden, Severity.NOTE)}, shown with --notes", "dim"))
    counts = Counter(one.severity for one in problems)
    console.print(", ".join(_count(counts[severity], severity) for severity in Severity))


def show_asked(console: Console, problems: Sequence[Problem]) -> None:
    """Print what an officer is asked to look at; nothing where there is nothing."""
    if problems:
        show_problems(console, problems, notes=True)


def _show_problem(console: Console, problem: Problem) -> None:
    """Print a problem: cell and weight on a line, then each language, folded under itself on a terminal."""
    names = words.catalog("marking")["severities"][problem.severity]
    console.print(
        Text.assemble(f"  {_place(problem.source)}  ", (" / ".join(names.values()), _STYLES[problem.severity]))
    )
    for text in words.message(problem).values():
        _indented(console, text, 6)


def _indented(console: Console, text: str, by: int) -> None:
    """Print a text indented, folded under itself on a terminal; elsewhere a line stays a line."""
    if console.is_terminal:
        console.print(Padding(Text(text), (0, 0, 0, by), expand=False), soft_wrap=False)
    else:
        console.print(Text(" " * by + text))


def _weight(problem: Problem) -> tuple[int, int, int, str]:
    """Return what problems are sorted by: errors first, then down the sheet."""
    column = problem.source.column or ""
    return list(Severity).index(problem.severity), problem.source.row or 0, len(column), column


def _place(source: Source) -> str:
    """Return the place within a file or tab."""
    if source.row:
        return f"{source.column}{source.row}" if source.column else f"row {source.row}"
    if source.column:
        return f"column {source.column}" if source.sheet else source.column
    return "tab" if source.sheet else "file"


def _count(number: int, severity: Severity) -> str:
    return f"{number} {severity}{'' if number == 1 else 's'}"


def show_summary(console: Console, summary: Summary, *, zone: tzinfo) -> None:
    """Print, per audience and in all, what happened, and from when to when."""
    table = Table("Audience", "Deliveries", "What happened")
    for audience, counts in summary.audiences.items():
        table.add_row(audience, str(sum(counts.values())), _states(counts))
    console.print(table)
    console.print(Text.assemble("In all: ", _states(summary.states)))
    if summary.replaced:
        console.print(f"Not counted: {summary.replaced:,} of earlier releases, cancelled or prepared anew")
    times = [(summary.first_attempt_at, "First tried"), (summary.last_accepted_at, "last accepted")]
    told = [f"{what} {moment(at, zone)}" for at, what in times if at]
    if told:
        console.print("; ".join(told))


def show_untold_first(console: Console, summary: Summary, *, zone: tzinfo) -> None:
    """Print the first of those who are not told yet, with telephone and the relay's last words; how many more."""
    _show_each(console, summary.untold, zone)
    more = summary.untold_count - len(summary.untold)
    if more:
        console.print(f"\nand {more:,} more who are not told yet; the register names them all")


def show_untold(console: Console, deliveries: Sequence[DeliveryRecord], *, zone: tzinfo) -> None:
    """Print the telephone list as a table: whom to call, where, and what the relay said."""
    if not console.is_terminal:
        console.width = _PIPED_WIDTH  # nobody's window: a row stays a line as far as it can
    table = Table("Telephone", "Office", "Address", "State")
    for row in untold_rows(deliveries, zone=zone):
        office = "\n".join(filter(None, [row.designation, row.organisation, row.place, f"({row.audience})"]))
        tried = f"{row.attempts} {'try' if row.attempts == 1 else 'tries'}"
        state = Text.assemble((row.state, _STATE_STYLES.get(row.state, "")), f", {tried}")
        more = [f"next {row.next_at}" if row.next_at else "", row.last_reply or ""]
        table.add_row(
            *map(Text, (row.phone or "–", office, row.address)),
            Text("\n").join([state, *map(Text, filter(None, more))]),
        )
    if deliveries:
        console.print(table, soft_wrap=False)


def show_eventful(console: Console, deliveries: Sequence[DeliveryRecord], *, zone: tzinfo) -> None:
    """Print those that were not accepted at the first try."""
    accepted = DeliveryState.ACCEPTED
    _show_each(console, [one for one in deliveries if one.attempts > 1 or one.state is not accepted], zone)


def _show_each(console: Console, deliveries: Sequence[DeliveryRecord], zone: tzinfo) -> None:
    for one in deliveries:
        tries = f"{one.attempts} {'try' if one.attempts == 1 else 'tries'}"
        times = [(one.first_attempt_at, "first"), (one.accepted_at, "accepted"), (one.next_at, "next")]
        told = [f"{word} {brief(at, zone)}" for at, word in times if at]
        phone = f"telephone {one.phone}" if one.phone else ""
        about = [", ".join(one.audiences), ", ".join(one.places), phone, tries, *told]
        console.print()
        console.print(Text.assemble((one.state, _STATE_STYLES.get(one.state, "")), f"  {one.address}"))
        _indented(console, "; ".join(filter(None, about)), 4)
        _indented(console, str(one.last_reply or one.detail), 4)


def show_finding(console: Console, finding: Finding) -> None:
    """Print what `doctor` found at one step: its weight and title, what was found, what to do and whom to ask."""
    title = words.catalog("doctor")["titles"][finding.step]
    weight = Text(f"{finding.grade:<12}", _GRADE_STYLES[finding.grade])
    told = Text.assemble((title, "bold"), f": {finding.found}")
    if console.is_terminal:
        row = Table.grid(padding=(0, 2))
        row.add_row(weight, told)
        console.print(row, soft_wrap=False)
    else:
        console.print(Text.assemble(weight, "  ", told))
    if finding.advice:
        _indented(console, f"→ {finding.advice}", 14)


def show_examined(console: Console, findings: Sequence[Finding], to_tell: Sequence[tuple[str, str]]) -> None:
    """Print what the relay's administrator must know, and how many findings of which weight there are."""
    console.print(Text("\nWhat to tell the relay's administrator", "bold"))
    for heading, value in to_tell:
        console.print(Text(f"  {heading:<16}{value}"))
    counts = Counter(one.grade for one in findings)
    counted = [(f"{counts[grade]} {grade}", _GRADE_STYLES[grade]) for grade in Grade if counts[grade]]
    console.print(Text("\nIn all: ") + Text(", ").join(Text(text, style) for text, style in counted))


class Plain:
    """Tells only of trouble and waits, a line each: for logs, pipes and tests."""

    def __init__(self, zone: tzinfo) -> None:
        self._console = err()
        self._zone = zone
        self._told: datetime | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing behind."""

    def settled(self, address: str, audiences: Sequence[str], state: DeliveryState, reply: Reply | None) -> None:
        """Take note that a delivery reached a state."""

    def trouble(self, what: str, until: datetime) -> None:
        """Tell of trouble with the relay."""
        self._console.print(f"{what}\nnext try at {until.astimezone(self._zone):%H:%M:%S %Z}", markup=False)

    def waiting(self, until: datetime) -> None:
        """Tell, once for each moment, that nothing is due before it."""
        if until != self._told:
            self._told = until
            self._console.print(f"nothing is due before {second(until, self._zone)}")

    def foreseen(self, forecast: Forecast) -> None:
        """Tell that some will be late, or that nobody will be any more."""
        said = sentences.foretold(forecast, zone=self._zone)
        self._console.print(said if forecast.late else f"nobody will be late any more: {said}", markup=False)

    def escalated(self, untold: int, file: Path) -> None:
        """Tell how many are not told yet and where their telephone list lies."""
        self._console.print(sentences.untold(untold, file), markup=False)


class Live(Plain):
    """A progress bar (without an end where `total` is 0) beside what Plain tells."""

    def __init__(self, zone: tzinfo, *, total: int) -> None:
        super().__init__(zone)
        self._settled: Counter[DeliveryState] = Counter()
        self._deferred: set[str] = set()
        self._shown_at = 0.0
        bar = (BarColumn(), MofNCompleteColumn()) if total else ()
        columns = (*bar, TimeElapsedColumn(), TextColumn("{task.description}"))
        self._progress = Progress(*columns, console=self._console)
        self._task = self._progress.add_task("", total=total)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._show()
        self._progress.stop()

    def settled(self, address: str, audiences: Sequence[str], state: DeliveryState, reply: Reply | None) -> None:
        """Move the bar."""
        del audiences, reply
        self._deferred.discard(address)
        if state is DeliveryState.DEFERRED:
            self._deferred.add(address)
        else:
            self._settled[state] += 1
        if time.monotonic() - self._shown_at >= _BETWEEN:
            self._show()

    def _show(self) -> None:
        self._shown_at = time.monotonic()
        counts = {**self._settled, DeliveryState.DEFERRED: len(self._deferred)}
        self._progress.update(self._task, completed=self._settled.total(), description=_states(counts).markup)


def watcher(zone: tzinfo, *, total: int) -> Plain:
    """Return a progress bar on a terminal, lines elsewhere."""
    return Live(zone, total=total) if err().is_terminal else Plain(zone)


@contextlib.contextmanager
def counter(what: str) -> Iterator[Callable[[int], Callable[[], None]]]:
    """Yield what is told how many there are, and returns what is called after each: a bar on a terminal."""
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=err(), disable=not err().is_terminal, transient=True) as progress:

        def begin(total: int) -> Callable[[], None]:
            task, done = progress.add_task(what, total=total), 0

            def step() -> None:
                nonlocal done
                done += 1
                if done % _STEP == 0 or done == total:
                    progress.update(task, completed=done)

            return step

        yield begin


def _states(counts: Mapping[DeliveryState, int]) -> Text:
    """Return "3 accepted, 1 deferred", coloured."""
    pieces = [
        (f"{counts[state]} {state}", _STATE_STYLES.get(state, "")) for state in DeliveryState if counts.get(state)
    ]
    return Text(", ").join(Text(text, style) for text, style in pieces)
