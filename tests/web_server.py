"""A web server over TLS on a loopback port that answers as told: a page, a redirection, or octets of a test's own.

with WebServer({"/": Answer(b"<!DOCTYPE html>..."), "/loop": moved("/loop")}) as server:
    ...ask for server.url("/"), trusting server.ca_file...
assert server.asked == ["/"]
"""

from __future__ import annotations

import contextlib
import http.server
import ssl
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import trustme

from tests.patience import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Answer:
    """What a path answers: content (or pieces of it, sent until the client goes), media type, status, headers."""

    content: bytes | Iterable[bytes]
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    """Content-Length where it is not that of the content."""
    after: threading.Event | None = None
    """Before it answers, the server waits for this, or for its own end."""


def moved(location: str, status: int = 302) -> Answer:
    """Return a redirection."""
    return Answer(b"", status=status, headers={"Location": location})


class WebServer:
    """Serves `answers`, by path, in a thread of its own; the certificate is that of `name`."""

    def __init__(self, answers: Mapping[str, Answer], folder: Path, *, name: str = HOST) -> None:
        self.answers, self.asked = dict(answers), list[str]()
        self._authority, self._name = trustme.CA(), name
        self.ca_file = folder / "web-ca.pem"
        self._authority.cert_pem.write_to_path(str(self.ca_file))

    def __enter__(self) -> Self:
        self._server = http.server.ThreadingHTTPServer((HOST, 0), _handler(self))
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(self._name).configure_cert(context)
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def url(self, path: str = "/", *, host: str = HOST) -> str:
        """Return the address of a path."""
        return f"https://{host}:{self._server.server_port}{path}"


def _handler(server: WebServer) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):  # a client that goes, or does not trust the certificate
                super().handle()

        def do_GET(self) -> None:
            server.asked.append(self.path)
            answer = server.answers.get(self.path, Answer(b"nothing here", status=404))
            if answer.after is not None:
                answer.after.wait(PATIENCE)
            whole = isinstance(answer.content, bytes)
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if whole:
                self.send_header("Content-Length", str(answer.length or len(answer.content)))  # type: ignore[arg-type]
            self.end_headers()
            for piece in (answer.content,) if whole else answer.content:
                self.wfile.write(piece)  # type: ignore[arg-type]

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base names it so
            """Say nothing."""

    return Handler
