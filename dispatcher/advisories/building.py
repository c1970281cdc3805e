"""From the checked keys of advisory.yaml to the Advisory, every text rendered in every language."""

from __future__ import annotations

from datetime import UTC
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateError as JinjaError

from dispatcher.acts import Correction
from dispatcher.advisories.expressions import rendered, rendering_problem
from dispatcher.advisories.schema import key_path
from dispatcher.advisories.values import CLOCKS, LEFT, LEFT_PLACE, UPCOMING, values
from dispatcher.advisories.wording import environment
from dispatcher.errors import InputProblems
from dispatcher.model import Addressee, Advisory, Answer, Copy, Helpdesk, Origin, Para, Signatory

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from dispatcher.advisories.schema import AdvisoryKeys, CopyKeys, CorrectionKeys, ParaKeys
    from dispatcher.errors import Problem
    from dispatcher.model import Localized, Office


def build(keys: AdvisoryKeys, *, office: Office, languages: Sequence[str], file: str) -> Advisory:
    """Return the advisory. Raises InputProblems for every expression that cannot be evaluated."""
    texts = _Texts(keys, office=office, languages=languages, file=file)
    advisory = _advisory(keys, texts)
    if texts.problems:
        raise InputProblems(texts.problems)
    return advisory


class _Texts:
    """Renders texts with the advisory's values and collects what fails."""

    def __init__(self, keys: AdvisoryKeys, *, office: Office, languages: Sequence[str], file: str) -> None:
        self.problems: list[Problem] = []
        self._languages, self._file = languages, file
        self._environment = environment(office.time_zone)
        self._keys, self._office = keys, office
        everywhere = [place for addressee in keys.addressees for place in addressee.places]
        self._values = self._values_for(everywhere)

    def localized(
        self,
        texts: Localized,
        *path: str | int,
        places: Sequence[str] | None = None,
        own: Mapping[str, str] = MappingProxyType({}),
    ) -> Localized:
        """Return the texts rendered; `places` are those of the addressee whose line it is, `own` further names."""
        by_language = self._values if places is None else self._values_for(places)
        return {tag: self._one(texts[tag], {**by_language[tag], **own}, (*path, tag)) for tag in self._languages}

    def _one(self, text: str, names: Mapping[str, Any], path: tuple[str | int, ...]) -> str:
        try:
            return rendered(text, names, environment=self._environment)
        except (JinjaError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            self.problems.append(rendering_problem(error, file=self._file, path=key_path(path)))
            return ""

    def _values_for(self, places: Iterable[str]) -> dict[str, dict[str, Any]]:
        keys, each = self._keys, tuple(dict.fromkeys(places))
        return {
            language: values(
                language,
                number=keys.number,
                issued=keys.date,
                clocks={name: getattr(keys, name) for name in CLOCKS},
                helpdesk=_helpdesk(keys),
                office=self._office,
                places=each,
            )
            for language in self._languages
        }


def _advisory(keys: AdvisoryKeys, texts: _Texts) -> Advisory:
    return Advisory(
        number=keys.number,
        revision=keys.revision,
        issued=keys.date,
        kind=keys.kind,
        subject=texts.localized(keys.subject, "subject"),
        short_title=texts.localized(keys.short_title, "short_title"),
        what=texts.localized(keys.what, "what"),
        do=texts.localized(keys.do, "do"),
        in_effect=texts.localized(keys.in_effect, "in_effect"),
        upcoming=texts.localized(keys.upcoming, UPCOMING, own={LEFT: LEFT_PLACE}) if keys.upcoming else None,
        news={name: texts.localized(text, "news", name) for name, text in keys.news},
        paras=tuple(_para(para, row, texts) for row, para in enumerate(keys.paras)),
        effective_at=keys.effective_at.astimezone(UTC),
        notify_before=keys.notify_before.astimezone(UTC),
        useful_until=_utc(keys.useful_until),
        window_start=_utc(keys.window_start),
        window_end=_utc(keys.window_end),
        late_policy=keys.late_policy,
        helpdesk=_helpdesk(keys),
        signatory=Signatory(
            name=texts.localized(keys.signatory.name, "signatory", "name"),
            designation=texts.localized(keys.signatory.designation, "signatory", "designation"),
        ),
        addressees=_addressees(keys, texts),
        copies=tuple(_copy(copy, row, texts) for row, copy in enumerate(keys.copies)),
        enclosures=tuple(keys.enclosures),
        relation=keys.relation.model_dump(mode="json", exclude_none=True) if keys.relation else None,
        corrections=tuple(_correction(one, row, texts) for row, one in enumerate(keys.corrections)),
        additions=tuple(texts.localized(text, "additions", row) for row, text in enumerate(keys.additions)),
        reminders=tuple(keys.reminders) if keys.reminders is not None else None,
        answers=tuple(Answer(code=answer.code, reason=answer.reason, by=answer.by) for answer in keys.answers),
        in_doubt=keys.in_doubt,
        origin=Origin(**keys.origin.model_dump()) if keys.origin else None,
    )


def _utc(instant: datetime | None) -> datetime | None:
    return instant.astimezone(UTC) if instant else None


def _helpdesk(keys: AdvisoryKeys) -> Helpdesk:
    return Helpdesk(name=keys.helpdesk.name, email=keys.helpdesk.email, phone=keys.helpdesk.phone)


def _para(para: ParaKeys, row: int, texts: _Texts) -> Para:
    steps = tuple(texts.localized(step, "paras", row, "steps", place) for place, step in enumerate(para.steps))
    return Para(kind=para.kind, text=texts.localized(para.text, "paras", row), steps=steps)


def _correction(one: CorrectionKeys, row: int, texts: _Texts) -> Correction:
    return Correction(
        where=texts.localized(one.where, "corrections", row, "where"),
        wrong=texts.localized(one.wrong, "corrections", row, "for"),
        right=texts.localized(one.right, "corrections", row, "read"),
        what=texts.localized(one.what, "corrections", row, "what") if one.what else None,
    )


def _copy(copy: CopyKeys, row: int, texts: _Texts) -> Copy:
    told = texts.localized(copy.instruction, "copies", row, "instruction")
    return Copy(audience=copy.audience, instruction=told)


def _addressees(keys: AdvisoryKeys, texts: _Texts) -> tuple[Addressee, ...]:
    return tuple(
        Addressee(
            audience=line.audience,
            instruction=texts.localized(line.instruction, "addressees", row, "instruction", places=line.places),
            ask=texts.localized(line.ask, "addressees", row, "ask", places=line.places),
            places=tuple(line.places),
            late_ask=texts.localized(line.late_ask, "addressees", row, "late_ask", places=line.places)
            if line.late_ask
            else None,
        )
        for row, line in enumerate(keys.addressees)
    )
