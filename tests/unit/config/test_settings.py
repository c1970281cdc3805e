"""What config.yaml says reaches the rooms as small values; what it leaves out has a default."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from dispatcher.acts import Remind, RemindersPlan
from dispatcher.config import load_settings
from dispatcher.config.reading import known_keys, read_yaml
from dispatcher.config.sections import ConfigFile
from dispatcher.model import Part
from dispatcher.plans import EscalationPlan, RetryPlan
from dispatcher.smtp import Security
from tests.config_files import SAMPLE, loaded, relayed


def test_the_sample_is_sound() -> None:
    """The sample that `init` hands out loads, with the audiences of the house plan in their order."""
    settings = load_settings(SAMPLE)

    assert SAMPLE.parent == settings.root
    assert [audience.name for audience in settings.audiences] == [
        "commissioners",
        "eici",
        "couriers",
        "custodians",
        "cms",
        "copy",
    ]
    assert "022-20825148" == settings.office.fax
    assert "customs.example" == settings.sender.domain
    assert RetryPlan() == settings.retry_plan
    assert EscalationPlan() == settings.escalation_plan
    assert RemindersPlan() == settings.reminders_plan


def test_the_sample_shows_every_key() -> None:
    """No key exists that the sample does not show; those of an officer are shown in a comment."""
    shown = read_yaml(SAMPLE)
    audience_keys = {key for audience in shown["audiences"].values() for key in audience}
    blocks = [block for block in known_keys(ConfigFile, []) if isinstance(shown[block], dict)]
    missing = {
        (block, key)
        for block in blocks
        if block not in {"audiences", "officers", "replaced_by"}
        for key in known_keys(ConfigFile, [block])
        if key not in shown[block]
    }

    assert not missing
    assert set(known_keys(ConfigFile, ["audiences", "any"])) == audience_keys
    assert "may: [make]" in SAMPLE.read_text(encoding="utf-8")


def test_an_audience_reaches_its_rooms(tmp_path: Path) -> None:
    """What stands in the block of an audience is handed out, and nothing is put beside it."""
    audiences = "{cms: {sheet: lists/cms.ods, tab: CMS, part: copy, note: news, kit: website}}"
    (audience,) = loaded(tmp_path, {"audiences": audiences}).audiences

    assert ("cms", Path("lists/cms.ods"), "CMS", Part.COPY, "news", "website", None) == (
        audience.name,
        audience.sheet,
        audience.tab,
        audience.part,
        audience.note,
        audience.kit,
        audience.by,
    )


def test_every_plan_reaches_its_room(tmp_path: Path) -> None:
    """What stands in the file is handed out as the plans, limits and moments that the rooms take."""
    settings = loaded(
        tmp_path,
        {
            "retry": "{backoff: [2, 5], jitter: 0.1}",
            "escalation": "{before: [180, 60, 0]}",
            "reminders": "{to: all, at: [1440, 30, in_effect], opens: '10:00', catch_up_within: 15}",
            "holidays": "[2025-08-15]",
            "latin_words": "[EDPMS]",
            "replaced_by": "{Old.example: customs.example}",
            "guard": "{allowed_domains: [customs.example], max_recipients: 40}",
            "onward": "{notify_before: 120, return_by: 2025-08-13T11:00+05:30}",
        },
    )

    assert RetryPlan(backoff=(2, 5), jitter=0.1) == settings.retry_plan
    assert EscalationPlan(before=(180, 60, 0)) == settings.escalation_plan
    assert settings.reminders_plan == RemindersPlan(
        to=Remind.ALL,
        at=(1440, 30, "in_effect"),
        opens=time(10),
        catch_up_within=15,
        holidays=frozenset({date(2025, 8, 15)}),
    )
    assert {date(2025, 8, 15)} == settings.holidays
    assert {"EDPMS"} == settings.latin_words
    assert {"old.example": "customs.example"} == settings.replaced_by
    assert (("customs.example",), 40) == (settings.guard.allowed_domains, settings.guard.max_recipients)
    assert timedelta(minutes=120) == settings.onward.notify_before
    assert datetime(2025, 8, 13, 5, 30, tzinfo=UTC) == settings.onward.return_by


def test_what_is_left_out_has_a_default(tmp_path: Path) -> None:
    """Short name, note, Reply-To and envelope sender follow from what is given; approval is on."""
    settings = loaded(tmp_path)

    assert settings.office.name == settings.office.short_name
    assert "custodians" == settings.audiences[0].note
    assert ("DG Systems", "Systems@customs.example") == (settings.sender.name, settings.sender.address)
    assert {"Systems@customs.example"} == {settings.sender.reply_to, settings.sender.envelope_from}
    assert (True, False) == (settings.approval.required, settings.approval.self_approval)
    assert "sqlite:///outbox/outbox.db" == settings.store_url


def test_a_bare_sender_address_is_taken(tmp_path: Path) -> None:
    """A From without a display name is an address alone."""
    sender = loaded(tmp_path, {"sender": "{from: a@customs.example, envelope_from: b@customs.example}"}).sender

    assert ("", "a@customs.example", "b@customs.example") == (sender.name, sender.address, sender.envelope_from)


@pytest.mark.parametrize(
    ("rest", "pace"),
    [
        ("profile: mailbox", (1, 20)),
        ("profile: mailbox, max_connections: 2, rate_per_minute: 30", (2, 30)),
        ("profile: mailbox, rate_per_minute: null", (1, None)),
        ("profile: relay", (5, 600)),
    ],
)
def test_a_mailbox_is_used_gently(tmp_path: Path, rest: str, pace: tuple[int, int | None]) -> None:
    """An ordinary mailbox gets one connection and 20 messages a minute unless the office says otherwise."""
    relay = loaded(tmp_path, relayed(f"security: tls, {rest}")).relay()

    assert pace == (relay.max_connections, relay.rate_per_minute)


def test_a_rehearsal_keeps_mail_on_this_machine(tmp_path: Path) -> None:
    """The profile rehearsal goes with a loopback host only, as fast as it takes mail."""
    here = {"relay": "{host: 127.0.0.1, port: 2525, security: none, profile: rehearsal}"}
    relay = loaded(tmp_path, here).relay()

    assert (5, None) == (relay.max_connections, relay.rate_per_minute)


@pytest.mark.parametrize(
    ("blocks", "host"),
    [
        ({"relay": "{host: 127.0.0.1, port: 25, security: none}"}, "127.0.0.1"),
        ({"relay": "{host: localhost, port: 25, security: none}"}, "localhost"),
        ({"relay": "{host: '::1', port: 25, security: none}"}, "::1"),
        ({"relay": "{host: mail.example, port: 25, security: none, internal_plaintext: true}"}, "mail.example"),
    ],
)
def test_plaintext_where_it_is_allowed(tmp_path: Path, blocks: dict[str, str], host: str) -> None:
    """Security none is for this machine, or for an internal relay that is named as such."""
    relay = loaded(tmp_path, blocks).relay()

    assert (host, Security.NONE) == (relay.host, relay.security)


def test_officers_may_what_they_are_named_for(tmp_path: Path) -> None:
    """Where officers are named, only they act, each in what is allowed; where none is, everybody may."""
    named = loaded(tmp_path, {"officers": "{asha: {name: {hi: आशा, en: Asha}, may: [make]}}"})
    open_to_all = loaded(tmp_path)

    assert [True, False, False] == [
        named.may("asha", "make"),
        named.may("asha", "approve"),
        named.may("ravi", "make"),
    ]
    assert open_to_all.may("ravi", "approve")


def test_the_sum_of_a_certificate_is_written_as_tools_show_it(tmp_path: Path) -> None:
    """In capitals with colons, or without: it is one sum."""
    written = ":".join(["AB"] * 32)
    settings = loaded(tmp_path, {"onward": f"{{signed_by: {{sha256: '{written}', roots: [ca.pem]}}}}"})

    assert settings.onward.signed_by is not None
    assert "ab" * 32 == settings.onward.signed_by.sha256
