"""Whether all parts of a kit say the same: its data, the record in its document, the notice to be passed on. Pure.

Nothing but the document bears the signatory's signature. Where no shared key seals the kit, what else is in it is
vouched for only as far as it says what the document says.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from dispatcher.advisories.document import record_of
from dispatcher.advisories.facts import facts_of
from dispatcher.advisories.values import CLOCKS
from dispatcher.errors import Refused
from dispatcher.model import LatePolicy, Wording
from dispatcher.publishing.onward_kit import ADVISORY, NOTICE
from dispatcher.publishing.page_text import page_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dispatcher.messages.rendering import SharedText
    from dispatcher.model import Advisory
    from dispatcher.publishing.kit_reading import OnwardKit

_TOLD_TWICE: Final = ("kind", "issued", "effective_at", "notify_before", "late_policy")
_MOST: Final = 100_000
"""Characters of a notice, and of all texts of an advisory."""
_LONGEST: Final = 1_000
"""Characters without a blank."""
_OTHERS: Final = frozenset({"addressees", "copies"})
"""What a kit says for whom the mediator tells, and the document for everybody."""


def refuse_contradiction(kit: OnwardKit, advisory: Advisory) -> None:
    """Raise Refused where meta.json, which a person is shown, says otherwise than the advisory."""
    told = {name: getattr(kit.meta, name) for name in _TOLD_TWICE}
    differing = [name for name, value in told.items() if value != getattr(advisory, name)]
    if differing:
        raise Refused(
            f"meta.json and advisory.json of the kit do not agree on {', '.join(differing)}; ask for it again"
        )


def refuse_other_document(kit: OnwardKit, advisory: Advisory, record: Mapping[str, Any]) -> None:
    """Raise Refused, with what differs, where the record in the document is not of the advisory of the kit."""
    # for the document the hour is the office's own, and the enclosures are those that lie in the kit
    told = record_of(advisory) | {
        "notify_before": kit.meta.deadline.isoformat(),
        "enclosures": [one.file_name for one in kit.enclosures],
    }
    if "office" in record:  # the document of an earlier program does not name it
        told["office"] = {"name": kit.meta.issuer.name, "short_name": kit.meta.issuer.short_name}
    names = sorted((told.keys() | record.keys()) - _OTHERS)
    differing = [name for name in names if _plain(name, told.get(name)) != _plain(name, record.get(name))]
    if differing:
        shown = ", ".join(_shown(one) for one in differing[:10])
        raise Refused(
            f"{kit.document.file_name} in the kit does not say what {ADVISORY} of the kit says: they differ in "
            f"{shown}; ask the office that issued it"
        )


def refuse_other_notice(kit: OnwardKit, advisory: Advisory) -> None:
    """Raise Refused where the notice lacks a text of the advisory, or names what the advisory does not name.

    A sentence that was added and names nothing is not found: only a seal over the kit finds every change.
    """
    known = "\n".join(_leaves([kit.advisory, kit.meta.model_dump(mode="json")]))
    _refuse_endless(known, ADVISORY)
    for wording, shared in kit.messages.items():
        for part, text in _parts(shared).items():
            _refuse_endless(text, NOTICE)
            bare = _bare(text)
            missing = [name for name, said in _texts(advisory, wording) if _bare(said) not in bare]
            if missing:
                raise Refused(
                    f"the notice in the kit ({wording}, {part}) does not hold the text of the advisory: "
                    f"{', '.join(dict.fromkeys(missing))}; ask the office that issued it, and agree on onward.key"
                )
            if strange := _named(text) - _named(known):
                raise Refused(
                    f"the notice in the kit ({wording}, {part}) names {_shown(min(strange))}, which the advisory "
                    "does not name; ask the office that issued it, and agree on onward.key"
                )


def _plain(name: str, value: Any) -> Any:
    """Return a value of a record as it is compared: moments as such, names of files in any order."""
    if name in CLOCKS and isinstance(value, str):
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            return value
    if name == "enclosures" and isinstance(value, list):
        return sorted(map(str, value))
    return value


def _parts(shared: SharedText) -> dict[str, str]:
    """Return the notice as people read it, by the name of its part."""
    text, html = ("".join(one for one in part if isinstance(one, str)) for part in (shared.text, shared.html))
    seen = page_text(html.encode(), content_type="text/html; charset=utf-8", place=NOTICE)
    return {"text": f"{shared.subject}\n{text}", "HTML": "\n".join(seen.lines)}


def _texts(advisory: Advisory, wording: Wording) -> Iterator[tuple[str, str]]:
    """Yield each text that a notice says word for word, with the name of its key."""
    yield "number", advisory.number
    late = wording is Wording.IN_EFFECT and advisory.late_policy is LatePolicy.SEND_IN_EFFECT
    for name in ("subject", *(("in_effect",) if late else ("what", "do"))):
        yield from ((name, text) for text in getattr(advisory, name).values())
    for para in advisory.paras:
        yield from (("paras", text) for one in (para.text, *para.steps) for text in one.values())
    yield from (("additions", text) for one in advisory.additions for text in one.values())
    for one in advisory.corrections:
        yield from (("corrections", text) for said in (one.wrong, one.right) for text in said.values())


def _named(text: str) -> frozenset[str]:
    """Return the links, mail addresses and numbers of advisories in a text, in whichever language."""
    facts = facts_of(text, "en")
    numbers = {one for one in facts.references if any(map(str.isdigit, one))}
    return frozenset(one.casefold() for one in facts.links | facts.addresses | numbers)


def _refuse_endless(text: str, name: str) -> None:
    """Raise Refused for a text in which a search for addresses would not end."""
    if len(text) > _MOST:
        raise Refused(f"{name} of the kit holds more than {_MOST:,} characters; ask for it again")
    if any(len(word) > _LONGEST for word in text.split()):
        raise Refused(f"{name} of the kit holds a word of more than {_LONGEST:,} characters; ask for it again")


def _leaves(data: Any) -> Iterator[str]:
    """Yield every text in what JSON holds."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for one in data.values() if isinstance(data, dict) else data:
            yield from _leaves(one)


def _bare(text: str) -> str:
    """Return a text without its spacing, which is another in each part."""
    return "".join(unicodedata.normalize("NFC", text).split())


def _shown(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)[:80]
