"""The sound autoencoder, and the clocks around it.

Made for 44.1 kHz, it is run as if at 51.2 kHz, so that one latent lasts exactly one frame of 25 a
second; what it gives is then resampled. Names of modules are the names in the published
checkpoint, without its prefix.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.joint.config import AudioStackConfig, AudioVAEConfig

DILATIONS = (1, 3, 9)
WINDOW_S = 29
"""Longest sound coded in one piece; the published code's choice."""


class Snake(nn.Module):
    """x + sin^2(x e^alpha) / e^beta, per channel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.zeros(channels))
        self.beta = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        alpha, beta = self.alpha.exp()[:, None], self.beta.exp()[:, None]
        return x + torch.sin(x * alpha).square() / (beta + 1e-9)


class WeightNormed(nn.Module):
    """A convolution stored as direction and length; the two are joined once, at first use.

    The length belongs to the first axis of the stored weight: outputs of a convolution, inputs
    of a transposed one.
    """

    def __init__(self, shape: Sequence[int], bias: int, work: Callable[..., Tensor]) -> None:
        super().__init__()
        self.weight_g = nn.Parameter(torch.ones(shape[0], 1, 1))
        self.weight_v = nn.Parameter(torch.empty(*shape))
        if not self.weight_v.is_meta:
            nn.init.kaiming_uniform_(self.weight_v, a=5**0.5)
        self.bias = nn.Parameter(torch.zeros(bias)) if bias else None
        self.work = work
        self._joined: tuple[tuple[int, ...], Tensor] | None = None

    def weight(self) -> Tensor:
        key = (self.weight_g._version, self.weight_v._version, self.weight_v.data_ptr())
        if self._joined is None or self._joined[0] != key or torch.is_grad_enabled():
            length = self.weight_v.flatten(1).norm(dim=1)[:, None, None]
            self._joined = (key, self.weight_g * self.weight_v / length)
        return self._joined[1]

    def forward(self, x: Tensor) -> Tensor:
        return self.work(x, self.weight(), self.bias)


def _conv(
    inputs: int, outputs: int, kernel: int, *, stride: int = 1, padding: int = 0, dilation: int = 1,
    bias: bool = True,
) -> WeightNormed:  # fmt: skip
    def work(x: Tensor, weight: Tensor, offset: Tensor | None) -> Tensor:
        return functional.conv1d(x, weight, offset, stride, padding, dilation)

    return WeightNormed((outputs, inputs, kernel), outputs if bias else 0, work)


def _transposed(inputs: int, outputs: int, stride: int) -> WeightNormed:
    def work(x: Tensor, weight: Tensor, offset: Tensor | None) -> Tensor:
        return functional.conv_transpose1d(x, weight, offset, stride, math.ceil(stride / 2))

    return WeightNormed((inputs, outputs, 2 * stride), outputs, work)


class Chain(nn.Module):
    """Layers one after another, under the name the checkpoint numbers them by."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)
        return x


class Unit(Chain):
    """A dilated convolution and a mix of channels, beside the input."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__(
            Snake(channels),
            _conv(channels, channels, 7, padding=3 * dilation, dilation=dilation),
            Snake(channels),
            _conv(channels, channels, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + super().forward(x)


def _units(channels: int) -> list[nn.Module]:
    return [Unit(channels, dilation) for dilation in DILATIONS]


def _widths(config: AudioStackConfig) -> list[int]:
    return [config.channels * m for m in (1, *config.multipliers)]


def encoder(config: AudioStackConfig) -> Chain:
    """Waves `[batch, 2, samples]` to `[batch, mean and scale, samples // hop]`."""
    widths = _widths(config)
    blocks = [
        Chain(*_units(a), Snake(a), _conv(a, b, 2 * s, stride=s, padding=math.ceil(s / 2)))
        for a, b, s in zip(widths, widths[1:], config.strides, strict=False)
    ]
    return Chain(
        _conv(config.wave_channels, widths[0], 7, padding=3),
        *blocks,
        Snake(widths[-1]),
        _conv(widths[-1], config.latent_channels, 3, padding=1),
    )


def decoder(config: AudioStackConfig, *, final_tanh: bool) -> Chain:
    """Latents `[batch, channels, n]` to waves `[batch, 2, n * hop]`."""
    widths, strides = _widths(config)[::-1], config.strides[::-1]
    blocks = [
        Chain(Snake(a), _transposed(a, b, s), *_units(b))
        for a, b, s in zip(widths, widths[1:], strides, strict=False)
    ]
    return Chain(
        _conv(config.latent_channels, widths[0], 7, padding=3),
        *blocks,
        Snake(widths[-1]),
        _conv(widths[-1], config.wave_channels, 7, padding=3, bias=False),
        nn.Tanh() if final_tanh else nn.Identity(),
    )


class AudioVAE(nn.Module):
    """Both halves, float32."""

    def __init__(self, config: AudioVAEConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = encoder(config.encoder)
        self.decoder = decoder(config.decoder, final_tanh=config.final_tanh)

    @torch.no_grad()
    def posterior(self, wave: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and deviation of the latent of waves `[batch, 2, samples]` at the inner clock."""
        mean, scale = self.encoder(wave).chunk(2, dim=1)
        return mean, functional.softplus(scale) + 1e-4

    def encode(self, wave: Tensor, noise: Callable[[Tensor], Tensor]) -> Tensor:
        """A latent drawn from the posterior; `noise` gives normal numbers like its argument."""
        mean, deviation = self.posterior(wave)
        return noise(mean) * deviation + mean

    @torch.no_grad()
    def decode(self, latent: Tensor) -> Tensor:
        """Waves `[batch, 2, hop * n]` at the inner clock of latents `[batch, channels, n]`."""
        return self.decoder(latent)

    def encode_long(
        self, wave: Tensor, noise: Callable[[Tensor], Tensor], *, drifting: bool = False,
        window_s: int = WINDOW_S,
    ) -> Tensor:  # fmt: skip
        """The latent of a sound of any length, in half-overlapping windows cross-faded linearly.

        `drifting` lays windows half a window apart in samples although that is no whole number
        of latents, as the published code does; ours starts every window on a latent.
        """
        hop = self.config.encoder.hop
        window = window_s * self.config.clock_hz
        if wave.shape[-1] <= window:
            return self.encode(wave, noise)
        inside = window // hop
        step = window // 2 if drifting else (inside - inside // 2) * hop
        starts = range(0, max(1, math.ceil((wave.shape[-1] - window) / step) + 1) * step, step)
        pieces = [
            self.encode(functional.pad(piece, (0, window - piece.shape[-1])), noise)
            for piece in (wave[..., start : start + window] for start in starts)
        ]
        return cross_fade(pieces, 0.5)[..., : math.ceil(wave.shape[-1] / hop)]


def cross_fade(pieces: Sequence[Tensor], overlap: float) -> Tensor:
    """Pieces `[..., n]` of equal length laid over one another by that part of a length, the
    earlier fading out while the later fades in."""
    length = pieces[0].shape[-1]
    shared = int(length * overlap)
    rise = torch.arange(shared, dtype=pieces[0].dtype, device=pieces[0].device) / max(1, shared)
    joined = pieces[0]
    for piece in pieces[1:]:
        body, tail = (
            joined[..., : joined.shape[-1] - shared],
            joined[..., joined.shape[-1] - shared :],
        )
        blend = tail * (1 - rise) + piece[..., :shared] * rise
        joined = torch.cat([body, blend, piece[..., shared:]], dim=-1)
    return joined


def resample(wave: Tensor, count: int) -> Tensor:
    """`[..., n]` samples as `count` samples of the same stretch of time, by its whole spectrum,
    worked out in float64."""
    n = wave.shape[-1]
    spectrum = torch.fft.rfft(wave.double())
    kept = min(n, count)
    spectrum = spectrum[..., : kept // 2 + 1].clone()
    if kept % 2 == 0 and count != n:
        # The middle frequency stands for two mirror images in the one and one in the other.
        spectrum[..., -1] *= 2 if count < n else 0.5
    return (torch.fft.irfft(spectrum, n=count) * (count / n)).to(wave.dtype)


def to_output_rate(wave: Tensor, config: AudioVAEConfig) -> Tensor:
    """A wave `[2, n]` at the inner clock as `[2, int(n * 441 / 512)]` at the output rate."""
    return resample(wave, wave.shape[-1] * config.output_hz // config.clock_hz)
