"""An advisory as the keys of advisory.yaml, its texts rendered: the way back from `building`. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from dispatcher.advisories.document import record_of
from dispatcher.advisories.values import CLOCKS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from dispatcher.model import Advisory, Para

_EXPRESSIONS = ("{{", "{%", "{#")
_WIDTH = 115


def as_keys(advisory: Advisory, *, zone: tzinfo) -> dict[str, Any]:
    """Return the keys of advisory.yaml that make this advisory again; instants in `zone`.

    Not what only its own office may say of it: which questions are answered, who is reminded and in what words,
    where it comes from.
    """
    clocks = {name: getattr(advisory, name) for name in CLOCKS}
    own = {
        **{name: at.astimezone(zone).isoformat() for name, at in clocks.items() if at is not None},
        "late_policy": str(advisory.late_policy),
        "in_doubt": str(advisory.in_doubt),
        **{name: dict(getattr(advisory, name)) for name in ("what", "do", "in_effect")},
        "paras": [_para(para) for para in advisory.paras],
        "addressees": [
            {
                "audience": line.audience,
                "places": list(line.places),
                "instruction": dict(line.instruction),
                "ask": dict(line.ask),
                **({"late_ask": dict(line.late_ask)} if line.late_ask else {}),
            }
            for line in advisory.addressees
        ],
    }
    return {name: value for name, value in (record_of(advisory) | own).items() if value is not None}


def holds_expressions(keys: Mapping[str, Any]) -> bool:
    """Tell whether a text among the keys would be taken for an expression, and not printed as it is."""
    text = json.dumps(keys, ensure_ascii=False)
    return any(mark in text for mark in _EXPRESSIONS)


def as_yaml(keys: Mapping[str, Any], *, comments: tuple[str, ...]) -> str:
    """Return the keys as advisory.yaml holds them, below some lines of comment."""
    head = "".join(f"# {line}\n" for line in comments)
    return head + yaml.safe_dump(dict(keys), allow_unicode=True, sort_keys=False, width=_WIDTH)


def _para(para: Para) -> dict[str, Any]:
    steps = {"steps": [dict(step) for step in para.steps]} if para.steps else {}
    return {"kind": para.kind, **para.text, **steps}
