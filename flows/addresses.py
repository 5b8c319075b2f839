"""Which places on the network a request may go to: none inside, unless this machine allows it.

A name is looked up once, every address it has is checked, and the request goes to an address that
was checked: a name that answers differently the second time gains nothing. Redirects are not
followed, since they could lead inside.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit


class AddressRefused(Exception):
    """This address is not asked; `str()` names the host and never the path, which may be secret."""

    retryable = False


class AddressUnknown(AddressRefused):
    """The name has no address now; it may have one later."""

    retryable = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An http or https address that may be asked."""

    host: str
    """As the URL has it: for the Host header and the certificate."""
    netloc: str
    """Host and port as the URL has them."""
    url: str
    """With the checked number in the host's place; to be asked as `host`."""


def checked(url: str, *, inside: Collection[str] = ()) -> Place:
    """The place of a URL; AddressRefused where it is not http(s), carries credentials, or leads to
    an address that is not public.

    Hosts in `inside` ("localhost:8080", "hooks.intranet") may have any address.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise AddressRefused("this is no address of the web") from error
    host = parts.hostname
    if parts.scheme not in ("http", "https") or not host:
        raise AddressRefused("only http:// and https:// addresses are asked")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused(f"{host}: credentials do not belong into an address")
    found = _addresses(host, port)
    if not {host, f"{host}:{port}"} & set(inside):
        for address in found:
            if not _is_public(address):
                raise AddressRefused(
                    f"{host} leads to an address that is not public; allow it with "
                    f"HOOFBEAT_PRIVATE_HOSTS={host}:{port} if that is meant"
                )
    number = f"[{found[0]}]" if ":" in found[0] else found[0]
    there = SplitResult(parts.scheme, f"{number}:{port}", parts.path, parts.query, "")
    return Place(host=host, netloc=parts.netloc, url=there.geturl())


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressUnknown(f"{host} has no address: {error}") from error
    return [str(each[4][0]).partition("%")[0] for each in found]


def _is_public(address: str) -> bool:
    number = ipaddress.ip_address(address)
    mapped = getattr(number, "ipv4_mapped", None) or getattr(number, "sixtofour", None)
    return number.is_global and not number.is_multicast and (mapped is None or mapped.is_global)
