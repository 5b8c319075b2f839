"""Small real takes: a coloured moving picture and a tone, made by the encoder under test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from media.encoder import Quality
from media.takes import encode_take
from storyboard.timeline import Clip, Timeline

SIZE = (180, 320)
RATE = 25
HZ = 48000

Pixels = NDArray[np.uint8]


def picture(number: int, colour: tuple[int, int, int], size: tuple[int, int] = SIZE) -> Pixels:
    """A plain colour with a bar that is `number` pixels down, so that every frame differs."""
    frame = np.empty((size[1], size[0], 3), np.uint8)
    frame[:] = colour
    frame[number % size[1] : number % size[1] + 8] = 255
    return frame


def tone(seconds: float, hz: float = 440.0, level: float = 0.1) -> NDArray[np.float32]:
    wave = level * np.sin(2 * np.pi * hz * np.arange(round(seconds * HZ)) / HZ)
    return np.stack([wave, wave]).astype(np.float32)


def film(
    path: Path,
    *,
    frames: int = 50,
    colour: tuple[int, int, int] = (200, 30, 60),
    sound: NDArray[np.float32] | None = None,
    size: tuple[int, int] = SIZE,
    rate: int = RATE,
    quality: Quality = "render",
    tags: dict[str, str] | None = None,
    draw: Callable[..., Pixels] = picture,
) -> Path:
    """Write a take of that many frames."""
    encode_take(
        path,
        (draw(n, colour, size) for n in range(frames)),
        tone(frames / rate) if sound is None else sound,
        rate_hz=HZ,
        frame_rate=rate,
        size=size,
        quality=quality,
        tags=tags or {},
    )
    return path


@pytest.fixture(scope="session")
def take(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two seconds of red with a tone."""
    tags = {"title": "日本: 100 %", "comment": "it's =1;\n[x]", "AIGC": '{"Label":"1"}'}
    yield film(tmp_path_factory.mktemp("take") / "render.mp4", tags=tags)


def difference(one: Any, other: Any) -> float:
    """Mean difference of two pictures, 0 to 255."""
    return float(np.abs(np.asarray(one, np.float32) - np.asarray(other, np.float32)).mean())


def timeline(*clips: Clip, size: tuple[int, int] = SIZE, **more: Any) -> Timeline:
    return Timeline(
        title="The Last Tram",
        slug="the-last-tram",
        language=more.pop("language", "en"),
        aspect="9:16",
        frame_rate=RATE,
        size=size,
        clips=clips,
        **more,
    )
