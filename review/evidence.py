"""All that the figures of a take are drawn from, read from its file once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from media.errors import FileUnreadable
from media.loudness import Loudness, measure_loudness
from media.read import Picture, Sound, probe, read_frames, read_sound
from review.senses import RATE_HZ, Anchors, Face, Mono, Rgb, Senses, Span
from storyboard.request import Request, Speech

SAMPLE_RATE_HZ = 48_000
LONGEST_SIDE_PX = 256
"""Pictures are looked at no larger than this: the size of a preview."""
BLOCK_PX = 8
"""Blocks large enough that their means keep an encoder's noise out."""

Reading = tuple[float | None, str]
"""Value and detail."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A take as it was found, beside what was asked for. What models make of it is worked out when
    the first figure asks, once."""

    request: Request
    picture: Picture
    track: Sound | None
    luma: npt.NDArray[np.uint8]
    """Frames, height, width."""
    colour: tuple[Rgb, ...]
    """The first frame and one of every second after it."""
    sound: npt.NDArray[np.float32]
    """Two channels of samples at 48 kHz, full scale at 1."""
    loudness: Loudness | None
    """None where there is no sound track."""
    path: Path
    references: Path | None
    """A folder with the request's pictures under their digests."""
    senses: Senses
    anchors: Anchors

    @cached_property
    def blocks(self) -> npt.NDArray[np.float32]:
        """Mean luma of every block: frames, rows, columns."""
        frames, height, width = self.luma.shape
        rows, columns = max(1, height // BLOCK_PX), max(1, width // BLOCK_PX)
        tall, wide = min(BLOCK_PX, height), min(BLOCK_PX, width)
        cut = self.luma[:, : rows * tall, : columns * wide]
        tiles = cut.reshape(frames, rows, tall, columns, wide)
        return tiles.mean(axis=(2, 4), dtype=np.float32)

    @cached_property
    def mono(self) -> Mono:
        """As senses are given it."""
        return read_sound(self.path, rate_hz=RATE_HZ).mean(axis=0)

    @cached_property
    def spans(self) -> tuple[Span, ...] | None:
        """When anybody speaks; None where nothing can tell."""
        activity = self.senses.activity
        return None if activity is None or self.track is None else activity.spans(self.mono)

    @cached_property
    def faces(self) -> tuple[tuple[Face, ...], ...] | None:
        """The faces of every frame of `colour`; None where nothing can find them."""
        faces = self.senses.faces
        return None if faces is None else tuple(faces.find(frame) for frame in self.colour)

    def seen_speeches(self) -> list[Speech]:
        """Speeches whose speaker's face the camera should show."""
        if self.request.framing == "insert":
            return []
        figures = self.request.figures
        return [each for each in self.request.speeches if figures[each.speaker].in_picture]


def gather(
    path: Path, request: Request, senses: Senses, anchors: Anchors, references: Path | None
) -> Evidence:
    """The evidence in the file; FileUnreadable where there is no picture in it."""
    facts = probe(path)
    if facts.picture is None or not facts.picture.width:
        raise FileUnreadable(f"{path}: has no picture")
    size = _seen_size((facts.picture.width, facts.picture.height))
    luma, colour = [], []
    for index, frame in enumerate(read_frames(path, size=size)):
        luma.append(_grey(frame))
        if index % request.frame_rate == 0:
            colour.append(frame)
    return Evidence(
        request=request,
        picture=facts.picture,
        track=facts.sound,
        luma=np.stack(luma) if luma else np.zeros((0, size[1], size[0]), np.uint8),
        colour=tuple(colour),
        sound=read_sound(path, rate_hz=SAMPLE_RATE_HZ),
        loudness=measure_loudness(path) if facts.sound else None,
        path=path,
        references=references,
        senses=senses,
        anchors=anchors,
    )


def _seen_size(size: tuple[int, int]) -> tuple[int, int]:
    shrink = min(1.0, LONGEST_SIDE_PX / max(size))
    return max(2, round(size[0] * shrink / 2) * 2), max(2, round(size[1] * shrink / 2) * 2)


def _grey(frame: Rgb) -> npt.NDArray[np.uint8]:
    """BT.709 luma in 256ths; whole numbers are four times as fast as floats."""
    wide = frame.astype(np.uint16)
    mixed = wide[..., 0] * 54 + wide[..., 1] * 183 + wide[..., 2] * 19
    return (mixed >> 8).astype(np.uint8)
