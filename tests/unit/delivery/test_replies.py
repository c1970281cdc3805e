"""The reply table: every row by replies that relays give, and what holds for all of them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.delivery import verdicts
from dispatcher.delivery.replies import Scope, Verdict, _fits, classify, names_a_parameter, parse_reply
from dispatcher.delivery.reply_table import RULES
from dispatcher.outbox.schedule import RetryKind
from dispatcher.outbox.states import DeliveryState
from dispatcher.smtp import Reply, Stage

CONNECT, MAIL, RCPT, DATA, CONTENT = Stage
ACCEPTED, DEFERRED = DeliveryState.ACCEPTED, DeliveryState.DEFERRED
FAILED, HELD = DeliveryState.FAILED, DeliveryState.HELD

TEXTS = st.text(max_size=60) | st.sampled_from(
    [
        "Greylisted, try again later",
        "mailbox full",
        "user unknown",
        "too many connections, slow down",
        "blocked by policy",
        "message size exceeds fixed maximum",
    ]
)
MESSAGES = st.builds("{}.{}.{} {}".format, st.integers(2, 5), st.integers(0, 7), st.integers(0, 30), TEXTS) | TEXTS

DOMAIN_TABLE: list[tuple[Stage, str, tuple[DeliveryState, Scope, RetryKind]]] = [
    # 421 at any point
    (CONNECT, "421 4.3.2 shutting down", (DEFERRED, Scope.CHANNEL, RetryKind.ORDINARY)),
    (MAIL, "421 4.4.2 timeout", (DEFERRED, Scope.CHANNEL, RetryKind.ORDINARY)),
    (RCPT, "421 service not available", (DEFERRED, Scope.CHANNEL, RetryKind.ORDINARY)),
    (DATA, "421 4.7.1 closing", (DEFERRED, Scope.CHANNEL, RetryKind.ORDINARY)),
    (CONTENT, "421 4.3.0 closing", (DEFERRED, Scope.CHANNEL, RetryKind.ORDINARY)),
    (MAIL, "421 too many messages in this connection", (DEFERRED, Scope.CHANNEL, RetryKind.ORDINARY)),
    (MAIL, "421 4.7.0 Too many messages per session", (DEFERRED, Scope.CHANNEL, RetryKind.ORDINARY)),
    (MAIL, "421 4.7.0 too many messages, slow down", (DEFERRED, Scope.PACE, RetryKind.THROTTLED)),
    # temporary authentication failure; credentials
    (CONNECT, "454 4.7.0 Temporary authentication failure", (DEFERRED, Scope.CHANNEL, RetryKind.ORDINARY)),
    (MAIL, "454 4.7.0 Temporary authentication failure", (DEFERRED, Scope.CHANNEL, RetryKind.ORDINARY)),
    (CONNECT, "535 5.7.8 bad credentials", (HELD, Scope.CHANNEL, RetryKind.ORDINARY)),
    (CONNECT, "534 5.7.9 mechanism too weak", (HELD, Scope.CHANNEL, RetryKind.ORDINARY)),
    (MAIL, "530 5.7.0 Authentication required", (HELD, Scope.CHANNEL, RetryKind.ORDINARY)),
    (MAIL, "535 no", (HELD, Scope.CHANNEL, RetryKind.ORDINARY)),
    (CONNECT, "550 5.7.0 authentication failed", (HELD, Scope.CHANNEL, RetryKind.ORDINARY)),
    (MAIL, "550 5.7.8 log in first", (HELD, Scope.CHANNEL, RetryKind.ORDINARY)),
    # greylisting, in several tongues
    (RCPT, "450 4.2.0 Greylisted, see the postmaster's page", (DEFERRED, Scope.DELIVERY, RetryKind.GREYLISTED)),
    (RCPT, "451 4.7.1 Greylisting in action", (DEFERRED, Scope.DELIVERY, RetryKind.GREYLISTED)),
    (CONTENT, "451 4.7.1 Try again later", (DEFERRED, Scope.DELIVERY, RetryKind.GREYLISTED)),
    (RCPT, "451 you are greylisted", (DEFERRED, Scope.DELIVERY, RetryKind.GREYLISTED)),
    (RCPT, "450 4.7.0 graylisted", (DEFERRED, Scope.DELIVERY, RetryKind.GREYLISTED)),
    # ordinary trouble
    (RCPT, "450 4.1.1 unverified address", (DEFERRED, Scope.DELIVERY, RetryKind.ORDINARY)),
    (RCPT, "451 4.3.0 temporary lookup failure", (DEFERRED, Scope.DELIVERY, RetryKind.ORDINARY)),
    (CONTENT, "452 4.3.1 Insufficient system storage", (DEFERRED, Scope.DELIVERY, RetryKind.ORDINARY)),
    (DATA, "450 not now", (DEFERRED, Scope.DELIVERY, RetryKind.ORDINARY)),
    (RCPT, "452 4.5.3 Too many recipients", (DEFERRED, Scope.DELIVERY, RetryKind.ORDINARY)),
    (RCPT, "450 4.2.1 receiving mail at a rate that is too high", (DEFERRED, Scope.DELIVERY, RetryKind.ORDINARY)),
    # mailbox full
    (RCPT, "452 4.2.2 over quota", (DEFERRED, Scope.DELIVERY, RetryKind.MAILBOX_FULL)),
    (RCPT, "552 5.2.2 over quota", (DEFERRED, Scope.DELIVERY, RetryKind.MAILBOX_FULL)),
    (RCPT, "552 mailbox full", (DEFERRED, Scope.DELIVERY, RetryKind.MAILBOX_FULL)),
    (RCPT, "552 exceeded", (DEFERRED, Scope.DELIVERY, RetryKind.MAILBOX_FULL)),
    (RCPT, "550 mailbox is full", (DEFERRED, Scope.DELIVERY, RetryKind.MAILBOX_FULL)),
    (CONTENT, "552 user over quota", (DEFERRED, Scope.DELIVERY, RetryKind.MAILBOX_FULL)),
    (RCPT, "452 mailbox full", (DEFERRED, Scope.DELIVERY, RetryKind.MAILBOX_FULL)),
    # too fast
    (RCPT, "450 4.7.0 you are sending too fast", (DEFERRED, Scope.PACE, RetryKind.THROTTLED)),
    (MAIL, "451 4.7.500 please try later", (DEFERRED, Scope.PACE, RetryKind.THROTTLED)),
    (RCPT, "451 4.7.1 too many messages from you", (DEFERRED, Scope.PACE, RetryKind.THROTTLED)),
    (RCPT, "450 rate limit reached", (DEFERRED, Scope.PACE, RetryKind.THROTTLED)),
    # the address is dead, moved or disabled
    (RCPT, "550 5.1.1 User unknown", (FAILED, Scope.ADDRESS, RetryKind.ORDINARY)),
    (RCPT, "550 5.1.2 Host unknown", (FAILED, Scope.ADDRESS, RetryKind.ORDINARY)),
    (RCPT, "501 5.1.3 Bad address syntax", (FAILED, Scope.ADDRESS, RetryKind.ORDINARY)),
    (RCPT, "556 5.1.10 Recipient domain takes no mail", (FAILED, Scope.ADDRESS, RetryKind.ORDINARY)),
    (RCPT, "550 5.4.4 Unable to route", (FAILED, Scope.ADDRESS, RetryKind.ORDINARY)),
    (RCPT, "550 no such user here", (FAILED, Scope.ADDRESS, RetryKind.ORDINARY)),
    (RCPT, "553 malformed address", (FAILED, Scope.ADDRESS, RetryKind.ORDINARY)),
    (RCPT, "551 user not local; please try <new@customs.example>", (FAILED, Scope.ADDRESS, RetryKind.ORDINARY)),
    (RCPT, "550 5.1.6 moved", (FAILED, Scope.ADDRESS, RetryKind.ORDINARY)),
    (RCPT, "550 5.2.1 mailbox disabled", (FAILED, Scope.ADDRESS, RetryKind.ORDINARY)),
    # the content
    (MAIL, "552 5.3.4 too big", (FAILED, Scope.ADVISORY, RetryKind.ORDINARY)),
    (CONTENT, "554 5.3.4 too big", (FAILED, Scope.ADVISORY, RetryKind.ORDINARY)),
    (CONTENT, "552 Error: Too much mail data", (FAILED, Scope.ADVISORY, RetryKind.ORDINARY)),
    (CONTENT, "554 message too large", (FAILED, Scope.ADVISORY, RetryKind.ORDINARY)),
    (CONTENT, "550 5.6.0 headers malformed", (FAILED, Scope.ADVISORY, RetryKind.ORDINARY)),
    (CONTENT, "554 5.6.1 media not supported", (FAILED, Scope.ADVISORY, RetryKind.ORDINARY)),
    (CONTENT, "552 5.2.3 too big for this mailbox", (FAILED, Scope.DELIVERY, RetryKind.ORDINARY)),
    # policy: never a dead address
    (RCPT, "550 5.7.1 Relaying denied", (HELD, Scope.DELIVERY, RetryKind.ORDINARY)),
    (CONTENT, "550 5.7.26 unauthenticated mail", (HELD, Scope.DELIVERY, RetryKind.ORDINARY)),
    (CONTENT, "550 5.7.515 does not meet the level", (HELD, Scope.DELIVERY, RetryKind.ORDINARY)),
    (RCPT, "554 5.7.1 Client host rejected", (HELD, Scope.DELIVERY, RetryKind.ORDINARY)),
    (RCPT, "550 listed on a block list", (HELD, Scope.DELIVERY, RetryKind.ORDINARY)),
    # blocked by the provider; our own sender refused
    (RCPT, "550 5.4.6 outgoing mail blocked", (HELD, Scope.CHANNEL, RetryKind.ORDINARY)),
    (MAIL, "554 5.1.8 blocked", (HELD, Scope.CHANNEL, RetryKind.ORDINARY)),
    (MAIL, "550 5.1.1 sender unknown", (HELD, Scope.CHANNEL, RetryKind.ORDINARY)),
    (MAIL, "553 5.1.7 bad sender address", (HELD, Scope.CHANNEL, RetryKind.ORDINARY)),
    (MAIL, "553 not one of your senders", (HELD, Scope.CHANNEL, RetryKind.ORDINARY)),
    # a refused parameter; protocol trouble
    (MAIL, "555 5.5.4 parameter not recognised", (DEFERRED, Scope.CHANNEL, RetryKind.ORDINARY)),
    (RCPT, "504 not implemented", (DEFERRED, Scope.CHANNEL, RetryKind.ORDINARY)),
    (MAIL, "500 what", (HELD, Scope.CHANNEL, RetryKind.ORDINARY)),
    (MAIL, "501 syntax", (HELD, Scope.CHANNEL, RetryKind.ORDINARY)),
    (RCPT, "502 not implemented", (HELD, Scope.CHANNEL, RetryKind.ORDINARY)),
    (DATA, "503 bad sequence", (HELD, Scope.CHANNEL, RetryKind.ORDINARY)),
    (CONNECT, "521 no mail here", (HELD, Scope.CHANNEL, RetryKind.ORDINARY)),
    (CONNECT, "250 hello?", (HELD, Scope.CHANNEL, RetryKind.ORDINARY)),
    (RCPT, "554 5.3.2 no mail is taken here", (HELD, Scope.CHANNEL, RetryKind.ORDINARY)),
    (MAIL, "556 no mail", (HELD, Scope.CHANNEL, RetryKind.ORDINARY)),
    # an address that needs SMTPUTF8 further on (RFC 6531)
    (RCPT, "553 5.6.7 non-ASCII address", (HELD, Scope.DELIVERY, RetryKind.ORDINARY)),
    # what is left
    (RCPT, "550 no", (FAILED, Scope.DELIVERY, RetryKind.ORDINARY)),
    (CONTENT, "554 transaction failed", (FAILED, Scope.DELIVERY, RetryKind.ORDINARY)),
    (CONTENT, "250 2.0.0 queued", (ACCEPTED, Scope.DELIVERY, RetryKind.ORDINARY)),
]


def _reply_of(line: str) -> Reply:
    return parse_reply(int(line[:3]), line[4:])


@pytest.mark.parametrize(("stage", "line", "expected"), DOMAIN_TABLE, ids=lambda value: str(value)[:40])
def test_each_row_of_the_domain_table(
    stage: Stage, line: str, expected: tuple[DeliveryState, Scope, RetryKind]
) -> None:
    """A reply of each class gets that class's state, scope and retry."""
    verdict = classify(stage, _reply_of(line))

    assert expected == (verdict.state, verdict.scope, verdict.retry)


def test_no_row_is_hidden_behind_another() -> None:
    """Each row of the reply table is the first that fits some reply above, or one that is out of step."""
    replies = [(stage, _reply_of(line)) for stage, line, _ in DOMAIN_TABLE]
    replies.append((DATA, _reply_of("250 out of step")))
    reached = {next(rule for rule in RULES if _fits(rule, stage, reply)) for stage, reply in replies}

    assert [] == [rule for rule in RULES if rule not in reached]


def test_trouble_that_repeats_is_the_channels() -> None:
    """A policy refusal or a general 4yz is the delivery's own, until two in a row show that it is the relay's."""
    policy = classify(RCPT, _reply_of("554 5.7.1 blocked"))
    trouble = classify(RCPT, _reply_of("451 4.3.0 lookup failure"))

    assert (Scope.CHANNEL, Scope.CHANNEL) == (policy.repeated, trouble.repeated)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("501 5.5.4 what", True),
        ("501 Syntax error in parameters or arguments", True),
        ("501 5.5.2 unsupported option: RET", True),
        ("501 5.1.3 Bad recipient address syntax", False),
        ("501 malformed address", False),
        ("500 unknown parameter", False),
        ("550 5.5.4 what", False),
    ],
)
def test_a_501_may_name_a_parameter(line: str, *, expected: bool) -> None:
    """By its enhanced code or by its words; another code never does."""
    assert expected == names_a_parameter(_reply_of(line))


def test_an_enhanced_code_of_another_class_is_not_believed() -> None:
    """450 with 5.1.1 stays temporary (RFC 2034, section 4)."""
    assert classify(RCPT, _reply_of("450 5.1.1 User unknown")).state is DEFERRED


@given(code=st.integers(200, 299), message=MESSAGES)
def test_any_2yz_after_the_final_dot_is_acceptance(code: int, message: str) -> None:
    """Whatever a 2yz says after the content, the relay has taken the message (RFC 5321, section 4.2.1)."""
    assert classify(CONTENT, parse_reply(code, message)) is verdicts.ACCEPTED


@given(stage=st.sampled_from(Stage), code=st.integers(400, 499), message=MESSAGES)
def test_no_4yz_is_final(stage: Stage, code: int, message: str) -> None:
    """A temporary reply never ends a delivery."""
    assert classify(stage, parse_reply(code, message)).state is DEFERRED


@given(code=st.integers(500, 599), message=MESSAGES)
def test_a_5yz_at_rcpt_is_not_simply_repeated(code: int, message: str) -> None:
    """A permanent reply fails, holds, concerns the channel, or is a full mailbox (which has tries of its own)."""
    verdict = classify(RCPT, parse_reply(code, message))

    assert (
        verdict.state in {FAILED, HELD}
        or verdict.scope is Scope.CHANNEL
        or verdict.retry is RetryKind.MAILBOX_FULL
    )


@given(stage=st.sampled_from([CONNECT, MAIL]), code=st.integers(500, 599), message=MESSAGES)
def test_no_address_dies_before_it_was_named(stage: Stage, code: int, message: str) -> None:
    """Before RCPT the relay does not know the recipient, so nothing it says is about the address."""
    assert classify(stage, parse_reply(code, message)).scope is not Scope.ADDRESS


@given(stage=st.sampled_from(Stage), code=st.integers(), message=st.text())
def test_every_reply_has_a_verdict(stage: Stage, code: int, message: str) -> None:
    """Any number with any text is classified, and acceptance comes from a 2yz after the content only."""
    verdict = classify(stage, parse_reply(code, message))

    assert isinstance(verdict, Verdict)
    assert (verdict.state is ACCEPTED) == (stage is CONTENT and 200 <= code <= 299)


def test_the_enhanced_code_is_split_off_every_line() -> None:
    """A reply of several lines bears its enhanced code on each; the text is one line without it."""
    assert Reply(550, "5.1.1", "no such user see the list") == parse_reply(
        550, "5.1.1 no such user\n5.1.1 see the list"
    )


@pytest.mark.parametrize("message", ["5.1.1no such user", "9.1.1 what", "1.2.3.4 is blocked", "5.1", ""])
def test_a_number_that_is_no_enhanced_code_stays_text(message: str) -> None:
    """Only class 2, 4 or 5, three numbers and a blank make an enhanced code (RFC 3463, section 2)."""
    assert Reply(550, "", message) == parse_reply(550, message)


def test_escapes_and_invisible_characters_are_removed() -> None:
    """A relay cannot colour a terminal, turn the direction of a text or add a line; Hindi joiners stay."""
    hostile = "\x1b[31mred\r\nwhite\u202eback\u200bspace\udcff क्\u200dष"

    assert Reply(550, "", "[31mred whitebackspace\ufffd क्\u200dष") == parse_reply(550, hostile)


@given(message=st.text(max_size=3000))
def test_a_text_is_one_short_visible_line(message: str) -> None:
    """Whatever a relay says becomes at most 500 characters without control characters or line breaks."""
    text = parse_reply(250, message).text

    assert len(text) <= 500
    assert not {unicodedata.category(character) for character in text} & {"Cc", "Zl", "Zp", "Cs"}
    assert text == text.strip()
