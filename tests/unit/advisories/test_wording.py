from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import TemplateError, UndefinedError

from dispatcher.advisories.wording import (
    date_text,
    environment,
    known_places,
    length_text,
    list_text,
    place_text,
    roman,
    time_text,
)
from dispatcher.words import catalog

ZONE = ZoneInfo("Asia/Kolkata")
NOON = datetime(2025, 8, 13, 6, 30, tzinfo=UTC)
LANGUAGES = sorted(catalog("dates"))


def _rendered(expression: str, **names: object) -> str:
    return environment("Asia/Kolkata").from_string("{{ " + expression + " }}").render(names)


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("numeric", "13.08.2025"),
        ("numeric_weekday", "Wednesday, 13.08.2025"),
        ("plain", "13 August 2025"),
        ("weekday", "Wednesday, 13 August 2025"),
        ("ordinal", "13th August, 2025"),
        ("ordinal_weekday", "Wednesday, the 13th August, 2025"),
    ],
)
def test_every_english_date_style(style: str, expected: str) -> None:
    """Each style of a date reads as the office writes it."""
    assert expected == date_text(NOON, "en", style, zone=ZONE)


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("numeric", "13.08.2025"),
        ("numeric_weekday", "13.08.2025 (बुधवार)"),
        ("plain", "13 अगस्त, 2025"),
        ("weekday", "बुधवार, दिनांक 13 अगस्त, 2025"),
    ],
)
def test_every_hindi_date_style(style: str, expected: str) -> None:
    """Each style of a Hindi date reads as the office writes it."""
    assert expected == date_text(NOON, "hi", style, zone=ZONE)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (11, "11th"),
        (12, "12th"),
        (13, "13th"),
        (21, "21st"),
        (31, "31st"),
    ],
)
def test_english_ordinals(day: int, expected: str) -> None:
    """The eleventh to the thirteenth take th, as all but first, second and third do."""
    assert f"{expected} August, 2025" == date_text(date(2025, 8, day), "en", "ordinal", zone=ZONE)


@pytest.mark.parametrize(
    ("hour", "minute", "noon", "pm", "hindi"),
    [
        (
            0,
            0,
            "00:00 hours (the start of the day)",
            "00:00 hours (the start of the day)",
            "00:00 बजे (दिन का आरंभ)",
        ),
        (0, 30, "00:30 hours", "00:30 hours", "00:30 बजे"),
        (1, 0, "1:00 am", "1:00 am", "पूर्वाह्न 1:00 बजे"),
        (9, 5, "9:05 am", "9:05 am", "पूर्वाह्न 9:05 बजे"),
        (12, 0, "12:00 noon", "12:00 pm", "दोपहर 12:00 बजे"),
        (12, 30, "12:30 pm", "12:30 pm", "दोपहर 12:30 बजे"),
        (18, 0, "6:00 pm", "6:00 pm", "अपराह्न 6:00 बजे"),
    ],
)
def test_words_of_the_day(hour: int, minute: int, noon: str, pm: str, hindi: str) -> None:
    """Noon has a word of its own; midnight is the start of a day, not its end; no hour can be mistaken."""
    instant = datetime(2025, 8, 13, hour, minute, tzinfo=ZONE)

    assert noon == time_text(instant, "en", zone=ZONE)
    assert pm == time_text(instant, "en", "pm", zone=ZONE)
    assert hindi == time_text(instant, "hi", zone=ZONE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_minutes_of_a_day_are_told_apart(language: str) -> None:
    """Every style gives 1440 different texts for the 1440 minutes, none with U+202F or a Devanagari digit."""
    midnight = datetime(2025, 8, 13, tzinfo=ZONE)
    minutes = [midnight + timedelta(minutes=minute) for minute in range(1440)]

    for style in catalog("dates")[language]["times"]:
        texts = [time_text(minute, language, style, zone=ZONE) for minute in minutes]

        assert len(minutes) == len(set(texts))
        assert not any(odd in text for text in texts for odd in "\u202f०१२३४५६७८९")


def test_every_language_has_every_style() -> None:
    """A template may name a style in any language: the blocks of dates.yaml have the same ones."""
    blocks = catalog("dates").values()

    assert len({frozenset(block["dates"]) for block in blocks}) == 1
    assert len({frozenset(block["times"]) for block in blocks}) == 1


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001 - hypothesis wants naive bounds
def test_instants_are_shown_in_the_office_zone(naive: datetime) -> None:
    """The same instant reads the same whatever zone it comes in."""
    instant = naive.replace(tzinfo=UTC)
    local = instant.astimezone(ZONE)

    assert f"{local:%d.%m.%Y}" == date_text(instant, "hi", "numeric", zone=ZONE)
    assert f"{local:%H:%M}" == time_text(instant, "en", "clock", zone=ZONE)


@given(st.dates(), st.sampled_from(LANGUAGES))
def test_dates_are_nfc(day: date, language: str) -> None:
    """Names of months and weekdays come out in NFC."""
    text = date_text(day, language, "weekday", zone=ZONE)

    assert unicodedata.normalize("NFC", text) == text


@given(st.lists(st.text("abc", min_size=1)), st.sampled_from(LANGUAGES))
def test_a_list_names_every_item_once(items: list[str], language: str) -> None:
    """A list phrase holds all items in order, with one last joint and no comma before it."""
    joints = catalog("dates")[language]["items"]
    text = list_text(items, language)

    assert items == [
        item for item in text.replace(joints["last"], joints["between"]).split(joints["between"]) if item
    ]
    assert int(len(items) > 1) == text.count(joints["last"])
    assert "," + joints["last"] not in text


def test_filters_have_a_name_in_each_language() -> None:
    """The named filters and the generic ones with a tag say the same."""
    assert _rendered('at | date("hi")', at=NOON) == _rendered("at | tithi", at=NOON)
    assert _rendered('at | date("en", "numeric")', at=NOON) == _rendered('at | date_en("numeric")', at=NOON)
    assert _rendered('at | time("hi")', at=NOON) == _rendered("at | samay", at=NOON)
    assert _rendered("at | time_en", at=NOON) == _rendered('at | time("en")', at=NOON)
    assert _rendered('places | items("hi")', places=["a", "b"]) == _rendered("places | suchi", places=["a", "b"])
    assert _rendered("places | list_en", places=["a", "b"]) == "a and b"


@pytest.mark.parametrize(
    "expression",
    [
        'at | date_en("ordinary")',
        'at | date("xx")',
        "naive | time_en",
        '"13.08.2025" | date_en',
        '"Delhi" | list_en',
        "0 | roman",
        '"".__class__.__mro__',
    ],
)
def test_wrong_use_of_a_filter_is_an_error(expression: str) -> None:
    """An unknown style or language, a time without a zone and a way out of the sandbox never give a text."""
    with pytest.raises(TemplateError):
        _rendered(expression, at=NOON, naive=NOON.replace(tzinfo=None))


def test_an_undefined_name_is_an_error() -> None:
    """A name that no one gave is an error also behind a filter."""
    with pytest.raises(UndefinedError, match="efective_at"):
        _rendered("efective_at | date_en")


def test_only_html_templates_are_escaped() -> None:
    """Autoescape goes by the template's name."""
    both = environment("Asia/Kolkata", {"a.txt.j2": "{{ x }}", "a.html.j2": "{{ x }}"})

    assert both.get_template("a.txt.j2").render(x="<&>") == "<&>"
    assert both.get_template("a.html.j2").render(x="<&>") == "&lt;&amp;&gt;"


def test_steps_are_roman() -> None:
    """Steps are numbered in small roman numerals."""
    assert ["i", "iv", "ix", "xiv"] == [roman(number) for number in (1, 4, 9, 14)]


def test_places_are_named_in_each_language() -> None:
    """A known place has a Hindi name of its own; an unknown one stays as typed."""
    assert "Mumbai" in known_places()
    assert place_text("Mumbai", "hi") != "Mumbai"
    assert place_text("Mumbai", "en") == "Mumbai"
    assert place_text("Atlantis", "hi") == "Atlantis"


@pytest.mark.parametrize(
    ("minutes", "english", "hindi"),
    [
        (1, "5 minutes", "5 मिनट"),
        (31, "30 minutes", "30 मिनट"),
        (60, "1 hour", "1 घंटे"),
        (150, "2 hours 30 minutes", "2 घंटे 30 मिनट"),
        (24 * 60, "24 hours", "24 घंटे"),
        (47 * 60, "47 hours", "47 घंटे"),
        (3 * 24 * 60 + 200, "3 days", "3 दिन"),
    ],
)
def test_a_length_of_time_is_told_as_about(minutes: float, english: str, hindi: str) -> None:
    """Short ones to five minutes, longer ones to a quarter, an hour, a day; as it stands before "पश्चात"."""
    assert (english, hindi) == (length_text(minutes, "en"), length_text(minutes, "hi"))
