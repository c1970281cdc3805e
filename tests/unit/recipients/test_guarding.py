"""The guard: a list that is too long or leads outside is stopped before anything is frozen."""

from __future__ import annotations

import pytest

from dispatcher.errors import Severity
from dispatcher.recipients.guarding import guard_problems
from dispatcher.words import message
from tests.drafts import recipient

INSIDE, ALSO = recipient("a@customs.example"), recipient("b@CUSTOMS.example")
OUTSIDE, BELOW = recipient("c@elsewhere.example"), recipient("d@mail.customs.example")


def test_no_limits_no_problems() -> None:
    """Without allowed domains every domain is allowed; as many as the limit are not too many."""
    assert [] == guard_problems([INSIDE, OUTSIDE], allowed_domains=None, max_recipients=2)
    assert [] == guard_problems([], allowed_domains=("customs.example",), max_recipients=1)


def test_too_many_recipients() -> None:
    """One more than the limit is an error that names the key and both numbers."""
    (found,) = guard_problems([INSIDE, OUTSIDE, BELOW], allowed_domains=None, max_recipients=2)

    assert (Severity.ERROR, "guard_too_many", "config.yaml", "guard.max_recipients") == (
        found.severity, found.code, found.source.file, found.source.column
    )  # fmt: skip
    assert "hold 3 addresses, the limit is 2" in message(found)["en"]


def test_domains_outside_are_told_one_by_one() -> None:
    """Each address outside is an error at its cell; case does not matter, a subdomain is another domain."""
    told = [INSIDE, ALSO, OUTSIDE, BELOW]
    found = guard_problems(told, allowed_domains=("customs.example",), max_recipients=9)

    assert ["c@elsewhere.example", "d@mail.customs.example"] == [problem.value for problem in found]
    assert {(Severity.ERROR, "guard_domain")} == {(problem.severity, problem.code) for problem in found}
    assert ["commissioners.xlsx, cell E2"] * 2 == [str(problem.source) for problem in found]
    assert "domain mail.customs.example of d@mail.customs.example" in message(found[1])["en"]


@pytest.mark.parametrize(
    "address", ["x@customs.example.elsewhere.example", "x@notcustoms.example", "x@customs.exampl"]
)
def test_look_alikes_are_outside(address: str) -> None:
    """A domain that merely contains an allowed one is not allowed."""
    assert 1 == len(guard_problems([recipient(address)], allowed_domains=("customs.example",), max_recipients=9))


def test_no_domain_allowed_is_none() -> None:
    """An empty list allows nobody; it is not the same as no list."""
    assert 1 == len(guard_problems([INSIDE], allowed_domains=(), max_recipients=9))


def test_both_limits_are_told_together() -> None:
    """Nothing is left to be found out by a second run."""
    found = guard_problems([INSIDE, OUTSIDE], allowed_domains=("customs.example",), max_recipients=1)

    assert ["guard_too_many", "guard_domain"] == [problem.code for problem in found]
