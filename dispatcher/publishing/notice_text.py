"""The draft of a Commissioner's public notice, by paragraphs: the template's and the advisory's own. Pure.

A line of templates/notice/<language>.j2 is a paragraph: its kind, a bar, its text.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from dispatcher.advisories.values import values_of
from dispatcher.advisories.wording import environment, roman
from dispatcher.errors import TemplateError
from dispatcher.messages.parity import paragraph_parity
from dispatcher.messages.rendering import naming, require
from dispatcher.messages.wrapping import WIDTH, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dispatcher.errors import Problem
    from dispatcher.model import Advisory
    from dispatcher.publishing.issue import Issue

KINDS: Final = (
    "letterhead", "reference", "date", "number", "subject", "para", "signature", "line", "label", "entry",
)  # fmt: skip
"""What a paragraph of the template may be; `para` is numbered, and `entry` from 1 below each `label`."""
NUMBERED: Final = frozenset({"para", "entry", "clause", "step"})
_ADVISORY: Final = "advisory"
"""The line in whose place the advisory's own text comes."""
_TOGETHER: Final = frozenset({"letterhead", "reference", "signature", "label", "entry", "step"})
"""Kinds after which the text part leaves no blank line where another paragraph of a list or a block follows."""
_QUOTED: Final = frozenset({"clause", "step", "note"})
"""The advisory's own paragraphs, with numbers of their own: they stand farther in."""
_UNFIT: Final = re.compile("[^\t\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 (section 2.2) has no place for, and further signs of control."""
_OPEN: Final = re.compile(r"<<(.+?)>>")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of the notice: its kind, its text, its number in its list (None: it bears none).

    The advisory's own paragraphs are of the kinds `clause`, `step` and `note`.
    """

    kind: str
    text: str
    number: int | None = None

    @property
    def mark(self) -> str:
        """The number as it is printed."""
        if self.number is None:
            return ""
        return f"({roman(self.number)})." if self.kind == "step" else f"{self.number}."

    @property
    def pieces(self) -> list[tuple[str, bool]]:
        """The text in pieces, each with whether the Commissionerate fills it in."""
        split = _OPEN.split(self.text)
        marked = ((f"[{piece}]" if place % 2 else piece, place % 2 == 1) for place, piece in enumerate(split))
        return [(piece, is_open) for piece, is_open in marked if piece]


def notice_paragraphs(issue: Issue, language: str) -> list[Paragraph]:
    """Return the draft in one language, paragraph by paragraph. Raises TemplateError."""
    name = f"notice/{language}.j2"
    require([name], issue.templates)
    with naming(name):
        template = environment(issue.office.time_zone, issue.templates).get_template(name)
        rendered = template.render(_values(issue, language))
    lines = [line for line in map(str.strip, unicodedata.normalize("NFC", rendered).splitlines()) if line]
    _refuse_faulty(lines, name)
    paragraphs: list[Paragraph] = []
    for line in lines:
        paragraphs += _of_line(line, issue.advisory, language, before=paragraphs)
    return paragraphs


def notice_parity(issue: Issue, *, latin: Iterable[str] = ()) -> list[Problem]:
    """Return what the drafts of the languages do not have in common, as errors of their templates.

    `latin` are words that may stand in Latin script beside those of words/facts.yaml. Raises TemplateError.
    """
    texts = {
        language: [f"{one.mark} {one.text}".strip() for one in notice_paragraphs(issue, language)]
        for language in issue.languages
    }
    return list(paragraph_parity("notice/{language}.j2", texts, latin=latin))


def notice_text(halves: Sequence[Sequence[Paragraph]]) -> str:
    """Return the draft as plain text: the languages in their order, a rule between them."""
    rule = "\n\n" + "=" * WIDTH + "\n\n"
    return rule.join(wrap(_plain(half)) for half in halves) + "\n"


def _refuse_faulty(lines: Sequence[str], name: str) -> None:
    for line in lines:
        kind, text = _split(line)
        if (kind == _ADVISORY) == bool(text) or kind not in (*KINDS, _ADVISORY):
            known = ", ".join(KINDS)
            raise TemplateError(
                f"templates/{name}: a line is one of {known}, a bar and its text (or advisory and a bar), not: "
                f"{line[:60]}"
            )
        if unfit := _UNFIT.search(line):
            raise TemplateError(f"templates/{name}: U+{ord(unfit[0]):04X} cannot be printed: {line[:60]!a}")
    if [_split(line)[0] for line in lines].count(_ADVISORY) != 1:
        raise TemplateError(f"templates/{name}: the line “advisory |” must stand in it exactly once.")


def _of_line(line: str, advisory: Advisory, language: str, *, before: Sequence[Paragraph]) -> Iterator[Paragraph]:
    kind, text = _split(line)
    if kind == _ADVISORY:
        yield from _clauses(advisory, language)
    else:
        begun = takewhile(lambda one: kind != "entry" or one.kind != "label", reversed(before))
        count = sum(one.kind == kind for one in begun) + 1
        yield Paragraph(kind, text, count if kind in NUMBERED else None)


def _split(line: str) -> tuple[str, str]:
    kind, _, text = line.partition("|")
    return kind.strip(), text.strip()


def _clauses(advisory: Advisory, language: str) -> Iterator[Paragraph]:
    """Yield the advisory's own paragraphs with its own numbers: the first numbered one bears none."""
    count = 0
    for para in advisory.paras:
        numbered = para.kind == "text"
        count += numbered
        kind = "clause" if numbered else "note"
        yield Paragraph(kind, _one_line(para.text[language]), count if numbered and count > 1 else None)
        for place, step in enumerate(para.steps, start=1):
            yield Paragraph("step", _one_line(step[language]), place)


def _values(issue: Issue, language: str) -> Mapping[str, object]:
    """Return what the template may name; a text of the advisory stays within its line."""
    advisory = issue.advisory
    own = {name: _one_line(getattr(advisory, name)[language]) for name in ("subject", "what", "do", "in_effect")}
    named = any(advisory.helpdesk.email in para.text[language] for para in advisory.paras)
    common = values_of(advisory, language, issue.office)
    document = {"signed": issue.document.signed, "file_name": issue.document.file_name}
    return {**common, **own, "helpdesk_is_named": named, "document": document}


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _plain(paragraphs: Sequence[Paragraph]) -> str:
    lines: list[str] = []
    for one, following in zip(paragraphs, [*paragraphs[1:], None], strict=True):
        text = "".join(piece for piece, _ in one.pieces)
        indent = "    " if one.kind in _QUOTED else ""
        lines.append(f"{indent}{one.mark} {text}" if one.mark else indent + text)
        together = one.kind in _TOGETHER and following is not None and following.kind in _TOGETHER
        if not together and following is not None:
            lines.append("")
    return "\n".join(lines)
