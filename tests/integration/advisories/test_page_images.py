"""The official document looks as its golden pages (tests/data/pages/), which somebody looked at."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageChops

from dispatcher.advisories.document import Mark
from tests.drafts import draft
from tests.page_images import FINE, GOLDEN, NAMES, VARIANTS, compare, difference, document, page_of, pictures

if TYPE_CHECKING:
    from pathlib import Path

ADVISORY = draft().advisory


@pytest.fixture(scope="module")
def specimen() -> Image.Image:
    """Give the Hindi page of the specimen."""
    return page_of("specimen-hi")


@pytest.mark.parametrize("name", NAMES)
def test_a_page_looks_as_it_did(name: str) -> None:
    """Each page of the sample's document, in each state of signature, looks as its golden picture."""
    assert None is compare(name, page_of(name))


def test_each_golden_page_is_compared() -> None:
    """No picture lies in the folder that no test looks at."""
    assert sorted(NAMES) == sorted(path.stem for path in GOLDEN.glob("*.png") if "." not in path.stem)


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler's pdftoppm is not on this machine")
@pytest.mark.parametrize("variant", VARIANTS)
def test_another_rasteriser_is_no_difference(tmp_path: Path, variant: str) -> None:
    """Poppler, whose strokes are heavier and on another grid, draws the same pages: only a change is told."""
    (tmp_path / "a.pdf").write_bytes(document(variant))
    drawn = ["pdftoppm", "-gray", "-r", str(72 * FINE), "a.pdf", "a"]
    subprocess.run(drawn, cwd=tmp_path, check=True, timeout=60)
    poppler = [Image.open(path).reduce(FINE) for path in sorted(tmp_path.glob("a-*.pgm"))]
    pairs = zip(pictures(document(variant)), poppler, strict=True)

    assert [None, None] == [difference(ours, theirs) for ours, theirs in pairs]


@pytest.mark.parametrize("mark", [None, Mark.UNSIGNED])
def test_a_lost_mark_is_a_difference(specimen: Image.Image, mark: Mark | None) -> None:
    """A specimen without its mark, or with another one, is told, though the mark is faint."""
    assert difference(specimen, pictures(document(mark=mark))[0]) is not None


def test_a_lost_line_is_a_difference(specimen: Image.Image) -> None:
    """Whichever line of the page is blank, from letterhead to foot (every other is tried): it is told where."""
    inked = [top for top in range(0, specimen.height - 12, 24) if _darkest(specimen, top) < 128]

    assert len(inked) > 20
    for top in inked:
        blank = specimen.copy()
        blank.paste(255, (0, top, specimen.width, top + 12))
        box = difference(specimen, blank)
        assert box is not None
        assert top - 4 <= box[1] < box[3] <= top + 16


def _darkest(page: Image.Image, top: int) -> int:
    return int(page.crop((0, top, page.width, top + 12)).getextrema()[0])  # type: ignore[arg-type]  # one band


def test_a_moved_paragraph_is_a_difference(specimen: Image.Image) -> None:
    """A paragraph that stands a pixel (0.35 mm) lower or further right is told."""
    paragraph = (60, 228, 540, 278)
    for right, down in ((0, 1), (1, 0)):
        moved = specimen.copy()
        moved.paste(ImageChops.offset(specimen.crop(paragraph), right, down), paragraph)

        assert difference(specimen, moved) is not None


def test_a_changed_word_is_a_difference(specimen: Image.Image) -> None:
    """A paragraph with one word less is told."""
    first, *others = ADVISORY.paras
    shorter = {language: text.rsplit(" ", 1)[0] for language, text in first.text.items()}
    changed = replace(ADVISORY, paras=(replace(first, text=shorter), *others))

    assert difference(specimen, pictures(document(advisory=changed))[0]) is not None


def test_a_longer_page_is_a_difference(specimen: Image.Image) -> None:
    """A page of another size is told and not compared pixel by pixel."""
    assert (0, 0, 595, 842) == difference(specimen, specimen.crop((0, 0, 595, 842)))


def test_what_differs_is_shown_beside(tmp_path: Path, specimen: Image.Image) -> None:
    """The new picture and the difference are written beside the golden one, and it is said where to look."""
    specimen.save(tmp_path / "page.png")
    blank = specimen.copy()
    blank.paste(255, (60, 228, 540, 278))

    told = compare("page", blank, tmp_path)

    assert told is not None
    assert re.match(r"page page looks otherwise between 8[0-2] and 9[6-8] mm from the top, 25 and 185 mm", told)
    with Image.open(tmp_path / "page.new.png") as new, Image.open(tmp_path / "page.difference.png") as seen:
        assert blank.tobytes() == new.tobytes()
        assert {(255, 0, 0)} <= {colour for _, colour in seen.getcolors(1 << 16) or ()}


def test_what_does_not_differ_leaves_nothing(tmp_path: Path, specimen: Image.Image) -> None:
    """Where the page looks the same no picture is written."""
    specimen.save(tmp_path / "page.png")

    assert None is compare("page", specimen, tmp_path)
    assert ["page.png"] == [path.name for path in tmp_path.iterdir()]
