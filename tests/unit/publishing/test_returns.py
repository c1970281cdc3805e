from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.errors import Refused
from dispatcher.outbox.onward_rules import Seal, Told
from dispatcher.publishing.returns import LARGEST, KeyedSeal, canonical, read_return, return_of, write_return
from tests import returns
from tests.items import KOLKATA
from tests.kits import kit

FIRST = datetime(2025, 8, 13, 4, 45, 0, 7, tzinfo=UTC)
DONE = replace(returns.DONE, first_accepted_at=FIRST, last_accepted_at=FIRST + timedelta(minutes=50))


def _written() -> bytes:
    keys = return_of(DONE, mediator={"hi": "ईआईसीआई", "en": "EICI"}, now=FIRST + timedelta(hours=1), zone=KOLKATA)
    return write_return(keys)


def _read(content: bytes) -> Told:
    return read_return(content, zone=KOLKATA, by_hand=None).told


def _other(content: bytes, **changes: Any) -> bytes:
    """Return a return with other keys, its seal left as it was."""
    return json.dumps({**json.loads(content), **changes}).encode()


def test_what_is_written_is_read() -> None:
    """Accepted and delivered were informed; failed, expired and the like were not; the others are open."""
    told = _read(_written())

    assert (212, 3, 3) == (told.informed, told.failed, told.open)
    assert (DONE.number, DONE.release_hash, DONE.kit_hash) == (told.number, told.release_hash, told.kit_hash)
    assert (FIRST + timedelta(minutes=50)).replace(microsecond=0) == told.last_at


def test_there_is_no_address_in_it() -> None:
    """Counts and times only: the couriers are EICI's."""
    assert b"@" not in _written()


def test_what_is_read_bears_no_seal_yet() -> None:
    """Its seal is beside it, and all else is what that is over; nothing vouches for it before it is examined."""
    value = "ab" * 32
    came = read_return(
        _other(_written(), seal={"method": "HMAC-SHA-256", "value": value}), zone=KOLKATA, by_hand=None
    )

    assert (Seal.NONE, None) == (came.told.seal, came.told.signer)
    assert KeyedSeal(value=value) == came.seal
    assert json.loads(_written()) == json.loads(came.body)


def test_the_same_return_is_the_same_digest() -> None:
    """However it is written and whatever its seal; another count is another one."""
    digest = _read(_written()).digest
    otherwise = json.dumps(dict(sorted(json.loads(_written()).items())), indent=4).encode()

    assert digest == _read(otherwise).digest
    assert digest == _read(_other(_written(), seal={"method": "CMS", "value": "AAAA"})).digest
    assert digest != _read(_other(_written(), revision=1)).digest


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"couriers": 300}, "speaks of 300 couriers, and its states are of another number"),
        ({"states": {"accepted": -1}}, "not as it should be: states.accepted"),
        ({"states": {"sent": 218}}, "not as it should be: states.sent"),
        ({"couriers": 10**12}, "not as it should be: couriers"),
        ({"couriers": "218"}, "not as it should be: couriers"),
        ({"version": 2, "more": 1}, "of version 2, this program reads version 1"),
        ({"format": "x"}, "no return of an advisory"),
        ({"compiled_at": "2025-08-13T11:00"}, "not as it should be: compiled_at"),
        ({"last_accepted_at": "0001-01-01T00:00+05:30"}, "last_accepted_at: this is no moment such as"),
        ({"compiled_at": "9999-12-31T23:59-05:30"}, "compiled_at: this is no moment such as"),
        ({"compiled_at": 1_755_066_600}, "compiled_at: this is no moment such as"),
        ({"recipients": ["x@y.example"]}, "not as it should be: recipients"),
        ({"number": "x\ny"}, "not as it should be: number"),
        ({"mediator": {"en": "\ud800"}}, "not as it should be: Invalid JSON"),
        ({"\x1b[2J\nDone": 1}, r"not as it should be: \?\[2J\?Done: Extra inputs are not permitted"),
        ({"seal": {"method": "\x1b[2J"}}, r"not as it should be: seal: Input tag '\?\[2J'"),
        ({"seal": {"method": "PGP", "value": "x"}}, "not as it should be: seal"),
        ({"seal": {"method": "HMAC-SHA-256", "value": "x"}}, "not as it should be: seal.*value"),
        ({"seal": {"method": "CMS", "value": "A" * 64_004}}, "not as it should be: seal.*value"),
        ({"seal": {"method": "CMS", "value": "AAAA", "signer": "EICI"}}, "not as it should be: seal.*signer"),
    ],
)
def test_a_return_that_is_none_is_refused(changes: dict[str, Any], said: str) -> None:
    """Each in a sentence that names the key."""
    with pytest.raises(Refused, match=said):
        _read(_other(_written(), **changes))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "it is no JSON"),
        (b"{" + b'"a":[' * 50_000, "it is no JSON"),
        (b" " * (LARGEST + 1), "larger than 256 kB"),
        (b"\x00\x01\x02\x81", "neither a return"),
        (_written()[:-40], "it is no JSON"),
        (_written().replace(b'"couriers"', b'"couriers": 9, "couriers"'), "says 'couriers' twice"),
        (_written().replace(b'"failed"', b'"failed": 0, "failed"'), "says 'failed' twice"),
    ],
)
def test_a_broken_file_is_refused(content: bytes, said: str) -> None:
    """Cut off, nested without end, huge, no text, with two entries of one name of which people read the other."""
    with pytest.raises(Refused, match=said):
        _read(content)


def test_a_form_is_taken_too() -> None:
    """return-form.txt, filled in, in the encoding of older programs too; it knows no kit and bears no seal."""
    form = kit().files["return-form.txt"].decode("utf-8-sig").replace("\r\n", "\n")
    for label, entry in (("sent_at", "13.08.2025 10:30"), ("couriers_informed", "212"), ("failed_count", "2")):
        form = "\n".join(f"{line} {entry}" if line.startswith(label) else line for line in form.split("\n"))
    utf8, utf16 = (
        read_return(form.encode(e), zone=KOLKATA, by_hand="telephone").told for e in ("utf-8", "utf-16")
    )

    assert (212, 2, 0, None, Seal.NONE, "telephone") == (
        utf8.informed, utf8.failed, utf8.open, utf8.kit_hash, utf8.seal, utf8.by_hand
    )  # fmt: skip
    assert utf8 == utf16


@pytest.mark.parametrize("blanks", ["", " "])
def test_a_form_in_the_code_page_of_windows_is_taken(blanks: str) -> None:
    """Whether it has an even number of octets or not: only a mark at its beginning makes a file UTF-16."""
    entries = {"number": "10/SYS/WZU/2025", "release": "ab" * 32, "sent_at": "13.08.2025 10:30"}
    entries |= {"couriers_informed": "212", "failed_count": f"2{blanks}"}
    form = "Return \u2013 Advisory\n" + "\n".join(f"{key} (?): {entry}" for key, entry in entries.items())

    assert 212 == _read(form.encode("cp1252")).informed


@given(
    st.dictionaries(
        st.text(max_size=5), st.none() | st.integers() | st.text(max_size=5) | st.lists(st.booleans(), max_size=2)
    )
)
def test_the_canonical_form_is_one(data: dict[str, Any]) -> None:
    """Whatever the order: the same octets, and they hold the same data."""
    backwards = dict(reversed(data.items()))

    assert canonical(data) == canonical(backwards)
    assert data == json.loads(canonical(data))
