"""The learned enlarger: frames of a preview to the size of its render.

The frame is first brought to exactly a quarter of the render's size, which is a little more than
it has, then a few convolutions draw every pixel of it as four by four. Lines of a drawing are what
it has learnt, so edges come out sharp.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.foal.clip import FACTOR


@dataclass(frozen=True, slots=True, kw_only=True)
class UpscalerConfig:
    width: int = 32
    blocks: int = 3


class Upscaler(nn.Module):
    def __init__(self, config: UpscalerConfig) -> None:
        super().__init__()
        width = config.width
        self.enter = nn.Conv2d(3, width, 3, padding=1)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.SiLU(),
                nn.Conv2d(width, width, 3, padding=1),
                nn.SiLU(),
                nn.Conv2d(width, width, 3, padding=1),
            )
            for _ in range(config.blocks)
        )
        self.leave = nn.Conv2d(width, 3 * FACTOR**2, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)  # type: ignore[arg-type]

    def forward(self, small: Tensor) -> Tensor:
        """Pictures `[n, 3, 4 H, 4 W]` of pictures `[n, 3, H, W]`, about in [-1, 1]."""
        x = self.enter(small.contiguous(memory_format=torch.channels_last))
        for block in self.blocks:
            x = x + block(x)
        change = functional.pixel_shuffle(self.leave(functional.silu(x)), FACTOR)
        return change + functional.interpolate(
            small, scale_factor=FACTOR, mode="bicubic", align_corners=False
        )


def quartered(pictures: Tensor, size: tuple[int, int]) -> Tensor:
    """Pictures `[n, 3, H, W]` scaled to cover a quarter of `size` (width, height), and its middle
    cut out of them."""
    width, height = size[0] // FACTOR, size[1] // FACTOR
    scale = max(width / pictures.shape[-1], height / pictures.shape[-2])
    grown = (round(pictures.shape[-2] * scale), round(pictures.shape[-1] * scale))
    if grown != tuple(pictures.shape[-2:]):
        pictures = functional.interpolate(pictures, size=grown, mode="bicubic", align_corners=False)
    top, left = (grown[0] - height) // 2, (grown[1] - width) // 2
    return pictures[..., top : top + height, left : left + width]
