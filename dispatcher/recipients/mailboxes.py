"""The mailboxes of a row: every address, Cc and alternate becomes a recipient with the role of the row. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dispatcher.model import Recipient
from dispatcher.recipients.addresses import Usable, check_address, identity, mixes_scripts, split_addresses
from dispatcher.recipients.cells import clean, says_vacant
from dispatcher.recipients.diagnosis import Faulty
from dispatcher.recipients.problems import Code

if TYPE_CHECKING:
    from dispatcher.model import Role
    from dispatcher.recipients.addresses import AddressCell
    from dispatcher.recipients.headings import Heading
    from dispatcher.recipients.rows import Row


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An address as typed, the cell it stands in, and the one in ASCII given for it."""

    heading: Heading
    typed: str
    alternate: tuple[Heading, str] | None = None


def mailboxes(row: Row, role: Role) -> tuple[Recipient, ...]:
    """Return the recipients of a row; what is wrong with its addresses is said in the row.

    Only the first address of the e-mail columns is primary, and only if the role is.
    """
    candidates = [
        candidate
        for heading in row.table.columns("address", "cc", "alternate")
        for candidate in _cell(row, heading)
    ]
    found: dict[str, Recipient] = {}
    for number, candidate in enumerate(_with_alternates(row, candidates)):
        usable = _usable(row, candidate)
        if usable is None:
            continue
        if identity(usable.address) in found:
            row.say(Code.ADDRESS_REPEATED, candidate.heading, candidate.typed)
            continue
        primary = role.primary and number == 0 and candidate.heading.field == "address"
        source = row.grid.source(row.number, candidate.heading.column)
        own = replace(role, primary=primary, source=source)
        found[identity(usable.address)] = Recipient(
            address=usable.address, roles=(own,), needs_smtputf8=usable.needs_smtputf8
        )
    return tuple(found.values())


def _cell(row: Row, heading: Heading) -> list[_Candidate]:
    """Return the addresses of one cell; none where a link behind it names another one."""
    text = row.texts[heading.column]
    cell = split_addresses(text)
    if not cell.addresses and says_vacant(clean(text)):
        return []
    _say_readings(row, heading, cell)
    link = row.grid.marks.links.get((row.number, heading.column))
    if (
        link is not None
        and cell.addresses
        and identity(link) not in {identity(one.address) for one in cell.addresses}
    ):
        row.say(Code.LINK_DIFFERS, heading, clean(text), link=link)
        return []
    return [
        _Candidate(heading, one.address, (heading, one.alternate) if one.alternate else None)
        for one in cell.addresses
    ]


def _say_readings(row: Row, heading: Heading, cell: AddressCell) -> None:
    """Say what was repaired in a cell, and what could not be read."""
    text = row.texts[heading.column]
    read = ", ".join(one.address for one in cell.addresses)
    if cell.leftover and cell.addresses:
        row.say(Code.ADDRESS_LEFTOVER, heading, " ".join(cell.leftover), read=read)
    elif cell.leftover:
        row.say(Code.ADDRESS_WITHOUT_AT, heading, clean(text))
    if cell.written_out:
        row.say(Code.ADDRESS_WRITTEN_OUT, heading, clean(text), read=read)
    if cell.cleaned:
        row.say(Code.ADDRESS_CLEANED, heading, clean(text), read=read)
    elif cell.trimmed:
        row.say(Code.ADDRESS_TRIMMED, heading, clean(text))


def _with_alternates(row: Row, candidates: list[_Candidate]) -> list[_Candidate]:
    """Return the candidates, each non-ASCII one with its alternate; an alternate nobody needs stands alone."""
    given = [candidate for heading in row.table.columns("ascii_alternate") for candidate in _cell(row, heading)]
    paired: list[_Candidate] = []
    for candidate in candidates:
        spare = candidate.alternate
        if candidate.typed.rpartition("@")[0].isascii():
            paired.append(replace(candidate, alternate=None))
            if spare is not None:
                paired.append(_Candidate(*spare))
        elif spare is None and given:
            first = given.pop(0)
            paired.append(replace(candidate, alternate=(first.heading, first.typed)))
        else:
            paired.append(candidate)
    return paired + given


def _usable(row: Row, candidate: _Candidate) -> Usable | None:
    checked = _checked(row, candidate.heading, candidate.typed)
    if checked is None or not checked.needs_smtputf8:
        return checked
    alternate = _ascii(row, candidate)
    if alternate is not None:
        row.say(Code.ADDRESS_ALTERNATE_USED, candidate.heading, candidate.typed, read=alternate.address)
        return alternate
    if candidate.alternate is None:
        row.say(Code.ADDRESS_NEEDS_SMTPUTF8, candidate.heading, candidate.typed)
    return checked


def _ascii(row: Row, candidate: _Candidate) -> Usable | None:
    if candidate.alternate is None:
        return None
    heading, typed = candidate.alternate
    checked = _checked(row, heading, typed)
    if checked is not None and checked.needs_smtputf8:
        row.say(Code.ADDRESS_NEEDS_SMTPUTF8, heading, typed)
        return None
    return checked


def _checked(row: Row, heading: Heading, typed: str) -> Usable | None:
    checked = check_address(typed)
    if isinstance(checked, Faulty):
        row.say(checked.code, heading, typed, character=checked.character)
        return None
    if mixes_scripts(typed):
        row.say(Code.ADDRESS_LOOKALIKE, heading, typed)
    return checked
