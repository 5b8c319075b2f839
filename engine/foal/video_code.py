"""The small picture autoencoder: four frames and 16 x 16 pixels to one latent.

Each latent is coded by itself, so a latent can stand for four equal frames of a reference picture.
All convolutions are over rows and columns; the four frames are channels of the first and the last.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional

FRAMES, SIDE = 4, 16
"""Frames and pixels along a side that one latent stands for."""
FOLD = 4
"""Pixels along a side that are channels of the finest level."""
EPS = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoCodeConfig:
    """Widths run from the finest level (a quarter of the picture's side) to the coarsest."""

    latent_channels: int = 24
    encoder: tuple[int, int, int] = (64, 112, 160)
    decoder: tuple[int, int, int] = (80, 128, 192)
    blocks: int = 2
    """Of the decoder at each level; the encoder has one."""


class Block(nn.Module):
    """Two convolutions beside the input, whose channels are first brought to unit mean square."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.second.weight)

    def forward(self, x: Tensor) -> Tensor:
        scale = torch.rsqrt(x.square().mean(dim=1, keepdim=True) + EPS)
        y = self.first(x * scale)
        return x + self.second(functional.silu(y))


def _blocks(width: int, count: int) -> nn.Sequential:
    return nn.Sequential(*(Block(width) for _ in range(count)))


class VideoCode(nn.Module):
    """Both halves. Latents have unit deviation per channel over the training set."""

    def __init__(self, config: VideoCodeConfig) -> None:
        super().__init__()
        self.config = config
        picture = FRAMES * 3 * FOLD**2
        a, b, c = config.encoder
        self.encoder = nn.Sequential(
            nn.Conv2d(picture, a, 3, padding=1), _blocks(a, 1),
            nn.PixelUnshuffle(2), nn.Conv2d(4 * a, b, 1), _blocks(b, 1),
            nn.PixelUnshuffle(2), nn.Conv2d(4 * b, c, 1), _blocks(c, 1),
            nn.Conv2d(c, config.latent_channels, 1),
        )  # fmt: skip
        a, b, c = config.decoder
        count = config.blocks
        self.decoder = nn.Sequential(
            nn.Conv2d(config.latent_channels, c, 3, padding=1), _blocks(c, count),
            nn.Conv2d(c, 4 * b, 1), nn.PixelShuffle(2), _blocks(b, count),
            nn.Conv2d(b, 4 * a, 1), nn.PixelShuffle(2), _blocks(a, count),
            nn.Conv2d(a, picture, 3, padding=1),
        )  # fmt: skip
        self.register_buffer("mean", torch.zeros(config.latent_channels))
        self.register_buffer("deviation", torch.ones(config.latent_channels))

    mean: Tensor
    deviation: Tensor

    def encode(self, video: Tensor) -> Tensor:
        """Latents `[batch, channels, T, h, w]` of pictures `[batch, 3, 4 T, H, W]` in [-1, 1]."""
        batch = len(video)
        raw = self.coded(folded(video))
        raw = (raw - self.mean[:, None, None]) / self.deviation[:, None, None]
        return rearrange(raw, "(b t) c h w -> b c t h w", b=batch)

    def decode(self, latent: Tensor) -> Tensor:
        """Pictures `[batch, 3, 4 T, H, W]`, about in [-1, 1], of latents."""
        batch = len(latent)
        raw = self.unscaled(rearrange(latent, "b c t h w -> (b t) c h w"))
        return unfolded(self.decoder(raw), batch)

    def unscaled(self, latents: Tensor) -> Tensor:
        """`[n, channels, h, w]` as the decoder takes them."""
        raw = latents * self.deviation[:, None, None] + self.mean[:, None, None]
        return raw.contiguous(memory_format=torch.channels_last)

    def coded(self, pictures: Tensor) -> Tensor:
        """The encoder alone, before its output is brought to unit deviation."""
        return self.encoder(pictures.contiguous(memory_format=torch.channels_last))


def folded(video: Tensor) -> Tensor:
    """`[batch T, 192, H / 4, W / 4]` of `[batch, 3, 4 T, H, W]`."""
    return rearrange(
        video, "b c (t f) (h y) (w x) -> (b t) (f c y x) h w", f=FRAMES, y=FOLD, x=FOLD
    )


def unfolded(pictures: Tensor, batch: int) -> Tensor:
    return rearrange(
        pictures, "(b t) (f c y x) h w -> b c (t f) (h y) (w x)",
        b=batch, f=FRAMES, c=3, y=FOLD, x=FOLD,
    )  # fmt: skip
