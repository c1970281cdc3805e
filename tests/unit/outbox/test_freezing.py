"""What is frozen of a recipient and of a text: all that matters, and the same for the same content."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from dispatcher.messages.drafting import build_frames, variants_of
from dispatcher.messages.rendering import Renderer
from dispatcher.model import Enclosure, LatePolicy
from dispatcher.outbox.freezing import frozen_deliveries, frozen_frame, frozen_recipient, text_hash
from dispatcher.outbox.records import Rank
from tests.drafts import LANGUAGES, audiences, draft, office, recipient

if TYPE_CHECKING:
    from collections.abc import Callable

    from dispatcher.messages.drafting import Draft
    from dispatcher.model import Audience
    from dispatcher.outbox.records import FrozenDelivery

PLAN = Enclosure(file_name="plan.txt", media_type="text/plain", content=b"plan")


def _frozen(made_from: Draft) -> list[FrozenDelivery]:
    variants = variants_of(made_from.recipients)
    frames = build_frames(made_from, variants)
    return list(frozen_deliveries(made_from, made_from.recipients, variants=variants, frames=frames))


def test_every_delivery_has_random_ids_and_its_own_hashes() -> None:
    """128 random bits name a delivery; its messages differ from every other one's."""
    found = _frozen(draft("a@customs.example", "b@customs.example"))
    hashes = {one.original_hash for one in found} | {one.in_effect_hash for one in found}

    assert [16, 16] == [len(one.id) for one in found]
    assert 2 == len({one.id for one in found})
    assert 4 == len(hashes - {None})
    assert ["a@customs.example", "b@customs.example"] == [one.address for one in found]


@pytest.mark.parametrize("policy", [LatePolicy.DROP, LatePolicy.HOLD])
def test_no_late_wording_where_none_is_sent(policy: LatePolicy) -> None:
    """Where a late message is dropped or held there is one wording to check."""
    whole = draft("a@customs.example")

    assert [None] == [
        one.in_effect_hash for one in _frozen(replace(whole, advisory=replace(whole.advisory, late_policy=policy)))
    ]


def _with_notice_draft() -> list[Audience]:
    return [replace(one, kit="notice_draft") if one.name == "commissioners" else one for one in audiences()]


def test_rank() -> None:
    """Who passes the advisory on goes first, then who must act (with or without a kit), then who is told."""
    told = [
        recipient("copy@customs.example", "copy"),
        recipient("office@customs.example", "commissioners", "copy"),
        recipient("eici@eici.example", "copy", "eici"),
        recipient("cms@cms.example", "cms"),
    ]

    assert [
        ("eici@eici.example", Rank.MEDIATOR),
        ("cms@cms.example", Rank.MEDIATOR),
        ("office@customs.example", Rank.TO),
        ("copy@customs.example", Rank.COPY),
    ] == [(one.address, one.rank) for one in _frozen(draft(*told, audiences=_with_notice_draft()))]


def test_address_beyond_ascii_is_frozen_as_such() -> None:
    """A recipient that needs SMTPUTF8 is marked, and its message holds the address in UTF-8."""
    (found,) = _frozen(draft(recipient("आयुक्त@customs.example")))

    assert found.smtputf8
    assert "आयुक्त@customs.example" == found.address


def test_recipient_is_frozen_for_message_and_register() -> None:
    """All roles are joined: what each post's line says, and what the register shows; each thing once."""
    first = recipient("a@customs.example", "commissioners", "custodians")
    second = replace(
        first.roles[1], places=("Delhi", "Mumbai"), organisation={"en": "Terminal"}, phone="", language="en"
    )
    told = replace(first, roles=(first.roles[0], second))
    frozen = json.loads(frozen_recipient(told, {"hi": ["क"], "en": ["x", "y"]}))

    assert {
        "audiences": ["commissioners", "custodians"],
        "places": ["Mumbai", "Delhi"],
        "part": "to",
        "designation": {"hi": "आयुक्त", "en": "Commissioner"},
        "organisation": {"hi": "सीमा शुल्क", "en": "Customs; Terminal"},
        "phone": "022-20825140",
        "language": "both; en",
        "lines": {"hi": ["क"], "en": ["x", "y"]},
    } == frozen


def test_frame_is_frozen_by_the_hashes_of_its_parts() -> None:
    """A frame's layout names its octets by hash, so that releases can share them."""
    made_from = draft("a@customs.example")
    frames = build_frames(made_from, variants_of(made_from.recipients))
    (key, frame) = next(iter(frames.items()))
    frozen = frozen_frame(key, frame)

    assert key == (frozen.variant, frozen.wording)
    assert all(name in frozen.layout for name in frozen.octets)
    assert 1 == json.loads(frozen.layout)["version"]


def _with_office_phone(whole: Draft) -> Draft:
    other = replace(office(), phone="022-00000000")
    renderer = Renderer(whole.templates, office=other, languages=LANGUAGES, audiences=audiences())
    return replace(whole, renderer=renderer)


def _with_other_note(whole: Draft) -> Draft:
    return replace(
        whole,
        audiences=[replace(one, note="cms") if one.name == "copy" else one for one in whole.audiences],
    )


CHANGES: dict[str, Callable[[Draft], Draft]] = {
    "a word of the advisory": lambda whole: replace(
        whole, advisory=replace(whole.advisory, do={**whole.advisory.do, "hi": "कुछ न करें।"})
    ),
    "a clock": lambda whole: replace(
        whole, advisory=replace(whole.advisory, notify_before=whole.advisory.notify_before - timedelta(hours=1))
    ),
    "a template": lambda whole: replace(whole, templates={**whole.templates, "mail/style.css": ""}),
    "the sender": lambda whole: replace(whole, sender=replace(whole.sender, reply_to="x@customs.example")),
    "an enclosure": lambda whole: replace(whole, enclosures=[PLAN]),
    "the letterhead": _with_office_phone,
    "a covering note": _with_other_note,
    "the languages' order": lambda whole: replace(whole, languages=("en", "hi")),
}


@pytest.mark.parametrize("what", CHANGES)
def test_text_hash_sees_every_change_of_the_messages(what: str) -> None:
    """Whatever changes what a message says changes the hash that supplementary releases are held to."""
    whole = draft("a@customs.example")

    assert text_hash(whole) != text_hash(CHANGES[what](whole))


def test_text_hash_sees_an_enclosure_change() -> None:
    """The same file name with other content is another text."""
    whole = draft()
    one, other = ([replace(PLAN, content=content)] for content in (b"1", b"2"))

    assert text_hash(replace(whole, enclosures=one)) != text_hash(replace(whole, enclosures=other))


def test_text_hash_is_not_of_recipients() -> None:
    """A later list of recipients, or an audience that the advisory does not address, is no change of the text."""
    whole = draft("a@customs.example")
    stranger = replace(whole.audiences[0], name="press")

    assert text_hash(whole) == text_hash(draft("b@customs.example"))
    assert text_hash(whole) == text_hash(replace(whole, audiences=[*whole.audiences, stranger]))
