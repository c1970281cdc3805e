"""Which addresses may be read from."""

from __future__ import annotations

import pytest

from dispatcher.errors import Refused
from dispatcher.publishing.destinations import destination, refuse_private


def test_an_address_is_taken_apart() -> None:
    """Host in A-labels, port, and path with query as they go on the wire; the fragment stays at home."""
    found = destination("https://समाचार.example:8443/पृष्ठ?n=1#part")

    assert ("xn--61b3bh3a5ab.example", 8443, "/%E0%A4%AA%E0%A5%83%E0%A4%B7%E0%A5%8D%E0%A4%A0?n=1") == (
        found.host,
        found.port,
        found.target,
    )
    assert "https://समाचार.example:8443/पृष्ठ?n=1" == found.url


def test_a_link_is_relative_to_its_page() -> None:
    """A relative address is read beside the page that names it; port 443 is usual."""
    found = destination("../doc.pdf", base="https://eccs.example/a/page.html")

    assert ("https://eccs.example/doc.pdf", 443) == (found.url, found.port)


def test_a_link_that_leads_nowhere_is_refused() -> None:
    """What a page links to is judged as what a person types."""
    with pytest.raises(Refused, match="is not an address such as"):
        destination("https://[bad/Advisory.pdf", base="https://eccs.example/news.html")


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://eccs.example/", "is http: on its way anybody can change such a page"),
        ("ftp://eccs.example/", "is not an address such as"),
        ("file:///etc/passwd", "is not an address such as"),
        ("eccs.example", "is not an address such as"),
        ("https://", "is not an address such as"),
        ("https://eccs.example:port/", "is not an address such as"),
        ("https://[::1/", "is not an address such as"),
        ("https://who:secret@eccs.example/", "holds a user name or a password"),
        ("https://eccs.example/a\r\nHost: x", "a space or a control character"),
        ("https://a..b/", "is not the name of a host"),
    ],
)
def test_what_is_no_plain_https_address_is_refused(url: str, sentence: str) -> None:
    """One sentence says what is wrong with an address; a password is not repeated."""
    with pytest.raises(Refused, match=sentence) as refused:
        destination(url)

    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::"),
        *("::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:53aa:64c:0:fbff:80ff:fffe"),
    ],
)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    """Private, loopback, link-local, shared, reserved and multicast ones, also in an IPv6 address."""
    with pytest.raises(Refused, match="not an address of the public Internet"):
        refuse_private("eccs.example", ["8.8.8.8", address])


@pytest.mark.parametrize("address", ["8.8.8.8", "164.100.1.1", "2001:4860:4860::8888", "64:ff9b::808:808"])
def test_a_public_address_is_taken(address: str) -> None:
    """Addresses of the public Internet are not refused; the sentence names only one that is not of it."""
    with pytest.raises(Refused) as refused:
        refuse_private("eccs.example", [address, "10.0.0.1"])

    assert "10.0.0.1" in str(refused.value)
    assert address not in str(refused.value)


def test_an_address_is_named_once() -> None:
    """Where the URL names it itself, no name stands before it."""
    with pytest.raises(Refused, match=r"^10\.0\.0\.1 is not an address of the public Internet"):
        refuse_private("10.0.0.1", ["10.0.0.1"])
