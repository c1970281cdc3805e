"""What a long sheet costs: seconds and memory for 100,000 rows of 8 columns, each reading in a process of its own.

Run with `python -m benchmarks.sheets`. The target of the house: at most 4 s and 400 MiB.
"""

from __future__ import annotations

import csv
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROWS = 100_000
ROUNDS = 3
COLUMNS = 8
FAULTS = 0.01
"""Share of the rows that are no ordinary ones, in the sheet with faults."""


def main() -> None:
    """Write the sheets, read each in turn and print a line for it."""
    with tempfile.TemporaryDirectory() as folder:
        for name in SHEETS:
            _call("write", str(Path(folder) / name))
        print(f"{ROWS:,} rows x {COLUMNS} columns, the best of {ROUNDS} rounds")
        print(f"  {'':24} {'seconds':>8} {'processor':>10} {'MiB':>6} {'addresses':>10} {'problems':>9}")
        for name in SHEETS:
            seconds, busy, peak, addresses, problems = min(
                json.loads(_call("read", str(Path(folder) / name))) for _round in range(ROUNDS)
            )
            print(f"  {name:24} {seconds:8.2f} {busy:10.2f} {peak:6.0f} {addresses:10,} {problems:9,}")


def write(path: Path) -> None:
    """Write one of the sheets."""
    rows, save = SHEETS[path.name]
    save(path, rows())


def read(path: Path) -> None:
    """Read a sheet as an audience's, its addresses merged; print seconds (wall and processor), MiB and counts."""
    begun = time.perf_counter()
    from dispatcher.model import Audience, Part  # noqa: PLC0415 - loading is part of what is measured
    from dispatcher.recipients.merging import merge  # noqa: PLC0415
    from dispatcher.recipients.reading import read_audience  # noqa: PLC0415

    audience = Audience(name="offices", sheet=path, tab=None, part=Part.TO, note="offices")
    reading = read_audience(audience, root=path.parent)
    recipients, merged = merge([reading], order=["offices"])
    seconds, usage = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF)
    found = len(recipients), len(reading.problems) + len(merged)
    print(json.dumps([seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, *found]))


def clean() -> Iterator[list[str | int]]:
    """Yield the rows of a list as it should be: every designation and address another."""
    from dispatcher.words import catalog  # noqa: PLC0415 - not in the process that measures

    hindi = next(word for word in catalog("headings")["fields"]["designation"] if not word.isascii())
    places = [place["name"] for place in catalog("places")["places"]]
    yield ["S.No.", "ICT", hindi, "Designation", "E-mail", "Phone", "Lang", "Remarks"]
    for number in range(ROWS):
        place = places[number % len(places)]
        yield [
            number + 1,
            place["en"],
            f"{hindi}, {place['hi']} {number}",
            f"Commissioner of Customs {number}",
            f"commr-{number}@customs{number % 50}.example",
            f"022-0000-{number:06d}",
            ("both", "hi", "en", "")[number % 4],
            "",
        ]


def faulty() -> Iterator[list[str | int]]:
    """Yield the same list with faults strewn over it."""
    draw = random.Random(8)
    faults = [(4, "a@@b.example"), (4, "x[at]y[dot]example; z@y.example"), (1, "Atlantis"), (3, "-do-"), (4, "")]
    for row in clean():
        if draw.random() < FAULTS:
            column, text = draw.choice(faults)
            row[column] = text
        yield row


def domains() -> Iterator[list[str | int]]:
    """Yield the list with a domain of its own for each address."""
    for number, row in enumerate(clean()):
        yield [*row[:4], f"office@office-{number}.example" if number else row[4], *row[5:]]


def _save_xlsx(path: Path, rows: Iterator[list[str | int]]) -> None:
    from openpyxl import Workbook  # noqa: PLC0415 - not in the process that measures

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("List")
    for row in rows:
        sheet.append(row)
    workbook.save(path)


def _save_with_stray(path: Path, rows: Iterator[list[str | int]]) -> None:
    import zipfile  # noqa: PLC0415

    plain = path.with_suffix(".plain")
    _save_xlsx(plain, rows)
    part, stray = "xl/worksheets/sheet1.xml", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    with zipfile.ZipFile(plain) as archive, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in archive.namelist():
            content = archive.read(name)
            target.writestr(name, content.replace(b"</sheetData>", stray) if name == part else content)
    plain.unlink()


def _save_csv(path: Path, rows: Iterator[list[str | int]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


SHEETS: dict[
    str, tuple[Callable[[], Iterator[list[str | int]]], Callable[[Path, Iterator[list[str | int]]], None]]
] = {
    "list.xlsx": (clean, _save_xlsx),
    "list.csv": (clean, _save_csv),
    "stray-cell.xlsx": (clean, _save_with_stray),
    "faults.xlsx": (faulty, _save_xlsx),
    "domains.csv": (domains, _save_csv),
}


def _call(what: str, path: str) -> str:
    command = [sys.executable, "-m", "benchmarks.sheets", what, path]
    return subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1]
    ).stdout


if __name__ == "__main__":
    if sys.argv[1:]:
        {"write": write, "read": read}[sys.argv[1]](Path(sys.argv[2]))
    else:
        main()
