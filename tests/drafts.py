"""Drafts of the sample advisory for recipients of a test's choice."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from dispatcher.advisories.reading import read_advisory
from dispatcher.errors import Source
from dispatcher.messages.drafting import Draft
from dispatcher.messages.rendering import Attached, Renderer
from dispatcher.messages.templates import read_templates
from dispatcher.model import Audience, Office, Part, Recipient, Role, Sender

ROOT = Path(__file__).parents[1]
LANGUAGES = ("hi", "en")
SENDER = Sender(
    name="DG Systems WZU Mumbai",
    address="systems@customs.example",
    reply_to="helpdesk@customs.example",
    envelope_from="bounces@customs.example",
)


def recipient(address: str, *audiences: str, **changes: Any) -> Recipient:
    """Return a recipient of the audiences, or of the commissioners; `changes` are those of each role."""
    names = audiences or ("commissioners",)
    roles = tuple(replace(_role(name, row), **changes) for row, name in enumerate(names, start=2))
    return Recipient(address=address, roles=roles, needs_smtputf8=not address.isascii())


def draft(*recipients: Recipient | str, **changes: Any) -> Draft:
    """Return a draft of the sample advisory for recipients, or addresses of commissioners."""
    whole = tuple(one if isinstance(one, Recipient) else recipient(one) for one in recipients)
    return replace(_sample(), recipients=whole, **changes)


def _role(audience: str, row: int) -> Role:
    return Role(
        audience=audience,
        part=Part.COPY if audience == "copy" else Part.TO,
        primary=True,
        places=("Mumbai",),
        designation={"hi": "आयुक्त", "en": "Commissioner"},
        organisation={"hi": "सीमा शुल्क", "en": "Customs"},
        language="both",
        phone="022-20825140",
        source=Source(f"{audience}.xlsx", row=row, column="E"),
    )


@cache
def settings() -> dict[str, Any]:
    """Return config.yaml of the sample workspace as read."""
    read: dict[str, Any] = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    return read


@cache
def office() -> Office:
    """Return the office of the sample workspace."""
    return Office(**settings()["office"])


@cache
def audiences() -> tuple[Audience, ...]:
    """Return all six audiences of the sample workspace."""
    return tuple(
        Audience(
            name=name,
            sheet=Path(keys["sheet"]),
            tab=None,
            part=Part(keys["part"]),
            note=keys["note"],
            kit=keys.get("kit"),
            by=keys.get("by"),
        )
        for name, keys in settings()["audiences"].items()
    )


@cache
def _sample() -> Draft:
    templates = read_templates(ROOT / "templates")
    return Draft(
        advisory=read_advisory(ROOT / "outbox" / "10-SYS-WZU-2025", office=office(), languages=LANGUAGES),
        recipients=(),
        audiences=audiences(),
        sender=SENDER,
        renderer=Renderer(
            templates,
            office=office(),
            languages=LANGUAGES,
            audiences=audiences(),
            reply_to=SENDER.reply_to,
        ),
        templates=templates,
        languages=LANGUAGES,
        time_zone=office().time_zone,
        enclosures=(),
        attached=Attached(),
    )
