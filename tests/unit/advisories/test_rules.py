from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.advisories.rules import number_matches, rule_problems
from tests.drafts import office

PATTERN = "{n}/SYS/WZU/{yyyy}"


@given(st.integers(1, 9999), st.integers(1900, 2099))
def test_every_number_of_the_series_matches(count: int, year: int) -> None:
    """Any count from 1 with any year is of the series."""
    assert number_matches(f"{count}/SYS/WZU/{year}", PATTERN)


@pytest.mark.parametrize(
    "number",
    [
        "0/SYS/WZU/2025",
        "01/SYS/WZU/2025",
        "10/SYS/WZU/25",
        "10/SYS/EZU/2025",
        "10/SYS/WZU/2025 ",
        "x10/SYS/WZU/2025",
    ],
)
def test_a_number_of_another_form_does_not(number: str) -> None:
    """A leading zero, a short year, another unit or anything around it is not of the series."""
    assert not number_matches(number, PATTERN)


def test_other_signs_of_a_pattern_are_literal() -> None:
    """A dot or a bracket in the office's pattern means itself."""
    assert number_matches("ICES.(7)", "ICES.({n})")
    assert not number_matches("ICESx(7)", "ICES.({n})")


def _codes(**given: object) -> list[tuple[str, str | None]]:
    """Return code and key of what is wrong with the relation of an advisory."""
    whole = {"number": "10/SYS/WZU/2025", "revision": 1, **given}
    found = rule_problems(whole, office=office(), file="advisory.yaml")
    return [(one.code, one.source.column) for one in found if one.code.startswith("relation")]


SLIP: list[dict[str, object]] = [{"where": {}, "for": {}, "read": {}}]


@pytest.mark.parametrize(
    ("given_keys", "expected"),
    [
        pytest.param(
            {"relation": {"type": "corrigendum", "target": "10/SYS/WZU/2025"}, "corrections": SLIP},
            [],
            id="corrigendum",
        ),
        pytest.param(
            {"relation": {"type": "supersession", "target": "9/SYS/WZU/2025", "target_date": "2025-07-01"}},
            [],
            id="supersession",
        ),
        pytest.param(
            {"kind": "withdrawal", "relation": {"type": "withdrawal", "target": "9/SYS/WZU/2025"}},
            [],
            id="withdrawal",
        ),
        pytest.param(
            {"kind": "restored", "relation": {"type": "withdrawal", "target": "9/SYS/WZU/2025"}},
            [("relation_undated", "relation.target_date")],
            id="undated withdrawal by another kind",
        ),
        pytest.param({}, [], id="none"),
        pytest.param(
            {"relation": {"type": "corrigendum", "target": "9/SYS/WZU/2025"}, "corrections": SLIP},
            [("relation_other_number", "relation.target")],
            id="another number",
        ),
        pytest.param(
            {"relation": {"type": "withdrawal", "target": "10/SYS/WZU/2025"}},
            [("relation_own_number", "relation.target")],
            id="itself",
        ),
        pytest.param(
            {"revision": 0, "relation": {"type": "addendum", "target": "10/SYS/WZU/2025"}, "additions": [{}]},
            [("relation_revision", "revision")],
            id="revision not raised",
        ),
        pytest.param(
            {"relation": {"type": "corrigendum", "target": "10/SYS/WZU/2025"}},
            [("relation_empty", "corrections")],
            id="nothing corrected",
        ),
        pytest.param({"additions": [{}]}, [("relation_missing", "additions")], id="added without a relation"),
        pytest.param(
            {"relation": {"type": "supersession", "target": "9/SYS/WZU/2025"}},
            [("relation_undated", "relation.target_date")],
            id="undated",
        ),
        *(
            pytest.param(
                {
                    "date": "2025-08-12",
                    "relation": {"type": "corrigendum", "target": "10/SYS/WZU/2025", "dated": dated},
                    "corrections": SLIP,
                },
                found,
                id=f"dated {dated}",
            )
            for dated, found in (
                ("2025-08-12", []),
                ("14.08.2025", []),
                ("2025-08-11", [("relation_antedated", "relation.dated")]),
                ("11.08.2025", [("relation_antedated", "relation.dated")]),
            )
        ),
        pytest.param(
            {
                "kind": "withdrawal",
                "relation": {"type": "withdrawal", "target": "9/SYS/WZU/2025", "dated": "2025-08-14"},
            },
            [("relation_own_date", "relation.dated")],
            id="a withdrawal that is dated twice",
        ),
    ],
)
def test_a_relation_must_fit_the_advisory(
    given_keys: dict[str, object], expected: list[tuple[str, str | None]]
) -> None:
    """A corrigendum keeps number and raises the revision, a successor has its own; what changes stands there."""
    assert expected == _codes(**given_keys)
