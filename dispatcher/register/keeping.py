"""The files kept beside an advisory: its register and its telephone list, each written whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher.files import writing_atomically
from dispatcher.register.compiling import NO_NAMES, WORKBOOK_LIMIT, register_of
from dispatcher.register.rows import bilingual, untold_rows
from dispatcher.register.spoken import spoken
from dispatcher.words import catalog

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime, tzinfo
    from pathlib import Path

    from dispatcher.model import Localized
    from dispatcher.outbox.database import Database
    from dispatcher.outbox.records import DeliveryRecord, ReleaseRecord

WORKBOOK = "register.xlsx"


def keep_register(
    database: Database,
    slug: str,
    folder: Path,
    *,
    zone: tzinfo,
    marked: str | None,
    names: Mapping[str, Localized] = NO_NAMES,
    limit: int = WORKBOOK_LIMIT,
) -> Path:
    """Write the register of an advisory into `folder`; return its file.

    Up to `limit` deliveries that is register.xlsx. Above, register.csv with attempts.csv beside it, both as of one
    moment, and a register.xlsx of fewer deliveries is taken away: it would tell less than is known. `marked`
    (REHEARSAL) stands before the title of a workbook, and in the names of the others. Raises StoreError, OSError.
    """
    with register_of(database, slug, zone=zone, names=names) as register:
        if register.fits(limit):
            with writing_atomically(folder / WORKBOOK, private=True) as file:
                register.write_xlsx(file, marked=marked)
            return folder / WORKBOOK
        ending = f"-{marked}.csv" if marked else ".csv"
        lines, log = folder / f"register{ending}", folder / f"attempts{ending}"
        with writing_atomically(log, private=True) as log_file, writing_atomically(lines, private=True) as file:
            register.write_csv(file)
            register.write_attempts(log_file)
    (folder / WORKBOOK).unlink(missing_ok=True)
    return lines


def keep_untold(
    record: ReleaseRecord,
    deliveries: Iterable[DeliveryRecord],
    path: Path,
    *,
    now: datetime,
    zone: tzinfo,
    marked: str | None,
) -> None:
    """Write the telephone list of an advisory as a workbook: who is not told as of `now`, before which hour.

    Raises OSError.
    """
    from dispatcher.register.workbooks import write_untold_xlsx  # noqa: PLC0415 - a long register needs no openpyxl

    facts = {"number": record.number, "now": now, "hour": record.notify_before}

    def title(count: int) -> str:
        words = catalog("register")["untold" if count else "nobody_untold"]
        own = {**facts, "count": count}
        return bilingual({one: spoken(text, own, language=one, zone=zone) for one, text in words.items()})

    with writing_atomically(path, private=True) as file:
        write_untold_xlsx(file, untold_rows(deliveries, zone=zone), title=title, marked=marked)
