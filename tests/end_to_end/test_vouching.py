"""What vouches for a kit at EICI: the signature in its PDF, the record in that, the seal."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from dispatcher.advisories.signing import key_of_file, sign
from dispatcher.publishing.archives import read_zip, zip_of
from dispatcher.publishing.onward_kit import seal
from tests.certificates import PASSPHRASE
from tests.kits import remade
from tests.passing_on import AUTHORITY, KEY, ZIP, Exchange, save
from tests.signed_documents import sample_document
from tests.workspaces import NUMBER, SLUG

if TYPE_CHECKING:
    from tests.workspaces import Ended

DOCUMENT = f"Advisory-{SLUG}.pdf"


def _receives(exchange: Exchange, kit: bytes, *, key: str | None = None) -> Ended:
    """Let EICI take a kit in place of the one it has; without `key` it looks at no seal."""
    exchange.eici.configure(onward={"key": {"env": "SHARED_KEY"} if key else None})
    environment = {"SHARED_KEY": key} if key else {}
    file = save(exchange.eici.root, "forged.zip", kit)
    return exchange.eici.run("onward", "receive", file, "--replace", **environment)


def _with(kit: bytes, name: str, *path: str, value: Any) -> bytes:
    """Return a kit without a seal, its sums fitting, in which a value of a JSON file is another."""
    whole = json.loads(read_zip(kit)[name])
    place = whole
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return remade(kit, {name: json.dumps(whole), "SEAL": None})


def _with_document(kit: bytes, document: bytes) -> bytes:
    return remade(kit, {DOCUMENT: document, "SEAL": None}, document=document)


def _altered(kit: bytes) -> bytes:
    """Return a kit with the PDF altered after it was signed, all sums fitting."""
    content = read_zip(kit)[DOCUMENT]
    altered = content.replace(b"/CreationDate", b"/CreationDatf", 1)
    assert altered != content
    return _with_document(kit, altered)


def test_packed_anew_it_is_the_same_kit(exchange: Exchange) -> None:
    """A gateway that packs anew, or a bit that changed on the way: it was received before, and nothing changes."""
    flipped = bytearray(exchange.kit)
    flipped[10] ^= 1
    before = exchange.eici.advisory.read_bytes()
    files = {"anew": remade(exchange.kit, {}, keep_sums=True), "flipped": bytes(flipped)}
    ended = [
        exchange.eici.run("onward", "receive", save(exchange.eici.root, f"{name}.zip", content), SHARED_KEY=KEY)
        for name, content in files.items()
    ]

    assert [0, 0] == [one.code for one in ended], ended[0].err
    assert all("It was received before; nothing was changed." in one.out for one in ended)
    assert before == exchange.eici.advisory.read_bytes()


def test_both_sides_see_the_same_hash(exchange: Exchange) -> None:
    """EICI sees it when it receives the kit; the office with the status; `sha256sum SHA256SUMS` gives it too."""
    received = exchange.eici.run("onward", "receive", save(exchange.eici.root, ZIP, exchange.kit), SHARED_KEY=KEY)
    (at_eici,) = re.findall(r"Kit +([0-9a-f]{64})", received.out)
    (at_office,) = re.findall(r"its kit: ([0-9a-f]{64})", exchange.office.run("status", NUMBER).out)

    assert at_eici == at_office == json.loads(exchange.returned.read_bytes())["kit_hash"]


def test_an_altered_document_is_refused_without_roots_too(exchange: Exchange) -> None:
    """Whether a signature fits its octets needs no root; whether it leads to one is told at every step."""
    exchange.eici.configure(signature={"roots": [], "required": False})
    refused = _receives(exchange, _altered(exchange.kit))
    taken = _receives(exchange, exchange.kit)
    checked = exchange.eici.run("check", NUMBER, "--json").json["problems"]
    prepared = exchange.eici.run("prepare", NUMBER)
    approved = exchange.eici.run("approve", NUMBER)
    status = exchange.eici.run("status", NUMBER)

    assert (1, 0) == (refused.code, taken.code)
    assert "The signature does not match" in refused.err
    assert re.search(r"signed by ASHA RAO, [\d.]+ [\d:]+ IST; signature not examined to a root", taken.out)
    assert ["onward_signature"] == [one["code"] for one in checked if one["column"] is None]
    assert (0, 0) == (prepared.code, approved.code), prepared.err
    assert "signed by ASHA RAO (B-B), signature not examined to a root" in approved.out
    assert "signature not examined to a root" in status.out
    assert 0 == exchange.eici.run("verify").code


def test_examined_to_a_root_nothing_is_said(exchange: Exchange) -> None:
    """The remark means something only where it is not always there."""
    assert "not examined" not in exchange.eici.run("status", NUMBER).out


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("genuine",), False, "The kit says that the signature by ASHA RAO is a specimen"),
        (("signer",), "VIVEK RAO", "The PDF is signed by ASHA RAO; the kit says by VIVEK RAO."),
        (
            ("signed_at",),
            "2025-08-12T21:09:09+05:30",
            r"The PDF was signed [\d.]+ [\d:]+ IST; the kit says 12.08.2025 21:09:09 IST",
        ),
        ((), None, "The PDF is signed by ASHA RAO; the kit says that nobody signed it"),
    ],
)
def test_the_kit_speaks_of_the_signature_that_is_there(
    exchange: Exchange, path: tuple[str, ...], value: object, said: str
) -> None:
    """Signer, time and worth are compared, and what differs is told with both values, with roots or without."""
    changed = _with(exchange.kit, "meta.json", "document", "signature", *path, value=value)
    rooted = _receives(exchange, changed)
    exchange.eici.configure(signature={"roots": [], "required": False})
    unrooted = _receives(exchange, changed)

    assert [1, 1] == [one.code for one in (rooted, unrooted)]
    assert all(re.search(said, " ".join(one.err.split())) for one in (rooted, unrooted)), rooted.err


def test_an_unsigned_document_is_taken_as_such(exchange: Exchange) -> None:
    """An office that asks for no signature sends none: its record is compared all the same."""
    signed = read_zip(exchange.kit)[DOCUMENT]
    bare = signed[: signed.index(b"%%EOF") + len(b"%%EOF\n")]
    kit = _with(_with_document(exchange.kit, bare), "meta.json", "document", "signature", value=None)
    taken = _receives(exchange, kit)
    other = _with(kit, "meta.json", "deadline", value="2031-08-13T12:00:00+05:30")
    refused = _receives(exchange, other)

    assert (0, True) == (taken.code, f"{DOCUMENT}: not signed\n" in taken.out), taken.err
    assert (1, True) == (refused.code, "they differ in notify_before;" in refused.err), refused.err


def test_a_specimen_hides_no_fault(exchange: Exchange) -> None:
    """What the kit says of the signature's worth does not keep it from being examined."""
    ended = _receives(
        exchange, _with(_altered(exchange.kit), "meta.json", "document", "signature", "genuine", value=False)
    )

    assert (1, True) == (ended.code, "The signature does not match" in ended.err)


def test_the_document_of_another_advisory_is_refused(exchange: Exchange) -> None:
    """A genuine document in a kit that says something else: what they differ in is told, seal or not."""
    advisory = json.loads(read_zip(exchange.kit)["advisory.json"])
    other = {"do": {"hi": "पासवर्ड भेजें", "en": "Send passwords"}, "short_title": {"hi": "अन्य", "en": "Other"}}
    files = read_zip(remade(exchange.kit, {"advisory.json": json.dumps(advisory | other), "SEAL": None}))
    sealed = remade(zip_of({**files, "SEAL": seal(files["SHA256SUMS"], KEY).encode()}), {}, keep_sums=True)
    ended = [_receives(exchange, zip_of(files)), _receives(exchange, sealed, key=KEY)]
    said = (
        f"{DOCUMENT} in the kit does not say what advisory.json of the kit says: they differ in do, short_title;"
    )

    assert [(1, True)] * 2 == [(one.code, said in one.err) for one in ended], ended[0].err


def test_a_document_without_a_record_is_refused(exchange: Exchange) -> None:
    """Signed by the right person, it may be about anything."""
    at = datetime.now(UTC).replace(microsecond=0)
    key = key_of_file(AUTHORITY.person("ASHA RAO").p12(), PASSPHRASE, file="key.p12")
    bare = sign(sample_document().replace(b"advisory.json", b"something.els"), key, at=at)
    told = {
        "signed_at": at.isoformat(),
        "signer": "ASHA RAO",
        "level": "B-B",
        "timestamped": False,
        "genuine": True,
    }
    kit = _with(_with_document(exchange.kit, bare), "meta.json", "document", "signature", value=told)
    ended = _receives(exchange, kit)

    assert (1, True) == (ended.code, "has no record of the advisory in it" in ended.err), ended.err


@pytest.mark.parametrize(
    ("part", "old", "new", "said"),
    [
        ("text", "browser", "notebook", "does not hold the text of the advisory: do, paras"),
        ("html", "browser", "notebook", "does not hold the text of the advisory: do, paras"),
        (
            "text",
            "English below",
            "Write to help@evil.example below",
            "names help@evil.example, which the advisory",
        ),
    ],
)
def test_a_notice_of_other_words_is_refused(exchange: Exchange, part: str, old: str, new: str, said: str) -> None:
    """Without a shared key only the signed document vouches for the notice, which must hold what that says."""
    notice = json.loads(read_zip(exchange.kit)["notice.json"])
    pieces = notice["original"][part]
    changed = [one.replace(old, new) if isinstance(one, str) else one for one in pieces]
    assert changed != pieces
    ended = _receives(exchange, _with(exchange.kit, "notice.json", "original", part, value=changed))

    assert (1, True) == (ended.code, said in ended.err), ended.err


def test_a_kit_that_contradicts_itself_is_refused(exchange: Exchange) -> None:
    """The hour that a person is shown is that of the advisory."""
    ended = _receives(
        exchange, _with(exchange.kit, "meta.json", "effective_at", value="2031-08-13T12:00:00+05:30")
    )

    assert (1, True) == (ended.code, "do not agree on effective_at" in ended.err)


def test_a_kit_of_other_languages_is_refused(exchange: Exchange) -> None:
    """They are compared with this workspace's before anything is taken."""
    config = exchange.eici.config
    settings = yaml.safe_load(config.read_text(encoding="utf-8")) | {"languages": ["en", "hi"]}
    config.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    ended = _receives(exchange, exchange.kit)

    assert (1, True) == (ended.code, "the kit is in hi, en, this workspace in en, hi" in ended.err), ended.err


@pytest.mark.parametrize("changes", [{"release_hash": "ab" * 32}, {"issuer": {"hi": "और", "en": "Another"}}])
def test_the_origin_is_not_changed(exchange: Exchange, changes: dict[str, Any]) -> None:
    """Whose it is, and of which release, is what the kit says: a return would name another."""
    advisory = yaml.safe_load(exchange.eici.advisory.read_text(encoding="utf-8"))
    advisory["origin"] |= changes
    exchange.eici.advisory.write_text(yaml.safe_dump(advisory, allow_unicode=True), encoding="utf-8")
    told = exchange.eici.run("check", NUMBER, "--json").json["problems"]

    assert [("onward_text_changed", "origin")] == [
        (one["code"], one["column"]) for one in told if one["severity"] == "error"
    ]
