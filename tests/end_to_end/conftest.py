"""Workspaces made once by `dispatcher init`, and a copy of them for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.passing_on import Exchange, passed_on
from tests.signing_offices import AUTHORITY, DAY, Office
from tests.workspaces import Workspace, copy

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Begin a workspace by `dispatcher init`; not to be changed."""
    folder = tmp_path_factory.mktemp("begun")
    ended = Workspace(folder).run_installed("init", "office")
    assert (0, "") == (ended.code, ended.err)
    return Workspace(folder / "office")


@pytest.fixture(scope="session")
def approved(begun: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Prepare and approve 40 commissioners and all others, the hour three days ahead; not to be changed."""
    made = copy(begun, tmp_path_factory.mktemp("approved"))
    made.make_ready(commissioners=40)
    return made


@pytest.fixture
def fresh(begun: Workspace, tmp_path: Path) -> Workspace:
    """Return a workspace as `init` leaves it."""
    return copy(begun, tmp_path)


@pytest.fixture
def ready(approved: Workspace, tmp_path: Path) -> Workspace:
    """Return a workspace with an approved release that may go."""
    return copy(approved, tmp_path)


@pytest.fixture(scope="session")
def demonstrated(begun: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the demo; return what it left, not to be changed."""
    made = copy(begun, tmp_path_factory.mktemp("demonstrated"))
    ended = made.run_installed("demo")
    assert 0 == ended.code, ended.err
    return made.root / "outbox" / "demo"


@pytest.fixture(scope="session")
def exchanged(begun: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Exchange:
    """Let an office issue its advisory and EICI pass it on; not to be changed."""
    return passed_on(begun, tmp_path_factory.mktemp("exchange"))


@pytest.fixture
def exchange(exchanged: Exchange, tmp_path: Path) -> Exchange:
    """Return copies of both workspaces."""
    return exchanged.copied(tmp_path)


@pytest.fixture(scope="session")
def signing_office(begun: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Make a workspace that knows Asha Rao and her root; not to be changed."""
    made = Office(copy(begun, tmp_path_factory.mktemp("signing")))
    made.workspace.change(
        "{hi: नमूना – हस्ताक्षरकर्ता का नाम, en: Specimen – name of the signatory}", "{hi: आशा राव, en: Asha Rao}"
    )
    made.workspace.put_off(effective_at=DAY, notify_before=DAY, useful_until=2 * DAY)
    (made.workspace.root / "root.pem").write_bytes(AUTHORITY.pem)
    made.workspace.configure(signature={"roots": ["root.pem"]}, approval={"self_approval": True})
    return made.workspace


@pytest.fixture
def office(signing_office: Workspace, tmp_path: Path) -> Office:
    """Return an office that can sign."""
    return Office(copy(signing_office, tmp_path))
