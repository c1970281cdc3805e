from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pypdfium2
import pytest
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.sign.validation.dss import DocumentSecurityStore

from dispatcher.advisories.certificates import read_roots, roots_of, walkable
from dispatcher.advisories.signature_reading import examine
from dispatcher.advisories.signature_rules import Said, SignatureFacts
from dispatcher.advisories.signing import key_of_file, sign
from dispatcher.errors import ConfigError
from tests.certificates import BEGINS, PASSPHRASE, Holder, authority, maze

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from dispatcher.advisories.certificates import Root

ROOT = authority()


def _loaded(holders: Iterable[Holder]) -> list[Root]:
    return list(load_certs_from_pemder_data(b"".join(one.pem for one in holders)))


def _page() -> bytes:
    """Return a PDF of one empty page."""
    document, written = pypdfium2.PdfDocument.new(), BytesIO()
    document.new_page(595, 842)
    document.save(written)
    document.close()
    return written.getvalue()


def _signed(holder: Holder, *, also: Sequence[Holder] = ()) -> bytes:
    return sign(_page(), key_of_file(holder.p12(also=also), PASSPHRASE, file="key.p12"), at=BEGINS)


def _examined(content: bytes) -> SignatureFacts | Said:
    return examine(content, lambda _signer, _at: iter(()), roots_of(ROOT.pem))


def test_what_real_chains_bring_is_walked() -> None:
    """Two chains with their roots, an authority that was certified anew and by another one: and each only once."""
    chain = [ROOT, ROOT.authority("Licensed CA"), ROOT.authority("Licensed CA"), authority("Other root")]
    stamps = [authority("Root of stamps"), authority("Root of stamps").authority("Stamps")]
    persons = [ROOT.person(f"Officer {number}") for number in range(20)]

    assert walkable(_loaded([*chain, *stamps, *persons, *chain, *chain]))


def test_what_no_chain_needs_is_not_walked() -> None:
    """Four certificates of one authority, or eleven authorities."""
    _, others = maze("Anybody")

    assert [True, False] == [walkable(_loaded(others[:count])) for count in (3, 4)]
    many = [authority(f"CA {number}") for number in range(11)]
    assert [True, False] == [walkable(_loaded(many[:count])) for count in (10, 11)]


def test_a_document_with_a_maze_of_certificates_is_not_examined() -> None:
    """In its signature or in the store behind it: it is told as broken, and nobody waits for hours."""
    person, others = maze("ASHA RAO")
    plain, within = _signed(ROOT.person("ASHA RAO")), _signed(person, also=others)
    behind = BytesIO(plain)
    DocumentSecurityStore.add_dss(behind, None, certs=_loaded(others))

    assert isinstance(_examined(plain), SignatureFacts)
    assert Said.BROKEN is _examined(within) is _examined(behind.getvalue())


def test_each_file_that_holds_no_root_is_named(tmp_path: Path) -> None:
    """Missing, empty, a folder, something else: all of them at once, with the key that names them."""
    (tmp_path / "empty.pem").touch()
    (tmp_path / "text.pem").write_text("no certificate")
    (tmp_path / "ca.pem").write_bytes(ROOT.pem)
    names = ["ca.pem", "missing.pem", "empty.pem", "text.pem", "."]
    with pytest.raises(ConfigError) as told:
        read_roots(names, folder=tmp_path, key="config.yaml: onward.signed_by.roots")

    assert [
        "config.yaml: onward.signed_by.roots: missing.pem: No such file or directory",
        "config.yaml: onward.signed_by.roots: empty.pem: holds no certificate",
        "config.yaml: onward.signed_by.roots: text.pem: holds no certificate",
        "config.yaml: onward.signed_by.roots: .: Is a directory",
    ] == str(told.value).splitlines()
    assert 1 == len(read_roots(["ca.pem"], folder=tmp_path, key="x"))
