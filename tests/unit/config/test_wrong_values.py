"""A wrong value in config.yaml is one clear line with file and key, and all are told at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.config_files import problems_of, relayed, telling

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("blocks", "line"),
    [
        ({"relai": "{host: x}"}, "relai: unknown key; did you mean relay?"),
        (relayed("security: tls, pasword: x"), "relay.pasword: unknown key; did you mean password?"),
        (
            relayed("security: tls, timeouts: {conect: 3}"),
            "relay.timeouts.conect: unknown key; did you mean connect?",
        ),
        ({"sender": "{form: a@b.example}"}, "sender.form: unknown key; did you mean from?"),
        (
            telling("sheet: a.xlsx, part: to, tabb: x"),
            "audiences.custodians.tabb: unknown key; did you mean tab?",
        ),
        (
            {"officers": "{asha: {name: {hi: आ, en: A}, mai: []}}"},
            "officers.asha.mai: unknown key; did you mean may?",
        ),
        ({"store": "{zzz: 1}"}, "store.zzz: unknown key; known here: url"),
        ({"_env_file": "x"}, "_env_file: unknown key; known here: office, sender"),
        ({"office": ""}, "office: is missing"),
        ({"office": "null"}, "office: must be a block of keys"),
        ({"sender": "{from: nobody}"}, "sender.from: is not an address such as"),
        ({"sender": "{from: 'X <x@y>'}"}, "sender.from: is not an address such as"),
        ({"sender": '{from: "X\\r\\nBcc: y <x@y.example>"}'}, "sender.from: must stand on one line"),
        ({"sender": "{from: a@b.example, reply_to: a b@c.example}"}, "sender.reply_to: is not an e-mail address"),
        (relayed("security: none"), "relay.security: none would send in the clear to mail.customs.example"),
        (relayed("security: ssl"), "relay.security: must be one of 'tls', 'starttls' or 'none'"),
        (relayed("security: null"), "relay.security: must be one of"),
        (relayed("security: tls, rate_per_minute: 0"), "relay.rate_per_minute: must be at least 1"),
        (relayed("security: tls, rate_per_minute: fast"), "relay.rate_per_minute: must be a whole number"),
        (relayed("security: tls, max_connections: 0"), "relay.max_connections: must be at least 1"),
        (relayed("security: tls, timeouts: {content: 0}"), "relay.timeouts.content: must be more than 0"),
        (relayed("security: tls, profile: test"), "relay.profile: must be one of"),
        (
            {"relay": "{host: mail.customs.example, port: 25, security: tls, profile: rehearsal}"},
            "relay.host: profile rehearsal keeps mail on this machine",
        ),
        (relayed("security: tls, username: u"), "relay.password: is missing although there is a username"),
        (relayed("security: tls, password: {}"), "relay.password.file: give env: or file:, one of them"),
        (
            relayed("security: tls, password: {env: A, file: b}"),
            "relay.password.file: give env: or file:, one of them",
        ),
        (
            relayed("security: none, internal_plaintext: true, username: u, password: {env: A}"),
            "relay.username: would send the password in the clear",
        ),
        ({"relay": "{host: h, port: yes, security: tls}"}, "relay.port: must be a whole number"),
        ({"relay": "{host: h, port: 70000, security: tls}"}, "relay.port: must be at most 65535"),
        ({"languages": "[hi]"}, "languages: must hold hi and en, each language once"),
        ({"languages": "[hi, en, hi]"}, "languages: must hold hi and en, each language once"),
        ({"languages": "[hi, en, ta]"}, "office.name: ta is missing; languages: asks for it"),
        ({"audiences": "{}"}, "audiences: must not be empty"),
        (telling("sheet: ../list.xlsx, part: to"), "audiences.custodians.sheet: leads out of the workspace"),
        (
            telling("sheet: a/../../list.xlsx, part: to"),
            "audiences.custodians.sheet: leads out of the workspace",
        ),
        (telling("sheet: /tmp/list.xlsx, part: to"), "audiences.custodians.sheet: must be a path inside"),
        (telling("sheet: 'C:\\list.xlsx', part: to"), "audiences.custodians.sheet: must be a path inside"),
        (telling("sheet: list.pdf, part: to"), "audiences.custodians.sheet: is not a sheet"),
        (telling("sheet: a.xlsx, part: bcc"), "audiences.custodians.part: must be one of 'to' or 'copy'"),
        (
            telling("sheet: a.xlsx, part: to, by: onward"),
            "audiences: custodians is mailed by: onward, but no",
        ),
        ({"officers": "{asha: {name: {hi: आ, en: A}, may: [fly]}}"}, "officers.asha.may, item 1: must be one of"),
        ({"holidays": "[2025-08-15, Diwali]"}, "holidays, item 2: must be a date such as"),
        ({"holidays": "[2025-08-15T10:00:00]"}, "holidays, item 1: must be a date without a time"),
        ({"onward": "{notify_before: 2025-08-13T11:00:00}"}, "onward.notify_before: is a time without a zone"),
        ({"onward": "{return_by: 18:00}"}, "onward.return_by: must be minutes before the hour, or a time"),
        ({"onward": "{key: secret}"}, "onward.key: must not stand here itself"),
        (
            {"onward": "{sign_with: {p12: a.p12, passphrase: secret}}"},
            "onward.sign_with.passphrase: must not stand here itself",
        ),
        ({"onward": "{sign_with: {p12: ../a.p12}}"}, "onward.sign_with.p12: leads out of the workspace"),
        ({"onward": "{signed_by: {name: EICI}}"}, "onward.signed_by.roots: is missing"),
        ({"onward": "{signed_by: {name: EICI, roots: []}}"}, "onward.signed_by.roots: "),
        (
            {"onward": "{signed_by: {roots: [ca.pem]}}"},
            "onward.signed_by.roots: vouch for whomever they certify; add name: or sha256:",
        ),
        (
            {"onward": "{signed_by: {sha256: AB:CD, roots: [ca.pem]}}"},
            "onward.signed_by.sha256: is not the SHA-256 of a certificate",
        ),
        ({"approval": "{required: maybe}"}, "approval.required: must be true or false"),
        ({"retry": "{jitter: .nan}"}, "retry.jitter: must be a number"),
        ({"retry": "{jitter: nan}"}, "retry.jitter: must be a number"),
        ({"retry": "{jitter: 1}"}, "retry.jitter: must be less than 1"),
        ({"retry": "{backoff: []}"}, "retry.backoff: must not be empty"),
        ({"retry": "{backoff: [1, -2]}"}, "retry.backoff, item 2: must be more than 0"),
        ({"escalation": "{before: [-5]}"}, "escalation.before, item 1: must be at least 0"),
        (
            {"reminders": "{at: [morning]}"},
            "reminders.at, item 1: must be one of opening, in_effect",
        ),
        ({"reminders": "{at: [0]}"}, "reminders.at, item 1: must be one of opening"),
        ({"reminders": '{opens: "18:00"}'}, "reminders.opens: must be before 18:00, when a working day ends"),
        ({"reminders": "{opens: 9}"}, "reminders.opens: must be an hour of the day such as"),
        ({"reminders": "{to: some}"}, "reminders.to: must be"),
        ({"retry": "{backoff: 5}"}, "retry.backoff: must be a list"),
        ({"signature": "{roots: [../root.pem]}"}, "signature.roots, item 1: leads out of the workspace"),
        ({"signature": "{timestamp_url: time}"}, "signature.timestamp_url: is not an address such as"),
        ({"store": "{url: 'sqlite:///../outbox.db'}"}, "store.url: leads out of the workspace"),
        ({"store": "{url: 'mysql://x/y'}"}, "store.url: must begin with"),
        ({"guard": "{allowed_domains: [a@b.example]}"}, "guard.allowed_domains, item 1: is not a mail domain"),
        ({"replaced_by": "{'a b': c.example}"}, "replaced_by.a b: is not a mail domain"),
    ],
)
def test_a_wrong_value_is_one_clear_line(tmp_path: Path, blocks: dict[str, str], line: str) -> None:
    """Each slip is told in one line that names the file and the key and says what to do."""
    problems = problems_of(tmp_path, blocks)
    told = [problem for problem in problems if problem.startswith(f"config.yaml: {line}")]

    assert 1 == len(told), problems
    assert "\n" not in told[0]


@pytest.mark.parametrize(
    ("key", "text", "line"),
    [
        ("name", "{hi: कार्यालय}", "office.name: must stand in both languages; en is missing"),
        ("address", "{en: Mumbai}", "office.address: must stand in both languages; hi is missing"),
        ("short_name", "{}", "office.short_name: must stand in both languages; hi and en is missing"),
        ("name", "{hi: '', en: Office}", "office.name.hi: must not be empty"),
        ("name", "Office", "office.name: must be a block of keys"),
        ("phone", "[1, 2]", "office.phone: must be text"),
        ("email", "nobody", "office.email: is not an e-mail address"),
        ("time_zone", "Asia/Bombay", "office.time_zone: Asia/Bombay is not a time zone such as Asia/Kolkata"),
        ("time_zone", "Asia", "office.time_zone: Asia is not a time zone such as Asia/Kolkata"),
        ("time_zone", "../etc", "office.time_zone: ../etc is not a time zone such as Asia/Kolkata"),
        ("number_pattern", "'{n}/SYS'", "office.number_pattern: must hold {n} and {yyyy} once each"),
        ("number_pattern", "'{n}/{'", "office.number_pattern: must hold {n} and {yyyy} once each"),
    ],
)
def test_a_wrong_letterhead_is_one_clear_line(tmp_path: Path, key: str, text: str, line: str) -> None:
    """The letterhead stands in both languages, with addresses, zone and number pattern that hold."""
    lines = {
        "name": "{hi: का, en: O}",
        "address": "{hi: मु, en: M}",
        "phone": "1",
        "fax": "2",
        "email": "a@b.example",
    }
    office = "".join(f"\n  {name}: {value}" for name, value in (lines | {key: text}).items())

    assert [True] == [
        told.startswith(f"config.yaml: {line}") for told in problems_of(tmp_path, {"office": office})
    ]


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    """Problems of several blocks come together, each with its key."""
    lines = problems_of(
        tmp_path,
        {"sender": "{from: nobody}", "retry": "{jiter: 1}", **relayed("security: none, rate_per_minute: 0")},
    )

    assert {"sender.from", "retry.jiter", "relay.security", "relay.rate_per_minute"} == {
        line.split(": ")[1] for line in lines
    }
