"""The onward kit: all that a mediator needs to pass an advisory on, with this program or with Outlook alone. Pure.

Its names are fixed, and the same issue gives the same octets. What a return names is the sum of SHA256SUMS, which
lists every file: however the files are packed again on the way, it is the same kit.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from dispatcher.advisories.wording import date_text, time_text
from dispatcher.advisories.writing import as_keys
from dispatcher.messages.framing import unsent
from dispatcher.messages.rendering import fill
from dispatcher.messages.wrapping import wrap
from dispatcher.model import Addressee, Enclosure, LatePolicy, Wording
from dispatcher.publishing.archives import zip_of
from dispatcher.publishing.contents import SUMS, json_file, sums, text_file
from dispatcher.publishing.issue import Kit
from dispatcher.publishing.kit_schema import (
    DocumentKeys,
    FileKeys,
    IssuerKeys,
    KitMeta,
    SignatureKeys,
)
from dispatcher.publishing.notices import as_json, everyone, write_notice
from dispatcher.publishing.onward_hours import OnwardPlan, onward_hours
from dispatcher.publishing.return_forms import form_csv, form_text
from dispatcher.words import catalog

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from dispatcher.model import Advisory, Audience, Signature
    from dispatcher.publishing.issue import Issue
    from dispatcher.publishing.notices import Notice
    from dispatcher.publishing.onward_hours import OnwardHours

META, NOTICE, ADVISORY, SEAL = "meta.json", "notice.json", "advisory.json", "SEAL"
ENCLOSURES: Final = "enclosures/"
LATE_NOTICE: Final = "notice-in-effect"
"""How the files begin that hold the notice for after the hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KitMaterial:
    """What an office's onward kit is made with, besides the issue."""

    mediator: str
    """The audience that passes the advisory on, by its name of config.yaml."""
    audience: Audience
    """Whom the mediator tells."""
    sheet: bytes = field(repr=False)
    """The workbook in which it keeps them, empty."""
    plan: OnwardPlan
    key: str | None = field(default=None, repr=False)
    """Shared with the mediator: seals the kit, and its return."""


def onward_kit(issue: Issue, material: KitMaterial) -> Kit:
    """Return the kit: attached as one zip file, and put beside the advisory packed and unpacked.

    Raises TemplateError.
    """
    hours = onward_hours(issue, material.plan)
    notice = write_notice(issue, material.audience)
    files = {
        **_notice_files(issue, notice, hours),
        ADVISORY: json_file(
            as_keys(passed_on(issue.advisory, material.audience, hours.notify_before), zone=issue.zone)
        ),
        issue.document.file_name: issue.document.content,
        **{f"{ENCLOSURES}{one.file_name}": one.content for one in issue.enclosures},
        "couriers.xlsx": material.sheet,
        **_forms(issue, hours),
        "README.txt": text_file(_readme(issue, hours)),
    }
    files[META] = json_file(_meta(issue, material, hours, files).model_dump(mode="json"))
    files[SUMS] = sums(files)
    if material.key is not None:
        files[SEAL] = f"{seal(files[SUMS], material.key)}\n".encode()
    name = kit_name(issue.advisory)
    packed = zip_of(files)
    attached = Enclosure(file_name=name, media_type="application/zip", content=packed)
    return Kit(
        attached=(attached,),
        files={name: packed, **files},
        facts={
            "kit_hash": kit_hash(files),
            "mediator": material.mediator,
            "notify_before": hours.notify_before.isoformat(),
            "return_by": hours.return_by.isoformat(),
        },
    )


def kit_name(advisory: Advisory) -> str:
    """Return the file name of the kit: onward-10-SYS-WZU-2025.zip."""
    return advisory.kit_file("onward")


def passed_on(advisory: Advisory, audience: Audience, notify_before: datetime) -> Advisory:
    """Return the advisory as the mediator issues it: to its own audience, by its own hour, without answers.

    Only what is printed to whom changes; its text stands in the notice. Enclosures go with the kit.
    """
    addressee = Addressee(
        audience=audience.name,
        instruction={language: lines[0] for language, lines in everyone(list(advisory.subject)).items()},
        ask=advisory.do,
    )
    return replace(
        advisory,
        addressees=(addressee,),
        copies=(),
        notify_before=notify_before,
        enclosures=(),
        answers=(),
        reminders=None,
    )


def kit_hash(files: Mapping[str, bytes]) -> str:
    """Return by what both offices know a kit: the SHA-256 of its SHA256SUMS, hexadecimal."""
    return hashlib.sha256(files[SUMS]).hexdigest()


def seal(content: bytes, key: str) -> str:
    """Return the keyed hash of octets (RFC 2104, with SHA-256), hexadecimal."""
    return hmac.new(key.encode(), content, hashlib.sha256).hexdigest()


def _notice_files(issue: Issue, notice: Notice, hours: OnwardHours) -> dict[str, bytes]:
    late = hours.in_effect and Wording.IN_EFFECT in notice.messages
    wording = Wording.IN_EFFECT if late else Wording.ORIGINAL
    shared, lines = notice.messages[wording], everyone(issue.languages)
    attachments = [issue.document.enclosure, *issue.enclosures]
    return {
        "notice.eml": unsent(shared, languages=issue.languages, attachments=attachments, lines=lines),
        **_pages(notice, wording, "notice", issue.languages),
        # no draft of it: a kit with large enclosures would not pass every relay if it held them once more
        **(
            _pages(notice, Wording.IN_EFFECT, LATE_NOTICE, issue.languages)
            if _has_late_notice(issue, hours)
            else {}
        ),
        NOTICE: json_file(as_json(notice.messages)),
    }


def _pages(notice: Notice, wording: Wording, name: str, languages: Sequence[str]) -> dict[str, bytes]:
    """Return the notice in a wording as a page in all languages, and as a text in each."""
    page = fill(notice.messages[wording].html, everyone(languages), html=True).encode()
    texts = {f"{name}.{language}.txt": text_file(text) for language, text in notice.texts[wording].items()}
    return {f"{name}.html": page, **texts}


def _has_late_notice(issue: Issue, hours: OnwardHours) -> bool:
    """Tell whether the notice has a text of its own for when it has taken effect, which is still to come."""
    return issue.advisory.late_policy is LatePolicy.SEND_IN_EFFECT and not hours.in_effect


def _meta(issue: Issue, material: KitMaterial, hours: OnwardHours, files: Mapping[str, bytes]) -> KitMeta:
    advisory, document = issue.advisory, issue.document
    return KitMeta(
        number=advisory.number,
        revision=advisory.revision,
        kind=advisory.kind,
        issued=advisory.issued,
        issuer=IssuerKeys(**asdict(issue.office)),
        languages=list(issue.languages),
        audience=material.audience.name,
        release_hash=issue.release_hash,
        effective_at=advisory.effective_at.astimezone(issue.zone),
        deadline=advisory.notify_before.astimezone(issue.zone),
        late_policy=advisory.late_policy,
        notify_before=hours.notify_before.astimezone(issue.zone),
        return_by=hours.return_by.astimezone(issue.zone),
        return_to=issue.sender.reply_to,
        document=DocumentKeys(
            file=document.file_name,
            sha256=document.sha256,
            signature=_signature_keys(document.signature) if document.signature else None,
        ),
        files={
            name: FileKeys(size=len(content), sha256=hashlib.sha256(content).hexdigest())
            for name, content in sorted(files.items())
        },
    )


def _signature_keys(signature: Signature) -> SignatureKeys:
    told = asdict(signature)
    return SignatureKeys(**{name: told[name] for name in SignatureKeys.model_fields})


def _readme(issue: Issue, hours: OnwardHours) -> str:
    return wrap("\n\n\n".join("\n\n".join(_readme_in(one, issue, hours)) for one in _spoken(issue))) + "\n"


def _readme_in(language: str, issue: Issue, hours: OnwardHours) -> list[str]:
    words, facts = catalog("onward")["readme"], _facts(language, issue, hours)
    steps = [
        f"{place}. {_timely(step, hours)[language].format(**facts)}"
        for place, step in enumerate(words["steps"], start=1)
    ]
    title = _timely(words["title"], hours)[language].format(**facts)
    named = ("issuer", *(["late"] if _has_late_notice(issue, hours) else []), "program", "sums")
    rest = [words[name][language].format(**facts) for name in named]
    return [title, *steps, *rest]


def _forms(issue: Issue, hours: OnwardHours) -> dict[str, bytes]:
    known = {"number": issue.advisory.number, "release": issue.release_hash}
    title = _timely(catalog("onward")["form"]["title"], hours)
    titles = [title[language].format(**_facts(language, issue, hours)) for language in _spoken(issue)]
    return {
        "return-form.txt": text_file(form_text(known, titles=titles)),
        "return-form.csv": text_file(form_csv(known)),
    }


def _timely(words: Mapping[str, Any], hours: OnwardHours) -> Mapping[str, str]:
    """Return a text of the catalog in each language: where the hour has passed, what it says then."""
    found: Mapping[str, str] = words["at_once"] if hours.at_once and "at_once" in words else words
    return found


def _spoken(issue: Issue) -> Sequence[str]:
    """Return the languages of the issue that the catalog of the kit knows."""
    return [language for language in issue.languages if language in catalog("onward")["everyone"]]


def _facts(language: str, issue: Issue, hours: OnwardHours) -> dict[str, str]:
    def moment(at: datetime) -> str:
        zone = at.astimezone(issue.zone).tzname() if language == "en" else ""
        day = date_text(at, language, "numeric", zone=issue.zone)
        return f"{day}, {time_text(at, language, zone=issue.zone)} {zone}".strip()

    return {
        "number": issue.advisory.number,
        "document": issue.document.file_name,
        "notify_before": moment(hours.notify_before),
        "deadline": moment(issue.advisory.notify_before),
        "effective_at": moment(issue.advisory.effective_at),
        "return_by": moment(hours.return_by),
        "return_to": issue.sender.reply_to,
        "issuer": issue.office.name[language],
        "kit": kit_name(issue.advisory),
    }
