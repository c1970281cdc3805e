"""The return: how many of those whom a mediator tells were told, without an address; bound to its kit. Pure."""

from __future__ import annotations

import codecs
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dispatcher.errors import Refused
from dispatcher.outbox.onward_counts import FAILED
from dispatcher.outbox.onward_rules import Seal, Told
from dispatcher.outbox.states import TOLD, DeliveryState
from dispatcher.publishing.contents import json_file
from dispatcher.publishing.kit_schema import Hash, Line, Moment, fault_of
from dispatcher.publishing.return_forms import read_form

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, tzinfo

    from dispatcher.model import Localized
    from dispatcher.outbox.onward_rules import PassedOn

FORMAT: Final = "dispatcher-onward-return"
VERSION: Final = 1
LARGEST: Final = 256_000
"""Octets of a file that can be a return."""
LARGEST_SIGNATURE: Final = 64_000
"""Characters of a signature: with the certificates of a chain it has a few thousand."""

_Count = Annotated[int, Field(ge=0, le=10_000_000)]


class KeyedSeal(BaseModel):
    """The keyed hash (RFC 2104) over all else, in canonical form."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    method: Literal["HMAC-SHA-256"] = "HMAC-SHA-256"
    value: Hash


class SignatureSeal(BaseModel):
    """A detached signature (CMS, RFC 5652) over all else, in canonical form: DER as base64 (RFC 4648)."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    method: Literal["CMS"] = "CMS"
    value: Annotated[str, Field(max_length=LARGEST_SIGNATURE)]


SealKeys = KeyedSeal | SignatureSeal


class ReturnKeys(BaseModel):
    """A return as it is written."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    format: Literal["dispatcher-onward-return"] = FORMAT
    version: Literal[1] = VERSION
    number: Line
    revision: Annotated[int, Field(ge=0)]
    mediator: dict[Line, Line]
    release_hash: Hash
    kit_hash: Hash
    couriers: _Count
    states: Annotated[dict[Annotated[DeliveryState, Field(strict=False)], _Count], Field(max_length=20)]
    first_accepted_at: Moment | None
    last_accepted_at: Moment | None
    compiled_at: Moment
    seal: Annotated[SealKeys, Field(discriminator="method")] | None = None


@dataclass(frozen=True, slots=True)
class Came:
    """A return as it came, its seal not examined yet: `told` says that it bears none."""

    told: Told
    body: bytes
    """What a seal is over."""
    seal: SealKeys | None
    """None of a form."""


def return_of(done: PassedOn, *, mediator: Localized, now: datetime, zone: tzinfo) -> ReturnKeys:
    """Return the return for what became of an advisory; moments in `zone`."""

    def local(at: datetime | None) -> datetime | None:
        return at.astimezone(zone).replace(microsecond=0) if at else None

    return ReturnKeys(
        number=done.number,
        revision=done.revision,
        mediator=dict(mediator),
        release_hash=done.release_hash,
        kit_hash=done.kit_hash,
        couriers=sum(done.states.values()),
        states=dict(done.states),
        first_accepted_at=local(done.first_accepted_at),
        last_accepted_at=local(done.last_accepted_at),
        compiled_at=now.astimezone(zone),
    )


def body_of(keys: ReturnKeys) -> bytes:
    """Return what a seal of a return is over: all else of it."""
    return canonical(keys.model_dump(mode="json", exclude={"seal"}))


def write_return(keys: ReturnKeys) -> bytes:
    """Return a return for its file."""
    return json_file(keys.model_dump(mode="json", exclude=None if keys.seal else {"seal"}))


def read_return(content: bytes, *, zone: tzinfo, by_hand: str | None) -> Came:
    """Return what a return says: JSON, or one of the kit's forms filled in, its times in `zone`.

    `by_hand` is why an officer takes one that no seal vouches for.

    Raises Refused, in one sentence, for anything else, and for numbers that contradict each other.
    """
    if len(content) > LARGEST:
        raise Refused(f"the file is larger than {LARGEST // 1000} kB: this is no return")
    text = _text(content)
    if not text.lstrip().startswith("{"):
        return Came(_of_form(text, zone, by_hand), b"", None)
    data = _parsed(text)
    keys = _keys(data)
    if sum(keys.states.values()) != keys.couriers:
        raise Refused(f"the return speaks of {keys.couriers} couriers, and its states are of another number")
    body = canonical({name: value for name, value in data.items() if name != "seal"})
    return Came(_told(keys, body, by_hand), body, keys.seal)


def canonical(data: Mapping[str, Any]) -> bytes:
    """Return the one form of a JSON object that a seal is over: keys sorted, no blanks, UTF-8."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _text(content: bytes) -> str:
    """Return a file of an office as text: UTF-8, or what older spreadsheets write."""
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))  # any octets may pass for UTF-16
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused(
        "this is neither a return (JSON) nor the form of the kit: it is not text; save a workbook as CSV"
    )


def _of_form(text: str, zone: tzinfo, by_hand: str | None) -> Told:
    form = read_form(text, zone=zone)
    said = {"form": form.number, "release": form.release_hash, "at": form.passed_on_at.isoformat()}
    said |= {"informed": str(form.informed), "failed": str(form.failed), "kit": form.kit_hash or ""}
    return Told(
        number=form.number,
        revision=None,
        mediator=None,
        release_hash=form.release_hash,
        kit_hash=form.kit_hash,
        informed=form.informed,
        failed=form.failed,
        open=0,
        last_at=form.passed_on_at,
        compiled_at=None,
        seal=Seal.NONE,
        by_hand=by_hand,
        digest=hashlib.sha256(canonical(said)).hexdigest(),
    )


def _parsed(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text, object_pairs_hook=_object)
    except (ValueError, RecursionError):
        raise Refused("the return is not whole: it is no JSON; ask for it again") from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise Refused("this is JSON, but no return of an advisory")
    version = data.get("version")
    if isinstance(version, int) and version > VERSION:
        raise Refused(
            f"the return is of version {version}, this program reads version {VERSION}; a newer program is needed"
        )
    return data


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON. Raises Refused for a key that stands in it twice: people read the other one."""
    data = dict(pairs)
    if len(data) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Refused(f"the return says {twice[:40]!r} twice; ask for it again")
    return data


def _keys(data: Mapping[str, Any]) -> ReturnKeys:
    try:
        return ReturnKeys.model_validate_json(json.dumps(data))
    except ValidationError as error:
        raise Refused(f"the return is not as it should be: {fault_of(error)}") from None


def _told(keys: ReturnKeys, body: bytes, by_hand: str | None) -> Told:
    informed, failed = (sum(keys.states.get(state, 0) for state in states) for states in (TOLD, FAILED))
    return Told(
        number=keys.number,
        revision=keys.revision,
        mediator=keys.mediator,
        release_hash=keys.release_hash,
        kit_hash=keys.kit_hash,
        informed=informed,
        failed=failed,
        open=keys.couriers - informed - failed,
        last_at=keys.last_accepted_at,
        compiled_at=keys.compiled_at,
        seal=Seal.NONE,
        by_hand=by_hand,
        digest=hashlib.sha256(body).hexdigest(),
    )
