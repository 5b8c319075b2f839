"""Bytes from an address somebody typed, fetched as if it meant us harm.

Only http and https; only public addresses, checked after the name is resolved, and the connection
goes to the very address that was checked; every redirect is checked again. Size and time are
capped. What came is kept by its content, and asked for again with the tag the server gave, so that
a picture that has not changed is not fetched twice, and one whose server is down for an hour is
still the picture it was.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote, urljoin

import httpcore

from storage.addresses import Checked, MayReach, host_header, is_public, shown
from storage.errors import AddressRefused, FetchFailed

LARGEST_BYTES = 32 * 1024**2
LONGEST_S = 30.0
"""For the whole of one fetch, redirects included."""
CONNECT_S = 8.0
MOST_REDIRECTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    path: Path
    """Where the content lies in the cache; its name is its sha256."""
    sha256: str
    stale: str = ""
    """Why it could not be asked for again, where this is what came the last time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is known of an address: the content that came last, and how to ask for a newer one."""

    sha256: str
    etag: str = ""
    modified: str = ""


class Downloads:
    """A cache of what addresses gave, in a folder of this machine."""

    def __init__(
        self,
        folder: Path,
        *,
        may_reach: MayReach = is_public,
        largest_bytes: int = LARGEST_BYTES,
        longest_s: float = LONGEST_S,
    ) -> None:
        self._folder = folder
        self._largest = largest_bytes
        self._longest = longest_s
        self._pool = httpcore.ConnectionPool(
            network_backend=Checked(may_reach), max_connections=8, keepalive_expiry=10
        )

    def close(self) -> None:
        self._pool.close()

    def fetch(self, url: str) -> Fetched:
        """The content of that address, from there or from the cache. FetchFailed says why not."""
        known = self._known(url)
        try:
            return self._asked(url, known)
        except AddressRefused:
            raise
        except FetchFailed as error:
            if known is None:
                raise
            return Fetched(path=self._content(known.sha256), sha256=known.sha256, stale=str(error))

    def _asked(self, url: str, known: _Known | None) -> Fetched:
        deadline = time.monotonic() + self._longest
        asked = url
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._once(asked, known, deadline)
            if isinstance(answer, _Known):
                self._remember(url, answer)
                return Fetched(path=self._content(answer.sha256), sha256=answer.sha256)
            asked = urljoin(asked, answer)
        raise FetchFailed(f"{shown(url)} leads on through more than {MOST_REDIRECTS} addresses")

    def _once(self, url: str, known: _Known | None, deadline: float) -> _Known | str:
        """One question: what there is, or where to ask instead."""
        url = quote(url, safe="%:/?#[]@!$&'()*+,;=~")
        headers = [
            ("Host", host_header(url)),
            ("Accept", "image/webp,image/png,image/jpeg"),
            ("User-Agent", "Hoofbeat (product pictures)"),
        ]
        if known is not None:
            headers += [("If-None-Match", known.etag)] if known.etag else []
            headers += [("If-Modified-Since", known.modified)] if known.modified else []
        timeout = {
            "connect": min(CONNECT_S, _left(deadline, url)),
            "read": _left(deadline, url),
            "write": CONNECT_S,
            "pool": _left(deadline, url),
        }
        ask = self._pool.stream("GET", url, headers=headers, extensions={"timeout": timeout})
        try:
            with ask as response:
                return self._read(url, response, known, deadline)
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            said = str(error) or type(error).__name__
            raise FetchFailed(f"{shown(url)} cannot be reached: {said}") from error

    def _read(
        self, url: str, response: httpcore.Response, known: _Known | None, deadline: float
    ) -> _Known | str:
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in response.headers
        }
        if response.status in (301, 302, 303, 307, 308) and headers.get("location"):
            return headers["location"]
        if response.status == 304 and known is not None:
            return known
        if response.status != 200:
            raise FetchFailed(f"{shown(url)} answers with status {response.status}")
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind and not kind.startswith("image/") and kind != "application/octet-stream":
            raise FetchFailed(f"{shown(url)} is {kind[:60]} and no picture")
        length = headers.get("content-length", "")
        if length.isdigit() and int(length) > self._largest:
            raise FetchFailed(self._too_large(url))
        sha256 = self._kept(url, response.iter_stream(), deadline)
        return _Known(
            sha256=sha256, etag=headers.get("etag", ""), modified=headers.get("last-modified", "")
        )

    def _kept(self, url: str, stream: Iterable[bytes], deadline: float) -> str:
        """Write what comes into the cache, under its sha256."""
        self._folder.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        handle, name = tempfile.mkstemp(prefix="part-", dir=self._folder)
        try:
            with os.fdopen(handle, "wb") as part:
                for piece in stream:
                    size += len(piece)
                    if size > self._largest:
                        raise FetchFailed(self._too_large(url))
                    _left(deadline, url)
                    digest.update(piece)
                    part.write(piece)
            if not size:
                raise FetchFailed(f"{shown(url)} is empty")
            Path(name).replace(self._content(digest.hexdigest()))
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return digest.hexdigest()

    def _too_large(self, url: str) -> str:
        return f"{shown(url)} is over {self._largest // 1024**2} MB"

    def _content(self, sha256: str) -> Path:
        return self._folder / sha256

    def _note(self, url: str) -> Path:
        return self._folder / f"{hashlib.sha256(url.encode()).hexdigest()}.json"

    def _known(self, url: str) -> _Known | None:
        """What came the last time, if it is still whole."""
        try:
            noted = json.loads(self._note(url).read_text(encoding="utf-8"))
            known = _Known(**noted)
            with self._content(known.sha256).open("rb") as content:
                whole = hashlib.file_digest(content, "sha256").hexdigest() == known.sha256
        except (OSError, ValueError, TypeError):
            return None
        return known if whole else None

    def _remember(self, url: str, known: _Known) -> None:
        part = self._note(url).with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(asdict(known)), encoding="utf-8")
        part.replace(self._note(url))


def _left(deadline: float, url: str) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise FetchFailed(f"{shown(url)} takes too long")
    return left
