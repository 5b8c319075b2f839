"""An engine that breaks some of another engine's previews, to try a gate with.

Which ones, how and how badly depends on the request's seed alone, so a new attempt has a new
chance and a run can be repeated. Every call is written to a log, a line of JSON each.

    kind: breaking
    engine: animatic
    share: 0.3
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from engine.interface import Engine, GenerationFailed, Progress
from engine.takes import media_files
from media.read import read_frames, read_sound
from media.takes import encode_take
from storyboard.document import Document
from storyboard.request import Request, Take, take_key

RATE_HZ = 48_000

Frames = NDArray[np.uint8]
Sound = NDArray[np.float32]


class BreakingSettings(Document):
    """`kind: breaking` in a settings file."""

    kind: str = "breaking"
    engine: str
    """Name or settings file of the engine whose previews are broken."""
    share: float = Field(default=0.3, ge=0, le=1)
    """Of previews that are broken."""
    mildest: float = Field(default=1.0, ge=0, le=1)
    """How badly at least: 1 beyond doubt, 0 hardly. The worst is always 1."""
    seed: int = 0
    log: Path | None = None
    """Where calls are written."""


class BreakingEngine:
    """Implements `engine.interface.Engine` over another, which it closes."""

    def __init__(self, settings: BreakingSettings, inner: Engine) -> None:
        self.capabilities = inner.capabilities
        self.fingerprint = (
            f"broken {settings.share:g} {settings.mildest:g} {settings.seed}: {inner.fingerprint}"
        )
        self._settings = settings
        self._inner = inner
        self._lock = threading.Lock()

    def preview(self, request: Request, folder: Path, progress: Progress) -> Take:
        """The other engine's preview, broken or not; GenerationFailed is a way to break, too."""
        how, badly = fate(request.seed, self._settings)
        key = take_key(request, self.fingerprint)
        self._tell("preview", key, request, how)
        if how == "fails":
            raise GenerationFailed("broken on purpose: no take was made")
        take = self._inner.preview(request, folder, progress)
        if how is not None:
            break_take(folder / "preview.mp4", request, how, badly)
        return take.model_copy(
            update={
                "key": key,
                "fingerprint": self.fingerprint,
                "files": media_files(folder, *(file.name for file in take.files)),
            }
        )

    def render(self, take: Take, request: Request, folder: Path, progress: Progress) -> Take:
        """The other engine's render of its own, unbroken take."""
        self._tell("render", take.key, request, fate(request.seed, self._settings)[0])
        own = {"key": take_key(request, self._inner.fingerprint)}
        own |= {"fingerprint": self._inner.fingerprint}
        done = self._inner.render(take.model_copy(update=own), request, folder, progress)
        return done.model_copy(update={"key": take.key, "fingerprint": self.fingerprint})

    def close(self) -> None:
        self._inner.close()

    def _tell(self, call: str, key: str, request: Request, how: str | None) -> None:
        if self._settings.log is None:
            return
        line = {"call": call, "take": key, "seed": request.seed, "broken": how}
        with self._lock, self._settings.log.open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")


def fate(seed: int, settings: BreakingSettings) -> tuple[str | None, float]:
    """How the preview of that seed breaks, None for not at all, and how badly."""
    chance = Random(f"{settings.seed}:{seed}")  # noqa: S311 (chance, not secrets)
    if chance.random() >= settings.share:
        return None, 0.0
    ways = (*_WAYS, "fails") if settings.mildest == 1 else tuple(_WAYS)
    return chance.choice(ways), chance.uniform(settings.mildest, 1)


def break_take(path: Path, request: Request, how: str, badly: float) -> None:
    """Break the preview at `path` in that way, 0 hardly to 1 beyond doubt."""
    frames, sound = _WAYS[how](np.stack(list(read_frames(path))), read_sound(path).copy(), badly)
    encode_take(
        path,
        iter(frames),
        sound,
        rate_hz=RATE_HZ,
        frame_rate=request.frame_rate,
        size=(frames.shape[2], frames.shape[1]),
        quality="preview",
        tags={},
    )


def _freezes(frames: Frames, sound: Sound, badly: float) -> tuple[Frames, Sound]:
    """The picture stands, at worst from the first frame on."""
    first = len(frames) - max(1, round(len(frames) * badly))
    frames[first:] = frames[first]
    return frames, sound


def _blackens(frames: Frames, sound: Sound, badly: float) -> tuple[Frames, Sound]:
    """Black at the end, at worst for half of it."""
    count = round(len(frames) / 2 * badly)
    if count:
        frames[-count:] = 0
    return frames, sound


def _falls_silent(frames: Frames, sound: Sound, badly: float) -> tuple[Frames, Sound]:
    """Quieter by up to 80 dB."""
    return frames, (sound * 10 ** (-80 * badly / 20)).astype(np.float32)


def _overdrives(frames: Frames, sound: Sound, badly: float) -> tuple[Frames, Sound]:
    """Up to twelve times as loud, and cut off at full scale."""
    return frames, np.clip(sound * (1 + 11 * badly), -1, 1).astype(np.float32)


def _flickers(frames: Frames, sound: Sound, badly: float) -> tuple[Frames, Sound]:
    """Brighter and darker from frame to frame, by up to 15 %."""
    gain = 1 + 0.15 * badly * (-1.0) ** np.arange(len(frames))
    for frame, factor in zip(frames, gain, strict=True):
        frame[:] = np.clip(frame * factor, 0, 255)
    return frames, sound


_WAYS: dict[str, Callable[[Frames, Sound, float], tuple[Frames, Sound]]] = {
    "freezes": _freezes,
    "blackens": _blackens,
    "falls silent": _falls_silent,
    "overdrives": _overdrives,
    "flickers": _flickers,
}
