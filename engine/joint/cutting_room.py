"""Latents to what the encoder of films takes: bytes frame by frame, and sound at its rate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from engine.joint.audio_vae import AudioVAE, resample
from engine.joint.turbo_decoder import to_bytes


def frames_of(
    pieces: Iterable[Tensor], size: tuple[int, int], count: int
) -> Iterator[NDArray[np.uint8]]:
    """The first `count` frames of decoded pieces `[1, 3, frames, H, W]`, as RGB bytes.

    `size` is width and height; it is cut from the middle of a picture that is made larger. One
    piece at a time is held as numbers, so a clip never is.
    """
    left = count
    for piece in pieces:
        frames = to_bytes(_middle(piece[0, :, :left], size)).cpu().numpy()
        yield from frames
        left -= len(frames)
        if not left:
            return


def _middle(picture: Tensor, size: tuple[int, int]) -> Tensor:
    width, height = size
    top = (picture.shape[-2] - height) // 2
    left = (picture.shape[-1] - width) // 2
    return picture[..., top : top + height, left : left + width]


def sound_of(model: AudioVAE, latent: Tensor, samples: int, rate_hz: int) -> NDArray[np.float32]:
    """The first `samples` at `rate_hz` of a sound latent `[latents, channels]`, `[2, samples]`.

    Resampled once, straight from the model's own clock.
    """
    wave = model.decode(latent.T[None])[0]
    whole = resample(wave, wave.shape[-1] * rate_hz // model.config.clock_hz)
    kept: NDArray[np.float32] = whole[:, :samples].clamp(-1, 1).cpu().numpy()
    return kept
