from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING

import pytest

from dispatcher.messages.html import inline_styles

if TYPE_CHECKING:
    from collections.abc import Mapping

DARK = re.compile(r"@media \(prefers-color-scheme: dark\) \{(.*?)\n\}", re.DOTALL)


def _luminance(colour: str) -> float:
    """Return the relative luminance of #rrggbb (WCAG 2.1)."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _scheme(style: str, scheme: str) -> str:
    dark = DARK.search(style)
    assert dark is not None
    return dark[1] if scheme == "dark" else DARK.sub("", style)


def test_contrast_is_computed_as_in_wcag() -> None:
    """Black on white is 21:1 and #767676 on white is the darkest grey that just passes."""
    assert round(_contrast("#000000", "#ffffff"), 2) == 21.0
    assert round(_contrast("#767676", "#ffffff"), 2) == 4.54


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_colour_is_readable_on_every_background(templates: Mapping[str, str], scheme: str) -> None:
    """Contrast is at least 4.5:1 in both schemes for all pairs of colours (WCAG 2.1, 1.4.3)."""
    rules = _scheme(templates["mail/style.css"], scheme)
    inks = set(re.findall(r"(?<![-\w])color: (#[0-9a-f]{6})", rules))
    papers = set(re.findall(r"background-color: (#[0-9a-f]{6})", rules))

    assert len(inks) >= 2
    assert len(papers) >= 2
    assert min(_contrast(ink, paper) for ink, paper in product(inks, papers)) >= 4.5


def test_dark_mode_covers_every_colour(templates: Mapping[str, str]) -> None:
    """What has a colour of its own in light mode has one in dark mode, which wins over the inlined one."""
    light, dark = (_scheme(templates["mail/style.css"], scheme) for scheme in ("light", "dark"))

    for name in ("color", "background-color", "border(?:-[a-z]+)*"):
        coloured = re.compile(rf"^\s*([^{{}}\n]+?) \{{[^}}]*?(?<![-\w]){name}: [^;]*#[0-9a-f]{{6}}", re.MULTILINE)
        wanted, given = (
            {one for group in coloured.findall(rules) for one in group.split(", ")} for rules in (light, dark)
        )
        assert wanted <= given
    assert dark.count(";") == dark.count(" !important;")


def test_styles_move_to_the_elements() -> None:
    """Rules are written onto the elements; @media rules stay in a style sheet."""
    document = inline_styles(
        "<html><head><style>p { color: #111111; } @media (prefers-color-scheme: dark) { p { color: #eeeeee; } }"
        "</style></head><body><p>क</p></body></html>"
    )

    assert '<p style="color: #111111;">क</p>' in document
    assert "@media (prefers-color-scheme: dark)" in document


def test_nothing_is_fetched() -> None:
    """A remote style sheet in an edited template is not loaded."""
    document = inline_styles('<html><head><link rel="stylesheet" href="http://127.0.0.1:9/a.css"></head></html>')

    assert "<html>" in document
