"""config.yaml with blocks of a test's choice, written and read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dispatcher.config import Settings, load_settings
from dispatcher.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping


SAMPLE = Path(__file__).parents[1] / "config.yaml"

BASE = {
    "office": """
  name: {hi: कार्यालय, en: Office}
  address: {hi: मुंबई, en: Mumbai}
  phone: 022-20825140
  fax: 022-20825148
  email: systems@customs.example
""",
    "sender": '{from: "DG Systems <Systems@Customs.example>"}',
    "relay": "{host: mail.customs.example, port: 465, security: tls}",
    "audiences": "{custodians: {sheet: recipients/custodians.xlsx, part: to}}",
}


def written(folder: Path, blocks: Mapping[str, str]) -> Path:
    """Write a config.yaml of BASE with `blocks` in place of its own; an empty one is left out."""
    path = folder / "config.yaml"
    path.write_text(
        "".join(f"{key}: {text}\n" for key, text in ({**BASE, **blocks}).items() if text), encoding="utf-8"
    )
    return path


def loaded(folder: Path, blocks: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of such a file."""
    return load_settings(written(folder, blocks or {}))


def problems_of(folder: Path, blocks: Mapping[str, str]) -> tuple[str, ...]:
    """Return what such a file is refused for, line by line."""
    with pytest.raises(ConfigError) as caught:
        loaded(folder, blocks)
    return caught.value.lines


def relayed(rest: str) -> dict[str, str]:
    """Return a block `relay` with these keys."""
    return {"relay": f"{{host: mail.customs.example, port: 25, {rest}}}"}


def telling(rest: str) -> dict[str, str]:
    """Return a block `audiences` in which the custodians have these keys."""
    return {"audiences": f"{{custodians: {{{rest}}}}}"}
