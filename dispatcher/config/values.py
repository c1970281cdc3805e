"""The kinds of value that a key may hold: each checks itself and says in a sentence what it wants."""

from __future__ import annotations

import posixpath
import re
import string
import unicodedata
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from pathlib import PurePosixPath
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints

from dispatcher.acts import LONGEST, SLOTS

SHEETS = (".xlsx", ".xlsm", ".xls", ".ods", ".csv", ".tsv")
_DOMAIN = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}"
_ADDRESS = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_DOMAIN}")
NAMED_ADDRESS = re.compile(r"(?P<name>[^<>]*?)\s*<(?P<address>[^<>]*)>")


def _one_line(text: str) -> str:
    """Return text in NFC; it goes into headers and letterheads, where a control character does harm."""
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise ValueError("must stand on one line, without control characters")
    return unicodedata.normalize("NFC", text)


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise ValueError("is not an e-mail address such as office@customs.example")
    local, _, domain = text.rpartition("@")
    return f"{local}@{domain.lower()}"


def _named_address(text: str) -> str:
    match = NAMED_ADDRESS.fullmatch(text)
    if not _ADDRESS.fullmatch(match["address"] if match else text):
        raise ValueError('is not an address such as "DG Systems <systems@customs.example>"')
    return text


def _domain(text: str) -> str:
    if not re.fullmatch(_DOMAIN, text):
        raise ValueError("is not a mail domain such as customs.example")
    return text.lower()


def _both(texts: dict[str, str]) -> dict[str, str]:
    missing = [language for language in ("hi", "en") if language not in texts]
    if missing:
        raise ValueError(f"must stand in both languages; {' and '.join(missing)} is missing")
    return texts


def _inside(text: str) -> str:
    """Refuse a relative path that climbs out of the workspace; an absolute one is deliberate."""
    if posixpath.normpath(text.replace("\\", "/")).split("/")[0] == "..":
        raise ValueError("leads out of the workspace")
    return text


def _relative(text: str) -> str:
    if PurePosixPath(text).is_absolute() or re.match(r"[A-Za-z]:|\\|~", text):
        raise ValueError("must be a path inside the workspace, relative to the folder of config.yaml")
    return _inside(text)


def _sheet(text: str) -> str:
    if PurePosixPath(text).suffix.lower() not in SHEETS:
        raise ValueError(f"is not a sheet: its name must end in one of {', '.join(SHEETS)}")
    return text


def _fingerprint(text: str) -> str:
    plain = text.replace(":", "").lower()
    if not re.fullmatch(r"[0-9a-f]{64}", plain):
        raise ValueError("is not the SHA-256 of a certificate: 64 hexadecimal digits, with colons or without")
    return plain


def _web_address(text: str) -> str:
    if urlsplit(text).scheme not in {"http", "https"} or not urlsplit(text).hostname:
        raise ValueError("is not an address such as https://time.example/tsa")
    return text


def _time_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{text} is not a time zone such as Asia/Kolkata") from None
    return text


def _number_pattern(text: str) -> str:
    try:
        fields = sorted(field for _, field, _, _ in string.Formatter().parse(text) if field is not None)
    except ValueError:
        fields = []
    if fields != ["n", "yyyy"]:
        raise ValueError("must hold {n} and {yyyy} once each, such as {n}/SYS/WZU/{yyyy}")
    return text


def _store_url(text: str) -> str:
    if not text.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise ValueError("must begin with sqlite:/// or postgresql://")
    try:
        password = urlsplit(text).password or "password=" in urlsplit(text).query
    except ValueError:
        raise ValueError("is not a database address") from None
    if password:
        raise ValueError("must not hold the password; the driver takes it from the file that PGPASSFILE names")
    if text.startswith("sqlite:///"):
        _inside(text.removeprefix("sqlite:///"))
    return text


def _moment(value: Any) -> Any:
    """Return minutes (a whole number) as a timedelta, a time as an aware datetime."""
    if value is None or re.fullmatch(r"[0-9]{1,5}", str(value)):
        return None if value is None else timedelta(minutes=int(value))
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise ValueError("must be minutes before the hour, or a time such as 2025-08-13T11:00+05:30") from None
    if moment.tzinfo is None:
        raise ValueError("is a time without a zone; add it, as in 2025-08-13T11:00+05:30")
    return moment


def _slot(value: Any) -> Any:
    """Return a named slot as it stands, minutes before the hour as a number."""
    if value in SLOTS:
        return value
    if re.fullmatch(r"[1-9][0-9]{0,4}", str(value)) and int(value) <= LONGEST:
        return float(value)
    raise ValueError(f"must be one of {', '.join(SLOTS)}, or minutes before the hour such as 30")


def _hour_of_day(value: Any) -> Any:
    """Return an hour of the day."""
    if isinstance(value, time):
        return value
    if not re.fullmatch(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", str(value)):
        raise ValueError('must be an hour of the day such as "09:30"')
    return time.fromisoformat(str(value))


def _no_literal(value: Any) -> Any:
    if value is not None and not isinstance(value, Mapping | BaseModel):
        raise ValueError("must not stand here itself; write {env: NAME} or {file: PATH}")
    return value


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_one_line)]
Address = Annotated[Text, AfterValidator(_address)]
NamedAddress = Annotated[Text, AfterValidator(_named_address)]
Domain = Annotated[Text, AfterValidator(_domain)]
Both = Annotated[dict[str, Text], AfterValidator(_both)]
AnyPath = Annotated[Text, AfterValidator(_inside)]
SheetPath = Annotated[Text, AfterValidator(_relative), AfterValidator(_sheet)]
Fingerprint = Annotated[Text, AfterValidator(_fingerprint)]
"""SHA-256 of a certificate (DER)."""
WebAddress = Annotated[Text, AfterValidator(_web_address)]
TimeZone = Annotated[Text, AfterValidator(_time_zone)]
NumberPattern = Annotated[Text, AfterValidator(_number_pattern)]
StoreUrl = Annotated[Text, AfterValidator(_store_url)]
Moment = Annotated[timedelta | datetime | None, BeforeValidator(_moment)]
"""Minutes before the advisory's hour, or a time with its zone."""
Slot = Annotated[str | float, BeforeValidator(_slot)]
"""When a reminder goes: a named slot, or minutes before the hour."""
HourOfDay = Annotated[time, BeforeValidator(_hour_of_day)]
NotLiteral = BeforeValidator(_no_literal)
"""Refuses a secret that stands in the file itself."""
Positive = Annotated[float, Field(gt=0)]
Tag = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
"""A language (BCP 47)."""
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$")]
"""The name of an audience or a covering note: also a folder's."""
EnvironmentName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
