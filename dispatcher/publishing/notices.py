"""The notice that a mediator passes on: rendered by the issuing office, as messages and as text. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dispatcher.messages.drafting import wordings_of
from dispatcher.messages.rendering import Attached, Renderer, SharedText, Slot, fill
from dispatcher.model import Part, Wording
from dispatcher.words import catalog

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dispatcher.acts import FollowUp
    from dispatcher.model import Advisory, Audience, Office
    from dispatcher.publishing.issue import Issue


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What those are told whom the mediator informs, in each wording of the advisory."""

    messages: Mapping[Wording, SharedText]
    texts: Mapping[Wording, Mapping[str, str]]
    """Language -> the notice in this language alone, below its subject; in each wording."""


def write_notice(issue: Issue, audience: Audience) -> Notice:
    """Return the notice of an issue for an audience that somebody else mails. Raises TemplateError.

    Nobody is asked to acknowledge it: thousands would, and to the mediator.
    """
    whole = _renderer(issue, audience, issue.languages)
    single = {language: _renderer(issue, audience, (language,)) for language in issue.languages}
    wordings = wordings_of(issue.advisory.late_policy)
    return Notice(
        messages={one: _shared(whole, issue, audience, one) for one in wordings},
        texts={
            one: {
                language: _text(_shared(renderer, issue, audience, one)) for language, renderer in single.items()
            }
            for one in wordings
        },
    )


def everyone(languages: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the lines that name the addressees where the notice goes to all of them at once."""
    named = catalog("onward")["everyone"]
    return {language: (named.get(language, named["en"]),) for language in languages}


def as_json(messages: Mapping[Wording, SharedText]) -> dict[str, Any]:
    """Return messages for a file: the places of the recipient's own lines as {"slot": language}."""
    return {
        str(wording): {
            "subject": shared.subject,
            "text": [_piece(piece) for piece in shared.text],
            "html": [_piece(piece) for piece in shared.html],
        }
        for wording, shared in messages.items()
    }


class NoticeRenderer(Renderer):
    """Gives the notice as it was received: no template of this workspace changes a word of it.

    The line that names the recipient's post is rendered here.
    """

    def __init__(
        self,
        templates: Mapping[str, str],
        *,
        office: Office,
        languages: Sequence[str],
        audiences: Sequence[Audience],
        messages: Mapping[Wording, SharedText],
    ) -> None:
        super().__init__(templates, office=office, languages=languages, audiences=audiences)
        self._messages = messages

    def shared(
        self,
        advisory: Advisory,
        *,
        audiences: Sequence[str],
        part: Part,
        wording: Wording,
        attached: Attached,
        specimen: bool = False,
        follow_up: FollowUp | None = None,
    ) -> SharedText:
        """Return the notice in a wording; only the subject of a specimen is this workspace's."""
        assert follow_up is None  # a kit holds no text for what would follow by itself
        notice = self._messages[wording]
        if not specimen:
            return notice
        marked = super().shared(
            advisory, audiences=audiences, part=part, wording=wording, attached=attached, specimen=True
        )
        return SharedText(subject=marked.subject, text=notice.text, html=notice.html)


def _renderer(issue: Issue, audience: Audience, languages: Sequence[str]) -> Renderer:
    return Renderer(issue.templates, office=issue.office, languages=languages, audiences=[audience])


def _shared(renderer: Renderer, issue: Issue, audience: Audience, wording: Wording) -> SharedText:
    document = issue.document
    attached = Attached(
        pdf=document.file_name,
        signed=document.signed,
        sha256=document.sha256,
        enclosures=issue.advisory.enclosures,
    )
    return renderer.shared(
        issue.advisory, audiences=[audience.name], part=Part.COPY, wording=wording, attached=attached
    )


def _text(shared: SharedText) -> str:
    languages = [piece.language for piece in shared.text if isinstance(piece, Slot)]
    return f"{shared.subject}\n\n{fill(shared.text, everyone(languages), html=False)}"


def _piece(piece: str | Slot) -> str | dict[str, str]:
    return piece if isinstance(piece, str) else {"slot": piece.language}
