"""Input: the kit that an advisory came in, kept beside it as it was received; whether the advisory still is it."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Final

from dispatcher.advisories.reading import FILE_NAME, advisory_of, kit_hash_of
from dispatcher.errors import InputProblems, Problem, Refused, Severity, Source
from dispatcher.model import Origin
from dispatcher.publishing.kit_reading import read_kit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dispatcher.model import Advisory, Audience
    from dispatcher.publishing.kit_reading import OnwardKit

RECEIVED: Final = "received"
"""Folder beside advisory.yaml."""
OWN: Final = ("notify_before", "answers", "in_doubt")
"""What whoever passes an advisory on may say itself."""


def kit_file(folder: Path, kit_hash: str) -> Path:
    """Return where a kit is kept beside its advisory: under the beginning of its hash."""
    return folder / RECEIVED / f"{kit_hash[:16]}.zip"


def came_in_a_kit(folder: Path) -> bool:
    """Return whether a kit is kept beside the advisory of `folder`, whatever the advisory says."""
    return any((folder / RECEIVED).glob("*.zip"))


def received_kit(folder: Path) -> OnwardKit | None:
    """Return the kit that the advisory of `folder` came in; None for an own one.

    Its seal was looked at when it was received. Raises InputProblems where it is missing, or is another by now.
    """
    kit_hash = kit_hash_of(folder)
    if kit_hash is None and came_in_a_kit(folder):
        raise InputProblems([_problem("onward_origin_missing", folder)])
    if kit_hash is None:
        return None
    path = kit_file(folder, kit_hash)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputProblems([_problem("onward_kit_missing", folder, kit=path.name)]) from error
    try:
        kit = read_kit(content, key=None)
    except Refused as error:
        raise InputProblems([_problem("onward_kit_unreadable", folder, detail=str(error))]) from error
    if kit.kit_hash != kit_hash:
        raise InputProblems([_problem("onward_kit_changed", folder, kit=path.name)])
    return kit


def received_problems(
    advisory: Advisory, kit: OnwardKit, audiences: Sequence[Audience], *, languages: Sequence[str]
) -> list[Problem]:
    """Return where an advisory says otherwise than its kit, or cannot be passed on as this workspace is set."""
    file = f"{advisory.slug}/{FILE_NAME}"
    if tuple(kit.meta.languages) != tuple(languages):
        told = ", ".join(kit.meta.languages)
        return [Problem(Severity.ERROR, "onward_languages", Source("config.yaml", column="languages"), told)]
    sent = replace(as_received(kit, languages=languages), origin=origin_of(kit))
    changed = [one.name for one in fields(sent) if _differs(advisory, sent, one.name)]
    issuer = kit.office.short_name.get("en", kit.meta.issuer.email)
    problems = [
        Problem(Severity.ERROR, "onward_text_changed", Source(file, column=name), facts={"issuer": issuer})
        for name in changed
    ]
    if advisory.notify_before > kit.meta.deadline:
        hour = f"{kit.meta.deadline:%d.%m.%Y %H:%M}"
        problems.append(
            Problem(Severity.ERROR, "onward_hour", Source(file, column="notify_before"), facts={"hour": hour})
        )
    mailed_elsewhere = [one.name for one in audiences if one.name in advisory.audiences and one.by]
    problems += [
        Problem(Severity.ERROR, "onward_audience", Source("config.yaml", column=f"audiences.{name}.by"), name)
        for name in mailed_elsewhere
    ]
    return problems


def as_received(kit: OnwardKit, *, languages: Sequence[str]) -> Advisory:
    """Return the advisory as the kit holds it. Raises InputProblems."""
    return advisory_of(kit.advisory, file="advisory.json", office=kit.office, languages=languages)


def origin_of(kit: OnwardKit) -> Origin:
    """Return the key `origin` of the advisory that a kit makes."""
    return Origin(issuer=kit.office.short_name, release_hash=kit.meta.release_hash, kit_hash=kit.kit_hash)


def _differs(advisory: Advisory, sent: Advisory, name: str) -> bool:
    return name not in OWN and getattr(advisory, name) != getattr(sent, name)


def _problem(code: str, folder: Path, **facts: str) -> Problem:
    return Problem(Severity.ERROR, code, Source(f"{folder.name}/{FILE_NAME}", column="origin"), facts=facts)
