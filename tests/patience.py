"""How long a test waits for what must come before it says that it never will."""

from __future__ import annotations

PATIENCE = 120
"""Seconds. So much more than anything takes that only what hangs is not there by then, on a slow machine too."""
