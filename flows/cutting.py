"""The cutting room: takes become a film, the film a deliverable with its manifest."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from flows import vault
from flows.manifest import Manifest, ManifestLine, ManifestShot
from flows.prepare import Cut, Production
from flows.progress import tell
from flows.shots import Chosen
from flows.studio import Studio
from media import label_of, master, measure_loudness, stitch, write_srt, write_vtt
from storage import Store, deliverable_key, deliverable_prefix, manifest_key
from storyboard import Timeline, cut, starts, to_otio
from storyboard.cues import CueSheet, CueShot
from storyboard.request import MediaFile


def name(film: Cut) -> str:
    """A film as people call it: "ja-JP 9:16"."""
    return " ".join(film)


def find_manifests(studio: Studio, production: Production) -> dict[Cut, Manifest]:
    """The films of this very production that the vault has whole."""
    found: dict[Cut, Manifest] = {}
    for film in production.cuts:
        manifest = find_manifest(studio.store, production.board.slug, production.version, film)
        if manifest is not None:
            found[film] = manifest
    return found


def find_manifest(store: Store, slug: str, version: str, film: Cut) -> Manifest | None:
    """A film's manifest, if it is there and every file it names still lies beside it."""
    key = manifest_key(slug, version, *film)
    if store.head(key) is None:
        return None
    manifest = Manifest.model_validate_json(store.read(key))
    folder = deliverable_prefix(slug, version, *film)
    sizes = {file.name: store.head(f"{folder}{file.name}") for file in manifest.files}
    whole = all((asset := sizes[f.name]) and asset.size == f.size for f in manifest.files)
    return manifest if whole else None


def finish(
    studio: Studio, production: Production, film: Cut, kept: Mapping[str, Chosen]
) -> Manifest:
    """Cut, stitch, master and deliver one film; its manifest is written last."""
    language, aspect = film
    chosen = {
        shot.id: kept[production.parts[film, shot.id]]
        for shot in production.sheets[language].shots
        if production.parts[film, shot.id] in kept
    }
    sheet = _without(production.sheets[language], chosen)
    takes = {shot: each.take for shot, each in chosen.items()}
    size = production.capabilities.aspects[aspect][1]
    timeline = cut(production.board, sheet, takes, aspect, size)
    folder = studio.scratch / "-".join(("cut", language, aspect.replace(":", "x")))
    folder.mkdir(parents=True)
    files = _write_files(studio, production, timeline, chosen, folder)
    manifest = _manifest(studio, production, timeline, sheet, chosen, files)
    _deliver(studio, manifest, files)
    shutil.rmtree(folder)
    tell("stitch", "made", name(film))
    return manifest
