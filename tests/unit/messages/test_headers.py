"""No value can begin a header line of its own; what is not ASCII is encoded so that every reader decodes it."""

from __future__ import annotations

import email
import email.header
import email.policy
import email.utils
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.errors import InputProblems
from dispatcher.messages.headers import date_field, field, file_name_parameter, mailbox, mailbox_field, own_fields

SUBJECT = "परामर्शी/Advisory 10/SYS/WZU/2025, 13.08.2025 12:00 IST: ईसीसीएस पासवर्ड समाप्ति / ECCS password expiry"
printable = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=200)
breaking = st.sampled_from(["\r", "\n", "\r\n", "\x00", "\x0b", "\x85", "\u2028", "\x7f"])


def legacy(octets: bytes) -> str:
    """Decode as mail programs of old do (RFC 2047)."""
    value = octets.decode("ascii").partition(": ")[2].replace("\r\n", "")
    return str(email.header.make_header(email.header.decode_header(value)))


@given(printable)
def test_any_value_comes_back_from_both_parsers(value: str) -> None:
    """An unstructured field decodes to what was given, by the legacy and by the modern parser."""
    octets = field("Subject", value)
    modern = email.message_from_bytes(octets + b"\r\n", policy=email.policy.default)["Subject"]

    assert all(len(line) <= 998 for line in octets.split(b"\r\n"))
    assert value.split() == legacy(octets).split()
    assert value.split() == modern.split()


def test_subject_is_cut_between_characters_and_never_before_a_vowel_sign() -> None:
    """Each encoded-word is at most 75 characters and reads by itself."""
    words = field("Subject", SUBJECT).decode("ascii").split()[1:]
    decoded = [str(email.header.make_header(email.header.decode_header(word))) for word in words]

    assert max(map(len, words)) <= 75
    assert SUBJECT == "".join(decoded)
    assert not [word for word in decoded if "\u093e" <= word[0] <= "\u094d" or word[0] in "\u0901\u0902\u0903"]


@given(printable, breaking, printable)
def test_a_line_break_in_a_value_is_refused(before: str, broken: str, after: str) -> None:
    """CR, LF and other control characters never reach a header (header injection)."""
    value = before + broken + after

    with pytest.raises(InputProblems):
        field("Subject", value)
    with pytest.raises(InputProblems):
        mailbox(value, "office@customs.example")


@given(st.text(max_size=40), st.sampled_from(list('\r\n\x00 <>,;:"\\()[]')), st.text(max_size=40))
def test_an_address_is_one_bare_address_or_refused(before: str, broken: str, after: str) -> None:
    """An address that could end its field or add a second addressee is refused."""
    with pytest.raises(InputProblems):
        own_fields(address=f"{before}{broken}{after}@customs.example", message_id="m", delivery_id="d")


@pytest.mark.parametrize("name", ["a b.pdf", "../x.pdf", 'x".pdf', "पत्र.pdf", "x;y", ""])
def test_file_names_are_plain(name: str) -> None:
    """A file name that needs quoting tricks or RFC 2231 is refused."""
    with pytest.raises(InputProblems):
        file_name_parameter(name)


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2099, 1, 1)))  # noqa: DTZ001 - zone follows
def test_date_is_what_the_standard_library_reads(moment: datetime) -> None:
    """The Date field reads back as the same instant in +0530 (RFC 5322, section 3.3)."""
    aware = moment.replace(microsecond=0, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    value = date_field(aware).decode().removeprefix("Date: ").strip()

    assert aware == email.utils.parsedate_to_datetime(value)
    assert value.endswith("+0530")


def test_display_name_is_quoted_where_it_must_be() -> None:
    """A comma in the office's name does not make two addressees."""
    assert '"Systems, WZU" <s@customs.example>' == mailbox("Systems, WZU", "s@customs.example")
    assert "DG Systems WZU <s@customs.example>" == mailbox("DG Systems WZU", "s@customs.example")
    assert "s@customs.example" == mailbox("", "s@customs.example")


def test_a_hindi_display_name_leaves_the_address_alone() -> None:
    """Only the name of a mailbox is encoded: every parser still finds the address (RFC 2047, section 5)."""
    octets = mailbox_field("From", "प्रणाली निदेशालय, मुंबई", "systems@customs.example")
    name, address = email.utils.parseaddr(email.message_from_bytes(octets + b"\r\n")["From"])

    assert address == "systems@customs.example"
    assert str(email.header.make_header(email.header.decode_header(name))) == "प्रणाली निदेशालय, मुंबई"
