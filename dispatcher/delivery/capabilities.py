"""What a relay's EHLO offers, and what of it is used. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

DROPPABLE = ("deliverby", "dsn", "smtputf8", "eightbitmime", "size")
"""Extensions that put a parameter on MAIL or RCPT, in the order in which a relay that refuses one is humoured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """The extensions that are offered and may be used."""

    size: int | None = None
    """Octets of the largest message; 0 = offered without a limit, None = not offered (RFC 1870)."""
    pipelining: bool = False
    """RFC 2920."""
    smtputf8: bool = False
    """RFC 6531."""
    dsn: bool = False
    """RFC 3461."""
    eightbitmime: bool = False
    """RFC 6152."""
    deliverby: bool = False
    """RFC 2852."""

    @classmethod
    def of(cls, extensions: Mapping[str, str]) -> Capabilities:
        """Read the extensions of an EHLO reply: lower-case keyword -> parameters."""
        limit = extensions.get("size")
        return cls(
            size=None if limit is None else int(limit) if re.fullmatch(r"[0-9]{1,20}", limit) else 0,
            pipelining="pipelining" in extensions,
            smtputf8="smtputf8" in extensions,
            dsn="dsn" in extensions,
            eightbitmime="8bitmime" in extensions,
            deliverby="deliverby" in extensions,
        )

    def without(self, names: frozenset[str]) -> Capabilities:
        """Return them less the extensions named, which the relay offers and then refuses or breaks."""
        if not names:
            return self
        others: dict[str, Any] = dict.fromkeys(names - {"size"}, False)
        return replace(self, size=None if "size" in names else self.size, **others)
