"""Which recipients share a frame, which wordings a release holds, and what a message has of its own."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.messages.composing import compose, undated
from dispatcher.messages.drafting import (
    Variant,
    build_frames,
    heading_of,
    message_id,
    own_values,
    variants_of,
    with_document,
    wordings_of,
)
from dispatcher.model import Enclosure, LatePolicy, OfficialDocument, Part, Wording
from tests.drafts import draft, recipient

KIT = Enclosure(file_name="onward.zip", media_type="application/zip", content=b"PK")
PLAN = Enclosure(file_name="plan.pdf", media_type="application/pdf", content=b"plan")
DOCUMENT = OfficialDocument(file_name="Advisory-10-SYS-WZU-2025.pdf", content=b"%PDF-1.7 of the advisory")
NAMES = ("commissioners", "custodians", "cms", "copy")
ids = st.text("0123456789abcdef", min_size=32, max_size=32)


@given(st.lists(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True), max_size=12))
def test_recipients_share_a_variant_exactly_when_audiences_and_part_are_the_same(told: list[list[str]]) -> None:
    """Variants are numbered as they first occur; recipients share one if and only if both fields agree."""
    recipients = [recipient(f"r{n}@customs.example", *names) for n, names in enumerate(told)]
    variants = variants_of(recipients)
    keys = [Variant(one.audiences, one.part) for one in recipients]

    assert set(keys) == set(variants)
    assert list(range(len(variants))) == list(variants.values())
    assert [keys.index(key) for key in variants] == sorted(keys.index(key) for key in variants)


def test_part_makes_a_variant() -> None:
    """Who is only told for information gets no request to acknowledge, so he shares with nobody who must act."""
    to, copy = recipient("a@customs.example"), recipient("b@customs.example", part=Part.COPY)

    assert {Variant(("commissioners",), Part.TO): 0, Variant(("commissioners",), Part.COPY): 1} == variants_of(
        [to, copy]
    )


def test_a_kit_goes_to_the_main_address_of_its_audience() -> None:
    """Who is the first address of a row gets the kit of the row's audience, its Cc and other audiences do not."""
    main = recipient("desk@eici.example", "eici")
    further = replace(main, roles=tuple(replace(role, primary=False) for role in main.roles))
    other = recipient("delhi@customs.example")
    made_from = draft(main, further, other, kits={"onward": (KIT,)})

    assert {"eici": "onward"} == made_from.kit_of
    assert [("onward",), (), ()] == [one.kits for one in variants_of(made_from.recipients, made_from.kit_of)]


def test_what_a_message_carries() -> None:
    """The document first, then the kits of the variant, then the enclosures; the text names what is there."""
    bare = draft(recipient("desk@eici.example", "eici"), kits={"onward": (KIT,)}, enclosures=(PLAN,))
    made_from = with_document(bare, DOCUMENT)
    frames = build_frames(made_from, variants_of(made_from.recipients, made_from.kit_of))
    message = compose(
        frames[0, Wording.ORIGINAL],
        own_values(
            address="desk@eici.example",
            delivery_id="0" * 32,
            domain="customs.example",
            wording=Wording.ORIGINAL,
            lines=made_from.renderer.recipient_lines(made_from.recipients[0]),
        ),
        date=datetime(2025, 8, 12, 15, 40, tzinfo=UTC),
    )
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    body = parsed.get_body(("plain",))
    text = body.get_content() if body else ""

    assert [DOCUMENT.file_name, "onward.zip", "plan.pdf"] == [
        part.get_filename() for part in parsed.iter_attachments()
    ]
    assert [DOCUMENT.content, b"PK", b"plan"] == [part.get_content() for part in parsed.iter_attachments()]
    assert text.count(DOCUMENT.sha256) == 2
    assert [f"{DOCUMENT.file_name}, onward.zip"] * 2 == re.findall(r"(?:संलग्नक|Enclosures): ([^\r\n]*)", text)
    assert "A ready notice for couriers (Hindi and English) is enclosed" in " ".join(text.split())


@pytest.mark.parametrize("policy", list(LatePolicy))
def test_wordings_of_each_policy(policy: LatePolicy) -> None:
    """A release knows the late wording where the policy sends late, and only there."""
    late = policy in {LatePolicy.SEND_IN_EFFECT, LatePolicy.SEND_MARKED}

    assert (Wording.ORIGINAL, *([Wording.IN_EFFECT] if late else [])) == wordings_of(policy)


def test_every_variant_has_a_frame_in_every_wording() -> None:
    """Nothing is left to be rendered after prepare."""
    told = [
        recipient("a@customs.example"),
        recipient("b@eici.example", "eici"),
        recipient("c@customs.example", "copy"),
    ]
    made_from = draft(*told)
    variants = variants_of(told)
    frames = build_frames(made_from, variants)

    assert {(number, wording) for number in variants.values() for wording in Wording} == set(frames)
    assert all(one != other for one, other in pairwise(frames.values()))


def test_frames_depend_on_no_recipient() -> None:
    """Recipients of one variant are composed from one frame, which holds nothing of any of them."""
    told = [recipient("a@customs.example", places=("Delhi",)), recipient("b@customs.example", places=("Cochin",))]
    both, one = (build_frames(draft(*some), variants_of(some)) for some in (told, told[1:]))

    assert both == one


def test_heading_of_a_draft() -> None:
    """The shared header fields name the advisory, its revision and the languages in their order."""
    made_from = draft()
    heading = heading_of(replace(made_from, advisory=replace(made_from.advisory, revision=2)))

    assert ("10/SYS/WZU/2025", "10-SYS-WZU-2025", 2, ("hi", "en")) == (
        heading.number, heading.slug, heading.revision, heading.languages
    )  # fmt: skip


@given(ids, ids)
def test_message_ids_differ_by_delivery_and_wording(one: str, other: str) -> None:
    """Each wording of each delivery has an identifier of its own, the same on every attempt (RFC 5322, 3.6.4)."""
    made = {
        (name, wording): message_id(name, "customs.example", wording)
        for name in (one, other)
        for wording in Wording
    }

    assert len({one, other}) * 2 == len(set(made.values()))
    assert all(found.startswith(name) and found.endswith("@customs.example") for (name, _), found in made.items())


def test_own_values_are_all_that_differs() -> None:
    """Two messages of one frame differ in To, Message-ID, X-Delivery-Id and the post that is addressed."""
    told = recipient("a@customs.example")
    made_from = draft(told)
    frame = build_frames(made_from, variants_of([told]))[0, Wording.ORIGINAL]
    lines = made_from.renderer.recipient_lines(told)
    one, other = (
        undated(
            frame,
            own_values(
                address=f"{name}@customs.example",
                delivery_id=name * 32,
                domain="customs.example",
                wording=Wording.ORIGINAL,
                lines=lines,
            ),
        ).split(b"\r\n")
        for name in "ab"
    )

    assert ["To", "Message-ID", "X-Delivery-Id"] == [
        left.partition(b":")[0].decode() for left, right in zip(one, other, strict=True) if left != right
    ]
