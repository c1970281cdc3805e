"""What an advisory is called: its folder, and the files that are made of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.drafts import draft


@pytest.mark.parametrize(
    ("number", "revision", "stem"),
    [
        ("10/SYS/WZU/2025", 0, "10-SYS-WZU-2025"),
        ("10/SYS/WZU/2025", 2, "10-SYS-WZU-2025-R2"),
        ("१०/SYS/WZU/2025", 0, "2025-08-12"),
        ("१०/SYS/WZU/2025", 1, "2025-08-12-R1"),
    ],
)
def test_files_are_called_by_number_and_revision(number: str, revision: int, stem: str) -> None:
    """In ASCII always: by the date where the number is not; each wording has a name of its own."""
    advisory = replace(draft().advisory, number=number, revision=revision)

    assert stem == advisory.file_stem
