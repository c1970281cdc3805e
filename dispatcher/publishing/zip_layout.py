"""How a zip file lies in its octets: its entries one behind the other and nothing else. Pure: octets in.

A zip file says everything twice, before each entry and in the directory at its end, and programs differ in what
they believe. Taken is only one in which all find the same files (APPNOTE.TXT, section 4.3).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from dispatcher.errors import Refused

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator, Sequence

_END: Final = struct.Struct("<4s4H2LH")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_EXTRA: Final = struct.Struct("<2H")
_SUMS: Final = struct.Struct("<3L")
_DESCRIPTOR: Final = b"PK\x07\x08"
_BEHIND: Final = 0x8
"""The flag of an entry whose sum and lengths stand behind it."""
_FLAGS: Final = 0x2 | 0x4 | _BEHIND | 0x800
"""How hard it was packed; the sums behind; a name in UTF-8."""
_AMBIGUOUS: Final = frozenset({0x0001, 0x7075})
"""Extra fields by which some programs see another length or another name."""


def refuse_hidden(content: bytes, entries: Sequence[zipfile.ZipInfo]) -> dict[str, bytes]:
    """Return the packed octets of each entry (name -> octets), where all of `content` is entries and directory.

    `entries` are those of the directory. Raises Refused where other programs could see other files: octets before,
    between or behind the entries, or an entry that says of itself what the directory does not say.
    """
    try:
        at, packed = 0, {}
        for entry in sorted(entries, key=lambda one: one.header_offset):
            start = _start(content, entry, at)
            at = _behind(content, entry, start)
            packed[entry.orig_filename] = content[start : start + entry.compress_size]
        sound = _ends(content, at, len(entries))
    except (struct.error, _ContradictionError):
        sound = False
    if not sound:
        raise Refused(
            "the zip file holds more than its files, or says two things of one of them; ask for it again, or pack "
            "its files anew"
        )
    return packed


class _ContradictionError(Exception):
    """An entry is not what the directory says."""


def _start(content: bytes, entry: zipfile.ZipInfo, at: int) -> int:
    """Return where the octets of an entry begin; its header must stand at `at` and agree with the directory."""
    mark, _version, flags, method, _time, _date, *told, name, extra = _LOCAL.unpack_from(content, at)
    begin = at + _LOCAL.size
    start: int = begin + name + extra
    rest = content[begin:start]
    sums = [entry.CRC, entry.compress_size, entry.file_size]
    agrees = (
        (mark, flags, method) == (b"PK\x03\x04", entry.flag_bits, entry.compress_type)
        and entry.header_offset == at
        and not entry.volume
        and not flags & ~_FLAGS
        and rest[:name] == entry.orig_filename.encode()
        and (told == sums or (bool(flags & _BEHIND) and told == [0, 0, 0]))
        and not _AMBIGUOUS & {*_fields(rest[name:]), *_fields(entry.extra)}
        and not (entry.is_dir() and entry.file_size)
    )
    if not agrees:
        raise _ContradictionError
    return start


def _fields(extra: bytes) -> Iterator[int]:
    """Yield what the extra fields of an entry are."""
    at = 0
    while at < len(extra):
        kind, length = _EXTRA.unpack_from(extra, at)
        at += _EXTRA.size + length
        yield kind
    if at != len(extra):
        raise _ContradictionError


def _behind(content: bytes, entry: zipfile.ZipInfo, start: int) -> int:
    """Return where an entry ends: behind its octets, and behind its sums where they follow these."""
    at = start + entry.compress_size
    if not entry.flag_bits & _BEHIND:
        return at
    if content.startswith(_DESCRIPTOR, at):
        at += len(_DESCRIPTOR)
    if _SUMS.unpack_from(content, at) != (entry.CRC, entry.compress_size, entry.file_size):
        raise _ContradictionError
    return at + _SUMS.size


def _ends(content: bytes, at: int, entries: int) -> bool:
    """Return whether directory, its end and nothing else follow at `at`; a remark at the very end may be text."""
    end = content.rfind(b"PK\x05\x06")
    _mark, disk, first_disk, here, in_all, length, start, remark = _END.unpack_from(content, end)
    return (
        (disk, first_disk, here, in_all) == (0, 0, entries, entries)
        and (start, start + length) == (at, end)
        and end + _END.size + remark == len(content)
    )
