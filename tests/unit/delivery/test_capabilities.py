"""What EHLO offers, read; and what is left of it when some is not to be used."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from dispatcher.delivery.capabilities import DROPPABLE, Capabilities


@pytest.mark.parametrize(
    ("extensions", "expected"),
    [
        ({}, Capabilities()),
        ({"size": "10240000"}, Capabilities(size=10240000)),
        ({"size": ""}, Capabilities(size=0)),
        ({"size": "0"}, Capabilities(size=0)),
        ({"size": "much"}, Capabilities(size=0)),
        (
            {"pipelining": "", "smtputf8": "", "dsn": "", "8bitmime": "", "x-unknown": "1"},
            Capabilities(pipelining=True, smtputf8=True, dsn=True, eightbitmime=True),
        ),
        ({"deliverby": "240"}, Capabilities(deliverby=True)),
        ({"size": "1" * 21}, Capabilities(size=0)),
    ],
)
def test_capabilities_are_read_from_ehlo(extensions: dict[str, str], expected: Capabilities) -> None:
    """Each extension that we use is known by its keyword; a SIZE without a number sets no limit (RFC 1870)."""
    assert expected == Capabilities.of(extensions)


EVERYTHING = Capabilities(size=1000, pipelining=True, smtputf8=True, dsn=True, eightbitmime=True, deliverby=True)


@pytest.mark.parametrize("name", ["size", "pipelining", "smtputf8", "dsn", "eightbitmime", "deliverby"])
def test_what_is_left_out_is_as_if_not_offered(name: str) -> None:
    """An extension that the relay refuses is not used; every other stays as it was."""
    left = EVERYTHING.without(frozenset({name}))

    assert getattr(Capabilities(), name) == getattr(left, name)
    assert replace(left, **{name: getattr(EVERYTHING, name)}) == EVERYTHING


def test_nothing_is_left_of_an_offer_without_all() -> None:
    """Several may be left out together; to leave out what is not offered changes nothing."""
    everything = frozenset({*DROPPABLE, "pipelining"})

    assert Capabilities() == EVERYTHING.without(everything)
    assert Capabilities() == Capabilities().without(everything)
    assert EVERYTHING == EVERYTHING.without(frozenset())


def test_only_what_puts_a_parameter_on_a_command_can_be_dropped_for_it() -> None:
    """PIPELINING puts none on any command, so a refused parameter is never blamed on it."""
    assert {*DROPPABLE, "pipelining"} == {one.name for one in fields(Capabilities)}
