"""The use case of beginning an advisory in the place of an earlier one. Part of the composition root."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from dispatcher.acts import SUPERSESSION
from dispatcher.advisories.kinds import understood
from dispatcher.advisories.starters import read_skeleton
from dispatcher.errors import Problem, Refused, Severity, Source, UsageError
from dispatcher.model import slug_of
from dispatcher.use_cases import UseCases

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatcher.advisories.kinds import Kind
    from dispatcher.outbox.targets import Known, Said


class Superseded(NamedTuple):
    """An earlier advisory, and what the record has of it."""

    number: str
    known: Known

    @property
    def title(self) -> str:
        """Its short title, in every language; empty where the record does not have it."""
        return " / ".join(self.known.printed[-1]["short_title"].values()) if self.known.printed else ""

    @property
    def dated(self) -> date | None:
        """The date by which it is cited; None where the record does not have it."""
        return date.fromisoformat(self.known.printed[-1]["issued"]) if self.known.printed else None

    @property
    def shown(self) -> str:
        """Number, date and title, as far as the record has them."""
        dated = f" of {self.dated:%d.%m.%Y}" if self.dated else ""
        return f"{self.number}{dated}" + (f" ({self.title})" if self.title else "")


class Superseding(UseCases):
    """What a new advisory takes from the one that it supersedes, and whether that can be superseded."""

    def earlier(self, kind: Kind, typed: str, given: Mapping[str, str]) -> Superseded:
        """Return the advisory that is to be superseded, by its number as typed; `given` are the other answers.

        Raises UsageError, and Refused where the record says that it never went out or holds no more.
        """
        from dispatcher.advisories.superseding import says_relation
        from dispatcher.outbox.targets import Said, contradiction

        if says_relation(kind.text):
            raise UsageError(f"{kind.name} goes without --supersedes: it says itself what it does to another one")
        if "target" in given:
            raise UsageError("--supersedes goes without --target: it names that advisory itself")
        number = understood("target", typed, zone=self.zone)
        if slug_of(given.get("number", "")) == slug_of(number):
            raise UsageError(f"{number} cannot supersede itself; the new advisory has a number of its own")
        known = self.known(number)
        found = contradiction(known)
        if found is not None and found[0] is not Said.UNKNOWN:
            raise Refused(_sentence(number, *found))
        return Superseded(number, known)

    def begun_as(self, kind: Kind, earlier: Superseded) -> Kind:
        """Return the kind with the relation below its starter text. Raises TemplateError."""
        from dispatcher.advisories.superseding import with_relation

        skeleton = read_skeleton(self.root / "templates", SUPERSESSION)
        return replace(kind, text=with_relation(kind.text, skeleton, title=earlier.title))

    def completed(self, text: str, earlier: Superseded, *, dated: str, file: str) -> str:
        """Return a text with a line for each audience that has the earlier one and is not named yet.

        `dated` is the date of that one, as the text has it. Raises Refused where the record has another one,
        InputProblems where the text of `file` cannot be read.
        """
        from dispatcher.advisories.reading import audiences_of
        from dispatcher.advisories.superseding import with_lines
        from dispatcher.outbox.targets import other_date, unnamed

        found = other_date(earlier.known, date.fromisoformat(understood("date", dated, zone=self.zone)))
        if found is not None:
            raise Refused(_sentence(earlier.number, *found))
        asked, named = audiences_of(text, file=file)
        lines, mailed = earlier.known.lines, {one.name for one in self.settings.audiences}
        return with_lines(text, [lines[one] for one in unnamed(earlier.known, asked, named) if one in mailed])


def _sentence(number: str, code: Said, facts: Mapping[str, str]) -> str:
    """Return in English what the record says against an advisory."""
    from dispatcher.words import message

    return message(Problem(Severity.ERROR, code, Source("outbox"), number, facts))["en"]
