"""The keys of advisory.yaml and their types; every fault becomes a Problem that names its key."""

from __future__ import annotations

import json
import re
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from dispatcher.acts import LONGEST, SLOTS
from dispatcher.errors import Problem, Severity, Source
from dispatcher.model import DoubtPolicy, LatePolicy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pydantic_core import ErrorDetails


_YEAR = r"(?:19|20|21)\d\d"
"""A moment at the very beginning or end of the calendar has no counterpart in UTC."""


def _every_language(texts: dict[str, str], info: ValidationInfo) -> dict[str, str]:
    languages = info.context["languages"] if info.context else ()
    missing = [language for language in languages if language not in texts]
    unknown = [tag for tag in texts if tag not in languages]
    if missing or unknown:
        raise PydanticCustomError("languages", "languages differ", {"missing": missing, "unknown": unknown})
    return texts


def _instant_text(given: object) -> object:
    """Refuse numbers and bare days, which pydantic would take as a moment too, and years in which no office is."""
    if isinstance(given, str) and re.match(rf"{_YEAR}-\d\d-\d\d[T ]\d\d:\d\d", given):
        return given
    raise PydanticCustomError("datetime_parsing", "not an instant")


def _date_text(given: object) -> object:
    if isinstance(given, str) and re.fullmatch(rf"{_YEAR}-\d\d-\d\d", given):
        return given
    raise PydanticCustomError("date_parsing", "not a date")


def printed_day(given: object) -> object:
    """Return a date as it is printed, 12.08.2025, as ISO 8601 writes it; all else as it is."""
    printed = re.fullmatch(rf"(\d\d)\.(\d\d)\.({_YEAR})", given) if isinstance(given, str) else None
    return f"{printed[3]}-{printed[2]}-{printed[1]}" if printed else given


def _day_text(given: object) -> object:
    return _date_text(printed_day(given))


def _slot(given: object) -> object:
    """Refuse what is neither a named slot nor minutes before the hour."""
    if given in SLOTS or (isinstance(given, int) and not isinstance(given, bool) and 0 < given <= LONGEST):
        return given
    raise PydanticCustomError("slot", "not a slot")


_Slot = Annotated[str | int, BeforeValidator(_slot)]
_Instant = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_instant_text)]
_Date = Annotated[date, Field(strict=False), BeforeValidator(_date_text)]
_Day = Annotated[date, Field(strict=False), BeforeValidator(_day_text)]
_Text = Annotated[str, StringConstraints(min_length=1)]
_Line = Annotated[str, StringConstraints(min_length=1, pattern=r"^[^\r\n]*$")]
_Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_Texts = Annotated[dict[str, _Text], AfterValidator(_every_language)]


class _Keys(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class NewsKeys(_Keys):
    """The website item: the ticker line, the title, the summary, the body."""

    flash: _Texts
    title: _Texts
    summary: _Texts
    body: _Texts


class ParaKeys(_Keys):
    """A paragraph: its languages stand beside `kind` and `steps`."""

    kind: Literal["text", "note", "contact"]
    steps: list[_Texts] = []
    text: _Texts

    @model_validator(mode="before")
    @classmethod
    def _gather_languages(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        own = {key: value for key, value in given.items() if key in {"kind", "steps"}}
        return own | {"text": {key: value for key, value in given.items() if key not in own}}


class HelpdeskKeys(_Keys):
    """Where users turn with questions."""

    name: _Texts
    email: _Line
    phone: _Line


class SignatoryKeys(_Keys):
    """Who signs: the name as its holder writes it, and the post."""

    name: _Texts
    designation: _Texts


class AddresseeKeys(_Keys):
    """A line of the "To" list."""

    audience: _Line
    instruction: _Texts
    ask: _Texts
    late_ask: _Texts | None = None
    places: list[_Line] = []


class CopyKeys(_Keys):
    """A line of "Copy for information to"."""

    audience: _Line
    instruction: _Texts


class RelationKeys(_Keys):
    """What the advisory does to an earlier one."""

    type: Literal["corrigendum", "addendum", "supersession", "withdrawal"]
    target: _Line
    target_date: _Day | None = None
    dated: _Day | None = None


class CorrectionKeys(_Keys):
    """A slip and how it is to be read."""

    where: _Texts
    what: _Texts | None = None
    wrong: _Texts = Field(alias="for")
    right: _Texts = Field(alias="read")


class AnswerKeys(_Keys):
    """A question of the lint, settled."""

    code: _Line
    reason: _Line
    by: _Line


class OriginKeys(_Keys):
    """Whose advisory it is where it came in a kit."""

    issuer: _Texts
    release_hash: _Hash
    kit_hash: _Hash


class AdvisoryKeys(_Keys):
    """advisory.yaml as written, its texts not yet rendered."""

    number: _Line
    revision: Annotated[int, Field(ge=0)] = 0
    date: _Date
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    subject: _Texts
    short_title: _Texts
    what: _Texts
    do: _Texts
    in_effect: _Texts
    upcoming: _Texts | None = None
    news: NewsKeys
    paras: Annotated[list[ParaKeys], Field(min_length=1)]
    effective_at: _Instant
    notify_before: _Instant
    useful_until: _Instant | None = None
    window_start: _Instant | None = None
    window_end: _Instant | None = None
    late_policy: LatePolicy
    in_doubt: DoubtPolicy = DoubtPolicy.HOLD
    helpdesk: HelpdeskKeys
    signatory: SignatoryKeys
    addressees: Annotated[list[AddresseeKeys], Field(min_length=1)]
    copies: list[CopyKeys] = []
    enclosures: list[_Line] = []
    relation: RelationKeys | None = None
    corrections: list[CorrectionKeys] = []
    additions: list[_Texts] = []
    reminders: list[_Slot] | None = None
    answers: list[AnswerKeys] = []
    origin: OriginKeys | None = None


def check_keys(
    given: Mapping[str, Any], *, languages: Sequence[str], file: str
) -> tuple[AdvisoryKeys | None, list[Problem]]:
    """Return the typed keys, or None with a problem for every key that is missing, unknown or of a wrong type."""
    try:
        # JSON mode is strict about types and still takes a text for an enum member
        keys = AdvisoryKeys.model_validate_json(json.dumps(given), context={"languages": languages})
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=True)
        if faults[0]["type"] == "json_invalid":  # of what YAML and JSON can hold only half a character is none
            return None, [problem_at("advisory_unprintable", file, "", "U+D800-U+DFFF")]
        return None, [problem for fault in faults for problem in _problems(fault, languages, file)]
    return keys, []


def key_path(location: Iterable[str | int]) -> str:
    """Return a place in the file as people write it: `paras[1].steps[0].hi`."""
    path = ""
    for piece in location:
        path += f"[{piece}]" if isinstance(piece, int) else f".{piece}"
    return path.removeprefix(".")


def problem_at(code: str, file: str, path: str, value: str = "", **facts: str) -> Problem:
    """Return an error at a key of `file`."""
    return Problem(Severity.ERROR, code, Source(file, column=path), value, facts)


def unknown(code: str, file: str, path: str, value: str, *, known: Iterable[str], **facts: str) -> Problem:
    """Return the error `<code>_misspelt` with the nearest of `known` names; `<code>_unknown` if none is near."""
    near = get_close_matches(value, list(known), n=1)
    if near:
        return problem_at(f"{code}_misspelt", file, path, value, suggestion=near[0], **facts)
    return problem_at(f"{code}_unknown", file, path, value, **facts)


_CODES = {
    "slot": "advisory_slot",
    "missing": "advisory_key_missing",
    "string_type": "advisory_text_wanted",
    "string_too_short": "advisory_text_empty",
    "int_type": "advisory_count_wanted",
    "greater_than_equal": "advisory_count_wanted",
    "list_type": "advisory_list_wanted",
    "too_short": "advisory_list_empty",
    "model_type": "advisory_mapping_wanted",
    "dict_type": "advisory_mapping_wanted",
    "timezone_aware": "advisory_time_naive",
    "datetime_parsing": "advisory_time_wrong",
    "datetime_from_date_parsing": "advisory_time_wrong",
    "date_parsing": "advisory_date_wrong",
    "date_from_datetime_parsing": "advisory_date_wrong",
}

_PATTERNS = {"kind": "advisory_kind_form", "origin": "advisory_value"}
"""Key -> code where a text is not of its form; of all others it must be one line."""


def _problems(fault: ErrorDetails, languages: Sequence[str], file: str) -> list[Problem]:
    path, value = key_path(_as_written(fault["loc"])), _shown(fault["input"])
    match fault["type"]:
        case "languages":
            return _language_problems(fault, path, languages, file)
        case "extra_forbidden":
            return [unknown("advisory_key", file, path, str(fault["loc"][-1]), known=_siblings(fault["loc"]))]
        case "missing":
            return [problem_at("advisory_key_missing", file, path, str(fault["loc"][-1]))]
        case "enum" | "literal_error":
            return [problem_at("advisory_choice", file, path, value, choices=fault["ctx"]["expected"])]
        case "string_pattern_mismatch":
            code = _PATTERNS.get(path.partition(".")[0], "advisory_line_wanted")
            return [problem_at(code, file, path, value)]
        case other:
            facts = {"slots": ", ".join(SLOTS)} if other == "slot" else {}
            return [problem_at(_CODES.get(other, "advisory_value"), file, path, value, **facts)]


def _language_problems(fault: ErrorDetails, path: str, languages: Sequence[str], file: str) -> list[Problem]:
    known = [*languages, "kind", "steps"] if path.startswith("paras") else list(languages)
    context = fault["ctx"]
    return [
        *(problem_at("advisory_language_missing", file, f"{path}.{tag}", tag) for tag in context["missing"]),
        *(unknown("advisory_key", file, f"{path}.{tag}", tag, known=known) for tag in context["unknown"]),
    ]


def _as_written(location: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Drop the level that `ParaKeys` adds around a paragraph's languages."""
    if location[0] == "paras" and location[2:3] == ("text",):
        return location[:2] + location[3:]
    return location


_MODELS: dict[str, type[_Keys]] = {
    "news": NewsKeys,
    "helpdesk": HelpdeskKeys,
    "signatory": SignatoryKeys,
    "addressees": AddresseeKeys,
    "copies": CopyKeys,
    "relation": RelationKeys,
    "corrections": CorrectionKeys,
    "answers": AnswerKeys,
    "origin": OriginKeys,
}


def _siblings(location: tuple[str | int, ...]) -> Iterable[str]:
    """Return the keys that are known where an unknown one stands."""
    model = AdvisoryKeys if len(location) == 1 else _MODELS[str(location[0])]
    return [field.alias or name for name, field in model.model_fields.items()]


def _shown(value: object) -> str:
    return "" if isinstance(value, dict | list) else str(value)[:80]
