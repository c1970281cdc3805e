"""What a message says by its act: the prefix of its subject, and what stands before everything else."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from dispatcher.acts import IN_EFFECT, FollowUp, Remind, reminder
from dispatcher.model import Part, Wording
from tests.lives import SLIP, corrigendum, successor
from tests.rendered import EVERYTHING, flat, halves_of

if TYPE_CHECKING:
    from dispatcher.messages.rendering import Renderer, SharedText
    from dispatcher.model import Advisory

AT = datetime(2025, 8, 13, 4, 0, tzinfo=UTC)
BEFORE = FollowUp(act=reminder(1), at=AT, until=AT, to=Remind.UNACKNOWLEDGED, after=False, left=150)
AFTER = FollowUp(act=reminder(2), at=AT, until=AT, to=Remind.UNACKNOWLEDGED, after=True)
OWED = FollowUp(
    act=reminder(2),
    at=datetime(2025, 8, 13, 5, 30, tzinfo=UTC),
    until=AT,
    to=Remind.ALL,
    after=False,
    for_return=True,
)
NOTICE = FollowUp(act=IN_EFFECT, at=AT, until=AT, to=Remind.ALL, after=True)
BASE = "परामर्शी/Advisory 10/SYS/WZU/2025, 13.08.2025 12:00 IST: ईसीसीएस पासवर्ड समाप्ति / ECCS password expiry"


def _shared(
    renderer: Renderer, advisory: Advisory, wording: Wording = Wording.ORIGINAL, follow_up: FollowUp | None = None
) -> SharedText:
    return renderer.shared(
        advisory,
        audiences=["commissioners"],
        part=Part.TO,
        wording=wording,
        attached=EVERYTHING,
        follow_up=follow_up,
    )


def _addendum(advisory: Advisory) -> Advisory:
    relation = {"type": "addendum", "target": advisory.number}
    return replace(advisory, revision=1, relation=relation, additions=({"hi": "नया अनुच्छेद", "en": "A new line"},))


@pytest.mark.parametrize(
    ("follow_up", "wording", "prefix"),
    [
        pytest.param(BEFORE, Wording.ORIGINAL, "अनुस्मारक/Reminder: ", id="reminder"),
        pytest.param(AFTER, Wording.ORIGINAL, "अनुस्मारक/Reminder: ", id="reminder after the hour"),
        pytest.param(NOTICE, Wording.IN_EFFECT, "अब प्रभावी/Now in effect: ", id="notice"),
    ],
)
def test_what_follows_has_its_prefix_and_the_subject_behind_it(
    renderer: Renderer, advisory: Advisory, follow_up: FollowUp, wording: Wording, prefix: str
) -> None:
    """The base subject stands unchanged behind the prefix."""
    assert prefix + BASE == _shared(renderer, advisory, wording, follow_up).subject


@pytest.mark.parametrize(
    ("act", "prefix"),
    [
        ("corrigendum", "शुद्धिपत्र/Corrigendum: "),
        ("addendum", "परिशिष्ट/Addendum: "),
        ("supersession", "अधिक्रमण/Supersession: "),
        ("withdrawal", "वापस/Withdrawn: "),
    ],
)
def test_an_act_has_its_prefix(renderer: Renderer, advisory: Advisory, act: str, prefix: str) -> None:
    """Of a corrigendum or addendum the base is that of the advisory; a successor has its own number."""
    acts = {"corrigendum": corrigendum(advisory), "addendum": _addendum(advisory)}
    made = acts.get(act) or successor(advisory, act)

    assert _shared(renderer, made).subject == prefix + BASE.replace("10/SYS/WZU/2025", made.number)


def test_a_reminder_tells_the_time_left_in_both_languages(renderer: Renderer, advisory: Advisory) -> None:
    """It refers to the advisory, says in one sentence what starts in how long, and asks for acknowledgement."""
    halves = halves_of(_shared(renderer, advisory, follow_up=BEFORE))

    assert "Kindly refer to Advisory No. 10/SYS/WZU/2025 dated 12.08.2025." in flat(halves["en"])
    assert (
        "The password-expiry exercise for ECCS users will start at 12:00 noon on 13.08.2025, i.e. in about "
        "2 hours 30 minutes. Offices that"
    ) in flat(halves["en"])
    assert (
        "ईसीसीएस के प्रयोक्ताओं के पासवर्ड की समाप्ति की कार्रवाई दिनांक 13.08.2025 को दोपहर 12:00 बजे से, अर्थात अब से लगभग "
        "2 घंटे 30 मिनट पश्चात, प्रारंभ होगी। जिन कार्यालयों"
    ) in flat(halves["hi"])
    assert "जिन कार्यालयों ने अब तक प्राप्ति की पुष्टि नहीं की है" in flat(halves["hi"])


def test_an_advisory_without_words_for_it_is_reminded_of_in_whole_sentences(
    renderer: Renderer, advisory: Advisory
) -> None:
    """What happens, and in a sentence of its own how long it is until then."""
    halves = halves_of(_shared(renderer, replace(advisory, upcoming=None), follow_up=BEFORE))

    assert "on Wednesday, 13.08.2025. This will start in about 2 hours 30 minutes. Offices" in flat(halves["en"])
    assert "की जाएगी। यह कार्रवाई अब से लगभग 2 घंटे 30 मिनट पश्चात प्रारंभ होगी। जिन" in flat(halves["hi"])


def test_a_reminder_after_the_hour_says_that_it_is_in_effect(renderer: Renderer, advisory: Advisory) -> None:
    """No time left is told then; what now holds is."""
    halves = halves_of(_shared(renderer, advisory, follow_up=AFTER))

    assert "has taken effect" in flat(halves["en"])
    assert "in about" not in flat(halves["en"])
    assert "प्रभावी हो गई है" in flat(halves["hi"])


def test_the_reminder_of_the_return_says_what_is_owed(renderer: Renderer, advisory: Advisory) -> None:
    """When it was due, that none or a partial one came, in which kit the form is, where it goes; no time left.

    It asks for no "Received", which would be no return.
    """
    halves = halves_of(_shared(renderer, replace(advisory, revision=1), follow_up=OWED))

    assert (
        "The return on informing the couriers was due by 11:00 am on 13.08.2025. Until this reminder was sent, no "
        "return, or only a partial one, had been received in this office."
    ) in flat(halves["en"])
    assert "(return-form.txt or return-form.csv) is in onward-10-SYS-WZU-2025-R1.zip" in flat(halves["en"])
    assert "send it to returns@customs.example: " in flat(halves["en"])
    assert "विवरणी दिनांक 13.08.2025 को पूर्वाह्न 11:00 बजे तक अपेक्षित थी" in flat(halves["hi"])
    assert all("onward-10-SYS-WZU-2025-R1.zip" in half for half in halves.values())
    assert not any(text in flat(halves["en"]) for text in ("in about", "has taken effect", '"Received"'))


def test_a_reminder_gives_the_whole_advisory_again(renderer: Renderer, advisory: Advisory) -> None:
    """Whoever lost the first has it all in the reminder."""
    half = flat(halves_of(_shared(renderer, advisory, follow_up=BEFORE))["en"])

    assert flat(renderer.document(advisory, "en")) in half


def test_a_corrigendum_says_for_x_read_y(renderer: Renderer, advisory: Advisory) -> None:
    """The slip is quoted, then how it is to be read, in both languages; one salutation; then the usual note."""
    halves = halves_of(_shared(renderer, corrigendum(advisory)))

    assert (
        "Corrigendum: In the letterhead (Hindi) of this office's Advisory No. 10/SYS/WZU/2025 dated 12.08.2025, "
        'for the fax number "022-220825148", read "022-20825148". The rest of the contents remain unchanged.'
    ) in flat(halves["en"])
    assert (
        "शुद्धिपत्र: इस कार्यालय की परामर्शी सं. 10/SYS/WZU/2025 दिनांक 12.08.2025 के पत्रशीर्ष (हिंदी) में फैक्स संख्या "
        '"022-220825148" के स्थान पर "022-20825148" पढ़ा जाए। शेष विषय-वस्तु यथावत रहेगी।'
    ) in flat(halves["hi"])
    assert 1 == halves["en"].count("Sir/Madam,")


def test_a_corrigendum_names_both_dates(renderer: Renderer, advisory: Advisory) -> None:
    """Above its text stands its own date; wherever the advisory is named, it is by number and first date."""
    halves = halves_of(_shared(renderer, corrigendum(advisory, dated="2025-08-14")))

    assert "\nDate: 14.08.2025\n" in halves["en"]
    assert "\nदिनांक: 14.08.2025\n" in halves["hi"]
    assert ["10/SYS/WZU/2025 dated 12.08.2025"] * 2 == re.findall(
        r"10/SYS/WZU/2025 dated \d\d\.\d\d\.\d{4}", flat(halves["en"])
    )


def test_each_slip_of_a_corrigendum_is_told(renderer: Renderer, advisory: Advisory) -> None:
    """Several corrections stand one after the other; one whose words need no name has none."""
    other = replace(SLIP, where={"hi": "पैरा 2 में", "en": "paragraph 2"}, what=None)
    both = replace(corrigendum(advisory), corrections=(SLIP, other))
    halves = halves_of(_shared(renderer, both))

    assert 'In paragraph 2, for "022-220825148", read "022-20825148".' in flat(halves["en"])
    assert 'पैरा 2 में "022-220825148" के स्थान पर "022-20825148" पढ़ा जाए।' in flat(halves["hi"])


def test_a_late_corrigendum_says_both(renderer: Renderer, advisory: Advisory) -> None:
    """After the hour the correction is not lost behind the text that it now is in effect."""
    shared = _shared(renderer, corrigendum(advisory), Wording.IN_EFFECT)
    halves = halves_of(shared)

    assert shared.subject.startswith("अब प्रभावी/Now in effect: शुद्धिपत्र/Corrigendum: ")
    assert "Corrigendum: In the letterhead" in flat(halves["en"])
    assert "has taken effect" in flat(halves["en"])


def test_an_addendum_gives_what_is_added(renderer: Renderer, advisory: Advisory) -> None:
    """What is added stands in the covering note, in each language."""
    halves = halves_of(_shared(renderer, _addendum(advisory)))

    assert "The following is added to this office's Advisory No. 10/SYS/WZU/2025" in flat(halves["en"])
    assert "A new line" in halves["en"]
    assert "नया अनुच्छेद" in halves["hi"]


def test_a_supersession_names_what_it_supersedes(renderer: Renderer, advisory: Advisory) -> None:
    """Number and date of the earlier one, in both languages."""
    halves = halves_of(_shared(renderer, successor(advisory, "supersession")))

    assert ("This advisory is issued in supersession of Advisory No. 10/SYS/WZU/2025 dated 12.08.2025.") in flat(
        halves["en"]
    )
    assert "परामर्शी सं. 10/SYS/WZU/2025 दिनांक 12.08.2025 का अधिक्रमण करते हुए जारी की जाती है।" in flat(halves["hi"])


def test_a_withdrawal_by_an_advisory_of_another_kind_says_so(renderer: Renderer, advisory: Advisory) -> None:
    """The kind `withdrawal` says it in its own words; any other gets the sentence."""
    plain = halves_of(_shared(renderer, successor(advisory, "withdrawal")))
    of_its_kind = halves_of(_shared(renderer, successor(advisory, "withdrawal", kind="withdrawal")))

    assert "is withdrawn with immediate effect; kindly take no action on it." in flat(plain["en"])
    assert "is withdrawn with immediate effect" not in flat(of_its_kind["en"])
