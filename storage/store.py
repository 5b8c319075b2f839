"""The door of the vault: one contract, kept by a folder and by S3 alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

LONGEST_LINK_S = 7 * 24 * 3600
"""Signature version 4 allows no longer life."""

_MEDIA_TYPES = {
    ".mp4": "video/mp4",
    ".wav": "audio/wav",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".json": "application/json",
    ".yaml": "application/yaml",
    ".otio": "application/json",
    ".srt": "application/x-subrip",
    ".vtt": "text/vtt",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css",
    ".js": "text/javascript",
    ".csv": "text/csv; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".safetensors": "application/octet-stream",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """Bytes with a name."""

    key: str
    sha256: str | None
    """In hex; None where the store would have to read everything to know."""
    size: int
    media_type: str


class Store(Protocol):
    """Bytes under keys. Safe in many threads, and between processes and machines.

    Keys follow `storage.keys.check_key`; others raise KeyRefused before anything is touched. A key
    is either an asset or the folder of others, not both. Every other failure is a StoreError too;
    a source or target file of the caller's own that is not there stays a FileNotFoundError.
    """

    @property
    def url(self) -> str:
        """Where this is, without secrets; `open_store(url)` opens the same store."""

    def check(self) -> None:
        """Write, list and delete once; a StoreError says in one sentence why that can't be done.

        Quick also when nobody answers (seconds), so it belongs in front of every long piece of
        work.
        """

    def put(self, key: str, source: Path | bytes, *, media_type: str | None = None) -> Asset:
        """Keep the bytes under the key, in place of what was there.

        Whole or not at all: a reader sees the old bytes or the new ones, also when this process
        or the server dies in the middle. The media type is told by the suffix unless given.
        """

    def put_new(self, key: str, source: Path | bytes, *, media_type: str | None = None) -> bool:
        """Put only where nothing is yet; False when there is something, which stays untouched.

        Of any number of callers at the same time exactly one gets True. This is how a part of a
        take or a production is committed: its files first, the file that names them last.
        """

    def read(self, key: str) -> bytes:
        """The bytes, checked where their digest is known; AssetMissing when there are none."""

    def fetch(self, key: str, path: Path, *, sha256: str | None = None) -> Path:
        """Copy the asset to `path`, whole or not at all, and return `path`.

        Missing folders are made. DigestMismatch when the bytes are not those of `sha256` or of
        the digest the store itself knows; `path` is then left as it was.
        """

    def head(self, key: str) -> Asset | None:
        """What lies under the key, without reading it; None when nothing does."""

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Every key that begins with the text `prefix`, in the order of their characters."""

    def delete(self, key: str) -> None:
        """Take the asset away; nothing happens when there is none."""

    def link(self, key: str, *, seconds: int, download_name: str | None = None) -> str:
        """A URL that a browser opens, for so many seconds (at most seven days) where that can be
        limited; saved under `download_name` when given. Whether the asset exists is not looked at.
        """

    def sweep(self, *, older_s: float = 86400.0) -> int:
        """Remove what killed writers left unfinished that long ago; how many leftovers there were.

        Nothing of it was ever visible as an asset. Walks the whole vault: not for every run.
        """


def media_type_of(key: str) -> str:
    """The media type told by the suffix."""
    return _MEDIA_TYPES.get(PurePosixPath(key).suffix.lower(), "application/octet-stream")
