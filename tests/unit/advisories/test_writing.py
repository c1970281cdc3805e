from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from dispatcher.acts import Correction
from dispatcher.advisories.reading import read_advisory
from dispatcher.advisories.writing import as_keys, as_yaml, holds_expressions
from dispatcher.model import Origin

if TYPE_CHECKING:
    from pathlib import Path

    from dispatcher.model import Advisory, Office

WHERE = {"hi": "पत्रशीर्ष में", "en": "the letterhead"}
KOLKATA = ZoneInfo("Asia/Kolkata")


def _again(advisory: Advisory, folder: Path, office: Office, **more: object) -> Advisory:
    """Write an advisory and read it again."""
    text = as_yaml({**as_keys(advisory, zone=KOLKATA), **more}, comments=("Received",))
    (folder / "advisory.yaml").write_text(text, encoding="utf-8")
    return read_advisory(folder, office=office, languages=("hi", "en"))


def test_what_is_written_is_read_again(advisory: Advisory, folder: Path, office: Office) -> None:
    """Every text, clock and line comes back as it was, but for answers and what its own reminders say."""
    again = _again(advisory, folder, office)

    assert replace(advisory, answers=(), upcoming=None) == again


def test_a_window_and_a_relation_come_back(advisory: Advisory, folder: Path, office: Office) -> None:
    """What the sample does not have is written too."""
    window = datetime(2025, 8, 13, 7, 0, tzinfo=UTC)
    changed = replace(
        advisory,
        window_start=window,
        window_end=window.replace(hour=9),
        useful_until=None,
        revision=1,
        relation={"type": "corrigendum", "target": advisory.number, "target_date": "2025-08-11"},
        corrections=(Correction(where=WHERE, wrong={"hi": "1", "en": "1"}, right={"hi": "2", "en": "2"}),),
        answers=(),
        upcoming=None,
    )

    assert changed == _again(changed, folder, office)


def test_the_origin_is_read(advisory: Advisory, folder: Path, office: Office) -> None:
    """An advisory that came in a kit says whose it is, and by which hashes it is known."""
    origin = Origin(issuer={"hi": "कार्यालय", "en": "Office"}, release_hash="a" * 64, kit_hash="b" * 64)

    assert origin == _again(advisory, folder, office, origin=asdict(origin)).origin


@pytest.mark.parametrize("text", ["{{ office.phone }}", "{% for x in y %}", "{# hidden #}"])
def test_an_expression_is_seen(advisory: Advisory, text: str) -> None:
    """A text of somebody else that would be evaluated is noticed, wherever it stands."""
    keys = as_keys(advisory, zone=KOLKATA)

    assert not holds_expressions(keys)
    assert holds_expressions(as_keys(replace(advisory, what={"hi": text, "en": "x"}), zone=KOLKATA))
