"""A template that is wrong or missing is told with its name, before anything is made of it."""

from __future__ import annotations

import re
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dispatcher.errors import TemplateError
from dispatcher.messages.rendering import Renderer
from tests.rendered import rendered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dispatcher.model import Advisory, Audience, Office


@pytest.mark.parametrize(
    ("name", "source", "told"),
    [
        ("notes/commissioners/hi.j2", "{{ wat }}", "notes/commissioners/hi.j2, line 1: wat is not a known value"),
        ("mail/en/effective.j2", "\n{{ office.fone }}", "mail/en/effective.j2, line 2: fone is not a known value"),
        ("mail/hi/labels.j2", "{% set advisory = 1 %}", "mail/block.txt.j2, line 7: addressed_to is not"),
        ("mail/block.txt.j2", "{{ cover }}", "addressed_to must stand in it exactly once"),
        ("mail/advisory.html.j2", "{% include 'mail/gone.j2' %}", "includes mail/gone.j2, which is missing"),
        ("mail/en/letterhead.j2", "{{ issued | date_en('x') }}", "line 1: there is no style x"),
        ("mail/subject.j2", "{{ number + 1 }}", "templates/mail/subject.j2, line 1"),
    ],
)  # fmt: skip
def test_a_faulty_template_is_named(
    renderer_of: Callable[[Mapping[str, str]], Renderer],
    templates: Mapping[str, str],
    advisory: Advisory,
    name: str,
    source: str,
    told: str,
) -> None:
    """An unknown name, style or include in a template is an error that says where it stands."""
    with pytest.raises(TemplateError, match=re.escape(told)):
        rendered(renderer_of({**templates, name: source}), advisory)


def test_a_template_that_does_not_parse_is_named_at_once(
    renderer_of: Callable[[Mapping[str, str]], Renderer], templates: Mapping[str, str]
) -> None:
    """A syntax error shows when the templates are read, with file and line."""
    with pytest.raises(TemplateError, match=r"templates/notes/eici/en\.j2, line 2: "):
        renderer_of({**templates, "notes/eici/en.j2": "fine\n{% if %}"})


def test_all_missing_templates_are_named(
    renderer_of: Callable[[Mapping[str, str]], Renderer], templates: Mapping[str, str]
) -> None:
    """A language that lacks templates is refused with the name of each."""
    gone = {"mail/hi/labels.j2", "notes/copy/en.j2"}

    with pytest.raises(TemplateError) as caught:
        renderer_of({name: source for name, source in templates.items() if name not in gone})
    told = re.findall(r"templates/(\S+) is missing; take it from a workspace made anew by", str(caught.value))
    assert gone == set(told)


@pytest.mark.parametrize("template", ["passed_on", "return_due"])
@pytest.mark.parametrize("by", ["onward", None])
def test_words_for_passing_on_are_needed_where_somebody_passes_on(
    templates: Mapping[str, str],
    office: Office,
    audiences: tuple[Audience, ...],
    *,
    by: str | None,
    template: str,
) -> None:
    """Where no mediator tells any audience, a workspace of an earlier program needs none."""
    earlier = {name: source for name, source in templates.items() if not name.endswith(f"/{template}.j2")}
    told = [replace(audience, by=by if audience.by else None) for audience in audiences]
    refused = pytest.raises(TemplateError, match=rf"mail/hi/{template}\.j2 is missing")

    with refused if by else nullcontext():
        Renderer(earlier, office=office, languages=("hi", "en"), audiences=told)
