"""The kits of an advisory, made once per release. Part of the composition root.

It loads its edges when it runs, as in app.py.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from dispatcher.errors import InputProblems
from dispatcher.use_cases import UseCases

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dispatcher.messages.drafting import Draft
    from dispatcher.publishing.issue import Issue, Kit


class Kits(UseCases):
    """What those addressees get who have work of their own with an advisory."""

    @property
    def builders(self) -> Mapping[str, Callable[[Issue], Kit]]:
        """Name of a kit in config.yaml -> what makes it."""
        from dispatcher.publishing.website_bundle import website_bundle

        return {
            "notice_draft": self._notice_draft,
            "website": partial(website_bundle, plan=self.settings.website_plan),
        }

    def of(self, draft: Draft) -> dict[str, Kit]:
        """Return each kit that an audience of the advisory gets. Raises TemplateError, InputProblems."""
        from dispatcher.outbox.freezing import text_hash
        from dispatcher.publishing.issue import Issue

        wanted = {one.kit for one in draft.audiences if one.name in draft.advisory.audiences}
        builders = {name: build for name, build in self.builders.items() if name in wanted}
        if draft.document is None or not builders:
            return {}
        issue = Issue(
            advisory=draft.advisory,
            office=self.settings.office,
            sender=draft.sender,
            languages=draft.languages,
            document=draft.document,
            release_hash=text_hash(draft),
            zone=self.zone,
            templates=draft.templates,
        )
        return {name: build(issue) for name, build in builders.items()}

    def _notice_draft(self, issue: Issue) -> Kit:
        from dispatcher.publishing.notice_draft import notice_draft
        from dispatcher.publishing.notice_text import notice_parity

        differing = notice_parity(issue, latin=self.settings.latin_words)
        if differing:
            raise InputProblems(differing)
        return notice_draft(issue)


def packed(draft: Draft, kits: Mapping[str, Kit]) -> Draft:
    """Return the draft with its kits, which the messages of their audiences then carry."""
    return replace(draft, kits={name: kit.attached for name, kit in kits.items()})


def kit_files(kits: Mapping[str, Kit]) -> dict[str, bytes]:
    """Return the files of all kits, each kit in a folder of its name."""
    return {f"{name}/{path}": content for name, kit in kits.items() for path, content in kit.files.items()}
