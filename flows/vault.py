"""Takes and verdicts in the vault: what is found there is not made again.

A part of a take counts as made when its record is there (preview.json, render.json): records are
written last and never rewritten, so whatever a killed run left behind is simply made again.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from review import Verdict
from storage import Store, take_key_prefix
from storyboard.document import Document
from storyboard.request import MediaFile, Take

T = TypeVar("T", bound=Document)

_PREVIEW, _RENDER, _VERDICT = "preview.json", "render.json", "verdict.json"


def find_take(store: Store, key: str) -> Take | None:
    """The take of that key as far as it has been made: rendered, previewed or None."""
    for record in (_RENDER, _PREVIEW):
        found = _read(store, f"{take_key_prefix(key)}{record}", Take)
        if found is not None:
            return found
    return None


def keep_preview(store: Store, take: Take, folder: Path) -> None:
    """Put a preview into the vault: its files, then its record."""
    _keep(store, take, take.files, folder, _PREVIEW)


def keep_render(store: Store, take: Take, folder: Path) -> None:
    """Put a render into the vault beside its preview: its file, then its record."""
    _keep(store, take, (f for f in take.files if f.name == "render.mp4"), folder, _RENDER)


def bring_preview(store: Store, take: Take, folder: Path) -> None:
    """Lay a take's preview files into `folder`, as an engine expects them for the render."""
    for file in take.files:
        if file.name != "render.mp4":
            bring(store, take.key, file, folder / file.name)


def bring(store: Store, key: str, file: MediaFile, path: Path) -> Path:
    """Lay one file of a take at `path`, its digest checked."""
    return store.fetch(f"{take_key_prefix(key)}{file.name}", path, sha256=file.sha256)


def find_verdict(store: Store, key: str) -> Verdict | None:
    return _read(store, f"{take_key_prefix(key)}{_VERDICT}", Verdict)


def keep_verdict(store: Store, verdict: Verdict) -> None:
    store.put(f"{take_key_prefix(verdict.take)}{_VERDICT}", _bytes(verdict))


def _keep(
    store: Store, take: Take, files: Iterable[MediaFile], folder: Path, record: str
) -> None:
    prefix = take_key_prefix(take.key)
    for file in files:
        store.put(f"{prefix}{file.name}", folder / file.name, media_type=file.media_type)
    store.put_new(f"{prefix}{record}", _bytes(take))


def _read(store: Store, key: str, kind: type[T]) -> T | None:
    if store.head(key) is None:
        return None
    return kind.model_validate_json(store.read(key))


def _bytes(document: Document) -> bytes:
    return document.model_dump_json(indent=1).encode()
