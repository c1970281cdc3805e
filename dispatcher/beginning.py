"""The use case of beginning an advisory from a starter text. Part of the composition root."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING

from dispatcher.advisories.kinds import option_of, understood
from dispatcher.advisories.numbering import next_number
from dispatcher.advisories.rules import number_matches
from dispatcher.advisories.starters import kind_names, read_kind, read_skeleton, write_new
from dispatcher.errors import InputProblems, Refused, TemplateError, UsageError
from dispatcher.model import slug_of
from dispatcher.superseding import Superseded, Superseding
from dispatcher.use_cases import UseCases, now

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from dispatcher.advisories.kinds import Kind
    from dispatcher.model import Advisory

    Ask = Callable[[str, str | None, Callable[[str], str]], str]
    """Asks for an answer by its name, with a suggestion; the callable understands what was typed, or raises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """The next revision of an advisory, begun."""

    number: str
    revision: int
    file: Path
    kept: Path
    """What the file held before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A new advisory, begun."""

    number: str
    file: Path
    earlier: Superseded | None
    """What it supersedes."""


class Beginning(UseCases):
    """Kinds of advisories, new ones made of them, and revisions."""

    def kinds(self) -> list[Kind]:
        """Return every kind that has a starter text. Raises TemplateError."""
        return [read_kind(self._templates, name) for name in kind_names(self._templates)]

    def kind(self, name: str) -> Kind:
        """Return a kind by its name. Raises UsageError for an unknown one, TemplateError."""
        names = kind_names(self._templates)
        if name not in names:
            near = get_close_matches(name, names, n=1)
            meant = f"did you mean {near[0]}? There" if near else "there"
            listed = ", ".join(names) or "none in templates/advisories/"
            raise UsageError(f"no kind {name}; {meant} are: {listed}")
        return read_kind(self._templates, name)

    def begin(
        self, kind: Kind, given: Mapping[str, str], *, ask: Ask | None, supersedes: str | None = None
    ) -> Begun:
        """Write a new advisory, as one that supersedes another where `supersedes` names it.

        `given` are answers as typed; the rest is asked for, or suggestions are taken where nobody can be asked.
        Raises UsageError, InputProblems, TemplateError, Refused; then nothing was written.
        """
        superseding, earlier = Superseding(self.settings), None
        if supersedes is not None:
            earlier = superseding.earlier(kind, supersedes, given)
            kind, given = superseding.begun_as(kind, earlier), {**given, "target": earlier.number}
        answers = self._answers(kind, given, ask)
        number = answers["number"]
        text = kind.filled(answers)
        if earlier is not None:
            text = superseding.completed(text, earlier, dated=answers["target_date"], file=_filled_in(kind))
        self._must_be_whole(kind, text)
        return Begun(number=number, file=write_new(self.folder_of(number), text), earlier=earlier)

    def revise(self, reference: str, act: str, *, dated: str | None, by: str) -> Revision:
        """Begin a corrigendum or an addendum of an advisory; its file as it went out is kept beside it.

        `dated` is the date to be printed on it, as typed; None: today. Raises UsageError, InputProblems where the
        file cannot be read, Refused where its revision was never approved.
        """
        from dispatcher.advisories.reading import FILE_NAME, read_advisory
        from dispatcher.advisories.revising import revised
        from dispatcher.files import write_atomically

        self.must_be_allowed(by, "make")
        folder, office = self.folder(reference), self.settings.office
        _must_be_own(reference, folder)
        earlier = read_advisory(folder, office=office, languages=self.settings.languages)
        self._must_be_out(reference, earlier)
        day = self._day_after(earlier, dated)
        file = folder / FILE_NAME
        kept = folder / f"advisory.revision-{earlier.revision}.yaml"
        if kept.exists():
            raise Refused(f"{kept} is there already, and nothing is overwritten; move it away first")
        before = file.read_text(encoding="utf-8-sig")
        revision = earlier.revision + 1
        skeleton = read_skeleton(self._templates, act)
        text = revised(before, skeleton, number=earlier.number, revision=revision, dated=day)
        write_atomically(kept, before.encode())
        write_atomically(file, text.encode())
        return Revision(number=earlier.number, revision=revision, file=file, kept=kept)

    def _day_after(self, earlier: Advisory, typed: str | None) -> str:
        """Return the date of a revision as the file holds it. Raises UsageError for one before that it changes."""
        day = now().astimezone(self.zone).date().isoformat() if typed is None else self._checked("date", typed)
        if typed is not None and day < earlier.dated.isoformat():
            raise UsageError(f"{typed} is before the date of what is to be changed, {earlier.dated:%d.%m.%Y}")
        return max(day, earlier.dated.isoformat())

    def _must_be_out(self, reference: str, advisory: Advisory) -> None:
        """Raise Refused where nobody approved the revision: then its text is changed, not corrected."""
        with self.store() as database:
            records = self.releases(database, reference)
        if not any(one.revision == advisory.revision and one.in_force for one in records):
            raise Refused(
                f"revision {advisory.revision} of {advisory.number} is not out (nothing of it is approved), so "
                "nothing is to be corrected publicly: change its text, then run `dispatcher prepare` (and "
                "`dispatcher cancel` before it, where it was prepared already)"
            )

    @property
    def _templates(self) -> Path:
        return self.root / "templates"

    def _answers(self, kind: Kind, given: Mapping[str, str], ask: Ask | None) -> dict[str, str]:
        """Return an answer, as the file will hold it, for all that the kind leaves open."""
        moment = now().astimezone(self.zone)
        asked = self._asked(kind)
        self._refuse_unfit(kind, given, asked)
        answers = {name: self._checked(name, given[name]) for name in asked if name in given}
        left = [name for name in asked if name not in answers]
        if ask is None:
            bare = [name for name in left if kind.suggestions[name] is None]
            self._refuse_missing(kind, [name for name in bare if self._own(name, answers, moment) is None])
        for name in left:
            suggested = self._own(name, answers, moment) or kind.suggested(name, answers, now=moment)
            check = partial(self._checked, name)
            answers[name] = ask(name, suggested, check) if ask else check(suggested or "")
        return answers

    def _asked(self, kind: Kind) -> list[str]:
        """Return what a kind asks for: the date first, which the number depends on. Raises TemplateError."""
        open_ones = list(kind.suggestions)
        for name in ("number", "date"):
            if name not in open_ones:
                raise TemplateError(f"templates/advisories/{kind.name}.yaml has no place for <<{name}>>")
        return ["date", "number", *(name for name in open_ones if name not in {"date", "number"})]

    def _own(self, name: str, answers: Mapping[str, str], moment: datetime) -> str | None:
        """Return what is suggested for an answer whatever the kind: the next number, today."""
        if name == "date":
            return moment.date().isoformat()
        if name == "number":
            year = int(answers.get("date", moment.date().isoformat())[:4])
            return next_number(self.settings.office.number_pattern, self._taken(), year)
        if name == "target_date":
            return self._issued(answers.get("target", ""))
        return None

    def _taken(self) -> list[str]:
        """Return the folder names of all numbers that are not free: of folders here, and of the register."""
        folders = [path.name for path in (self.root / "outbox").glob("*")]
        return [*folders, *(slug_of(one.number) for one in self.entries())]

    def _issued(self, target: str) -> str | None:
        """Return the date of an earlier advisory from the record, else from its folder if that can be read."""
        from dispatcher.advisories.reading import read_advisory

        if not slug_of(target):
            return None
        recorded = Superseded(target, self.known(target)).dated
        if recorded is not None:
            return f"{recorded:%d.%m.%Y}"
        office, languages = self.settings.office, self.settings.languages
        try:
            earlier = read_advisory(self.folder_of(target), office=office, languages=languages)
        except InputProblems:
            return None
        return f"{earlier.issued:%d.%m.%Y}"

    def _checked(self, name: str, typed: str) -> str:
        """Return an answer as the file holds it. Raises UsageError."""
        answer = understood(name, typed, zone=self.zone)
        if name != "number":
            return answer
        pattern = self.settings.office.number_pattern
        if not number_matches(answer, pattern):
            raise UsageError(f"{answer or 'nothing'} is not of this office's series {pattern}")
        if self.folder_of(answer).exists():
            raise UsageError(f"outbox/{slug_of(answer)} is there already, and nothing is overwritten")
        known = self.known(answer)
        if known.entry is not None and known.entry.reason is not None:
            raise UsageError(f"{answer} is recorded as not used ({known.entry.reason}); take another number")
        if known.standing:
            raise UsageError(
                f"{answer} is used: the register has it as {known.standing}. Take another number; `dispatcher "
                "register` lists them, and `dispatcher revise` corrects what was issued"
            )
        return answer

    def _refuse_unfit(self, kind: Kind, given: Mapping[str, str], asked: list[str]) -> None:
        unfit = [option_of(name) for name in given if name not in asked]
        if unfit:
            takes = ", ".join(option_of(name) for name in asked)
            raise UsageError(f"{kind.name} takes no {' and no '.join(unfit)}; it takes {takes}")

    def _refuse_missing(self, kind: Kind, missing: list[str]) -> None:
        if missing:
            options = " and ".join(option_of(name) for name in missing)
            why = " (the record has no date of that advisory)" if "target_date" in missing else ""
            raise UsageError(f"{kind.name} needs {options}{why}; on a terminal it is asked for")

    def _must_be_whole(self, kind: Kind, text: str) -> None:
        """Raise InputProblems where the new advisory would have a fault that nobody left open on purpose."""
        from dispatcher.advisories.reading import must_read

        office, languages = self.settings.office, self.settings.languages
        must_read(text, file=_filled_in(kind), office=office, languages=languages)


def _filled_in(kind: Kind) -> str:
    """Return what problems call a text that is not written yet."""
    return f"templates/advisories/{kind.name}.yaml, filled in"


def _must_be_own(reference: str, folder: Path) -> None:
    """Raise Refused for an advisory that came in a kit: it is passed on as its own office wrote it."""
    from dispatcher.advisories.reading import kit_hash_of
    from dispatcher.publishing.received import came_in_a_kit

    if kit_hash_of(folder) is not None or came_in_a_kit(folder):
        raise Refused(
            f"{reference} is another office's advisory, which is passed on unchanged, so it is not revised here: "
            "ask that office for a corrigendum, and take its kit with `dispatcher onward receive KIT.zip`"
        )
