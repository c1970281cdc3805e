"""A store of an earlier program is brought to the schema of now, and keeps all that it holds."""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from dispatcher.outbox.database import open_as_it_is, open_database
from dispatcher.outbox.schema import metadata, release
from dispatcher.outbox.states import DeliveryState
from dispatcher.outbox.verifying import standing, verify
from tests.outboxes import ACCEPTED, NOW, Outbox

if TYPE_CHECKING:
    from pathlib import Path

    from dispatcher.outbox.database import Database

OFFICES = tuple(f"{state}@customs.example" for state in DeliveryState)
OLD = ("0001", "0002", "0003")
SINCE: dict[str, dict[str, set[str]]] = {
    "0003": {"release": {"deliveries"}, "delivery": {"claims_address"}},
    "0004": {"release": {"doubt_policy"}, "delivery": {"keeps_wording"}},
    "0006": {"release": {"asked"}},
}
"""The columns that each migration brought."""


def _lived(outbox: Outbox) -> None:
    """Fill a store with a release that has a delivery in each state, with attempts and a chain."""
    outbox.add_release(*OFFICES)
    lease = outbox.lease()
    accepted = "accepted@customs.example"
    outbox.commit(outbox.intent(lease, accepted))
    outbox.commit(outbox.outcome(lease, accepted, DeliveryState.ACCEPTED, at=NOW, reply=ACCEPTED))
    for state in DeliveryState:
        outbox.put(f"{state}@customs.example", state=state)


def _old_store(place: Path, version: str, filled: Database) -> None:
    """Make a store as the migrations up to `version` leave it, with all of `filled` that it has columns for."""
    place.touch()
    database = open_as_it_is("sqlite:///outbox.db", root=place.parent)
    with as_file(files("dispatcher.outbox").joinpath("migrations")) as folder, database.writing() as connection:
        config = Config()
        config.set_main_option("script_location", str(folder))
        config.attributes["connection"] = connection
        command.upgrade(config, version)
    with database.writing() as connection, filled.reading() as source:
        for table in metadata.sorted_tables:
            rows = source.execute(sa.select(table)).mappings().all()
            if rows:
                names = [one["name"] for one in sa.inspect(connection).get_columns(table.name)]
                old = sa.table(table.name, *(sa.column(name, table.c[name].type) for name in names))
                connection.execute(sa.insert(old), [{name: row[name] for name in names} for row in rows])
    database.close()


def _contents(database: Database) -> dict[str, list[dict[str, Any]]]:
    with database.reading() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
            for table in metadata.sorted_tables
        }


@pytest.fixture
def filled(outbox: Outbox) -> Outbox:
    """Give a store of now that has lived."""
    _lived(outbox)
    return outbox


@pytest.mark.parametrize("version", OLD)
def test_an_old_store_keeps_all_that_it_holds(filled: Outbox, tmp_path: Path, version: str) -> None:
    """Migrated, it holds the very rows that a store of now holds; what is new in them is derived, or as it was."""
    place = tmp_path / "old" / "outbox.db"
    place.parent.mkdir()
    _old_store(place, version, filled.database)
    migrated = open_database("sqlite:///outbox.db", root=place.parent)
    found = _contents(migrated)
    migrated.close()

    assert _contents(filled.database) == found
    assert [(len(OFFICES),) * 2] == [(row["deliveries"], row["asked"]) for row in found["release"]]


@pytest.mark.parametrize("version", OLD)
def test_an_old_store_is_as_old_as_it_says(filled: Outbox, tmp_path: Path, version: str) -> None:
    """Of what later migrations brought it has nothing: the test before would see nothing else."""
    place = tmp_path / "old" / "outbox.db"
    place.parent.mkdir()
    _old_store(place, version, filled.database)
    database = open_as_it_is("sqlite:///outbox.db", root=place.parent)
    with database.reading() as connection:
        inspector = sa.inspect(connection)
        columns = {name: {one["name"] for one in inspector.get_columns(name)} for name in ("release", "delivery")}
        lists = inspector.has_table("accepted_list")
    database.close()

    for brought, tables in SINCE.items():
        assert all((new <= columns[name]) == (brought <= version) for name, new in tables.items())
    assert (version > "0001") == lists


def test_a_migrated_chain_goes_on(outbox: Outbox, tmp_path: Path) -> None:
    """What is appended to a migrated store follows from what stood there before, and is verified with it."""
    outbox.add_release("a@customs.example")
    place = tmp_path / "old" / "outbox.db"
    place.parent.mkdir()
    _old_store(place, "0001", outbox.database)
    migrated = Outbox(open_database("sqlite:///outbox.db", root=place.parent))
    migrated.attempt("a@customs.example", DeliveryState.ACCEPTED)
    with migrated.database.reading() as connection:
        records = standing(connection, None)
        (found,) = verify(connection, records, heads=(), zone=ZoneInfo("UTC"), progress=lambda: None)
        counted = connection.execute(sa.select(release.c.deliveries)).scalar_one()
    migrated.database.close()

    assert (1, 3) == (counted, found.links)
    assert [] == [one.said for one in found.findings if not one.said.startswith("there is no frame")]
