from __future__ import annotations

from collections import Counter
from string import ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.errors import Source
from dispatcher.model import Part, Recipient, Role
from dispatcher.recipients.context import SheetContext
from dispatcher.recipients.domains import domain_problems, known_domains, slips

NOTHING = SheetContext()


def _entries(*addresses: str) -> list[Recipient]:
    return [
        Recipient(
            address=address,
            roles=(
                Role(
                    audience="offices",
                    part=Part.TO,
                    primary=True,
                    places=(),
                    designation={"hi": "", "en": ""},
                    organisation={"hi": "", "en": ""},
                    language="both",
                    phone="",
                    source=Source("list.xlsx", "List", row, "E"),
                ),
            ),
        )
        for row, address in enumerate(addresses, start=2)
    ]


def _told(entries: list[Recipient], context: SheetContext) -> list[tuple[str, int | None, str]]:
    return [(one.code, one.source.row, one.facts["meant"]) for one in domain_problems(entries, context)]


def test_slips_of_a_usual_domain() -> None:
    """A rare domain close to a usual one is likely a slip; two rare ones, or two usual ones, are not."""
    counts = Counter({"customs.example": 9, "custms.example": 1, "other.example": 1, "othr.example": 1})

    assert {"custms.example": "customs.example"} == slips(counts, NOTHING)
    assert {} == slips(Counter({"customs.example": 9, "customz.example": 8}), NOTHING)


@pytest.mark.parametrize("label", ["custms", "customss", "cusotms", "custons", "ustoms"])
def test_kinds_of_slips(label: str) -> None:
    """One letter less, more, elsewhere or other."""
    counts = Counter({"mail.customs.example": 3, f"mail.{label}.example": 1})

    assert {f"mail.{label}.example": "mail.customs.example"} == slips(counts, NOTHING)


@pytest.mark.parametrize(
    ("domain", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("customs.gov.inn", "customs.gov.in"),
        ("customs.govin", None),
        ("customs.gvo.in", "customs.gov.in"),
        ("cbic.gov.in", None),
    ],
)
def test_slips_that_need_no_sheet(domain: str, meant: str | None) -> None:
    """Domains that everybody knows, and endings that do not exist, are slips in a sheet of one row too."""
    assert meant == slips(Counter({domain: 1}), NOTHING).get(domain)


def test_a_lost_dot() -> None:
    """A dot left out is a slip of a usual domain."""
    assert {"customs.govin": "customs.gov.in"} == slips(
        Counter({"customs.gov.in": 3, "customs.govin": 1}), NOTHING
    )


def test_short_names_and_numbers_are_no_slips() -> None:
    """Labels of four letters, and sisters that differ in a number, are near each other by right."""
    counts = Counter({"eici.example": 9, "cici.example": 1, "zone1.example": 9, "zone2.example": 1})

    assert {} == slips(counts, NOTHING)


def test_slips_of_what_was_accepted() -> None:
    """A domain that was accepted is what others are compared with, and never a slip itself."""
    context = SheetContext(accepted_domains=frozenset({"customs.example", "customz.example"}))
    counts = Counter({"cuustoms.example": 4, "customz.example": 1})

    assert {"cuustoms.example": "customs.example"} == slips(counts, context)


def test_each_address_in_doubt_is_told_at_its_cell() -> None:
    """An old domain, a consumer service and a slip are warnings; an address that stands twice is told once."""
    entries = _entries(
        *(f"{letter}@customs.example" for letter in "abc"),
        "a@old.example",
        "A@gmail.com",
        "a@custms.example",
        "a@gmail.com",
    )
    context = SheetContext(replaced_by={"old.example": "customs.example"})

    assert [
        ("domain_replaced", 5, "customs.example"),
        ("domain_consumer", 8, ""),
        ("domain_slip", 7, "customs.example"),
    ] == sorted(_told(entries, context), key=lambda one: [5, 8, 7].index(one[1] or 0))


def test_nothing_is_told_of_ordinary_domains() -> None:
    """Domains that nobody doubts give no word."""
    assert [] == _told(_entries("a@customs.example", "b@eici.example"), NOTHING)


DOMAINS = st.lists(st.text(ascii_lowercase[:3], min_size=1, max_size=7), min_size=2, max_size=3).map(".".join)


@given(st.dictionaries(DOMAINS, st.integers(1, 9), max_size=8), st.frozensets(DOMAINS, max_size=3))
def test_whatever_is_meant_is_known(counts: dict[str, int], accepted: frozenset[str]) -> None:
    """What is offered for a slip is usual in the sheet or was accepted, and is never a slip itself."""
    found = slips(Counter(counts), SheetContext(accepted_domains=accepted))

    assert all(meant in accepted or counts[meant] >= 3 * counts[slip] for slip, meant in found.items())
    assert all(slip not in accepted and slip != meant for slip, meant in found.items())


def test_the_catalog_of_domains() -> None:
    """The catalog is in lower case, and no ending that is called wrong ends a domain that is called right."""
    known = known_domains()

    assert all(domain == domain.lower() for domain in known.consumer)
    assert not [domain for domain in known.consumer for ending in known.endings if domain.endswith(ending)]
    assert not [right for right in known.endings.values() if right in known.endings]
