"""A stage, frame by frame: the place once, then only what moves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from engine.animatic.acting import pose_at
from engine.animatic.body import FEET
from engine.animatic.figure import draw_figure
from engine.animatic.ink import Group, Pixels, Sheet, blank, put
from engine.animatic.places.view import shadow, vignette
from engine.animatic.stage import Mark, Stage
from engine.animatic.still_life import draw_prop
from engine.label import stamp

Frame = npt.NDArray[np.uint8]
"""[height, width, 3], red, green, blue."""

LABEL = "AI ANIMATIC"

_PHASES = 4
"""The painted place is kept at quarter-pixel shifts, so that a slow drift does not tick."""


def frames(stage: Stage, size: tuple[int, int], *, frame_rate: int = 25) -> Iterator[Frame]:
    """Every frame of the shot at `size` (width, height), each an array of its own.

    Sizes of one aspect show one drawing: it is scaled to cover the frame and cropped about the
    middle. The same stage gives the same bytes on any thread.
    """
    count = round(stage.seconds * frame_rate)
    for frame in plates(stage, size, [index / frame_rate for index in range(count)]):
        stamp(frame, LABEL)
        yield frame


def still(stage: Stage, size: tuple[int, int], t: float) -> Frame:
    """One frame alone, at `t` seconds."""
    frame = next(plates(stage, size, [t]))
    stamp(frame, LABEL)
    return frame


def plates(stage: Stage, size: tuple[int, int], times: Sequence[float]) -> Iterator[Frame]:
    """The frames of those moments, in seconds, without the tag that a take of ours must carry."""
    backdrop = Backdrop(stage, size)
    for t in times:
        yield _plate(stage, size, backdrop, t)


def _plate(stage: Stage, size: tuple[int, int], backdrop: Backdrop, t: float) -> Frame:
    share = t / stage.seconds
    pixels = backdrop.at(share)
    sheet = Sheet()
    width, height = stage.size
    scale = backdrop.scale
    with sheet.group(
        at=(size[0] / 2 - width / 2 * scale, size[1] / 2 - height / 2 * scale), scale=scale
    ):
        if stage.place.moving:
            with _world(sheet, stage, share):
                stage.place.moving(sheet, stage.view, t)
        push = 1 + stage.camera.push * share
        with sheet.group(at=_about(stage, push), scale=push):
            if stage.framing == "insert":
                draw_prop(sheet, stage.prop, stage.view.light, stage.size, t)
            for mark in stage.marks:
                _draw_mark(sheet, stage, mark, t, share)
    put(sheet, pixels)
    return _rgb(pixels)


def _about(stage: Stage, push: float) -> tuple[float, float]:
    """Where a group scaled by `push` must stand for the camera's eye to stay where it is."""
    x, y = stage.camera.eye
    return x * (1 - push), y * (1 - push)


def _draw_mark(sheet: Sheet, stage: Stage, mark: Mark, t: float, share: float) -> None:
    pose = pose_at(mark.actor, t)
    slide = stage.camera.drift * (share - 0.5) * (1.0 if stage.framing == "wide" else 1.35)
    x, y = mark.x + slide + travel(mark, stage, t), mark.y
    full = stage.framing == "wide"
    if full and mark.actor.looks.kind not in ("cloud", "ghost"):
        shadow(sheet, x, y + FEET * mark.scale, 150 * mark.scale, 24 * mark.scale, 0.34)
    with sheet.group(at=(x, y), scale=mark.scale):
        draw_figure(
            sheet,
            mark.actor.looks,
            stage.view.light,
            pose,
            t,
            legs=full or _shows_legs(stage, mark),
        )


def travel(mark: Mark, stage: Stage, t: float) -> float:
    """How far a walk has carried the figure from its mark, in units; it ends there."""
    business = mark.actor.business
    if stage.framing != "wide" or not (business.walks or business.runs or business.enters):
        return 0.0
    left = max(0.0, 1 - t / (stage.seconds * 0.8))
    toward = 1.0 if mark.actor.facing >= 0 else -1.0
    reach = min(300.0, stage.size[0] * 0.5 + toward * (mark.x - stage.size[0] * 0.5) - 150)
    return -toward * reach * left


def _shows_legs(stage: Stage, mark: Mark) -> bool:
    return mark.y + 300 * mark.scale < stage.size[1]


def _world(sheet: Sheet, stage: Stage, share: float) -> Group:
    """The place's own coordinates, as the camera sees them."""
    camera = stage.camera
    x = camera.eye[0] - camera.seen[0] * camera.zoom + camera.drift * (share - 0.5)
    return sheet.group(at=(x, camera.eye[1] - camera.seen[1] * camera.zoom), scale=camera.zoom)


class Backdrop:
    """The still part of the place, painted once, a little wider than the frame."""

    def __init__(self, stage: Stage, size: tuple[int, int]) -> None:
        self.size = size
        self.scale = max(size[0] / stage.size[0], size[1] / stage.size[1])
        self._drift = stage.camera.drift * self.scale
        self._spare = int(abs(self._drift) / 2) + 2
        painted = self._paint(stage)
        self._shifted = [_shift(painted, phase / _PHASES) for phase in range(_PHASES)]

    def _paint(self, stage: Stage) -> Pixels:
        width, height = self.size[0] + 2 * self._spare, self.size[1]
        pixels = blank(width, height)
        sheet = Sheet()
        left = width / 2 - stage.size[0] / 2 * self.scale
        top = height / 2 - stage.size[1] / 2 * self.scale
        with sheet.group(at=(left, top), scale=self.scale), _world(sheet, stage, 0.5):
            stage.place.back(sheet, stage.view)
            vignette(sheet, stage.view)
        put(sheet, pixels)
        return _soften(pixels, stage.camera.blur * self.scale)

    def at(self, share: float) -> Pixels:
        """A fresh copy as the camera sees it at that share of the shot."""
        offset = self._spare - self._drift * (share - 0.5)
        quarter = round(offset * _PHASES)
        start, phase = divmod(quarter, _PHASES)
        return self._shifted[phase][:, start : start + self.size[0]].copy()


def _shift(pixels: Pixels, fraction: float) -> Pixels:
    """The picture moved left by a fraction of a pixel."""
    if fraction == 0:
        return pixels
    one = _image(pixels)
    return _pixels(Image.blend(one, _image(np.roll(pixels, -1, axis=1)), fraction))


def _soften(pixels: Pixels, radius: float) -> Pixels:
    if radius < 0.3:
        return pixels
    return _pixels(_image(pixels).filter(ImageFilter.GaussianBlur(radius)))


def _image(pixels: Pixels) -> Image.Image:
    height, width = pixels.shape
    return Image.frombuffer(
        "RGBX", (width, height), np.ascontiguousarray(pixels), "raw", "RGBX", 0, 1
    )


def _pixels(image: Image.Image) -> Pixels:
    return np.array(image).view(np.uint32)[..., 0]


def _rgb(pixels: Pixels) -> Frame:
    height, width = pixels.shape
    channels = pixels.view(np.uint8).reshape(height, width, 4)
    frame = np.empty((height, width, 3), dtype=np.uint8)
    for channel in range(3):
        frame[..., channel] = channels[..., channel]
    return frame
