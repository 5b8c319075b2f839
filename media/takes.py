"""Writes a take: frames and sound in, one mp4 out."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg
import numpy as np
from numpy.typing import NDArray

from media.door import disk, feed, run, url, whole
from media.encoder import (
    Quality,
    container_settings,
    picture_settings,
    sound_settings,
    to_house_pixels,
)


def encode_take(
    path: Path,
    frames: Iterable[NDArray[np.uint8]],
    sound: NDArray[np.float32],
    *,
    rate_hz: int,
    frame_rate: int,
    size: tuple[int, int],
    quality: Quality,
    tags: Mapping[str, str],
) -> None:
    """Write an mp4 of the house's kind, whole or not at all.

    `frames` are RGB, [height, width, 3], of `size` (width, height; both even); one is taken at a
    time, when the encoder is ready for it. `sound` is [2, samples] in [-1, 1] and as long as the
    frames, within one frame. Takes of one size and rate join without re-encoding (`media.stitch`).
    ValueError when frames or sound are not as said; MediaError when the file cannot be written;
    whatever `frames` raises passes through.
    """
    _check_sound(sound)
    with whole(path) as part, tempfile.TemporaryDirectory(prefix=".part-", dir=path.parent) as raw:
        heard = Path(raw) / "sound.f32"
        with disk(path):
            np.ascontiguousarray(sound.T, dtype="<f4").tofile(heard)
        graph = _graph(part, heard, rate_hz, frame_rate, size, quality, tags)
        count = 0
        with feed(graph, path) as write:
            for frame in frames:
                write(_checked(frame, size).data)
                count += 1
        _check_lengths(count, frame_rate, sound.shape[1], rate_hz)


def write_poster(video: Path, path: Path, at_s: float) -> None:
    """Write the frame shown at `at_s` seconds as a JPEG; past the end, the last one."""
    with whole(path) as part:
        _write_jpeg(ffmpeg.input(url(video), ss=max(at_s, 0.0)), part, video, **{"frames:v": 1})
        if part.stat().st_size == 0:
            _write_jpeg(ffmpeg.input(url(video), sseof=-1), part, video)


def _write_jpeg(source: Any, part: Path, video: Path, **options: Any) -> None:
    """Every frame over the one before, so that the last stays; JPEG has bt601 by definition."""
    picture = source.video.filter("scale", out_color_matrix="bt601", out_range="pc")
    jpeg = {"f": "image2", "c:v": "mjpeg", "q:v": 3, "pix_fmt": "yuvj420p", "update": 1}
    run(picture.output(url(part), **jpeg, **options), video)


def _graph(
    part: Path,
    heard: Path,
    rate_hz: int,
    frame_rate: int,
    size: tuple[int, int],
    quality: Quality,
    tags: Mapping[str, str],
) -> Any:
    width, height = size
    pixels = {"f": "rawvideo", "pix_fmt": "rgb24", "s": f"{width}x{height}"}
    picture = to_house_pixels(ffmpeg.input("pipe:", **pixels, framerate=frame_rate).video)
    samples = ffmpeg.input(url(heard), f="f32le", ar=rate_hz, ch_layout="stereo").audio
    settings = (
        picture_settings(quality, frame_rate) | sound_settings(128) | container_settings(tags)
    )
    return ffmpeg.output(picture, samples, url(part), **settings)


def _checked(frame: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    width, height = size
    if frame.shape != (height, width, 3) or frame.dtype != np.uint8:
        raise ValueError(
            f"a frame is {frame.dtype} {frame.shape}, wanted uint8 {(height, width, 3)}"
        )
    return np.ascontiguousarray(frame)


def _check_sound(sound: NDArray[np.float32]) -> None:
    if sound.ndim != 2 or sound.shape[0] != 2:
        raise ValueError(f"sound is {sound.shape}, wanted (2, samples)")
    if not np.isfinite(sound).all():
        raise ValueError("sound has samples that are not numbers")


def _check_lengths(frames: int, frame_rate: int, samples: int, rate_hz: int) -> None:
    seen, heard = Fraction(frames, frame_rate), Fraction(samples, rate_hz)
    if not frames or abs(seen - heard) > Fraction(1, frame_rate):
        raise ValueError(f"{float(seen):.3f} s of frames with {float(heard):.3f} s of sound")
