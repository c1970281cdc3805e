"""What follows a release by itself as the store keeps it: JSON, bound to its frames by their hashes. Pure."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dispatcher.acts import FollowUp, Remind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dispatcher.outbox.records import FrozenFrame


def frozen_follow_ups(follow_ups: Sequence[FollowUp], frames: Iterable[FrozenFrame]) -> str:
    """Return what is stored and approved: each with the SHA-256 of its frames' layouts; empty where there is none.

    A layout names its octets by hash, so nothing of a message can change afterwards unseen.
    """
    layouts = {(one.wording, one.variant): layout_hash(one.layout) for one in frames}
    told = [_as_json(each) | {"frames": _of_act(layouts, each.act)} for each in follow_ups]
    return json.dumps(told, separators=(",", ":"), sort_keys=True) if told else ""


def thawed_follow_ups(text: str) -> tuple[FollowUp, ...]:
    """Return what `frozen_follow_ups` stored."""
    return tuple(_follow_up(each) for each in json.loads(text or "[]"))


def layouts_of(text: str, act: str) -> dict[int, str]:
    """Return variant -> SHA-256 of the layout of an act's frame."""
    (each,) = [one for one in json.loads(text) if one["act"] == act]
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
    return {"act": each.act, **moments, "to": each.to, "after": each.after, "left": each.left}


def _follow_up(told: dict[str, Any]) -> FollowUp:
    return FollowUp(
        act=told["act"],
        at=datetime.fromtimestamp(told["at"], UTC),
        until=datetime.fromtimestamp(told["until"], UTC),
        to=Remind(told["to"]),
        after=told["after"],
        left=told["left"],
    )
