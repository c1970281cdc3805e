"""The official document of an advisory, made and examined. Part of the composition root.

It loads its edges when it runs, as in app.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher import workspace
from dispatcher.model import OfficialDocument
from dispatcher.use_cases import UseCases

if TYPE_CHECKING:
    from dispatcher.advisories.document import Mark
    from dispatcher.messages.drafting import Draft
    from dispatcher.model import Advisory


class Official(UseCases):
    """The PDF, by the workspace's own layout where it has one."""

    def document(self, draft: Draft, *, mark: Mark | None) -> OfficialDocument:
        """Return the document as its messages carry it; `mark` stands across one that nobody signed.

        That of an advisory that is passed on is the one that came with it. Raises TemplateError.
        """
        if draft.document is not None:
            return draft.document
        return OfficialDocument(file_name=file_name(draft.advisory), content=self.pdf(draft, mark=mark))

    def pdf(self, draft: Draft, *, mark: Mark | None) -> bytes:
        """Return the document typeset. Raises TemplateError."""
        from dispatcher.advisories.document import build_document
        from dispatcher.advisories.typesetting import read_layout, typeset

        own, shipped = (place / "pdf" for place in (self.root / "templates", workspace.shipped("templates")))
        layout = read_layout(own, shipped=shipped, languages=draft.languages)
        document = build_document(
            draft.advisory, office=self.settings.office, words=layout.words, emblem=layout.emblem, mark=mark
        )
        return typeset(document, layout)


def file_name(advisory: Advisory) -> str:
    """Return the file name of the document, ASCII (RFC 2231 is avoided): Advisory-10-SYS-WZU-2025.pdf."""
    slug = advisory.slug if advisory.slug.isascii() else str(advisory.issued)
    return f"Advisory-{slug}{f'-R{advisory.revision}' if advisory.revision else ''}.pdf"
