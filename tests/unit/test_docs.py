from __future__ import annotations

import re
import tomllib
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
import yaml

from dispatcher.cli import dispatcher as command_line
from dispatcher.config.sections import ConfigFile
from dispatcher.outbox.states import RELEASE_TRANSITIONS, TRANSITIONS, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
ADRS = sorted((ROOT / "docs" / "adr").glob("*.md"))
LOCKS = sorted(ROOT.glob("requirements*.lock"))
SETTINGS = yaml.safe_load((ROOT / "config.yaml").read_text("utf-8"))


def _documents() -> str:
    return "\n".join(path.read_text("utf-8") for path in DOCUMENTS)


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _commands(group: click.Group, prefix: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, f"{prefix}{name} ")
        else:
            yield prefix + name


@pytest.mark.parametrize("command", sorted(_commands(command_line)))
def test_every_command_is_named_in_a_document(command: str) -> None:
    """README or docs/ name each command of the command line."""
    named = re.search(rf"dispatcher {command}\b|`{command}\b", _documents())

    assert named is not None


def _explained_in_settings() -> set[str]:
    """Return the top-level keys of config.yaml that have a comment above or within their block."""
    explained, comments, key = set(), False, ""
    for line in (ROOT / "config.yaml").read_text("utf-8").splitlines():
        found = re.match(r"([a-z_]+):", line)
        if found:
            key = found[1]
            explained |= {key} if comments or "#" in line else set()
        elif line.startswith(" ") and "#" in line:
            explained.add(key)
        comments = line.startswith("#")
    return explained


@pytest.mark.parametrize("key", sorted(field.alias or name for name, field in ConfigFile.model_fields.items()))
def test_every_setting_is_explained(key: str) -> None:
    """A comment in config.yaml or a document explains each top-level key."""
    assert key in _explained_in_settings() or f"`{key}" in _documents()


def test_settings_said_to_have_no_effect_have_none() -> None:
    """No module reads a setting that docs/operating.md lists as without effect yet."""
    section = (ROOT / "docs" / "operating.md").read_text("utf-8").partition("## Keys of config.yaml")[2]
    idle = re.findall(r"^\| `([a-z_]+)`", section, re.MULTILINE)
    sources = {_name(path): path.read_text("utf-8") for path in (ROOT / "dispatcher").rglob("*.py")}
    read = {(name, key) for name, text in sources.items() for key in idle if f"settings.{key}" in text}

    assert idle
    assert set() == read


@pytest.mark.parametrize("path", ADRS, ids=_name)
def test_a_decision_has_its_sections(path: Path) -> None:
    """An ADR has its number in its title, a status with a date, then context, options, decision, consequences."""
    title, _, status, *rest = path.read_text("utf-8").splitlines()
    headings = [line.removeprefix("## ") for line in rest if line.startswith("## ")]

    assert title.startswith(f"# {path.name[:4]} ")
    assert re.fullmatch(r"Status: (accepted|superseded by \d{4}), \d{4}-\d\d-\d\d", status)
    assert ["Context", "Options", "Decision", "Consequences"] == headings


def test_decisions_are_numbered_without_gaps() -> None:
    """ADRs are numbered from 0001 on, each number once."""
    assert [f"{n:04}" for n in range(1, len(ADRS) + 1)] == [path.name[:4] for path in ADRS]


def _edges(diagram: str) -> set[tuple[str, str]]:
    """Return the arrows of a mermaid diagram of docs/states.md, each of which must stand there once."""
    text = (ROOT / "docs" / "states.md").read_text("utf-8")
    block = re.search(rf"```mermaid\nstateDiagram-v2\n    %% {diagram}\n(.*?)```", text, re.DOTALL)
    assert block is not None
    arrows = re.findall(r"^ +(\w+) --> (\w+)$", block[1], re.MULTILINE)
    assert len(arrows) == len(set(arrows)) == len(block[1].splitlines())
    return set(arrows)


@pytest.mark.parametrize(("diagram", "table"), [("deliveries", TRANSITIONS), ("releases", RELEASE_TRANSITIONS)])
def test_the_state_diagrams_are_the_tables(diagram: str, table: Mapping[str, frozenset[str]]) -> None:
    """The diagrams of docs/states.md have exactly the arrows of the transition tables."""
    assert {(str(before), str(after)) for before, targets in table.items() for after in targets} == _edges(diagram)


def test_every_state_of_a_delivery_is_explained() -> None:
    """The table in docs/states.md says what each state means."""
    rows = re.findall(r"^\| ([a-z_, ]+) \|", (ROOT / "docs" / "states.md").read_text("utf-8"), re.MULTILINE)

    assert set(DeliveryState) <= {state for row in rows for state in row.split(", ")}


def _places_of_changes() -> set[str]:
    """Return every path of the table in docs/extending.md, its placeholders filled in from config.yaml."""
    text = (ROOT / "docs" / "extending.md").read_text("utf-8")
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")][1:]
    named = {token for row in rows for token in re.findall(r"`([^`]+)`", row[1]) if re.search(r"/|\.\w+$", token)}
    notes = {audience.get("note", name) for name, audience in SETTINGS["audiences"].items()}
    return {
        path.replace("<note>", note).replace("<language>", language)
        for path in named
        for note in notes
        for language in SETTINGS["languages"]
    }


def test_each_place_for_a_change_exists() -> None:
    """The paths of docs/extending.md exist, for each audience and language: every note in every language."""
    places = _places_of_changes()
    missing = {place for place in places if not (ROOT / place).exists()}

    assert "templates/notes/eici/hi.j2" in places
    assert set() == missing


def test_each_language_writes_dates() -> None:
    """words/dates.yaml has a block for each language of config.yaml, as docs/extending.md says."""
    dates = yaml.safe_load((ROOT / "dispatcher" / "words" / "dates.yaml").read_text("utf-8"))

    assert set(SETTINGS["languages"]) <= dates.keys()


def test_the_arrow_is_that_of_the_contract() -> None:
    """The table of CONTRIBUTING.md names every module at the top, in the order of the layers of pyproject.toml."""
    layers = next(
        one["layers"]
        for one in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
        if one["type"] == "layers"
    )
    built = [re.findall(r"(?<!\()\b\w+\b(?!\))", layer) for layer in layers]  # (console) is to come
    table = (
        (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("## The arrow")[2].partition("Some libraries")[0]
    )
    told = re.findall(r"`(\w+)/?`", "".join(line.split(" | ")[1] for line in table.splitlines() if " | " in line))
    layer_of = {name: place for place, names in enumerate(built) for name in names}

    assert sorted(layer_of) == sorted(told)
    assert sorted(told, key=layer_of.__getitem__) == told


def test_no_source_names_a_document_that_is_not_here() -> None:
    """A .md file that a docstring or a comment names is one of this repository."""
    named = {
        (_name(path), one)
        for folder in ("dispatcher", "tests")
        for path in (ROOT / folder).rglob("*.py")
        if path != Path(__file__)
        for one in re.findall(r"\b(?:docs/)?(?:adr/)?[0-9a-zA-Z-]+\.md\b", path.read_text("utf-8"))
    }

    assert [] == sorted((name, one) for name, one in named if not (ROOT / one).exists())


def _leads_somewhere(path: Path, link: str) -> bool:
    """Tell whether a link leads to a file that is there and, where it names one, to a heading of it."""
    name, _, anchor = link.partition("#")
    target = path.parent / name if name else path
    if not anchor:
        return target.exists()
    headings = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.MULTILINE) if target.is_file() else []
    return anchor in {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=_name)
def test_what_a_document_points_to_exists(path: Path) -> None:
    """Links lead somewhere, headings too, named modules exist, and no document names one that is not here."""
    text = path.read_text("utf-8")
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    modules = re.findall(r"(?<![\w/])[a-z_]+(?:/[a-z_]+)+\.(?:py|yaml)\b", text)

    assert [] == [link for link in links if not _leads_somewhere(path, link)]
    assert [] == [one for one in modules if not ((ROOT / one).exists() or (ROOT / "dispatcher" / one).exists())]
    assert [] == re.findall(r"\b(?:design|domain|engine|libraries|peers|style)\.md\b", text)


def test_make_targets_in_documents_exist() -> None:
    """Every `make TARGET` of a document is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z]+)", _documents(), re.MULTILINE))

    assert {"demo", "test"} <= named
    assert named <= targets


def test_changes_stand_in_order() -> None:
    """The headings of a version in CHANGELOG.md keep their order, each at most once."""
    order = ["Security", "Removed", "Deprecated", "Added", "Changed", "Fixed"]
    versions = (ROOT / "CHANGELOG.md").read_text("utf-8").split("\n## ")[1:]

    assert versions
    for version in versions:
        headings = re.findall(r"^### (.+)$", version, re.MULTILINE)
        assert [name for name in order if name in headings] == headings


def test_every_dependency_has_its_reason() -> None:
    """ADR 0005 lists each package that runs, and no other."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    text = (ROOT / "docs" / "adr" / "0005-locking-of-dependencies.md").read_text("utf-8")
    reasons = re.findall(r"^\| ([a-z0-9-]+) \| \S", text, re.MULTILINE)

    assert sorted("".join(takewhile(lambda c: c not in "[>=;", one)) for one in project["dependencies"]) == reasons


def _sources() -> Iterator[Path]:
    yield from DOCUMENTS
    yield from (ROOT / name for name in ("Makefile", "pyproject.toml", "config.yaml", ".ci/run", ".gitignore"))
    for folder in ("dispatcher", "templates", "tests", "benchmarks", "outbox/10-SYS-WZU-2025"):
        yield from (
            path
            for path in (ROOT / folder).rglob("*")
            if path.suffix in {".py", ".yaml", ".j2", ".css", ".txt", ".typ"}
        )


REGISTRY = re.compile(
    r"pypi\.(?:org|python)|[p]ythonhosted|npmjs\.|crates\.io|proxy\.golang|(?:ghcr|docker)\.io", re.IGNORECASE
)
MACHINE_PATH = re.compile(r"(?<![\w.*}])/(?:home|root|Users|work|mnt|opt|srv)/|\b[A-Z]:\\\\?Users")


def test_nothing_names_a_registry_or_a_machine() -> None:
    """No document and no source names the host of a registry or a path of somebody's machine."""
    texts = {_name(path): path.read_text("utf-8") for path in _sources()}
    found = [name for name, text in texts.items() if REGISTRY.search(text) or MACHINE_PATH.search(text)]

    assert "dispatcher/cli.py" in texts
    assert [] == found


@pytest.mark.parametrize("path", LOCKS, ids=_name)
def test_a_lock_holds_hashes_and_no_address(path: Path) -> None:
    """Each requirement of a lock has a version and hashes; no line holds an address or an option of an index."""
    text = path.read_text("utf-8")
    entries = re.findall(r"^[a-z0-9].*(?:\n    .*)*", text, re.MULTILINE)

    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text
    assert entries
    assert [] == [one for one in entries if "==" not in one or "--hash=sha256:" not in one]
