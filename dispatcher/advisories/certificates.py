"""Input: certificates (RFC 5280) as pyHanko reads them: those that are trusted, and what is asked of a signer's.

What is signed, a document or a return, plays no part here.
"""

from __future__ import annotations

import contextlib
import logging
from collections import Counter
from typing import TYPE_CHECKING, Any, TypeAlias

from pyhanko.keys import load_certs_from_pemder_data

from dispatcher.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from asn1crypto import x509

Root: TypeAlias = "x509.Certificate"
"""A certificate to which chains may lead."""
_LARGEST_ROOTS = 1_000_000
_MOST_AUTHORITIES, _MOST_OF_A_NAME = 10, 3
_TIME_STAMPS = frozenset({"signature_time_stamp_token", "content_time_stamp"})
_PERSONS = frozenset({
    "any_extended_key_usage", "client_auth", "email_protection", "microsoft_document_signing",
    "adobe_authentic_documents_trust", "1.3.6.1.5.5.7.3.36",
})  # fmt: skip
"""Purposes of a certificate (RFC 5280, section 4.2.1.12; RFC 9336) with which persons sign documents."""


def roots_of(content: bytes) -> list[Root]:
    """Return the certificates of a file, PEM (one or several) or DER. Raises ValueError where it holds none."""
    try:
        found = list(load_certs_from_pemder_data(content))
        for certificate in found:
            _ = certificate.native
    except (ValueError, TypeError) as error:
        raise ValueError("holds no certificate") from error
    if not found:
        raise ValueError("holds no certificate")
    return found


def read_roots(names: Sequence[str], *, folder: Path, key: str) -> list[Root]:
    """Return the certificates of the files `names`, relative to `folder`.

    Raises ConfigError, which names each file that holds none; `key` is where they are named.
    """
    certificates: list[Root] = []
    faults = []
    for name in names:
        try:
            with (folder / name).open("rb") as file:
                certificates += roots_of(file.read(_LARGEST_ROOTS))
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            faults.append(f"{key}: {name}: {reason}")
    if faults:
        raise ConfigError(faults)
    return certificates


def for_signing(certificate: x509.Certificate) -> bool:
    """Tell whether a certificate is somebody's, for signatures (RFC 5280, sections 4.2.1.3, 4.2.1.9, 4.2.1.12)."""
    if certificate.ca:
        return False
    usage = certificate.key_usage_value
    if usage is not None and not {"digital_signature", "non_repudiation"} & usage.native:
        return False
    purposes = certificate.extended_key_usage_value
    return purposes is None or bool(_PERSONS & set(purposes.native))


def common_name(name: x509.Name) -> str:
    """Return the common name on one line; several of them, or none, are written out as they stand."""
    found = name.native.get("common_name")
    text = found if isinstance(found, str) else name.human_friendly
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]


def brought_by(signed: Any) -> list[x509.Certificate]:
    """Return the certificates that signed data (RFC 5652) brings, those of time stamps within it among them."""
    found = [one.chosen for one in signed["certificates"] if one.name == "certificate"]
    for signer in signed["signer_infos"]:
        attributes = [*(signer["signed_attrs"] or ()), *(signer["unsigned_attrs"] or ())]
        stamps = (one["values"] for one in attributes if one["type"].native in _TIME_STAMPS)
        found += [inner for values in stamps for value in values for inner in brought_by(value["content"])]
    return found


def walkable(certificates: Iterable[x509.Certificate]) -> bool:
    """Tell whether the ways from a certificate to a root through these can be walked, one after the other.

    Authorities that certify one another make more ways than anybody has time for; no chain that is meant to be
    followed is so long.
    """
    names = Counter(one.subject.hashable for one in {one.dump(): one for one in certificates}.values() if one.ca)
    return names.total() <= _MOST_AUTHORITIES and max(names.values(), default=0) <= _MOST_OF_A_NAME


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep pyHanko's own tellings, tracebacks among them, from the officer's screen."""
    loggers = [logging.getLogger(name) for name in ("pyhanko", "pyhanko_certvalidator")]
    for one in loggers:
        one.setLevel(logging.CRITICAL + 1)
    yield
