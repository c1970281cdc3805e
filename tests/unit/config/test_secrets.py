"""No secret is ever a literal in config.yaml, and none is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dispatcher.errors import ConfigError
from tests.config_files import loaded, problems_of, relayed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "literal",
    ["hunter2secret", "'hunter2secret'", "{value: hunter2secret}", "{env: hunter2-secret!}", "[hunter2secret]"],
)
def test_a_literal_password_is_refused_unseen(tmp_path: Path, literal: str) -> None:
    """A password in the file is refused, and never repeated on the screen or in a log."""
    lines = problems_of(tmp_path, relayed(f"security: tls, username: u, password: {literal}"))

    assert lines
    assert all(line.startswith("config.yaml: relay.password") for line in lines)
    assert "hunter2" not in " ".join(lines)


@pytest.mark.parametrize("literal", ["*hunter2secret", "!hunter2secret x", "@hunter2secret", '"hunter2secret'])
def test_a_password_that_breaks_yaml_is_not_shown(tmp_path: Path, literal: str) -> None:
    """A password that is no YAML is a fault of a line, told without the line's content."""
    lines = problems_of(tmp_path, {"relay": f"\n  password: {literal}"})

    assert lines[0].startswith("config.yaml: line ")
    assert "hunter2" not in " ".join(lines)


def test_a_password_in_the_store_address_is_refused_unseen(tmp_path: Path) -> None:
    """A database address with a password in it is a literal password."""
    (line,) = problems_of(tmp_path, {"store": "{url: 'postgresql://u:hunter2@db.customs.example/outbox'}"})

    assert line.startswith("config.yaml: store.url: must not hold the password")
    assert "hunter2" not in line


def test_the_variable_of_the_secret_is_no_override(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DISPATCHER_RELAY_PASSWORD, one underscore, is what password: {env: ...} names and nothing else."""
    monkeypatch.setenv("DISPATCHER_RELAY_PASSWORD", "hunter2")
    rest = "security: tls, username: u, password: {env: DISPATCHER_RELAY_PASSWORD}"
    relay = loaded(tmp_path, relayed(rest)).relay()

    assert "hunter2" == relay.password
    assert "hunter2" not in repr(relay)


def test_a_secret_is_asked_for_only_when_needed(tmp_path: Path) -> None:
    """Settings load without the secret; the relay asks for it, by the name of its variable."""
    settings = loaded(tmp_path, relayed("security: tls, username: u, password: {env: NOT_SET_HERE}"))
    with pytest.raises(ConfigError) as caught:
        settings.relay()

    assert ("config.yaml: relay.password: the environment variable NOT_SET_HERE is not set",) == caught.value.lines


def test_no_login_needs_no_secret(tmp_path: Path) -> None:
    """Without a user name the password's variable is not looked for."""
    settings = loaded(tmp_path, relayed("security: tls, username: null, password: {env: NOT_SET_HERE}"))

    assert settings.relay().password is None


def test_a_secret_in_a_file(tmp_path: Path) -> None:
    """A file beside config.yaml gives the secret without its line end."""
    secret = tmp_path / "relay.secret"
    secret.write_text("hunter2 \n", encoding="utf-8")
    secret.chmod(0o600)
    settings = loaded(tmp_path, relayed("security: tls, username: u, password: {file: relay.secret}"))

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
    settings = loaded(tmp_path, relayed("security: tls, username: u, password: {file: relay.secret}"))
    with pytest.raises(ConfigError, match=f"^config.yaml: relay.password: .*{words}"):
        settings.relay()
