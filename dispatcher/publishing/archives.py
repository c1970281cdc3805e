"""Zip files, written the same each time and read with suspicion. Pure: octets in, octets out."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dispatcher.advisories.enclosures import is_plain_name
from dispatcher.errors import Refused
from dispatcher.publishing.zip_layout import refuse_hidden

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_BEGINNING: Final = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip file can name."""
_LEVEL: Final = 6
_UNIX: Final = 3
_ENCRYPTED: Final = 0x1
_DIRECTORY_ENTRY: Final = b"PK\x01\x02"
_SPARE: Final = 20
"""So many times the files allowed may there be entries: a file that is a zip file itself has some of its own."""
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveLimits:
    """How much an archive may hold; octets."""

    packed: int = 40_000_000
    unpacked: int = 60_000_000
    files: int = 100


def zip_of(files: Mapping[str, bytes]) -> bytes:
    """Return a zip file of `files` (relative path -> content): the same octets for the same files.

    They stand in the order of their names, dated 1980, readable by all. Raises ValueError for a name that
    `read_zip` would refuse.
    """
    _refuse_unsafe_names(files, ValueError)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, date_time=_BEGINNING)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, _UNIX
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, files[name])
    return made.getvalue()


def read_zip(content: bytes, *, limits: ArchiveLimits | None = None) -> dict[str, bytes]:
    """Return the files of a zip file that somebody else made: relative path -> content, without its folders.

    Raises Refused, in one sentence, for what is no zip file, is damaged, encrypted or larger than `limits`, for
    links, for names that climb out, stand twice or are not plain, and where another program could find other files
    in it. Nothing is unpacked before all is examined, and never more than was declared.
    """
    limits = limits or ArchiveLimits()
    if len(content) > limits.packed:
        raise Refused(f"the zip file is larger than {_megabytes(limits.packed)}")
    _refuse_foreign(content, limits)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            _refuse_unsafe(entries, limits)
            packed = refuse_hidden(content, entries)
            return {one.filename: _unpacked(one, packed[one.filename]) for one in entries if not one.is_dir()}
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        OSError,
        RuntimeError,
        ValueError,
    ) as error:
        # the last four: headers that contradict each other or ask for what no zip file of ours needs
        raise Refused("the zip file is damaged; ask for it again") from error


def _refuse_foreign(content: bytes, limits: ArchiveLimits) -> None:
    """Refuse what is no zip file, and a directory of very many entries before it is read."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise Refused("this is not a zip file, or not the whole of it")
    if content.count(_DIRECTORY_ENTRY) > limits.files * _SPARE:
        raise Refused(f"the zip file holds more than {limits.files} files")


def _refuse_unsafe(entries: list[zipfile.ZipInfo], limits: ArchiveLimits) -> None:
    if len(entries) > limits.files:
        raise Refused(f"the zip file holds more than {limits.files} files")
    if sum(entry.file_size for entry in entries) > limits.unpacked:
        raise Refused(f"unpacked, the zip file is larger than {_megabytes(limits.unpacked)}")
    _refuse_unsafe_names([entry.orig_filename.removesuffix("/") for entry in entries], Refused)
    for entry in entries:
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in {0, stat.S_IFDIR if entry.is_dir() else stat.S_IFREG}:
            raise Refused(f"{entry.filename} in the zip file is a link or a device, not a file")
        if entry.flag_bits & _ENCRYPTED:
            raise Refused("the zip file is encrypted; ask for it without a password")
        if entry.compress_type not in _METHODS:
            raise Refused(f"{entry.filename} in the zip file is packed in a way that is not read here")


def _refuse_unsafe_names(names: Iterable[str], error: type[Refused | ValueError]) -> None:
    seen: set[str] = set()
    for name in names:
        if not is_plain_name(name):
            raise error(f"the zip file holds a name that is not plain: {name[:100]!a}")
        if name.casefold() in seen:
            raise error(f"the zip file holds {name} twice")
        seen.add(name.casefold())


def _unpacked(entry: zipfile.ZipInfo, packed: bytes) -> bytes:
    """Return the content of an entry, which must be as long as declared and end where its packed octets end."""
    content = packed
    if entry.compress_type == zipfile.ZIP_DEFLATED:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        content = inflater.decompress(packed, entry.file_size + 1)
        if not inflater.eof or inflater.unused_data:
            raise zipfile.BadZipFile
    if (len(content), zlib.crc32(content)) != (entry.file_size, entry.CRC):
        raise zipfile.BadZipFile
    return content


def _megabytes(octets: int) -> str:
    return f"{octets // 1_000_000} MB"
