"""Which addresses of the web a published page may be read from: https, and no machine of a private network."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote, urljoin, urlsplit

import idna

from dispatcher.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_PATH, _QUERY = "/%:@!$&'()*+,;=~-._", "/?%:@!$&'()*+,;=~-._"


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where a page is: host in A-labels, port, and what is asked for there."""

    url: str
    host: str
    port: int
    target: str


def destination(url: str, *, base: str = "") -> Destination:
    """Return where `url`, relative to `base`, leads. Raises Refused where that is no plain https address."""
    whole = url.strip()
    try:
        whole = urljoin(base, whole) if base else whole
        if not whole.isprintable() or any(sign.isspace() for sign in whole):
            raise Refused(f"{whole!a} is not an address: a space or a control character stands in it")
        parts = urlsplit(whole)
        port = parts.port or 443
    except ValueError:
        raise Refused(f"{whole} is not an address such as https://eccs.example/news.html") from None
    if parts.scheme == "http":
        raise Refused(f"{whole} is http: on its way anybody can change such a page; give its https address")
    if parts.scheme != "https" or not parts.hostname:
        raise Refused(f"{whole} is not an address such as https://eccs.example/news.html")
    if parts.username or parts.password:
        raise Refused(f"the address at {parts.hostname} holds a user name or a password; give it without them")
    target = quote(parts.path or "/", safe=_PATH) + (f"?{quote(parts.query, safe=_QUERY)}" if parts.query else "")
    return Destination(url=whole.partition("#")[0], host=_host(parts.hostname), port=port, target=target)


def refuse_private(host: str, addresses: Iterable[str]) -> None:
    """Raise Refused where one of the IP addresses of `host` is not of the public Internet."""
    for address in addresses:
        if not _is_public(ipaddress.ip_address(address.partition("%")[0])):
            named = address if host == address else f"{host} is {address}, which"
            raise Refused(
                f"{named} is not an address of the public Internet; "
                "--allow-private (or website.allow_private in config.yaml) allows it"
            )


def _host(name: str) -> str:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        try:
            return idna.encode(name, uts46=True).decode()
        except idna.IDNAError:
            raise Refused(f"{name} is not the name of a host") from None
    return name


def _is_public(address: _Address) -> bool:
    inner = _inner(address)
    return inner.is_global and not inner.is_multicast and not inner.is_reserved


def _inner(address: _Address) -> _Address:
    """Return the IPv4 address that an IPv6 address stands for, where it stands for one."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address
