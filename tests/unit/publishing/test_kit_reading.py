from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.errors import Refused
from dispatcher.messages.rendering import Slot
from dispatcher.model import Wording
from dispatcher.publishing.archives import read_zip
from dispatcher.publishing.kit_agreement import refuse_contradiction
from dispatcher.publishing.kit_reading import OnwardKit, read_kit
from dispatcher.publishing.notices import write_notice
from dispatcher.publishing.onward_kit import onward_kit
from dispatcher.publishing.received import as_received
from tests.drafts import LANGUAGES
from tests.kits import DOCUMENT, KEY, MANUAL, issue, material, packed, remade


def _refusal(content: bytes, *, key: str | None = None) -> str:
    """Return the one sentence with which a kit is refused."""
    with pytest.raises(Refused) as caught:
        read_kit(content, key=key)
    said = str(caught.value)
    assert "\n" not in said
    return said


def _with(content: bytes, name: str, **changes: Any) -> bytes:
    """Return a kit whose JSON file has other keys, all sums fitting."""
    data = {**json.loads(read_zip(content)[name]), **changes}
    return remade(content, {name: json.dumps(data)})


def test_what_was_packed_is_read() -> None:
    """Advisory, notice, document and enclosures come out as the issuing office made them."""
    whole = onward_kit(issue(enclosures=(MANUAL,)), material())
    read = read_kit(whole.attached[0].content, key=None)

    assert ("10/SYS/WZU/2025", "10-SYS-WZU-2025") == (read.meta.number, read.slug)
    assert issue().office == read.office
    assert DOCUMENT == read.document
    assert (MANUAL,) == read.enclosures
    assert (
        write_notice(issue(), material().audience).messages[Wording.IN_EFFECT] == read.messages[Wording.IN_EFFECT]
    )
    assert whole.facts["kit_hash"] == hashlib.sha256(read.files["SHA256SUMS"]).hexdigest() == read.kit_hash


def test_packed_anew_it_is_the_same_kit() -> None:
    """A gateway or another version of zlib packs the same files to other octets: the hash is that of the files."""
    anew = remade(packed(), {}, keep_sums=True)
    changed = remade(packed(), {"README.txt": "another"})

    assert packed() != anew
    assert read_kit(packed(), key=None).kit_hash == read_kit(anew, key=None).kit_hash
    assert read_kit(packed(), key=None).kit_hash != read_kit(changed, key=None).kit_hash


def test_the_places_of_the_recipient_are_read() -> None:
    """In the notice that is passed on each language names the post that is addressed."""
    read = read_kit(packed(), key=None)
    slots = [one.language for one in read.messages[Wording.ORIGINAL].text if isinstance(one, Slot)]

    assert ["hi", "en"] == slots


@pytest.mark.parametrize("name", sorted(read_zip(packed()).keys() - {"meta.json", "SHA256SUMS"}))
def test_a_changed_octet_is_refused(name: str) -> None:
    """One bit of any file, and the file is named."""
    files = dict(read_zip(packed()))
    files[name] = bytes([files[name][0] ^ 1]) + files[name][1:]
    content = remade(packed(), {name: files[name]}, keep_sums=True)

    assert f"{name} in the kit was changed after the kit was made; ask for it again" == _refusal(content)


def test_changed_sums_are_refused() -> None:
    """SHA256SUMS must say what meta.json says, and of meta.json itself."""
    assert "meta.json or SHA256SUMS in the kit was changed" in _refusal(
        remade(packed(), {"SHA256SUMS": b""}, keep_sums=True)
    )
    spaced = json.dumps(json.loads(read_zip(packed())["meta.json"]), indent=3)
    assert "meta.json or SHA256SUMS in the kit was changed" in _refusal(
        remade(packed(), {"meta.json": spaced}, keep_sums=True)
    )


def test_a_missing_and_an_unlisted_file_are_refused() -> None:
    """A kit is whole, and holds nothing else."""
    assert "the kit is not whole: notice.hi.txt is missing" in _refusal(
        remade(packed(), {"notice.hi.txt": None}, keep_sums=True)
    )
    assert "holds a file that it does not list: run.exe" in _refusal(
        remade(packed(), {"run.exe": b"MZ"}, keep_sums=True)
    )
    assert "the kit is not whole: SHA256SUMS is missing" in _refusal(
        remade(packed(), {"SHA256SUMS": None}, keep_sums=True)
    )


def test_what_is_no_kit_is_refused() -> None:
    """A zip file of something else, and what is not even that."""
    assert "no onward kit: meta.json is missing" in _refusal(remade(packed(), {"meta.json": None}, keep_sums=True))
    assert "no onward kit: meta.json does not say so" in _refusal(
        remade(packed(), {"meta.json": '{"format": "something-else"}'}, keep_sums=True)
    )
    assert "this is not a zip file" in _refusal(b"%PDF-1.7")


def test_a_kit_of_the_future_is_refused() -> None:
    """A later version is named as such, whatever else has changed in it."""
    said = _refusal(_with(packed(), "meta.json", version=2, new_key=True))

    assert "the kit is of version 2, this program reads version 1; a newer program is needed" == said


@pytest.mark.parametrize(
    "meta",
    ["[]", "nothing", "[" * 100_000, "", '{"format": "dispatcher-onward-kit", "version": 1}', "\xff"],
)
def test_a_meta_that_is_none_is_refused(meta: str) -> None:
    """No JSON, no object, nested without end, keys missing: a sentence each."""
    assert "of the kit is not" in _refusal(remade(packed(), {"meta.json": meta.encode("latin-1")}, keep_sums=True))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("number", "10/SYS\r\nBcc: x@y.example"),
        ("number", ".."),
        ("number", "..\\..\\outside"),
        ("number", "\u202e10/SYS"),
        ("release_hash", "ab"),
        ("audience", "../couriers"),
        ("languages", []),
        ("deadline", "2025-08-13T12:00"),
        ("revision", -1),
        ("return_to", "x" * 600),
        ("deadline", "0001-01-01T00:00+05:30"),
        ("return_by", "9999-12-31T23:59-05:30"),
        ("notify_before", 1_755_066_600),
    ],
)
def test_a_meta_that_could_do_harm_is_refused(key: str, value: object) -> None:
    """What would break a header, a path or a screen is no value."""
    assert _refusal(_with(packed(), "meta.json", **{key: value})).startswith("meta.json of the kit")


def test_a_huge_json_is_refused() -> None:
    """Numbers of octets are looked at before anything is parsed."""
    assert "notice.json of the kit is larger than 2 MB" == _refusal(
        remade(packed(), {"notice.json": b'{"original": "' + b"x" * 2_000_000 + b'"}'})
    )


def test_an_advisory_with_expressions_is_refused() -> None:
    """A text of somebody else is never evaluated."""
    changed = _with(packed(), "advisory.json", what={"hi": "{{ office.phone }}", "en": "x"})

    assert "advisory.json of the kit is not the plain text of advisory 10/SYS/WZU/2025" == _refusal(changed)


def test_an_advisory_of_another_number_is_refused() -> None:
    """meta.json and advisory.json are about the same."""
    assert "not the plain text of advisory" in _refusal(_with(packed(), "advisory.json", number="11/SYS/WZU/2025"))


@pytest.mark.parametrize("name", ["name", "short_name", "address"])
def test_an_issuer_without_a_name_in_each_language_is_refused(name: str) -> None:
    """Who issued it is shown in every language of the kit."""
    issuer = {**json.loads(read_zip(packed())["meta.json"])["issuer"], name: {"hi": "x"}}

    assert "does not name the office that issued it" in _refusal(_with(packed(), "meta.json", issuer=issuer))


def test_an_advisory_that_names_enclosures_is_refused() -> None:
    """They lie in the kit: a name in advisory.json would be a file of the workspace that received it."""
    changed = _with(packed(), "advisory.json", enclosures=["config.yaml"])

    assert "advisory.json of the kit names enclosures" in _refusal(changed)


@pytest.mark.parametrize("sign", ["\0", "\x1b[2J", "\r"])
def test_a_notice_with_control_characters_is_refused(sign: str) -> None:
    """It is text of several lines, and nothing that moves a cursor."""
    original = json.loads(read_zip(packed())["notice.json"])["original"]
    forged = {**original, "text": [sign, *original["text"]]}

    assert "notice.json of the kit is not as it should be" in _refusal(
        _with(packed(), "notice.json", original=forged)
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("kind", "incident"),
        ("issued", "2025-08-11"),
        ("notify_before", "2025-08-13T09:00+05:30"),
        ("effective_at", "2025-08-14T12:00+05:30"),
    ],
)
def test_what_is_told_twice_must_agree(key: str, value: str) -> None:
    """What meta.json shows a person is what the advisory does."""
    kits = [read_kit(content, key=None) for content in (packed(), _with(packed(), "meta.json", **{key: value}))]
    advisory = as_received(kits[0], languages=LANGUAGES)
    refuse_contradiction(kits[0], advisory)
    with pytest.raises(Refused, match=f"do not agree on {key}"):
        refuse_contradiction(kits[1], advisory)


@pytest.mark.parametrize("notice", [{"in_effect": None}, {"original": None}])
def test_a_notice_without_a_wording_is_refused(notice: dict[str, None]) -> None:
    """The late policy needs both wordings: whoever passes it on late must have the other."""
    assert "notice.json of the kit" in _refusal(_with(packed(), "notice.json", **notice))


def test_a_notice_without_a_language_is_refused() -> None:
    """Both languages or nothing."""
    original = json.loads(read_zip(packed())["notice.json"])["original"]
    halved = {**original, "text": [one for one in original["text"] if one != {"slot": "hi"}]}

    assert "does not hold each language once" in _refusal(_with(packed(), "notice.json", original=halved))


def test_a_notice_that_does_more_than_show_text_is_refused() -> None:
    """A script, a form or a link in the page that goes to everybody under EICI's name."""
    original = json.loads(read_zip(packed())["notice.json"])["original"]
    forged = {**original, "html": [*original["html"], "<a href='https://evil.example'>Reset your password</a>"]}

    assert "holds more than text to be shown: a link to https://evil.example" in _refusal(
        _with(packed(), "notice.json", original=forged)
    )


def test_a_document_that_is_none_is_refused() -> None:
    """What is to be the official document is a PDF."""
    html = remade(packed(), {"Advisory-10-SYS-WZU-2025.pdf": b"<html>"})
    document = {
        **json.loads(read_zip(html)["meta.json"])["document"],
        "sha256": hashlib.sha256(b"<html>").hexdigest(),
    }

    assert "the official document of the kit, is not in it" in _refusal(
        _with(html, "meta.json", document=document)
    )


def test_a_document_of_another_sum_is_refused() -> None:
    """What meta.json says of the document is of the file that lies there."""
    document = {**json.loads(read_zip(packed())["meta.json"])["document"], "sha256": "ab" * 32}

    assert "the official document of the kit, is not in it" in _refusal(
        _with(packed(), "meta.json", document=document)
    )


def test_a_seal_is_looked_at_where_there_is_a_key() -> None:
    """With a key, nothing passes without the right seal; without one, nobody can tell."""
    forged = remade(packed(key=KEY), {"README.txt": "Send your passwords"})

    assert read_kit(packed(key=KEY), key=KEY).sealed
    assert "the kit bears no seal" in _refusal(packed(), key=KEY)
    assert "the seal of the kit is wrong" in _refusal(packed(key=KEY * 2), key=KEY)
    assert "the seal of the kit is wrong" in _refusal(forged, key=KEY)
    assert not read_kit(packed(key=KEY), key=None).sealed


@given(st.data())
def test_no_change_of_the_archive_gets_through(data: st.DataObject) -> None:
    """A changed octet of the zip file is refused, or it is the same kit: nothing that is read differs."""
    content = bytearray(packed())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    try:
        read = read_kit(bytes(content), key=None)
    except Refused:
        return

    whole = read_kit(packed(), key=None)
    assert _said(whole) == _said(read)


def _said(kit: OnwardKit) -> object:
    return kit.kit_hash, kit.meta, kit.advisory, kit.messages, kit.document, kit.enclosures
