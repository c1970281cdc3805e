"""What is decided before the wire: our name, where a password may go."""

from __future__ import annotations

import pytest

from dispatcher.delivery.connecting import may_tell_password, own_name
from dispatcher.smtp import Security


@pytest.mark.parametrize(
    ("security", "peer", "expected"),
    [
        (Security.NONE, "127.0.0.1", True),
        (Security.NONE, "::1", True),
        (Security.NONE, "192.0.2.1", False),
        (Security.NONE, "fe80::1%eth0", False),
        (Security.TLS, "192.0.2.1", True),
        (Security.STARTTLS, "192.0.2.1", True),
    ],
)
def test_a_password_goes_unprotected_to_this_machine_only(
    security: Security, peer: str, *, expected: bool
) -> None:
    """Without TLS a password may only travel to a loopback address."""
    assert expected == may_tell_password(security, peer)


@pytest.mark.parametrize(
    ("host_name", "address", "expected"),
    [
        ("desk-4.customs.example", "192.0.2.7", "desk-4.customs.example"),
        ("desk-4", "192.0.2.7", "[192.0.2.7]"),
        ("कार्यालय.example", "192.0.2.7", "[192.0.2.7]"),
        ("desk 4.example", "192.0.2.7", "[192.0.2.7]"),
        ("desk_4.example\n", "192.0.2.7", "[192.0.2.7]"),
        ("desk-4", "2001:db8::7", "[IPv6:2001:db8::7]"),
        ("desk-4", "fe80::7%eth0", "[IPv6:fe80::7]"),
    ],
)
def test_ehlo_names_us_by_host_or_address(host_name: str, address: str, expected: str) -> None:
    """A full ASCII host name, else an address literal (RFC 5321, section 4.1.3)."""
    assert expected == own_name(host_name, address)
