"""The vault in a folder: a local disk, or a share every machine of a studio mounts.

Bytes are written to a hidden file in the same folder, flushed to the disk and renamed, so a name
never stands for half an asset. Below the root no symbolic link is followed.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import os
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NoReturn

from storage.errors import (
    AssetMissing,
    DigestMismatch,
    KeyRefused,
    LocationRefused,
    StoreDenied,
    StoreError,
    StoreFull,
    StoreUnreachable,
)
from storage.keys import check_key, check_prefix
from storage.store import Asset, media_type_of

BLOCK = 1 << 20
_UNFINISHED = ".part"


class FolderStore:
    """A `Store` under `root`, which is made when missing."""

    def __init__(self, root: Path) -> None:
        self.root = Path(os.path.realpath(root.expanduser()))

    @property
    def url(self) -> str:
        return self.root.as_uri()

    def check(self) -> None:
        for place in (self.root, *self.root.parents):
            if place.is_file():
                raise LocationRefused(f"{place} is a file; a vault needs a folder.")
        with placed_whole(self.root / ".hoofbeat-check") as sink:
            sink.write(b"hoofbeat")
        with _explained(self.root):
            (self.root / ".hoofbeat-check").unlink(missing_ok=True)

    def put(self, key: str, source: Path | bytes, *, media_type: str | None = None) -> Asset:
        target, digest = self._path(key), hashlib.sha256()
        with opened(source) as stream, placed_whole(target) as sink:
            size = _copy(stream, sink, digest)
        return Asset(
            key=key,
            sha256=digest.hexdigest(),
            size=size,
            media_type=media_type or media_type_of(key),
        )

    def put_new(self, key: str, source: Path | bytes, *, media_type: str | None = None) -> bool:
        del media_type  # a folder knows it by the suffix alone
        target = self._path(key)
        if target.is_file():
            return False
        try:
            with opened(source) as stream, placed_whole(target, place=_place_new) as sink:
                _copy(stream, sink, hashlib.sha256())
        except _NameTaken:
            return False
        return True

    def read(self, key: str) -> bytes:
        path = self._existing(key)
        with _explained(path):
            return path.read_bytes()

    def fetch(self, key: str, path: Path, *, sha256: str | None = None) -> Path:
        source = self._existing(key)
        digest = hashlib.sha256()
        with placed_whole(path) as sink, source.open("rb") as stream:
            _copy(stream, sink, digest)
            check_digest(key, self.url, wanted=sha256, found=digest.hexdigest())
        return path

    def head(self, key: str) -> Asset | None:
        path = self._path(key)
        with _explained(path):
            if not path.is_file():
                return None
            size = path.stat().st_size
        return Asset(key=key, sha256=None, size=size, media_type=media_type_of(key))

    def keys(self, prefix: str = "") -> Iterator[str]:
        folder = check_prefix(prefix).rpartition("/")[0]
        start = self._path(folder) if folder else self.root
        with _explained(start):
            yield from _walk(start, f"{folder}/" if folder else "", prefix)

    def delete(self, key: str) -> None:
        path = self._path(key)
        with _explained(path):
            path.unlink(missing_ok=True)

    def link(self, key: str, *, seconds: int, download_name: str | None = None) -> str:
        del seconds, download_name  # a file URL can hold neither
        return self._path(key).as_uri()

    def sweep(self, *, older_s: float = 86400.0) -> int:
        before = time.time() - older_s
        removed = 0
        with _explained(self.root):
            for folder, _, names in os.walk(self.root):
                for name in names:
                    path = Path(folder, name)
                    if _is_unfinished(name) and path.lstat().st_mtime <= before:
                        path.unlink(missing_ok=True)
                        removed += 1
        return removed

    def _path(self, key: str) -> Path:
        path = self.root.joinpath(*check_key(key).split("/"))
        if os.path.normcase(os.path.realpath(path)) != os.path.normcase(path):
            raise KeyRefused(
                f"{path} is, or lies behind, a symbolic link; a vault follows none below its root."
            )
        return path

    def _existing(self, key: str) -> Path:
        path = self._path(key)
        with _explained(path):
            if not path.is_file():
                raise AssetMissing(f"There is no {key} in {self.url}.")
        return path


def check_digest(key: str, url: str, *, wanted: str | None, found: str) -> None:
    if wanted is not None and wanted.lower() != found:
        raise DigestMismatch(
            f"{key} in {url} is damaged: its sha256 is {found[:12]}..., not "
            f"{wanted[:12].lower()}...; delete it and run again to have it made anew."
        )


@contextlib.contextmanager
def placed_whole(
    path: Path, *, place: Callable[[Path, Path], object] = Path.replace
) -> Iterator[BinaryIO]:
    """A file to write that becomes `path` at the end, or leaves no trace when anything fails.

    `place` gives the finished file its name. Missing folders are made. StoreError when the disk or
    its permissions do not allow it.
    """
    temporary = path.with_name(f".{secrets.token_hex(8)}{_UNFINISHED}")
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as sink:
                yield sink
                sink.flush()
                os.fsync(sink.fileno())
            place(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
        _flush_folder(path.parent)


class _NameTaken(Exception):
    pass


def _place_new(temporary: Path, path: Path) -> None:
    """A hard link, unlike a rename, fails when the name is taken."""
    try:
        path.hardlink_to(temporary)
    except FileExistsError as error:
        raise _NameTaken from error


def _copy(source: BinaryIO, sink: BinaryIO, digest: hashlib._Hash) -> int:
    size = 0
    while block := source.read(BLOCK):
        digest.update(block)
        size += sink.write(block)
    return size


def opened(source: Path | bytes) -> io.BytesIO | io.BufferedReader:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _is_unfinished(name: str) -> bool:
    return name.startswith(".") and name.endswith(_UNFINISHED)


def _walk(folder: Path, above: str, prefix: str) -> Iterator[str]:
    """Keys below `folder`, whose own key is `above`, in the order a bucket lists them."""
    try:
        entries = [entry for entry in os.scandir(folder) if not entry.is_symlink()]
    except (FileNotFoundError, NotADirectoryError):
        return
    # A folder sorts as "name/": "a-b" before "a/b", as whole keys do.
    entries.sort(key=lambda entry: entry.name + "/" if entry.is_dir() else entry.name)
    for entry in entries:
        key = above + entry.name
        if not (key.startswith(prefix) or prefix.startswith(f"{key}/")) or not _is_key(key):
            continue
        if entry.is_dir():
            yield from _walk(Path(entry.path), f"{key}/", prefix)
        else:
            yield key


def _is_key(key: str) -> bool:
    """Whether this name is one of ours; files laid beside them by others are not."""
    try:
        check_key(key)
    except KeyRefused:
        return False
    return True


def _flush_folder(folder: Path) -> None:
    """Make a rename survive a power cut; Windows cannot open folders and needs no flush."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        _explain(error, path)


def _explain(error: OSError, path: Path) -> NoReturn:
    """Say what the operating system's refusal means for a person."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            raise StoreFull(
                f"The disk that holds {path.parent} has no room left for {path.name}: "
                "free some, or name another place with --store."
            ) from error
        case errno.EACCES | errno.EPERM | errno.EROFS:
            raise StoreDenied(
                f"{error.filename or path} cannot be read or written by this user "
                f"({error.strerror}): change its permissions, or name another folder with --store."
            ) from error
        case errno.EOPNOTSUPP | errno.ENOSYS:
            raise StoreDenied(
                f"The file system of {path.parent} has no hard links, which a vault needs: "
                "name a folder on another disk with --store."
            ) from error
        case errno.EEXIST | errno.ENOTDIR | errno.EISDIR | errno.ENOTEMPTY | errno.ENAMETOOLONG:
            raise KeyRefused(
                f"{path} cannot be a file: a file stands where a folder is needed, or the reverse "
                f"({error.strerror})."
            ) from error
        case errno.ESTALE | errno.ETIMEDOUT | errno.ENOTCONN | errno.EHOSTDOWN:
            raise StoreUnreachable(
                f"The share that holds {path} does not answer ({error.strerror})."
            ) from error
        case _:
            raise StoreError(f"{path}: {error.strerror or error}.") from error
