"""Takes that are fine, and takes each broken in one way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import ffmpeg
import numpy as np
from numpy.typing import NDArray

from media.door import run, url
from media.takes import encode_take

RATE_HZ = 48_000
SIZE = (144, 256)
SECONDS = 5
FPS = 25

Frames = NDArray[np.uint8]
Sound = NDArray[np.float32]


def fine_frames() -> Frames:
    """A face on a dim wall whose small mouth moves and whose eyes blink; all else stands still."""
    width, height = SIZE
    rows, columns = np.mgrid[:height, :width]
    wall = np.dstack([60 + rows // 8, 66 + rows // 8, 80 + rows // 6]).astype(np.uint8)
    face = ((rows - 110) / 44) ** 2 + ((columns - 72) / 32) ** 2 < 1
    wall[face] = (214, 170, 140)
    frames = np.repeat(wall[None], SECONDS * FPS, axis=0)
    for index, frame in enumerate(frames):
        mouth = 2 + round(3 * abs(np.sin(index * 0.9)))
        frame[132 : 132 + mouth, 64:80] = (90, 20, 30)
        if index % 60 < 4:
            frame[98:101, 56:64] = frame[98:101, 80:88] = (120, 80, 60)
        else:
            frame[96:103, 56:64] = frame[96:103, 80:88] = (30, 30, 40)
    return frames


def fine_sound() -> Sound:
    """Soft noise all along, and from 1 s to 4 s a buzz in syllables at a speaking level."""
    time = np.arange(SECONDS * RATE_HZ) / RATE_HZ
    room = 0.002 * np.random.default_rng(1).standard_normal(len(time))
    syllables = np.clip(np.sin(2 * np.pi * 3 * time), 0, 1) * ((time > 1) & (time < 4))
    voice = sum(np.sin(2 * np.pi * 140 * k * time) / k for k in range(1, 9))
    return np.tile(room + 0.14 * syllables * voice, (2, 1)).astype(np.float32)


def write_clip(
    path: Path,
    frames: Frames | None = None,
    sound: Sound | None = None,
    *,
    rate_hz: int = RATE_HZ,
    frame_rate: int = FPS,
) -> Path:
    """A take at preview quality; the fine picture and sound where none is given."""
    picture = fine_frames() if frames is None else frames
    encode_take(
        path,
        iter(picture),
        fine_sound() if sound is None else sound,
        rate_hz=rate_hz,
        frame_rate=frame_rate,
        size=(picture.shape[2], picture.shape[1]),
        quality="preview",
        tags={},
    )
    return path


def remade(source: Path, path: Path, **options: str | int | float) -> Path:
    """The clip made anew with other ffmpeg options, as no engine of ours would make it."""
    graph = ffmpeg.input(url(source)).output(url(path), **options)
    run(graph, path)
    return path


def hold(frames: Frames, first: int, last: int) -> Iterator[NDArray[np.uint8]]:
    """The frames, with the first of a span held to its end."""
    for index, frame in enumerate(frames):
        yield frames[first] if first <= index <= last else frame
