from __future__ import annotations

import io
import shutil
import stat
import struct
import subprocess
import time
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.errors import Refused
from dispatcher.publishing.archives import ArchiveLimits, read_zip, zip_of

if TYPE_CHECKING:
    from pathlib import Path

FILES = {"notice.eml": b"From: \r\n", "hi/notice.txt": b"x" * 5000, "meta.json": b"{}"}


def made(*entries: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip file as anybody could make it."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, octets in entries:
            archive.writestr(name, octets)
    return content.getvalue()


def linked(mode: int) -> bytes:
    """Return a zip file whose one entry is no ordinary file."""
    entry = zipfile.ZipInfo("meta.json")
    entry.external_attr = (mode | 0o777) << 16
    return made((entry, b"/etc/passwd"))


def test_what_is_packed_is_read_again() -> None:
    """Every file comes out as it went in."""
    packed = zip_of(FILES)

    assert FILES == read_zip(packed)


def test_the_same_files_give_the_same_octets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the hour, its zone nor the order of the files shows in the archive."""
    first = zip_of(FILES)
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)

    assert first == zip_of(dict(reversed(FILES.items())))


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,3})?", fullmatch=True), st.binary(max_size=300)))
def test_any_plain_names_and_content(files: dict[str, bytes]) -> None:
    """Whatever the content: it is the same afterwards, or its name is refused."""
    try:
        packed = zip_of(files)
    except ValueError:
        assert {"con", "prn", "aux", "nul"} & {name.partition(".")[0] for name in files}
    else:
        assert files == read_zip(packed)


@pytest.mark.skipif(shutil.which("unzip") is None, reason="no unzip on this machine")
def test_another_program_unpacks_it(tmp_path: Path) -> None:
    """Info-ZIP finds nothing to complain of."""
    (tmp_path / "kit.zip").write_bytes(zip_of(FILES))
    told = subprocess.run(["unzip", "-q", "kit.zip"], cwd=tmp_path, capture_output=True, check=False)

    assert (0, b"") == (told.returncode, told.stderr)
    assert FILES["hi/notice.txt"] == (tmp_path / "hi" / "notice.txt").read_bytes()
    assert 0o644 == stat.S_IMODE((tmp_path / "meta.json").stat().st_mode) | 0o044


@pytest.mark.parametrize(
    "name",
    [
        "../outside.txt",
        "a/../../outside.txt",
        "/etc/passwd",
        "C:/outside.txt",
        "C:outside.txt",
        "..\\outside.txt",
        "a\\b.txt",
        ".hidden",
        "a//b.txt",
        "./a.txt",
        "trailing.",
        "trailing ",
        "nul.txt",
        "com1.pdf",
        "sub/COM1",
        "line\nbreak.txt",
        "file.txt:stream",
        "सूचना.txt",
        "x" * 200,
    ],
)
def test_a_name_that_is_not_plain_is_refused(name: str) -> None:
    """A path that climbs out, is absolute or means something else elsewhere is never unpacked, nor packed."""
    with pytest.raises(Refused, match="a name that is not plain"):
        read_zip(made((name, b"x")))
    with pytest.raises(ValueError, match="a name that is not plain"):
        zip_of({name: b"x"})


def test_a_name_cut_off_at_a_zero_is_refused() -> None:
    """What zipfile cuts off behind a zero octet does not pass as the shorter name."""
    content = made(("meta.jsonXevil", b"x")).replace(b"meta.jsonXevil", b"meta.json\0evil")
    with pytest.raises(Refused, match="a name that is not plain"):
        read_zip(content)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("second", ["meta.json", "META.json"])
def test_a_name_that_stands_twice_is_refused(second: str) -> None:
    """Two files of one name, on any system: which one counts would depend on who unpacks."""
    with pytest.raises(Refused, match="twice"):
        read_zip(made(("meta.json", b"1"), (second, b"2")))


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO])
def test_links_and_devices_are_refused(mode: int) -> None:
    """Only ordinary files are read."""
    with pytest.raises(Refused, match="a link or a device"):
        read_zip(linked(mode))


def test_folders_count_for_nothing() -> None:
    """An archive that a file manager packed has entries of folders too."""
    packed = made(("hi/", b""), ("hi/a.txt", b"1"))

    assert {"hi/a.txt": b"1"} == read_zip(packed)
    with pytest.raises(Refused, match="a name that is not plain"):
        read_zip(made(("../hi/", b"")))


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    """What would be too large unpacked is refused by what it declares."""
    with pytest.raises(Refused, match="unpacked, the zip file is larger than 60 MB"):
        read_zip(made(*((f"{place}.txt", bytes(31_000_000)) for place in range(2))))


def test_a_file_longer_than_declared_is_refused() -> None:
    """A bomb that declares ten octets gives no more than those, and is refused."""
    content = made(("meta.json", bytes(50_000_000)))
    lied = content.replace(struct.pack("<I", 50_000_000), struct.pack("<I", 10))
    with pytest.raises(Refused, match="damaged"):
        read_zip(lied)


def test_too_many_files_are_refused() -> None:
    """One more than allowed is too many; the directory of very many is not even read."""
    many = made(*((f"{place}.txt", b"") for place in range(4)))

    assert 4 == len(read_zip(many, limits=ArchiveLimits(files=4)))
    with pytest.raises(Refused, match="more than 3 files"):
        read_zip(many, limits=ArchiveLimits(files=3))
    with pytest.raises(Refused, match="more than 1 files"):
        read_zip(made(*((f"{place}.txt", b"") for place in range(100))), limits=ArchiveLimits(files=1))


def test_too_large_an_archive_is_refused() -> None:
    """The archive itself has a limit."""
    with pytest.raises(Refused, match="larger than 1 MB"):
        read_zip(bytes(1_000_001), limits=ArchiveLimits(packed=1_000_000))


def test_an_encrypted_file_is_refused() -> None:
    """A set flag is told in words."""
    content = bytearray(made(("meta.json", b"x"), method=zipfile.ZIP_STORED))
    content[6] |= 1
    content[content.find(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(Refused, match="encrypted"):
        read_zip(bytes(content))


def test_another_way_of_packing_is_refused() -> None:
    """bzip2 and lzma are read by few programs, and their limits are others."""
    with pytest.raises(Refused, match="packed in a way"):
        read_zip(made(("meta.json", b"x" * 1000), method=zipfile.ZIP_BZIP2))


@pytest.mark.parametrize("content", [b"", b"PK", b"%PDF-1.7", bytes(100)])
def test_what_is_no_zip_file_is_refused(content: bytes) -> None:
    """Anything else is named for what it is not."""
    with pytest.raises(Refused, match="not a zip file"):
        read_zip(content)


@given(st.data())
def test_no_change_gets_through(data: st.DataObject) -> None:
    """A changed octet is refused in a sentence, or changes nothing of names and contents."""
    content = bytearray(zip_of(FILES))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    try:
        found = read_zip(bytes(content))
    except Refused:
        return

    assert FILES == found
