"""Latents to tokens and back, where each token stands, and in what order.

A sample's tokens are its video (frame, row, column), then its audio, then its text; samples follow
one another. So every modality of a sample is one run of rows and nothing is ever permuted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import torch
from einops import rearrange
from torch import Tensor

from engine.joint.config import Coordinates

VIDEO, AUDIO, TEXT = 0, 1, 2
"""The modality ids, which are also the order of the weight sets in a modal layer."""


class Extent(NamedTuple):
    """How many tokens one sample has: its video grid in patches, audio latents, text tokens."""

    frames: int
    rows: int
    columns: int
    audio: int
    text: int

    @property
    def frame(self) -> int:
        return self.rows * self.columns

    @property
    def video(self) -> int:
        return self.frames * self.frame

    @property
    def tokens(self) -> int:
        return self.video + self.audio + self.text


class Run(NamedTuple):
    """Rows `start` to `stop` of the sequence, all of one modality of one sample."""

    modality: int
    start: int
    stop: int

    @property
    def rows(self) -> slice:
        return slice(self.start, self.stop)


@dataclass(frozen=True)
class Layout:
    """Where the tokens of several samples lie in one sequence."""

    extents: tuple[Extent, ...]

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        runs, start = [], 0
        for extent in self.extents:
            for modality, count in (
                (VIDEO, extent.video),
                (AUDIO, extent.audio),
                (TEXT, extent.text),
            ):
                runs.append(Run(modality, start, start + count))
                start += count
        return tuple(runs)

    @cached_property
    def samples(self) -> tuple[slice, ...]:
        """The rows of each sample."""
        starts = [run.start for run in self.runs[::3]] + [self.length]
        return tuple(slice(a, b) for a, b in pairwise(starts))

    @property
    def length(self) -> int:
        return self.runs[-1].stop

    @cached_property
    def uniform(self) -> bool:
        """Whether there are several samples, all of one extent."""
        return len(self.extents) > 1 and len(set(self.extents)) == 1

    def of(self, modality: int) -> tuple[Run, ...]:
        """The runs of one modality, sample by sample."""
        return self.runs[modality::3]

    def modalities(self, device: torch.device | str = "cpu") -> Tensor:
        """The modality id of every token."""
        ids = torch.tensor([run.modality for run in self.runs], device=device)
        counts = torch.tensor([run.stop - run.start for run in self.runs], device=device)
        return ids.repeat_interleave(counts)


def by_modality(x: Tensor, layout: Layout, function: Callable[[Tensor, int], Tensor]) -> Tensor:
    """`function(rows, modality)` over the rows of each modality, put back in order.

    Each weight set is read once, however many samples there are. One sample costs no gathering,
    and samples of one extent are cut and joined as one block.
    """
    if layout.uniform:
        first = layout.extents[0]
        block = x.unflatten(0, (len(layout.extents), -1))
        columns = block.split([first.video, first.audio, first.text], dim=1)
        joined = [
            function(rows.flatten(0, 1), modality).unflatten(0, rows.shape[:2])
            for modality, rows in enumerate(columns)
            if rows.shape[1]
        ]
        return torch.cat(joined, dim=1).flatten(0, 1)
    lengths = [run.stop - run.start for run in layout.runs]
    # One split, whose gradient is one join; slices would each make a gradient as long as `x`.
    parts = x.split(lengths)
    pieces: list[Tensor] = [x] * len(parts)
    for modality in (VIDEO, AUDIO, TEXT):
        own = range(modality, len(parts), 3)
        rows = parts[modality] if len(own) == 1 else torch.cat([parts[i] for i in own])
        if len(rows):
            made = function(rows, modality).split([lengths[i] for i in own])
            for i, piece in zip(own, made, strict=True):
                pieces[i] = piece
    return torch.cat([piece for piece, length in zip(pieces, lengths, strict=True) if length])


def pack_video(latent: Tensor, patch: tuple[int, int, int]) -> Tensor:
    """Tokens `[frames rows columns, features]` of a latent `[channels, T, H, W]`.

    Features run channel, frame, row, column offset: the channel is slowest. The model's output is
    ordered otherwise (`unpack_video`), so one is not the inverse of the other.
    """
    t, y, x = patch
    return rearrange(latent, "c (f t) (h y) (w x) -> (f h w) (c t y x)", t=t, y=y, x=x)


def unpack_video(tokens: Tensor, extent: Extent, patch: tuple[int, int, int]) -> Tensor:
    """The latent `[channels, T, H, W]` of output tokens, in which the channel is fastest."""
    t, y, x = patch
    return rearrange(
        tokens,
        "(f h w) (t y x c) -> c (f t) (h y) (w x)",
        f=extent.frames, h=extent.rows, w=extent.columns, t=t, y=y, x=x,
    )  # fmt: skip


def extent_of(video: Tensor, audio: Tensor, text: Tensor, patch: tuple[int, int, int]) -> Extent:
    """The extent of one sample: video `[C, T, H, W]`, audio `[N, C]`, text `[N, C]`."""
    sizes = [size // step for size, step in zip(video.shape[1:], patch, strict=True)]
    if any(size % step for size, step in zip(video.shape[1:], patch, strict=True)):
        raise ValueError(f"a latent of {tuple(video.shape[1:])} does not divide into {patch}")
    return Extent(sizes[0], sizes[1], sizes[2], audio.shape[0], text.shape[0])


def place(
    size: tuple[int, int, int], reference: tuple[int, int, int], offset: tuple[int, int, int]
) -> Tensor:
    """Nine numbers per token of a grid: time, row, column, the grid's size, the reference size."""
    axes = [torch.arange(n, dtype=torch.float32) + o for n, o in zip(size, offset, strict=True)]
    position = torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1).flatten(0, 2)
    constants = torch.tensor([*size, *reference], dtype=torch.float32)
    return torch.cat([position, constants.expand(len(position), 6)], dim=1)


def coordinates(extent: Extent, style: Coordinates, text_offset: int = 0) -> Tensor:
    """The nine coordinates of every token of a sample, float32 `[tokens, 9]`.

    v2 puts all text at one moment and stretches audio over its own length in latent frames; v1
    spreads text over one latent frame and stretches audio over the video.
    """
    grid = (extent.frames, extent.rows, extent.columns)
    audio, text = (extent.audio, 1, 1), (extent.text, 1, 1)
    if style == "v2":
        audio_reference, text_reference = ((extent.audio - 1) // 4 + 1, 1, 1), (1, 1, 1)
        text_start = -extent.text
    else:
        audio_reference, text_reference = (extent.frames, 1, 1), (2, 1, 1)
        text_start = text_offset
    return torch.cat(
        [
            place(grid, grid, (0, 0, 0)),
            place(audio, audio_reference, (0, 0, 0)),
            place(text, text_reference, (text_start, 0, 0)),
        ]
    )


@dataclass(frozen=True, slots=True)
class Things:
    """What the picture of each latent frame shows, for a model that is told (`told.Told`)."""

    says: Tensor
    """`[frames, things, features]`, what is said of each."""
    places: Tensor
    """`[frames, things, 3]`: row and column of its middle in patches from that of the picture, and
    its size in patches; a size of 0 where it is not there."""


@dataclass(frozen=True, slots=True)
class Sounds:
    """The sounds of speech of a shot, for a model that is told (`told.Told`)."""

    says: Tensor
    """`[sounds, features]`, what is said of each."""
    moments: Tensor
    """`[sounds, 2]`: the middle and the length of each in ticks."""


@dataclass(frozen=True, slots=True)
class Clock:
    """When, in ticks, each latent frame and each sound latent of a sample is, and where each text
    token stands: `[frames]`, `[audio]`, and `[text, 3]` of ticks, row and column, the last two in
    patches from the middle of the picture."""

    video: Tensor
    audio: Tensor
    text: Tensor
    things: Things | None = None
    sounds: Sounds | None = None
    real_text: int | None = None
    """How many of the text tokens are not padding, where samples of one extent are padded to it."""


def clock_coordinates(extent: Extent, clock: Clock) -> Tensor:
    """The nine coordinates of every token of a sample whose moments are known."""
    frames, rows, columns = extent.frames, extent.rows, extent.columns
    video = place((frames, rows, columns), (frames, rows, columns), (0, 0, 0))
    video[:, 0] = clock.video.repeat_interleave(extent.frame)
    heard = torch.ones(extent.audio, 9)
    heard[:, :3] = 0
    heard[:, 0] = clock.audio
    said = torch.ones(extent.text, 9)
    said[:, :3] = clock.text
    return torch.cat([_unscaled(video), heard, said])


def _unscaled(places: Tensor) -> Tensor:
    """Coordinates whose time is not stretched; rows and columns still count from the middle."""
    places[:, [3, 6]] = 1
    return places


def pad_or_trim(rows: Tensor, length: int) -> tuple[Tensor, int]:
    """Exactly `length` rows of text (zeros appended, or the tail cut) and how many are real."""
    real = min(len(rows), length)
    padding = rows.new_zeros(length - real, *rows.shape[1:])
    return torch.cat([rows[:real], padding]), real


def frame_windows(extent: Extent, radius: int) -> list[tuple[slice, slice]]:
    """For each latent frame its own rows and the video rows it may see, within the sample."""
    windows = []
    for frame in range(extent.frames):
        first, last = max(0, frame - radius), min(extent.frames - 1, frame + radius)
        own = slice(frame * extent.frame, (frame + 1) * extent.frame)
        windows.append((own, slice(first * extent.frame, (last + 1) * extent.frame)))
    return windows


def layout_of(extents: Sequence[Extent]) -> Layout:
    return Layout(tuple(extents))
