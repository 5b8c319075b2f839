"""The animatic engine: a request in, a drawn and spoken take out, the same bytes every time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.animatic import tone
from engine.animatic.draw import frames
from engine.animatic.picture import open_picture, picture_frames
from engine.animatic.pronunciation import ESPEAK_VOICES, voice_versions
from engine.animatic.settings import AnimaticSettings
from engine.animatic.sound import ambience
from engine.animatic.stage import stage_for
from engine.animatic.voice import Performance, perform
from engine.interface import Progress, RequestRefused
from engine.servable import reasons_against
from engine.takes import media_files, telling_moment
from media.door import encoder_version
from media.encoder import Quality
from media.takes import encode_take, write_poster
from storyboard.document import digest
from storyboard.request import Capabilities, Request, Take, take_key

VERSION = 2
"""Goes up with every change that changes the bytes of a take, so that old takes are not reused."""

_FRAME_RATE = 25
_SOUND_SHARE = 0.1
_TAGS = {
    "comment": "Animatic: drawn and spoken by Hoofbeat without a model, for checking script, "
    "timing and translation. Not footage of anyone.",
    "encoder_settings": f"animatic {VERSION}",
}


class AnimaticEngine:
    """Draws and speaks; implements `engine.interface.Engine`. Holds nothing between calls."""

    def __init__(self, settings: AnimaticSettings) -> None:
        """EngineUnavailable where the synthesiser or the drawing library is missing."""
        self.capabilities = _capabilities(settings)
        self.fingerprint = _fingerprint()

    def preview(self, request: Request, folder: Path, progress: Progress) -> Take:
        """Write preview.mp4 and poster.jpg; RequestRefused when the request cannot be served."""
        started = time.perf_counter()
        self._check(request)
        performance = perform(request)
        self._encode(request, performance, folder / "preview.mp4", progress)
        write_poster(folder / "preview.mp4", folder / "poster.jpg", telling_moment(request))
        progress(1.0)
        return Take(
            key=take_key(request, self.fingerprint),
            engine=self.capabilities.engine,
            fingerprint=self.fingerprint,
            seed=request.seed,
            seconds=request.seconds,
            files=media_files(folder, "preview.mp4", "poster.jpg"),
            spoken=performance.spoken,
            engine_seconds={"preview": round(time.perf_counter() - started, 3)},
            notes=performance.notes,
        )

    def render(self, take: Take, request: Request, folder: Path, progress: Progress) -> Take:
        """Write render.mp4, the preview's picture at full size with the very same sound."""
        started = time.perf_counter()
        if take.key != take_key(request, self.fingerprint):
            raise RequestRefused(
                f"take {take.key[:8]} was not made from this request by {self.fingerprint}: "
                "preview it again"
            )
        self._check(request)
        self._encode(request, perform(request), folder / "render.mp4", progress)
        progress(1.0)
        seconds = {**take.engine_seconds, "render": round(time.perf_counter() - started, 3)}
        kept = tuple(file for file in take.files if file.name != "render.mp4")
        return take.model_copy(
            update={"files": kept + media_files(folder, "render.mp4"), "engine_seconds": seconds}
        )

    def close(self) -> None:
        """Nothing is held."""

    def _check(self, request: Request) -> None:
        for reason in reasons_against(request, self.capabilities):
            raise RequestRefused(f"the animatic engine cannot make this shot: {reason}")

    def _encode(
        self, request: Request, performance: Performance, path: Path, progress: Progress
    ) -> None:
        quality: Quality = "render" if path.name == "render.mp4" else "preview"
        size = request.render_size if quality == "render" else request.preview_size
        pictures = _pictures(request, performance, size, path.parent)
        sound = mixed(request, performance)
        progress(_SOUND_SHARE)
        encode_take(
            path,
            _watched(pictures, request.frames, progress),
            sound,
            rate_hz=tone.SOUND_RATE_HZ,
            frame_rate=request.frame_rate,
            size=size,
            quality=quality,
            tags=_TAGS,
        )


def mixed(request: Request, performance: Performance) -> tone.Stereo:
    """Words and ambience, on the grid of 16 bits: a take's sound owes nothing to the last digit."""
    mix = tone.limited(performance.sound + ambience(request))
    return (np.round(mix * 32767) / 32767).astype(np.float32)


def _pictures(
    request: Request, performance: Performance, size: tuple[int, int], folder: Path
) -> Iterator[NDArray[np.uint8]]:
    """The frames, from the first-frame picture where there is one; drawn otherwise."""
    if request.reference:
        picture = open_picture(folder, request.reference, request.render_size)
        return picture_frames(picture, request, size)
    return frames(stage_for(request, performance.mouths), size, frame_rate=request.frame_rate)


def _watched(
    drawn: Iterator[NDArray[np.uint8]], count: int, progress: Progress
) -> Iterator[NDArray[np.uint8]]:
    for index, frame in enumerate(drawn):
        yield frame
        progress(_SOUND_SHARE + (0.99 - _SOUND_SHARE) * (index + 1) / count)


def _capabilities(settings: AnimaticSettings) -> Capabilities:
    return Capabilities(
        engine="animatic",
        languages=tuple(ESPEAK_VOICES),
        aspects={name: (sizes.preview, sizes.render) for name, sizes in settings.aspects.items()},
        frame_rate=_FRAME_RATE,
        shortest=Fraction(5),
        longest=Fraction(8),
        speeches_per_shot=2,
        speakers_per_shot=2,
        figures_per_shot=3,
        first_frames=True,
        exact_render=True,
        parallel=settings.parallel,
        preview_cost=settings.preview_cost,
        render_cost=settings.render_cost,
    )


def _fingerprint() -> str:
    """Sizes are the request's and costs change no byte, so the settings have no part in it."""
    parts = {
        **voice_versions(),
        "drawing": version("thorvg-python"),
        "numpy": version("numpy"),
        "encoder": encoder_version(),
    }
    return f"animatic-{VERSION}-{digest(parts)[:12]}"
