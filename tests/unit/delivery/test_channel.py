"""What people are told of a relay that cannot be used."""

from __future__ import annotations

import base64
import socket
import ssl
from typing import TYPE_CHECKING

import pytest
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPConnectResponseError,
    SMTPConnectTimeoutError,
    SMTPResponseException,
)

from dispatcher.delivery.channel import explain
from dispatcher.errors import ChannelDown, ChannelError, ChannelRefused
from dispatcher.smtp import Relay, Security

if TYPE_CHECKING:
    from collections.abc import Callable

RELAY = Relay(host="relay.example", port=587, security=Security.STARTTLS, username="wzu", password="geheim-4")


def _caused(cause: Exception) -> SMTPConnectError:
    error = SMTPConnectError("Error connecting")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind", "word"),
    [
        (_caused(ConnectionRefusedError(111, "Connection refused")), ChannelDown, "Connection refused"),
        (_caused(socket.gaierror(-2, "Name or service not known")), ChannelDown, "not known"),
        (SMTPConnectTimeoutError("Timed out"), ChannelDown, "does not answer"),
        (TimeoutError(), ChannelDown, "does not answer"),
        (_caused(ssl.SSLEOFError(8, "EOF occurred")), ChannelDown, "not reachable"),
        (ssl.SSLCertVerificationError(1, "certificate verify failed"), ChannelRefused, "certificate"),
        (_caused(ssl.SSLError(1, "wrong version number")), ChannelRefused, "relay.security"),
        (SMTPConnectResponseError(421, "4.3.2 busy"), ChannelDown, "421 4.3.2 busy"),
        (SMTPConnectResponseError(554, "5.7.1 not you"), ChannelRefused, "554 5.7.1 not you"),
        (SMTPConnectResponseError(250, "hello"), ChannelRefused, "250 hello"),
        (SMTPAuthenticationError(454, "4.7.0 later"), ChannelDown, "454"),
        (SMTPAuthenticationError(535, "5.7.8 no"), ChannelRefused, "lock-out"),
        (SMTPResponseException(-1, "Malformed SMTP response line: SSH-2.0"), ChannelRefused, "not an SMTP server"),
    ],
)
def test_each_failure_says_where_what_and_whether_to_try_again(
    error: Exception, kind: type[ChannelError], word: str
) -> None:
    """The kind of the error says whether a retry makes sense; its message names the relay and what was seen."""
    told = explain(RELAY, "AUTH", error)

    assert kind is type(told)
    assert "relay.example:587" in str(told)
    assert word in str(told)


@pytest.mark.parametrize(
    "echo",
    [
        lambda: "geheim-4",
        lambda: base64.b64encode(b"geheim-4").decode(),
        lambda: base64.b64encode(b"\0wzu\0geheim-4").decode(),
    ],
)
def test_a_relay_that_echoes_the_password_does_not_get_it_into_the_message(echo: Callable[[], str]) -> None:
    """Neither the password nor the form in which AUTH carried it stands in a message."""
    told = explain(RELAY, "AUTH", SMTPAuthenticationError(535, f"5.7.8 {echo()} is wrong"))

    assert "*** is wrong" in str(told)
    assert echo() not in str(told)
