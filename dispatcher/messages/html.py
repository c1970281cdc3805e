"""The HTML part: styles moved onto the elements, since some mail programs drop a style sheet."""

from __future__ import annotations

from css_inline import CSSInliner

# Nothing is fetched, not even at rendering; @media rules (dark mode) stay in a <style> of their own.
_INLINER = CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def inline_styles(document: str) -> str:
    """Return an HTML document with each rule of its style sheet on the elements that it selects."""
    return _INLINER.inline(document)
