"""A time-stamp service (RFC 3161) on a loopback port, for the tests."""

from __future__ import annotations

import contextlib
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING

from asn1crypto import keys, tsp, x509
from pyhanko.sign.timestamps import DummyTimeStamper

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tests.certificates import Holder


def stamper(service: Holder, at: datetime | None = None) -> DummyTimeStamper:
    """Return what stamps with the key of a service, at a moment of the test's choice or now."""
    loaded = x509.Certificate.load(service.der), keys.PrivateKeyInfo.load(service.key_der)
    return DummyTimeStamper(*loaded, fixed_dt=at)


@contextlib.contextmanager
def time_stamp_service(service: Holder, *, status: int = 200, garbage: bytes | None = None) -> Iterator[str]:
    """Yield the address of a running service; with another `status` it refuses, or it answers with `garbage`."""

    class Stamps(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
            answer = garbage or stamper(service).request_tsa_response(asked).dump()
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - as the base has it
            """Say nothing on the screen."""

    with HTTPServer(("127.0.0.1", 0), Stamps) as server:
        running = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        running.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            running.join()
