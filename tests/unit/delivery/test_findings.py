"""What is said of a relay: thresholds, words, and whom to ask."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dispatcher.delivery.findings import (
    Certificate,
    Knock,
    judge_account,
    judge_certificate,
    judge_knocks,
    judge_message,
    judge_names,
    judge_plain,
    judge_relay_time,
    judge_sender,
    no_login,
    relay_time,
    seen_address,
    to_tell,
    untrusted,
)
from dispatcher.findings import Grade
from dispatcher.smtp import Relay, Reply, Security, Stage, Timeouts

NOW = datetime(2025, 8, 12, 15, 40, tzinfo=UTC)
RELAY = Relay(host="relay.example", port=587, security=Security.STARTTLS, username="wzu", password="geheim-4")
CERTIFICATE = Certificate(
    subject="relay.example",
    names=("relay.example", "mx.example"),
    issuer="Example Authority",
    not_before=NOW - timedelta(days=60),
    not_after=NOW + timedelta(days=300),
)


@pytest.mark.parametrize(
    ("days", "grade"), [(31, Grade.OK), (30, Grade.OK), (29, Grade.WARNING), (0, Grade.WARNING)]
)
def test_a_certificate_that_runs_out_soon_is_a_warning(days: int, grade: Grade) -> None:
    """Below 30 days its renewal is asked for; the days that are left are told."""
    certificate = replace(CERTIFICATE, not_after=NOW + timedelta(days=days, hours=1))
    found = judge_certificate(certificate, "relay.example", now=NOW)

    assert grade is found.grade
    assert f"{days} days left" in found.found
    assert (grade is Grade.WARNING) == ("renew" in found.advice)


@pytest.mark.parametrize(
    ("code", "reason", "advice"),
    [
        (9, "not valid yet", "date"),
        (10, "expired", "renew"),
        (18, "signed by itself", "relay.ca_file"),
        (19, "signed by itself", "relay.ca_file"),
        (20, "authority is not known", "relay.ca_file"),
        (62, "another name than relay.example", "relay.host"),
        (64, "another name than relay.example", "relay.host"),
        (99, "something rare", "relay's administrator"),
    ],
)
def test_each_reason_for_distrust_has_its_advice(code: int, reason: str, advice: str) -> None:
    """OpenSSL's code is told in words, with what to do; the certificate is shown where it was seen."""
    found = untrusted("relay.example", code=code, said="something rare", certificate=CERTIFICATE)

    assert Grade.FAULT is found.grade
    assert reason in found.found
    assert "mx.example" in found.found
    assert advice in found.advice
    assert "It is" not in untrusted("relay.example", code=code, said="", certificate=None).found


@pytest.mark.parametrize(
    ("profile", "rate", "connections", "grade"),
    [
        ("relay", 600, 5, Grade.OK),
        ("relay", None, 5, Grade.OK),
        ("mailbox", 20, 1, Grade.OK),
        ("mailbox", 21, 1, Grade.WARNING),
        ("mailbox", None, 1, Grade.WARNING),
        ("mailbox", 20, 2, Grade.WARNING),
    ],
)
def test_a_mailbox_is_not_to_be_hurried(profile: str, rate: int | None, connections: int, grade: Grade) -> None:
    """An ordinary mailbox with the pace of a relay is a warning: providers block it."""
    relay = replace(RELAY, rate_per_minute=rate, max_connections=connections)

    assert [("pace", grade)] == [(one.step, one.grade) for one in judge_account(profile, relay)]


def test_a_short_wait_for_the_reply_is_a_warning() -> None:
    """Less than ten minutes after the content makes doubt (RFC 5321, section 4.5.3.2)."""
    found = list(judge_account("relay", replace(RELAY, timeouts=Timeouts(content=599))))

    assert [("pace", Grade.OK), ("patience", Grade.WARNING)] == [(one.step, one.grade) for one in found]


def test_a_slow_name_server_is_a_warning() -> None:
    """A look-up of more than two seconds is the network's to mend; an address is looked up by nobody."""
    assert Grade.OK is judge_names("relay.example", ["192.0.2.1", "2001:db8::1"], seconds=2.0).grade
    assert Grade.WARNING is judge_names("relay.example", ["192.0.2.1"], seconds=2.1).grade
    assert "no name" in judge_names("192.0.2.1", ["192.0.2.1"], seconds=0.0).found


def test_an_address_that_does_not_answer_before_one_that_does_is_a_warning() -> None:
    """Each connection waits for it first; the one that answered is named first."""
    found = judge_knocks(25, [Knock("2001:db8::1", 5, "no route"), Knock("192.0.2.1", 0.02)])

    assert Grade.WARNING is found.grade
    assert found.found.startswith("192.0.2.1 port 25 answered in 20 ms")
    assert "2001:db8::1 port 25: no route" in found.found


@pytest.mark.parametrize(("timed_out", "word"), [(True, "firewall"), (False, "relay.port")])
def test_silence_is_asked_of_others_than_refusal(timed_out: bool, word: str) -> None:  # noqa: FBT001 - a parameter of the test
    """Silence is the mark of a firewall, a refusal that of a wrong port."""
    found = judge_knocks(25, [Knock("192.0.2.1", 30, "no", timed_out=timed_out)])

    assert Grade.FAULT is found.grade
    assert word in found.advice


@pytest.mark.parametrize(
    ("peer", "starttls", "grade", "word"),
    [
        ("127.0.0.1", False, Grade.OK, ""),
        ("::1", True, Grade.OK, "relay.security: starttls"),
        ("192.0.2.1", True, Grade.WARNING, "relay.security: starttls"),
        ("192.0.2.1", False, Grade.WARNING, "port with TLS"),
    ],
)
def test_plain_text_is_fine_at_home_only(peer: str, starttls: bool, grade: Grade, word: str) -> None:  # noqa: FBT001 - a parameter of the test
    """Without protection only this machine is fine; STARTTLS on offer is pointed out anywhere."""
    found = judge_plain(peer=peer, starttls=starttls)

    assert grade is found.grade
    assert word in found.advice


def test_a_login_on_offer_and_not_configured_is_pointed_out() -> None:
    """Many relays want none; where one is offered, the keys to set are named."""
    assert "" == no_login([]).advice
    assert "relay.username" in no_login(["plain"]).advice
    assert Grade.OK is no_login(["plain"]).grade


@pytest.mark.parametrize(
    ("replies", "grade", "word"),
    [
        ([Reply(250, "", "OK"), Reply(250, "", "OK")], Grade.OK, "may send"),
        ([Reply(553, "5.7.1", "not yours")], Grade.FAULT, "MAIL FROM b@customs.example"),
        ([Reply(250, "", "OK"), Reply(550, "5.1.1", "unknown")], Grade.FAULT, "RCPT TO s@customs.example"),
        ([Reply(250, "", "OK"), Reply(451, "4.7.1", "Greylisted")], Grade.WARNING, "RCPT TO"),
        ([Reply(530, "5.7.0", "log in first")], Grade.FAULT, "530 5.7.0 log in first"),
    ],
)
def test_the_sender_is_judged_by_the_last_reply(replies: list[Reply], grade: Grade, word: str) -> None:
    """The command that was refused is named with its address and the relay's words; a passing refusal is none."""
    found = judge_sender("b@customs.example", "s@customs.example", replies)

    assert grade is found.grade
    assert word in found.found


def test_a_test_message_counts_only_behind_its_content() -> None:
    """A 250 to RCPT is no acceptance; a 250 to the content is, and the mailbox is to be looked into."""
    accepted = judge_message("me@customs.example", Reply(250, "2.0.0", "queued"), stage=Stage.CONTENT)

    assert Grade.OK is accepted.grade
    assert "dkim=pass" in accepted.advice
    assert Grade.FAULT is judge_message("me@customs.example", Reply(250, "", "OK"), stage=Stage.RCPT).grade


@pytest.mark.parametrize(
    ("text", "ahead"),
    [
        ("relay.example ESMTP Tue, 12 Aug 2025 21:10:07 +0530", 7.0),
        ("relay.example ready at Tue, 12 Aug 2025 15:39:00 GMT", -60.0),
        ("relay.example 12 Aug 2025 15:40:00 +0000 ESMTP", 0.0),
        ("relay.example ESMTP 4.96", None),
        ("relay.example Tue, 32 Aug 2025 15:40:00 +0000", None),
        ("relay.example Tue, 12 Aug 2025 15:40:00 -0000", None),
        ("relay.example 2025-08-12 15:40:00", None),
    ],
)
def test_the_relays_time_is_read_where_it_tells_one(text: str, ahead: float | None) -> None:
    """A date of RFC 5322 with a zone, anywhere in what the relay said; no other text is taken for one."""
    assert ahead == relay_time([("EHLO", NOW), (text, NOW)])


@pytest.mark.parametrize(
    ("ahead", "grade"),
    [
        (None, Grade.UNEXAMINED),
        (5.0, Grade.OK),
        (-5.1, Grade.WARNING),
        (120.0, Grade.WARNING),
        (-120.1, Grade.FAULT),
    ],
)
def test_clocks_that_differ_are_told(ahead: float | None, grade: Grade) -> None:
    """More than 5 s apart is a warning, more than two minutes a fault, whichever is ahead."""
    assert grade is judge_relay_time(ahead).grade


@pytest.mark.parametrize(
    ("ehlo", "address"),
    [
        ("relay.example Hello office.example [192.0.2.7], pleased to meet you", "192.0.2.7"),
        ("relay.example Hello [IPv6:2001:db8::7]", "2001:db8::7"),
        ("relay.example", "10.0.0.5"),
        ("[192.0.2.1] at your service", "10.0.0.5"),
        ("relay.example Hello [999.1.1.1]", "10.0.0.5"),
    ],
)
def test_our_address_is_what_the_relay_says_back(ehlo: str, address: str) -> None:
    """An address that greets us counts before our own end's; the relay's own, or none at all, does not."""
    assert address == seen_address(ehlo, "10.0.0.5")


def test_the_relays_administrator_is_told_no_secret() -> None:
    """Address, envelope sender, pace, connections, port, protection and login are told; the password is not."""
    told = dict(to_tell(RELAY, envelope_from="b@customs.example", address="192.0.2.7"))

    assert "192.0.2.7" == told["Our address"]
    assert "b@customs.example" == told["Envelope sender"]
    assert "relay.example:587" == told["Relay and port"]
    assert "wzu" == told["Login"]
    assert "geheim-4" not in repr(told)
