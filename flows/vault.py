"""Takes, verdicts and films in the vault: what is found there is not made again.

A part of a take counts as made when its record is there (preview.json, render.json): records are
written last and never rewritten, so whatever a killed run left behind is simply made again. The
catalog is told of everything on the way, and is never asked whether something exists.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from flows.errors import TakeLost
from flows.manifest import Manifest
from flows.money.amounts import Amount
from flows.settings import Settings
from review import Choice, Verdict
from storage import (
    AssetMissing,
    Catalog,
    DigestMismatch,
    Store,
    manifest_key,
    open_catalog,
    open_store,
    production_prefix,
    take_key_prefix,
)
from storyboard.document import Document
from storyboard.request import MediaFile, Take

_log = logging.getLogger(__name__)

T = TypeVar("T", bound=Document)

_PREVIEW, _RENDER, VERDICT = "preview.json", "render.json", "verdict.json"
_CHOICE = "choice.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """The store and its index."""

    store: Store
    catalog: Catalog


@contextmanager
def open_vault(location: str, settings: Settings, *, writing: bool = True) -> Iterator[Vault]:
    """The vault at that place, with this machine's catalog of it. Who reads the catalog rebuilds
    it first (`flows.command_line.standing`), so nothing is read here that is never asked for.

    The catalog lies on this machine: SQLite on a shared disk or in a bucket would not last. To
    look only (`writing` false) nothing is probed or made in the vault. StoreError says what is
    wrong.
    """
    store = open_store(location)
    if writing:
        store.check()
    with open_catalog(_catalog_place(store, settings)) as catalog:
        yield Vault(store=store, catalog=catalog)


def _catalog_place(store: Store, settings: Settings) -> Path:
    name = hashlib.sha256(store.url.encode()).hexdigest()[:16]
    folder = settings.home / "catalogs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.sqlite"


def find_take(vault: Vault, key: str) -> Take | None:
    """The take of that key as far as it has been made: rendered, previewed or None.

    A record whose files are not all there, or that cannot be read, stands for nothing.
    """
    for record in (_RENDER, _PREVIEW):
        found = _whole(vault, key, record)
        if found is not None:
            return found
    return None


def _whole(vault: Vault, key: str, record: str) -> Take | None:
    prefix = take_key_prefix(key)
    take = read_document(vault, f"{prefix}{record}", Take)
    if take is None:
        return None
    there = {file.name: vault.store.head(f"{prefix}{file.name}") for file in take.files}
    sizes = {name: asset.size for name, asset in there.items() if asset is not None}
    return take if all(sizes.get(file.name) == file.size for file in take.files) else None


def keep_preview(vault: Vault, take: Take, folder: Path) -> Take:
    """Put a preview into the vault: its files, then its record. Gives the take that is kept."""
    return _keep(vault, take, take.files, folder, _PREVIEW)


def keep_render(vault: Vault, take: Take, folder: Path) -> Take:
    """Put a render into the vault beside its preview: its file, then its record. Gives the take
    that is kept."""
    files = [file for file in take.files if file.name == "render.mp4"]
    return _keep(vault, take, files, folder, _RENDER)


def keep_drawn(vault: Vault, take: Take, folder: Path) -> Take:
    """Put a take into the vault that has no preview: all its files, then its record."""
    return _keep(vault, take, take.files, folder, _RENDER)


def bring_preview(vault: Vault, take: Take, folder: Path) -> None:
    """Lay a take's preview files into `folder`, as an engine expects them for the render."""
    for file in take.files:
        if file.name != "render.mp4":
            bring(vault, take, file.name, folder / file.name)


def bring(vault: Vault, take: Take, name: str, path: Path) -> Path:
    """Lay one file of a take at `path`, its digest checked, unless it lies there already.

    TakeLost where it is missing or damaged: its records are taken away, so that the next run
    makes it again.
    """
    if path.exists():
        return path
    prefix = take_key_prefix(take.key)
    file = next(file for file in take.files if file.name == name)
    try:
        return vault.store.fetch(f"{prefix}{name}", path, sha256=file.sha256)
    except (AssetMissing, DigestMismatch) as error:
        for record in (_RENDER,) if name == "render.mp4" else (_RENDER, _PREVIEW):
            vault.store.delete(f"{prefix}{record}")
        raise TakeLost(
            f"{name} of take {take.key[:12]} was missing or damaged in the vault; "
            "run again to have it made anew"
        ) from error


def find_verdict(vault: Vault, key: str) -> Verdict | None:
    return read_document(vault, f"{take_key_prefix(key)}{VERDICT}", Verdict)


def keep_verdict(vault: Vault, verdict: Verdict) -> None:
    vault.store.put(f"{take_key_prefix(verdict.take)}{VERDICT}", as_bytes(verdict))
    vault.catalog.record_verdict(verdict.model_dump(mode="json"))


def find_choice(vault: Vault, job: str) -> Choice | None:
    """What the gate chose for the shot whose first attempt has that key."""
    return read_document(vault, f"{take_key_prefix(job)}{_CHOICE}", Choice)


def keep_choice(vault: Vault, choice: Choice) -> None:
    """Beside the take of the first attempt; one that says the same but for its date is left."""
    known = find_choice(vault, choice.job)
    if known is None or known.model_copy(update={"at": choice.at}) != choice:
        vault.store.put(f"{take_key_prefix(choice.job)}{_CHOICE}", as_bytes(choice))


def keep_production(vault: Vault, record: Mapping[str, Any]) -> None:
    """Write down what a run is about: {"slug", "version", "status", "takes", ...}."""
    key = f"{production_prefix(record['slug'], record['version'])}production.json"
    vault.store.put(key, json.dumps(record, ensure_ascii=False, indent=1).encode())
    vault.catalog.record_production(record)


def spent_before(vault: Vault, slug: str, version: str) -> Amount:
    """By earlier runs of that production, as its record says; nothing where there is none."""
    try:
        record = json.loads(vault.store.read(f"{production_prefix(slug, version)}production.json"))
        return Amount.model_validate(record.get("spent") or {})
    except (AssetMissing, ValueError):
        return Amount()


def keep_manifest(vault: Vault, manifest: Manifest) -> None:
    """Commit a film whose files lie in the vault."""
    film = (manifest.slug, manifest.version, manifest.language, manifest.aspect)
    vault.store.put_new(manifest_key(*film), as_bytes(manifest))
    vault.catalog.record_deliverable(manifest.model_dump(mode="json"))


def read_document(vault: Vault, key: str, kind: type[T]) -> T | None:
    """The document under that key, or None where there is none or none that this version reads."""
    if vault.store.head(key) is None:
        return None
    try:
        return kind.model_validate_json(vault.store.read(key))
    except (ValidationError, AssetMissing) as error:
        _log.warning("passed over %s, which cannot be read: %s", key, str(error).splitlines()[0])
        return None


def as_bytes(document: Document) -> bytes:
    return document.model_dump_json(indent=1).encode()


def _keep(vault: Vault, take: Take, files: Iterable[MediaFile], folder: Path, record: str) -> Take:
    """Files, then record. Where another run was first, its record and files are left alone."""
    known = _whole(vault, take.key, record)
    if known is not None:
        return known
    prefix = take_key_prefix(take.key)
    vault.store.delete(f"{prefix}{record}")  # one that names what is not there
    for file in files:
        vault.store.put(f"{prefix}{file.name}", folder / file.name, media_type=file.media_type)
    if not vault.store.put_new(f"{prefix}{record}", as_bytes(take)):
        take = _whole(vault, take.key, record) or take
    vault.catalog.record_take(take.model_dump(mode="json"))
    return take
