"""An onward kit as somebody else sent it: taken only if every octet is what its sums say. Pure: octets in."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from dispatcher.advisories.enclosures import media_type
from dispatcher.advisories.writing import holds_expressions
from dispatcher.errors import Refused
from dispatcher.messages.drafting import wordings_of
from dispatcher.messages.rendering import SharedText, Slot
from dispatcher.model import Enclosure, Office, OfficialDocument, Signature, Wording, slug_of
from dispatcher.publishing.archives import read_zip
from dispatcher.publishing.contents import SUMS, sums
from dispatcher.publishing.kit_schema import FORMAT, VERSION, KitMeta, MessageKeys, NoticeKeys, fault_of
from dispatcher.publishing.onward_kit import ADVISORY, ENCLOSURES, META, NOTICE, SEAL, kit_hash, seal
from dispatcher.publishing.passive_html import active_part

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dispatcher.publishing.kit_schema import SlotKeys

_LARGEST_JSON: Final = 2_000_000
_FOLDER: Final = re.compile(r"\w[\w.-]{0,99}")
_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnwardKit:
    """What a kit holds, as it was received."""

    kit_hash: str
    """SHA-256 of its SHA256SUMS, hexadecimal: what a return names."""
    meta: KitMeta
    advisory: Mapping[str, Any]
    """The keys of advisory.yaml for whoever passes it on."""
    messages: Mapping[Wording, SharedText]
    document: OfficialDocument
    """With the signature that the issuing office says it bears; the receiver examines it."""
    enclosures: tuple[Enclosure, ...]
    files: Mapping[str, bytes] = field(repr=False)
    sealed: bool
    """Whether the seal of a shared key was there and right."""

    @property
    def slug(self) -> str:
        """The folder of the advisory."""
        return slug_of(self.meta.number)

    @property
    def office(self) -> Office:
        """Who issued the advisory."""
        return Office(**self.meta.issuer.model_dump())


def read_kit(content: bytes, *, key: str | None) -> OnwardKit:
    """Return what a kit holds. `key` is shared with the issuing office; without one no seal is looked at.

    Raises Refused, in one sentence, for an archive that is not safe, a file that is changed, missing or of nobody,
    a seal that is missing or wrong where there is a key, a version of the future, and texts that are not plain.
    """
    files = read_zip(content)
    meta = _meta(files)
    _compare(files, meta)
    sealed = _sealed(files, key)
    advisory = _json(files, ADVISORY)
    if holds_expressions(advisory) or (advisory.get("number"), advisory.get("revision")) != (
        meta.number,
        meta.revision,
    ):
        raise Refused(f"{ADVISORY} of the kit is not the plain text of advisory {meta.number}")
    notice = _checked(NoticeKeys, _json(files, NOTICE), NOTICE)
    if advisory.get("enclosures"):  # they lie in the kit's own folder, and are not named by this file
        raise Refused(f"{ADVISORY} of the kit names enclosures, which no kit does; ask for it again")
    return OnwardKit(
        kit_hash=kit_hash(files),
        meta=meta,
        advisory=advisory,
        messages=_messages(notice, meta),
        document=_document(files, meta),
        enclosures=_enclosures(files),
        files=files,
        sealed=sealed,
    )


def _meta(files: Mapping[str, bytes]) -> KitMeta:
    """Return meta.json; its format and version are looked at before anything else of it."""
    if META not in files:
        raise Refused(f"this zip file is no onward kit: {META} is missing")
    told = _json(files, META)
    if told.get("format") != FORMAT:
        raise Refused(f"this zip file is no onward kit: {META} does not say so")
    version = told.get("version")
    if isinstance(version, int) and version > VERSION:
        raise Refused(
            f"the kit is of version {version}, this program reads version {VERSION}; a newer program is needed"
        )
    meta = _checked(KitMeta, told, META)
    if not _FOLDER.fullmatch(slug_of(meta.number)):
        raise Refused(f"{META} of the kit names an advisory whose number cannot be a folder's name")
    issuer = meta.issuer
    if any(set(meta.languages) - texts.keys() for texts in (issuer.name, issuer.short_name, issuer.address)):
        raise Refused(f"{META} of the kit does not name the office that issued it in each of its languages")
    try:
        ZoneInfo(issuer.time_zone)
    except (KeyError, ValueError, OSError):
        raise Refused(f"{META} of the kit names a time zone that is none") from None
    return meta


def _compare(files: Mapping[str, bytes], meta: KitMeta) -> None:
    """Refuse a kit of which any file is not what meta.json and SHA256SUMS say."""
    listed = {*meta.files, META, SUMS}
    missing, extra = sorted(listed - files.keys()), sorted(files.keys() - listed - {SEAL})
    if missing:
        raise Refused(f"the kit is not whole: {', '.join(missing)} is missing; ask for it again")
    if extra:
        raise Refused(f"the kit holds a file that it does not list: {', '.join(extra)}; ask for it again")
    for name, told in meta.files.items():
        if (len(files[name]), hashlib.sha256(files[name]).hexdigest()) != (told.size, told.sha256):
            raise Refused(f"{name} in the kit was changed after the kit was made; ask for it again")
    if sums({name: content for name, content in files.items() if name not in {SUMS, SEAL}}) != files[SUMS]:
        raise Refused(f"{META} or {SUMS} in the kit was changed after the kit was made; ask for it again")


def _sealed(files: Mapping[str, bytes], key: str | None) -> bool:
    """Return whether the kit bears the seal of the key; where there is a key, nothing else will do."""
    if key is None:
        return False
    if SEAL not in files:
        raise Refused("the kit bears no seal, though onward.key is set; ask the office that issued it")
    if not hmac.compare_digest(files[SEAL].strip(), seal(files[SUMS], key).encode()):
        raise Refused("the seal of the kit is wrong: it was changed, or sealed with another key than onward.key")
    return True


def _json(files: Mapping[str, bytes], name: str) -> dict[str, Any]:
    content = files.get(name, b"")
    if len(content) > _LARGEST_JSON:
        raise Refused(f"{name} of the kit is larger than {_LARGEST_JSON // 1_000_000} MB")
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        raise Refused(f"{name} of the kit is not JSON") from None
    if not isinstance(data, dict):
        raise Refused(f"{name} of the kit is not a JSON object")
    return data


def _checked(model: type[_Model], told: Mapping[str, Any], name: str) -> _Model:
    try:
        return model.model_validate_json(json.dumps(told))
    except ValidationError as error:
        raise Refused(f"{name} of the kit is not as it should be: {fault_of(error)}") from None


def _messages(notice: NoticeKeys, meta: KitMeta) -> dict[Wording, SharedText]:
    """Return the notice in each wording that the advisory's late policy knows."""
    given = {Wording.ORIGINAL: notice.original, Wording.IN_EFFECT: notice.in_effect}
    found = {wording: _shared(keys, meta.languages) for wording, keys in given.items() if keys is not None}
    if found.keys() != set(wordings_of(meta.late_policy)):
        raise Refused(f"{NOTICE} of the kit does not hold the wordings that its late policy needs")
    return found


def _shared(keys: MessageKeys, languages: Sequence[str]) -> SharedText:
    """Return a message; each language has the place of the recipient's lines once in either part, in order."""
    parts = [tuple(map(_piece, part)) for part in (keys.text, keys.html)]
    if any([one.language for one in part if isinstance(one, Slot)] != list(languages) for part in parts):
        raise Refused(f"{NOTICE} of the kit does not hold each language once")
    html = "".join(one for one in parts[1] if isinstance(one, str))
    if found := active_part(html):
        raise Refused(f"{NOTICE} of the kit holds more than text to be shown: {found}")
    return SharedText(subject=keys.subject, text=parts[0], html=parts[1])


def _piece(piece: str | SlotKeys) -> str | Slot:
    return piece if isinstance(piece, str) else Slot(piece.slot)


def _document(files: Mapping[str, bytes], meta: KitMeta) -> OfficialDocument:
    name = meta.document.file
    content = files.get(name, b"")
    if (
        name not in meta.files
        or meta.files[name].sha256 != meta.document.sha256
        or not content.startswith(b"%PDF-")
    ):
        raise Refused(f"{name}, the official document of the kit, is not in it")
    told = meta.document.signature
    return OfficialDocument(
        file_name=name, content=content, signature=Signature(**told.model_dump()) if told else None
    )


def _enclosures(files: Mapping[str, bytes]) -> tuple[Enclosure, ...]:
    return tuple(
        Enclosure(
            file_name=name.removeprefix(ENCLOSURES),
            media_type=media_type(name) or "application/octet-stream",
            content=content,
        )
        for name, content in files.items()
        if name.startswith(ENCLOSURES)
    )
