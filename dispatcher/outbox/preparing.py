"""The use case `prepare`: everything rendered, checked and hashed, then frozen; all or nothing."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from dispatcher.errors import Refused
from dispatcher.messages.drafting import build_frames, variants_of
from dispatcher.model import ORIGINAL, Part, RetryPlan
from dispatcher.outbox.changes import change_lines, text_changes
from dispatcher.outbox.freezing import frozen_deliveries, frozen_frame, text_hash
from dispatcher.outbox.inputs import inputs_of, packed
from dispatcher.outbox.owners import Owner, is_dead
from dispatcher.outbox.releases import (
    claimed_addresses,
    frozen_inputs,
    issue_id,
    standing_releases,
    sweep_unfinished,
    write_release,
)
from dispatcher.outbox.reserving import reserve
from dispatcher.outbox.schedule import Clocks, cutoff
from dispatcher.outbox.states import ReleaseState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dispatcher.errors import Problem
    from dispatcher.messages.drafting import Draft
    from dispatcher.model import Advisory, OfficialDocument
    from dispatcher.outbox.database import Database
    from dispatcher.outbox.inputs import Inputs


_USUAL_PLAN = RetryPlan()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What `prepare` did: the release, and whom it adds to those who already have a delivery."""

    release_id: int
    content_hash: str
    added: tuple[str, ...]
    already: tuple[str, ...]
    warnings: tuple[Problem, ...] = ()
    """What was said beside it, and does not stop it."""


def prepare(
    database: Database,
    draft: Draft,
    *,
    made_by: str,
    now: datetime,
    plan: RetryPlan = _USUAL_PLAN,
    files: Mapping[str, str] = MappingProxyType({}),
) -> Prepared:
    """Freeze a release of the advisory for every recipient that has no live delivery of it yet.

    `files` are the sums of the files that the draft was read from, so that a later change of one is seen.
    Raises Refused when nobody is left to be told, when the text differs from an earlier release's, or when
    somebody else prepares the same advisory at this moment.
    """
    text, inputs = text_hash(draft), inputs_of(draft, files=files)
    sweep_unfinished(database, is_dead=partial(is_dead, database.folder))
    of_issue, standing, claimed = _look(database, draft.advisory, text, inputs, by=made_by, now=now)
    added = [one for one in draft.recipients if one.address.casefold() not in claimed]
    already = [one for one in draft.recipients if one.address.casefold() in claimed]
    if not added:
        raise Refused(
            f"advisory {draft.advisory.number}: each of the {len(already)} addresses already has its delivery; "
            "there is nothing to prepare"
        )
    variants = variants_of(added, draft.kit_of)
    frames = build_frames(draft, variants)
    owner = Owner(database.folder)
    try:
        release_id, content = write_release(
            database,
            _header(draft, plan)
            | {"issue_id": of_issue, "text_hash": text, "owner": owner.id}
            | {"made_by": made_by, "prepared_at": now.timestamp()}
            | {"asked": sum(one.part is Part.TO for one in added)}
            | _document_columns(draft.document),
            beside=standing,
            document=draft.document.content if draft.document else None,
            inputs=packed(inputs),
            frames=[frozen_frame(key, frame) for key, frame in frames.items()],
            deliveries=frozen_deliveries(draft, added, variants=variants, frames=frames),
            now=now.timestamp(),
            noted=draft.noted,
        )
    finally:
        owner.close()
    return Prepared(
        release_id=release_id,
        content_hash=content,
        added=tuple(one.address for one in added),
        already=tuple(one.address for one in already),
    )


def _look(
    database: Database, advisory: Advisory, text: str, inputs: Inputs, *, by: str, now: datetime
) -> tuple[int, list[int], frozenset[str]]:
    """Return the issue, its standing releases and the addresses, casefolded, that have their delivery.

    Its number is reserved, if it is not yet. Raises Refused where the number is not its own, where somebody else
    prepares it at this moment, or where the text is another by now.
    """
    with database.writing() as connection:
        if advisory.origin is None:  # the number of another office is not of this one's register
            reserve(connection, advisory, by=by, now=now.timestamp())
        of_issue = issue_id(connection, number=advisory.number, revision=advisory.revision, act=ORIGINAL)
        standing = standing_releases(connection, of_issue)
        _refuse_company(advisory, {row.state for row in standing})
        for row in standing:
            if row.text_hash != text:
                _refuse_changed_text(advisory, frozen_inputs(connection, row.id), inputs)
        return of_issue, [row.id for row in standing], claimed_addresses(connection, of_issue)


def _header(draft: Draft, plan: RetryPlan) -> dict[str, Any]:
    advisory = draft.advisory
    clocks = Clocks(
        effective_at=advisory.effective_at,
        notify_before=advisory.notify_before,
        useful_until=advisory.useful_until,
        window_end=advisory.window_end,
        late_policy=advisory.late_policy,
    )
    return {
        "slug": advisory.slug,
        "envelope_from": draft.sender.envelope_from,
        "message_domain": draft.sender.domain,
        "time_zone": draft.time_zone,
        "effective_at": advisory.effective_at.timestamp(),
        "notify_before": advisory.notify_before.timestamp(),
        "useful_until": advisory.useful_until.timestamp() if advisory.useful_until else None,
        "window_end": advisory.window_end.timestamp() if advisory.window_end else None,
        "late_policy": advisory.late_policy,
        "doubt_policy": advisory.in_doubt,
        "cutoff": cutoff(clocks, plan).timestamp(),
    }


def _document_columns(document: OfficialDocument | None) -> dict[str, Any]:
    if document is None:
        return {}
    told = asdict(document.signature) if document.signature else None
    return {
        "document_name": document.file_name,
        "document_hash": document.sha256,
        "document_signature": json.dumps(told, ensure_ascii=False, default=datetime.isoformat) if told else None,
    }


def _refuse_company(advisory: Advisory, states: set[str]) -> None:
    if ReleaseState.PREPARING in states:
        raise Refused(
            f"advisory {advisory.number} is being prepared by somebody else at this moment; nothing was prepared "
            f"here. `dispatcher status {advisory.slug}` shows the release when it is ready"
        )


def _refuse_changed_text(advisory: Advisory, earlier: Inputs | None, inputs: Inputs) -> None:
    changes = text_changes(earlier, inputs) if earlier else []
    said = (
        f"advisory {advisory.number}, revision {advisory.revision}: text, templates, PDF or enclosures differ "
        f"from what was prepared before. Cancel that release (dispatcher cancel {advisory.slug} --reason ...) "
        "and prepare anew, or raise `revision` in advisory.yaml"
    )
    raise Refused("\n".join([said, *(line for change in changes for line in change_lines(change))]))
