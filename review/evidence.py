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
"""Value and detail; no value where there is nothing to measure, and the detail says why."""


class Unable(Exception):
    """There is something to measure, and nothing installed here can; `str()` says what lacks."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A take as it was found, beside what was asked for. Pictures, sound and what models make of
    them are read when the first figure asks, once; FileUnreadable where that fails."""

    request: Request
    picture: Picture
    track: Sound | None
    path: Path
    references: Path | None
    """A folder with the request's pictures under their digests."""
    senses: Senses
    anchors: Anchors

    @cached_property
    def _frames(self) -> tuple[npt.NDArray[np.uint8], tuple[Rgb, ...]]:
        size = _seen_size((self.picture.width, self.picture.height))
        luma, colour = [], []
        for index, frame in enumerate(read_frames(self.path, size=size)):
            luma.append(_grey(frame))
            if index % self.request.frame_rate == 0:
                colour.append(frame)
        empty = np.zeros((0, size[1], size[0]), np.uint8)
        return np.stack(luma) if luma else empty, tuple(colour)

    @property
    def luma(self) -> npt.NDArray[np.uint8]:
        """Frames, height, width."""
        return self._frames[0]

    @property
    def colour(self) -> tuple[Rgb, ...]:
        """The first frame and one of every second after it."""
        return self._frames[1]

    @cached_property
    def sound(self) -> npt.NDArray[np.float32]:
        """Two channels of samples at 48 kHz, full scale at 1."""
        return read_sound(self.path, rate_hz=SAMPLE_RATE_HZ)

    @cached_property
    def loudness(self) -> Loudness | None:
        """None where there is no sound track."""
        return measure_loudness(self.path) if self.track else None

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
    def spans(self) -> tuple[Span, ...]:
        """When anybody speaks, as far as anything here can tell."""
        activity = self.senses.activity
        return () if activity is None or self.track is None else activity.spans(self.mono)

    @cached_property
    def faces(self) -> tuple[tuple[Face, ...], ...]:
        """The faces of every frame of `colour`, as far as anything here finds any."""
        faces = self.senses.faces
        return () if faces is None else tuple(faces.find(frame) for frame in self.colour)

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
    return Evidence(
        request=request,
        picture=facts.picture,
        track=facts.sound,
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
