"""What a small model is told outright: how noisy its input is, what the shot is about, for each
patch how it lies to the things of the picture, and for each sound latent which sounds of speech are
near it.

The published model needs none of this, having room to work it out; a model a thousandth its size
spends its layers better. A thing is a figure, or the place behind it; a patch is told what is said
of each and where on it the patch lies, as a small field over the thing's own coordinates
(modulated as in FiLM, Perez et al., 2018; positions as in Fourier features, Tancik et al., 2020).
A sound of speech is such a field over time.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.joint.config import TransformerConfig
from engine.joint.tokens import AUDIO, TEXT, VIDEO, Clock, Layout, Sounds, Things

_WAVES = 32
"""Frequencies that a noise level is written in."""
_LONGEST, _OCTAVES = 64.0, 7
"""Wavelengths that a position is written in, in patches of a thing of size one."""
_FARTHEST = 24.0
_NEAREST = 5
"""Sounds of speech that a latent is told of: its own, and those that colour it from both sides."""
_EARSHOT = 8.0
"""Ticks from the end of a sound of speech to where it is heard no more."""


class Told(nn.Module):
    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        width = config.width
        self.noise_in = nn.Linear(2 * _WAVES, width)
        self.noise_out = nn.Linear(width, width)
        self.summary = nn.Linear(config.text_features, width)
        self.says = nn.Linear(config.text_features, 2 * width)
        self.position = nn.Linear(2 + 4 * _OCTAVES, width)
        self.lies = nn.Linear(width, width)
        self.moment = nn.Linear(2 + 4 * _OCTAVES, width)
        self.hears = nn.Linear(width, width)

    def constants(
        self, layout: Layout, texts: Sequence[Tensor], clocks: Sequence[Clock | None]
    ) -> Tensor:
        """`[tokens, width]`: every picture and sound token is told of the sample's first text
        token, every patch of the things of its frame, and every sound latent of the speech near
        it."""
        about = self.summary(torch.stack([text[0].float() for text in texts]))
        rows = []
        for extent, own, clock in zip(layout.extents, about, clocks, strict=True):
            seen = own.expand(extent.video, -1)
            if clock and clock.things:
                seen = seen + self.field(clock.things, extent.rows, extent.columns)
            heard = own.expand(extent.audio, -1)
            if clock and clock.sounds and extent.audio and len(clock.sounds.says):
                heard = heard + self.speech(clock.sounds, clock.audio)
            rows += [
                seen,
                heard,
                own.new_zeros(extent.text, len(own)),
            ]
        return torch.cat(rows)

    def field(self, things: Things, rows: int, columns: int) -> Tensor:
        """`[frames * rows * columns, width]` of what a picture of so many patches shows."""
        device = self.lies.weight.device
        places = things.places.to(device)
        down = torch.arange(rows, device=device) - (rows - 1) / 2
        across = torch.arange(columns, device=device) - (columns - 1) / 2
        grid = torch.stack(torch.meshgrid(down, across, indexing="ij"), dim=-1).flatten(0, 1)
        middles, sizes = places[:, :, None].split([2, 1], dim=-1)
        offsets = (grid - middles) / sizes.clamp(min=1e-3)
        gain, shift = self.says(things.says.to(device).float())[:, :, None].chunk(2, dim=-1)
        lies = self.position(_waves(offsets)) * (1 + gain) + shift
        return self.lies((functional.silu(lies) * (sizes > 0)).sum(dim=1)).flatten(0, 1)

    def speech(self, sounds: Sounds, ticks: Tensor) -> Tensor:
        """`[ticks, width]` of what is said about those moments."""
        device = self.hears.weight.device
        middles, lengths = sounds.moments.to(device).unbind(dim=1)
        gone = ticks.to(device)[:, None] - middles
        apart, nearest = (gone.abs() - lengths / 2).topk(min(_NEAREST, len(middles)), largest=False)
        gone = gone.gather(1, nearest)
        offsets = torch.stack([gone, gone / lengths[nearest] * 8], dim=-1)
        gain, shift = self.says(sounds.says.to(device).float())[nearest].chunk(2, dim=-1)
        told = self.moment(_waves(offsets)) * (1 + gain) + shift
        near = (apart < _EARSHOT)[..., None]
        return self.hears((functional.silu(told) * near).sum(dim=1))

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


def _waves(offsets: Tensor) -> Tensor:
    """Places `[..., 2]` as `[..., 2 + 4 octaves]`: near the thing itself, and by waves."""
    lengths = _LONGEST * 0.5 ** torch.arange(_OCTAVES, device=offsets.device)
    angles = (offsets[..., None] * (2 * torch.pi / lengths)).flatten(-2)
    near = offsets.clamp(-_FARTHEST, _FARTHEST) / 4
    return torch.cat([near, angles.sin(), angles.cos()], dim=-1)
