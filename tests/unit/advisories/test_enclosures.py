from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from dispatcher.advisories.enclosures import name_problems
from dispatcher.publishing.archives import zip_of

NAMES = st.one_of(
    st.from_regex(r"[A-Za-z0-9_.-]{1,12}\.(pdf|txt)", fullmatch=True),
    st.from_regex(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])[a-z0-9]?(\.[a-z]{1,3})?\.pdf", fullmatch=True),
    st.text(max_size=12).map("{}.pdf".format),
)


@given(NAMES)
def test_what_may_be_enclosed_can_be_packed(name: str) -> None:
    """A name that `check` lets through stands in the zip file of a kit, and the other way round."""
    packable = False
    with contextlib.suppress(ValueError):
        packable = bool(zip_of({f"enclosures/{name}": b"x"}))

    assert packable == (name_problems([name], file="advisory.yaml") == []) or "/" in name
