"""A page over https: what is read, and one sentence for whatever is wrong with the way to it."""

from __future__ import annotations

import contextlib
import gzip
import itertools
import socket
import socketserver
import threading
import zlib
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from dispatcher.errors import Refused
from dispatcher.publishing.fetching import Fetcher, FetchLimits, Unread
from tests.web_server import HOST, Answer, WebServer, moved

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SMALL = FetchLimits(page=1_000_000, document=1_000_000, seconds=10)
PAGE = Answer(b"<p>Advisory")
PUBLIC = "8.8.8.8"
"""An address of the public Internet; nothing connects to it."""


def fetcher(server: WebServer, limits: FetchLimits = SMALL) -> Fetcher:
    """Return a fetcher that trusts the server and may go there."""
    return Fetcher(allow_private=True, ca_file=server.ca_file, limits=limits)


def refusal(answer: Answer, folder: Path, *, limits: FetchLimits = SMALL) -> str:
    """Return what is said of a page that answers so."""
    with WebServer({"/": answer}, folder) as server, pytest.raises(Refused) as refused:
        fetcher(server, limits).page(server.url())
    return str(refused.value).replace(server.url(), "PAGE")


def test_a_page_is_read(tmp_path: Path) -> None:
    """Address, type and octets of a page come as the server gives them."""
    with WebServer({"/news?n=1": PAGE}, tmp_path) as server:
        came = fetcher(server).page(server.url("/news?n=1#part"))

    assert (b"<p>Advisory", "text/html; charset=utf-8") == (came.content, came.content_type)
    assert came.url.endswith("/news?n=1")


def test_a_redirection_is_followed(tmp_path: Path) -> None:
    """A relative redirection is followed, and the address told where the page is in the end."""
    with WebServer({"/": moved("/new"), "/new": PAGE}, tmp_path) as server:
        came = fetcher(server).page(server.url())

    assert came.url == server.url("/new")


def test_redirections_end(tmp_path: Path) -> None:
    """A page that redirects for ever is left after five redirections."""
    with WebServer({"/": moved("/")}, tmp_path) as server, pytest.raises(Refused, match="redirects more than 5"):
        fetcher(server).page(server.url())

    assert 6 == len(server.asked)


def test_each_redirection_is_judged(tmp_path: Path) -> None:
    """A redirection to http is refused like an address of http."""
    said = refusal(moved(f"http://{HOST}/"), tmp_path)

    assert "is http" in said


def test_a_document_is_found_from_its_page(tmp_path: Path) -> None:
    """A link is relative to the page that it stands on."""
    pdf = Answer(b"%PDF", content_type="application/pdf")
    with WebServer({"/a/doc.pdf": pdf}, tmp_path) as server:
        came = fetcher(server).document("doc.pdf", base=server.url("/a/page.html"))

    assert b"%PDF" == came.content


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (Answer(b"gone", status=410), "PAGE answers 410 Gone, not with a page"),
        (Answer(b"x", content_type="application/pdf"), "PAGE is application/pdf, not a page (text/html)"),
        (Answer(b"x", content_type=""), "PAGE is of no media type, not a page (text/html)"),
        (Answer(b"x" * 1_000_001), "PAGE is larger than 1 MB; this is not the page of an advisory"),
        (Answer(b"x", length=100), "PAGE broke off before its end; please try again"),
        (Answer(b"x", headers={"Content-Encoding": "br"}), "PAGE comes packed as br, which is not read here"),
        (
            Answer(b"plain", headers={"Content-Encoding": "gzip"}),
            "PAGE is damaged: it is not gzip as it says",
        ),
        (
            Answer(gzip.compress(b"x" * 5000)[:20], headers={"Content-Encoding": "gzip"}),
            "PAGE broke off before its end; please try again",
        ),
        (
            Answer(gzip.compress(bytes(50_000_000)), headers={"Content-Encoding": "gzip"}),
            "PAGE is larger than 1 MB; this is not the page of an advisory",
        ),
    ],
    ids=["status", "type", "no-type", "large", "short", "brotli", "no-gzip", "cut-gzip", "bomb"],
)
def test_what_is_wrong_is_one_sentence(answer: Answer, sentence: str, tmp_path: Path) -> None:
    """Each fault of an answer is one sentence that names the page."""
    assert sentence == refusal(answer, tmp_path)


def test_an_endless_page_is_cut_at_the_limit(tmp_path: Path) -> None:
    """A page without an end is left at the limit, however much more would come."""
    endless = Answer(itertools.repeat(b"x" * 65536))

    assert "larger than 1 MB" in refusal(endless, tmp_path)


@pytest.fixture
def end() -> Iterator[threading.Event]:
    """Return what a server waits for in vain: the end of the test."""
    ended = threading.Event()
    yield ended
    ended.set()


def test_a_page_that_never_answers_is_left(end: threading.Event, tmp_path: Path) -> None:
    """A server that says nothing is left when the time is over."""
    said = refusal(Answer(b"", after=end), tmp_path, limits=FetchLimits(seconds=0.3))

    assert "PAGE took longer than 0.3 seconds" == said


def test_redirections_share_one_limit(end: threading.Event, tmp_path: Path) -> None:
    """The time for a page is that of all its redirections together: each slow one leaves less to the next."""
    slow = {f"/{at}": replace(moved(f"/{at + 1}"), pause=(end, 0.4)) for at in range(4)}
    with WebServer(slow | {"/4": PAGE}, tmp_path) as server, pytest.raises(Unread, match=r"longer than 1 seconds"):
        fetcher(server, FetchLimits(seconds=1)).page(server.url("/0"))

    assert "/4" not in server.asked


def test_all_that_is_read_has_one_limit(end: threading.Event, tmp_path: Path) -> None:
    """What time the first page took, the next ones lack; when none is left, nothing more is asked for."""
    with WebServer({"/": PAGE, "/slow": replace(PAGE, after=end)}, tmp_path) as server:
        one = fetcher(server, FetchLimits(whole=0.5))
        with pytest.raises(Unread, match=r"/slow was not read within 0\.5 seconds, the limit for all"):
            one.page(server.url("/slow"))
        with pytest.raises(Unread, match=r"within 0\.5 seconds"):
            one.page(server.url("/"))

    assert "/" not in server.asked


@pytest.mark.parametrize(("status", "gone"), [(404, True), (410, True), (403, False), (503, False)])
def test_what_is_gone_is_told_from_what_fails(status: int, gone: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a parameter of the test
    """404 and 410 say that a page is no more; other answers only that it cannot be read now."""
    with WebServer({"/": Answer(b"", status=status)}, tmp_path) as server, pytest.raises(Unread) as unread:
        fetcher(server).page(server.url())

    assert gone is unread.value.gone


def test_a_page_that_trickles_is_left(end: threading.Event, tmp_path: Path) -> None:
    """A server that gives an octet now and then is left when the time is over, though it is never silent long."""
    trickle = Answer(b"x" for _ in itertools.takewhile(lambda _: not end.wait(0.05), itertools.count()))
    said = refusal(trickle, tmp_path, limits=FetchLimits(seconds=0.5))

    assert "PAGE took longer than 0.5 seconds" == said


def test_a_handshake_that_trickles_is_left(end: threading.Event) -> None:
    """A server that never ends its part of the handshake is left too, though an octet comes now and then."""

    class Trickle(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                self.request.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")  # a record of 16384 octets begins
                while not end.wait(0.05):
                    self.request.sendall(b"\x00")

    with socketserver.ThreadingTCPServer((HOST, 0), Trickle) as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        try:
            with pytest.raises(Refused, match=r"took longer than 0\.5 seconds"):
                Fetcher(allow_private=True, limits=FetchLimits(seconds=0.5)).page(
                    f"https://{HOST}:{server.server_address[1]}/"
                )
        finally:
            end.set()
            server.shutdown()
            serving.join()


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_what_comes_packed_all_the_same_is_unpacked(coding: str, tmp_path: Path) -> None:
    """A coding that was not asked for is undone where it is a usual one."""
    packed = gzip.compress(b"<p>Advisory") if coding == "gzip" else zlib.compress(b"<p>Advisory")
    with WebServer({"/": Answer(packed, headers={"Content-Encoding": coding})}, tmp_path) as server:
        assert b"<p>Advisory" == fetcher(server).page(server.url()).content


def test_a_certificate_must_be_trusted(tmp_path: Path) -> None:
    """A certificate of an unknown authority ends it before anything is asked."""
    with WebServer({"/": PAGE}, tmp_path) as server, pytest.raises(Refused, match=r"certificate of 127\.0\.0\.1"):
        Fetcher(allow_private=True, limits=SMALL).page(server.url())

    assert [] == server.asked


def test_a_certificate_must_be_of_the_host(tmp_path: Path) -> None:
    """A certificate of another name ends it too."""
    with (
        WebServer({"/": PAGE}, tmp_path, name="elsewhere.example") as server,
        pytest.raises(Refused, match="trust"),
    ):
        fetcher(server).page(server.url())

    assert [] == server.asked


def test_a_private_address_is_refused(tmp_path: Path) -> None:
    """Nothing is asked of a machine of a private network unless that is allowed."""
    with WebServer({"/": PAGE}, tmp_path) as server, pytest.raises(Refused, match="not an address of the public"):
        Fetcher(ca_file=server.ca_file, limits=SMALL).page(server.url())

    assert [] == server.asked


def test_each_address_of_a_host_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host with a public and a private address is refused, whichever comes first, before any connection."""
    reached = list[str]()
    monkeypatch.setattr(socket, "create_connection", lambda place, **_: reached.append(place[0]))
    for addresses in ((PUBLIC, HOST), (HOST, PUBLIC)):
        monkeypatch.setattr(socket, "getaddrinfo", partial(_entries, addresses))
        with pytest.raises(Refused, match=r"news\.example is 127\.0\.0\.1, which is not an address of the public"):
            Fetcher(limits=SMALL).page("https://news.example/")

    assert [] == reached


def test_where_a_redirection_leads_is_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A public host that redirects to a private one is not followed there."""

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        return _entries((PUBLIC if host == "news.example" else HOST,), host, port)

    def connect(place: tuple[str, int], *, timeout: float) -> socket.socket:
        return _connected((HOST, place[1]), timeout=timeout)

    with WebServer({}, tmp_path, name="news.example") as server:
        server.answers |= {"/": moved(server.url("/inside", host="intranet.example")), "/inside": PAGE}
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        monkeypatch.setattr(socket, "create_connection", connect)
        with pytest.raises(
            Refused, match=r"intranet\.example is 127\.0\.0\.1, which is not an address of the public"
        ):
            Fetcher(ca_file=server.ca_file, limits=SMALL).page(server.url(host="news.example"))

    assert ["/"] == server.asked


def _entries(addresses: tuple[str, ...], host: str, port: int, **_: Any) -> list[Any]:  # noqa: ARG001 - as getaddrinfo
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]


def test_a_name_is_resolved_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is connected to is what was judged: a name that leads elsewhere the second time is not asked again."""
    looked_up = []

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        looked_up.append(host)
        address = HOST if len(looked_up) == 1 else "192.0.2.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    with WebServer({"/": PAGE}, tmp_path, name="news.example") as server:
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        monkeypatch.setattr(socket, "create_connection", _connected)
        came = fetcher(server).page(server.url(host="news.example"))

    assert (b"<p>Advisory", ["news.example"]) == (came.content, looked_up)


def _connected(place: tuple[str, int], *, timeout: float) -> socket.socket:
    """Connect to a number; the function of the standard library would look it up like a name."""
    plain = socket.socket()
    plain.settimeout(timeout)
    plain.connect(place)
    return plain


def test_a_host_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A connection that is refused is one sentence."""
    with WebServer({}, tmp_path) as server:
        url = server.url()
    with pytest.raises(Refused, match="cannot be read: Connection refused"):
        Fetcher(allow_private=True, limits=SMALL).page(url)


def test_a_name_that_is_not_known_is_told() -> None:
    """A name that cannot be looked up is one sentence."""
    with pytest.raises(Refused, match=r"there is no host nowhere\.invalid"):
        Fetcher(limits=SMALL).page("https://nowhere.invalid/")
