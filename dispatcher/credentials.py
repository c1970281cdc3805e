"""The certificates and keys that config.yaml names, looked at in time. Part of the composition root.

It loads its edges when it runs, as in app.py; where config.yaml names none, that is never. Nothing is fetched.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from dispatcher.advisories.credential_rules import Seen
    from dispatcher.config import Settings
    from dispatcher.errors import Problem
    from dispatcher.findings import Finding


def credential_findings(settings: Settings, *, now: datetime) -> Iterator[Finding]:
    """Yield what `doctor` says of them: what has run out, or will within 30 days, and what is wrong otherwise."""
    named = _named(settings)
    if not any(named.values()):
        return
    from dispatcher.advisories.credential_rules import findings, remarks

    zone = ZoneInfo(settings.office.time_zone)
    for step, looks in named.items():
        for seen, told in remarks([look() for look in looks], now=now, zone=zone):
            yield from findings(step, seen, told, zone=zone)


def credential_problems(settings: Settings, *, now: datetime, hours: Iterable[datetime]) -> list[Problem]:
    """Return what `check` says of them: what ends before the last of `hours`, those of advisories.

    Where none of these is still to come, what ends within 30 days.
    """
    named = _named(settings)
    if not any(named.values()):
        return []
    from dispatcher.advisories.credential_rules import problem, remarks

    hour = max((one for one in hours if one > now), default=None)
    zone = ZoneInfo(settings.office.time_zone)
    return [
        problem(seen, remark, file_name=settings.file_name)
        for looks in named.values()
        for seen, told in remarks([look() for look in looks], now=now, zone=zone, hour=hour)
        for remark in told
    ]


def _named(settings: Settings) -> Mapping[str, list[Callable[[], Seen]]]:
    """Return, for each step of an examination in its order, what looks at each file that is named there."""
    from dispatcher.advisories.credential_rules import STEPS

    onward, keys = settings.onward, settings.keys
    vouching = onward.signed_by.roots if onward.signed_by else ()
    looks: dict[str, list[Callable[[], Seen]]] = {
        "signature_roots": _roots(settings, "signature.roots", settings.signature.roots),
        "sign_with": list(_key(settings)),
        "signed_by_roots": _roots(settings, "onward.signed_by.roots", vouching),
        "relay_authority": _roots(settings, "relay.ca_file", [keys.relay.ca_file], pem_only=True),
        "website_authority": _roots(settings, "website.ca_file", [keys.website.ca_file], pem_only=True),
        "secret_files": list(_secrets(settings)),
    }
    return {step: looks[step] for step in STEPS}


def _roots(
    settings: Settings, key: str, files: Iterable[str | None], *, pem_only: bool = False
) -> list[Callable[[], Seen]]:
    named = [one for one in files if one is not None]
    if not named:
        return []
    from dispatcher.advisories.credential_files import roots_seen

    return [partial(roots_seen, settings.root / one, key=key, file=one, pem_only=pem_only) for one in named]


def _key(settings: Settings) -> Iterator[Callable[[], Seen]]:
    told = settings.onward.sign_with
    if told is not None:
        from dispatcher.advisories.credential_files import key_seen

        passphrase = partial(settings.secret, "onward.sign_with.passphrase", told.passphrase)
        path = settings.root / told.p12
        yield partial(key_seen, path, key="onward.sign_with.p12", file=told.p12, passphrase=passphrase)


def _secrets(settings: Settings) -> Iterator[Callable[[], Seen]]:
    """Yield what looks at each file that holds a password or a key of its own."""
    from dispatcher.advisories.secret_files import secret_seen

    keys = settings.keys
    places = {
        "relay.password": keys.relay.password,
        "onward.key": keys.onward.key,
        "onward.sign_with.passphrase": keys.onward.sign_with.passphrase if keys.onward.sign_with else None,
        "inbox.password": keys.inbox.password,
    }
    for key, place in places.items():
        if place is not None and place.file is not None:
            yield partial(secret_seen, settings.root / place.file, key=key, file=place.file)
