"""The light decoder: video latents to frames, window by window, streamed as bytes.

Names of modules are the names in the published checkpoint (its moving average). Windows overlap by
one latent on each side, and the receptive field is wider than that, so where windows lie is part of
the numbers. A window can be cut into strips of columns, with margins wide enough to be exact.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional

from engine.joint.config import LATENT_MEAN, LATENT_STD, TurboConfig

EPS = 1e-8
CONTEXT = 1
"""Latents of neighbouring time that a window sees on each side and whose frames it drops."""


class Window(NamedTuple):
    """Latents `start` to `stop` give the frames of `first` to `last`; the rest is context."""

    start: int
    stop: int
    first: int
    last: int


def windows(latents: int, config: TurboConfig) -> tuple[list[Window], int]:
    """The windows over `latents` frames of latents, and how many repeats of the last to append."""
    over = max(0, latents - config.first_window)
    steps = math.ceil(over / config.window)
    padded = config.first_window + steps * config.window
    edges = [0, *(config.first_window + i * config.window for i in range(steps + 1))]
    spans = list(itertools.pairwise(edges))
    return [
        Window(max(0, a - CONTEXT), min(padded, b + CONTEXT), a, b) for a, b in spans
    ], padded - latents


def _norm(x: Tensor, eps: float) -> Tensor:
    """Channels to unit mean square, worked out in float32, without weights."""
    wide = x.float()
    return (wide * torch.rsqrt(wide.square().mean(dim=1, keepdim=True) + eps)).to(x.dtype)


class EvenConv(nn.Module):
    """A convolution that sees both ways in time: edge frames repeat, space is padded by zeros."""

    def __init__(self, inputs: int, outputs: int, kernel: tuple[int, int, int]) -> None:
        super().__init__()
        t, y, x = (k // 2 for k in kernel)
        self.repeat = t
        self.conv = nn.Conv3d(inputs, outputs, kernel, padding=(0, y, x))

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(_repeat_edges(x, self.repeat))


class SplitConv(nn.Module):
    """The same, as one filter per channel and a mix of channels."""

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__()
        side = kernel // 2
        self.repeat = side
        self.depthwise_conv = nn.Conv3d(
            inputs, inputs, kernel, padding=(0, side, side), groups=inputs
        )
        self.pointwise_conv = nn.Conv3d(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.pointwise_conv(self.depthwise_conv(_repeat_edges(x, self.repeat)))


def _repeat_edges(x: Tensor, count: int) -> Tensor:
    if not count:
        return x
    return functional.pad(x, (0, 0, 0, 0, count, count), mode="replicate")


def _conv(inputs: int, outputs: int, config: TurboConfig, *, depthwise: bool) -> nn.Module:
    if depthwise:
        return SplitConv(inputs, outputs, config.depthwise_kernel)
    return EvenConv(inputs, outputs, (3, 3, 3))


class Resnet(nn.Module):
    """Two convolutions beside a shortcut; after an upsampler the first activation is a ReLU."""

    def __init__(
        self, inputs: int, outputs: int, config: TurboConfig, *, depthwise: bool, relu: bool
    ) -> None:
        super().__init__()
        self.first = functional.relu if relu else functional.silu
        self.shortcut_eps = config.shortcut_eps
        self.conv1 = _conv(inputs, outputs, config, depthwise=depthwise)
        self.conv2 = _conv(outputs, outputs, config, depthwise=depthwise)
        self.changes = inputs != outputs
        if self.changes:
            one = (
                SplitConv(inputs, outputs, 1) if depthwise else EvenConv(inputs, outputs, (1, 1, 1))
            )
            self.conv_shortcut = one

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv1(self.first(_norm(x, EPS)))
        y = self.conv2(functional.silu(_norm(y, EPS)))
        return y + (self.conv_shortcut(_norm(x, self.shortcut_eps)) if self.changes else x)


class Upsampler(nn.Module):
    """Twice the rows and columns, and twice the frames where there is a `time_conv`."""

    def __init__(self, channels: int, *, time: bool) -> None:
        super().__init__()
        # Index 1, because a weightless enlargement stands at 0 in the checkpoint's numbering.
        self.resample = nn.ModuleDict({"1": nn.Conv2d(channels, channels, 3, padding=1)})
        self.time = time
        if time:
            self.time_conv = EvenConv(channels, 2 * channels, (3, 1, 1))

    def forward(self, x: Tensor, *, first: bool) -> Tensor:
        if self.time:
            x = rearrange(self.time_conv(x), "b (n c) t h w -> b c (t n) h w", n=2)
            x = x[:, :, 1:] if first else x
        batch = len(x)
        x = rearrange(x, "b c t h w -> (b t) c h w")
        x = functional.interpolate(x, scale_factor=2, mode="nearest-exact")
        return rearrange(self.resample["1"](x), "(b t) c h w -> b c t h w", b=batch)


class Mid(nn.Module):
    def __init__(self, channels: int, config: TurboConfig, layers: int, *, depthwise: bool) -> None:
        super().__init__()
        self.resnets = nn.ModuleList(
            Resnet(channels, channels, config, depthwise=depthwise, relu=False)
            for _ in range(layers)
        )

    def forward(self, x: Tensor) -> Tensor:
        for resnet in self.resnets:
            x = resnet(x)
        return x


class UpBlock(nn.Module):
    def __init__(
        self,
        inputs: int,
        outputs: int,
        config: TurboConfig,
        layers: int,
        *,
        depthwise: bool,
        space: bool,
        time: bool,
    ) -> None:
        super().__init__()
        self.enters = inputs != outputs
        if self.enters:
            self.conv_in = Resnet(inputs, outputs, config, depthwise=depthwise, relu=False)
        self.upsamplers = nn.ModuleList([Upsampler(outputs, time=time)] if space else [])
        self.resnets = nn.ModuleList(
            Resnet(outputs, outputs, config, depthwise=depthwise, relu=space) for _ in range(layers)
        )

    def forward(self, x: Tensor, *, first: bool) -> Tensor:
        x = self.conv_in(x) if self.enters else x
        for upsampler in self.upsamplers:
            x = upsampler(x, first=first)
        for resnet in self.resnets:
            x = resnet(x)
        return x


class ShuffleHead(nn.Module):
    """Channels into twice the rows and columns."""

    def __init__(self, channels: int, factor: int) -> None:
        super().__init__()
        self.factor = factor
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        batch = len(x)
        x = self.conv(rearrange(x, "b c t h w -> (b t) c h w"))
        x = functional.pixel_shuffle(x, self.factor)
        return rearrange(x, "(b t) c h w -> b c t h w", b=batch)


class Decoder(nn.Module):
    def __init__(self, config: TurboConfig) -> None:
        super().__init__()
        self.config = config
        widths = config.channels[::-1]
        layers, depthwise = config.layers[::-1], config.depthwise[::-1]
        self.conv_in = EvenConv(config.latent_channels, widths[0], (3, 3, 3))
        self.mid_block = Mid(widths[0], config, layers[0], depthwise=depthwise[0])
        levels = zip(
            (widths[0], *widths),
            widths,
            layers[1:],
            depthwise[1:],
            config.upsamples[::-1],
            config.space_only[::-1],
            strict=False,
        )
        self.up_blocks = nn.ModuleList(
            UpBlock(a, b, config, n, depthwise=split, space=up, time=up and not flat)
            for a, b, n, split, up, flat in levels
        )
        fine, factor = widths[-1], config.patch
        if config.unpatchify:
            self.conv_out = EvenConv(fine, config.picture_channels * factor**2, (3, 3, 3))
        else:
            self.upsampler2d_1 = ShuffleHead(fine, factor)
            self.conv_out = EvenConv(fine // factor**2, config.picture_channels, (3, 3, 3))

    def forward(self, x: Tensor, *, first: bool) -> Tensor:
        x = self.mid_block(self.conv_in(x))
        for block in self.up_blocks:
            x = block(x, first=first)
        x = functional.silu(_norm(x, EPS))
        if not self.config.unpatchify:
            finer = self.upsampler2d_1(x)
            return self.conv_out(functional.silu(_norm(finer, EPS)))
        side = self.config.patch
        # The column offset is the slower one: not the order in which the transformer patches.
        return rearrange(self.conv_out(x), "b (c r q) t h w -> b c t (h q) (w r)", q=side, r=side)


class TurboDecoder(nn.Module):
    """Video latents `[batch, 48, T, h, w]` to pictures in about [-1, 1], 4T - 3 of them."""

    def __init__(self, config: TurboConfig) -> None:
        super().__init__()
        self.config = config
        self.decoder = Decoder(config)

    def denormalise(self, latent: Tensor) -> Tensor:
        """Undo the scaling to unit variance, in float32, then the decoder's own dtype."""
        mean, std = (
            torch.tensor(values, device=latent.device).view(1, -1, 1, 1, 1)
            for values in (LATENT_MEAN, LATENT_STD)
        )
        dtype = self.decoder.conv_in.conv.weight.dtype
        return (latent.to(dtype).float() / (1 / std) + mean).to(dtype)

    @torch.no_grad()
    def stream(self, latent: Tensor, *, strips: int = 1) -> Iterator[Tensor]:
        """Pictures `[batch, 3, frames, H, W]` window by window; together they are the clip.

        `strips` cuts every window into as many pieces of columns, for small memory; the result
        is the same.
        """
        config = self.config
        plan, repeats = windows(latent.shape[2], config)
        z = self.denormalise(latent)
        z = torch.cat([z, z[:, :, -1:].expand(-1, -1, repeats, -1, -1)], dim=2)
        per = config.frames_per_latent
        left = per * (latent.shape[2] - 1) + 1
        for window in plan:
            seen = z[:, :, window.start : window.stop]
            made = self._decode(seen, first=window.start == 0, strips=strips)
            before = per * (window.first - window.start)
            after = per * (window.stop - window.last)
            made = made[:, :, before : made.shape[2] - after][:, :, :left]
            left -= made.shape[2]
            if made.shape[2]:
                yield made

    def decode(self, latent: Tensor, *, strips: int = 1) -> Tensor:
        """The whole clip at once, `[batch, 3, frames, H, W]`."""
        return torch.cat(list(self.stream(latent, strips=strips)), dim=2)

    def _decode(self, window: Tensor, *, first: bool, strips: int) -> Tensor:
        if strips <= 1:
            return self.decoder(window, first=first)
        width, margin, scale = window.shape[-1], self.margin, self.config.pixels_per_latent
        edges = [round(i * width / strips) for i in range(strips + 1)]
        pieces = []
        for a, b in itertools.pairwise(edges):
            start, stop = max(0, a - margin), min(width, b + margin)
            made = self.decoder(window[..., start:stop], first=first)
            pieces.append(made[..., (a - start) * scale : (b - start) * scale])
        return torch.cat(pieces, dim=-1)

    @property
    def margin(self) -> int:
        """Latent columns beyond its own on which a strip depends, rounded up."""
        config = self.config
        reach, scale = 1.0, 1
        layers, depthwise = config.layers[::-1], config.depthwise[::-1]
        widths = (config.channels[-1], *config.channels[::-1])

        def radius(split: bool) -> int:
            return config.depthwise_kernel // 2 if split else 1

        reach += 2 * layers[0] * radius(depthwise[0])
        for level, up in enumerate(config.upsamples[::-1]):
            split = radius(depthwise[level + 1])
            if widths[level] != widths[level + 1]:
                reach += 2 * split / scale
            if up:
                scale *= 2
                reach += 1 / scale
            reach += 2 * layers[level + 1] * split / scale
        reach += 1 / scale if config.unpatchify else 1 / scale + 1 / (scale * config.patch)
        return math.ceil(reach)


def to_bytes(video: Tensor, *, truncate: bool = False) -> Tensor:
    """Pictures `[3, frames, H, W]` in [-1, 1] as bytes `[frames, H, W, 3]`, on their device.

    `truncate` cuts instead of rounding, half a level darker, as the published code does.
    """
    levels = (video.float() * 0.5 + 0.5).clamp(0, 1) * 255
    if not truncate:
        levels = levels.round()
    return rearrange(levels.to(torch.uint8), "c t h w -> t h w c")
