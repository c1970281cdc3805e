"""Input and output: the layout of the official document, and the PDF that typst makes with it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from dispatcher.advisories.fixed_words import fixed_words
from dispatcher.advisories.places import places_of
from dispatcher.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from dispatcher.advisories.document import Document
    from dispatcher.advisories.places import Place

LAYOUT, WORDS = "advisory.typ", "words.yaml"
STANDARDS: Final = ("a-3a", "ua-1")
"""For keeping, with the data attached, and for readers who listen: compiling fails where either is violated."""

_PICTURES = (".svg", ".png", ".jpg", ".jpeg")
_MAX_BYTES = {LAYOUT: 256_000, WORDS: 256_000, "emblem": 1_000_000}
_FETCHES = re.compile(rb'"@[a-z]+/')
_LACKING = re.compile(r'the text `"(.+?)"` could not be displayed')
_PLACE = re.compile(r"([\w.-]+):(\d+):\d+")
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
"""How typst writes a sign that cannot be seen by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the document looks: typst source, the fixed words of each language, the picture of the emblem."""

    source: bytes
    words: Mapping[str, Mapping[str, str]]
    folder: Path
    """Where the source may read; nothing outside of it."""
    emblem: str | None


def read_layout(own: Path, *, shipped: Path, languages: Sequence[str]) -> Layout:
    """Return the layout of the workspace; what its folder `own` lacks is taken from `shipped`.

    Raises TemplateError.
    """
    try:
        text = _read(own, shipped, WORDS).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise TemplateError(f"{_name(WORDS)} is not UTF-8. Save it again with the encoding UTF-8.") from None
    source = _read(own, shipped, LAYOUT)
    if _FETCHES.search(source):
        raise TemplateError(f"{_name(LAYOUT)} imports a package from the internet: copy what it needs beside it.")
    return Layout(
        source=source,
        words=fixed_words(text, languages=languages, file=_name(WORDS)),
        folder=own if own.is_dir() else shipped,
        emblem=_emblem(own),
    )


def typeset(document: Document, layout: Layout) -> bytes:
    """Return the document as PDF: the same octets for the same document and layout. Raises TemplateError."""
    # here, since a process that only sends needs it not
    import typst  # noqa: PLC0415

    try:
        pdf = typst.compile(
            layout.source,
            timestamp=document.dated,
            pdf_standards=list(STANDARDS),
            **_inputs(document, layout),
        )
    except (RuntimeError, ValueError) as error:
        raise TemplateError(_told(error, document.data, layout.folder)) from None
    assert isinstance(pdf, bytes)
    return pdf


def standing(document: Document, layout: Layout) -> tuple[Place, ...]:
    """Return what stands where on its pages, as far as the layout tells: nothing where it is silent.

    Raises TemplateError.
    """
    import typst  # noqa: PLC0415 - as above

    inputs = _inputs(document, layout)
    try:
        told = typst.query(layout.source, "<standing>", field="value", **inputs)
    except (RuntimeError, ValueError) as error:
        raise TemplateError(_told(error, document.data, layout.folder)) from None
    try:
        return places_of(json.loads(told))
    except (KeyError, TypeError, ValueError):
        raise TemplateError(
            f"{_name(LAYOUT)}: what it labels <standing> does not tell where a text stands."
        ) from None


def _inputs(document: Document, layout: Layout) -> dict[str, Any]:
    """Return what typst works with: files, letters, the data."""
    from fontpkg_noto_sans_devanagari import ROOT as FONT  # noqa: PLC0415 - as above

    return {
        "root": layout.folder,
        "font_paths": [FONT / "files"],
        "ignore_system_fonts": True,
        "sys_inputs": {"data": _json(document.data), "record": _json(document.record)},
    }


def _read(own: Path, shipped: Path, name: str) -> bytes:
    path = own / name
    if not path.is_file():
        path = shipped / name
    return _bounded(path, _MAX_BYTES[name])


def _emblem(folder: Path) -> str | None:
    """Return the name of the one picture of the emblem, if the office has put one there."""
    found = sorted(path for path in folder.glob("emblem.*") if path.is_file())
    if not found:
        return None
    if len(found) > 1:
        raise TemplateError(f"{_name(found[1].name)} stands beside {found[0].name}: leave one of them.")
    if found[0].suffix.lower() not in _PICTURES:
        raise TemplateError(f"{_name(found[0].name)}: an emblem is one of {', '.join(_PICTURES)}.")
    _bounded(found[0], _MAX_BYTES["emblem"])
    return found[0].name


def _bounded(path: Path, limit: int) -> bytes:
    try:
        if path.stat().st_size > limit:
            raise TemplateError(f"{_name(path.name)} is larger than {limit // 1000} kB.")
        return path.read_bytes()
    except OSError as error:
        raise TemplateError(f"{_name(path.name)} cannot be read ({error.strerror}).") from None


def _name(file: str) -> str:
    return f"templates/pdf/{file}"


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)


def _told(error: Exception, data: Mapping[str, Any], folder: Path) -> str:
    """Return what typst complains of in a sentence: the text that cannot be printed, or the layout."""
    diagnostic = str(getattr(error, "diagnostic", "")) or str(error)
    lacking = [_ESCAPED.sub(lambda code: chr(int(code[1], 16)), sign) for sign in _LACKING.findall(diagnostic)]
    if lacking:
        signs = ", ".join(_named(sign) for sign in dict.fromkeys(lacking))
        first = lacking[0]
        text = next((text for text in _texts(data) if first in text), first)
        return f"The PDF has no letter for {signs}: replace it in the text “{_excerpt(text, first)}”."
    fault = " ".join(str(error).split())
    if (place := _PLACE.search(diagnostic)) is None:
        return f"{_name(LAYOUT)}: {fault}"
    # the layout itself has no name there: it is handed over as octets
    file = place[1] if (folder / place[1]).is_file() else LAYOUT
    return f"{_name(file)}, line {place[2]}: {fault}"


def _named(sign: str) -> str:
    codes = " ".join(f"U+{ord(character):04X}" for character in sign)
    return f"{sign} ({codes})" if sign.isprintable() else codes


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


def _excerpt(text: str, sign: str) -> str:
    at = text.index(sign) if sign in text else 0
    start, end = max(0, at - 30), at + 30
    shown = "".join(character if character.isprintable() else " " for character in text[start:end])
    return ("…" if start else "") + " ".join(shown.split()) + ("…" if end < len(text) else "")
