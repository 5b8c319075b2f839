"""Takes, verdicts and films in the vault: what is found there is not made again.

A part of a take counts as made when its record is there (preview.json, render.json): records are
written last and never rewritten, so whatever a killed run left behind is simply made again. The
catalog is told of everything on the way, and is never asked whether something exists.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from flows.manifest import Manifest
from flows.settings import Settings
from review import Verdict
from storage import (
    Catalog,
    FolderStore,
    Store,
    manifest_key,
    open_catalog,
    open_store,
    production_prefix,
    take_key_prefix,
)
from storyboard.document import Document
from storyboard.request import MediaFile, Take

T = TypeVar("T", bound=Document)

_PREVIEW, _RENDER, _VERDICT = "preview.json", "render.json", "verdict.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """The store and its index."""

    store: Store
    catalog: Catalog


@contextmanager
def open_vault(location: str, settings: Settings) -> Iterator[Vault]:
    """The vault at that place, checked for writing; its catalog is refilled if it was lost.

    A folder keeps its catalog inside; that of a bucket lies on this machine. StoreError says what
    is wrong.
    """
    store = open_store(location)
    store.check()
    with open_catalog(_catalog_place(store, settings)) as catalog:
        if catalog.fresh:
            catalog.rebuild(store)
        yield Vault(store=store, catalog=catalog)


def _catalog_place(store: Store, settings: Settings) -> Path:
    if isinstance(store, FolderStore):
        place = store.root / ".hoofbeat" / "catalog.sqlite"
        place.parent.mkdir(exist_ok=True)
        return place
    name = hashlib.sha256(store.url.encode()).hexdigest()[:16]
    folder = settings.home / "catalogs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.sqlite"


def find_take(vault: Vault, key: str) -> Take | None:
    """The take of that key as far as it has been made: rendered, previewed or None."""
    for record in (_RENDER, _PREVIEW):
        found = read_document(vault, f"{take_key_prefix(key)}{record}", Take)
        if found is not None:
            return found
    return None


def keep_preview(vault: Vault, take: Take, folder: Path) -> None:
    """Put a preview into the vault: its files, then its record."""
    _keep(vault, take, take.files, folder, _PREVIEW)


def keep_render(vault: Vault, take: Take, folder: Path) -> None:
    """Put a render into the vault beside its preview: its file, then its record."""
    _keep(vault, take, (f for f in take.files if f.name == "render.mp4"), folder, _RENDER)


def bring_preview(vault: Vault, take: Take, folder: Path) -> None:
    """Lay a take's preview files into `folder`, as an engine expects them for the render."""
    for file in take.files:
        if file.name != "render.mp4":
            bring(vault, take, file.name, folder / file.name)


def bring(vault: Vault, take: Take, name: str, path: Path) -> Path:
    """Lay one file of a take at `path`, its digest checked, unless it lies there already."""
    if not path.exists():
        file = next(file for file in take.files if file.name == name)
        key = f"{take_key_prefix(take.key)}{name}"
        vault.store.fetch(key, path, sha256=file.sha256)
    return path


def find_verdict(vault: Vault, key: str) -> Verdict | None:
    return read_document(vault, f"{take_key_prefix(key)}{_VERDICT}", Verdict)


def keep_verdict(vault: Vault, verdict: Verdict) -> None:
    vault.store.put(f"{take_key_prefix(verdict.take)}{_VERDICT}", as_bytes(verdict))
    vault.catalog.record_verdict(verdict.model_dump(mode="json"))


def keep_production(vault: Vault, record: Mapping[str, Any]) -> None:
    """Write down what a run is about: {"slug", "version", "status", "takes", ...}."""
    key = f"{production_prefix(record['slug'], record['version'])}production.json"
    vault.store.put(key, json.dumps(record, ensure_ascii=False, indent=1).encode())
    vault.catalog.record_production(record)


def keep_manifest(vault: Vault, manifest: Manifest) -> None:
    """Commit a film whose files lie in the vault."""
    film = (manifest.slug, manifest.version, manifest.language, manifest.aspect)
    vault.store.put(manifest_key(*film), as_bytes(manifest))
    vault.catalog.record_deliverable(manifest.model_dump(mode="json"))


def read_document(vault: Vault, key: str, kind: type[T]) -> T | None:
    """The document under that key, or None where there is none."""
    if vault.store.head(key) is None:
        return None
    return kind.model_validate_json(vault.store.read(key))


def as_bytes(document: Document) -> bytes:
    return document.model_dump_json(indent=1).encode()


def _keep(vault: Vault, take: Take, files: Iterable[MediaFile], folder: Path, record: str) -> None:
    prefix = take_key_prefix(take.key)
    for file in files:
        vault.store.put(f"{prefix}{file.name}", folder / file.name, media_type=file.media_type)
    vault.store.put_new(f"{prefix}{record}", as_bytes(take))
    vault.catalog.record_take(take.model_dump(mode="json"))
