from __future__ import annotations

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.recipients.addresses import (
    AddressCell,
    Typed,
    Usable,
    check_address,
    identity,
    mixes_scripts,
    plain_address,
    split_addresses,
)
from dispatcher.recipients.diagnosis import Faulty, diagnose

LOCAL = st.from_regex(r"[a-z][a-z0-9_+-]{0,9}(\.[a-z0-9_+-]{1,9})?", fullmatch=True)
ADDRESS = st.builds("{}@{}.example".format, LOCAL, st.from_regex(r"[a-z][a-z0-9]{0,9}", fullmatch=True))
DRESSED = st.sampled_from(
    ["{}", "<{}>", "Name <{}>", '"Name, Office" <{}>', "mailto:{}", "आयुक्त <{}>", "({})", "{} (O)"]
)
BETWEEN = st.sampled_from([";", "; ", ",", ", ", " / ", "\n", "\r\n", " ; \n", " ,, ", "|"])


@given(st.lists(st.tuples(ADDRESS, DRESSED, BETWEEN), min_size=1, max_size=5))
def test_splitting_finds_each_address(parts: list[tuple[str, str, str]]) -> None:
    """However addresses are dressed and divided, each is found once, in order, and no word is left over."""
    text = "".join(dress.format(address) + between for address, dress, between in parts)

    cell = split_addresses(text)

    assert [address for address, _dress, _between in parts] == [one.address for one in cell.addresses]
    assert () == cell.leftover


@given(st.lists(ADDRESS, min_size=1, max_size=4))
def test_splitting_at_blanks(addresses: list[str]) -> None:
    """Blanks alone divide addresses too."""
    assert addresses == [one.address for one in split_addresses("  ".join(addresses)).addresses]


@given(st.text(max_size=60))
def test_splitting_anything(text: str) -> None:
    """Any text is split without an error; an address found holds @ and no blank at its ends."""
    cell = split_addresses(text)

    assert all("@" in one.address and one.address == one.address.strip() for one in cell.addresses)


@pytest.mark.parametrize("text", ["", " ", "–", "-", "NA", "n/a", "nil", "उपलब्ध नहीं"])
def test_cells_that_hold_no_address(text: str) -> None:
    """A dash and words for nothing are no address and nothing left over."""
    cell = split_addresses(text)

    assert ((), ()) == (cell.addresses, cell.leftover)


@pytest.mark.parametrize(
    "text",
    ["a.b[at]office[dot]example", "a.b (at) office (dot) example", "a{dot}b [AT] office[dot]example"],
)
def test_signs_written_out(text: str) -> None:
    """[at] and [dot] in any brackets are signs, and the repair is told."""
    cell = split_addresses(text)

    assert ((Typed("a.b@office.example"),), True) == (cell.addresses, cell.written_out)


@pytest.mark.parametrize(
    "text",
    [
        "a@office.example\u00a0",
        "\u200ba@office.example",
        "a\uff20office.example",
        "\u2018a@office.example\u2019",
        "a @office.example",
        "a@office.example.",
        "<a@office.example",
    ],
)
def test_stray_signs_are_told(text: str) -> None:
    """An address that had to be cleaned is read, and said to be repaired."""
    cell = split_addresses(text)

    assert ((Typed("a@office.example"),), True) == (cell.addresses, cell.cleaned)


@pytest.mark.parametrize("text", ["a@office.example", "Name <a@office.example>", "mailto:a@office.example"])
def test_usual_forms_are_no_repair(text: str) -> None:
    """Ordinary ways of writing an address need no word."""
    cell = split_addresses(text)

    assert (False, False, False) == (cell.cleaned, cell.written_out, cell.trimmed)


def test_ascii_alternate_behind_an_address() -> None:
    """(ASCII: x@y) belongs to the address before it."""
    cell = split_addresses("नोडल@बीटा.example (ASCII: nodal@beta.example); b@office.example")

    assert (Typed("नोडल@बीटा.example", "nodal@beta.example"), Typed("b@office.example")) == cell.addresses


def test_words_beside_addresses_are_left_over() -> None:
    """Words that are no display name are not lost."""
    assert ("Office:",) == split_addresses("Office: a@office.example").leftover
    assert ("not", "known", "yet") == split_addresses("not known yet").leftover


def test_a_display_name_that_is_another_address() -> None:
    """A display name with an address of its own is not mailed, and not lost either."""
    cell = split_addresses('"x@other.example" <a@office.example>; "b@office.example" <b@office.example>')

    assert (["a@office.example", "b@office.example"], ('"x@other.example"',)) == (
        [one.address for one in cell.addresses],
        cell.leftover,
    )


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Commr.Delhi@CUSTOMS.Example", Usable("Commr.Delhi@customs.example", needs_smtputf8=False)),
        ("user@बीटा.example", Usable("user@xn--c2bz7cg.example", needs_smtputf8=False)),
        ("user@xn--c2bz7cg.example", Usable("user@xn--c2bz7cg.example", needs_smtputf8=False)),
        ("नोडल@बीटा.example", Usable("नोडल@बीटा.example", needs_smtputf8=True)),
    ],
)
def test_usable_addresses(typed: str, expected: Usable) -> None:
    """The domain is lower-cased and in A-labels; only a local part beyond ASCII needs SMTPUTF8 (RFC 6531)."""
    assert expected == check_address(typed)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("office.example", "address_without_at"),
        ("a@b@office.example", "address_two_ats"),
        ("a@localhost", "address_domain_incomplete"),
        ("a@", "address_domain_incomplete"),
        ("a..b@office.example", "address_dots"),
        (".a@office.example", "address_dots"),
        ("a@office..example", "address_dots"),
        ("@office.example", "address_local_part_missing"),
        ("a b@office.example", "address_blank_inside"),
        ("x" * 65 + "@office.example", "address_long"),
        ("a@" + "x" * 64 + ".example", "address_long"),
        ("a@-office.example", "address_hyphen"),
        ("a@of--fice.example", "address_hyphen"),
        ("a@10.0.0.1", "address_domain_ending"),
        ("a@office.invalid", "address_domain_reserved"),
        ("a@mail.local", "address_domain_reserved"),
        ("a(b@office.example", "address_character"),
        ("a@office_one.example", "address_character"),
    ],
)
def test_faulty_addresses(typed: str, code: str) -> None:
    """What cannot be mailed is told apart by what is wrong with it (RFC 5321, sections 4.1.2 and 4.5.3.1)."""
    faulty = check_address(typed)

    assert isinstance(faulty, Faulty)
    assert code == faulty.code


def test_identity_ignores_case() -> None:
    """Two spellings that differ in case are one mailbox."""
    assert identity("ECCS-Nodal@alpha-express.example") == identity("eccs-nodal@Alpha-Express.example")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("u@\u0430pple.example", True),
        ("\u0430dmin@office.example", True),
        ("\u0430\u0440\u0440@office.example", True),
        ("aनोडल@office.example", True),
        ("नोडल@office.example", False),
        ("a1@b.example", False),
    ],
)
def test_lookalike_letters(address: str, *, expected: bool) -> None:
    """A label of two scripts, or of one that looks like Latin, is suspect; one other script in a label is not."""
    assert expected == mixes_scripts(address)


def test_the_character_that_is_wrong_is_named() -> None:
    """A sign that may not stand in an address is told with it."""
    assert ("_", "!") == (diagnose("a@office_one.example").character, diagnose("a@office!.example").character)


@pytest.mark.parametrize(
    "text", ["a\u0967@office.example", "\u0968\u0969@office.example", "a@office\u0967.example"]
)
def test_hindi_digits_in_an_address(text: str) -> None:
    """Digits of Hindi in an address that is Latin otherwise are 0-9, and the repair is told."""
    cell = split_addresses(text)

    assert cell.cleaned
    assert cell.addresses[0].address.isascii()


LIKELY = st.text("aAzZ09.-_+@!#'", max_size=24)
LABEL = st.text("ab09-Z", max_size=6) | st.sampled_from(
    ["xn--c2bz7cg", "ab--cd", "x" * 63, "x" * 64, "localhost", "test"]
)
AROUND = st.builds(
    "{}@{}".format,
    st.text("aZ0.-_+!'*", max_size=8) | st.sampled_from(["INFO", "PostMaster", "x" * 64, "x" * 65]),
    st.lists(LABEL, max_size=5).map(".".join),
)


def _library(typed: str) -> str | None:
    try:
        valid = validate_email(typed, check_deliverability=False, strict=True)
    except EmailNotValidError:
        return None
    return valid.ascii_email or valid.normalized


@settings(max_examples=1500)
@given(LIKELY | AROUND)
def test_the_short_way_is_the_verdict_of_the_library(typed: str) -> None:
    """An address that is checked without email-validator is what the library makes of it, and no other is."""
    checked = check_address(typed)

    assert _library(typed) == (checked.address if isinstance(checked, Usable) else None)


@settings(max_examples=500)
@given(LIKELY | AROUND | ADDRESS)
def test_a_plain_cell_needs_no_splitting(text: str) -> None:
    """A cell that is taken for one plain address is what splitting and checking make of it, without a word."""
    plain = plain_address(text)

    if plain is not None:
        cell = split_addresses(text)
        assert AddressCell(addresses=(Typed(text),)) == cell
        assert Usable(plain, needs_smtputf8=False) == check_address(text)


@settings(max_examples=500)
@given(st.text(max_size=20) | AROUND)
def test_every_faulty_address_has_a_reason(typed: str) -> None:
    """Whatever is wrong, there is one code for it, and a character only where that is the fault."""
    checked = check_address(typed)

    if isinstance(checked, Faulty):
        assert (checked.code == "address_character") == bool(checked.character)
