"""From an advisory and the templates to what a message says: once per audience set, plus the recipient's lines."""

from __future__ import annotations

import re
import unicodedata
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateError as JinjaError
from jinja2 import TemplateNotFound, TemplateSyntaxError, UndefinedError
from markupsafe import Markup

from dispatcher.acts import WITHDRAWAL, is_reminder
from dispatcher.advisories.values import LEFT_PLACE, values_of
from dispatcher.advisories.wording import environment, length_text, place_text, undefined_name
from dispatcher.errors import TemplateError
from dispatcher.messages.advisory_texts import asks_in, texts_in
from dispatcher.messages.html import inline_styles
from dispatcher.messages.wrapping import wrap
from dispatcher.model import LatePolicy, Part, Wording

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from dispatcher.acts import FollowUp
    from dispatcher.model import Advisory, Audience, Localized, Office, Recipient

_FRAME = (
    "mail/subject.j2",
    "mail/message.txt.j2",
    "mail/message.html.j2",
    "mail/block.txt.j2",
    "mail/block.html.j2",
    "mail/advisory.txt.j2",
    "mail/advisory.html.j2",
    "mail/style.css",
)
_NEW_WORKSPACE = "from a workspace made anew by `dispatcher init`"
SENTENCES = ("letterhead", "effective", "in_effect", "acknowledgement", "authenticity")
"""Templates of mail/<language>/ that say something by themselves."""
_PER_LANGUAGE = (*SENTENCES, "labels", "recipient", "relation", "reminder")
_OF_PASSING_ON = ("passed_on", "return_due")
"""Needed where a mediator tells somebody."""
ONWARD = "onward"
"""The kit of who passes the advisory on, by its name of config.yaml."""
_STANDING = {
    "changes": "write {{ changes }} on a line of its own, with an empty line before and after it",
    "in_effect": (
        "write the lines {% if late %}, {{ in_effect }} and {% else %} before what it says of the time before the "
        "hour, and the line {% endif %} after that"
    ),
}
"""What must stand in a notice that a mediator passes on, and how it comes there."""
_SLOT = re.compile("\ue000([A-Za-z0-9-]+)\ue001")
"""Where the recipient's lines go while a template is rendered; no text of an advisory holds these characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """What goes with a message; a sentence that names a thing is rendered only when the thing is here."""

    pdf: str | None = None
    """File name of the advisory's own PDF."""
    signed: bool = False
    """Whether that PDF bears a genuine signature."""
    sha256: str | None = None
    """Of that PDF, hexadecimal."""
    kits: tuple[str, ...] = ()
    """Kits by the name of config.yaml: onward, website."""
    kit_files: tuple[str, ...] = ()
    """File names of what the kits attach."""
    enclosures: tuple[str, ...] = ()
    """File names of the advisory's enclosures."""


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of the recipient's own lines in one language."""

    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedText:
    """What every recipient of the same audiences gets: subject, and both parts with slots in them."""

    subject: str
    text: tuple[str | Slot, ...]
    html: tuple[str | Slot, ...]


def fill(segments: Sequence[str | Slot], lines: Mapping[str, Sequence[str]], *, html: bool) -> str:
    """Return a part with the recipient's lines (language -> lines) in their slots, escaped for HTML."""
    return "".join(
        _lines(lines[segment.language], html=html) if isinstance(segment, Slot) else segment
        for segment in segments
    )


class Renderer:
    """The templates of a workspace, compiled once. Raises TemplateError for each missing one, or a wrong one.

    `reply_to` is where a mediator's return goes: what reminds of it says so.
    """

    def __init__(
        self,
        templates: Mapping[str, str],
        *,
        office: Office,
        languages: Sequence[str],
        audiences: Sequence[Audience],
        reply_to: str = "",
    ) -> None:
        self.office, self._languages, self._reply_to = office, tuple(languages), reply_to
        self._notes = {audience.name: audience.note for audience in audiences}
        self._passed_on = frozenset(audience.name for audience in audiences if audience.by)
        needed = needed_templates(languages, self._notes.values(), passed_on=bool(self._passed_on))
        require(needed, templates)
        self._environment = environment(office.time_zone, templates)
        for name in needed:
            with naming(name):
                self._environment.get_template(name)
        self._posts = {
            language: self._environment.get_template(f"mail/{language}/recipient.j2") for language in languages
        }
        self._post_line = lru_cache(maxsize=4096)(self._render_post_line)

    @property
    def passes_on(self) -> bool:
        """Whether a mediator tells any audience."""
        return bool(self._passed_on)

    def shared(
        self,
        advisory: Advisory,
        *,
        audiences: Sequence[str],
        part: Part,
        wording: Wording,
        attached: Attached,
        specimen: bool = False,
        follow_up: FollowUp | None = None,
    ) -> SharedText:
        """Return what does not depend on the recipient; `specimen` marks the subject of a preview.

        `follow_up`: it is what follows the release by itself. `audiences` are those of the recipient, in the order
        of their notes. Raises TemplateError.
        """
        contexts = [self._context(language, advisory, attached) for language in self._languages]
        for context in contexts:
            context["cover"] = self._cover(context, advisory, audiences, wording, follow_up)
            owed = follow_up is not None and follow_up.for_return  # which asks for more than "Received"
            asked = part is Part.TO and not owed
            context["acknowledgement"] = self._sentence(context, "acknowledgement") if asked else ""
        about = {
            "wording": wording.value,
            "specimen": specimen,
            "prefixes": _prefixes(advisory, wording, follow_up, specimen=specimen),
            "languages": self._languages,
            "short_titles": [advisory.short_title[language] for language in self._languages],
        }
        subject = " ".join(self._render("mail/subject.j2", contexts[0] | about).split())
        if advisory.number not in subject:
            raise TemplateError("templates/mail/subject.j2: the subject does not hold the advisory's number.")
        return SharedText(
            subject=subject,
            text=self._segments(wrap(self._message("txt", contexts, subject)) + "\n"),
            html=self._segments(inline_styles(self._message("html", contexts, subject))),
        )

    def cover(
        self,
        advisory: Advisory,
        *,
        audience: str,
        language: str,
        attached: Attached,
        wording: Wording = Wording.ORIGINAL,
        follow_up: FollowUp | None = None,
    ) -> tuple[str, ...]:
        """Return the covering note of one audience in one language, paragraph by paragraph."""
        context = self._context(language, advisory, attached)
        return self._cover(context, advisory, (audience,), wording, follow_up)

    def sentence(self, name: str, advisory: Advisory, *, language: str, attached: Attached) -> str:
        """Return what a template of mail/<language>/ says by itself, such as `authenticity`."""
        return self._sentence(self._context(language, advisory, attached), name)

    def labels(self, language: str) -> tuple[str, ...]:
        """Return the fixed words of the mail in a language, in the order of their names."""
        name = f"mail/{language}/labels.j2"
        with naming(name):
            said = vars(self._environment.get_template(name).module)
        return tuple(said[label] for label in sorted(said) if not label.startswith("_"))

    def recipient_lines(self, recipient: Recipient) -> dict[str, tuple[str, ...]]:
        """Return language -> the posts in which the recipient is told, one line for each role."""
        return {
            language: tuple(dict.fromkeys(self._role_lines(recipient, language))) or (recipient.address,)
            for language in self._languages
        }

    def document(self, advisory: Advisory, language: str) -> str:
        """Return the advisory alone as plain text in one language, a paragraph a line."""
        return self._render("mail/advisory.txt.j2", self._context(language, advisory, Attached())) + "\n"

    def _context(self, language: str, advisory: Advisory, attached: Attached) -> dict[str, Any]:
        """Return every value that a template of this language may name, but for those of a note."""
        context = values_of(advisory, language, self.office)
        context |= texts_in(advisory, language)
        context |= {"language": language, "attached": attached, "addressed_to": f"\ue000{language}\ue001"}
        context["enclosures"] = [
            name for name in (attached.pdf, *attached.kit_files, *attached.enclosures) if name
        ]
        context["letterhead"] = self._render(f"mail/{language}/letterhead.j2", context).splitlines()
        for name in ("effective", "authenticity"):
            context[name] = self._sentence(context, name)
        return context

    def _cover(  # noqa: PLR0917 - each decides what stands in it
        self,
        context: Mapping[str, Any],
        advisory: Advisory,
        audiences: Sequence[str],
        wording: Wording,
        follow_up: FollowUp | None,
    ) -> tuple[str, ...]:
        """Return the paragraphs of all covering notes; what two notes have in common stands once."""
        language = context["language"]
        if follow_up is not None and is_reminder(follow_up.act):
            return self._reminder(context, advisory, follow_up)
        late = wording is Wording.IN_EFFECT and advisory.late_policy is LatePolicy.SEND_IN_EFFECT
        context = {**context, "late": late, "changes": ""}
        if self._passed_on.issuperset(audiences):
            return paragraphs("\n\n".join(self._notice(context, audience) for audience in audiences))
        cover = [self._render(f"mail/{language}/relation.j2", context)] if advisory.relation else []
        if late:
            cover.append(self._render(f"mail/{language}/in_effect.j2", context))
        if follow_up is None:  # else it goes to those who were asked before
            for audience in audiences:
                asks = asks_in(advisory, audience, language, wording=wording)
                own = {"ask": " ".join(asks)} if asks else {}
                cover.append(self._render(f"notes/{self._notes[audience]}/{language}.j2", {**context, **own}))
        return paragraphs("\n\n".join(cover))

    def _reminder(self, context: Mapping[str, Any], advisory: Advisory, follow_up: FollowUp) -> tuple[str, ...]:
        language = context["language"]
        if follow_up.for_return:
            owed = {
                "return_by": follow_up.at,
                "return_to": self._reply_to,
                "kit": advisory.kit_file(ONWARD),
            }
            return paragraphs(self._render(f"mail/{language}/return_due.j2", {**context, **owed}))
        left = length_text(follow_up.left, language)
        upcoming = (advisory.upcoming or {}).get(language, "").replace(LEFT_PLACE, left)
        told = {"after": follow_up.after, "left": left, "upcoming": upcoming}
        return paragraphs(self._render(f"mail/{language}/reminder.j2", {**context, **told}))

    def _notice(self, context: Mapping[str, Any], audience: str) -> str:
        """Return what a mediator writes to those whom it tells: nothing in it speaks for the office."""
        language = context["language"]
        changes = self._render(f"mail/{language}/passed_on.j2", context) if context["relation"] else ""
        name = f"notes/{self._notes[audience]}/{language}.j2"
        notice = self._render(name, {**context, "changes": changes})
        needed = {"changes": changes, **({"in_effect": context["in_effect"]} if context["late"] else {})}
        for value, text in needed.items():
            if not set(paragraphs(text)) <= set(paragraphs(notice)):
                raise TemplateError(
                    f"templates/{name}: {value} must stand in it, in paragraphs of its own: {_STANDING[value]}. "
                    f"Or take the file {_NEW_WORKSPACE}."
                )
        return notice

    def _sentence(self, context: Mapping[str, Any], name: str) -> str:
        return " ".join(self._render(f"mail/{context['language']}/{name}.j2", context).split())

    def _message(self, form: str, contexts: Sequence[Mapping[str, Any]], subject: str) -> str:
        blocks = [
            # what a block's own template has escaped is not escaped again
            {"language": context["language"], "content": Markup(self._render(f"mail/block.{form}.j2", context))}  # noqa: S704
            for context in contexts
        ]
        return self._render(f"mail/message.{form}.j2", {"blocks": blocks, "subject_line": subject})

    def _segments(self, part: str) -> tuple[str | Slot, ...]:
        pieces = _SLOT.split(part)
        if pieces[1::2] != list(self._languages):
            raise TemplateError("templates/mail/block.*.j2: addressed_to must stand in it exactly once.")
        return tuple(Slot(piece) if place % 2 else piece for place, piece in enumerate(pieces))

    def _role_lines(self, recipient: Recipient, language: str) -> Iterator[str]:
        for role in recipient.roles:
            designation, organisation = _spoken(role.designation, language), _spoken(role.organisation, language)
            if line := self._post_line(language, designation, organisation, role.places):
                yield line

    def _render_post_line(
        self, language: str, designation: str, organisation: str, places: tuple[str, ...]
    ) -> str:
        post = {
            "designation": designation,
            "organisation": organisation,
            "places": [place_text(place, language) for place in places],
        }
        with naming(f"mail/{language}/recipient.j2"):
            text = self._posts[language].render(post)
        return " ".join(unicodedata.normalize("NFC", text).split())

    def _render(self, name: str, context: Mapping[str, Any]) -> str:
        with naming(name):
            text = self._environment.get_template(name).render(context)
        return unicodedata.normalize("NFC", text).strip()


def needed_templates(languages: Sequence[str], notes: Iterable[str], *, passed_on: bool) -> list[str]:
    """Return the names of all templates that messages are made from; `passed_on`: a mediator tells somebody."""
    sentences = (*_PER_LANGUAGE, *(_OF_PASSING_ON if passed_on else ()))
    return [
        *_FRAME,
        *(f"mail/{language}/{name}.j2" for language in languages for name in sentences),
        *(f"notes/{note}/{language}.j2" for note in dict.fromkeys(notes) for language in languages),
    ]


def require(needed: Iterable[str], templates: Container[str]) -> None:
    """Raise TemplateError with a line for each template that is missing, and where one comes from."""
    missing = [name for name in needed if name not in templates]
    if missing:
        raise TemplateError(
            "\n".join(
                f"templates/{name} is missing; take it {_NEW_WORKSPACE}. Every language needs its own."
                for name in missing
            )
        )


def paragraphs(text: str) -> tuple[str, ...]:
    """Return the paragraphs of a note, each once; those that begin with `#. ` are numbered from 1."""
    joined = (" ".join(piece.split()) for piece in re.split(r"\n\s*\n", text))
    found, number = [], 0
    for paragraph in dict.fromkeys(filter(None, joined)):
        numbered = paragraph.startswith("#. ")
        number += numbered
        found.append(f"{number}. {paragraph[3:]}" if numbered else paragraph)
    return tuple(found)


def _prefixes(
    advisory: Advisory, wording: Wording, follow_up: FollowUp | None, *, specimen: bool
) -> tuple[str, ...]:
    """Return the labels that stand before the subject: what kind of message it is."""
    found = ["specimen"] if specimen else []
    if follow_up is not None and is_reminder(follow_up.act):
        return (*found, "reminder")
    if wording is Wording.IN_EFFECT and advisory.act != WITHDRAWAL:  # that it is withdrawn says as much
        found.append("now_in_effect")
    return (*found, advisory.act) if advisory.relation else tuple(found)


def _spoken(texts: Localized, language: str) -> str:
    """Return a text of a sheet in the language, or in whichever the sheet has."""
    return texts.get(language) or next((text for text in texts.values() if text), "")


def _lines(lines: Sequence[str], *, html: bool) -> str:
    return "<br>".join(escape(line) for line in lines) if html else "\n".join(lines)


@contextmanager
def naming(template: str) -> Iterator[None]:
    """Turn what jinja raises into a TemplateError that names the template and the value."""
    try:
        yield
    except TemplateSyntaxError as error:
        raise TemplateError(f"templates/{error.name}, line {error.lineno}: {error.message}") from None
    except UndefinedError as error:
        raise TemplateError(f"{_place(error, template)}: {undefined_name(error)} is not a known value.") from None
    except TemplateNotFound as error:
        raise TemplateError(f"templates/{template} includes {error.message}, which is missing.") from None
    except (JinjaError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise TemplateError(f"{_place(error, template)}: {error}") from None


def _place(error: BaseException, template: str) -> str:
    """Return the innermost template and line in which `error` arose (jinja puts them into the traceback)."""
    place, step = f"templates/{template}", error.__traceback__
    while step is not None:
        name = step.tb_frame.f_code.co_filename
        if name.endswith((".j2", ".css")):
            place = f"templates/{name}, line {step.tb_lineno}"
        step = step.tb_next
    return place
