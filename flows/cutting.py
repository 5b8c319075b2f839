"""The cutting room: takes become a film, the film a deliverable with its manifest."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path, PurePosixPath

from flows import cards, vault
from flows.dailies.decisions import Decided
from flows.manifest import Manifest, ManifestLine, ManifestShot
from flows.prepare import Cut, Job, Production
from flows.progress import tell
from flows.shots import Chosen, job_key
from flows.studio import Studio
from flows.vault import Vault
from media import Loudness, master, media_file, stitch, write_srt, write_vtt
from review import Ruling
from storage import (
    aspect_part,
    deliverable_key,
    deliverable_prefix,
    manifest_key,
    media_type_of,
    take_key_prefix,
)
from storyboard import cut, starts, to_otio
from storyboard.board import Storyboard, origin_of
from storyboard.cues import CueSheet, CueShot
from storyboard.request import Take, take_key
from storyboard.timeline import Timeline

_SUFFIXES = (".mp4", ".srt", ".vtt", ".otio")


def name(film: Cut) -> str:
    """A film as people call it: "ja-JP 9:16"."""
    return " ".join(film)


def find_manifests(studio: Studio, production: Production, decided: Decided) -> dict[Cut, Manifest]:
    """The films of this very production that the vault has whole and that are what people have
    decided by now."""
    found: dict[Cut, Manifest] = {}
    for film in production.cuts:
        manifest = find_manifest(studio.vault, production.board.slug, production.version, film)
        if manifest is not None and _as_decided(studio, production, film, manifest, decided):
            found[film] = manifest
    return found


def _as_decided(
    studio: Studio, production: Production, film: Cut, manifest: Manifest, decided: Decided
) -> bool:
    """Whether every shot of the film is a take of today's request that today's decisions allow."""
    takes = {shot.shot: shot for shot in manifest.shots}
    for shot in production.sheets[film[0]].shots:
        if shot.card:
            drawn = takes.pop(shot.id, None)
            if drawn is None or drawn.take != cards.key_of(production, film, shot):
                return False
            continue
        job = production.jobs[production.parts[film, shot.id]]
        ruling = decided.ruling(job_key(studio, production, job))
        used = takes.pop(shot.id, None)
        if used is None:
            # Left out, then and now; an approval since brings it back.
            if shot.id not in manifest.omitted or ruling.approved or ruling.retried:
                return False
        elif not _allowed(studio, production, job, used, ruling):
            return False
    return not takes


def _allowed(
    studio: Studio, production: Production, job: Job, used: ManifestShot, ruling: Ruling
) -> bool:
    fingerprint = studio.engine.fingerprint
    request = production.request(job, 0).model_copy(update={"seed": used.seed})
    if take_key(request, fingerprint) != used.take or ruling.rejected:
        return False
    if ruling.approved:
        return ruling.approved.take == used.take
    if used.approved_by and studio.policy.people != "never":
        return False  # taken back since
    passed_over = range(ruling.start)
    return used.seed not in {production.request(job, attempt).seed for attempt in passed_over}


def find_manifest(kept: Vault, slug: str, version: str, film: Cut) -> Manifest | None:
    """A film's manifest, if it is there and every file it names still lies beside it."""
    manifest = vault.read_document(kept, manifest_key(slug, version, *film), Manifest)
    if manifest is None:
        return None
    folder = deliverable_prefix(slug, version, *film)
    for file in manifest.files:
        asset = kept.store.head(f"{folder}{file.name}")
        if asset is None or asset.size != file.size:
            return None
    return manifest


def finish(
    studio: Studio, production: Production, film: Cut, kept: Mapping[str, Chosen]
) -> Manifest:
    """Cut, stitch, master and deliver one film; its manifest is written last.

    A shot without a chosen take was left out by the policy.
    """
    language, aspect = film
    whole = production.sheets[language]
    jobs = {shot.id: production.parts[film, shot.id] for shot in whole.shots if not shot.card}
    chosen = {shot: kept[job] for shot, job in jobs.items() if job in kept}
    chosen |= {
        shot.id: cards.drawn(studio, production, film, shot) for shot in whole.shots if shot.card
    }
    sheet = whole.model_copy(
        update={"shots": tuple(shot for shot in whole.shots if shot.id in chosen)}
    )
    takes = {shot: each.take for shot, each in chosen.items()}
    size = production.capabilities.aspects[aspect][1]
    timeline = cut(production.board, sheet, takes, aspect, size)
    slug, version = production.board.slug, production.version
    keys = {end: deliverable_key(slug, version, language, aspect, end) for end in _SUFFIXES}
    folder = studio.scratch / f"cut-{slug}-{version}-{language}-{aspect_part(aspect)}"
    folder.mkdir(parents=True)
    paths = {end: folder / PurePosixPath(key).name for end, key in keys.items()}
    studio.vault.store.delete(manifest_key(slug, version, language, aspect))  # of a film not whole
    loudness = _write_files(studio, timeline, takes.values(), paths)
    once = {take.key: sum(take.engine_seconds.values()) for take in takes.values()}
    seconds = sum(once.values())
    manifest = Manifest(
        slug=slug,
        version=version,
        title=production.board.title,
        language=language,
        aspect=aspect,
        engine=studio.engine.capabilities.engine,
        fingerprint=studio.engine.fingerprint,
        delivery=studio.delivery.name,
        gate=studio.policy.name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=timeline.seconds,
        frame_rate=timeline.frame_rate,
        size=size,
        loudness_lufs=None if loudness.silent else loudness.integrated_lufs,
        true_peak_dbtp=None if loudness.silent else loudness.true_peak_dbtp,
        label=label(studio),
        takes=tuple(dict.fromkeys(clip.take for clip in timeline.clips)),
        files=tuple(media_file(path, media_type_of(path.name)) for path in paths.values()),
        captions=timeline.captions,
        shots=tuple(_shots(production.board, sheet, timeline, chosen)),
        engine_seconds=round(seconds, 3),
        cost=studio.purse.rate.of(seconds) if studio.purse.rate else None,
        prices=studio.prices,
        omitted=tuple(shot for shot in jobs if shot not in chosen),
    )
    for end, key in keys.items():
        studio.vault.store.put(key, paths[end])
    vault.keep_manifest(studio.vault, manifest)
    shutil.rmtree(folder)
    tell("stitch", "made", name(film))
    return manifest


def _write_files(
    studio: Studio, timeline: Timeline, takes: Iterable[Take], paths: Mapping[str, Path]
) -> Loudness:
    """Write the master and what goes beside it; gives the loudness the master measures."""
    folder = paths[".mp4"].parent
    by_key = {take.key: take for take in takes}
    renders = {
        key: vault.bring(studio.vault, take, "render.mp4", folder / "takes" / f"{key}.mp4")
        for key, take in by_key.items()
    }
    stitched = folder / "stitched.mov"
    stitch(timeline, renders, stitched)
    loudness = master(
        stitched,
        timeline,
        paths[".mp4"],
        studio.delivery,
        burn_captions=studio.burn_captions,
        tags={"comment": label(studio)},
    )
    paths[".srt"].write_text(write_srt(timeline), encoding="utf-8")
    paths[".vtt"].write_text(write_vtt(timeline), encoding="utf-8")
    media = {key: "/".join((*[".."] * 5, take_key_prefix(key))) + "render.mp4" for key in by_key}
    paths[".otio"].write_text(to_otio(timeline, media), encoding="utf-8")
    return loudness


def label(studio: Studio) -> str:
    """What a film says of its own making."""
    return (
        "Picture and voices were generated by a computer (AI-generated content): "
        f"made with Hoofbeat's {studio.engine.capabilities.engine} engine."
    )


def _shots(
    board: Storyboard, sheet: CueSheet, timeline: Timeline, chosen: Mapping[str, Chosen]
) -> Iterator[ManifestShot]:
    rows = zip(sheet.shots, timeline.clips, starts(timeline), strict=True)
    for shot, clip, start in rows:
        each = chosen[shot.id]
        yield ManifestShot(
            shot=shot.id,
            scene=shot.scene,
            take=clip.take,
            start=start,
            seconds=clip.seconds,
            framing=shot.framing,
            action=shot.action,
            lines=tuple(_lines(board, shot, each.take, start, sheet.language)),
            seed=each.take.seed,
            tries=each.tries,
            engine_seconds=sum(each.take.engine_seconds.values()),
            outcome=each.verdict.outcome,
            approved_by=each.approved.by if each.approved else "",
            notes=each.take.notes,
        )


def _lines(
    board: Storyboard, shot: CueShot, take: Take, start: Fraction, language: str
) -> Iterator[ManifestLine]:
    """The shot's lines when they are heard; as planned where the engine does not say."""
    heard = {spoken.speech: spoken for spoken in take.spoken}
    origins = {line.id: origin_of(line, language) for line in board.spoken_lines()}
    for number, line in enumerate(shot.lines):
        at = heard.get(number, line)
        yield ManifestLine(
            speaker=board.character(line.speaker).name,
            text=line.text,
            delivery=line.delivery,
            heard_only=line.heard_only,
            start=start + at.start,
            end=start + at.end,
            origin=origins[line.line],
        )
