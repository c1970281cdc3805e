"""The group of all commands: its help lists them in the order in which an advisory meets them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SECTIONS: Mapping[str, Sequence[str]] = {
    "Begin": ("init", "demo", "doctor", "new", "revise", "recipients"),
    "Look before anything goes out": ("check", "preview", "rehearse"),
    "Issue": ("sign", "prepare", "approve", "send", "schedule", "run"),
    "Step in": ("hold", "resume", "cancel", "resolve"),
    "Follow": ("status", "escalate", "acknowledge", "onward", "website"),
    "Prove": ("report", "register", "verify"),
}
"""Title of a section -> its commands, in their order."""
_LONGEST = 200


class Overview(click.Group):
    """A group whose help shows the first sentence of each command whole, in sections where it has some."""

    def __init__(self, *args: Any, sections: Mapping[str, Sequence[str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sections = sections

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, section by section, else as they were added."""
        del ctx
        return [name for names in self._in_sections().values() for name in names]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections, their second columns in line."""
        width = max(map(len, self.list_commands(ctx)))
        for title, names in self._in_sections().items():
            with formatter.section(title):
                shown = [(f"{name:{width}}", self.commands[name].get_short_help_str(_LONGEST)) for name in names]
                formatter.write_dl(shown)

    def _in_sections(self) -> Mapping[str, Sequence[str]]:
        return self._sections or {"Commands": tuple(self.commands)}
