"""The vault in a folder: a local disk, or a share every machine of a studio mounts.

Bytes are written to a hidden file in the same folder, flushed to the disk and renamed, so a name
never stands for half an asset. Below the root no symbolic link is followed.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import time
from collections.abc import Iterator
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
        with _explained(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            temporary, _, _ = write_unfinished(self.root, b"hoofbeat")
            temporary.unlink()

    def put(self, key: str, source: Path | bytes, *, media_type: str | None = None) -> Asset:
        target = self._path(key)
        with _opened(source) as stream, _explained(target):
            temporary, sha256, size = _write_beside(target, stream)
            with _removed_on_failure(temporary):
                temporary.replace(target)
            _flush_folder(target.parent)
        return Asset(key=key, sha256=sha256, size=size, media_type=media_type or media_type_of(key))

    def put_new(self, key: str, source: Path | bytes, *, media_type: str | None = None) -> bool:
        del media_type  # a folder knows it by the suffix alone
        target = self._path(key)
        if target.exists():
            return False
        with _opened(source) as stream, _explained(target):
            temporary, _, _ = _write_beside(target, stream)
            try:
                # A hard link, unlike a rename, fails when the name is taken.
                os.link(temporary, target)
            except FileExistsError:
                return False
            finally:
                temporary.unlink(missing_ok=True)
            _flush_folder(target.parent)
        return True

    def read(self, key: str) -> bytes:
        path = self._existing(key)
        with _explained(path):
            return path.read_bytes()

    def fetch(self, key: str, path: Path, *, sha256: str | None = None) -> Path:
        source = self._existing(key)
        with _explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with source.open("rb") as stream:
                temporary, found, _ = write_unfinished(path.parent, stream)
            with _removed_on_failure(temporary):
                check_digest(key, self.url, wanted=sha256, found=found)
                temporary.replace(path)
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


def write_unfinished(folder: Path, source: bytes | BinaryIO) -> tuple[Path, str, int]:
    """A hidden file in `folder` with the bytes safely on the disk; its path, sha256 and size."""
    temporary = folder / f".{secrets.token_hex(8)}{_UNFINISHED}"
    digest, size = hashlib.sha256(), 0
    with _removed_on_failure(temporary), temporary.open("xb") as sink:
        for block in _blocks(source):
            digest.update(block)
            size += sink.write(block)
        sink.flush()
        os.fsync(sink.fileno())
    return temporary, digest.hexdigest(), size


def _write_beside(target: Path, source: bytes | BinaryIO) -> tuple[Path, str, int]:
    target.parent.mkdir(parents=True, exist_ok=True)
    return write_unfinished(target.parent, source)


def _blocks(source: bytes | BinaryIO) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    while block := source.read(BLOCK):
        yield block


@contextlib.contextmanager
def _opened(source: Path | bytes) -> Iterator[bytes | BinaryIO]:
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb") as stream:
        yield stream


@contextlib.contextmanager
def _removed_on_failure(temporary: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


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
