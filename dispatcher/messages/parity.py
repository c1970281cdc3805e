"""Do the templates of all languages say the same? Notes and sentences, as rendered for an advisory. Pure.

They are compared as the advisory's own texts are (advisories/parity.py), in every form in which they can go out.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

from dispatcher.acts import is_reminder
from dispatcher.advisories.parity import differences, side_by_side, text_problems
from dispatcher.errors import Problem, Severity, Source
from dispatcher.messages.drafting import SPECIMENS, wordings_of
from dispatcher.messages.rendering import SENTENCES
from dispatcher.words import catalog

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dispatcher.messages.drafting import Draft
    from dispatcher.messages.rendering import Attached
    from dispatcher.model import Audience


def template_parity(draft: Draft, *, latin: Iterable[str] = ()) -> list[Problem]:
    """Return every fact that a template of one language has and that of another has not, each once.

    `latin` are words that may stand in Latin script beside those of words/facts.yaml. Raises TemplateError.
    """
    found: dict[tuple[str, str, str], Problem] = {}
    for name, texts in _rendered(draft):
        for problem in paragraph_parity(name, texts, latin=tuple(latin)):
            found.setdefault((problem.code, problem.source.file, _told_once(problem)), problem)
    return list(found.values())


def paragraph_parity(
    name: str, texts: Mapping[str, Sequence[str]], *, latin: Iterable[str] = ()
) -> Iterator[Problem]:
    """Yield what the paragraphs of a template do not have in common, language by language.

    `name` is the template's, with `{language}` in the place of the language.
    """
    latin = tuple(latin)
    for language, paragraphs in texts.items():
        at = Source(_file(name, language))
        yield from text_problems("\n".join(paragraphs), language, at=at, latin=latin)
    first, *others = texts
    for other in others:
        yield from _differences(name, (first, texts[first]), (other, texts[other]))


def _told_once(problem: Problem) -> str:
    """Return by what a difference is one and the same: forms have other counts of paragraphs and differ alike."""
    counted = problem.facts.get("kind_en") == catalog("parity")["kinds"]["paragraphs"]["en"]
    return "" if counted else problem.value


def _differences(name: str, one: tuple[str, Sequence[str]], other: tuple[str, Sequence[str]]) -> Iterator[Problem]:
    (first, here), (second, there) = one, other
    files = {"first": _file(name, first), "second": _file(name, second)}
    found = list(differences("\n".join(here), "\n".join(there), (first, second)))
    if len(here) != len(there):
        found.append(("paragraphs", str(len(here)), str(len(there))))
    for kind, own, others in found:
        facts = {**files, **side_by_side(kind, (first, own), (second, others))}
        value = f"{own or '–'} | {others or '–'}"
        yield Problem(Severity.ERROR, "parity_templates_differ", Source(files["first"]), value, facts)


def _rendered(draft: Draft) -> Iterator[tuple[str, dict[str, Sequence[str]]]]:
    """Yield each template that goes out, in every form, with its paragraphs in each language."""
    advisory, renderer = draft.advisory, draft.renderer
    for audience in _told(draft):
        for attached, wording in product(_forms(draft, audience), wordings_of(advisory.late_policy)):
            yield (
                f"notes/{audience.note}/{{language}}.j2",
                {
                    language: renderer.cover(
                        advisory, audience=audience.name, language=language, attached=attached, wording=wording
                    )
                    for language in draft.languages
                },
            )
    for each in (one for one in SPECIMENS if is_reminder(one.act)):
        if each.for_return and not renderer.passes_on:
            continue
        yield (
            f"mail/{{language}}/{'return_due' if each.for_return else 'reminder'}.j2",
            {
                language: renderer.cover(
                    advisory, audience="", language=language, attached=draft.attached, follow_up=each
                )
                for language in draft.languages
            },
        )
    yield "mail/{language}/labels.j2", {language: renderer.labels(language) for language in draft.languages}
    for name, attached in product(SENTENCES, _forms(draft)):
        yield (
            f"mail/{{language}}/{name}.j2",
            {
                language: (renderer.sentence(name, advisory, language=language, attached=attached),)
                for language in draft.languages
            },
        )


def _told(draft: Draft) -> Iterator[Audience]:
    """Yield the audiences whose notes go out: those addressed, and those whom one of these tells."""
    addressed = [one for one in draft.audiences if one.name in draft.advisory.audiences]
    yield from addressed
    passing = {one.kit for one in addressed if one.passes_on}
    yield from (one for one in draft.audiences if one.by in passing and one not in addressed)


def _forms(draft: Draft, audience: Audience | None = None) -> Iterator[Attached]:
    """Yield what may go with a message: the document signed or not, the audience's kit or none."""
    kits = {(), (audience.kit,)} if audience is not None and audience.kit else {()}
    name = f"Advisory-{draft.advisory.slug}.pdf"
    for signed, kit in product((False, True), sorted(kits)):
        yield replace(draft.attached, pdf=name, signed=signed, kits=kit)


def _file(name: str, language: str) -> str:
    return f"templates/{name.format(language=language)}"
