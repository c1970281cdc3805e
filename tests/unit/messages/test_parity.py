"""Covering notes and sentences of the mail hold the same facts in every language, in each form that goes out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dispatcher.errors import Severity, TemplateError
from dispatcher.messages.parity import paragraph_parity, template_parity
from dispatcher.messages.rendering import Renderer
from dispatcher.words import message
from tests.drafts import LANGUAGES, audiences, draft, office

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatcher.errors import Problem
    from dispatcher.messages.drafting import Draft


def _draft(added: Mapping[str, str] | None = None, *, kit: str | None = None, without: str = "") -> Draft:
    """Return the sample's draft: texts put at the end of templates, the commissioners' kit, an audience less."""
    sample = draft()
    ends = {f"{name}.j2": text for name, text in (added or {}).items()}
    templates = {name: text + ends.get(name, "") for name, text in sample.templates.items()}
    told = [replace(one, kit=kit or one.kit) if one.name == "commissioners" else one for one in audiences()]
    return replace(
        sample,
        audiences=[one for one in told if one.name != without],
        renderer=Renderer(templates, office=office(), languages=LANGUAGES, audiences=audiences()),
    )


def _told(changed: Draft) -> list[tuple[str, str, str]]:
    problems = template_parity(changed)
    assert {Severity.ERROR} >= {one.severity for one in problems}
    return [(one.code, one.source.file, one.value) for one in problems]


def _sentence(problem: Problem) -> str:
    return message(problem)["en"]


def test_the_sample_agrees() -> None:
    """No note and no sentence of the sample says in one language what it does not say in the other."""
    assert [] == template_parity(_draft(kit="notice_draft"))


@pytest.mark.parametrize(
    ("added", "value"),
    [
        (" 12.09.2025", "12.09.2025 | –"),
        (" 14:30", "14:30 | –"),
        (" 022-20825141", "02220825141 | –"),
        (" https://customs.example/x", "https://customs.example/x | –"),
        (" desk@customs.example", "desk@customs.example | –"),
        (" 7", "7 | –"),
        ("\n\nइसे देखें।", "3 | 2"),
    ],
)
def test_a_fact_that_one_language_has_alone_is_told(added: str, value: str) -> None:
    """Once, whatever the form, with both values, at the template of the first language."""
    file = "templates/notes/custodians/hi.j2"

    assert [("parity_templates_differ", file, value)] == _told(_draft({"notes/custodians/hi": added}))


def test_both_templates_are_named() -> None:
    """The sentence names the two files, the kind of fact and who has what."""
    [problem] = template_parity(_draft({"notes/cms/en": " Room 12."}))

    assert (
        "As rendered for this advisory, templates/notes/cms/hi.j2 and templates/notes/cms/en.j2 do not hold the"
        " same numbers. Only in hi: –; only in en: 12. Compare the two templates."
    ) == _sentence(problem)


@pytest.mark.parametrize(
    "name", ["effective", "in_effect", "acknowledgement", "authenticity", "letterhead", "labels"]
)
def test_sentences_of_the_mail_are_compared(name: str) -> None:
    """Each template of mail/<language>/ that says something by itself."""
    added = '{% set own = "1800-111-111" %}' if name == "labels" else " 1800-111-111"
    told = _told(_draft({f"mail/en/{name}": added}))

    assert ("parity_templates_differ", f"templates/mail/hi/{name}.j2", "– | 1800111111") in told


def test_the_reminder_of_the_return_is_compared_where_somebody_passes_on() -> None:
    """Its template is rendered by `check`; an office that nobody passes on for needs none."""
    added = {"mail/hi/return_due": " 44"}
    alone = [replace(one, by=None) for one in audiences()]
    without = {name: text for name, text in draft().templates.items() if "/return_due." not in name}
    nobody = Renderer(without, office=office(), languages=LANGUAGES, audiences=alone)

    assert [("parity_templates_differ", "templates/mail/hi/return_due.j2", "44 | –")] == _told(_draft(added))
    assert [] == _told(replace(_draft(), audiences=alone, renderer=nobody))


@pytest.mark.parametrize(
    "condition", ["attached.signed", "not attached.signed", '"notice_draft" in attached.kits', "not attached.kits"]
)
def test_every_form_is_compared(condition: str) -> None:
    """What is said only with a signature, only without one, or only with the kit is rendered too."""
    added = f"{{% if {condition} %}} 44 {{% endif %}}"
    changed = _draft({"notes/commissioners/hi": added}, kit="notice_draft")

    assert [("parity_templates_differ", "templates/notes/commissioners/hi.j2", "44 | –")] == _told(changed)


def test_the_notice_that_another_passes_on_is_compared() -> None:
    """The couriers' note goes out with EICI's kit, though the advisory does not address them."""
    assert [("parity_templates_differ", "templates/notes/couriers/hi.j2", "44 | –")] == _told(
        _draft({"notes/couriers/hi": " 44"})
    )
    assert [] == _told(_draft({"notes/couriers/hi": " 44"}, without="eici"))


def test_a_text_in_a_foreign_script_is_told() -> None:
    """Each template by itself: words left in Latin script, Devanagari digits, a wrong weekday."""
    added = {
        "notes/copy/hi": " Kindly note.", "mail/hi/effective": " १२", "notes/cms/en": " Friday, 13.08.2025",
    }  # fmt: skip
    told = _told(_draft(added))

    assert {
        ("parity_latin", "templates/notes/copy/hi.j2", "Kindly, note"),
        ("parity_digits", "templates/mail/hi/effective.j2", "१२"),
        ("parity_weekday", "templates/notes/cms/en.j2", "Friday"),
    } <= set(told)


def test_an_office_may_allow_words_of_its_own() -> None:
    """What latin_words of config.yaml names may stand in a Hindi note."""
    assert [] == template_parity(_draft({"notes/copy/hi": " EDPMS"}), latin=["EDPMS"])


def test_a_form_that_does_not_render_is_told_beforehand() -> None:
    """A name that is wrong only in the signed form is an error before anything is signed."""
    with pytest.raises(TemplateError, match=r"notes/cms/en\.j2, line \d+: sum is not a known value"):
        template_parity(_draft({"notes/cms/en": "{% if attached.signed %}{{ sum }}{% endif %}"}))


def test_more_than_two_languages_are_compared_with_the_first() -> None:
    """Each further language against the first one."""
    told = list(paragraph_parity("x/{language}.j2", {"en": ["1"], "mr": ["1"], "sa": ["2"]}))

    assert [("templates/x/en.j2", "templates/x/sa.j2")] == [(one.source.file, one.facts["second"]) for one in told]
