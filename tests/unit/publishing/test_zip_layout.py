from __future__ import annotations

import io
import shutil
import struct
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest

from dispatcher.errors import Refused
from dispatcher.publishing.archives import read_zip, zip_of

if TYPE_CHECKING:
    from pathlib import Path

FILES = {"notice.eml": b"From: \r\n", "hi/notice.txt": b"x" * 5000, "meta.json": b"{}"}
WHOLE = zip_of(FILES)
DIRECTORY = WHOLE.index(b"PK\x01\x02")
END = len(WHOLE) - 22


class Stream(io.BytesIO):
    """What cannot be gone back in, as a pipe: sums then stand behind the octets."""

    def seek(self, *_place: int) -> int:
        """Refuse to."""
        raise OSError


def streamed(*, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip file as a program writes it that does not know what comes."""
    made = Stream()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in FILES.items():
            archive.writestr(name, content)
    return made.getvalue()


def _refused(content: bytes) -> bool:
    with pytest.raises(Refused, match=r"^the zip file (holds more than its files, or says two things|is damaged)"):
        read_zip(content)
    return True


def with_offset(content: bytes, by: int) -> bytes:
    """Return a zip file whose directory is said to begin so many octets later."""
    start = struct.unpack_from("<L", content, len(content) - 6)[0]
    return content[:-6] + struct.pack("<L", start + by) + content[-2:]


def with_field(name: str, field: bytes) -> bytes:
    """Return a zip file of one entry with an extra field."""
    entry = zipfile.ZipInfo(name)
    entry.extra = field
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(entry, b"{}")
    return made.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"#!/bin/sh\n" + WHOLE,
        zip_of({"run.txt": b"other"}) + WHOLE,
        WHOLE + b"\0" * 4,
        WHOLE[:DIRECTORY] + b"between" + with_offset(WHOLE, 7)[DIRECTORY:],
        WHOLE[:END] + b"between" + WHOLE[END:],
        WHOLE[:-2] + struct.pack("<H", 22) + WHOLE[END:],
        WHOLE[:-2] + struct.pack("<H", 9) + b"short",
    ],
    ids=["before", "another before", "behind", "before the directory", "behind it", "two ends", "remark cut off"],
)
def test_octets_outside_of_the_entries_are_refused(content: bytes) -> None:
    """Another program could find other files in them."""
    assert _refused(content)


@pytest.mark.parametrize("offset", [4, 6, 8, 14, 18, 22, 30], ids=str)
def test_an_entry_that_contradicts_the_directory_is_refused(offset: int) -> None:
    """Flags, way of packing, sum, lengths and name stand in both; the version that is needed means nothing."""
    changed = bytearray(WHOLE)
    changed[offset] ^= 2
    if offset == 4:
        assert FILES == read_zip(bytes(changed))
    else:
        assert _refused(bytes(changed))


@pytest.mark.parametrize("offset", [34, 42], ids=["disk", "place"])
def test_a_directory_that_points_elsewhere_is_refused(offset: int) -> None:
    """A program that follows the directory would find other octets than one that reads on from the beginning."""
    changed = bytearray(WHOLE)
    changed[WHOLE.rindex(b"PK\x01\x02") + offset] += 1

    assert _refused(bytes(changed))


@pytest.mark.parametrize("offset", [4, 6, 8, 10], ids=["disk", "first disk", "entries here", "entries"])
def test_an_end_that_counts_otherwise_is_refused(offset: int) -> None:
    """A zip file is whole, and has as many entries as it says."""
    changed = bytearray(WHOLE)
    changed[END + offset] += 1

    assert _refused(bytes(changed))


def test_a_folder_holds_no_octets() -> None:
    """They would be a file to some programs, and are none to this one."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("hi/", b"hidden")

    assert _refused(made.getvalue())


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_sums_behind_the_octets_are_compared(method: int) -> None:
    """A program that writes as it goes puts them there; they must be those of the directory."""
    content = streamed(method=method)
    at = content.index(b"PK\x07\x08")

    assert FILES == read_zip(content)
    assert _refused(content[: at + 4] + b"\0\0\0\0" + content[at + 8 :])


@pytest.mark.parametrize("kind", [0x0001, 0x7075])
def test_a_second_name_or_length_is_refused(kind: int) -> None:
    """Some programs believe the extra field, others the header; a time in it is nothing to refuse."""
    assert {"meta.json": b"{}"} == read_zip(with_field("meta.json", struct.pack("<2H4s", 0x5455, 4, b"time")))
    assert _refused(with_field("meta.json", struct.pack("<2H4s", kind, 4, b"else")))


def test_octets_behind_the_packed_ones_are_refused() -> None:
    """An entry that is longer than what it unpacks to could hold another."""
    entry = WHOLE.index(b"notice.eml") - 30
    packed = struct.unpack_from("<L", WHOLE, entry + 18)[0]
    start = entry + 30 + len("notice.eml")
    longer = struct.pack("<L", packed + 3)
    changed = bytearray(WHOLE[: start + packed] + b"abc" + WHOLE[start + packed :])
    changed[entry + 18 : entry + 22] = longer
    central = changed.rindex(b"notice.eml") - 46
    changed[central + 20 : central + 24] = longer
    with pytest.raises(Refused, match="damaged"):
        read_zip(with_offset(bytes(changed), 3))


def test_a_remark_is_no_file() -> None:
    """What a gateway notes at the very end changes nothing."""
    assert FILES == read_zip(WHOLE[:-2] + struct.pack("<H", 7) + b"scanned")


@pytest.mark.parametrize("program", [["zip", "-q", "-r"], ["zip", "-q", "-0", "-r"], ["7z", "a", "-bd", "-tzip"]])
def test_what_other_programs_pack_is_read(program: list[str], tmp_path: Path) -> None:
    """A gateway unpacks and packs anew with a program of its own, which enters folders too."""
    if shutil.which(program[0]) is None:
        pytest.skip(f"no {program[0]} on this machine")
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    names = ["hi", "meta.json", "notice.eml"]
    subprocess.run([*program, "anew.zip", *names], cwd=tmp_path, capture_output=True, check=True)

    assert FILES == read_zip((tmp_path / "anew.zip").read_bytes())
