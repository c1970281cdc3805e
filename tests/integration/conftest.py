"""A real SMTP server for each test that asks for one; the marker `faults` says how it misbehaves."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
import trustme
import uvloop

from tests.smtp_server import HOST, SmtpServer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from pathlib import Path

T = TypeVar("T")


@pytest.fixture
def smtp_server(request: pytest.FixtureRequest) -> Iterator[SmtpServer]:
    """Start a server on a loopback port; `@pytest.mark.faults(rcpt="451 …", extensions=(…))` scripts it."""
    marker = request.node.get_closest_marker("faults")
    faults = dict(marker.kwargs) if marker else {}
    extensions = {"extensions": faults.pop("extensions")} if "extensions" in faults else {}
    with SmtpServer(faults=faults, **extensions) as server:
        yield server


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Callable[[Coroutine[Any, Any, T]], T]:
    """Run a coroutine to its end, once on each event loop that the dispatcher may run on."""
    factory = uvloop.new_event_loop if request.param == "uvloop" else asyncio.new_event_loop

    def run_it(coroutine: Coroutine[Any, Any, T]) -> T:
        with asyncio.Runner(loop_factory=factory) as runner:
            return runner.run(coroutine)

    return run_it


@dataclass(frozen=True)
class Authority:
    """A certificate authority of the office's own: what `relay.ca_file` names, and server contexts by flaw."""

    ca_file: Path
    good: ssl.SSLContext
    expired: ssl.SSLContext
    wrong_name: ssl.SSLContext
    unknown: ssl.SSLContext
    """Signed by an authority that `ca_file` does not hold."""


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Issue certificates for the loopback server: a good one and one of each flaw."""
    own, stranger = trustme.CA(), trustme.CA()
    ca_file = tmp_path_factory.mktemp("authority") / "ca.pem"
    own.cert_pem.write_to_path(ca_file)
    past = datetime(2020, 1, 1, tzinfo=UTC)
    return Authority(
        ca_file=ca_file,
        good=_server_context(own.issue_cert(HOST)),
        expired=_server_context(own.issue_cert(HOST, not_before=past, not_after=past + timedelta(days=90))),
        wrong_name=_server_context(own.issue_cert("another.example")),
        unknown=_server_context(stranger.issue_cert(HOST)),
    )


def _server_context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    return context
