"""The commands around the website: the site of all advisories, and whether one is published. Thin as cli.py."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from dispatcher.commands.overview import Overview
from dispatcher.moments import iso, moment
from dispatcher.register.sentences import website_languages
from dispatcher.session import NOT_ALL_ACCEPTED, print_json

if TYPE_CHECKING:
    from datetime import tzinfo

    from dispatcher.session import Session
    from dispatcher.website import Confirmed

_NOT_AS_RELEASED = 1


@click.group(cls=Overview)
def website() -> None:
    """Build a site of all released advisories, or look whether a page shows one as it was released."""


@website.command(epilog="Example: dispatcher website build public --base-url https://eccs.example/advisories/")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--base-url", metavar="URL", help="Where the site will lie; the feeds then name whole addresses.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a line.")
@click.pass_obj
def build(session: Session, folder: Path, base_url: str | None, *, as_json: bool) -> int:
    """Write the site of all released advisories into DIR, in every language: list, pages, PDFs, hashes, feeds.

    It is made from what was frozen with each release, and can be served as it is. DIR must be new, empty, or hold
    such a site. Exit code 0: all are shown; 3: some could not be, and are named.
    """
    if base_url is not None and not _is_place(base_url):
        raise click.BadParameter("give it as https://eccs.example/advisories/", param_hint="--base-url")
    built = session.app().website.build(folder, base_url=base_url)
    changes = built.written
    if as_json:
        counts = {"added": changes.added, "changed": changes.changed, "removed": changes.removed}
        print_json(
            {"folder": str(folder), "advisories": built.advisories, **counts, "left_out": list(built.left_out)}
        )
    else:
        files = f"{changes.added} files added, {changes.changed} changed, {changes.removed} taken away"
        click.echo(f"{folder}: {_counted(built.advisories)}; {files}")
        for sentence in built.left_out:
            click.echo(f"left out: {sentence}", err=True)
    return NOT_ALL_ACCEPTED if built.left_out else 0


@website.command(epilog="Example: dispatcher website confirm 10/SYS/WZU/2025 --url https://eccs.example/news.html")
@click.argument("advisory")
@click.option("--url", "urls", multiple=True, help="The published page; once for each where there are several.")
@click.option(
    "--file",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="PAGE",
    help="The published page as saved by a browser (HTML only).",
)
@click.option("--language", "languages", multiple=True, help="Look for this language only; hi or en.")
@click.option("--allow-private", is_flag=True, help="The page may be inside the office's own network.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
@click.pass_obj
def confirm(
    session: Session,
    advisory: str,
    urls: tuple[str, ...],
    files: tuple[Path, ...],
    *,
    languages: tuple[str, ...],
    allow_private: bool,
    as_json: bool,
) -> int:
    """Compare the published page with what was released: both languages, number, hour, the PDF or its SHA-256.

    What was found is recorded, and shown by `status`. Exit code 0: all is as released; 1: it is not, or the page
    cannot be read.
    """
    if not urls and not files:
        raise click.UsageError("give the page: --url or --file")
    app = session.app()
    found = app.website.confirm(
        advisory, urls=urls, files=files, languages=languages, by=session.officer, allow_private=allow_private
    )
    if as_json:
        print_json(_as_json(found, app.zone))
    else:
        _show(found, app.zone)
    return 0 if found.ok else _NOT_AS_RELEASED


def _is_place(url: str) -> bool:
    """Tell whether addresses can be made by adding a path to this one."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"https", "http"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return known and not parts.query and not parts.fragment and not set(url) & set(' "<>\\') and url.isprintable()


def _counted(advisories: int) -> str:
    return f"{advisories} {'advisory' if advisories == 1 else 'advisories'}"


def _show(found: Confirmed, zone: tzinfo) -> None:
    for part in found.parts:
        name = f"{part.part} ({part.language})" if part.language else part.part
        right = part.verdict == "right"
        click.echo(f"{name:<14} {click.style(part.verdict, fg=None if right else 'red')}: {part.said}")
    whole = found.ok and found.standing.is_confirmed
    as_asked = "marked or taken down as out of force" if found.standing.ended else "published as released"
    result = f"is {'' if whole else 'NOT '}{as_asked}"
    if found.ok and not whole:  # the languages that were looked for are right, others are not
        result = f"on the website: {website_languages(found.standing, zone)}"
    click.echo(f"{found.number} {result} ({moment(found.at, zone)}); recorded")


def _as_json(found: Confirmed, zone: tzinfo) -> dict[str, Any]:
    return {
        "advisory": found.number,
        "confirmed": found.ok,
        "at": iso(found.at, zone),
        "pages": list(found.pages),
        "languages": list(found.languages),
        "published": found.standing.is_confirmed,
        "parts": [
            {"part": one.part, "language": one.language, "verdict": one.verdict, "said": one.said}
            for one in found.parts
        ],
    }
