from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from dispatcher.advisories.enclosures import MAX_BYTES
from dispatcher.advisories.reading import MAX_YAML_BYTES, read_advisory, read_enclosures
from dispatcher.errors import InputProblems
from dispatcher.model import DoubtPolicy, LatePolicy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dispatcher.errors import Problem
    from dispatcher.model import Advisory, Office

ENCLOSED = "enclosures: [manual.pdf]"
NONE_ENCLOSED = "enclosures: []"


def _by_key(problems: tuple[Problem, ...]) -> dict[str | None, str]:
    return {problem.source.column: problem.code for problem in problems}


def test_the_sample_is_read(changed: Callable[..., Advisory]) -> None:
    """The sample advisory has the clocks, the policy and the addressees of its document."""
    advisory = changed()

    assert advisory.number == "10/SYS/WZU/2025"
    assert advisory.effective_at == datetime(2025, 8, 13, 6, 30, tzinfo=UTC)
    assert advisory.notify_before == advisory.effective_at
    assert advisory.useful_until == datetime(2025, 8, 20, 12, 30, tzinfo=UTC)
    assert advisory.late_policy is LatePolicy.SEND_IN_EFFECT
    assert advisory.audiences == ("commissioners", "eici", "custodians", "cms", "copy")
    assert [len(line.places) for line in advisory.addressees] == [9, 0, 8, 0]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("in_doubt: hold", DoubtPolicy.HOLD),
        ("in_doubt: resend", DoubtPolicy.RESEND),
        ("in_doubt: assume_accepted", DoubtPolicy.ASSUME_ACCEPTED),
        ("# not said", DoubtPolicy.HOLD),
    ],
)
def test_what_doubt_shall_come_to(changed: Callable[..., Advisory], written: str, expected: DoubtPolicy) -> None:
    """The key `in_doubt` names one of three policies; an advisory that does not say keeps doubt for an officer."""
    assert expected is changed(("in_doubt: hold", written)).in_doubt


def test_the_sample_writes_no_value_twice(folder: Path) -> None:
    """In the sample's texts every date, hour, number and contact is an expression, so that none can differ."""
    lines = (folder / "advisory.yaml").read_text(encoding="utf-8").splitlines()
    texts = "\n".join(line for line in lines[lines.index("subject:") :] if not line.lstrip().startswith("#"))
    helpdesk = re.compile(r"^(  email:|  phone:) .*$", re.MULTILINE)
    literal = re.sub(r"\{\{.*?\}\}", "", helpdesk.sub("", texts), flags=re.DOTALL)

    assert (
        re.findall(r"WZU|\d\d[.:]\d\d|20\d\d|August|अगस्त|Wednesday|बुधवार|1800|icegate|\bnoon\b|\bpm\b", literal)
        == []
    )


def test_every_text_is_nfc_in_plain_digits(changed: Callable[..., Advisory]) -> None:
    """Texts are NFC, with digits 0 to 9, no braces left and no spaces at the ends of lines."""
    text = repr(changed())

    assert unicodedata.normalize("NFC", text) == text
    assert re.findall(r"[०-९]|\{\{|\{%", text) == []


def test_all_problems_are_told_at_once(problems_of: Callable[..., tuple[Problem, ...]]) -> None:
    """A file with many faults gives one problem for each, with its file and key."""
    problems = problems_of(
        ("\nlate_policy: send_in_effect ", "\nlate_polcy: send_in_effect "),
        ("  en: ECCS password expiry\n", ""),
        ("useful_until: 2025-08-20T18:00+05:30", "useful_until: 2025-08-20T18:00"),
        ("notify_before: 2025-08-13T12:00+05:30", "notify_before: 2025-08-13T12:01+05:30"),
        ("number: 10/SYS/WZU/2025", "number: 10/SYS/EZU/2025"),
        ("kindly contact the ECCS Helpdesk", "kindly contact {{ helpdsk.name }}"),
        ("Ahmedabad, Bengaluru", "Ahmedabadd, Bengaluru"),
        (NONE_ENCLOSED, ENCLOSED),
    )
    expected = {
        "late_polcy": "advisory_key_misspelt",
        "late_policy": "advisory_key_missing",
        "short_title.en": "advisory_language_missing",
        "useful_until": "advisory_time_naive",
        "notify_before": "advisory_clock_order",
        "number": "advisory_number",
        "paras[3].en": "advisory_name_misspelt",
        "addressees[0].places[0]": "advisory_place_misspelt",
        "addressees[2].places[0]": "advisory_place_misspelt",
        "enclosures[0]": "enclosure_missing",
    }

    assert expected == _by_key(problems)
    assert {"10-SYS-WZU-2025/advisory.yaml"} == {problem.source.file for problem in problems}


EFFECTIVE = "effective_at: 2025-08-13T12:00+05:30"
HOUR = 'effective_at | time_en("pm") }} onwards'
CONTACT = "kindly contact the ECCS Helpdesk"
STEP = "      - hi: लॉगिन करने"
SHORT = "  hi: ईसीसीएस पासवर्ड समाप्ति"
DESK = "name: {hi: ईसीसीएस सहायता केंद्र, en: ECCS Helpdesk}"


@pytest.mark.parametrize(
    ("old", "new", "key", "code"),
    [
        ("number: 10/SYS/WZU/2025\n", "", "number", "advisory_key_missing"),
        ("revision: 0 ", "revision: -1 ", "revision", "advisory_count_wanted"),
        ("revision: 0 ", "revision: first ", "revision", "advisory_count_wanted"),
        ("date: 2025-08-12", "date: 12.08.2025", "date", "advisory_date_wrong"),
        ("date: 2025-08-12", "date: 20250812", "date", "advisory_date_wrong"),
        ("date: 2025-08-12", "date: 2025-02-30", "date", "advisory_date_wrong"),
        ("kind: password_expiry", "kind: Password expiry", "kind", "advisory_kind_form"),
        (EFFECTIVE, "effective_at: noon", "effective_at", "advisory_time_wrong"),
        (EFFECTIVE, "effective_at: 2025-08-13", "effective_at", "advisory_time_wrong"),
        (EFFECTIVE, "effective_at: 1755066", "effective_at", "advisory_time_wrong"),
        (EFFECTIVE, "effective_at: 1755066600000", "effective_at", "advisory_time_wrong"),
        (EFFECTIVE, "effective_at: 2025-08-13 12:00", "effective_at", "advisory_time_naive"),
        (EFFECTIVE, "effective_at: 2025-08-33T12:00+05:30", "effective_at", "advisory_time_wrong"),
        (EFFECTIVE, "effective_at: 0001-01-01T00:00+05:30", "effective_at", "advisory_time_wrong"),
        ("kind: password_expiry", 'kind: "\\ud800"', "", "advisory_unprintable"),
        ("late_policy: send_in_effect", "late_policy: later", "late_policy", "advisory_choice"),
        ("in_doubt: hold", "in_doubt: again", "in_doubt", "advisory_choice"),
        ("2025-08-20T18:00+05:30", "2025-08-12T18:00+05:30", "effective_at", "advisory_clock_order"),
        ("date: 2025-08-12", "date: 2026-08-12", "number", "advisory_number_year"),
        ("useful_until:", "window_start: 2025-08-13T12:00Z\nuseful_until:", "window_end", "advisory_window_half"),
        ("  - kind: note", "  - knid: note", "paras[2].knid", "advisory_key_misspelt"),
        ("  - kind: note", "  - kind: remark", "paras[2].kind", "advisory_choice"),
        (STEP, "      - zz: x\n        hi: लॉगिन करने", "paras[1].steps[1].zz", "advisory_key_unknown"),
        (SHORT, '  hi: ""', "short_title.hi", "advisory_text_empty"),
        (SHORT, "  hi: 5", "short_title.hi", "advisory_text_wanted"),
        (DESK, "name: Helpdesk", "helpdesk.name", "advisory_mapping_wanted"),
        (DESK, DESK + "\n  fone: 1", "helpdesk.fone", "advisory_key_misspelt"),
        (NONE_ENCLOSED, "enclosures: manual.pdf", "enclosures", "advisory_list_wanted"),
        ("{{ helpdesk.email }}; Contact", "{{ helpdesk.emial }}; Contact", "paras[4].en", "advisory_name_unknown"),
        ('date_en("ordinal") }}, ', 'date_en("ordnal") }}, ', "paras[0].en", "advisory_expression"),
        (HOUR, "effective_at | tim_en }}", "paras[0].en", "advisory_filter_misspelt"),
        (HOUR, "window_end | time_en }} onwards", "paras[0].en", "advisory_name_unknown"),
        (CONTACT, "kindly contact {{ helpdesk", "paras[3].en", "advisory_expression"),
        (CONTACT, "kindly wait {{ left }}", "paras[3].en", "advisory_name_unknown"),
        ("i.e. in about {{ left }}", "i.e. in about {{ lft }}", "upcoming.en", "advisory_name_misspelt"),
        (CONTACT, "kindly \ue000contact", "paras[3].en", "advisory_unprintable"),
        (CONTACT, "kindly \u202econtact", "paras[3].en", "advisory_unprintable"),
        (", Jaipur]", ", Atlantis]", "addressees[0].places[8]", "advisory_place_unknown"),
        (NONE_ENCLOSED, "enclosures: [../secret.pdf]", "enclosures[0]", "enclosure_name"),
        (NONE_ENCLOSED, "enclosures: [नियम.pdf]", "enclosures[0]", "enclosure_name"),
        (NONE_ENCLOSED, "enclosures: [con.pdf]", "enclosures[0]", "enclosure_device"),
        (NONE_ENCLOSED, "enclosures: [Com1.v2.pdf]", "enclosures[0]", "enclosure_device"),
        (NONE_ENCLOSED, "enclosures: [run.exe]", "enclosures[0]", "enclosure_kind"),
        (NONE_ENCLOSED, "enclosures: [a.pdf, A.pdf]", "enclosures[1]", "enclosure_twice"),
    ],
)
def test_each_fault_names_its_key(
    problems_of: Callable[..., tuple[Problem, ...]], old: str, new: str, key: str, code: str
) -> None:
    """Every fault is reported at the key where a clerk finds it."""
    assert code == _by_key(problems_of((old, new)))[key]


def test_a_misspelt_name_has_a_suggestion(problems_of: Callable[..., tuple[Problem, ...]]) -> None:
    """A key, a value or a filter that is nearly right is answered with the right one."""
    suggestions = {problem.facts.get("suggestion") for problem in problems_of(("\nnews:", "\nnewss:"))}

    assert {None, "news"} == suggestions


def test_a_further_language_is_wanted_everywhere(folder: Path, office: Office) -> None:
    """With a third language in config.yaml each text without it is a problem."""
    with pytest.raises(InputProblems) as caught:
        read_advisory(folder, office=office, languages=("hi", "en", "mr"))
    missing = {problem.source.column for problem in caught.value.problems}

    assert {"advisory_language_missing"} == {problem.code for problem in caught.value.problems}
    assert {"subject.mr", "news.flash.mr", "paras[1].mr", "paras[1].steps[2].mr", "addressees[3].ask.mr"} < missing


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "advisory_missing"),
        (b"\xff\xfe\x00", "advisory_encoding"),
        (b"#" * (MAX_YAML_BYTES + 1), "advisory_too_large"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_problem(
    folder: Path, office: Office, content: bytes | None, code: str
) -> None:
    """A file that is missing, huge or not UTF-8 is named, without a traceback."""
    (folder / "advisory.yaml").unlink()
    if content is not None:
        (folder / "advisory.yaml").write_bytes(content)
    with pytest.raises(InputProblems) as caught:
        read_advisory(folder, office=office, languages=("hi", "en"))

    assert [code] == [problem.code for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("name", "content", "codes"),
    [
        ("note.txt", "योजना".encode(), set()),
        ("note.txt", "योजना".encode("utf-16"), {"enclosure_encoding"}),
        ("list.csv", b"caf\xe9,1", {"enclosure_encoding"}),
        ("plan.pdf", b"%PDF-\xe9", set()),
    ],
)
def test_enclosed_text_is_utf_8(folder: Path, office: Office, name: str, content: bytes, codes: set[str]) -> None:
    """What not everybody could read is refused, at its place in the list; other files hold what they hold."""
    (folder / name).write_bytes(content)
    file = folder / "advisory.yaml"
    file.write_text(file.read_text("utf-8").replace(NONE_ENCLOSED, f"enclosures: [{name}]"), "utf-8")
    try:
        read_advisory(folder, office=office, languages=("hi", "en"))
        found = {}
    except InputProblems as error:
        found = _by_key(error.problems)

    assert codes == set(found.values())
    assert {"enclosures[0]"} >= set(found)


def test_enclosures_are_read_from_beside_the_advisory(folder: Path, changed: Callable[..., Advisory]) -> None:
    """An enclosure comes with its name, media type and bytes."""
    (folder / "manual.pdf").write_bytes(b"%PDF-1.7")
    enclosure = read_enclosures(changed((NONE_ENCLOSED, ENCLOSED)), folder)[0]

    assert ("manual.pdf", "application/pdf", b"%PDF-1.7") == (
        enclosure.file_name,
        enclosure.media_type,
        enclosure.content,
    )


def test_an_enclosure_is_not_followed_out_of_the_folder(
    folder: Path, problems_of: Callable[..., tuple[Problem, ...]]
) -> None:
    """A link is not an enclosure, wherever it leads."""
    (folder.parent / "secret.pdf").write_bytes(b"secret")
    (folder / "manual.pdf").symlink_to(folder.parent / "secret.pdf")

    assert {"enclosures[0]": "enclosure_missing"} == _by_key(problems_of((NONE_ENCLOSED, ENCLOSED)))


def test_enclosures_have_a_limit_together(folder: Path, problems_of: Callable[..., tuple[Problem, ...]]) -> None:
    """Enclosures that would not pass a common server's limit are refused before anything is prepared."""
    with (folder / "manual.pdf").open("wb") as file:
        file.truncate(MAX_BYTES + 1)

    assert {"enclosures": "enclosure_large"} == _by_key(problems_of((NONE_ENCLOSED, ENCLOSED)))


def test_an_enclosure_that_went_missing_is_refused(folder: Path, changed: Callable[..., Advisory]) -> None:
    """A file removed after the advisory was read is a problem, not a mail without it."""
    (folder / "manual.pdf").write_bytes(b"%PDF-1.7")
    advisory = changed((NONE_ENCLOSED, ENCLOSED))
    (folder / "manual.pdf").unlink()

    with pytest.raises(InputProblems):
        read_enclosures(advisory, folder)
