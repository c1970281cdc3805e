"""The official document as data: what is printed where, in every language, and the record attached to it. Pure.

Every text is data to the layout (templates/pdf/advisory.typ), so that nothing typed by anybody can be code.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from dispatcher import acts
from dispatcher.advisories.values import CLOCKS
from dispatcher.advisories.wording import date_text, roman

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dispatcher.acts import Correction
    from dispatcher.model import Advisory, Localized, Office

# in the middle of the day the date is the same in the zones of nearly all who read it
_HOUR = time(12)


class Mark(StrEnum):
    """What a document that nobody signed says of itself, by its fixed word."""

    SPECIMEN = "specimen"
    """Only shown, or signed by a demo."""
    UNSIGNED = "unsigned"
    """Released by an office that asks for no signature."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a document says of a signature that is made here: who signs, as the certificate says, and when."""

    signer: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An official document before it is typeset: `data` for the layout, `record` for machines, its moment."""

    data: Mapping[str, Any]
    record: Mapping[str, Any]
    dated: datetime


def build_document(
    advisory: Advisory,
    *,
    office: Office,
    words: Mapping[str, Mapping[str, str]],
    emblem: str | None = None,
    mark: Mark | None = Mark.SPECIMEN,
    stamp: Stamp | None = None,
) -> Document:
    """Return the document in the languages of `words`, in their order; `mark` stands across each page.

    `emblem` is the name of a picture beside the layout. `stamp` stands above the name of the signatory.
    """
    halves = [_Half(advisory, office, language, words[language], stamp) for language in words]
    data = {
        "title": f"{advisory.number}: " + " / ".join(advisory.short_title[half.language] for half in halves),
        "author": " / ".join(office.name[half.language] for half in halves),
        "emblem": emblem,
        "emblem_alt": " / ".join(half.words["emblem"] for half in halves),
        "record": " / ".join(half.words["record"] for half in halves),
        "mark": " / ".join(half.words[mark] for half in halves) if mark else None,
        "letterhead": [{"language": half.language, "lines": half.letterhead()} for half in halves],
        "halves": [half.printed() for half in halves],
    }
    dated = datetime.combine(advisory.dated, _HOUR, ZoneInfo(office.time_zone)).astimezone(UTC)
    return Document(data=data, record=document_record(advisory, office), dated=dated)


def document_record(advisory: Advisory, office: Office) -> dict[str, Any]:
    """Return the record that is attached to a document: what the advisory says, and which office issues it."""
    return {**record_of(advisory), "office": {"name": dict(office.name), "short_name": dict(office.short_name)}}


def record_of(advisory: Advisory) -> dict[str, Any]:
    """Return what an advisory says, for machines: instants as ISO 8601, texts by language. Nothing internal."""
    clocks = {name: getattr(advisory, name) for name in CLOCKS}
    return {
        "number": advisory.number,
        "revision": advisory.revision,
        "date": advisory.issued.isoformat(),
        "kind": advisory.kind,
        **{name: instant.isoformat() for name, instant in clocks.items() if instant is not None},
        "subject": dict(advisory.subject),
        "short_title": dict(advisory.short_title),
        **{name: dict(getattr(advisory, name)) for name in ("what", "do", "in_effect")},
        "news": {name: dict(text) for name, text in advisory.news.items()},
        "paras": [
            {"kind": para.kind, "text": dict(para.text), "steps": [dict(step) for step in para.steps]}
            for para in advisory.paras
        ],
        "helpdesk": {
            "name": dict(advisory.helpdesk.name),
            "email": advisory.helpdesk.email,
            "phone": advisory.helpdesk.phone,
        },
        "signatory": {
            "name": dict(advisory.signatory.name),
            "designation": dict(advisory.signatory.designation),
        },
        "addressees": [
            {"audience": line.audience, "instruction": dict(line.instruction), "places": list(line.places)}
            for line in advisory.addressees
        ],
        "copies": [{"audience": line.audience, "instruction": dict(line.instruction)} for line in advisory.copies],
        "enclosures": list(advisory.enclosures),
        "relation": dict(advisory.relation) if advisory.relation else None,
        **_changes(advisory),
    }


def _changes(advisory: Advisory) -> dict[str, Any]:
    """Return what a corrigendum corrects and an addendum adds."""
    corrections = [
        {
            "where": dict(one.where),
            **({"what": dict(one.what)} if one.what else {}),
            "for": dict(one.wrong),
            "read": dict(one.right),
        }
        for one in advisory.corrections
    ]
    additions = [dict(text) for text in advisory.additions]
    found = {"corrections": corrections, "additions": additions}
    return {name: value for name, value in found.items() if value}


@dataclass(frozen=True, slots=True)
class _Half:
    """The document in one language."""

    advisory: Advisory
    office: Office
    language: str
    words: Mapping[str, str]
    stamp: Stamp | None

    def letterhead(self) -> list[str]:
        office = self.office
        phones = self.words["phones"].format(phone=office.phone, fax=office.fax, email=office.email)
        return [office.name[self.language], office.address[self.language], phones]

    def printed(self) -> dict[str, Any]:
        advisory, words = self.advisory, self.words
        signatory = advisory.signatory
        return {
            "language": self.language,
            "date": words["date"].format(date=self._day(advisory.dated)),
            "number": words["number"].format(number=advisory.number),
            "relation": self._relation(),
            "subject": {"label": words["subject"], "text": advisory.subject[self.language]},
            "paras": [*self._paras(), *self._helpdesk()],
            "stamp": self._stamp(),
            "signatory": [f"({signatory.name[self.language]})", signatory.designation[self.language]],
            "to": self._entries("to", [line.instruction for line in advisory.addressees]),
            "copy": self._entries("copy", [line.instruction for line in advisory.copies]),
            "footer": advisory.number,
            "page": words["page"],
        }

    def _stamp(self) -> list[str]:
        """Return the lines of the stamp: the second that it shows is the one in the signature."""
        if self.stamp is None:
            return []
        at = self.stamp.at.astimezone(ZoneInfo(self.office.time_zone))
        return [
            self.words["signed"].format(signer=self.stamp.signer),
            self.words["signed_at"].format(time=f"{at:%d-%m-%Y %H:%M:%S %Z}"),
        ]

    def _day(self, day: date) -> str:
        return date_text(day, self.language, "numeric", zone=ZoneInfo(self.office.time_zone))

    def _relation(self) -> dict[str, Any] | None:
        """Return what the advisory does to an earlier issue; the kind withdrawal says it in its own paragraphs."""
        advisory, words, language = self.advisory, self.words, self.language
        named = {"number": advisory.number, "date": self._day(advisory.issued)}
        match advisory.act:
            case acts.CORRIGENDUM:
                lines = [self._corrected(one, named) for one in advisory.corrections]
            case acts.ADDENDUM:
                lines = [words["addition"].format(**named), *(text[language] for text in advisory.additions)]
            case acts.WITHDRAWAL if advisory.kind == acts.WITHDRAWAL:
                return None
            case acts.SUPERSESSION | acts.WITHDRAWAL:
                return {"title": None, "lines": [words[advisory.act].format(**self._target())]}
            case _:
                return None
        return {"title": words[advisory.act], "lines": [*lines, words["unchanged"]]}

    def _corrected(self, one: Correction, named: Mapping[str, str]) -> str:
        """Return the sentence of a correction, which names the slip where it has a name."""
        parts = {"where": one.where, "wrong": one.wrong, "right": one.right}
        if one.what:
            parts["what"] = one.what
        word = self.words["correction_of" if one.what else "correction"]
        return word.format(**named, **{name: text[self.language] for name, text in parts.items()})

    def _target(self) -> dict[str, str]:
        """Return number and date of what the advisory supersedes or withdraws."""
        relation = self.advisory.relation or {}
        return {"target": relation["target"], "date": self._day(date.fromisoformat(relation["target_date"]))}

    def _paras(self) -> Iterator[dict[str, Any]]:
        """Yield the paragraphs as printed: the first numbered one bears no number, as such offices print it."""
        count = 0
        for para in self.advisory.paras:
            count += para.kind == "text"
            number = f"{count}." if para.kind == "text" and count > 1 else None
            steps = [
                {"number": f"({roman(place)}).", "text": step[self.language]}
                for place, step in enumerate(para.steps, start=1)
            ]
            yield {"kind": para.kind, "number": number, "text": para.text[self.language], "steps": steps}

    def _helpdesk(self) -> Iterator[dict[str, Any]]:
        """Yield the helpdesk as a line of its own where no paragraph names its address."""
        helpdesk = self.advisory.helpdesk
        if not any(helpdesk.email in para.text[self.language] for para in self.advisory.paras):
            name = helpdesk.name[self.language]
            text = self.words["helpdesk"].format(name=name, email=helpdesk.email, phone=helpdesk.phone)
            yield {"kind": "contact", "number": None, "text": text, "steps": []}

    def _entries(self, name: str, lines: Sequence[Localized]) -> dict[str, Any]:
        """Return a list with its title, its lines numbered."""
        entries = [
            {"number": f"{place}.", "text": line[self.language]} for place, line in enumerate(lines, start=1)
        ]
        return {"label": self.words[name], "entries": entries}
