"""What follows a release by itself as the store keeps it: JSON, bound to its frames by their hashes. Pure."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dispatcher.acts import FollowUp, Life, Passed, Remind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dispatcher.outbox.records import FrozenFrame


def frozen_life(life: Life, frames: Iterable[FrozenFrame]) -> str:
    """Return what is stored and approved: what follows, with the sums of its frames' layouts; what is passed over.

    A layout names its octets by hash, so nothing of a message can change afterwards unseen. Empty where there is
    nothing to tell.
    """
    layouts = {(one.wording, one.variant): layout_hash(one.layout) for one in frames}
    follow_ups = [_as_json(each) | {"frames": _of_act(layouts, each.act)} for each in life.follow_ups]
    passed = [{"slot": one.slot, "at": one.at.timestamp(), "why": one.why} for one in life.passed]
    told = {"follow_ups": follow_ups, "passed": passed}
    return json.dumps(told, separators=(",", ":"), sort_keys=True) if follow_ups or passed else ""


def thawed_life(text: str) -> Life:
    """Return what `frozen_life` stored."""
    if not text:
        return Life()
    told = json.loads(text)
    return Life(
        tuple(_follow_up(each) for each in told["follow_ups"]),
        tuple(Passed(one["slot"], datetime.fromtimestamp(one["at"], UTC), one["why"]) for one in told["passed"]),
    )


def layouts_of(text: str, act: str) -> dict[int, str]:
    """Return variant -> SHA-256 of the layout of an act's frame."""
    (each,) = [one for one in json.loads(text)["follow_ups"] if one["act"] == act]
    return {int(variant): name for variant, name in each["frames"].items()}


def frame_name(act: str) -> str:
    """Return the name under which an act's frames stand beside those of the release's own wordings."""
    return f"act:{act}"


def layout_hash(layout: str) -> str:
    """Return what stands for a frame's layout."""
    return hashlib.sha256(layout.encode()).hexdigest()


def _of_act(layouts: dict[tuple[str, int], str], act: str) -> dict[str, str]:
    return {str(variant): name for (of, variant), name in layouts.items() if of == frame_name(act)}


def _as_json(each: FollowUp) -> dict[str, Any]:
    moments = {"at": each.at.timestamp(), "until": each.until.timestamp()}
    told = {"act": each.act, **moments, "to": each.to, "after": each.after, "left": each.left}
    return told | ({"for_return": True} if each.for_return else {})


def _follow_up(told: dict[str, Any]) -> FollowUp:
    return FollowUp(
        act=told["act"],
        at=datetime.fromtimestamp(told["at"], UTC),
        until=datetime.fromtimestamp(told["until"], UTC),
        to=Remind(told["to"]),
        after=told["after"],
        left=told["left"],
        for_return=told.get("for_return", False),
    )
