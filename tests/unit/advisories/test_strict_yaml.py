from __future__ import annotations

import pytest

from dispatcher.advisories.strict_yaml import parse
from dispatcher.errors import InputProblems


def test_values_stay_as_typed() -> None:
    """Times, leading zeros, `no` and decimals are texts; only whole numbers, true, false and null are not."""
    text = (
        "phone: 0220825140\ntime: 12:30\nday: 2025-08-12\nword: no\nhalf: 1.50\ncount: 3\nyes: true\nnone: null\n"
    )
    expected = {
        "phone": "0220825140",
        "time": "12:30",
        "day": "2025-08-12",
        "word": "no",
        "half": "1.50",
        "count": 3,
        "yes": True,
        "none": None,
    }

    assert expected == parse(text, file="a.yaml")


@pytest.mark.parametrize(
    ("text", "code", "row"),
    [
        ("a: 1\nb: 2\na: 3", "advisory_key_twice", 3),
        ("a: {b: 1, b: 2}", "advisory_key_twice", 1),
        ("a: &x [1]\nb: *x", "advisory_alias", 2),
        ("a: !!python/object:os.system x", "advisory_tag", 1),
        ("a: 1\nb: [1", "advisory_yaml", 2),
        ("a: 1\nb: {{ number }}", "advisory_key_scalar", 2),
        ("a: 1\nb: \x01", "advisory_character", 2),
        ("a: " + "[" * 5000, "advisory_nested", None),
        ("- a", "advisory_mapping_wanted", 1),
        ("", "advisory_mapping_wanted", 1),
    ],
)
def test_a_fault_names_its_line(text: str, code: str, row: int | None) -> None:
    """What cannot be read safely is one problem with the file and the line."""
    with pytest.raises(InputProblems) as caught:
        parse(text, file="a.yaml")
    problem = caught.value.problems[0]

    assert (code, "a.yaml", row) == (problem.code, problem.source.file, problem.source.row)
