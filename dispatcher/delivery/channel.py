"""Why the relay cannot be used: what the wire showed, told as one error of the tree and in one sentence.

The edge's vocabulary of failures in, ours out; nothing here touches the wire.
"""

from __future__ import annotations

import base64
import socket
import ssl
from typing import TYPE_CHECKING, TypeVar

from aiosmtplib.errors import SMTPResponseException

from dispatcher.delivery.replies import classify, one_line, parse_reply
from dispatcher.errors import ChannelDown, ChannelError, ChannelRefused
from dispatcher.outbox.states import DeliveryState
from dispatcher.smtp import Stage

if TYPE_CHECKING:
    from dispatcher.smtp import Relay

UNREADABLE = -1
"""The code that aiosmtplib gives to an answer that is no SMTP reply."""

_Error = TypeVar("_Error", bound=Exception)

_CHECK_PLACE = "check relay.host and relay.port, or ask the relay's administrator"


def explain(relay: Relay, doing: str, error: Exception) -> ChannelError:
    """Return the error that tells of `error`, met while `doing` (connecting, EHLO, STARTTLS, AUTH).

    ChannelDown where a later try makes sense, ChannelRefused where a person must act first.
    """
    at = f"{relay.host}:{relay.port}"
    broken_tls = _cause(error, ssl.SSLError)
    if broken_tls is not None and not isinstance(broken_tls, ssl.SSLEOFError):
        return ChannelRefused(f"{at}: {_explain_tls(broken_tls)}")
    if isinstance(error, SMTPResponseException):
        return _explain_reply(relay, doing, error)
    unknown = _cause(error, socket.gaierror)
    if unknown is not None:
        return ChannelDown(f"{at}: the host name is not known here ({unknown.strerror}); {_CHECK_PLACE}")
    if isinstance(error, TimeoutError):
        return ChannelDown(f"{at} does not answer ({doing}: nothing came in time); {_CHECK_PLACE}")
    return ChannelDown(f"{at} is not reachable ({doing}: {_reason(error)}); {_CHECK_PLACE}")


def _explain_tls(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        found = one_line(getattr(error, "verify_message", str(error)))
        return (
            f"its certificate is not to be trusted ({found}); nothing was handed over. "
            "Ask the relay's administrator for a valid certificate, or for the authority to name in relay.ca_file"
        )
    found = one_line(getattr(error, "reason", None) or str(error))
    return (
        f"TLS failed ({found}); check relay.security and relay.port: "
        "tls is usual on port 465, starttls on 587 and 25"
    )


def _explain_reply(relay: Relay, doing: str, error: SMTPResponseException) -> ChannelError:
    at, message = f"{relay.host}:{relay.port}", without_secrets(relay, error.message)
    if error.code == UNREADABLE:
        return ChannelRefused(f"{at} is not an SMTP server ({doing}: {one_line(message)[:120]!r}); {_CHECK_PLACE}")
    reply = parse_reply(error.code, message)
    verdict = classify(Stage.CONNECT, reply)
    kind = ChannelDown if verdict.state is DeliveryState.DEFERRED else ChannelRefused
    return kind(f"{at} answered {doing} with {str(reply)!r}: {verdict.action}")


def without_secrets(relay: Relay, text: str) -> str:
    """Return `text` without the password, should a relay echo it, plain or as AUTH encodes it (RFC 4616)."""
    if not relay.password:
        return text
    name, secret = (relay.username or "").encode(), relay.password.encode()
    encoded = (base64.b64encode(form).decode("ascii") for form in (secret, b"\0" + name + b"\0" + secret))
    for form in (*encoded, relay.password):
        text = text.replace(form, "***")
    return text


def _reason(error: Exception) -> str:
    origin = error.__cause__ if isinstance(error.__cause__, Exception) else error
    return one_line(getattr(origin, "strerror", None) or str(origin) or type(origin).__name__)


def _cause(error: BaseException | None, kind: type[_Error]) -> _Error | None:
    while error is not None and not isinstance(error, kind):
        error = error.__cause__
    return error
