"""The use cases of the hour: where releases stand to it, who is not told yet. Part of the composition root.

Each loads its edges when it runs, as in app.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher.use_cases import UseCases, now

if TYPE_CHECKING:
    from dispatcher.register.status import Status


class Deadlines(UseCases):
    """The hours of the advisories of one workspace."""

    def status(self, reference: str | None) -> list[Status]:
        """Return where each release (of one advisory) stands, with the forecast against its hour."""
        from dispatcher.register.standing import statuses

        slug = self.folder(reference).name if reference else None
        rate = self.settings.rate_per_minute
        with self.store() as database:
            return statuses(database, slug, rate_per_minute=rate, now=now(), zone=self.zone)
