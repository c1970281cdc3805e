"""What EHLO offers, read; and what is left of it when some is not to be used."""

from __future__ import annotations

import pytest

from dispatcher.delivery.capabilities import Capabilities


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
    ],
)
def test_capabilities_are_read_from_ehlo(extensions: dict[str, str], expected: Capabilities) -> None:
    """Each extension that we use is known by its keyword; a SIZE without a number sets no limit (RFC 1870)."""
    assert expected == Capabilities.of(extensions)
