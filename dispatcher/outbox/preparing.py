"""The use case `prepare`: everything rendered, checked and hashed, then frozen; all or nothing."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from dispatcher.acts import ORIGINAL, REVISIONS, WITHDRAWAL, Life
from dispatcher.errors import Refused
from dispatcher.messages.drafting import build_follow_ups, build_frames, roots_of, variants_of
from dispatcher.model import Part
from dispatcher.outbox.changes import change_lines, text_changes
from dispatcher.outbox.follow_ups import frame_name, frozen_life
from dispatcher.outbox.freezing import frozen_deliveries, frozen_frame, text_hash
from dispatcher.outbox.inputs import inputs_of, packed
from dispatcher.outbox.life import life_of, with_return
from dispatcher.outbox.officers import noted, signatory_of
from dispatcher.outbox.owners import has_ended, writing_owner
from dispatcher.outbox.predecessors import earlier_deliveries, is_known, recipients_of
from dispatcher.outbox.relations import revised_to, revision_before, superseded_by
from dispatcher.outbox.releases import (
    Kept,
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
from dispatcher.plans import RetryPlan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import sqlalchemy as sa

    from dispatcher.errors import Problem
    from dispatcher.messages.composing import Frame
    from dispatcher.messages.drafting import Draft, Variant
    from dispatcher.model import Advisory, OfficialDocument, Recipient, Wording
    from dispatcher.outbox.database import Database
    from dispatcher.outbox.inputs import Inputs
    from dispatcher.outbox.predecessors import Earlier
    from dispatcher.outbox.records import FrozenFrame


_USUAL_PLAN = RetryPlan()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What `prepare` did: the release, and whom it adds to those who already have a delivery."""

    release_id: int
    content_hash: str
    added: tuple[str, ...]
    already: tuple[str, ...]
    following: int = 0
    """How many messages are to follow it by themselves, at most."""
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
    rehearsed: bool = False,
) -> Prepared:
    """Freeze a release of the advisory for every recipient that has no live delivery of it yet.

    `files` are the sums of the files that the draft was read from, so that a later change of one is seen.
    `rehearsed`: the store is a rehearsal's, in which there is nothing of what the advisory may be about.
    Raises Refused when nobody is left to be told, when the text differs from an earlier release's, or when
    somebody else prepares the same advisory at this moment.
    """
    text, inputs = text_hash(draft), inputs_of(draft, files=files)
    sweep_unfinished(database, is_dead=partial(has_ended, database))
    looked = _look(database, draft.advisory, text, inputs, by=made_by, now=now, rehearsed=rehearsed)
    added, already = _divided(draft, looked)
    life = life_of_draft(draft, now=now, plan=plan)
    rendered = _rendered(draft, added, life)
    header = _header(draft, plan) | {
        "issue_id": looked.of_issue,
        "text_hash": text,
        "follow_ups": frozen_life(life, rendered.following),
        "made_by": made_by,
        "prepared_at": now.timestamp(),
        "asked": sum(one.part is Part.TO for one in added),
    }
    release_id, content = _write(database, draft, added, header, looked=looked, rendered=rendered, inputs=inputs)
    return Prepared(
        release_id=release_id,
        content_hash=content,
        added=tuple(one.address for one in added),
        already=tuple(one.address for one in already),
        following=len(life.follow_ups),
    )


def _divided(draft: Draft, looked: _Looked) -> tuple[list[Recipient], list[Recipient]]:
    """Return whom the release adds, and who has a delivery already. Raises Refused where nobody is left."""
    told = recipients_of(draft.advisory, draft.recipients, looked.earlier)
    added = [one for one in told if one.address.casefold() not in looked.claimed]
    already = [one for one in told if one.address.casefold() in looked.claimed]
    if not added:
        raise Refused(
            f"advisory {draft.advisory.number}: each of the {len(already)} addresses already has its delivery; "
            "there is nothing to prepare"
        )
    return added, already


def _write(
    database: Database,
    draft: Draft,
    recipients: Sequence[Recipient],
    header: Mapping[str, Any],
    *,
    looked: _Looked,
    rendered: _Rendered,
    inputs: Inputs,
) -> tuple[int, str]:
    """Write the release under a lock of its own; return its id and its content hash."""
    with writing_owner(database) as owner:
        return write_release(
            database,
            {**header, "owner": owner},
            beside=looked.standing,
            kept=Kept(
                document=draft.document.content if draft.document else None,
                inputs=packed(inputs),
                noted=draft.noted | noted(signatory_of(draft.advisory, draft.document)),
            ),
            frames=[*(frozen_frame(key, frame) for key, frame in rendered.frames.items()), *rendered.following],
            deliveries=frozen_deliveries(
                draft,
                recipients,
                variants=rendered.variants,
                frames=rendered.frames,
                references=_references(draft, recipients, looked.earlier),
            ),
            now=header["prepared_at"],
        )


class _Rendered(NamedTuple):
    """All frames of a release."""

    variants: Mapping[Variant, int]
    frames: Mapping[tuple[int, Wording], Frame]
    following: list[FrozenFrame]
    """Of what follows by itself."""


def _rendered(draft: Draft, recipients: Sequence[Recipient], life: Life) -> _Rendered:
    variants = variants_of(recipients, draft.kit_of)
    following = build_follow_ups(draft, variants, life.follow_ups)
    named = [frozen_frame((variant, frame_name(act)), one) for (variant, act), one in following.items()]
    return _Rendered(variants, build_frames(draft, variants), named)


def life_of_draft(draft: Draft, *, now: datetime, plan: RetryPlan = _USUAL_PLAN) -> Life:
    """Return what will follow a release of the draft that is prepared at `now`."""
    if draft.reminders is None:
        return Life()
    clocks, own = clocks_of(draft.advisory), draft.advisory.reminders
    slots = draft.reminders if own is None else replace(draft.reminders, at=own)
    end = cutoff(clocks, plan)
    life = life_of(clocks, end=end, since=now, plan=slots, zone=ZoneInfo(draft.time_zone))
    due = draft.kit_facts.get("onward", {}).get("return_by")
    if due is None or not slots.at:  # an office that wants nothing to follow by itself gets nothing
        return life
    return with_return(life, datetime.fromisoformat(due), clocks, end=end, since=now)


class _Looked(NamedTuple):
    """What the outbox holds of an advisory."""

    of_issue: int
    standing: list[int]
    claimed: frozenset[str]
    """Addresses, casefolded, that have their delivery."""
    earlier: Mapping[str, Earlier]


def _look(
    database: Database,
    advisory: Advisory,
    text: str,
    inputs: Inputs,
    *,
    by: str,
    now: datetime,
    rehearsed: bool,
) -> _Looked:
    """Return what there is of the advisory and of what it is about.

    Its number is reserved, if it is not yet. Raises Refused where the number is not its own, where somebody else
    prepares it at this moment, where the text is another by now, or where it holds no more.
    """
    with database.writing() as connection:
        if advisory.origin is None:  # the number of another office is not of this one's register
            reserve(connection, advisory, by=by, now=now.timestamp())
        of_issue = issue_id(connection, number=advisory.number, revision=advisory.revision, act=advisory.act)
        standing = standing_releases(connection, of_issue)
        _refuse_company(advisory, {row.state for row in standing})
        for row in standing:
            if row.text_hash != text:
                _refuse_changed_text(advisory, frozen_inputs(connection, row.id), inputs)
        _refuse_replaced(connection, advisory)
        earlier = earlier_deliveries(connection, advisory)
        _refuse_unrelated(connection, advisory)
        if not rehearsed:
            _refuse_needless(connection, advisory, earlier)
        claimed = claimed_addresses(connection, of_issue)
        return _Looked(of_issue, [row.id for row in standing], claimed, earlier)


def _references(
    draft: Draft, recipients: Sequence[Recipient], earlier: Mapping[str, Earlier]
) -> dict[str, tuple[str, ...]]:
    """Return, by casefolded address, what each message belongs to; of a first issue the frames say it."""
    if draft.advisory.act == ORIGINAL:
        return {}
    roots, found = roots_of(draft), {}
    for key in (one.address.casefold() for one in recipients):
        before = earlier.get(key)
        found[key] = (*roots, before.message_id) if before and before.reached else roots
    return found


def clocks_of(advisory: Advisory) -> Clocks:
    """Return the clocks of an advisory."""
    return Clocks(
        effective_at=advisory.effective_at,
        notify_before=advisory.notify_before,
        useful_until=advisory.useful_until,
        window_end=advisory.window_end,
        late_policy=advisory.late_policy,
    )


def _header(draft: Draft, plan: RetryPlan) -> dict[str, Any]:
    advisory = draft.advisory
    clocks = clocks_of(advisory)
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
        **_document_columns(draft.document),
        "relation": advisory.relation["type"] if advisory.relation else None,
        "target": advisory.relation["target"] if advisory.relation else None,
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


def _refuse_replaced(connection: sa.Connection, advisory: Advisory) -> None:
    successor = superseded_by(connection, advisory.number)
    if successor is not None:
        done = "withdrawn" if successor.relation == WITHDRAWAL else "superseded"
        raise Refused(
            f"advisory {advisory.number} is {done} by {successor.number}; nothing of it is prepared any more"
        )
    revision = revised_to(connection, advisory)
    if revision is not None:
        raise Refused(
            f"advisory {advisory.number}: revision {revision} took the place of revision {advisory.revision}; "
            "whoever is to be told is told that one: bring its advisory.yaml back"
        )


def _refuse_unrelated(connection: sa.Connection, advisory: Advisory) -> None:
    """Raise Refused where a revision does not say what it does to the one that offices have, which would go on."""
    if advisory.relation is not None or advisory.origin is not None:
        return
    before = revision_before(connection, advisory)
    if before is not None:
        raise Refused(
            f"advisory {advisory.number}: revision {before} is out, and revision {advisory.revision} does not say "
            "whether it corrects it or adds to it (relation: in advisory.yaml). `dispatcher revise "
            f"{advisory.slug} --as corrigendum|addendum` begins one from the file that went out"
        )


def _refuse_needless(connection: sa.Connection, advisory: Advisory, earlier: Mapping[str, Earlier]) -> None:
    """Raise Refused where nobody has, or may yet get, what the advisory corrects, adds to or withdraws."""
    if earlier or advisory.origin is not None or advisory.relation is None:
        return
    target = advisory.relation["target"]
    if advisory.act in REVISIONS:
        raise Refused(
            f"advisory {advisory.number}: nobody has an earlier revision of it, so there is nothing for a "
            f"{advisory.act} to change. Correct the text itself, set revision: 0 and take relation: out"
        )
    if advisory.act == WITHDRAWAL and is_known(connection, target):
        raise Refused(
            f"advisory {advisory.number}: {target}, which it withdraws, reached nobody and waits for nobody, so "
            f"there is nobody to tell; what else is to stop of it, `dispatcher cancel {target}` stops"
        )


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
        f"and prepare anew, or, where it is out, correct it: dispatcher revise {advisory.slug} --as corrigendum"
    )
    raise Refused("\n".join([said, *(line for change in changes for line in change_lines(change))]))
