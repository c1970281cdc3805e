from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from importlib.resources import files
from string import Formatter

import pytest
import yaml

from dispatcher.advisories.credential_rules import (
    FEW_DAYS,
    STEPS,
    Access,
    Said,
    Seen,
    Validity,
    findings,
    problem,
    remarks,
)
from dispatcher.errors import Severity
from dispatcher.findings import Grade
from dispatcher.words import catalog, message, sentences

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
ZONE = timezone(timedelta(hours=5, minutes=30), "IST")
DAY = timedelta(days=1)
OWN = yaml.safe_load(files("dispatcher.words").joinpath("problems", "credentials.yaml").read_text("utf-8"))


def _certificate(begins: timedelta, ends: timedelta, name: str = "Root") -> Validity:
    return Validity(name, NOW + begins, NOW + ends)


def _seen(*certificates: Validity, **more: object) -> Seen:
    return Seen(key="signature.roots", file="roots.pem", certificates=certificates, **more)  # type: ignore[arg-type]


def _told(*seen: Seen, hour: datetime | None = None) -> list[list[tuple[Said, Grade]]]:
    told = remarks(seen, now=NOW, zone=ZONE, hour=hour)
    return [[(one.said, one.grade) for one in each] for _seen_file, each in told]


@pytest.mark.parametrize(
    ("begins", "ends", "expected"),
    [
        (-DAY, FEW_DAYS, []),
        (-DAY, FEW_DAYS - DAY, [(Said.ENDS_SOON, Grade.WARNING)]),
        (-DAY, timedelta(), [(Said.ENDS_SOON, Grade.WARNING)]),
        (-2 * DAY, -DAY, [(Said.EXPIRED, Grade.FAULT)]),
        (DAY, 2 * DAY, [(Said.NOT_YET, Grade.FAULT)]),
    ],
)
def test_time_left(begins: timedelta, ends: timedelta, expected: list[tuple[Said, Grade]]) -> None:
    """A certificate that is not valid now is a fault; one that ends within 30 days a warning."""
    assert [expected] == _told(_seen(_certificate(begins, ends)))


def test_the_hour_of_an_advisory_is_what_counts() -> None:
    """Where an hour is asked about, what ends before it is warned of, and nothing else that ends soon."""
    seen = _seen(_certificate(-DAY, 5 * DAY))

    assert [[]] == _told(seen, hour=NOW + 4 * DAY)
    assert [[(Said.ENDS_BEFORE, Grade.WARNING)]] == _told(seen, hour=NOW + 6 * DAY)


def test_an_old_root_beside_a_valid_one_is_no_fault() -> None:
    """What has run out weighs as a warning while another certificate of the same key, in any file, is valid."""
    old, valid = _seen(_certificate(-2 * DAY, -DAY)), _seen(_certificate(-DAY, 99 * DAY))

    assert [[(Said.EXPIRED, Grade.WARNING)], []] == _told(old, valid)
    assert [[(Said.EXPIRED, Grade.FAULT)]] == _told(old)


@pytest.mark.parametrize(
    ("access", "expected"),
    [
        (Access.NOBODY, []),
        (Access.GROUP, [(Said.SHARED, Grade.WARNING)]),
        (Access.EVERYBODY, [(Said.OPEN, Grade.FAULT)]),
    ],
)
def test_who_may_read_it(access: Access, expected: list[tuple[Said, Grade]]) -> None:
    """A secret that its group may read is warned of; one that everybody may read is refused, and so a fault."""
    assert [expected] == _told(_seen(access=access))


def test_what_could_not_be_looked_at_is_no_fault() -> None:
    """Without its passphrase a file is not examined: `doctor` says no more, `check` notes it."""
    seen = _seen(fault=Said.UNEXAMINED, why="config.yaml: a variable is not set")
    ((_file, (remark,)),) = remarks([seen], now=NOW, zone=ZONE)
    (finding,) = findings("sign_with", seen, [remark], zone=ZONE)

    assert Grade.UNEXAMINED == finding.grade
    assert "config.yaml: a variable is not set" in finding.found
    assert Severity.NOTE == problem(seen, remark, file_name="config.yaml").severity


def test_a_finding_names_file_certificate_and_day() -> None:
    """What is well is told with its name and its end; what is not, with its key in the advice."""
    well, old = _seen(_certificate(-DAY, 400 * DAY)), _seen(_certificate(-2 * DAY, -DAY))
    (fine,), (bad,) = (
        tuple(findings("signature_roots", seen, told, zone=ZONE))
        for one in (well, old)
        for seen, told in remarks([one], now=NOW, zone=ZONE)
    )

    assert "roots.pem: Root; valid until 31.12.2027 17:30 IST" == fine.found
    assert (Grade.OK, "") == (fine.grade, fine.advice)
    assert "roots.pem: Root: expired, at 25.11.2026 17:30 IST" == bad.found
    assert "signature.roots" in bad.advice


def test_of_a_bundle_the_first_few_are_named() -> None:
    """A file of very many certificates gives one line, with three names and how many more there are."""
    seen = _seen(*(_certificate(-2 * DAY, -DAY, f"Root {n}") for n in range(20)))
    ((_file, (remark,)),) = remarks([seen], now=NOW, zone=ZONE)

    assert "Root 0, Root 1, Root 2, +17" == remark.facts["names"]


def test_every_code_has_sentences_in_both_languages() -> None:
    """Each code has a sentence in Hindi and in English, and the catalog holds no other codes."""
    assert set(Said) == set(OWN)
    assert all({"hi", "en"} == OWN[code].keys() for code in OWN)
    assert set(OWN) <= set(sentences())


@pytest.mark.parametrize("said", Said)
def test_sentences_name_only_facts_that_are_given(said: Said) -> None:
    """Whatever is said of a file can be told by `check`, its facts in both languages."""
    fields = {
        language: {name for _text, name, _format, _conversion in Formatter().parse(text) if name}
        for language, text in OWN[said].items()
    }

    assert fields["hi"] == fields["en"]
    assert fields["en"] <= {"value", "why", *_facts_of(said)}


def test_check_names_the_key_and_the_file() -> None:
    """A problem stands at its key of config.yaml, weighs a warning, and its sentence names the file."""
    seen = _seen(_certificate(-2 * DAY, -DAY))
    ((_file, (remark,)),) = remarks([seen], now=NOW, zone=ZONE, hour=NOW + DAY)
    found = problem(seen, remark, file_name="config.yaml")

    assert (Severity.WARNING, "config.yaml, key signature.roots") == (found.severity, str(found.source))
    assert all("roots.pem" in text and "25.11.2026" in text for text in message(found).values())


def test_each_step_has_a_title() -> None:
    """words/doctor.yaml names every step."""
    assert set(STEPS) <= catalog("doctor")["titles"].keys()


def _facts_of(said: Said) -> set[str]:
    """Return the facts that are given where something is said of the times of a certificate."""
    spans = {Said.EXPIRED: (-2, -1), Said.NOT_YET: (1, 2), Said.ENDS_SOON: (-1, 1), Said.ENDS_BEFORE: (-1, 1)}
    if said not in spans:
        return set()
    hour = NOW + 9 * DAY if said is Said.ENDS_BEFORE else None
    begins, ends = spans[said]
    seen = _seen(_certificate(begins * DAY, ends * DAY))
    ((_file, (remark,)),) = remarks([seen], now=NOW, zone=ZONE, hour=hour)
    assert said is remark.said
    return set(remark.facts)
