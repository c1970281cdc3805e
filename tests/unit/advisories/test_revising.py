from __future__ import annotations

from datetime import date

import yaml

from dispatcher.advisories.revising import revised

TEXT = """# An advisory
number: 10/SYS/WZU/2025
revision: 0                 # 0 for the first issue
date: 2025-08-12
enclosures: []
# what it did before
relation: {type: corrigendum, target: 10/SYS/WZU/2025}
corrections:
  - where: {hi: क, en: a}
    for: {hi: ख, en: b}
    read: {hi: ग, en: c}
answers:
- code: lint_noon
"""
SKELETON = """
# what it does
relation: {type: addendum, target: "<<target>>", dated: <<date>>}
additions: []
"""


def test_the_revision_is_raised_and_its_remark_kept() -> None:
    """The line of the revision changes in its number only."""
    assert "revision: 3                 # 0 for the first issue\n" in revised(
        TEXT, SKELETON, number="n", revision=3, dated="2025-08-14"
    )


def test_what_an_earlier_revision_changed_is_taken_out() -> None:
    """Relation and corrections go, with the comment right above them; all else stays as its officer wrote it."""
    text = revised(TEXT, SKELETON, number="10/SYS/WZU/2025", revision=1, dated="2025-08-14")
    read = yaml.safe_load(text)

    assert {"type": "addendum", "target": "10/SYS/WZU/2025", "dated": date(2025, 8, 14)} == read["relation"]
    assert "corrections" not in read
    assert [{"code": "lint_noon"}] == read["answers"]
    assert "what it did before" not in text
    assert text.startswith("# An advisory\n")


def test_a_file_without_a_revision_gets_one() -> None:
    """Where the revision was left out (0), it stands below the number."""
    text = revised(
        "number: 10/SYS/WZU/2025\ndate: 2025-08-12\n", SKELETON, number="n", revision=1, dated="2025-08-14"
    )

    assert 1 == yaml.safe_load(text)["revision"]
