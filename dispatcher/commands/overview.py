"""The group of all commands: its help lists them in the order in which an advisory meets them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "Begin": ("init", "demo", "doctor", "new", "revise", "recipients"),
    "Look before anything goes out": ("check", "preview", "rehearse"),
    "Issue": ("sign", "prepare", "approve", "send", "schedule", "run"),
    "Step in": ("hold", "resume", "cancel", "resolve"),
    "Follow": ("status", "escalate", "acknowledge", "onward", "website"),
    "Prove": ("report", "register", "verify"),
}
"""Title of a section -> its commands, in their order."""
_LONGEST = 200
_WIDTH = max(len(name) for names in SECTIONS.values() for name in names)


class Overview(click.Group):
    """A group whose help has sections, and the first sentence of each command whole."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, section by section."""
        del ctx
        return [name for names in SECTIONS.values() for name in names]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections."""
        del ctx
        for title, names in SECTIONS.items():
            with formatter.section(title):
                shown = [(f"{name:{_WIDTH}}", self.commands[name].get_short_help_str(_LONGEST)) for name in names]
                formatter.write_dl(shown)
