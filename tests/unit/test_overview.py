"""Tests for the help of the whole program."""

from __future__ import annotations

from itertools import chain

from click.testing import CliRunner

from dispatcher.cli import dispatcher
from dispatcher.commands.overview import SECTIONS


def test_every_command_stands_in_one_section() -> None:
    """A new command has its place in the help; none stands there twice, none that is gone."""
    assert sorted(dispatcher.commands) == sorted(chain.from_iterable(SECTIONS.values()))


def test_the_help_names_the_way_of_an_advisory_in_its_order() -> None:
    """Sections in their order, and the first sentence of each command whole, at the width of a terminal."""
    told = CliRunner().invoke(dispatcher, ["--help"], terminal_width=80).output
    names = [line.split()[0] for line in told.splitlines() if line.startswith("  ") and line[2:3].isalpha()]

    assert "..." not in told.partition("\n")[2]
    assert list(chain.from_iterable(SECTIONS.values())) == [name for name in names if name in dispatcher.commands]
