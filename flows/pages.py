"""What people look at when a run is over: the result page in the vault, the report in Prefect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby

from flows import vault
from flows.cutting import find_manifest
from flows.manifest import Manifest, ManifestLine, ManifestShot
from flows.prepare import Cut, Production
from flows.studio import Studio
from flows.vault import Vault
from review import (
    PageCut,
    PageFile,
    PageLine,
    PageScene,
    PageShot,
    ProductionPage,
    contact_sheet,
    render_page,
)
from storage import aspect_part, production_prefix, take_key_prefix
from storyboard import Storyboard, write_yaml
from storyboard.languages import language

_LABELS = {
    ".mp4": "Film",
    ".srt": "Captions, SubRip",
    ".vtt": "Captions, WebVTT",
    ".otio": "Timeline, OpenTimelineIO",
}


def publish(studio: Studio, production: Production) -> str | None:
    """Write the storyboard and the page of every film of this production that the vault has.

    Films of other languages and aspects made by earlier runs are on it too. Gives the page's URL,
    or None where there is no film yet to show.
    """
    board, store = production.board, studio.vault.store
    folder = production_prefix(board.slug, production.version)
    store.put(f"{folder}storyboard.yaml", write_yaml(board).encode())
    manifests = tuple(_manifests(studio.vault, board.slug, production.version))
    if not manifests:
        return None
    for take in {shot.take for manifest in manifests for shot in manifest.shots}:
        _put_poster(studio.vault, folder, take)
    sheet = studio.scratch / "contact-sheet.jpg"
    contact_sheet(_posters(studio.vault, manifests), sheet)
    store.put(f"{folder}{sheet.name}", sheet)
    page = render_page(_page(studio.vault, board, manifests))
    store.put(f"{folder}index.html", page.encode())
    place = store.url.partition("?")[0]
    return f"{place.rstrip('/')}/{folder}index.html"


def report(
    production: Production,
    delivered: Mapping[Cut, Manifest],
    missing: Mapping[Cut, str],
    waiting: Mapping[Cut, str],
) -> str:
    """The run in Markdown, for Prefect's page."""
    rows = [
        f"# {production.board.title}",
        "",
        "| Film | Length | Loudness |",
        "| --- | --- | --- |",
    ]
    for film, manifest in delivered.items():
        loudness = manifest.loudness_lufs
        heard = "silent" if loudness is None else f"{loudness:.1f} LUFS"
        rows.append(f"| {' '.join(film)} | {float(manifest.seconds):.1f} s | {heard} |")
    rows += [f"\n- **missing** {' '.join(film)}: {why}" for film, why in missing.items()]
    rows += [f"\n- **waiting** {' '.join(film)}: {shots}" for film, shots in waiting.items()]
    return "\n".join(rows)


def _manifests(kept: Vault, slug: str, version: str) -> Iterator[Manifest]:
    for key in kept.store.keys(production_prefix(slug, version)):
        if key.endswith("/manifest.json"):
            manifest = Manifest.model_validate_json(kept.store.read(key))
            if find_manifest(kept, slug, version, (manifest.language, manifest.aspect)):
                yield manifest


def _posters(kept: Vault, manifests: Iterable[Manifest]) -> list[tuple[bytes, str]]:
    """The poster of every take once, named by shot and by the languages that use it."""
    names: dict[str, str] = {}
    for manifest in manifests:
        for shot in manifest.shots:
            known = names.get(shot.take)
            names[shot.take] = f"{known or shot.shot} {manifest.language}"
    folder = production_prefix(manifest.slug, manifest.version)
    return [(kept.store.read(f"{folder}{_poster(take)}"), name) for take, name in names.items()]


def _put_poster(kept: Vault, folder: str, take: str) -> None:
    if kept.store.head(key := f"{folder}{_poster(take)}") is None:
        kept.store.put(key, kept.store.read(f"{take_key_prefix(take)}poster.jpg"))


def _poster(take: str) -> str:
    return f"posters/{take}.jpg"


def _page(kept: Vault, board: Storyboard, manifests: tuple[Manifest, ...]) -> ProductionPage:
    newest = max(manifests, key=lambda manifest: manifest.created)
    takes = {shot.take: shot.engine_seconds for m in manifests for shot in m.shots}
    return ProductionPage(
        title=board.title,
        logline=board.logline,
        credits=board.credits,
        version=newest.version,
        engine=newest.engine,
        notice=newest.label,
        engine_seconds=sum(takes.values()),
        made=datetime.fromisoformat(newest.created),
        cuts=tuple(_cut(kept, board, manifest) for manifest in _in_order(board, manifests)),
    )


def _in_order(board: Storyboard, manifests: Iterable[Manifest]) -> list[Manifest]:
    """The script's own language first."""
    return sorted(manifests, key=lambda m: (m.language != board.language, m.language, m.aspect))


def _cut(kept: Vault, board: Storyboard, manifest: Manifest) -> PageCut:
    folder = f"{manifest.language}/{aspect_part(manifest.aspect)}"
    links = {file.name[file.name.rindex(".") :]: f"{folder}/{file.name}" for file in manifest.files}
    headings = {scene.id: scene.heading for scene in board.scenes}
    return PageCut(
        language=manifest.language,
        language_name=language(manifest.language).own_name,
        aspect=manifest.aspect,
        size=manifest.size,
        seconds=float(manifest.seconds),
        frame_rate=manifest.frame_rate,
        video=links[".mp4"],
        poster=_poster(manifest.shots[0].take),
        captions=manifest.captions,
        files=tuple(
            PageFile(label=_LABELS[end], href=f"{folder}/{file.name}", size=file.size)
            for file in manifest.files
            if (end := file.name[file.name.rindex(".") :]) in _LABELS
        ),
        scenes=tuple(
            PageScene(heading=headings[scene], shots=tuple(_shot(kept, shot) for shot in shots))
            for scene, shots in groupby(manifest.shots, key=lambda shot: shot.scene)
        ),
    )


def _shot(kept: Vault, shot: ManifestShot) -> PageShot:
    return PageShot(
        id=shot.shot,
        label=shot.shot.removeprefix(f"{shot.scene}-"),
        framing=shot.framing,
        action=shot.action,
        start=float(shot.start),
        seconds=float(shot.seconds),
        poster=_poster(shot.take),
        lines=tuple(_line(line) for line in shot.lines),
        verdict=vault.find_verdict(kept, shot.take),
        seed=shot.seed,
        tries=shot.tries,
        approved_by=shot.approved_by,
        notes=shot.notes,
    )


def _line(line: ManifestLine) -> PageLine:
    return PageLine(
        speaker=line.speaker,
        text=line.text,
        delivery=line.delivery,
        heard_only=line.heard_only,
        start=float(line.start),
        end=float(line.end),
    )
