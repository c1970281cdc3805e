"""Input: a published page or document over https, bounded in time, size and redirections."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dispatcher.errors import Refused
from dispatcher.publishing.destinations import destination, refuse_private

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dispatcher.publishing.destinations import Destination

PAGE, DOCUMENT = ("text/html", "application/xhtml+xml"), ("application/pdf", "application/octet-stream")
"""Media types that a page and a document may come as."""
_MOVED = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({http.HTTPStatus.NOT_FOUND, http.HTTPStatus.GONE})
_PIECE = 65536
_GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """Octets of a page and of a document, unpacked; redirections.

    `seconds` are for one page or document with all its redirections, `whole` for all that one fetcher reads.
    """

    page: int = 2_000_000
    document: int = 20_000_000
    seconds: float = 30
    whole: float = 120
    redirections: int = 5


class Unread(Refused):
    """A page or document does not come as it should, though it was asked for; `gone`: it is said to be no more."""

    def __init__(self, said: str, /, *, gone: bool = False) -> None:
        self.gone = gone
        super().__init__(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came: from where in the end, as which Content-Type, its octets."""

    url: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetcher:
    """Reads pages and documents. `ca_file` adds certificates to those of the system."""

    allow_private: bool = False
    ca_file: Path | None = None
    limits: FetchLimits = FetchLimits()
    begun: float = field(default_factory=time.monotonic)

    def page(self, url: str) -> Fetched:
        """Return the page at `url`.

        Raises Refused in one sentence for whatever is wrong with the way to it: Unread where it was asked for.
        """
        return self._follow(url, wanted=PAGE, kind="page", limit=self.limits.page)

    def document(self, url: str, *, base: str) -> Fetched:
        """Return the document that a page at `base` links to. Raises Refused."""
        return self._follow(url, wanted=DOCUMENT, kind="PDF", limit=self.limits.document, base=base)

    def _follow(self, url: str, *, wanted: tuple[str, ...], kind: str, limit: int, base: str = "") -> Fetched:
        place = destination(url, base=base)
        ends = min(time.monotonic() + self.limits.seconds, self.begun + self.limits.whole)
        for _ in range(self.limits.redirections + 1):
            with self._asked(place, ends) as response:
                if response.status not in _MOVED:
                    return _received(response, place, wanted=wanted, kind=kind, limit=limit)
                place = destination(response.getheader("Location") or "", base=place.url)
        raise Unread(f"{url} redirects more than {self.limits.redirections} times; give the address where it ends")

    @contextlib.contextmanager
    def _asked(self, place: Destination, ends: float) -> Iterator[http.client.HTTPResponse]:
        """Ask for a place; whatever fails until its answer is read, or is too late, is one sentence."""
        late = threading.Event()
        try:
            with (
                self._connected(place, ends) as secured,
                _watched(secured, _left(ends), late),
                contextlib.closing(_answer(secured, place)) as response,
            ):
                yield response
        except Refused:
            raise
        except ssl.SSLCertVerificationError as error:
            reason = error.verify_message.rstrip(".")
            raise Unread(f"the certificate of {place.host} is not to be trusted: {reason}") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            if late.is_set() or isinstance(error, TimeoutError):
                raise Unread(f"{place.url} {self._too_long(ends)}") from None
            raise Unread(f"{place.url} cannot be read: {_reason(error)}") from None

    def _too_long(self, ends: float) -> str:
        limits = self.limits
        if ends < self.begun + limits.whole:
            return f"took longer than {limits.seconds:g} seconds"
        return f"was not read within {limits.whole:g} seconds, the limit for all pages and documents of one look"

    @contextlib.contextmanager
    def _connected(self, place: Destination, ends: float) -> Iterator[ssl.SSLSocket]:
        """Connect to an address that was judged: the name is resolved once, so it cannot lead elsewhere then."""
        context = ssl.create_default_context()
        if self.ca_file is not None:
            try:
                context.load_verify_locations(self.ca_file)
            except OSError as error:  # also what is no certificate
                raise Refused(f"{self.ca_file} (website.ca_file) cannot be used: {_reason(error)}") from None
        addresses = _resolved(place)
        if not self.allow_private:
            refuse_private(place.host, addresses)
        with (
            _first_reached(addresses, place.port, _left(ends)) as plain,
            context.wrap_socket(plain, server_hostname=place.host, do_handshake_on_connect=False) as secured,
        ):
            yield secured


def _left(ends: float) -> float:
    """Return the seconds until `ends`. Raises TimeoutError where there are none."""
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _resolved(place: Destination) -> list[str]:
    try:
        found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unread(f"there is no host {place.host}, or its name cannot be looked up now") from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _first_reached(addresses: list[str], port: int, seconds: float) -> socket.socket:
    for address in addresses[:-1]:
        with contextlib.suppress(OSError):
            return socket.create_connection((address, port), timeout=seconds / len(addresses))
    return socket.create_connection((addresses[-1], port), timeout=seconds)


@contextlib.contextmanager
def _watched(secured: ssl.SSLSocket, seconds: float, late: threading.Event) -> Iterator[None]:
    """Cut the connection after so long: a server that gives an octet now and then keeps no timeout busy."""

    def cut() -> None:
        late.set()
        with contextlib.suppress(OSError):
            socket.socket.shutdown(secured, socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    if late.is_set():  # what was read until then looks like the whole of it
        raise TimeoutError


def _answer(secured: ssl.SSLSocket, place: Destination) -> http.client.HTTPResponse:
    secured.do_handshake()
    connection = http.client.HTTPSConnection(place.host, place.port)
    connection.sock = secured
    headers = {"Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close", "User-Agent": "dispatcher"}
    connection.putrequest("GET", place.target, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    return connection.getresponse()


def _received(
    response: http.client.HTTPResponse, place: Destination, *, wanted: tuple[str, ...], kind: str, limit: int
) -> Fetched:
    if response.status != http.HTTPStatus.OK:
        gone = response.status in _GONE
        raise Unread(f"{place.url} answers {response.status} {response.reason[:60]}, not with a {kind}", gone=gone)
    content_type = response.getheader("Content-Type") or ""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type not in wanted:
        raise Unread(f"{place.url} is {media_type or 'of no media type'}, not a {kind} ({wanted[0]})")
    content = _unpacked(_read(response, place, limit), response, place, limit)
    return Fetched(url=place.url, content_type=content_type, content=content)


def _read(response: http.client.HTTPResponse, place: Destination, limit: int) -> bytes:
    content = bytearray()
    while piece := response.read1(_PIECE):
        content += piece
        if len(content) > limit:
            raise _too_large(place, limit)
    if response.length:  # fewer octets came than were announced
        raise Unread(f"{place.url} broke off before its end; please try again")
    return bytes(content)


def _unpacked(content: bytes, response: http.client.HTTPResponse, place: Destination, limit: int) -> bytes:
    """Return the content without a coding that we did not ask for, never more of it than the limit."""
    coding = (response.getheader("Content-Encoding") or "identity").strip().lower()
    if coding == "identity":
        return content
    if coding not in {"gzip", "x-gzip", "deflate"}:
        raise Unread(f"{place.url} comes packed as {coding[:40]}, which is not read here")
    unpacking = zlib.decompressobj(_GZIP if "gzip" in coding else zlib.MAX_WBITS)
    try:
        plain = unpacking.decompress(content, limit + 1)
    except zlib.error:
        raise Unread(f"{place.url} is damaged: it is not {coding} as it says") from None
    if len(plain) > limit:
        raise _too_large(place, limit)
    if not unpacking.eof:
        raise Unread(f"{place.url} broke off before its end; please try again")
    return plain


def _too_large(place: Destination, limit: int) -> Unread:
    return Unread(f"{place.url} is larger than {limit // 1_000_000} MB; this is not the page of an advisory")


def _reason(error: BaseException) -> str:
    said = (getattr(error, "strerror", None) or str(error) or type(error).__name__).splitlines()[0]
    return said[:120]
