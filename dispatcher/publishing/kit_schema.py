"""meta.json and notice.json of an onward kit, field by field. Written by one office, read by another."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Final, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from dispatcher.model import LatePolicy

FORMAT: Final = "dispatcher-onward-kit"
VERSION: Final = 1


def _moment(given: object) -> object:
    """Refuse numbers, bare days, and years in which no office is: their moments have no counterpart in UTC."""
    if isinstance(given, datetime) or (isinstance(given, str) and _MOMENT.match(given)):
        return given
    raise PydanticCustomError("moment", "this is no moment such as 2025-08-13T10:30+05:30")


_MOMENT = re.compile(r"(?:19|20|21)\d\d-\d\d-\d\dT\d\d:\d\d")
Moment = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_moment)]
"""ISO 8601 with its offset."""

Line = Annotated[
    str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$")
]
"""Text on one line, without characters that control a screen or end a line."""
_Localized = Annotated[dict[Line, Line], Field(min_length=1, max_length=20)]
Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256, hexadecimal."""
_Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]


def fault_of(error: ValidationError) -> str:
    """Return the first fault of what another office wrote, on one line: its names may hold anything."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(step) for step in first["loc"])
    said = f"{place[:100]}: {first['msg']}" if place else first["msg"]
    return "".join(c if c.isprintable() else "?" for c in said)


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class IssuerKeys(_Model):
    """The letterhead of the office that issued the advisory."""

    name: _Localized
    short_name: _Localized
    address: _Localized
    phone: Line
    fax: Line
    email: Line
    time_zone: Line
    number_pattern: Line


class SignatureKeys(_Model):
    """What the issuing office says of the signature; whoever receives the kit examines it for itself."""

    signer: Line
    signed_at: Moment
    level: Line
    timestamped: bool
    genuine: bool


class DocumentKeys(_Model):
    """The official document in the kit."""

    file: Line
    sha256: Hash
    signature: SignatureKeys | None


class FileKeys(_Model):
    """A file of the kit: octets and their sum."""

    size: Annotated[int, Field(ge=0)]
    sha256: Hash


class KitMeta(_Model):
    """meta.json: what the kit is about, by when what is to be done, and every file of it but the two of sums."""

    format: Literal["dispatcher-onward-kit"] = FORMAT
    version: Literal[1] = VERSION
    number: Line
    revision: Annotated[int, Field(ge=0)]
    kind: _Name
    issued: Annotated[date, Field(strict=False)]
    issuer: IssuerKeys
    languages: Annotated[list[Line], Field(min_length=1, max_length=20)]
    audience: _Name
    """Of config.yaml: whom the mediator tells."""
    release_hash: Hash
    effective_at: Moment
    deadline: Moment
    """By then everybody is to know."""
    late_policy: Annotated[LatePolicy, Field(strict=False)]
    notify_before: Moment
    """The mediator's own hour, before that."""
    return_by: Moment
    return_to: Line
    document: DocumentKeys
    files: Annotated[dict[Line, FileKeys], Field(max_length=100)]


class SlotKeys(_Model):
    """The place of the recipient's own lines in one language."""

    slot: Line


_Piece = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]*$")]
"""Text of several lines, without characters that control a screen."""
_Pieces = Annotated[list[_Piece | SlotKeys], Field(min_length=1, max_length=100)]


class MessageKeys(_Model):
    """The notice in one wording."""

    subject: Line
    text: _Pieces
    html: _Pieces


class NoticeKeys(_Model):
    """notice.json: the notice in each wording of the advisory."""

    original: MessageKeys
    in_effect: MessageKeys | None = None
