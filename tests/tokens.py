"""A token (PKCS#11) in software, SoftHSM, with certificates and keys of a test's choice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pkcs11
from asn1crypto import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pkcs11 import Attribute, CertificateType, ObjectClass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.certificates import Holder

PIN = "648219"
_PLACES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)
LIBRARY = (
    next((place for place in _PLACES if Path(place).is_file()), None) if shutil.which("softhsm2-util") else None
)
"""None: it is not installed."""


def write_token(
    folder: Path, label: str, holders: Mapping[str, Holder], *, without_key: Mapping[str, Holder] | None = None
) -> dict[str, str]:
    """Write a token below `folder`, its certificates by their labels; return the environment that has it."""
    tokens, settings = folder / "tokens", folder / "softhsm2.conf"
    tokens.mkdir(parents=True, exist_ok=True)
    settings.write_text(f"directories.tokendir = {tokens}\nlog.level = ERROR\n", encoding="utf-8")
    environment = {**os.environ, "SOFTHSM2_CONF": str(settings)}
    _run(environment, "--init-token", "--free", "--label", label, "--so-pin", PIN, "--pin", PIN)
    for number, (name, holder) in enumerate({**holders, **(without_key or {})}.items(), start=1):
        identity, certificate, key = f"{number:02x}", folder / "certificate.der", folder / "key.pem"
        certificate.write_bytes(holder.der)
        written = [sys.executable, "-m", "tests.tokens", label, name, identity, str(certificate)]
        subprocess.run(written, env=environment, cwd=Path(__file__).parents[1], check=True)
        if name in holders:
            form = Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
            key.write_bytes(holder.key.private_bytes(*form))
            where = ("--token", label, "--label", name, "--id", identity, "--pin", PIN)
            _run(environment, "--import", str(key), *where)
            key.unlink()
    return {"SOFTHSM2_CONF": str(settings)}


def _run(environment: Mapping[str, str], *arguments: str) -> None:
    subprocess.run(["softhsm2-util", *arguments], env=environment, check=True, capture_output=True)


def _write_certificate(token: str, label: str, identity: str, file: str) -> None:
    """Write a certificate; in a process of its own, since a library reads its settings only once."""
    loaded = x509.Certificate.load(Path(file).read_bytes())
    assert LIBRARY is not None
    with pkcs11.lib(LIBRARY).get_token(token_label=token).open(user_pin=PIN, rw=True) as session:
        session.create_object({
            Attribute.CLASS: ObjectClass.CERTIFICATE,
            Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
            Attribute.TOKEN: True,
            Attribute.LABEL: label,
            Attribute.ID: bytes.fromhex(identity),
            Attribute.SUBJECT: loaded.subject.dump(),
            Attribute.VALUE: loaded.dump(),
        })  # fmt: skip


if __name__ == "__main__":
    _write_certificate(*sys.argv[1:])
