"""Input: advisory.yaml and the files beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dispatcher.advisories import strict_yaml
from dispatcher.advisories.building import build
from dispatcher.advisories.enclosures import MAX_BYTES, media_type, name_problems
from dispatcher.advisories.expressions import expression_problems
from dispatcher.advisories.rules import rule_problems
from dispatcher.advisories.schema import check_keys, problem_at
from dispatcher.advisories.wording import environment
from dispatcher.errors import InputProblems, Problem, Severity, Source
from dispatcher.model import Enclosure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from dispatcher.advisories.schema import AdvisoryKeys
    from dispatcher.model import Advisory, Office

FILE_NAME = "advisory.yaml"
MAX_YAML_BYTES = 256_000


def read_advisory(folder: Path, *, office: Office, languages: Sequence[str]) -> Advisory:
    """Return the advisory of `folder`, every text in each of `languages`.

    Raises InputProblems with all that is wrong, each problem naming the file and the key.
    """
    file = _file(folder)
    given, keys, problems = _judged(_read_text(folder), file, office=office, languages=languages)
    named = given.get("enclosures")
    if isinstance(named, list):
        problems += _enclosure_problems([name for name in named if isinstance(name, str)], folder)
    if problems or keys is None:
        raise InputProblems(problems)
    return build(keys, office=office, languages=languages, file=file)


def advisory_of(given: Mapping[str, Any], *, file: str, office: Office, languages: Sequence[str]) -> Advisory:
    """Return the advisory that the keys of somebody else's file make, enclosures aside. Raises InputProblems."""
    keys, problems = _judged_keys(given, file, office=office, languages=languages)
    if problems or keys is None:
        raise InputProblems(problems)
    return build(keys, office=office, languages=languages, file=file)


def kit_hash_of(folder: Path) -> str | None:
    """Return by which kit the advisory of `folder` came; None for an own one, and where it cannot be read."""
    try:
        origin = strict_yaml.parse(_read_text(folder), file=_file(folder)).get("origin")
    except InputProblems:
        return None
    told = origin.get("kit_hash") if isinstance(origin, dict) else None
    return told if isinstance(told, str) else None


def audiences_of(text: str, *, file: str) -> tuple[list[str], list[str]]:
    """Return the audiences that a text asks to act, and all that it names, as far as they can be read.

    Raises InputProblems where it is no YAML.
    """
    given = strict_yaml.parse(text, file=file)
    asked, told = (
        [line["audience"] for line in given.get(key) or () if isinstance(line, dict) and "audience" in line]
        for key in ("addressees", "copies")
    )
    return asked, [*asked, *told]


def must_read(text: str, *, file: str, office: Office, languages: Sequence[str]) -> None:
    """Raise InputProblems with all that is wrong with a text that is to become `file`, enclosures aside."""
    _, keys, problems = _judged(text, file, office=office, languages=languages)
    if problems or keys is None:
        raise InputProblems(problems)
    build(keys, office=office, languages=languages, file=file)


def read_enclosures(advisory: Advisory, folder: Path) -> tuple[Enclosure, ...]:
    """Return the files that the advisory names, from `folder` only. Raises InputProblems."""
    problems = _enclosure_problems(advisory.enclosures, folder)
    if problems:
        raise InputProblems(problems)
    return tuple(_enclosure(folder / name) for name in advisory.enclosures)


def _enclosure(path: Path) -> Enclosure:
    return Enclosure(file_name=path.name, media_type=media_type(path.name) or "", content=path.read_bytes())


def _is_readable(path: Path) -> bool:
    """Tell whether everybody's program can show the letters of a text: all messages are UTF-8."""
    is_text = (media_type(path.name) or "").startswith("text/")
    return not is_text or _enclosure(path).charset is not None


def _judged(
    text: str, file: str, *, office: Office, languages: Sequence[str]
) -> tuple[dict[str, Any], AdvisoryKeys | None, list[Problem]]:
    """Return what a text holds, its typed keys where there is none wrong, and every problem."""
    given = strict_yaml.parse(text, file=file)
    return given, *_judged_keys(given, file, office=office, languages=languages)


def _judged_keys(
    given: Mapping[str, Any], file: str, *, office: Office, languages: Sequence[str]
) -> tuple[AdvisoryKeys | None, list[Problem]]:
    keys, problems = check_keys(given, languages=languages, file=file)
    texts = environment(office.time_zone)
    problems += rule_problems(given, office=office, file=file)
    problems += expression_problems(given, environment=texts, languages=languages, file=file)
    return keys, problems


def _file(folder: Path) -> str:
    return f"{folder.name}/{FILE_NAME}"


def _read_text(folder: Path) -> str:
    path = folder / FILE_NAME
    try:
        if path.stat().st_size > MAX_YAML_BYTES:
            raise _fault(folder, "advisory_too_large", limit=f"{MAX_YAML_BYTES // 1000} kB")
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise _fault(folder, "advisory_missing") from None
    except OSError as error:
        raise _fault(folder, "advisory_unreadable", detail=error.strerror or str(error)) from None
    except UnicodeDecodeError:
        raise _fault(folder, "advisory_encoding") from None


def _fault(folder: Path, code: str, **facts: str) -> InputProblems:
    return InputProblems([Problem(Severity.ERROR, code, Source(_file(folder)), facts=facts)])


def _enclosure_problems(names: Sequence[str], folder: Path) -> list[Problem]:
    file = _file(folder)
    problems = name_problems(names, file=file)
    wrong = {problem.value for problem in problems}
    total = 0
    for row, name in enumerate(names):
        if name in wrong:
            continue
        path = folder / name
        # a link could lead out of the folder, to a file that nobody meant to mail
        if path.is_symlink() or not path.is_file():
            problems.append(problem_at("enclosure_missing", file, f"enclosures[{row}]", name))
            continue
        size = path.stat().st_size
        total += size
        if size <= MAX_BYTES and not _is_readable(path):
            problems.append(problem_at("enclosure_encoding", file, f"enclosures[{row}]", name))
    if total > MAX_BYTES:
        sizes = {"size": f"{total / 1e6:.1f} MB", "limit": f"{MAX_BYTES / 1e6:.0f} MB"}
        problems.append(problem_at("enclosure_large", file, "enclosures", **sizes))
    return problems
