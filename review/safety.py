"""Who may come to the review page, and how: every request passes here first.

On this machine's own address nobody is asked who they are, and only this machine's own names for
itself are answered, so that no foreign site can be made to look like this one (DNS rebinding).
Anywhere else, and wherever guests are named, a request brings a token, as a cookie that the link
of a guest leaves behind. What changes anything must come from our own pages.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "hoofbeat"
OURS = "x-hoofbeat"
"""A header that no form and no foreign page can send without being asked about first."""
SHORTEST_SECRET = 16

_OWN_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_PROXIED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
_OPEN_PATHS = ("/login", "/static/")
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'self'; "
        "script-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


@dataclass(frozen=True, slots=True)
class Guests:
    """Who may come in, by token; a token without a name lets in whoever holds it."""

    tokens: Mapping[str, str]
    """None at all: no token is asked for."""

    @property
    def anybody(self) -> bool:
        return not self.tokens

    def name(self, token: str) -> str | None:
        """The name that belongs to a token, "" where it has none; None for a wrong one.

        Takes equally long whichever token it is, and whether or not it is one.
        """
        found: str | None = None
        for known, name in self.tokens.items():
            if hmac.compare_digest(known.encode(), token.encode()):
                found = name
        return found


def invite(secret: str, names: Iterable[str]) -> Guests:
    """A token for each of the names, or one for whoever holds it; the same secret gives the same,
    so that links outlive the server."""
    return Guests({_token(secret, name): name for name in dict.fromkeys(names)} or {secret: ""})


def _token(secret: str, name: str) -> str:
    return hmac.new(secret.encode(), name.encode(), hashlib.sha256).hexdigest()


class Door:
    """Lets in whom `guests` knows; the others are told how to come in."""

    def __init__(self, app: ASGIApp, guests: Guests) -> None:
        self._app = app
        self._guests = guests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        refusal = self._refuse(request)
        app = refusal if refusal is not None else self._app
        await app(scope, receive, _with_headers(send))

    def _refuse(self, request: Request) -> Response | None:
        if self._guests.anybody:
            why = _strange(request.headers)
            if why:
                return _refused(why)
        if request.method not in ("GET", "HEAD"):
            why = _foreign(request.headers)
            if why:
                return _refused(why)
        request.state.guest = ""
        if self._guests.anybody or request.url.path.startswith(_OPEN_PATHS):
            return None
        name = self._guests.name(request.cookies.get(COOKIE, ""))
        if name is None:
            wants_page = "text/html" in request.headers.get("accept", "")
            if request.method == "GET" and wants_page:
                return RedirectResponse("/login", 303)
            return _refused("come in by the link that `hoofbeat review` printed", status=401)
        request.state.guest = name
        return None


def _strange(headers: Headers) -> str | None:
    """Why a request did not simply come from this machine."""
    try:
        name = urlsplit(f"//{headers.get('host', '')}").hostname
    except ValueError:
        name = None
    if name not in _OWN_NAMES:
        return "this page answers to localhost alone"
    if any(header in headers for header in _PROXIED):
        return "behind a proxy this page needs a token: set HOOFBEAT_REVIEW_TOKEN"
    return None


def _foreign(headers: Headers) -> str | None:
    """Why a request that changes something did not come from a page of ours."""
    site = headers.get("sec-fetch-site")
    origin = headers.get("origin")
    if site not in (None, "same-origin"):
        return "this came from another site"
    if origin is not None and urlsplit(origin).netloc != headers.get("host"):
        return "this came from another site"
    if OURS not in headers:
        return f"a change carries the header {OURS}"
    if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return "a change is JSON"
    return None


def _refused(why: str, *, status: int = 403) -> Response:
    return JSONResponse({"error": why}, status)


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            headers.setdefault("cache-control", "no-store")
        await send(message)

    return sending
