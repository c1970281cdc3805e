"""What goes in: sheets, advisory and templates read, every problem collected, the draft of a release assembled.

Part of the composition root: it names the edges of rooms 1 to 3.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dispatcher.advisories.addressing import addressing_problems
from dispatcher.advisories.answering import unknown_answers, with_answers
from dispatcher.advisories.kinds import kind_problems
from dispatcher.advisories.lint import lint_problems
from dispatcher.advisories.news import news_problems
from dispatcher.advisories.parity import parity_problems
from dispatcher.advisories.reading import read_advisory, read_enclosures
from dispatcher.advisories.starters import kind_names
from dispatcher.advisories.unfinished import unfinished_problems
from dispatcher.errors import InputProblems, Problem, Severity, Source, TemplateError, UsageError
from dispatcher.files import file_hash
from dispatcher.messages.drafting import SPECIMENS, Draft, build_follow_ups, build_frames, variants_of
from dispatcher.messages.parity import template_parity
from dispatcher.messages.rendering import Attached, Renderer
from dispatcher.messages.templates import read_templates
from dispatcher.outbox.acceptance import accepted_domains, imported
from dispatcher.publishing.notices import NoticeRenderer
from dispatcher.publishing.received import received_kit, received_problems
from dispatcher.recipients.coverage import coverage_problems
from dispatcher.recipients.guarding import guard_problems
from dispatcher.recipients.merging import merge
from dispatcher.recipients.reading import SheetContext, read_audiences

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from dispatcher.config import Settings
    from dispatcher.model import Advisory, Audience, Enclosure, Recipient
    from dispatcher.outbox.acceptance import AcceptedList, Imported
    from dispatcher.publishing.kit_reading import OnwardKit
    from dispatcher.recipients.tabs import SheetReading


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was read: who would be told, every problem, the draft where one can be made, each list."""

    recipients: tuple[Recipient, ...]
    problems: tuple[Problem, ...]
    draft: Draft | None = None
    imports: tuple[Imported, ...] = ()
    readings: tuple[SheetReading, ...] = ()


def read_inputs(settings: Settings, folder: Path, *, accepted: Mapping[str, AcceptedList]) -> Inputs:
    """Read an advisory with the templates and the sheets of its audiences; collect every problem.

    `accepted` holds the lists accepted last, by audience: a repair confirmed with one of them is a note.
    """
    try:
        kit = received_kit(folder)
        office = kit.office if kit else settings.office
        advisory = read_advisory(folder, office=office, languages=settings.languages)
        enclosures = kit.enclosures if kit else read_enclosures(advisory, folder)
    except InputProblems as error:
        return Inputs((), error.problems)
    problems = addressing_problems(advisory, settings.audiences, folder=folder.name)
    if kit:
        problems += received_problems(advisory, kit, settings.audiences, languages=settings.languages)
    mailed = [one for one in settings.audiences if one.name in advisory.audiences and one.by is None]
    sheets = read_sheets(settings, mailed, accepted=accepted)
    guard = settings.guard
    problems += guard_problems(
        sheets.recipients, allowed_domains=guard.allowed_domains, max_recipients=guard.max_recipients
    )
    file = f"{folder.name}/advisory.yaml"
    problems += coverage_problems(advisory, sheets.readings, advisory_file=file)
    differing = parity_problems(advisory, settings.languages, file=file, latin=settings.latin_words)
    problems += differing
    problems += unfinished_problems(advisory, settings.languages, file=file)
    problems += news_problems(advisory, settings.languages, file=file)
    if not kit:  # its own office has settled the questions of another's text, and may have kinds of its own
        problems += kind_problems(advisory.kind, kind_names(settings.root / "templates"), file=file)
        problems += lint_problems(advisory, settings.languages, office=office, file=file)
    try:
        draft = _assemble(settings, advisory, sheets.recipients, enclosures=enclosures, kit=kit)
        if not kit and not differing:  # or each note would tell once more what the advisory's own texts say
            problems += template_parity(draft, latin=settings.latin_words)
    except TemplateError as error:
        problems += template_problems(error)
        draft = None
    answered = with_answers((*problems, *sheets.problems), advisory.answers)
    unknown = unknown_answers(advisory.answers, file=file)
    return Inputs(sheets.recipients, (*answered, *unknown), draft, sheets.imports)


def template_problems(error: TemplateError) -> list[Problem]:
    """Return what is wrong with the templates, a problem for each line of the error."""
    return [
        Problem(Severity.ERROR, "template", Source("templates"), value=line) for line in str(error).splitlines()
    ]


def read_sheets(
    settings: Settings, audiences: Sequence[Audience], *, accepted: Mapping[str, AcceptedList]
) -> Inputs:
    """Read the sheets of some audiences, their addresses merged."""
    hashes = [file_hash(settings.root / audience.sheet) for audience in audiences]
    context = SheetContext(
        replaced_by={old.lower(): new.lower() for old, new in settings.replaced_by.items()},
        accepted_domains=accepted_domains(accepted.values()),
    )
    readings = read_audiences(audiences, root=settings.root, context=context)
    recipients, merged = merge(readings, order=[audience.name for audience in audiences])
    imports = tuple(
        imported(reading, file_hash=digest, accepted=accepted.get(reading.audience))
        for reading, digest in zip(readings, hashes, strict=True)
    )
    problems = (*(problem for one in imports for problem in one.problems), *merged)
    return Inputs(recipients, problems, imports=imports, readings=readings)


def read_sheet(settings: Settings, sheet: Path, audience: str, *, accepted: Mapping[str, AcceptedList]) -> Inputs:
    """Read one file as the sheet of an audience, any of its tabs. Raises UsageError for an unknown audience."""
    own = replace(known_audience(settings, audience), sheet=sheet.resolve())
    return read_sheets(settings, [own], accepted=accepted)


def known_audience(settings: Settings, name: str) -> Audience:
    """Return an audience of config.yaml by its name. Raises UsageError for an unknown one."""
    known = {one.name: one for one in settings.audiences}
    if name not in known:
        raise UsageError(f"no audience {name} in config.yaml; there are: {', '.join(known)}")
    return known[name]


def read_draft(
    settings: Settings, folder: Path, *, accepted: Mapping[str, AcceptedList]
) -> tuple[Draft, tuple[Imported, ...]]:
    """Return all that a release of the advisory is made from, and its lists.

    Raises InputProblems with every error.
    """
    inputs = read_inputs(settings, folder, accepted=accepted)
    errors = [problem for problem in inputs.problems if problem.severity is Severity.ERROR]
    if errors or inputs.draft is None:
        raise InputProblems(errors)
    return inputs.draft, inputs.imports


def _assemble(
    settings: Settings,
    advisory: Advisory,
    recipients: Sequence[Recipient],
    *,
    enclosures: Sequence[Enclosure],
    kit: OnwardKit | None,
) -> Draft:
    """Return the draft; every frame of it has been rendered once, so that no template can fail later."""
    templates = read_templates(settings.root / "templates")
    draft = Draft(
        advisory=advisory,
        recipients=recipients,
        audiences=settings.audiences,
        sender=settings.sender,
        renderer=_renderer(settings, templates, kit),
        templates=templates,
        languages=settings.languages,
        time_zone=settings.office.time_zone,
        enclosures=enclosures,
        attached=Attached(enclosures=tuple(one.file_name for one in enclosures)),
        document=kit.document if kit else None,
        reminders=None if kit else settings.reminders_plan,
    )
    variants = variants_of(recipients, draft.kit_of)
    build_frames(draft, variants)
    if draft.reminders is not None:
        build_follow_ups(draft, variants, SPECIMENS)
    return draft


def _renderer(settings: Settings, templates: Mapping[str, str], kit: OnwardKit | None) -> Renderer:
    """Return what makes texts of the templates; of an advisory that is passed on, the notice of its kit."""
    audiences, languages = settings.audiences, settings.languages
    if kit is None:
        return Renderer(
            templates,
            office=settings.office,
            languages=languages,
            audiences=audiences,
            reply_to=settings.sender.reply_to,
        )
    return NoticeRenderer(
        templates, office=kit.office, languages=languages, audiences=audiences, messages=kit.messages
    )
