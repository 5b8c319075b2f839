"""Which places on the network a request may go to: by default the open internet alone.

A name is resolved once, what it resolves to is checked, and the connection goes to the very
address that was checked: a name that answers differently the second time gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import httpcore

from storage.errors import AddressRefused, FetchFailed

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
MayReach = Callable[[Address], bool]
"""Whether an address may be connected to."""

_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # an IPv4 address behind a NAT64


def is_public(address: Address) -> bool:
    """Whether the address is one of the open internet, whatever it is wrapped in."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast


def host_header(url: str) -> str:
    """Host and port of a URL as the header has them; AddressRefused for what is no http address,
    and for one with credentials in it."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefused(f"{shown(url)} is no address") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise AddressRefused(f"{shown(url)} is no plain http or https address")
    if any(ord(c) <= 32 or ord(c) > 126 for c in url):
        raise AddressRefused(f"{shown(url)} has spaces or letters that an address has encoded")
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return name if port is None else f"{name}:{port}"


def shown(url: str) -> str:
    """The address without what may be secret in it: its query and who asks."""
    bare = url.partition("?")[0].partition("#")[0]
    scheme, _, rest = bare.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"[:200] if rest else bare[:200]


class Checked(httpcore.NetworkBackend):
    """Connects to names only through an address that it has checked."""

    def __init__(self, may_reach: MayReach = is_public) -> None:
        self._inner = httpcore.SyncBackend()
        self._may_reach = may_reach

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        for address in _resolved(host, port):
            if not self._may_reach(address):
                raise AddressRefused(f"{host} is at {address}, which is not on the open internet")
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return self._inner.connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
        raise httpcore.ConnectError(f"nothing answers at {host}")

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


def _resolved(host: str, port: int) -> Iterator[Address]:
    """Every address of the name; FetchFailed where it has none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchFailed(f"there is no host {host[:80]}") from error
    for address in dict.fromkeys(str(each[4][0]) for each in found):
        yield ipaddress.ip_address(address.partition("%")[0])
