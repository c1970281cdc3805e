"""What is seen of the relay, from its name to its certificate and our login, judged: thresholds and words. Pure.

What its EHLO offers is judged in offers.py.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from dispatcher.delivery.replies import classify, one_line
from dispatcher.findings import Finding, Grade
from dispatcher.outbox.findings import span
from dispatcher.outbox.states import DeliveryState
from dispatcher.smtp import Security, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from dispatcher.smtp import Relay, Reply

STEPS = (
    "resolve",
    "connect",
    "greeting",
    "tls",
    "certificate",
    "ehlo",
    "auth",
    "sender",
    "message",
    "relay_clock",
)
"""What is examined of the relay, in this order."""

ADMINISTRATOR = "the relay's administrator"
NETWORK = "the people who look after the network"

FEW_DAYS = 30
"""Days left of a certificate below which there is a warning."""
SLOW_LOOKUP = 2.0
CLOCK_WARNING, CLOCK_FAULT = 5.0, 120.0
"""Seconds between the relay's clock and ours."""
MAILBOX_RATE, MAILBOX_CONNECTIONS, WHOLE_CONTENT_WAIT = 20, 1, 600.0

_DATE = re.compile(r"(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d(?::\d\d)? (?:[+-]\d{4}|GMT|UT)")
_GREETED = re.compile(r"\bhello\b[^\[\n]*\[(?:IPv6:)?([0-9a-f.:]+)\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Knock:
    """One try to connect: to which address, how long it took, and why it failed; empty: it did not."""

    address: str
    seconds: float
    failure: str = ""
    timed_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What a certificate says of itself."""

    subject: str
    names: tuple[str, ...]
    issuer: str
    not_before: datetime
    not_after: datetime

    def __str__(self) -> str:
        names = f" (for {', '.join(self.names)})" if self.names else ""
        dates = f"from {self.not_before:%d.%m.%Y} to {self.not_after:%d.%m.%Y}"
        return f"{self.subject or 'without a subject'}{names}, by {self.issuer or 'nobody'}, {dates}"


def judge_account(profile: str, relay: Relay) -> Iterator[Finding]:
    """Judge pace and patience against the kind of account (docs/relay.md)."""
    rate, connections = relay.rate_per_minute, relay.max_connections
    pace = f"{f'{rate} messages a minute' if rate else 'no limit of pace'}, {connections} connections at most"
    if profile == "mailbox" and (rate is None or rate > MAILBOX_RATE or connections > MAILBOX_CONNECTIONS):
        advice = (
            f"Set relay.max_connections: {MAILBOX_CONNECTIONS} and relay.rate_per_minute: {MAILBOX_RATE} in "
            "config.yaml, or leave both out; providers block a mailbox that sends much in a short span"
        )
        yield Finding("pace", Grade.WARNING, f"{pace}: much for an ordinary mailbox", advice)
    else:
        yield Finding("pace", Grade.OK, f"{pace} (profile {profile})")
    if relay.timeouts.content < WHOLE_CONTENT_WAIT:
        found = f"{relay.timeouts.content:g} s for the reply after the content"
        advice = "Set relay.timeouts.content: 600 in config.yaml: a shorter wait makes doubt (RFC 5321, 4.5.3.2)"
        yield Finding("patience", Grade.WARNING, found, advice)


def no_password(why: str) -> Finding:
    """Return that the password of a login cannot be had."""
    advice = "Set the variable, or correct the file, that relay.password in config.yaml names"
    return Finding("password", Grade.FAULT, why, advice)


def judge_names(host: str, addresses: Sequence[str], *, seconds: float) -> Finding:
    """Judge the look-up of the relay's name."""
    if is_address(host):
        return Finding("resolve", Grade.OK, f"{host} is an address itself; no name is looked up")
    found = f"{host} is {', '.join(addresses)} (looked up in {_ms(seconds)})"
    if seconds > SLOW_LOOKUP:
        return Finding("resolve", Grade.WARNING, found, f"Ask {NETWORK} why their name server is so slow")
    return Finding("resolve", Grade.OK, found)


def unknown_name(host: str, why: str) -> Finding:
    """Return that the relay's name is not known here."""
    advice = (
        "Correct relay.host in config.yaml if it is misspelt; "
        f"else ask {NETWORK} whether the name server that this machine uses knows it"
    )
    return Finding("resolve", Grade.FAULT, f"the name {host} is not known here ({why})", advice)


def judge_knocks(port: int, knocks: Sequence[Knock]) -> Finding:
    """Judge the tries to connect, of which the last one may have succeeded."""
    failed = [f"{one.address} port {port}: {one.failure}" for one in knocks if one.failure]
    answered = [one for one in knocks if not one.failure]
    if answered:
        found = f"{answered[0].address} port {port} answered in {_ms(answered[0].seconds)}"
        if not failed:
            return Finding("connect", Grade.OK, found)
        advice = f"Ask {NETWORK}: each connection first waits for the address that does not answer"
        return Finding("connect", Grade.WARNING, f"{found}; before it, {'; '.join(failed)}", advice)
    if any(one.timed_out for one in knocks):
        advice = (
            f"Ask {NETWORK} whether a firewall lets this machine out to port {port}, and {ADMINISTRATOR} "
            "whether the relay admits this machine's address"
        )
    else:
        advice = (
            "Check relay.port in config.yaml (465 with tls, 587 or 25 with starttls); "
            f"then ask {ADMINISTRATOR} whether the relay is up"
        )
    return Finding("connect", Grade.FAULT, f"no connection: {'; '.join(failed)}", advice)


def greeted(text: str) -> Finding:
    """Return how the relay greeted."""
    return Finding("greeting", Grade.OK, f"220 {one_line(text)}")


def refused(step: str, why: str) -> Finding:
    """Return that a step failed as `why` tells, which names the relay."""
    return Finding(step, Grade.FAULT, why, f"Ask {ADMINISTRATOR}, and show these words")


def judge_plain(*, peer: str, starttls: bool) -> Finding:
    """Judge a connection without protection."""
    home = is_loopback(peer)
    found = "no protection (security: none); " + (
        "it stays on this machine" if home else f"all goes to {peer} as is"
    )
    if starttls:
        advice = "The relay offers STARTTLS: set relay.security: starttls in config.yaml"
    else:
        advice = "" if home else f"Ask {ADMINISTRATOR} for a port with TLS (465, or 587 with STARTTLS)"
    return Finding("tls", Grade.OK if home else Grade.WARNING, found, advice)


def no_starttls(relay: Relay) -> Finding:
    """Return that the relay has no STARTTLS although it is asked for."""
    found = f"{relay.host}:{relay.port} offers no STARTTLS, which relay.security asks for; nothing more was said"
    advice = (
        f"Ask {ADMINISTRATOR} which port is protected (587 with starttls, 465 with tls) and correct "
        "relay.port and relay.security in config.yaml"
    )
    return Finding("tls", Grade.FAULT, found, advice)


def judge_tls(version: str, cipher: str) -> Finding:
    """Judge the protocol; what is older than TLS 1.2 is refused before it comes here."""
    return Finding("tls", Grade.OK, f"{version.replace('TLSv', 'TLS ')}, {cipher}")


def judge_certificate(certificate: Certificate, host: str, *, now: datetime) -> Finding:
    """Judge a certificate that was verified, its name too."""
    days = (certificate.not_after - now).days
    found = f"valid for {host}, {days} days left: {certificate}"
    if days < FEW_DAYS:
        advice = f"Ask {ADMINISTRATOR} to renew it; when it has run out, nothing is handed over"
        return Finding("certificate", Grade.WARNING, found, advice)
    return Finding("certificate", Grade.OK, found)


def untrusted(host: str, *, code: int, said: str, certificate: Certificate | None) -> Finding:
    """Return why a certificate was refused; `code` is OpenSSL's (X509_V_ERR_...). It is shown, never trusted."""
    reason, advice = _DISTRUST.get(code, (f"OpenSSL says: {said}", f"Ask {ADMINISTRATOR} for a valid certificate"))
    shown = f". It is {certificate}" if certificate else ""
    found = f"the certificate is not to be trusted: {reason.format(host=host)}{shown}"
    return Finding("certificate", Grade.FAULT, found, advice)


_RENEW = f"Ask {ADMINISTRATOR} to renew it; check this machine's date too"
_AUTHORITY = (
    f"Ask {ADMINISTRATOR} for the certificate of its authority, compare its fingerprint by telephone, and name "
    "the file as relay.ca_file in config.yaml"
)
_OTHER_NAME = (
    f"Set relay.host in config.yaml to a name of the certificate, or ask {ADMINISTRATOR} which one to use"
)
_DISTRUST = {
    9: ("it is not valid yet", _RENEW),
    10: ("it has expired", _RENEW),
    18: ("it is signed by itself", _AUTHORITY),
    19: ("its authority is signed by itself and is not known here", _AUTHORITY),
    20: ("its authority is not known here", _AUTHORITY),
    21: ("its authority is not known here, or a certificate between the two is missing", _AUTHORITY),
    62: ("it is for another name than {host}", _OTHER_NAME),
    64: ("it is for another name than {host}", _OTHER_NAME),
}


def bad_ca_file(path: str, why: str) -> Finding:
    """Return that the office's own authority cannot be read."""
    found = f"{path}: not a readable file of certificates ({why})"
    return Finding("certificate", Grade.FAULT, found, "Correct relay.ca_file in config.yaml")


def broken_tls(why: str) -> Finding:
    """Return that no TLS came about at all."""
    advice = (
        "Check relay.security and relay.port in config.yaml: tls is usual on port 465, starttls on 587 and 25; "
        f"else ask {ADMINISTRATOR}, and the people who look after the network whether something stands between"
    )
    return Finding("tls", Grade.FAULT, f"TLS failed ({one_line(why)})", advice)


def no_login(offered: Sequence[str]) -> Finding:
    """Return that no login is configured, which many relays want none of."""
    if not offered:
        return Finding("auth", Grade.OK, "no login is configured, and the relay offers none")
    found = f"no login is configured; the relay offers {' '.join(offered).upper()}"
    advice = (
        "If the relay refuses our sender or our recipients, it wants one: set relay.username and relay.password"
    )
    return Finding("auth", Grade.OK, found, advice)


def login_in_clear(peer: str) -> Finding:
    """Return that a password would travel unprotected, and did not."""
    advice = "Set relay.security to tls or starttls in config.yaml, or relay.username to null"
    return Finding(
        "auth", Grade.FAULT, f"the password would go to {peer} in the clear; no login was tried", advice
    )


def no_known_login(offered: Sequence[str]) -> Finding:
    """Return that the relay offers no login that we know."""
    found = f"the relay offers no login that we know (AUTH: {one_line(' '.join(offered)) or 'not offered'})"
    advice = f"Set relay.username to null if the relay needs none; else ask {ADMINISTRATOR} for the port with AUTH"
    return Finding("auth", Grade.FAULT, found, advice)


def logged_in(mechanism: str, username: str) -> Finding:
    """Return that the one try to log in succeeded."""
    return Finding("auth", Grade.OK, f"logged in as {username} by {mechanism.upper()}")


def login_refused(why: str) -> Finding:
    """Return that the one try to log in failed."""
    advice = (
        "It was tried once and is not tried again. Check relay.username and the password first: a few more tries "
        f"with a wrong one may lock the account. If both are right, ask {ADMINISTRATOR}"
    )
    return Finding("auth", Grade.FAULT, why, advice)


def judge_sender(mail_from: str, rcpt_to: str, replies: Sequence[Reply]) -> Finding:
    """Judge what the relay answered to MAIL and RCPT; the transaction was taken back by RSET."""
    last = replies[-1]
    command, stage = (("MAIL FROM", Stage.MAIL), ("RCPT TO", Stage.RCPT))[len(replies) - 1]
    address = (mail_from, rcpt_to)[len(replies) - 1]
    if last.code // 100 == 2:
        found = f"{mail_from} may send to {rcpt_to}; no message was handed over"
        return Finding("sender", Grade.OK, found)
    verdict = classify(stage, last)
    found = f"{command} {address} was answered with {str(last)!r}: {verdict.action}"
    if verdict.state is DeliveryState.DEFERRED:
        advice = f"Try again in some minutes; if it stays so, ask {ADMINISTRATOR}"
        return Finding("sender", Grade.WARNING, found, advice)
    advice = f"Ask {ADMINISTRATOR} to allow this sender; or correct sender.envelope_from in config.yaml"
    return Finding("sender", Grade.FAULT, found, advice)


def judge_message(to: str, reply: Reply, *, stage: Stage) -> Finding:
    """Judge what the relay answered to the test message."""
    if stage is Stage.CONTENT and reply.code // 100 == 2:
        advice = (
            f"Look into the mailbox of {to}: does it arrive, does the Hindi read well, and does its "
            "Authentication-Results field say spf=pass and dkim=pass? If not, ask the relay's administrator"
        )
        return Finding("message", Grade.OK, f"accepted for {to}: {reply}", advice)
    verdict = classify(stage, reply)
    found = f"not accepted for {to}: {str(reply)!r} to {stage.upper()}: {verdict.action}"
    return Finding("message", Grade.FAULT, found, f"Ask {ADMINISTRATOR}, and show these words")


def relay_time(heard: Sequence[tuple[str, datetime]]) -> float | None:
    """Return by how many seconds the relay's clock is ahead of ours, by the first date in what it said.

    `heard` are its words, each with our moment of hearing it. None where it tells no time (RFC 5322, 3.3).
    """
    for text, moment in heard:
        for found in _DATE.findall(text):
            try:
                told = parsedate_to_datetime(found)
            except ValueError:
                continue
            if told.tzinfo is not None:
                return (told - moment).total_seconds()
    return None


def judge_relay_time(ahead: float | None) -> Finding:
    """Judge the difference between the relay's clock and ours."""
    if ahead is None:
        return Finding("relay_clock", Grade.UNEXAMINED, "the relay tells no time in its replies")
    if abs(ahead) <= CLOCK_WARNING:
        return Finding("relay_clock", Grade.OK, "the relay's clock and this machine's agree")
    found = f"the relay's clock is {span(abs(ahead))} {'ahead of' if ahead > 0 else 'behind'} this machine's"
    advice = "Ask the machine's administrator whether this clock is right; if it is, tell the relay's"
    return Finding("relay_clock", Grade.FAULT if abs(ahead) > CLOCK_FAULT else Grade.WARNING, found, advice)


def seen_address(ehlo: str, own: str) -> str:
    """Return our address as the relay says it back ("Hello our.name [192.0.2.1]"), else as our own end has it."""
    found = _GREETED.search(ehlo)
    return found[1] if found and is_address(found[1]) else own


def to_tell(relay: Relay, *, envelope_from: str, address: str | None) -> list[tuple[str, str]]:
    """Return what a relay's administrator must know to admit us, as pairs of a heading and a value."""
    protection = {Security.TLS: "TLS from the start", Security.STARTTLS: "STARTTLS", Security.NONE: "none"}
    rate = f"at most {relay.rate_per_minute} a minute" if relay.rate_per_minute else "as the relay allows"
    return [
        ("Our address", address or "not known: no connection was made"),
        ("Envelope sender", envelope_from),
        ("Messages", f"{rate}, one recipient each"),
        ("Connections", f"at most {relay.max_connections} at a time"),
        ("Relay and port", f"{relay.host}:{relay.port}"),
        ("Protection", protection[relay.security]),
        ("Login", relay.username or "none"),
    ]


def is_address(host: str) -> bool:
    """Tell whether `host` is an IP address."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def is_loopback(peer: str) -> bool:
    """Tell whether the address `peer` is this machine's own."""
    return ipaddress.ip_address(peer.partition("%")[0]).is_loopback


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms"
