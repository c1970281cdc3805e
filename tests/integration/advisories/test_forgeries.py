"""Every way of forging a signed document that we know: each is seen, or the file is not taken at all."""

from __future__ import annotations

import zlib
from datetime import UTC
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer

from dispatcher.advisories.signature_reading import LARGEST
from dispatcher.advisories.signature_rules import Expected, Said, signature_problems
from dispatcher.errors import Source
from tests.signed_documents import (
    AT,
    AUTHORITY,
    annotate,
    examined,
    facts_of,
    keep_proofs,
    sample_document,
    sign_here,
    sign_outside,
    update_of,
    written,
)

_SIGNED = sign_here()
_RANGE = [int(one) for one in PdfFileReader(BytesIO(_SIGNED)).embedded_signatures[0].byte_range]


@settings(max_examples=60, derandomize=True)
@given(share=st.floats(0, 1, exclude_max=True))
def test_one_flipped_byte_is_seen(share: float) -> None:
    """A byte that is another, wherever it stands outside the signature itself, makes a file that is not taken."""
    signed = bytearray(_SIGNED)
    _, first, second, rest = _RANGE
    at = int((first + rest) * share)
    signed[at if at < first else at - first + second] ^= 1
    found = examined(bytes(signed))

    assert isinstance(found, Said) or not (found.ours and found.only_signature and found.intact)


def test_an_octet_of_the_signature_that_was_changed_says_nothing_of_its_root() -> None:
    """Only that the signature does not hold: nobody is advised to trust another root."""
    _, first, second, _ = _RANGE
    held = bytearray.fromhex(_SIGNED[first + 1 : second - 1].decode("ascii"))  # filled up with zeros
    held[len(held.rstrip(b"\0")) - 20] ^= 1  # within the value of the signature, which stands at the end
    forged = _SIGNED[: first + 1] + held.hex().encode() + _SIGNED[second - 1 :]
    expected = Expected(names=("ASHA RAO",), issued=AT.date(), zone=UTC, roots=True)
    found = signature_problems(examined(forged), expected, now=AT, source=Source("signed.pdf"))

    assert [Said.ALTERED] == [one.code for one in found]


def test_another_text_is_not_ours() -> None:
    """A signature over another text holds, but not for this advisory."""
    found = facts_of(sign_here(sample_document("Another subject")))

    assert (False, False, True) == (found.ours, found.only_signature, found.intact)


def _retitled(document: bytes) -> bytes:
    """Return the document with another page in the place of its first."""
    update = update_of(document)
    page = update.root["/Pages"]["/Kids"][0].get_object()
    page["/Contents"] = update.add_object(generic.StreamObject(stream_data=b"BT (Another page) Tj ET"))
    update.update_container(page)
    return written(update)


def _passed_over(document: bytes) -> bytes:
    """Return the document with another one behind it whose table of objects knows nothing of the first."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>>>",
    ]
    built, places = document + b"\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(built))
        built += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = len(built)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    built += b"xref\n0 4\n0000000000 65535 f \n" + rows
    return built + b"trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % table


@pytest.mark.parametrize("change", [annotate, _retitled, _passed_over])
def test_what_was_added_before_signing_is_seen(change: Any) -> None:
    """The file begins with our document and is signed whole; yet it shows something else."""
    found = facts_of(sign_outside(change(sample_document())))

    assert (True, False) == (found.ours, found.only_signature)


def _catalogued(key: str, **entries: Any) -> bytes:
    """Return the sample's document with a dictionary behind it that its catalogue names by a key."""
    update = update_of(sample_document())
    named = generic.DictionaryObject(  # type: ignore[no-untyped-call] # as it is
        {generic.pdf_name(f"/{name}"): value for name, value in entries.items()}
    )
    update.root[generic.pdf_name(key)] = named
    update.update_root()  # type: ignore[no-untyped-call] # as it is
    return written(update)


def test_usage_rights_are_no_signature() -> None:
    """An entry that lets a viewer change the document is an addition, though nothing that is seen differs."""
    found = facts_of(sign_outside(_catalogued("/Perms", UR3=generic.DictionaryObject())))  # type: ignore[no-untyped-call] # as it is

    assert (True, False) == (found.ours, found.only_signature)


@pytest.mark.parametrize(
    ("entry", "only"),
    [
        ({}, True),
        ({"XFA": generic.pdf_string("<xdp/>")}, False),
        ({"NeedAppearances": generic.pdf_string("1")}, False),
    ],
)
def test_the_first_form_holds_signatures_only(entry: dict[str, Any], only: bool) -> None:  # noqa: FBT001 - a row
    """A form that a viewer fills or draws anew by itself is an addition; one for a signature is none."""
    found = facts_of(sign_outside(_catalogued("/AcroForm", Fields=generic.ArrayObject(), **entry)))

    assert (True, only) == (found.ours, found.only_signature)


@pytest.mark.parametrize("stamped", [False, True])
def test_nothing_stands_behind_the_proofs(stamped: bool) -> None:  # noqa: FBT001 - a row of a table
    """Proofs, and a time stamp over them, may stand behind the signature; nothing may behind those."""
    kept = keep_proofs(sign_here(), AUTHORITY.revocations(at=AT), stamped=stamped)

    assert facts_of(kept).covers_file
    assert not facts_of(kept + b"\nanother text").covers_file


def _irregular(signed: bytes) -> bytes:
    """Return the file with an update that a strict reader does not take: a second generation without a first."""
    reader = PdfFileReader(BytesIO(signed))
    number, root, before = reader.trailer["/Size"], reader.root_ref.idnum, reader.last_startxref
    place = len(signed) + 1
    assert before is not None
    table = place + len(b"%d 1 obj\n<<>>\nendobj\n" % number)
    return signed + (
        b"\n%d 1 obj\n<<>>\nendobj\nxref\n%d 1\n%010d 00001 n \n" % (number, number, place)
        + b"trailer\n<</Size %d/Root %d 0 R/Prev %d>>\n" % (number + 1, root, before)
        + b"startxref\n%d\n%%%%EOF\n" % table
    )


def test_a_file_against_the_standard_is_told() -> None:
    """Where programs may see different documents in a file it is not taken, and it is not called damaged."""
    assert Said.IRREGULAR == examined(_irregular(sign_outside(sample_document())))


@pytest.mark.parametrize("signed", [_SIGNED, sign_outside(sample_document())], ids=["here", "outside"])
@pytest.mark.parametrize("change", [annotate, _retitled, lambda signed: signed + b"\n%another end\n"])
def test_what_was_added_after_signing_is_seen(change: Any, signed: bytes) -> None:
    """The signature still holds for what it covers, which is not the whole file any more."""
    assert not facts_of(change(signed)).covers_file


def test_a_second_signature_is_one_too_many() -> None:
    """An advisory bears the signature of its signatory, and no other."""
    twice = sign_outside(sign_outside(sample_document()), AUTHORITY.person("RAVI MENON"), field="Second")

    assert Said.SEVERAL == examined(twice)


def test_an_unsigned_document_is_told() -> None:
    """The document itself, or one with an empty field, bears no signature."""
    assert Said.UNSIGNED == examined(sample_document())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", Said.NOT_PDF),
        (b"<html><body>Your document could not be found</body></html>", Said.NOT_PDF),
        (b"%PDF-1.7\n" + b"\x00" * 500, Said.BROKEN),
        (b"%PDF-1.7\n" + b"[" * 100_000, Said.BROKEN),
        (b"%PDF-" + bytes(LARGEST), Said.TOO_LARGE),
    ],
)
def test_what_is_no_document_is_told(content: bytes, said: Said) -> None:
    """Anything else than a whole PDF has its own reason."""
    assert said == examined(content)


@pytest.mark.parametrize("length", [0.3, 0.8, 0.99])
def test_a_file_cut_off_is_broken(length: float) -> None:
    """A signed file of which the end is missing is told as broken, or as the unsigned one that is left."""
    signed = sign_here()

    assert examined(signed[: int(len(signed) * length)]) in {Said.BROKEN, Said.UNSIGNED}


def test_a_bomb_is_not_unpacked() -> None:
    """A stream that would fill the memory is refused before anything reads it."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1_000_000)) for _ in range(150)) + packer.flush()
    update = update_of(sample_document())
    update.add_object(generic.StreamObject({generic.pdf_name("/Filter"): generic.pdf_name("/FlateDecode")},
                                           encoded_data=packed))  # fmt: skip

    assert len(packed) < 1_000_000
    assert Said.TOO_LARGE == examined(written(update))


def test_a_locked_document_is_told() -> None:
    """A document that wants a password is not examined further."""
    writer = copy_into_new_writer(PdfFileReader(BytesIO(sample_document())))
    writer.encrypt("owner", "user")  # type: ignore[no-untyped-call] # as it is
    locked = BytesIO()
    writer.write(locked)  # type: ignore[no-untyped-call] # as it is

    assert Said.ENCRYPTED == examined(locked.getvalue())


def test_nothing_is_said_on_the_screen(capfd: pytest.CaptureFixture[str]) -> None:
    """What the reader of PDF logs by itself stays away from the officer's terminal."""
    facts_of(annotate(sign_outside(sample_document())))

    assert ("", "") == tuple(capfd.readouterr())
