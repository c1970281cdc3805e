"""The blocks of config.yaml as pydantic models, key by key, with the defaults."""

from __future__ import annotations

import ipaddress
from datetime import date, time
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from dispatcher import acts, model, plans, smtp
from dispatcher.config.values import (
    Address,
    AnyPath,
    Both,
    Domain,
    EnvironmentName,
    Fingerprint,
    HourOfDay,
    Moment,
    Name,
    NamedAddress,
    NotLiteral,
    NumberPattern,
    Positive,
    SheetPath,
    Slot,
    StoreUrl,
    Tag,
    Text,
    TimeZone,
    WebAddress,
)

PREFIX, NESTED = "DISPATCHER_", "__"
"""Of the variables that go before a key: DISPATCHER_SECTION__KEY."""
_TIMEOUTS, _PLAN, _ESCALATION = smtp.Timeouts(), plans.RetryPlan(), plans.EscalationPlan()
_REMINDERS = acts.RemindersPlan()
_WEBSITE = plans.WebsitePlan()
Act = Literal["make", "approve", "sign"]


class Section(BaseModel):
    """A block of keys; an unknown one is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True)


class Secret(Section):
    """Where a secret is: in an environment variable, or in a file."""

    env: EnvironmentName | None = None
    file: AnyPath | None = None

    @field_validator("file")
    @classmethod
    def _one_of_them(cls, file: str | None, info: ValidationInfo) -> str | None:
        if "env" in info.data and (file is None) == (info.data["env"] is None):
            raise ValueError("give env: or file:, one of them")
        return file


class Office(Section):
    """The letterhead."""

    name: Both
    short_name: Both | None = None
    address: Both
    phone: Text
    fax: Text
    email: Address
    time_zone: TimeZone = "Asia/Kolkata"
    number_pattern: NumberPattern = "{n}/SYS/WZU/{yyyy}"


class Sender(Section):
    """Who messages are from."""

    from_: NamedAddress = Field(alias="from")
    reply_to: Address | None = None
    envelope_from: Address | None = None


class Timeouts(Section):
    """Seconds to wait for the relay (RFC 5321, section 4.5.3.2)."""

    connect: Positive = _TIMEOUTS.connect
    command: Positive = _TIMEOUTS.command
    content: Positive = _TIMEOUTS.content


class Relay(Section):
    """The SMTP server that messages are handed to. The order of the keys is that of the checks."""

    profile: Literal["relay", "mailbox", "rehearsal"] = "relay"
    host: Text
    port: Annotated[int, Field(ge=1, le=65535)]
    internal_plaintext: bool = False
    security: smtp.Security
    username: Text | None = None
    password: Annotated[Secret | None, NotLiteral] = None
    ca_file: AnyPath | None = None
    max_connections: Annotated[int, Field(ge=1, le=100)] | None = None
    rate_per_minute: Annotated[int, Field(ge=1)] | None = None
    timeouts: Timeouts = Timeouts()

    @field_validator("host")
    @classmethod
    def _rehearsal_stays_here(cls, host: str, info: ValidationInfo) -> str:
        if info.data.get("profile") == "rehearsal" and not _is_loopback(host):
            raise ValueError("profile rehearsal keeps mail on this machine; use a host such as 127.0.0.1")
        return host

    @field_validator("security")
    @classmethod
    def _plain_only_at_home(cls, security: smtp.Security, info: ValidationInfo) -> smtp.Security:
        host, allowed = info.data.get("host"), info.data.get("internal_plaintext")
        if security is smtp.Security.NONE and host and not (allowed or _is_loopback(host)):
            raise ValueError(
                f"none would send in the clear to {host}; use tls or starttls, or internal_plaintext: true"
            )
        return security

    @field_validator("username")
    @classmethod
    def _login_in_secret(cls, username: str | None, info: ValidationInfo) -> str | None:
        host, security = info.data.get("host"), info.data.get("security")
        if username and host and security is smtp.Security.NONE and not _is_loopback(host):
            raise ValueError(
                "would send the password in the clear; a login needs security tls or starttls (RFC 4954)"
            )
        return username

    @field_validator("password")
    @classmethod
    def _with_username(cls, password: Secret | None, info: ValidationInfo) -> Secret | None:
        if info.data.get("username") and password is None:
            raise ValueError("is missing although there is a username; write {env: NAME} or {file: PATH}")
        return password


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class Audience(Section):
    """A group of addressees and what it gets."""

    sheet: SheetPath
    tab: Text | None = None
    part: model.Part
    note: Name | None = None
    kit: Literal["onward", "website", "notice_draft"] | None = None
    by: Literal["onward"] | None = None


class Officer(Section):
    """A person of the office, known by the user name on this computer, and what this person may do."""

    name: Both
    may: frozenset[Act]
    certificate: Text | None = None
    """The common name on this person's certificate, where it is not the name of the signatory as printed."""


class Approval(Section):
    """Whether a second officer must approve a release."""

    required: bool = True
    self_approval: bool = False


class Signature(Section):
    """What is asked of the PDF's signature."""

    required: bool = False
    roots: tuple[AnyPath, ...] = ()
    timestamp_url: WebAddress | None = None


class Retry(Section):
    """The durable retry schedule; minutes."""

    backoff: Annotated[tuple[Positive, ...], Field(min_length=1)] = _PLAN.backoff
    reserved: tuple[Annotated[float, Field(ge=0)], ...] = _PLAN.reserved
    jitter: Annotated[float, Field(ge=0, lt=1)] = _PLAN.jitter
    greylist: Positive = _PLAN.greylist
    mailbox_full_tries: Annotated[int, Field(ge=1)] = _PLAN.mailbox_full_tries
    give_up_after: Positive = _PLAN.give_up_after


class Escalation(Section):
    """When the list of those who are not told yet is made; minutes before the hour."""

    before: tuple[Annotated[float, Field(ge=0)], ...] = _ESCALATION.before


class Reminders(Section):
    """What follows an advisory by itself, at which slots, to whom; minutes."""

    to: acts.Remind = _REMINDERS.to
    at: tuple[Slot, ...] = _REMINDERS.at
    opens: HourOfDay = _REMINDERS.opens
    catch_up_within: Positive = _REMINDERS.catch_up_within

    @field_validator("opens")
    @classmethod
    def _before_it_closes(cls, opens: time) -> time:
        if opens >= acts.CLOSES:
            raise ValueError(f"must be before {acts.CLOSES:%H:%M}, when a working day ends")
        return opens


class SignWith(Section):
    """The key with which who passes advisories on signs its returns: a PKCS#12 file (RFC 7292)."""

    p12: AnyPath
    passphrase: Annotated[Secret | None, NotLiteral] = None


class SignedBy(Section):
    """Whose signature of a return is accepted: by name, by certificate, or both, and who vouches for them."""

    name: Text | None = None
    sha256: Fingerprint | None = None
    roots: Annotated[tuple[AnyPath, ...], Field(min_length=1)]

    @field_validator("roots")
    @classmethod
    def _somebody(cls, roots: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if info.data.get("name", "") is None and info.data.get("sha256", "") is None:
            raise ValueError("vouch for whomever they certify; add name: or sha256: of the one that is accepted")
        return roots


class Onward(Section):
    """What EICI is given: what seals its return, its own earlier hour, and when the return is due."""

    key: Annotated[Secret | None, NotLiteral] = None
    sign_with: SignWith | None = None
    signed_by: SignedBy | None = None
    notify_before: Moment = None
    return_by: Moment = None


class Inbox(Section):
    """The mailbox that bounces come back to."""

    host: Text | None = None
    port: Annotated[int, Field(ge=1, le=65535)] = 993
    username: Text | None = None
    password: Annotated[Secret | None, NotLiteral] = None
    folder: Text = "INBOX"


class Website(Section):
    """Where advisories are published, how long they stay there; days."""

    url: WebAddress | None = None
    expire_days: Annotated[int, Field(ge=1)] = _WEBSITE.expire_days
    archive_days: Annotated[int, Field(ge=1)] = _WEBSITE.archive_days
    allow_private: bool = False
    ca_file: AnyPath | None = None


class Guard(Section):
    """Limits that stop a wrong list: null allows every domain."""

    allowed_domains: tuple[Domain, ...] | None = None
    max_recipients: Annotated[int, Field(ge=1)] = 5000


class Store(Section):
    """Where the outbox is kept."""

    url: StoreUrl = "sqlite:///outbox/outbox.db"


class ConfigFile(BaseModel):
    """config.yaml as a whole; its values are handed in by name."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, hide_input_in_errors=True)

    office: Office
    sender: Sender
    relay: Relay
    languages: Annotated[tuple[Tag, ...], Field(min_length=1)] = ("hi", "en")
    audiences: Annotated[dict[Name, Audience], Field(min_length=1)]
    officers: dict[Text, Officer] = {}
    approval: Approval = Approval()
    signature: Signature = Signature()
    replaced_by: dict[Domain, Domain] = {}
    latin_words: tuple[Text, ...] = ()
    holidays: frozenset[date] = frozenset()
    retry: Retry = Retry()
    escalation: Escalation = Escalation()
    reminders: Reminders = Reminders()
    onward: Onward = Onward()
    inbox: Inbox = Inbox()
    website: Website = Website()
    guard: Guard = Guard()
    store: Store = Store()

    @field_validator("languages")
    @classmethod
    def _both_languages(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        if not {"hi", "en"} <= set(languages) or len(set(languages)) < len(languages):
            raise ValueError("must hold hi and en, each language once")
        return languages

    @field_validator("audiences")
    @classmethod
    def _somebody_passes_on(cls, audiences: dict[str, Audience]) -> dict[str, Audience]:
        mailed_by = [name for name, audience in audiences.items() if audience.by]
        if mailed_by and not any(audience.kit == "onward" for audience in audiences.values()):
            raise ValueError(
                f"{mailed_by[0]} is mailed by: onward, but no audience gets kit: onward to pass it on"
            )
        return audiences
