"""The command `new`: an advisory begun from the starter text of its kind. Thin as cli.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dispatcher.errors import UsageError
from dispatcher.session import on_terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from dispatcher.beginning import Beginning
    from dispatcher.session import Session

_EXAMPLE = (
    "Example: dispatcher new downtime_planned --window-start '05.12.2026 22:00' --window-end '06.12.2026 06:00'"
)
_QUESTIONS = {
    "number": "Number of the advisory",
    "date": "Date printed on it",
    "effective_at": "When it happens, or happened",
    "notify_before": "Every office should have it by",
    "useful_until": "Not mailed any more after",
    "window_start": "When the window begins, or began",
    "window_end": "When the window ends",
    "target": "Number of the advisory that is withdrawn",
    "target_date": "Date of that advisory",
}


@click.command(epilog=_EXAMPLE)
@click.argument("kind", required=False)
@click.option("--number", metavar="NUMBER", help="Otherwise the next one of the year.")
@click.option("--date", metavar="DATE", help="The date printed on it; otherwise today.")
@click.option("--effective-at", metavar="TIME", help="When it happens, or happened.")
@click.option("--notify-before", metavar="TIME", help="Every office should have it by then.")
@click.option("--useful-until", metavar="TIME", help="It is not mailed any more after that.")
@click.option("--window-start", metavar="TIME", help="When the window begins, or began.")
@click.option("--window-end", metavar="TIME", help="When it ends.")
@click.option("--supersedes", metavar="NUMBER", help="The advisory that it takes the place of; of any kind.")
@click.option("--target", metavar="NUMBER", help="The advisory that is withdrawn.")
@click.option("--target-date", metavar="DATE", help="The date of that one; otherwise as recorded.")
@click.pass_obj
def new(session: Session, /, kind: str | None, supersedes: str | None, **given: str | None) -> None:
    """Begin an advisory: both languages, its clocks and its late policy, from the starter text of its KIND.

    Without KIND, list the kinds. On a terminal it asks for what is not given. A TIME is 2026-12-05T22:00 or
    "05.12.2026 22:00"; without a zone it is the office's. Nothing is overwritten.

    --supersedes has it take the place of an earlier one, whose date and audiences come from the record.
    """
    beginning = session.app().beginning
    if kind is None:
        _list(beginning)
        return
    chosen = beginning.kind(kind)
    answers = {name: text for name, text in given.items() if text is not None}
    begun = beginning.begin(chosen, answers, ask=_ask if on_terminal() else None, supersedes=supersedes)
    number = begun.number
    click.echo(f"{begun.file}: advisory {number} is begun")
    if begun.earlier:
        click.echo(
            f"It supersedes {begun.earlier.shown}; what has not gone of that stops once {number} is approved"
        )
    click.echo("Write what stands between << and >> in it, in both languages, then run:")
    for verb in ("check", "preview"):
        click.echo(f"  dispatcher {verb} {number}")


def _list(beginning: Beginning) -> None:
    kinds = beginning.kinds()
    width = max((len(kind.name) for kind in kinds), default=0)
    for kind in kinds:
        click.echo(f"{kind.name:<{width}}  {kind.about}")
    click.echo("\nBegin one with:  dispatcher new KIND" if kinds else "There is no kind in templates/advisories/")


def _ask(name: str, suggested: str | None, check: Callable[[str], str]) -> str:
    """Ask until the answer is understood; an empty one takes the suggestion."""

    def understood(typed: str) -> str:
        try:
            return check(typed)
        except UsageError as error:
            raise click.UsageError(str(error)) from None

    answer: str = click.prompt(_QUESTIONS[name], default=suggested, value_proc=understood)
    return answer
