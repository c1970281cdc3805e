"""All that can be said about sheets: codes and what each weighs. The sentences stand in words/problems/."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from dispatcher.errors import Problem, Severity

if TYPE_CHECKING:
    from dispatcher.errors import Source

LONGEST_VALUE = 200
"""Characters of a cell that a problem quotes."""


class Code(StrEnum):
    """Codes of recipients.yaml, coverage.yaml and guard.yaml in words/problems/."""

    SHEET_MISSING = "sheet_missing"
    SHEET_UNREADABLE = "sheet_unreadable"
    SHEET_EMPTY = "sheet_empty"
    SHEET_PROTECTED = "sheet_protected"
    SHEET_DAMAGED = "sheet_damaged"
    SHEET_NOT_A_SHEET = "sheet_not_a_sheet"
    SHEET_ENCODING = "sheet_encoding"
    SHEET_TOO_LARGE = "sheet_too_large"
    SHEET_FAR_CELL = "sheet_far_cell"
    SHEET_FORMAT = "sheet_format"
    SHEET_READ_AS = "sheet_read_as"
    SHEET_QUOTE = "sheet_quote"
    STRAY_CELL = "stray_cell"
    STRAY_ADDRESS = "stray_address"
    SHEET_MARKS_UNREAD = "sheet_marks_unread"
    TAB_MISSING = "tab_missing"
    TAB_UNCLEAR = "tab_unclear"
    TAB_HIDDEN = "tab_hidden"
    TAB_CHOSEN = "tab_chosen"
    TABS_WITHOUT_TABLE = "tabs_without_table"
    TABS_HIDDEN = "tabs_hidden"
    TAB_WITHOUT_RECIPIENTS = "tab_without_recipients"
    HEADER_MISSING = "header_missing"
    ADDRESS_COLUMN_MISSING = "address_column_missing"
    ADDRESS_COLUMN_MISSPELT = "address_column_misspelt"
    ADDRESS_COLUMN_UNNAMED = "address_column_unnamed"
    COLUMN_MISSPELT = "column_misspelt"
    COLUMN_OF_ADDRESSES = "column_of_addresses"
    COLUMN_OF_PERSONS = "column_of_persons"
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
    TEXT_GARBLED = "text_garbled"
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
    ADDRESS_LOCAL_PART_MISSING = "address_local_part_missing"
    ADDRESS_BLANK_INSIDE = "address_blank_inside"
    ADDRESS_CHARACTER = "address_character"
    ADDRESS_DOTS = "address_dots"
    ADDRESS_HYPHEN = "address_hyphen"
    ADDRESS_LONG = "address_long"
    ADDRESS_DOMAIN_ENDING = "address_domain_ending"
    ADDRESS_DOMAIN_RESERVED = "address_domain_reserved"
    ADDRESS_LOOKALIKE = "address_lookalike"
    ADDRESS_NEEDS_SMTPUTF8 = "address_needs_smtputf8"
    ADDRESS_ALTERNATE_USED = "address_alternate_used"
    ADDRESS_CLEANED = "address_cleaned"
    ADDRESS_TRIMMED = "address_trimmed"
    ADDRESS_WRITTEN_OUT = "address_written_out"
    ADDRESS_LEFTOVER = "address_leftover"
    ADDRESS_REPEATED = "address_repeated"
    ADDRESS_ELSEWHERE = "address_elsewhere"
    DOMAIN_SLIP = "domain_slip"
    DOMAIN_REPLACED = "domain_replaced"
    DOMAIN_CONSUMER = "domain_consumer"
    DUPLICATE_MERGED = "duplicate_merged"
    TO_AND_COPY = "to_and_copy"
    PLACE_UNCOVERED = "place_uncovered"
    PLACES_UNKNOWN = "places_unknown"
    PLACE_MISSING = "place_missing"
    PLACE_UNNAMED = "place_unnamed"
    PRIMARY_MISSING = "primary_missing"
    PRIMARY_SEVERAL = "primary_several"
    GUARD_TOO_MANY = "guard_too_many"
    GUARD_DOMAIN = "guard_domain"


_LIGHTER = {
    Severity.WARNING: (
        Code.SHEET_MARKS_UNREAD,
        Code.SHEET_READ_AS,
        Code.TAB_HIDDEN,
        Code.COLUMN_HIDDEN,
        Code.COLUMN_MISSPELT,
        Code.COLUMN_OF_ADDRESSES,
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
        Code.ADDRESS_ELSEWHERE,
        Code.DOMAIN_SLIP,
        Code.DOMAIN_REPLACED,
        Code.DOMAIN_CONSUMER,
        Code.TO_AND_COPY,
        Code.PLACE_MISSING,
        Code.PLACE_UNNAMED,
    ),
    Severity.REPAIR: (Code.DITTO_RESOLVED, Code.ADDRESS_CLEANED, Code.ADDRESS_WRITTEN_OUT),
    Severity.NOTE: (
        Code.STRAY_CELL,
        Code.TAB_CHOSEN,
        Code.TABS_HIDDEN,
        Code.COLUMN_UNREAD,
        Code.COLUMN_OF_PERSONS,
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
