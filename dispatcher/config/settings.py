"""config.yaml read, checked and handed out: each room gets the small values of `model` that it needs."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from dispatcher import acts, model, plans, smtp
from dispatcher.config.reading import key_path, known_keys, read_yaml, sentence, unknown_key
from dispatcher.config.sections import NESTED, PREFIX, ConfigFile, Secret
from dispatcher.config.values import NAMED_ADDRESS
from dispatcher.errors import ConfigError
from dispatcher.files import open_to_everybody

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from dispatcher.config import sections

_PACE: Mapping[str, tuple[int, int | None]] = {"relay": (5, 600), "mailbox": (1, 20), "rehearsal": (5, None)}
"""Connections and messages a minute where config.yaml is silent. Much mail in a short span blocks a mailbox."""

_SHORTEST_KEY = 16
"""Characters of the key that seals kits and returns."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an office has set. Relative paths resolve against `root`, the folder of config.yaml."""

    root: Path
    file_name: str
    keys: ConfigFile

    @property
    def office(self) -> model.Office:
        """The letterhead; the short name is the name where none is given."""
        office = self.keys.office
        return model.Office(**(dict(office) | {"short_name": office.short_name or office.name}))

    @property
    def sender(self) -> model.Sender:
        """From, Reply-To and the envelope sender; the latter two default to the address of From."""
        sender = self.keys.sender
        match = NAMED_ADDRESS.fullmatch(sender.from_)
        name, address = (match["name"].strip('" '), match["address"]) if match else ("", sender.from_)
        local, _, domain = address.rpartition("@")
        address = f"{local}@{domain.lower()}"
        return model.Sender(
            name=name,
            address=address,
            reply_to=sender.reply_to or address,
            envelope_from=sender.envelope_from or address,
        )

    @property
    def languages(self) -> tuple[str, ...]:
        """Tags (BCP 47) in the order of appearance."""
        return self.keys.languages

    @property
    def audiences(self) -> tuple[model.Audience, ...]:
        """The audiences in the order of the file; the sheets' paths are relative to `root`."""
        return tuple(
            model.Audience(
                name=name,
                sheet=Path(block.sheet),
                tab=block.tab,
                part=block.part,
                note=block.note or name,
                kit=block.kit,
                by=block.by,
            )
            for name, block in self.keys.audiences.items()
        )

    @property
    def retry_plan(self) -> plans.RetryPlan:
        """The durable retry schedule."""
        return plans.RetryPlan(**dict(self.keys.retry))

    @property
    def escalation_plan(self) -> plans.EscalationPlan:
        """When the list of those who are not told yet is made."""
        return plans.EscalationPlan(**dict(self.keys.escalation))

    @property
    def reminders_plan(self) -> acts.RemindersPlan:
        """What follows an advisory by itself, with the days on which the office does not open."""
        return acts.RemindersPlan(**dict(self.keys.reminders), holidays=self.holidays)

    @property
    def website_plan(self) -> plans.WebsitePlan:
        """How long an advisory stands on the website."""
        website = self.keys.website
        return plans.WebsitePlan(expire_days=website.expire_days, archive_days=website.archive_days)

    @property
    def website(self) -> sections.Website:
        """Where the website is, and how its pages may be read."""
        return self.keys.website

    @property
    def profile(self) -> str:
        """What kind of account the relay gives us: relay, mailbox or rehearsal."""
        return self.keys.relay.profile

    @property
    def rate_per_minute(self) -> int | None:
        """Messages a minute that the relay is given at most; None where there is no limit."""
        relay = self.keys.relay
        return relay.rate_per_minute if "rate_per_minute" in relay.model_fields_set else _PACE[relay.profile][1]

    def relay(self, *, password: bool = True) -> smtp.Relay:
        """Return the relay with its password, unless told otherwise.

        Raises ConfigError where a login needs one that is not there.
        """
        relay = self.keys.relay
        connections, _ = _PACE[relay.profile]
        return smtp.Relay(
            host=relay.host,
            port=relay.port,
            security=relay.security,
            username=relay.username,
            password=self.secret("relay.password", relay.password) if relay.username and password else None,
            ca_file=self.root / relay.ca_file if relay.ca_file else None,
            max_connections=relay.max_connections or connections,
            rate_per_minute=self.rate_per_minute,
            timeouts=self.timeouts,
        )

    @property
    def timeouts(self) -> smtp.Timeouts:
        """How long to wait for the relay; asks for no password."""
        return smtp.Timeouts(**dict(self.keys.relay.timeouts))

    def secret(self, key: str, place: Secret | None) -> str | None:
        """Return the secret that `key` of config.yaml points to; None where it points to none.

        Raises ConfigError where the variable is not set, or the file is empty, not readable or open to everybody.
        """
        if place is None:
            return None
        if place.env:
            found = os.environ.get(place.env, "")
            fault = f"the environment variable {place.env} is not set"
        else:
            found, fault = _secret_in(self.root / (place.file or ""))
        if not found:
            raise ConfigError([f"{self.file_name}: {key}: {fault}"])
        return found

    def onward_key(self) -> str | None:
        """Return the key shared with who passes advisories on; None where there is none.

        Raises ConfigError where it is not where it should be, or can be guessed.
        """
        key = self.secret("onward.key", self.keys.onward.key)
        if key is not None and len(key) < _SHORTEST_KEY:
            raise ConfigError([f"{self.file_name}: onward.key: has fewer than {_SHORTEST_KEY} characters"])
        return key

    def may(self, user: str, act: sections.Act) -> bool:
        """Tell whether the OS user `user` may do `act`; where no officers are named, everybody may."""
        officers = self.keys.officers
        return not officers or (user in officers and act in officers[user].may)

    @property
    def officers(self) -> Mapping[str, sections.Officer]:
        """OS user -> officer; empty where the office names none."""
        return self.keys.officers

    @property
    def approval(self) -> sections.Approval:
        """Whether a second officer must approve, and whether it may be the maker."""
        return self.keys.approval

    @property
    def signature(self) -> sections.Signature:
        """What is asked of the PDF's signature."""
        return self.keys.signature

    @property
    def replaced_by(self) -> Mapping[str, str]:
        """Old mail domains -> new."""
        return self.keys.replaced_by

    @property
    def latin_words(self) -> frozenset[str]:
        """What may stand in Latin script in a text of another one, beside words/facts.yaml."""
        return frozenset(self.keys.latin_words)

    @property
    def holidays(self) -> frozenset[date]:
        """Days on which the office does not open."""
        return self.keys.holidays

    @property
    def onward(self) -> sections.Onward:
        """What EICI is given with its kit."""
        return self.keys.onward

    @property
    def inbox(self) -> sections.Inbox:
        """The mailbox that bounces come back to."""
        return self.keys.inbox

    @property
    def guard(self) -> sections.Guard:
        """Limits that stop a wrong list."""
        return self.keys.guard

    @property
    def store_url(self) -> str:
        """Where the outbox is, as SQLAlchemy wants it; a relative SQLite path is relative to `root`."""
        return self.keys.store.url


def load_settings(path: Path) -> Settings:
    """Read and check config.yaml at `path`, with the environment's DISPATCHER_SECTION__KEY before it.

    Raises ConfigError with a line for each problem, all of them at once. No secret is looked up here.
    """
    data = read_yaml(path)
    problems = list(_strangers(path.name, data))
    keys = None
    try:
        keys = _form()(**{key: value for key, value in data.items() if not key.startswith("_")})
    except ValidationError as error:
        problems += [
            f"{_source(path.name, found['loc'])}: {sentence(found, ConfigFile)}"
            for found in error.errors(include_url=False, include_input=False)
        ]
    except ValueError as error:
        problems.append(f"environment: {error}; a whole block there must be JSON")
    else:
        problems += _untranslated(path.name, keys)
    if keys is None or problems:
        raise ConfigError(problems)
    return Settings(path.resolve().parent, path.name, keys)


def _form() -> type[ConfigFile]:
    """Return the model of the file: one that looks in the environment where a variable there names a block."""
    known = known_keys(ConfigFile, [])
    names = (name.upper().removeprefix(PREFIX) for name in os.environ if name.upper().startswith(PREFIX))
    if not any(name.partition(NESTED)[0].lower() in known for name in names):
        return ConfigFile
    from dispatcher.config.overriding import OverriddenFile  # noqa: PLC0415 - slow to load, and seldom needed

    return OverriddenFile


def _strangers(file_name: str, data: Mapping[str, Any]) -> Iterator[str]:
    """Yield what pydantic-settings would pass over: keys that look like its own options, variables of no block."""
    known = known_keys(ConfigFile, [])
    for key in data:
        if key.startswith("_"):
            yield f"{file_name}: {key}: {unknown_key(key, known)}"
    for variable in sorted(os.environ):
        section, nested, _ = variable.removeprefix(PREFIX).lower().partition(NESTED)
        if variable.startswith(PREFIX) and nested and section not in known:
            yield f"environment: {variable}: {unknown_key(section, known)}"


def _source(file_name: str, path: tuple[int | str, ...]) -> str:
    """Return where a value was read: the key in the file, or the variable that went before it."""
    words = [str(step) for step in path]
    for depth in range(len(words), 0, -1):
        variable = PREFIX + NESTED.join(words[:depth]).upper()
        if variable in os.environ:
            return f"environment: {variable}"
    return f"{file_name}: {key_path(path)}"


def _untranslated(file_name: str, keys: ConfigFile) -> Iterator[str]:
    """Yield the texts that lack a language of `languages` beyond Hindi and English."""
    office = keys.office
    texts = {"office.name": office.name, "office.short_name": office.short_name, "office.address": office.address}
    texts |= {f"officers.{user}.name": officer.name for user, officer in keys.officers.items()}
    for key, text in texts.items():
        missing = [language for language in keys.languages if text and language not in text]
        if missing:
            yield f"{file_name}: {key}: {', '.join(missing)} is missing; languages: asks for it"


def _secret_in(path: Path) -> tuple[str, str]:
    """Return the secret in the file, and what to say should it be empty."""
    try:
        if open_to_everybody(path):
            return "", f"everybody may read {path}; run: chmod o-rwx {path}"
        return path.read_text(encoding="utf-8").strip("\r\n"), f"{path} is empty"
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        return "", f"{path} cannot be read ({reason})"
