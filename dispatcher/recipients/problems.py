"""All that can be said about a sheet: codes and what each weighs. The sentences stand in words/problems/."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from dispatcher.errors import Problem, Severity

if TYPE_CHECKING:
    from dispatcher.errors import Source

LONGEST_VALUE = 200
"""Characters of a cell that a problem quotes."""


class Code(StrEnum):
    """Codes of words/problems/recipients.yaml."""

    SHEET_MISSING = "sheet_missing"
    SHEET_UNREADABLE = "sheet_unreadable"
    SHEET_EMPTY = "sheet_empty"
    SHEET_PROTECTED = "sheet_protected"
    SHEET_DAMAGED = "sheet_damaged"
    SHEET_NOT_A_SHEET = "sheet_not_a_sheet"
    SHEET_ENCODING = "sheet_encoding"
    SHEET_TOO_LARGE = "sheet_too_large"
    SHEET_FAR_CELL = "sheet_far_cell"
    SHEET_MARKS_UNREAD = "sheet_marks_unread"
    TAB_MISSING = "tab_missing"
    TAB_UNCLEAR = "tab_unclear"
    TAB_HIDDEN = "tab_hidden"
    TAB_WITHOUT_RECIPIENTS = "tab_without_recipients"
    HEADER_MISSING = "header_missing"
    ADDRESS_COLUMN_MISSING = "address_column_missing"
    COLUMN_UNREAD = "column_unread"
    COLUMN_HIDDEN = "column_hidden"
    TITLE_ROWS = "title_rows"
    ROW_BLANK = "row_blank"
    ROW_HIDDEN = "row_hidden"
    ROW_INACTIVE = "row_inactive"
    ROW_NOT_A_RECIPIENT = "row_not_a_recipient"
    POST_VACANT = "post_vacant"
    PLACE_WITHOUT_POST = "place_without_post"
    STRUCK_TEXT = "struck_text"
    FORMULA_WITHOUT_VALUE = "formula_without_value"
    ERROR_CELL = "error_cell"
    LEGACY_FONT = "legacy_font"
    LATIN_IN_HINDI = "latin_in_hindi"
    DITTO_RESOLVED = "ditto_resolved"
    DITTO_WITHOUT_ABOVE = "ditto_without_above"
    MERGED_FILLED = "merged_filled"
    PLACE_UNKNOWN = "place_unknown"
    PLACE_BLANK = "place_blank"
    LANGUAGE_UNKNOWN = "language_unknown"
    STATUS_UNKNOWN = "status_unknown"
    PHONE_INCOMPLETE = "phone_incomplete"
    LINK_DIFFERS = "link_differs"
    ADDRESS_MISSING = "address_missing"
    ADDRESS_INVALID = "address_invalid"
    ADDRESS_WITHOUT_AT = "address_without_at"
    ADDRESS_TWO_ATS = "address_two_ats"
    ADDRESS_DOMAIN_INCOMPLETE = "address_domain_incomplete"
    ADDRESS_LOOKALIKE = "address_lookalike"
    ADDRESS_NEEDS_SMTPUTF8 = "address_needs_smtputf8"
    ADDRESS_ALTERNATE_USED = "address_alternate_used"
    ADDRESS_CLEANED = "address_cleaned"
    ADDRESS_TRIMMED = "address_trimmed"
    ADDRESS_WRITTEN_OUT = "address_written_out"
    ADDRESS_LEFTOVER = "address_leftover"
    ADDRESS_REPEATED = "address_repeated"
    DOMAIN_SLIP = "domain_slip"
    DUPLICATE_MERGED = "duplicate_merged"
    GUARD_TOO_MANY = "guard_too_many"
    GUARD_DOMAIN = "guard_domain"


_LIGHTER = {
    Severity.WARNING: (
        Code.SHEET_MARKS_UNREAD,
        Code.TAB_HIDDEN,
        Code.COLUMN_HIDDEN,
        Code.ROW_HIDDEN,
        Code.POST_VACANT,
        Code.PLACE_WITHOUT_POST,
        Code.STRUCK_TEXT,
        Code.LATIN_IN_HINDI,
        Code.PLACE_UNKNOWN,
        Code.PLACE_BLANK,
        Code.LANGUAGE_UNKNOWN,
        Code.STATUS_UNKNOWN,
        Code.PHONE_INCOMPLETE,
        Code.ADDRESS_LOOKALIKE,
        Code.ADDRESS_NEEDS_SMTPUTF8,
        Code.ADDRESS_LEFTOVER,
        Code.DOMAIN_SLIP,
    ),
    Severity.REPAIR: (Code.DITTO_RESOLVED, Code.ADDRESS_CLEANED, Code.ADDRESS_WRITTEN_OUT),
    Severity.NOTE: (
        Code.COLUMN_UNREAD,
        Code.TITLE_ROWS,
        Code.ROW_BLANK,
        Code.ROW_INACTIVE,
        Code.ROW_NOT_A_RECIPIENT,
        Code.MERGED_FILLED,
        Code.ADDRESS_ALTERNATE_USED,
        Code.ADDRESS_TRIMMED,
        Code.ADDRESS_REPEATED,
        Code.DUPLICATE_MERGED,
    ),
}
_SEVERITY = {code: severity for severity, codes in _LIGHTER.items() for code in codes}


def severity_of(code: Code) -> Severity:
    """Return what a code weighs: an error unless it is listed as lighter."""
    return _SEVERITY.get(code, Severity.ERROR)


def problem(code: Code, source: Source, value: str = "", /, **facts: str) -> Problem:
    """Return the problem `code` at `source`; long values are cut, so that a report stays readable."""
    cut = {name: _cut(fact) for name, fact in facts.items()}
    return Problem(severity_of(code), code.value, source, _cut(value), cut)


def _cut(value: str) -> str:
    return value if len(value) <= LONGEST_VALUE else f"{value[: LONGEST_VALUE - 1]}…"
