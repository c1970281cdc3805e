"""Input: the files with certificates that config.yaml names, as they lie there. Nothing is fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher.advisories.certificates import common_name, for_signing, roots_of
from dispatcher.advisories.credential_rules import Said, Seen, Validity
from dispatcher.advisories.secret_files import access_of, reason
from dispatcher.advisories.signing import key_of_file
from dispatcher.errors import ConfigError, Refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dispatcher.advisories.certificates import Root

LARGEST = 1_000_000
"""Octets of a file that can hold certificates or a key."""


def roots_seen(path: Path, *, key: str, file: str, pem_only: bool = False) -> Seen:
    """Return the certificates of a file, PEM or DER. `pem_only`: it is for OpenSSL, which reads no other form."""
    try:
        content = _content(path)
        found = roots_of(content)
    except OSError as error:
        return Seen(key=key, file=file, fault=Said.UNREADABLE, why=reason(error))
    except ValueError:
        return Seen(key=key, file=file, fault=Said.NO_CERTIFICATE)
    fault = Said.NOT_PEM if pem_only and b"-----BEGIN " not in content else None
    return Seen(key=key, file=file, fault=fault, certificates=[_validity(one) for one in found])


def key_seen(path: Path, *, key: str, file: str, passphrase: Callable[[], str | None]) -> Seen:
    """Return the certificate of a PKCS#12 file (RFC 7292); `passphrase` raises ConfigError where there is none.

    Without a passphrase nothing is said but that it could not be looked at.
    """
    try:
        content, access = _content(path), access_of(path)
    except OSError as error:
        return Seen(key=key, file=file, fault=Said.UNREADABLE, why=reason(error))
    try:
        certificate = key_of_file(content, passphrase() or "", file=file).signer.signing_cert
        validity = _validity(certificate)
    except ConfigError as error:
        return Seen(key=key, file=file, access=access, fault=Said.UNEXAMINED, why=str(error))
    except (Refused, ValueError):  # ValueError: a certificate whose times are none
        return Seen(key=key, file=file, access=access, fault=Said.CLOSED)
    fault, why = (None, "") if for_signing(certificate) else (Said.UNFIT, validity.name)
    return Seen(key=key, file=file, access=access, fault=fault, why=why, certificates=[validity])


def _content(path: Path) -> bytes:
    """Return the octets of a file, those of a very large one cut off. Raises OSError."""
    if path.exists() and not path.is_file():  # a device or a pipe would never end
        raise OSError(0, "not a file")
    with path.open("rb") as file:
        return file.read(LARGEST)


def _validity(certificate: Root) -> Validity:
    return Validity(common_name(certificate.subject), certificate.not_valid_before, certificate.not_valid_after)
