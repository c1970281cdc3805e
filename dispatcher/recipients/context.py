"""What a sheet is judged against beyond its own cells, handed in by the caller. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class SheetContext:
    """Facts about mail domains, all lower-cased; with none of them a sheet is judged by itself."""

    replaced_by: Mapping[str, str] = field(default_factory=dict)
    """Old mail domain -> new (config.yaml)."""
    accepted_domains: frozenset[str] = frozenset()
    """Domains of the lists that were accepted last; none of them is taken for a slip."""
