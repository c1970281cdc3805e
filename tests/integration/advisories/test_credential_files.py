"""Files with certificates and keys, as an office might have them."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from dispatcher.advisories.credential_files import key_seen, roots_seen
from dispatcher.advisories.credential_rules import Access, Said, Validity
from dispatcher.advisories.secret_files import secret_seen
from dispatcher.errors import ConfigError
from tests.certificates import BEGINS, ENDS, PASSPHRASE, authority

if TYPE_CHECKING:
    from pathlib import Path

KEY = "signature.roots"


@pytest.fixture(scope="module")
def root() -> bytes:
    """Give a root in PEM."""
    return authority("Test Root").pem


def test_every_certificate_of_a_file_is_seen(tmp_path: Path, root: bytes) -> None:
    """All of a PEM file, with their common names and times."""
    ends = datetime(2027, 1, 1, tzinfo=UTC)
    path = tmp_path / "roots.pem"
    path.write_bytes(root + b"# the one before it\n" + authority("Old Root", ends=ends).pem)
    seen = roots_seen(path, key=KEY, file="roots.pem")

    assert seen.fault is None
    assert ["Test Root", "Old Root"] == [one.name for one in seen.certificates]
    assert [ENDS, ends] == [one.ends for one in seen.certificates]


def test_binary_certificates_are_roots_but_not_for_connections(tmp_path: Path) -> None:
    """DER is as good for signatures; OpenSSL takes PEM only, and the file is named before it is needed."""
    path = tmp_path / "root.der"
    path.write_bytes(authority().der)

    assert roots_seen(path, key=KEY, file="root.der").fault is None
    assert Said.NOT_PEM is roots_seen(path, key=KEY, file="root.der", pem_only=True).fault


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_what_holds_no_certificate(tmp_path: Path, content: bytes) -> None:
    """An empty file, another one, and a damaged certificate are told alike, and raise nothing."""
    path = tmp_path / "roots.pem"
    path.write_bytes(content)

    assert Said.NO_CERTIFICATE is roots_seen(path, key=KEY, file="roots.pem").fault


def test_what_cannot_be_read(tmp_path: Path) -> None:
    """A file that is missing, a folder and a pipe are told with the reason; none is waited for."""
    os.mkfifo(tmp_path / "pipe")
    looked = [roots_seen(tmp_path / name, key=KEY, file=name) for name in ("none.pem", "", "pipe")]
    keyed = key_seen(tmp_path / "none.p12", key=KEY, file="none.p12", passphrase=lambda: PASSPHRASE)

    assert [Said.UNREADABLE] * 4 == [one.fault for one in (*looked, keyed)]
    assert ["No such file or directory", "not a file", "not a file"] == [one.why for one in looked]


def test_the_certificate_of_a_key(tmp_path: Path) -> None:
    """Of a PKCS#12 file the certificate with the key counts, not the one that issued it."""
    path = tmp_path / "key.p12"
    path.write_bytes(authority().person("A Person").p12())
    path.chmod(0o600)
    seen = key_seen(path, key=KEY, file="key.p12", passphrase=lambda: PASSPHRASE)

    assert (None, Access.NOBODY) == (seen.fault, seen.access)
    assert [Validity("A Person", BEGINS, ENDS)] == list(seen.certificates)


def test_a_passphrase_that_is_not_at_hand(tmp_path: Path) -> None:
    """Then it is only said that nothing could be looked at, and why; with a wrong one, that it does not open."""
    path = tmp_path / "key.p12"
    path.write_bytes(authority().person("A Person").p12())

    def none() -> str:
        raise ConfigError(["config.yaml: the variable is not set"])

    missing = key_seen(path, key=KEY, file="key.p12", passphrase=none)
    wrong = key_seen(path, key=KEY, file="key.p12", passphrase=lambda: "another")

    assert (Said.UNEXAMINED, "config.yaml: the variable is not set") == (missing.fault, missing.why)
    assert () == missing.certificates
    assert Said.CLOSED is wrong.fault


def test_a_key_that_is_not_for_signatures(tmp_path: Path) -> None:
    """A certificate for encryption is told by the name on it."""
    path = tmp_path / "key.p12"
    path.write_bytes(authority().person("A Server", usage=("key_encipherment",)).p12(""))
    seen = key_seen(path, key=KEY, file="key.p12", passphrase=lambda: None)

    assert (Said.UNFIT, "A Server") == (seen.fault, seen.why)


@pytest.mark.parametrize(
    ("mode", "expected"), [(0o600, Access.NOBODY), (0o640, Access.GROUP), (0o604, Access.EVERYBODY)]
)
def test_who_may_read_a_secret(tmp_path: Path, mode: int, expected: Access) -> None:
    """Owner, group or everybody, by the file's permissions."""
    path = tmp_path / "password"
    path.write_text("open-sesame", encoding="utf-8")
    path.chmod(mode)

    assert expected is secret_seen(path, key="relay.password", file="password").access
