"""config.yaml: typed, strict, every problem at once with file and key, no secret ever a literal."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatcher.config import Settings, load_settings
from dispatcher.config.reading import known_keys, read_yaml
from dispatcher.config.sections import ConfigFile
from dispatcher.errors import ConfigError
from dispatcher.model import EscalationPlan, Part, RetryPlan, Security

if TYPE_CHECKING:
    from collections.abc import Mapping

SAMPLE = Path(__file__).parents[2] / "config.yaml"

BASE = {
    "office": """
  name: {hi: कार्यालय, en: Office}
  address: {hi: मुंबई, en: Mumbai}
  phone: 022-20825140
  fax: 022-20825148
  email: systems@customs.example
""",
    "sender": '{from: "DG Systems <Systems@Customs.example>"}',
    "relay": "{host: mail.customs.example, port: 465, security: tls}",
    "audiences": "{custodians: {sheet: recipients/custodians.xlsx, part: to}}",
}


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("DISPATCHER_")]:
        monkeypatch.delenv(name)


def _written(folder: Path, blocks: Mapping[str, str]) -> Path:
    """Write a config.yaml of BASE with `blocks` in place of its own; an empty one is left out."""
    path = folder / "config.yaml"
    path.write_text(
        "".join(f"{key}: {text}\n" for key, text in ({**BASE, **blocks}).items() if text), encoding="utf-8"
    )
    return path


def _loaded(folder: Path, blocks: Mapping[str, str] | None = None) -> Settings:
    return load_settings(_written(folder, blocks or {}))


def _problems(folder: Path, blocks: Mapping[str, str]) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        _loaded(folder, blocks)
    return caught.value.lines


def _relay(rest: str) -> dict[str, str]:
    return {"relay": f"{{host: mail.customs.example, port: 25, {rest}}}"}


def _audience(rest: str) -> dict[str, str]:
    return {"audiences": f"{{custodians: {{{rest}}}}}"}


def test_the_sample_is_sound() -> None:
    """The sample that `init` hands out loads, with the audiences of the house plan in their order."""
    settings = load_settings(SAMPLE)

    assert SAMPLE.parent == settings.root
    assert [audience.name for audience in settings.audiences] == [
        "commissioners",
        "eici",
        "couriers",
        "custodians",
        "cms",
        "copy",
    ]
    assert "022-20825148" == settings.office.fax
    assert "customs.example" == settings.sender.domain
    assert RetryPlan() == settings.retry_plan
    assert EscalationPlan() == settings.escalation_plan


def test_the_sample_shows_every_key() -> None:
    """No key exists that the sample does not show; those of an officer are shown in a comment."""
    shown = read_yaml(SAMPLE)
    audience_keys = {key for audience in shown["audiences"].values() for key in audience}
    blocks = [block for block in known_keys(ConfigFile, []) if isinstance(shown[block], dict)]
    missing = {
        (block, key)
        for block in blocks
        if block not in {"audiences", "officers", "replaced_by"}
        for key in known_keys(ConfigFile, [block])
        if key not in shown[block]
    }

    assert not missing
    assert set(known_keys(ConfigFile, ["audiences", "any"])) == audience_keys
    assert "may: [make]" in SAMPLE.read_text(encoding="utf-8")


def test_every_value_reaches_its_room(tmp_path: Path) -> None:
    """What stands in the file is handed out as the values that the rooms take."""
    settings = _loaded(
        tmp_path,
        {
            "audiences": "{cms: {sheet: lists/cms.ods, tab: CMS, part: copy, note: news, kit: website}}",
            "officers": "{asha: {name: {hi: आशा, en: Asha}, may: [make]}}",
            "retry": "{backoff: [2, 5], jitter: 0.1}",
            "escalation": "{before: [180, 60, 0]}",
            "holidays": "[2025-08-15]",
            "latin_words": "[EDPMS]",
            "replaced_by": "{Old.example: customs.example}",
            "guard": "{allowed_domains: [customs.example], max_recipients: 40}",
            "onward": "{notify_before: 120, return_by: 2025-08-13T11:00+05:30}",
        },
    )
    (audience,) = settings.audiences

    assert ("cms", Path("lists/cms.ods"), "CMS", Part.COPY, "news", "website", None) == (
        audience.name,
        audience.sheet,
        audience.tab,
        audience.part,
        audience.note,
        audience.kit,
        audience.by,
    )
    assert RetryPlan(backoff=(2, 5), jitter=0.1) == settings.retry_plan
    assert EscalationPlan(before=(180, 60, 0)) == settings.escalation_plan
    assert {date(2025, 8, 15)} == settings.holidays
    assert {"EDPMS"} == settings.latin_words
    assert {"old.example": "customs.example"} == settings.replaced_by
    assert (("customs.example",), 40) == (settings.guard.allowed_domains, settings.guard.max_recipients)
    assert timedelta(minutes=120) == settings.onward.notify_before
    assert datetime(2025, 8, 13, 5, 30, tzinfo=UTC) == settings.onward.return_by


def test_what_is_left_out_has_a_default(tmp_path: Path) -> None:
    """Short name, note, Reply-To and envelope sender follow from what is given; approval is on."""
    settings = _loaded(tmp_path)

    assert settings.office.name == settings.office.short_name
    assert "custodians" == settings.audiences[0].note
    assert ("DG Systems", "Systems@customs.example") == (settings.sender.name, settings.sender.address)
    assert {"Systems@customs.example"} == {settings.sender.reply_to, settings.sender.envelope_from}
    assert (True, False) == (settings.approval.required, settings.approval.self_approval)
    assert "sqlite:///outbox/outbox.db" == settings.store_url


def test_a_bare_sender_address_is_taken(tmp_path: Path) -> None:
    """A From without a display name is an address alone."""
    sender = _loaded(tmp_path, {"sender": "{from: a@customs.example, envelope_from: b@customs.example}"}).sender

    assert ("", "a@customs.example", "b@customs.example") == (sender.name, sender.address, sender.envelope_from)


@pytest.mark.parametrize(
    ("rest", "pace"),
    [
        ("profile: mailbox", (1, 20)),
        ("profile: mailbox, max_connections: 2, rate_per_minute: 30", (2, 30)),
        ("profile: mailbox, rate_per_minute: null", (1, None)),
        ("profile: relay", (5, 600)),
    ],
)
def test_a_mailbox_is_used_gently(tmp_path: Path, rest: str, pace: tuple[int, int | None]) -> None:
    """An ordinary mailbox gets one connection and 20 messages a minute unless the office says otherwise."""
    relay = _loaded(tmp_path, _relay(f"security: tls, {rest}")).relay()

    assert pace == (relay.max_connections, relay.rate_per_minute)


def test_a_rehearsal_keeps_mail_on_this_machine(tmp_path: Path) -> None:
    """The profile rehearsal goes with a loopback host only, as fast as it takes mail."""
    here = {"relay": "{host: 127.0.0.1, port: 2525, security: none, profile: rehearsal}"}
    relay = _loaded(tmp_path, here).relay()

    assert (5, None) == (relay.max_connections, relay.rate_per_minute)


@pytest.mark.parametrize(
    ("blocks", "line"),
    [
        ({"relai": "{host: x}"}, "relai: unknown key; did you mean relay?"),
        (_relay("security: tls, pasword: x"), "relay.pasword: unknown key; did you mean password?"),
        (
            _relay("security: tls, timeouts: {conect: 3}"),
            "relay.timeouts.conect: unknown key; did you mean connect?",
        ),
        ({"sender": "{form: a@b.example}"}, "sender.form: unknown key; did you mean from?"),
        (
            _audience("sheet: a.xlsx, part: to, tabb: x"),
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
        (_relay("security: none"), "relay.security: none would send in the clear to mail.customs.example"),
        (_relay("security: ssl"), "relay.security: must be one of 'tls', 'starttls' or 'none'"),
        (_relay("security: null"), "relay.security: must be one of"),
        (_relay("security: tls, rate_per_minute: 0"), "relay.rate_per_minute: must be at least 1"),
        (_relay("security: tls, rate_per_minute: fast"), "relay.rate_per_minute: must be a whole number"),
        (_relay("security: tls, max_connections: 0"), "relay.max_connections: must be at least 1"),
        (_relay("security: tls, timeouts: {content: 0}"), "relay.timeouts.content: must be more than 0"),
        (_relay("security: tls, profile: test"), "relay.profile: must be one of"),
        (
            {"relay": "{host: mail.customs.example, port: 25, security: tls, profile: rehearsal}"},
            "relay.host: profile rehearsal keeps mail on this machine",
        ),
        (_relay("security: tls, username: u"), "relay.password: is missing although there is a username"),
        (_relay("security: tls, password: {}"), "relay.password.file: give env: or file:, one of them"),
        (
            _relay("security: tls, password: {env: A, file: b}"),
            "relay.password.file: give env: or file:, one of them",
        ),
        (
            _relay("security: none, internal_plaintext: true, username: u, password: {env: A}"),
            "relay.username: would send the password in the clear",
        ),
        ({"relay": "{host: h, port: yes, security: tls}"}, "relay.port: must be a whole number"),
        ({"relay": "{host: h, port: 70000, security: tls}"}, "relay.port: must be at most 65535"),
        ({"languages": "[hi]"}, "languages: must hold hi and en, each language once"),
        ({"languages": "[hi, en, hi]"}, "languages: must hold hi and en, each language once"),
        ({"languages": "[hi, en, ta]"}, "office.name: ta is missing; languages: asks for it"),
        ({"audiences": "{}"}, "audiences: must not be empty"),
        (_audience("sheet: ../list.xlsx, part: to"), "audiences.custodians.sheet: leads out of the workspace"),
        (
            _audience("sheet: a/../../list.xlsx, part: to"),
            "audiences.custodians.sheet: leads out of the workspace",
        ),
        (_audience("sheet: /tmp/list.xlsx, part: to"), "audiences.custodians.sheet: must be a path inside"),
        (_audience("sheet: 'C:\\list.xlsx', part: to"), "audiences.custodians.sheet: must be a path inside"),
        (_audience("sheet: list.pdf, part: to"), "audiences.custodians.sheet: is not a sheet"),
        (_audience("sheet: a.xlsx, part: bcc"), "audiences.custodians.part: must be one of 'to' or 'copy'"),
        (_audience("sheet: a.xlsx, part: to, by: onward"), "audiences: custodians is mailed by: onward, but no"),
        ({"officers": "{asha: {name: {hi: आ, en: A}, may: [fly]}}"}, "officers.asha.may, item 1: must be one of"),
        ({"holidays": "[2025-08-15, Diwali]"}, "holidays, item 2: must be a date such as"),
        ({"holidays": "[2025-08-15T10:00:00]"}, "holidays, item 1: must be a date without a time"),
        ({"onward": "{notify_before: 2025-08-13T11:00:00}"}, "onward.notify_before: is a time without a zone"),
        ({"onward": "{return_by: 18:00}"}, "onward.return_by: must be minutes before the hour, or a time"),
        ({"onward": "{key: secret}"}, "onward.key: must not stand here itself"),
        ({"approval": "{required: maybe}"}, "approval.required: must be true or false"),
        ({"retry": "{jitter: .nan}"}, "retry.jitter: must be a number"),
        ({"retry": "{jitter: nan}"}, "retry.jitter: must be a number"),
        ({"retry": "{jitter: 1}"}, "retry.jitter: must be less than 1"),
        ({"retry": "{backoff: []}"}, "retry.backoff: must not be empty"),
        ({"retry": "{backoff: [1, -2]}"}, "retry.backoff, item 2: must be more than 0"),
        ({"escalation": "{before: [-5]}"}, "escalation.before, item 1: must be at least 0"),
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
    problems = _problems(tmp_path, blocks)
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

    assert [True] == [told.startswith(f"config.yaml: {line}") for told in _problems(tmp_path, {"office": office})]


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    """Problems of several blocks come together, each with its key."""
    lines = _problems(
        tmp_path,
        {"sender": "{from: nobody}", "retry": "{jiter: 1}", **_relay("security: none, rate_per_minute: 0")},
    )

    assert {"sender.from", "retry.jiter", "relay.security", "relay.rate_per_minute"} == {
        line.split(": ")[1] for line in lines
    }


@pytest.mark.parametrize(
    "literal",
    ["hunter2secret", "'hunter2secret'", "{value: hunter2secret}", "{env: hunter2-secret!}", "[hunter2secret]"],
)
def test_a_literal_password_is_refused_unseen(tmp_path: Path, literal: str) -> None:
    """A password in the file is refused, and never repeated on the screen or in a log."""
    lines = _problems(tmp_path, _relay(f"security: tls, username: u, password: {literal}"))

    assert lines
    assert all(line.startswith("config.yaml: relay.password") for line in lines)
    assert "hunter2" not in " ".join(lines)


@pytest.mark.parametrize("literal", ["*hunter2secret", "!hunter2secret x", "@hunter2secret", '"hunter2secret'])
def test_a_password_that_breaks_yaml_is_not_shown(tmp_path: Path, literal: str) -> None:
    """A password that is no YAML is a fault of a line, told without the line's content."""
    lines = _problems(tmp_path, {"relay": f"\n  password: {literal}"})

    assert lines[0].startswith("config.yaml: line ")
    assert "hunter2" not in " ".join(lines)


def test_a_password_in_the_store_address_is_refused_unseen(tmp_path: Path) -> None:
    """A database address with a password in it is a literal password."""
    (line,) = _problems(tmp_path, {"store": "{url: 'postgresql://u:hunter2@db.customs.example/outbox'}"})

    assert line.startswith("config.yaml: store.url: must not hold the password")
    assert "hunter2" not in line


@pytest.mark.parametrize(
    ("blocks", "host"),
    [
        ({"relay": "{host: 127.0.0.1, port: 25, security: none}"}, "127.0.0.1"),
        ({"relay": "{host: localhost, port: 25, security: none}"}, "localhost"),
        ({"relay": "{host: '::1', port: 25, security: none}"}, "::1"),
        ({"relay": "{host: mail.example, port: 25, security: none, internal_plaintext: true}"}, "mail.example"),
    ],
)
def test_plaintext_where_it_is_allowed(tmp_path: Path, blocks: dict[str, str], host: str) -> None:
    """Security none is for this machine, or for an internal relay that is named as such."""
    relay = _loaded(tmp_path, blocks).relay()

    assert (host, Security.NONE) == (relay.host, relay.security)


def test_yaml_does_not_guess_types(tmp_path: Path) -> None:
    """`no`, a leading zero and a clock time stay what was typed; the key decides what they mean."""
    settings = _loaded(
        tmp_path,
        {
            "approval": "{required: no}",
            "languages": "[hi, en]",
            "office": "{name: {hi: क, en: no}, "
            "address: {hi: क, en: 12:30}, phone: 0110, fax: 1_0, email: a@b.example}",
        },
    )

    assert settings.approval.required is False
    assert ("no", "12:30", "0110", "1_0") == (
        settings.office.name["en"],
        settings.office.address["en"],
        settings.office.phone,
        settings.office.fax,
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"# nothing\n", "is empty"),
        (b"- a\n- b\n", "must hold keys"),
        (b"office:\n  name: {hi: \xe0\xa4\n", "line 2: is not UTF-8"),
        (b"office: {name: x\nsender: y\n", "line 2, column"),
        (b"office: {}\nsender: {}\noffice: {}\n", "line 3: the key office stands here a second time"),
        (b"office:\n  fax: 1\n  fax: 2\n", "line 3: the key fax stands here a second time"),
        (b"office: {~: 1}\n", "line 1: a key must be text"),
        (b"office: {[1]: 1}\n", "line 1: a key must be text"),
        (b"office: \x01\n", "is not YAML: it holds a character"),
        (b"a: !!python/name:os.system x\n", "line 1, column"),
        (b"[" * 5000, "is nested too deeply"),
        (b"\xff\xfeo\x00", "line 1: is not UTF-8"),
    ],
)
def test_an_unreadable_file_is_one_clear_line(tmp_path: Path, content: bytes, words: str) -> None:
    """A file that is no sound YAML in UTF-8 is told with its name and, where there is one, the line."""
    path = tmp_path / "config.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_settings(path)

    assert 1 == len(caught.value.lines)
    assert caught.value.lines[0].startswith(f"config.yaml: {words}")


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    """A path where no file is, is told as such."""
    told: list[str] = []
    for path in (tmp_path / "config.yaml", tmp_path):
        with pytest.raises(ConfigError) as caught:
            load_settings(path)
        told += caught.value.lines

    assert "there is no such file" in told[0]
    assert "is a folder" in told[1]


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    """An editor's byte order mark is not part of the first key."""
    path = _written(tmp_path, {})
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())

    assert "022-20825140" == load_settings(path).office.phone


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DISPATCHER_SECTION__KEY replaces one key and leaves the others of its block."""
    monkeypatch.setenv("DISPATCHER_RELAY__HOST", "other.example")
    monkeypatch.setenv("DISPATCHER_RELAY__RATE_PER_MINUTE", "null")
    monkeypatch.setenv("DISPATCHER_AUDIENCES__CUSTODIANS__TAB", "North")
    monkeypatch.setenv("DISPATCHER_SENDER__FROM", "a@other.example")
    settings = _loaded(tmp_path)

    assert ("other.example", 465, None) == (
        settings.relay().host,
        settings.relay().port,
        settings.relay().rate_per_minute,
    )
    assert ("North", Path("recipients/custodians.xlsx")) == (
        settings.audiences[0].tab,
        settings.audiences[0].sheet,
    )
    assert "a@other.example" == settings.sender.address


@pytest.mark.parametrize(
    ("variable", "value", "line"),
    [
        ("DISPATCHER_RELAY__PORT", "many", "DISPATCHER_RELAY__PORT: must be a whole number"),
        ("DISPATCHER_RELAY__HOTS", "x", "DISPATCHER_RELAY__HOTS: unknown key; did you mean host?"),
        ("DISPATCHER_RELAI__HOST", "x", "DISPATCHER_RELAI__HOST: unknown key; did you mean relay?"),
        ("DISPATCHER_RELAY__PASSWORD", "hunter2", "DISPATCHER_RELAY__PASSWORD: must not stand here itself"),
        ("DISPATCHER_LANGUAGES", "hi,en", ""),
    ],
)
def test_a_wrong_variable_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, line: str
) -> None:
    """A fault that came from the environment names the variable, not the file."""
    monkeypatch.setenv(variable, value)
    (told,) = _problems(tmp_path, {})

    assert told.startswith(f"environment: {line}")
    assert "hunter2" not in told


def test_the_variable_of_the_secret_is_no_override(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DISPATCHER_RELAY_PASSWORD, one underscore, is what password: {env: ...} names and nothing else."""
    monkeypatch.setenv("DISPATCHER_RELAY_PASSWORD", "hunter2")
    rest = "security: tls, username: u, password: {env: DISPATCHER_RELAY_PASSWORD}"
    relay = _loaded(tmp_path, _relay(rest)).relay()

    assert "hunter2" == relay.password
    assert "hunter2" not in repr(relay)


def test_a_secret_is_asked_for_only_when_needed(tmp_path: Path) -> None:
    """Settings load without the secret; the relay asks for it, by the name of its variable."""
    settings = _loaded(tmp_path, _relay("security: tls, username: u, password: {env: NOT_SET_HERE}"))
    with pytest.raises(ConfigError) as caught:
        settings.relay()

    assert ("config.yaml: relay.password: the environment variable NOT_SET_HERE is not set",) == caught.value.lines


def test_no_login_needs_no_secret(tmp_path: Path) -> None:
    """Without a user name the password's variable is not looked for."""
    settings = _loaded(tmp_path, _relay("security: tls, username: null, password: {env: NOT_SET_HERE}"))

    assert settings.relay().password is None


def test_a_secret_in_a_file(tmp_path: Path) -> None:
    """A file beside config.yaml gives the secret without its line end."""
    secret = tmp_path / "relay.secret"
    secret.write_text("hunter2 \n", encoding="utf-8")
    secret.chmod(0o600)
    settings = _loaded(tmp_path, _relay("security: tls, username: u, password: {file: relay.secret}"))

    assert "hunter2 " == settings.relay().password


@pytest.mark.parametrize(
    ("content", "mode", "words"),
    [
        (b"hunter2", 0o604, "everybody may read"),
        (b"\n", 0o600, "is empty"),
        (b"\xff", 0o600, "not UTF-8"),
        (None, 0, "cannot be read"),
    ],
)
def test_a_secret_file_that_does_not_do(tmp_path: Path, content: bytes | None, mode: int, words: str) -> None:
    """A secret file that is missing, empty, not text or open to everybody is refused with its key."""
    if content is not None:
        (tmp_path / "relay.secret").write_bytes(content)
        (tmp_path / "relay.secret").chmod(mode)
    settings = _loaded(tmp_path, _relay("security: tls, username: u, password: {file: relay.secret}"))
    with pytest.raises(ConfigError, match=f"^config.yaml: relay.password: .*{words}"):
        settings.relay()


def test_officers_may_what_they_are_named_for(tmp_path: Path) -> None:
    """Where officers are named, only they act, each in what is allowed; where none is, everybody may."""
    named = _loaded(tmp_path, {"officers": "{asha: {name: {hi: आशा, en: Asha}, may: [make]}}"})
    open_to_all = _loaded(tmp_path)

    assert [True, False, False] == [
        named.may("asha", "make"),
        named.may("asha", "approve"),
        named.may("ravi", "make"),
    ]
    assert open_to_all.may("ravi", "approve")


@given(
    content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_content_is_a_traceback(tmp_path: Path, content: bytes) -> None:
    """Whatever stands in the file, what comes of it is lines that name it."""
    path = tmp_path / "config.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_settings(path)

    assert caught.value.lines
    assert all(line.startswith("config.yaml: ") for line in caught.value.lines)
