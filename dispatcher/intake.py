"""What goes in: sheets, advisory and templates read, every problem collected, the draft of a release assembled.

Part of the composition root: it names the edges of rooms 1 to 3.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dispatcher.advisories.addressing import addressing_problems
from dispatcher.advisories.reading import read_advisory, read_enclosures
from dispatcher.errors import InputProblems, Problem, Severity, Source, TemplateError, UsageError
from dispatcher.messages.drafting import Draft, build_frames, variants_of
from dispatcher.messages.rendering import Attached, Renderer
from dispatcher.messages.templates import read_templates
from dispatcher.recipients.guarding import guard_problems
from dispatcher.recipients.merging import merge
from dispatcher.recipients.reading import read_audience, read_audiences

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dispatcher.config import Settings
    from dispatcher.model import Advisory, Audience, Enclosure, Recipient


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was read: who would be told, every problem, and the draft where one can be made."""

    recipients: tuple[Recipient, ...]
    problems: tuple[Problem, ...]
    draft: Draft | None = None


def read_inputs(settings: Settings, folder: Path) -> Inputs:
    """Read an advisory with the templates and the sheets of its audiences; collect every problem."""
    try:
        advisory = read_advisory(folder, office=settings.office, languages=settings.languages)
        enclosures = read_enclosures(advisory, folder)
    except InputProblems as error:
        return Inputs((), error.problems)
    problems = addressing_problems(advisory, settings.audiences, folder=folder.name)
    mailed = [one for one in settings.audiences if one.name in advisory.audiences and one.by is None]
    sheets = read_sheets(settings, mailed)
    guard = settings.guard
    problems += guard_problems(
        sheets.recipients, allowed_domains=guard.allowed_domains, max_recipients=guard.max_recipients
    )
    try:
        draft = _assemble(settings, advisory, sheets.recipients, enclosures)
    except TemplateError as error:
        templates = Source("templates")
        problems += [
            Problem(Severity.ERROR, "template", templates, value=line) for line in str(error).splitlines()
        ]
        draft = None
    return Inputs(sheets.recipients, (*problems, *sheets.problems), draft)


def read_sheets(settings: Settings, audiences: Sequence[Audience]) -> Inputs:
    """Read the sheets of some audiences, their addresses merged."""
    readings = read_audiences(audiences, root=settings.root)
    recipients, merged = merge(readings, order=[audience.name for audience in audiences])
    return Inputs(recipients, (*(problem for reading in readings for problem in reading.problems), *merged))


def read_sheet(settings: Settings, sheet: Path, audience: str) -> Inputs:
    """Read one file as the sheet of an audience, any of its tabs. Raises UsageError for an unknown audience."""
    known = {one.name: one for one in settings.audiences}
    if audience not in known:
        raise UsageError(f"no audience {audience} in config.yaml; there are: {', '.join(known)}")
    reading = read_audience(replace(known[audience], sheet=sheet.resolve()), root=settings.root)
    recipients, merged = merge([reading], order=[audience])
    return Inputs(recipients, (*reading.problems, *merged))


def read_draft(settings: Settings, folder: Path) -> Draft:
    """Return all that a release of the advisory is made from. Raises InputProblems with every error."""
    inputs = read_inputs(settings, folder)
    errors = [problem for problem in inputs.problems if problem.severity is Severity.ERROR]
    if errors or inputs.draft is None:
        raise InputProblems(errors)
    return inputs.draft


def _assemble(
    settings: Settings, advisory: Advisory, recipients: Sequence[Recipient], enclosures: Sequence[Enclosure]
) -> Draft:
    """Return the draft; every frame of it has been rendered once, so that no template can fail later."""
    templates = read_templates(settings.root / "templates")
    draft = Draft(
        advisory=advisory,
        recipients=recipients,
        audiences=settings.audiences,
        sender=settings.sender,
        renderer=Renderer(
            templates, office=settings.office, languages=settings.languages, audiences=settings.audiences
        ),
        templates=templates,
        languages=settings.languages,
        time_zone=settings.office.time_zone,
        enclosures=enclosures,
        attached=Attached(enclosures=advisory.enclosures),
    )
    build_frames(draft, variants_of(recipients))
    return draft
