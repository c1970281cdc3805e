"""The kits of an advisory, made once per release. Part of the composition root.

It loads its edges when it runs, as in app.py.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from dispatcher.errors import ConfigError, InputProblems, Refused
from dispatcher.use_cases import UseCases

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dispatcher.messages.drafting import Draft
    from dispatcher.model import Advisory
    from dispatcher.publishing.issue import Issue, Kit
    from dispatcher.publishing.news_item import NewsItem


class Kits(UseCases):
    """What those addressees get who have work of their own with an advisory."""

    @property
    def builders(self) -> Mapping[str, Callable[[Issue], Kit]]:
        """Name of a kit in config.yaml -> what makes it."""
        return {
            "onward": self._onward,
            "website": self._website,
            "notice_draft": self._notice_draft,
        }

    def _onward(self, issue: Issue) -> Kit:
        """Return the kit of the audience that passes the advisory on. Raises ConfigError, TemplateError."""
        from dispatcher.publishing.onward_hours import OnwardPlan
        from dispatcher.publishing.onward_kit import KitMaterial, onward_kit
        from dispatcher.recipients.blank_sheets import blank_sheet

        keys = self.settings.onward
        audiences = self.settings.audiences
        mediator = next(one.name for one in audiences if one.kit == "onward")
        told = next((one for one in audiences if one.by == "onward"), None)
        if told is None:
            raise ConfigError(["config.yaml: audiences: kit: onward needs an audience with by: onward to be told"])
        working = self.settings.reminders_plan
        plan = OnwardPlan(
            notify_before=keys.notify_before,
            return_by=keys.return_by,
            opens=working.opens,
            holidays=working.holidays,
        )
        key = self.settings.onward_key()
        material = KitMaterial(mediator=mediator, audience=told, sheet=blank_sheet(), plan=plan, key=key)
        return onward_kit(issue, material)

    def _website(self, issue: Issue) -> Kit:
        """Return the bundle for the website. Raises TemplateError, StoreError."""
        from dispatcher.publishing.website_bundle import website_bundle

        return website_bundle(issue, plan=self.settings.website_plan, first=self._first(issue.advisory))

    def _first(self, advisory: Advisory) -> NewsItem | None:
        """Return the item by which the number of a revision was first published; None where it was not."""
        from dispatcher.outbox.publication import begun
        from dispatcher.publishing.released_items import ItemMaker, firsts

        if not advisory.revision:
            return None
        with self.begun_store() as connection:
            releases = [] if connection is None else begun(connection, slug=advisory.slug)
        own = [one for one in firsts(releases) if one.record.slug == advisory.slug]
        settings = self.settings
        maker = ItemMaker(
            languages=settings.languages, plan=settings.website_plan, zone=self.zone, office=settings.office.name
        )
        with contextlib.suppress(Refused):  # of an earlier program, which shows no item on the site either
            return maker.item(min(own, key=lambda one: one.at)) if own else None
        return None

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
            enclosures=tuple(draft.enclosures),
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
    facts = {name: kit.facts for name, kit in kits.items() if kit.facts}
    return replace(draft, kits={name: kit.attached for name, kit in kits.items()}, kit_facts=facts)


def kit_files(kits: Mapping[str, Kit]) -> dict[str, bytes]:
    """Return the files of all kits, each kit in a folder of its name."""
    return {f"{name}/{path}": content for name, kit in kits.items() for path, content in kit.files.items()}
