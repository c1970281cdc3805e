"""A signed file is taken only where all holds; what is wrong is told together, what is weak only warned of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dispatcher.advisories.places import Box, Place
from dispatcher.advisories.signature_rules import (
    PADES,
    Expected,
    Said,
    SignatureFacts,
    names_of_signatory,
    same_person,
    signature_problems,
)
from dispatcher.errors import Severity, Source
from dispatcher.words import message, sentences

IST = ZoneInfo("Asia/Kolkata")
SIGNED_AT = datetime(2025, 8, 12, 15, 39, 9, tzinfo=UTC)
NOW = SIGNED_AT + timedelta(minutes=10)
SOURCE = Source("10-SYS-WZU-2025/signed/Advisory-10-SYS-WZU-2025.pdf")
GOOD = SignatureFacts(
    ours=True,
    only_signature=True,
    covers_file=True,
    intact=True,
    mark=0.02,
    digest="sha256",
    form=PADES,
    level="B-LT",
    signer="ASHA RAO",
    issuer="Test Authority",
    signed_at=SIGNED_AT,
    valid_from=SIGNED_AT - timedelta(days=100),
    valid_until=SIGNED_AT + timedelta(days=100),
    for_signing=True,
    trusted=True,
    revoked=False,
    proved_at=SIGNED_AT + timedelta(seconds=20),
    lasting=True,
)
EXPECTED = Expected(names=("आशा राव", "Asha Rao"), issued=date(2025, 8, 12), zone=IST, roots=True)


def _codes(found: SignatureFacts | Said, expected: Expected = EXPECTED, *, now: datetime = NOW) -> list[str]:
    return [problem.code for problem in signature_problems(found, expected, now=now, source=SOURCE)]


def test_all_well_says_nothing() -> None:
    """Of a signature that is as it should be nothing is said."""
    assert [] == _codes(GOOD)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ours": False, "only_signature": False}, Said.TEXT_CHANGED),
        ({"only_signature": False}, Said.ADDITIONS),
        ({"intact": False}, Said.ALTERED),
        ({"covers_file": False}, Said.PARTIAL),
        ({"mark": 0.11}, Said.HIDES_TEXT),
        ({"digest": "sha1"}, Said.WEAK_DIGEST),
        ({"digest": "md5"}, Said.WEAK_DIGEST),
        ({"trusted": False}, Said.UNTRUSTED),
        ({"revoked": True}, Said.REVOKED),
        ({"signer": "RAVI MENON"}, Said.OTHER_PERSON),
        ({"for_signing": False}, Said.NOT_FOR_SIGNING),
        ({"signed_at": None}, Said.NO_TIME),
        ({"valid_until": SIGNED_AT - timedelta(seconds=1)}, Said.NOT_VALID_THEN),
        ({"valid_from": SIGNED_AT + timedelta(seconds=1)}, Said.NOT_VALID_THEN),
        ({"proved_at": GOOD.valid_until + timedelta(seconds=1)}, Said.NOT_VALID_THEN),
    ],
)
def test_each_fault_refuses(change: dict[str, object], code: Said) -> None:
    """One thing that is wrong is one error, and nothing weaker is said beside it."""
    problems = signature_problems(
        replace(GOOD, level="B-B", **change), EXPECTED, now=NOW, source=SOURCE  # type: ignore[arg-type]
    )  # fmt: skip

    assert [(Severity.ERROR, code)] == [(problem.severity, problem.code) for problem in problems]


def _box(height: float) -> Box:
    return Box(2, 300, height, 500, height + 20)


def _over(*things: str) -> list[tuple[str, str, str]]:
    """Return what is said of a signature that is to be seen over these things."""
    found = replace(GOOD, pictures=tuple(_box(100 * at) for at in range(len(things))))
    places = tuple(Place(what, _box(100 * at)) for at, what in enumerate(things))
    problems = signature_problems(found, replace(EXPECTED, places=places), now=NOW, source=SOURCE)
    return [(one.severity, one.code, one.value) for one in problems]


@pytest.mark.parametrize("what", ["number", "relation", "subject", "hour"])
def test_what_decides_is_not_covered(what: str) -> None:
    """Over number and date, a correction, the subject or an hour the signature is not taken, whatever its size."""
    assert [(Severity.ERROR, Said.COVERS_DECISIVE, "2")] == _over("text", what)


def test_other_text_that_is_covered_is_told() -> None:
    """Over the rest it is a warning: the file is taken, and somebody looks at it."""
    assert [(Severity.WARNING, Said.COVERS_TEXT, "2")] == _over("text", "list")
    assert [] == _over()


def test_of_a_signature_that_does_not_hold_no_chain_is_judged() -> None:
    """Nobody is told to trust another root because an octet of the signature was changed."""
    assert [Said.ALTERED] == _codes(replace(GOOD, intact=False, trusted=False))


def test_faults_are_told_together() -> None:
    """Whoever must sign again learns of everything at once."""
    found = replace(GOOD, ours=False, signer="RAVI MENON", trusted=False, signed_at=None)

    assert [Said.TEXT_CHANGED, Said.UNTRUSTED, Said.OTHER_PERSON, Said.NO_TIME] == _codes(found)


def test_without_roots_the_chain_is_not_judged() -> None:
    """Where no root is configured, that is the reason, and not the certificate."""
    assert [Said.NO_ROOTS] == _codes(replace(GOOD, trusted=False), replace(EXPECTED, roots=False))


def test_the_clock_of_the_signer_may_be_a_little_ahead() -> None:
    """Five minutes ahead of ours are taken, a second more is not."""
    assert [] == _codes(GOOD, now=SIGNED_AT - timedelta(minutes=5))
    assert [Said.FUTURE] == _codes(GOOD, now=SIGNED_AT - timedelta(minutes=5, seconds=1))


def test_nothing_is_signed_before_its_date() -> None:
    """The day of signing, in the office's zone, is not before the date of the advisory."""
    midnight = datetime(2025, 8, 12, 0, 0, tzinfo=IST)

    assert [] == _codes(replace(GOOD, signed_at=midnight, proved_at=midnight))
    assert [Said.BEFORE_DATE] == _codes(replace(GOOD, signed_at=midnight - timedelta(seconds=1)))


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"proved_at": None, "level": "B-B", "lasting": False}, [Said.NO_TIME_STAMP]),
        ({"proved_at": None, "strange_time_stamp": True, "lasting": False}, [Said.STRANGE_TIME_STAMP]),
        ({"proved_at": SIGNED_AT + timedelta(minutes=60)}, []),
        ({"proved_at": SIGNED_AT + timedelta(minutes=61)}, [Said.TIMES_APART]),
        ({"proved_at": SIGNED_AT - timedelta(minutes=61)}, [Said.TIMES_APART]),
        ({"lasting": False, "level": "B-T"}, [Said.NO_REVOCATION]),
        ({"form": "adbe.pkcs7.detached"}, [Said.OLD_FORM]),
    ],
)
def test_a_weaker_signature_is_a_warning(change: dict[str, object], codes: list[Said]) -> None:
    """What could be stronger is told, and refuses nothing."""
    problems = signature_problems(
        replace(GOOD, **change), EXPECTED, now=NOW, source=SOURCE  # type: ignore[arg-type]
    )  # fmt: skip

    assert codes == [problem.code for problem in problems]
    assert {Severity.WARNING} >= {problem.severity for problem in problems}


@pytest.mark.parametrize(
    ("name", "other", "same"),
    [
        ("ASHA RAO", "Asha Rao", True),
        ("RAO ASHA", "Asha  Rao", True),
        ("P.K. Rao", "p k RAO", True),
        ("आशा राव", "राव आशा", True),
        ("आशा राव", "आशी राव", False),  # only a vowel sign differs
        ("A. Rao", "Asha Rao", False),
        ("Asha", "Asha Rao", False),
        ("Asha Asha Rao", "Asha Rao", False),
        ("", "", False),
        ("...", "–", False),
    ],
)
def test_names_are_the_same_words(name: str, other: str, same: bool) -> None:  # noqa: FBT001 - a row of a table
    """Order, case and punctuation do not matter; an initial, a missing or a further word does."""
    assert same is same_person(name, other)


def test_the_signatory_may_sign_under_another_name_that_the_office_gives() -> None:
    """An officer's certificate name counts where the officer is the signatory, and for nobody else."""
    asha, ravi = (("आशा राव", "Asha Rao"), "DS ASHA R"), (("रवि", "Ravi Menon"), "RAVI M")

    assert ("Asha Rao", "DS ASHA R") == names_of_signatory(["Asha Rao"], [asha, ravi])
    assert ("Asha Rao",) == names_of_signatory(["Asha Rao"], [(("Asha Rao",), None)])
    assert ("Asha Rao",) == names_of_signatory(["Asha Rao"], [])


def test_a_signatory_who_may_not_sign_has_no_name() -> None:
    """Where officers may sign and the signatory is none of them, no certificate is this person's."""
    names = names_of_signatory(["Asha Rao"], [(("Ravi Menon",), "ASHA RAO")])

    assert () == names
    assert [Said.OTHER_PERSON] == _codes(GOOD, replace(EXPECTED, names=names))


def test_every_sentence_can_be_said() -> None:
    """Each code has a sentence in both languages, and all that it names is given."""
    covering = {
        what: (replace(GOOD, pictures=(_box(0),)), replace(EXPECTED, places=(Place(what, _box(0)),)))
        for what in ("text", "subject")
    }
    faults = replace(
        GOOD, only_signature=False, covers_file=False, intact=False, mark=0.5, digest="md5", trusted=False,
        revoked=True, signer="X", for_signing=False, signed_at=SIGNED_AT - timedelta(days=1),
        valid_from=SIGNED_AT,
    )  # fmt: skip
    said = [
        *signature_problems(faults, EXPECTED, now=SIGNED_AT - timedelta(days=2), source=SOURCE),
        *signature_problems(replace(GOOD, trusted=False), EXPECTED, now=NOW, source=SOURCE),
        *signature_problems(GOOD, replace(EXPECTED, roots=False), now=NOW, source=SOURCE),
        *signature_problems(replace(GOOD, proved_at=NOW + timedelta(days=1)), EXPECTED, now=NOW, source=SOURCE),
        *(problem for pair in covering.values() for problem in signature_problems(*pair, now=NOW, source=SOURCE)),
        *(problem for code in Said for problem in signature_problems(code, EXPECTED, now=NOW, source=SOURCE)
          if "{" not in sentences()[code]["en"].replace("{value}", "")),
    ]  # fmt: skip

    assert set(Said) <= {problem.code for problem in said} | {Said.NO_TIME}
    assert all({"hi", "en"} == set(message(problem)) for problem in said)
