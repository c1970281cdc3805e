"""Each starter text of the workspace becomes an advisory that may go, once what it leaves open is written."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from dispatcher.advisories.document import record_of
from dispatcher.advisories.facts import facts_of
from dispatcher.advisories.kinds import HAPPENED
from dispatcher.advisories.lint import lint_problems
from dispatcher.advisories.news import news_problems
from dispatcher.advisories.parity import parity_problems
from dispatcher.advisories.reading import read_advisory
from dispatcher.advisories.starters import kind_names, read_kind
from dispatcher.advisories.texts import texts_of
from dispatcher.advisories.unfinished import unfinished_places
from dispatcher.advisories.values import CLOCKS
from dispatcher.app import App
from dispatcher.config import load_settings
from dispatcher.errors import InputProblems, Severity
from dispatcher.intake import read_inputs
from dispatcher.messages.advisory_texts import asks_in
from dispatcher.messages.drafting import wordings_of
from dispatcher.messages.rendering import Attached
from dispatcher.model import LatePolicy, Part, Wording
from dispatcher.outbox.schedule import Clocks, cutoff, wording_at
from dispatcher.publishing.kit_agreement import refuse_other_document, refuse_other_notice
from dispatcher.publishing.kit_reading import read_kit
from dispatcher.publishing.notice_draft import notice_draft
from dispatcher.publishing.notice_text import notice_parity
from dispatcher.publishing.onward_kit import onward_kit
from dispatcher.publishing.received import as_received
from dispatcher.workspace import begin
from tests import kits
from tests.drafts import ROOT
from tests.notices import issue

if TYPE_CHECKING:
    from pathlib import Path

    from dispatcher.config import Settings
    from dispatcher.intake import Inputs
    from dispatcher.model import Advisory

LANGUAGES = ("hi", "en")
KINDS = {
    "password_expiry": LatePolicy.SEND_IN_EFFECT,
    "downtime_planned": LatePolicy.DROP,
    "incident": LatePolicy.SEND_MARKED,
    "restored": LatePolicy.SEND_MARKED,
    "go_live": LatePolicy.SEND_MARKED,
    "procedure_change": LatePolicy.SEND_MARKED,
    "registration": LatePolicy.SEND_MARKED,
    "contact_change": LatePolicy.SEND_MARKED,
    "withdrawal": LatePolicy.SEND_MARKED,
    "phishing_warning": LatePolicy.SEND_MARKED,
}
"""What becomes of each kind where it is late."""
TIMES = {
    "effective_at": "2030-12-05T22:00",
    "notify_before": "2030-12-05T20:00",
    "useful_until": "2030-12-20T18:00",
    "window_start": "2030-12-05T20:15",
    "window_end": "2030-12-06T06:30",
}
GIVEN = {"number": "11/SYS/WZU/2030", "date": "2030-12-01", "target": "10/SYS/WZU/2025", **TIMES}
WRITTEN = {"नया विवरण": "new.desk@customs.example", "new details": "new.desk@customs.example"}
"""What is written in a place; in any other one, its own words."""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Give a workspace in which every kind was begun and written."""
    root = tmp_path_factory.mktemp("kinds") / "office"
    begin(root)
    return load_settings(root / "config.yaml")


@pytest.fixture(scope="module")
def folders(settings: Settings) -> dict[str, Path]:
    """Give the folder of an advisory of each kind, begun, and written where its starter text leaves that open."""
    beginning = App(settings).beginning
    made = {}
    for count, name in enumerate(KINDS, start=11):
        kind = beginning.kind(name)
        answers = GIVEN | {"number": f"{count}/SYS/WZU/2030"}
        given = {key: text for key, text in answers.items() if key in kind.suggestions}
        file = beginning.begin(kind, given, ask=None).file
        text = re.sub("<<([^<>]+)>>", lambda place: WRITTEN.get(place[1], place[1]), file.read_text("utf-8"))
        file.write_text(text, "utf-8")
        made[name] = file.parent
    return made


@pytest.fixture(scope="module")
def inputs(settings: Settings, folders: dict[str, Path]) -> dict[str, Inputs]:
    """Give what `check` reads of each."""
    return {name: read_inputs(settings, folder, accepted={}) for name, folder in folders.items()}


@pytest.fixture(scope="module")
def advisories(settings: Settings, folders: dict[str, Path]) -> dict[str, Advisory]:
    """Give each as read, without its sheets."""
    return {name: _advisory(settings, folder) for name, folder in folders.items()}


def _advisory(settings: Settings, folder: Path) -> Advisory:
    return read_advisory(folder, office=settings.office, languages=LANGUAGES)


def test_every_kind_is_here() -> None:
    """The starter texts are those of this test, each file of the kind that its name says."""
    named = kind_names(ROOT / "templates")

    assert sorted(KINDS) == named
    for name in named:
        kind = read_kind(ROOT / "templates", name)
        assert f"\nkind: {name}\n" in kind.text
        assert re.fullmatch("[^/]*[\u0900-\u097f][^/]* / [A-Z].*", kind.about)


@pytest.mark.parametrize("name", KINDS)
def test_a_starter_text_may_not_go_as_it_is(settings: Settings, name: str, tmp_path: Path) -> None:
    """What is left open is refused, in both languages alike: as many places in one as in the other."""
    kind = read_kind(settings.root / "templates", name)
    folder = tmp_path / "11-SYS-WZU-2030"
    folder.mkdir()
    answers = {key: f"{moment}+05:30" for key, moment in TIMES.items()}
    answers |= {"number": "11/SYS/WZU/2030", "date": "2030-12-01", "target": "1/A", "target_date": "12.08.2025"}
    (folder / "advisory.yaml").write_text(kind.filled(answers), "utf-8")
    read = read_inputs(settings, folder, accepted={})
    advisory = _advisory(settings, folder)
    places = {key: [len(unfinished_places(text[tag])) for tag in LANGUAGES] for key, text in texts_of(advisory)}

    errors = {one.code for one in read.problems if one.severity is Severity.ERROR}
    assert {"advisory_unfinished"} == errors
    assert {} == {key: count for key, count in places.items() if count[0] != count[1]}


@pytest.mark.parametrize("name", KINDS)
def test_a_written_advisory_may_go(inputs: dict[str, Inputs], name: str) -> None:
    """No error and no question but the ones about hours and places that are the office's own.

    The hours of this test are days ahead, which no disruption that has begun can be.
    """
    read = inputs[name]
    codes = {one.code for one in read.problems if one.severity in {Severity.ERROR, Severity.WARNING}}

    assert read.draft is not None
    assert {"place_missing", *(["lint_still_to_come"] if name in HAPPENED else [])} == codes
    assert parity_problems(read.draft.advisory, LANGUAGES, file="a") == []


@pytest.mark.parametrize("name", KINDS)
def test_an_hour_at_midnight_leaves_no_doubt(settings: Settings, name: str, tmp_path: Path) -> None:
    """It is the start of a day, in both languages alike; nothing asks about it, and the news flash still fits."""
    kind = read_kind(settings.root / "templates", name)
    folder = tmp_path / "11-SYS-WZU-2030"
    folder.mkdir()
    answers = dict.fromkeys(TIMES, "2030-12-06T00:00+05:30")
    answers |= {"number": "11/SYS/WZU/2030", "date": "2030-12-01", "target": "1/A", "target_date": "12.08.2025"}
    text = re.sub("<<([^<>]+)>>", lambda place: WRITTEN.get(place[1], place[1]), kind.filled(answers))
    (folder / "advisory.yaml").write_text(text, "utf-8")
    advisory = _advisory(settings, folder)
    said = {tag: " ".join(text[tag] for _, text in texts_of(advisory)) for tag in LANGUAGES}

    assert [] == parity_problems(advisory, LANGUAGES, file="a")
    assert [] == news_problems(advisory, LANGUAGES, file="a")
    lint = lint_problems(advisory, LANGUAGES, office=settings.office, file="a")
    assert {"lint_noon", "lint_midnight"}.isdisjoint(one.code for one in lint)
    assert "00:00 hours (the start of the day)" in said["en"]
    assert "00:00 बजे (दिन का आरंभ)" in said["hi"]
    assert "midnight" not in said["en"]


@pytest.mark.parametrize("name", KINDS)
def test_both_wordings_of_a_kind_are_rendered(settings: Settings, inputs: dict[str, Inputs], name: str) -> None:
    """To every audience, before the hour and after it, in both languages; nothing is left open in any of them."""
    draft = inputs[name].draft
    assert draft is not None
    advisory, renderer = draft.advisory, draft.renderer
    for wording in Wording:
        for audience in settings.audiences:
            part = Part(audience.part)
            shared = renderer.shared(
                advisory, audiences=(audience.name,), part=part, wording=wording, attached=Attached()
            )
            text = "".join(str(piece) for piece in shared.text)
            assert [] == unfinished_places(text)
            assert advisory.number in shared.subject
            marked = wording is Wording.IN_EFFECT and advisory.act != "withdrawal"  # which says as much itself
            assert ("Now in effect" in shared.subject) == marked
            for language in LANGUAGES:
                assert advisory.short_title[language] in shared.subject


@pytest.mark.parametrize(("name", "policy"), KINDS.items())
def test_each_kind_has_its_clocks_and_its_policy(
    settings: Settings, folders: dict[str, Path], name: str, policy: LatePolicy
) -> None:
    """What is answered stands in the clocks; a planned downtime ends with its window and has one wording."""
    advisory = _advisory(settings, folders[name])
    suggestions = read_kind(settings.root / "templates", name).suggestions
    given = {clock: datetime.fromisoformat(f"{TIMES[clock]}+05:30") for clock in CLOCKS if clock in suggestions}

    assert name == advisory.kind
    assert policy is advisory.late_policy
    assert given == {clock: getattr(advisory, clock) for clock in given}
    assert (1 if policy is LatePolicy.DROP else 2) == len(wordings_of(advisory.late_policy))
    if name == "downtime_planned":
        assert (advisory.window_start, advisory.window_end) == (advisory.effective_at, advisory.useful_until)
    if name == "restored":
        assert advisory.effective_at == advisory.window_end
    if name == "withdrawal":
        relation = {"type": "withdrawal", "target": "10/SYS/WZU/2025", "target_date": "2025-08-12"}
        assert relation == advisory.relation
        assert "12.08.2025" in advisory.what["hi"]


@pytest.mark.parametrize("name", KINDS)
def test_texts_are_fit_to_be_shown(settings: Settings, folders: dict[str, Path], name: str) -> None:
    """NFC throughout, a ticker of up to 200 characters in each language, no hour written out beside its clock."""
    text = (settings.root / "templates" / "advisories" / f"{name}.yaml").read_text("utf-8")
    flash = _advisory(settings, folders[name]).news["flash"]
    body = text.partition("\nsubject:")[2].replace("1800-2666-882", "")

    assert unicodedata.is_normalized("NFC", text)
    assert {} == {language: len(said) for language, said in flash.items() if len(said) > 200}
    assert not re.search(r"[0-9]{1,2}[:.][0-9]{2}", body)


def test_a_slip_in_one_language_is_found(settings: Settings, folders: dict[str, Path], tmp_path: Path) -> None:
    """Were the hour of one language another clock's, the advisory would not pass."""
    text = (folders["incident"] / "advisory.yaml").read_text("utf-8")
    slipped = text.replace("{{ useful_until | samay }}", "{{ effective_at | samay }}")
    assert slipped != text
    folder = tmp_path / folders["incident"].name
    folder.mkdir()
    (folder / "advisory.yaml").write_text(slipped, "utf-8")
    advisory = _advisory(settings, folder)

    assert {"parity_differs"} == {one.code for one in parity_problems(advisory, LANGUAGES, file="a")}


@pytest.mark.parametrize(
    ("name", "late"),
    [(name, name in {"incident", "restored", "withdrawal", "phishing_warning"}) for name in KINDS],
)
def test_only_what_has_happened_is_told_afterwards(
    settings: Settings, folders: dict[str, Path], name: str, tmp_path: Path, *, late: bool
) -> None:
    """Everybody is to know before the hour, but for kinds that nobody could know of earlier."""
    text = (folders[name] / "advisory.yaml").read_text("utf-8")
    folder = tmp_path / folders[name].name
    folder.mkdir()
    changed = re.sub(r"(?m)^notify_before: \S+", "notify_before: 2030-12-05T23:00+05:30", text)
    (folder / "advisory.yaml").write_text(changed, "utf-8")
    try:
        read_advisory(folder, office=settings.office, languages=LANGUAGES)
    except InputProblems as error:
        told = {(one.code, one.source.column) for one in error.problems}
    else:
        told = set()

    assert (set() if late else {("advisory_clock_order", "notify_before")}) == told


def test_a_request_to_register_names_no_hour_that_passes_before_it_is_in_effect(
    settings: Settings, folders: dict[str, Path]
) -> None:
    """Who gets it in the days between the two hours is not asked to act before one that has passed."""
    advisory = _advisory(settings, folders["registration"])
    told_by = 20 * 60
    named = [facts_of(line.ask[tag], tag).hours for line in advisory.addressees for tag in LANGUAGES]

    assert datetime.fromisoformat("2030-12-05T20:00+05:30") == advisory.notify_before < advisory.effective_at
    assert [] == [hours for hours in named if told_by in hours]


@pytest.mark.parametrize("name", KINDS)
def test_a_draft_notice_of_a_kind_agrees(settings: Settings, inputs: dict[str, Inputs], name: str) -> None:
    """The public notice that a Commissioner may issue holds the same in both languages, whatever the kind."""
    draft = inputs[name].draft
    assert draft is not None
    drafted = replace(issue(signed=True), advisory=draft.advisory)

    assert [] == notice_parity(drafted, latin=settings.latin_words)
    assert 2 == len(notice_draft(drafted).attached)


@pytest.mark.parametrize("name", KINDS)
def test_a_kit_of_a_kind_agrees_with_itself(settings: Settings, inputs: dict[str, Inputs], name: str) -> None:
    """Without a shared key EICI compares document, data and notice: of an own text of any kind nothing differs."""
    draft = inputs[name].draft
    assert draft is not None
    issued = replace(issue(), document=kits.DOCUMENT, advisory=draft.advisory)
    made = onward_kit(issued, kits.material()).attached[0].content
    found = read_kit(made, key=None)
    received = as_received(found, languages=settings.languages)
    refuse_other_document(found, received, record_of(draft.advisory))
    refuse_other_notice(found, received)

    assert set(wordings_of(KINDS[name])) == found.messages.keys()


@pytest.mark.parametrize("policy", LatePolicy)
@pytest.mark.parametrize("name", KINDS)
def test_nobody_is_asked_to_act_before_an_hour_that_has_passed(
    settings: Settings, advisories: dict[str, Advisory], name: str, policy: LatePolicy
) -> None:
    """Whenever it goes, in whichever wording: the hour lies ahead, or the request says what holds after it."""
    advisory = replace(advisories[name], late_policy=policy)
    asked = {
        (audience, language, hour, says)
        for at in _moments_of(advisory)
        for audience in (*advisory.audiences, "couriers")
        for language in LANGUAGES
        for says in _requests_at(at, advisory, audience, language)
        for hour in _hours_to_act_before(says, language, ZoneInfo(settings.office.time_zone))
        if hour <= at
    }

    assert [] == [one for one in sorted(asked) if not re.search("at once|has passed|तत्काल|बीत चुका", one[3])]


def _moments_of(advisory: Advisory) -> list[datetime]:
    """Return when it can go: a minute before each clock, at it and a minute after it, but for its end."""
    clocks = [clock for name in CLOCKS if (clock := getattr(advisory, name)) is not None]
    near = [clock + timedelta(minutes=by) for clock in clocks for by in (-1, 0, 1)]
    return [moment for moment in near if moment < cutoff(_clocks(advisory))]


def _requests_at(at: datetime, advisory: Advisory, audience: str, language: str) -> list[str]:
    """Return what an audience is asked; couriers are told what users are to do, or what is in effect."""
    wording = _wording_at(at, advisory)
    if audience != "couriers":
        return asks_in(advisory, audience, language, wording=wording)
    in_effect = wording is Wording.IN_EFFECT and advisory.late_policy is LatePolicy.SEND_IN_EFFECT
    return [] if in_effect else [advisory.do[language]]


def _wording_at(at: datetime, advisory: Advisory) -> Wording:
    """Return in which wording it goes; what the policy keeps back an officer may let go, as it was written."""
    return wording_at(at, _clocks(advisory)) or Wording.ORIGINAL


def _clocks(advisory: Advisory) -> Clocks:
    return Clocks(
        effective_at=advisory.effective_at,
        notify_before=advisory.notify_before,
        useful_until=advisory.useful_until,
        window_end=advisory.window_end,
        late_policy=advisory.late_policy,
    )


def _hours_to_act_before(text: str, language: str, zone: ZoneInfo) -> list[datetime]:
    if not re.search(r"\bbefore\b|से पूर्व", text):
        return []
    facts = facts_of(text, language)
    return [
        datetime.combine(day, time(*divmod(minutes, 60)), zone) for day in facts.dates for minutes in facts.hours
    ]
