"""The official document of an advisory, made and examined. Part of the composition root.

It loads its edges when it runs, as in app.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher import workspace
from dispatcher.errors import TemplateError
from dispatcher.intake import template_problems
from dispatcher.use_cases import UseCases

if TYPE_CHECKING:
    from dispatcher.errors import Problem
    from dispatcher.messages.drafting import Draft


class Official(UseCases):
    """The PDF, by the workspace's own layout where it has one."""

    def pdf(self, draft: Draft) -> bytes:
        """Return the document. Raises TemplateError."""
        from dispatcher.advisories.document import build_document
        from dispatcher.advisories.typesetting import read_layout, typeset

        own, shipped = (place / "pdf" for place in (self.root / "templates", workspace.shipped("templates")))
        layout = read_layout(own, shipped=shipped, languages=draft.languages)
        document = build_document(
            draft.advisory, office=self.settings.office, words=layout.words, emblem=layout.emblem
        )
        return typeset(document, layout)

    def problems(self, draft: Draft) -> list[Problem]:
        """Return why the document cannot be made, as errors of the templates."""
        try:
            self.pdf(draft)
        except TemplateError as error:
            return template_problems(error)
        return []
