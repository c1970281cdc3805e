"""Pictures of the official document, and how a page is compared with the one that somebody looked at.

`make pages` draws tests/data/pages/ anew. Look at each picture before it is committed: from then on the tests say
that the document looks so.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pypdfium2
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from dispatcher.advisories.document import Mark, Stamp, build_document
from dispatcher.advisories.typesetting import read_layout, typeset
from tests.drafts import LANGUAGES, ROOT, draft

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatcher.model import Advisory

GOLDEN = Path(__file__).parent / "data" / "pages"
FINE = 4
"""A page is drawn so many times larger and then averaged, so that no rasteriser's grid shows in its strokes."""
SQUARE = 4
"""Pixels (points, 0.35 mm) of the side of the squares whose mean greys are compared."""
INK = 44
"""How far the grey of a square may differ: poppler's heavier strokes do by 36, a line moved by a pixel by 64."""
PAPER = 13
"""How much the grey between the letters may differ: poppler's does by 9; the mark across a page is 19 darker."""
LETTER = 7
"""Pixels that are wider than any stroke of a letter and narrower than any of the mark."""

VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "specimen": {"mark": Mark.SPECIMEN},
    "unsigned": {"mark": Mark.UNSIGNED},
    "signed": {
        "mark": None,
        "stamp": Stamp("ASHA RAO", datetime(2025, 8, 12, 20, 41, 7, tzinfo=ZoneInfo("Asia/Kolkata"))),
    },
}
NAMES = [f"{variant}-{language}" for variant in VARIANTS for language in LANGUAGES]
"""The golden pages: each language of the sample's document has one page."""


def document(variant: str = "specimen", advisory: Advisory | None = None, **changes: Any) -> bytes:
    """Return the official document of the sample, or of an advisory, as PDF; `changes` go before the variant."""
    shipped, sample = ROOT / "templates" / "pdf", draft()
    layout = read_layout(shipped, shipped=shipped, languages=LANGUAGES)
    look = {**VARIANTS[variant], **changes}
    built = build_document(advisory or sample.advisory, office=sample.renderer.office, words=layout.words, **look)
    return typeset(built, layout)


def pictures(pdf: bytes) -> list[Image.Image]:
    """Return each page in grey, a pixel for a point (72 dpi), as PDFium draws it."""
    with pypdfium2.PdfDocument(pdf) as opened:
        return [page.render(scale=FINE, grayscale=True).to_pil().convert("L").reduce(FINE) for page in opened]


def page_of(name: str) -> Image.Image:
    """Return the page of the sample's document that has a name of NAMES, as it looks now."""
    variant, _, language = name.partition("-")
    return _sample(variant)[LANGUAGES.index(language)]


@cache
def _sample(variant: str) -> list[Image.Image]:
    return pictures(document(variant))


def difference(golden: Image.Image, now: Image.Image) -> tuple[int, int, int, int] | None:
    """Return the box (left, top, right, bottom; pixels) in which two pages differ for the eye, if they do."""
    if golden.size != now.size:
        return (0, 0, *now.size)
    ink = _apart(golden, now, allowed=INK)
    paper = _apart(*(page.filter(ImageFilter.MaxFilter(LETTER)) for page in (golden, now)), allowed=PAPER)
    box = ImageChops.lighter(ink, paper).getbbox()
    return (box[0] * SQUARE, box[1] * SQUARE, box[2] * SQUARE, box[3] * SQUARE) if box else None


def _apart(*pages: Image.Image, allowed: int) -> Image.Image:
    """Return white for each square in which two pages differ by more than is allowed."""
    one, other = (page.reduce(SQUARE) for page in pages)
    squares = ImageChops.difference(one, other)
    return squares.point([255 * (grey > allowed) for grey in range(256)])


def compare(name: str, now: Image.Image, folder: Path = GOLDEN) -> str | None:
    """Return how a page differs from the golden one of the folder; None where it does not.

    If it does, two pictures are written beside the golden one: `NAME.new.png`, and `NAME.difference.png` in which
    red was there before and cyan is there now.
    """
    with Image.open(folder / f"{name}.png") as opened:
        golden = opened.convert("L")
    box = difference(golden, now)
    if box is None:
        return None
    now.save(folder / f"{name}.new.png")
    seen = Image.merge("RGB", (now, *[golden.resize(now.size)] * 2))
    ImageDraw.Draw(seen).rectangle(box, outline="red")
    seen.save(folder / f"{name}.difference.png")
    left, top, right, bottom = (round(pixels / 72 * 25.4) for pixels in box)
    return (
        f"page {name} looks otherwise between {top} and {bottom} mm from the top, {left} and {right} mm from the "
        f"left: see {name}.difference.png in {folder}. If it is right so, `make pages`, look, and commit"
    )


def write_golden(folder: Path = GOLDEN) -> None:
    """Draw every golden page anew, and take away what failed comparisons left."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("*.png"):
        left.unlink()
    for name in NAMES:
        content = BytesIO()
        page_of(name).save(content, "PNG", optimize=True)
        (folder / f"{name}.png").write_bytes(content.getvalue())


if __name__ == "__main__":
    write_golden()
