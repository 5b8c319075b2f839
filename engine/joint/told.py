"""What a small model is told outright: how noisy its input is, where each patch lies, what the shot
is about.

The published model needs none of this, having room to work it out; a model a thousandth its size
spends its layers better.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.joint.config import TransformerConfig
from engine.joint.tokens import AUDIO, TEXT, VIDEO, Layout

_WAVES = 32
"""Frequencies that a noise level is written in."""


class Told(nn.Module):
    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.noise_in = nn.Linear(2 * _WAVES, config.width)
        self.noise_out = nn.Linear(config.width, config.width)
        self.place = nn.Parameter(0.02 * torch.randn(*config.told_grid, config.width))
        self.summary = nn.Linear(config.text_features, config.width)
        self.mix = nn.Linear(config.text_features, config.width)
        nn.init.zeros_(self.mix.weight)

    def constants(self, layout: Layout, texts: list[Tensor]) -> Tensor:
        """`[tokens, width]`: every picture and sound token is told of the sample's first text
        token, and every patch its place from the middle of the picture."""
        rows = []
        for extent, text in zip(layout.extents, texts, strict=True):
            about = self.summary(text[0].float())
            top = (self.place.shape[0] - extent.rows) // 2
            left = (self.place.shape[1] - extent.columns) // 2
            patches = self.place[top : top + extent.rows, left : left + extent.columns]
            # A background is a picture of the place: the product lets every place have its own.
            patches = patches + patches * self.mix(text[0].float())
            rows += [
                patches.flatten(0, 1).repeat(extent.frames, 1) + about,
                about.expand(extent.audio, -1),
                about.new_zeros(extent.text, len(about)),
            ]
        return torch.cat(rows)

    def noise(self, layout: Layout, sigmas: Tensor) -> Tensor:
        """`[tokens, width]` of one noise level for each sample; text is not noisy."""
        octaves = torch.arange(_WAVES, device=sigmas.device) * (8 / _WAVES)
        angles = sigmas[:, None] * 2**octaves * torch.pi / 2
        waves = torch.cat([angles.sin(), angles.cos()], dim=1)
        told = self.noise_out(functional.silu(self.noise_in(waves)))
        rows = []
        for index, _ in enumerate(layout.extents):
            for modality in (VIDEO, AUDIO, TEXT):
                run = layout.of(modality)[index]
                row = told[index] if modality != TEXT else torch.zeros_like(told[index])
                rows.append(row.expand(run.stop - run.start, -1))
        return torch.cat(rows)
