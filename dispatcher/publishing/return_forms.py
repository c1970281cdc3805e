"""The form on which a mediator without this program tells what became of an advisory: written and read. Pure."""

from __future__ import annotations

import contextlib
import csv
import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from dispatcher.errors import Refused
from dispatcher.words import catalog

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import tzinfo

KIT: Final = "kit"
"""By what both offices know the kit. The form lies in it and cannot tell it: this entry may be left empty."""
KEYS: Final = ("number", "release", KIT, "sent_at", "couriers_informed", "failed_count")
"""What stands on the form, in its order: behind an empty entry the next key, so that no line is taken for it."""
_MOST: Final = 10_000_000
_TIMES: Final = tuple(
    f"{day} {hour}"
    for day in ("%d.%m.%Y", "%d-%m-%Y", "%d/%m/%Y", "%Y-%m-%d")
    for hour in ("%H:%M", "%H:%M:%S", "%I:%M %p")
)
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_QUOTED: Final = re.compile(r"^[ \t]*+(?:>[ \t]*+)++", re.MULTILINE)
"""What programs for mail put before the lines of what is answered."""
_LINE: Final = re.compile(
    r"^[ \t]*+([a-z_]++)\s*+(?:\([^()]*+\))?+[ \t]*+:[ \t]*+(?:\n(?![ \t]*+[a-z_]++\s*+\())?(.*)$", re.MULTILINE
)
"""A key, its label in brackets (on one line or several), what was entered, on the same line or the next.

Programs for mail fold lines. No part can be read in two ways. The group with the line break is not possessive:
Python before 3.11.5 is wrong about such groups where they look ahead.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledForm:
    """What a mediator entered."""

    number: str
    release_hash: str
    passed_on_at: datetime
    informed: int
    failed: int
    kit_hash: str | None = None
    """SHA-256, hexadecimal; None where the entry is left empty."""


def form_text(known: Mapping[str, str], *, titles: Iterable[str]) -> str:
    """Return the form as text, a line for each key; `known` is filled in."""
    lines = [*titles, ""]
    lines += [f"{key} ({_label(key)}): {known.get(key, '')}".rstrip() for key in KEYS]
    return "\n".join(lines) + "\n"


def form_csv(known: Mapping[str, str]) -> str:
    """Return the form as a table of one line, for a spreadsheet."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow([f"{key} ({_label(key)})" for key in KEYS])
    writer.writerow([known.get(key, "") for key in KEYS])
    return written.getvalue()


def read_form(text: str, *, zone: tzinfo) -> FilledForm:
    """Return what stands on a filled-in form, whichever of the two; a time without a zone is in `zone`.

    Raises Refused for what is not the form, and for each entry that is missing or cannot be read.
    """
    entries = _entries(text)
    missing = [key for key in KEYS if key != KIT and not entries.get(key)]
    if len(missing) == len(KEYS) - 1:
        raise Refused("this is neither a return (JSON) nor the form return-form.txt or return-form.csv of the kit")
    if missing:
        raise Refused(f"the form has no entry for {', '.join(missing)}; ask for it filled in")
    return FilledForm(
        number=_shown(entries["number"]),
        release_hash=_shown(entries["release"]),
        passed_on_at=_moment(entries["sent_at"], zone),
        informed=_count("couriers_informed", entries["couriers_informed"]),
        failed=_count("failed_count", entries["failed_count"]),
        kit_hash=_kit(entries.get(KIT, "")),
    )


def _label(key: str) -> str:
    return " / ".join(catalog("onward")["form"]["keys"][key].values())


def _entries(text: str) -> dict[str, str]:
    """Return key -> entry, of the table where its heading is there, of the lines otherwise."""
    text = _QUOTED.sub("", text)
    lines = [line for line in text.splitlines() if line.strip()]
    if lines and lines[0].lstrip('"').startswith(f"{KEYS[0]} (") and any(mark in lines[0] for mark in ",;\t"):
        delimiter = max(",;\t", key=lines[0].count)
        rows = _rows(lines[:2], delimiter)
        names = [name.partition(" ")[0] for name in rows[0]]
        return dict(zip(names, (entry.strip() for entry in rows[1]), strict=False)) if len(rows) > 1 else {}
    found: dict[str, str] = {}
    for key, entry in ((match[1], match[2].strip()) for match in _LINE.finditer("\n".join(lines))):
        if entry and found.setdefault(key, entry) != entry and key in KEYS:
            raise Refused(
                f"the form says {key} twice: {_shown(found[key])!r} and {_shown(entry)!r}; ask which counts"
            )
    return {key: entry for key, entry in found.items() if key in KEYS}


def _rows(lines: Iterable[str], delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(lines, delimiter=delimiter))
    except csv.Error as error:
        raise Refused(f"the form is a table that cannot be read: {error}") from None


def _shown(entry: str) -> str:
    """Return an entry that people are told of when it is another than expected."""
    return "".join(c if c.isprintable() else "?" for c in entry)[:100]


def _count(key: str, entry: str) -> int:
    digits = entry.replace(",", "")
    if not re.fullmatch(r"\d{1,8}", digits) or int(digits) > _MOST:
        raise Refused(f"the form says {entry[:40]!r} for {key}, which is not a number of couriers")
    return int(digits)


def _kit(entry: str) -> str | None:
    """Return a hash as programs of Windows print it too, in pairs; None for an empty entry."""
    digits = "".join(entry.split()).casefold()
    if digits and not re.fullmatch(r"[0-9a-f]{64}", digits):
        raise Refused(
            f"the form says {_shown(entry)[:40]!r} for kit, which is not the SHA-256 value of SHA256SUMS"
        )
    return digits or None


def _moment(entry: str, zone: tzinfo) -> datetime:
    plain = re.sub(r"\s*(?:IST|hrs\.?|h)$", "", entry.strip(), flags=re.IGNORECASE)
    moment = next(_readings(plain), None)
    if moment is not None:
        with contextlib.suppress(OverflowError):  # in the first or last hours of the calendar
            found = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
            if found >= _EARLIEST:
                return found
    raise Refused(f"the form says {entry[:40]!r} for sent_at, which is not a time such as 13.08.2025 10:30")


def _readings(plain: str) -> Iterator[datetime]:
    """Yield what a date with its hour may mean, as people write it or by ISO 8601."""
    for form in _TIMES:
        with contextlib.suppress(ValueError):
            yield datetime.strptime(plain, form)  # noqa: DTZ007 - its zone is added where it has none
    if ":" in plain:  # a day alone is no time
        with contextlib.suppress(ValueError):
            yield datetime.fromisoformat(plain)
