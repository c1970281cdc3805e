"""The return: how many of those whom a mediator tells were told, without an address; bound to its kit. Pure."""

from __future__ import annotations

import codecs
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dispatcher.errors import Refused
from dispatcher.outbox.onward_rules import Told
from dispatcher.outbox.states import DeliveryState
from dispatcher.publishing.contents import json_file
from dispatcher.publishing.kit_schema import Hash, Line, Moment
from dispatcher.publishing.onward_kit import seal
from dispatcher.publishing.return_forms import read_form

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from dispatcher.model import Localized
    from dispatcher.outbox.onward_rules import PassedOn

FORMAT: Final = "dispatcher-onward-return"
VERSION: Final = 1
LARGEST: Final = 256_000
"""Octets of a file that can be a return."""
METHOD: Final = "HMAC-SHA-256"

TOLD: Final = frozenset({DeliveryState.ACCEPTED, DeliveryState.DELIVERED})
FAILED: Final = frozenset(
    {DeliveryState.FAILED, DeliveryState.BOUNCED, DeliveryState.EXPIRED, DeliveryState.CANCELLED}
)
"""The others are open: they wait, are held or in doubt."""

_Count = Annotated[int, Field(ge=0, le=10_000_000)]


class SealKeys(BaseModel):
    """The keyed hash over all else, in canonical form (RFC 2104)."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    method: Literal["HMAC-SHA-256"]
    value: Hash


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
    seal: SealKeys | None = None


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


def write_return(keys: ReturnKeys, *, key: str | None) -> bytes:
    """Return a return for its file, sealed where there is a key."""
    data = keys.model_dump(mode="json", exclude={"seal"})
    if key is not None:
        data["seal"] = {"method": METHOD, "value": seal(canonical(data), key)}
    return json_file(data)


def read_return(content: bytes, *, key: str | None, zone: tzinfo, by_hand: str | None) -> Told:
    """Return what a return says: JSON, or one of the kit's forms filled in, its times in `zone`.

    `by_hand` is why an officer takes one that no seal vouches for.

    Raises Refused, in one sentence, for anything else, for numbers that contradict each other, and for a seal that
    is wrong.
    """
    if len(content) > LARGEST:
        raise Refused(f"the file is larger than {LARGEST // 1000} kB: this is no return")
    text = _text(content)
    if not text.lstrip().startswith("{"):
        return _of_form(text, zone, by_hand)
    data = _parsed(text)
    keys = _keys(data)
    informed, failed = (sum(keys.states.get(state, 0) for state in states) for states in (TOLD, FAILED))
    if sum(keys.states.values()) != keys.couriers:
        raise Refused(f"the return speaks of {keys.couriers} couriers, and its states are of another number")
    stripped = {name: value for name, value in data.items() if name != "seal"}
    return Told(
        number=keys.number,
        release_hash=keys.release_hash,
        kit_hash=keys.kit_hash,
        informed=informed,
        failed=failed,
        open=keys.couriers - informed - failed,
        last_at=keys.last_accepted_at,
        compiled_at=keys.compiled_at,
        sealed=_sealed(keys, stripped, key),
        by_hand=by_hand,
        digest=hashlib.sha256(canonical(stripped)).hexdigest(),
    )


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
    said |= {"informed": str(form.informed), "failed": str(form.failed)}
    return Told(
        number=form.number,
        release_hash=form.release_hash,
        kit_hash=None,
        informed=form.informed,
        failed=form.failed,
        open=0,
        last_at=form.passed_on_at,
        compiled_at=None,
        sealed=False,
        by_hand=by_hand,
        digest=hashlib.sha256(canonical(said)).hexdigest(),
    )


def _parsed(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
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


def _keys(data: Mapping[str, Any]) -> ReturnKeys:
    try:
        return ReturnKeys.model_validate_json(json.dumps(data))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise Refused(f"the return is not as it should be: {place}: {first['msg']}") from None


def _sealed(keys: ReturnKeys, stripped: Mapping[str, Any], key: str | None) -> bool:
    """Return whether there is a seal that could be checked, and was right. Raises Refused for a wrong one."""
    if keys.seal is None or key is None:
        return False
    if not hmac.compare_digest(keys.seal.value, seal(canonical(stripped), key)):
        raise Refused(
            "the seal of the return is wrong: it was changed, or sealed with another key than onward.key"
        )
    return True
