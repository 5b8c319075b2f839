"""Joins takes into a film, from a timeline.

A clip that is its take from the first frame on is copied, not encoded again; a clip that fades,
dissolves, starts late or has another shape than the film is encoded as takes are. So all pieces
have the same headers, and the film's picture is theirs end to end. The sound is put together as
samples. What comes out is a QuickTime file with uncompressed sound, for `media.master`.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg
import numpy as np

from media.door import run, url, whole
from media.encoder import SOUND_RATE_HZ, TICKS, Quality, picture_settings, to_house_pixels
from media.errors import ClipMismatch, EncodingFailed, FileUnreadable
from media.pieces import Piece, plan
from media.read import Picture, Probe, on_the_clock, probe
from media.soundtrack import Samples, write_soundtrack
from storyboard.timeline import Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """What every piece of the film must be, so that they join."""

    size: tuple[int, int]
    frame_rate: int
    quality: Quality
    headers: str = ""


def stitch(
    timeline: Timeline, takes: Mapping[str, Path], path: Path, *, quality: Quality = "render"
) -> None:
    """Write the film to `path`, a .mov: exactly as many frames as the timeline, sound in step.

    `takes` are the mp4 files by take key; `quality` is for pieces that must be encoded again.
    ClipMismatch when a take is missing or too short, MediaError when one cannot be read or the
    film not be written. Memory does not grow with the film; beside `path` there must be room for
    the film twice.
    """
    pieces = plan(timeline, takes)
    pictures = _pictures(pieces)
    _check_lengths(pieces, pictures, timeline.frame_rate)
    with (
        whole(path) as part,
        tempfile.TemporaryDirectory(prefix=".part-", dir=path.parent) as name,
        ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as workers,
    ):
        folder = Path(name)
        shape = _shape(folder, timeline, quality)

        def write(number: int) -> Path:
            return _write_piece(pieces[number], shape, pictures, folder / f"{number}.mp4")

        sounds = workers.map(write, range(len(pieces)))
        soundtrack = folder / "film.f32"
        write_soundtrack(soundtrack, _with_sound(pieces, sounds), frame_rate=shape.frame_rate)
        _join(folder, len(pieces), soundtrack, part)
        _check_film(part, sum(piece.adds for piece in pieces), path)


def _pictures(pieces: Iterable[Piece]) -> dict[Path, Probe]:
    """What the takes are, each looked at once."""
    found: dict[Path, Probe] = {}
    for piece in pieces:
        if piece.take not in found:
            found[piece.take] = probe(piece.take)
            if found[piece.take].picture is None:
                raise ClipMismatch(f"shot {piece.clip.shot}: {piece.take} has no picture")
    return found


def _check_lengths(pieces: Iterable[Piece], takes: Mapping[Path, Probe], frame_rate: int) -> None:
    for piece in pieces:
        picture = _picture(takes, piece.take)
        there = Fraction(picture.frames) / (picture.average_rate or frame_rate) * frame_rate
        if piece.first + piece.frames > there + 1:  # a frame may be lost to another frame rate
            raise ClipMismatch(
                f"shot {piece.clip.shot}: wants {piece.first + piece.frames} frames of"
                f" {piece.take}, which has {int(there)}"
            )


def _picture(takes: Mapping[Path, Probe], path: Path) -> Picture:
    picture = takes[path].picture
    assert picture is not None
    return picture


def _shape(folder: Path, timeline: Timeline, quality: Quality) -> _Shape:
    """The film's shape; its headers are those of one black frame encoded as we encode now."""
    shape = _Shape(size=timeline.size, frame_rate=timeline.frame_rate, quality=quality)
    path = folder / "headers.mp4"
    width, height = shape.size
    black = ffmpeg.input(f"color=s={width}x{height}:r={shape.frame_rate}", f="lavfi").video
    run(_output(to_house_pixels(black), shape, 1, path), path)
    picture = probe(path).picture
    assert picture is not None
    return replace(shape, headers=picture.headers)


def _write_piece(piece: Piece, shape: _Shape, takes: Mapping[Path, Probe], path: Path) -> Path:
    """Write the piece's picture; gives the raw samples of its take's sound, written beside it."""
    source = ffmpeg.input(url(piece.take))
    if _is_its_take(piece, shape, _picture(takes, piece.take)):
        settings = {"c:v": "copy", "frames:v": piece.adds, "f": "mp4"}
        picture = source.video.output(
            url(path), **settings, video_track_timescale=TICKS * shape.frame_rate
        )
    else:
        picture = _output(_drawn(piece, shape, source), shape, piece.adds, path)
    raw = path.with_suffix(".f32")
    raw.touch()
    if takes[piece.take].sound is None:
        run(picture, piece.take)
    else:
        heard = on_the_clock(source.audio, SOUND_RATE_HZ)
        sound = heard.output(url(raw), f="f32le", ac=2, ar=SOUND_RATE_HZ)
        run(ffmpeg.merge_outputs(picture, sound), piece.take)
    _check_piece(piece, path)
    return raw


def _check_piece(piece: Piece, path: Path) -> None:
    """A damaged take is read as far as it goes without an error."""
    picture = probe(path).picture
    if picture is None or picture.frames != piece.adds:
        found = picture.frames if picture else 0
        raise FileUnreadable(
            f"{piece.take}: is damaged; {found} of {piece.adds} frames could be read"
        )


def _is_its_take(piece: Piece, shape: _Shape, take: Picture) -> bool:
    """Whether the piece is its take's packets from the first on, as they are."""
    return (
        not (piece.first or piece.overlap or piece.fade)
        and take.headers == shape.headers
        and take.frame_rate == take.average_rate == shape.frame_rate
        and take.frames >= piece.adds
        and take.reordered == 0
        and take.start == 0
    )


def _drawn(piece: Piece, shape: _Shape, source: Any) -> Any:
    """The piece's frames from its take, under its transition."""
    picture = _span(source, shape, piece.first, piece.frames)
    if piece.fade:
        picture = picture.filter("fade", type="in", start_frame=0, nb_frames=piece.fade)
    if piece.before is None:
        return picture
    # The seek keeps a take that dissolves into itself from being one node of the graph.
    before = _span(ffmpeg.input(url(piece.before), ss=0), shape, piece.before_first, piece.overlap)
    seconds = piece.overlap / shape.frame_rate
    mixed = ffmpeg.filter(
        [before, picture], "xfade", transition="fade", duration=f"{seconds:.6f}", offset=0
    )
    return to_house_pixels(mixed)


def _span(source: Any, shape: _Shape, first: int, frames: int) -> Any:
    """`frames` frames from the first-th on, in the film's rate and size, black at the sides."""
    width, height = shape.size
    fitted = (
        source.video.filter("fps", shape.frame_rate)
        .filter("scale", width, height, force_original_aspect_ratio="decrease", reset_sar=1)
        .filter("pad", width, height, -1, -1)
    )
    return (
        to_house_pixels(fitted)
        .filter("tpad", stop_mode="clone", stop=1)
        .filter("trim", start_frame=first, end_frame=first + frames)
        .filter("setpts", "PTS-STARTPTS")
    )


def _output(picture: Any, shape: _Shape, frames: int, path: Path) -> Any:
    settings = picture_settings(shape.quality, shape.frame_rate)
    return picture.output(url(path), **settings, **{"frames:v": frames, "f": "mp4"})


def _with_sound(pieces: Iterable[Piece], sounds: Iterable[Path]) -> Iterator[tuple[Piece, Samples]]:
    for piece, raw in zip(pieces, sounds, strict=True):
        yield piece, np.fromfile(raw, "<f4").reshape(-1, 2).T
        raw.unlink()


def _join(folder: Path, count: int, soundtrack: Path, path: Path) -> None:
    """All pieces by stream copy. Only names of our own are in the list, so nothing is quoted."""
    pieces = folder / "pieces.txt"
    pieces.write_text("".join(f"file {number}.mp4\n" for number in range(count)))
    # Packets are numbered afresh: the sums of the pieces' lengths would be rounded.
    clock = f"setts=ts=N*{TICKS}:duration={TICKS}"
    picture = ffmpeg.input(url(pieces), f="concat", safe=0, auto_convert=0).video
    sound = ffmpeg.input(url(soundtrack), f="f32le", ar=SOUND_RATE_HZ, ch_layout="stereo").audio
    settings = {"c": "copy", "bsf:v": clock, "f": "mov"}
    run(ffmpeg.output(picture, sound, url(path), **settings), path)


def _check_film(part: Path, frames: int, path: Path) -> None:
    picture = probe(part).picture
    if picture is None or picture.frames != frames:
        found = picture.frames if picture else 0
        raise EncodingFailed(f"{path}: came out with {found} frames instead of {frames}")
