"""The small sound autoencoder: mel bands and pitch to latents of 40 ms, and back to a wave.

A latent holds four steps of 10 ms by a linear code. The voice is made again from a source and a
filter (after DDSP, Engel et al., 2020): a train of pulses at the coded pitch and noise, each shaped
in time and frequency by a small network that hears the mel bands.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional

from engine.foal.clip import SOUND_RATE_HZ
from engine.foal.mel import BANDS, STEP, WINDOW, hann, to_hz, to_mel

STEPS = 4
"""Of 10 ms in one latent."""
CENTRE_HZ = 150.0
FEATURES = BANDS + 2
"""Of a step: the bands, the pitch in octaves from `CENTRE_HZ`, and whether there is one."""
_PITCH_WEIGHT = 3.0
"""Of pitch and voicing against a band, when latents are fitted: an ear forgives them least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioCodeConfig:
    latent_channels: int = 96
    width: int = 128
    layers: int = 4
    points: int = 96
    """Of the curves that shape pulses and noise, evenly on the mel scale."""


def steps_of(mel: Tensor, pitch: Tensor) -> Tensor:
    """`[n, FEATURES]` of bands `[n, BANDS]` and hertz `[n]`, 0 where unvoiced.

    Between voiced stretches the pitch is carried over, so that it has no cliffs.
    """
    voiced = (pitch > 0).float()
    octaves = torch.log2(pitch.clamp(min=1.0) / CENTRE_HZ)
    carried = torch.from_numpy(_carried(octaves.numpy(), voiced.numpy() > 0))
    return torch.cat([mel.float(), carried[:, None], voiced[:, None]], dim=1)


def _carried(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    if not known.any():
        return np.zeros_like(values)
    at = np.flatnonzero(known)
    return np.interp(np.arange(len(values)), at, values[at]).astype(np.float32)


class AudioCode(nn.Module):
    """Both halves: a linear code of four steps at once, and the voice."""

    def __init__(self, config: AudioCodeConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("mean", torch.zeros(FEATURES))
        self.register_buffer("weight", torch.ones(FEATURES))
        self.register_buffer("basis", torch.zeros(STEPS * FEATURES, config.latent_channels))
        self.register_buffer("scale", torch.ones(config.latent_channels))
        self.voice = Voice(config)

    mean: Tensor
    weight: Tensor
    basis: Tensor
    scale: Tensor

    @torch.no_grad()
    def fit(self, steps: Tensor) -> float:
        """Fit the linear code to `[n, FEATURES]`; the share of variance that it keeps."""
        self.mean.copy_(steps.mean(0))
        spread = steps.std(0) + 1e-3
        spread[BANDS:] /= _PITCH_WEIGHT
        self.weight.copy_(1 / spread)
        rows = self._rows(steps[: len(steps) // STEPS * STEPS])
        values, vectors = torch.linalg.eigh(rows.T @ rows / len(rows))
        kept = self.config.latent_channels
        values, vectors = values.flip(0).clamp(min=0), vectors.flip(1)
        self.basis.copy_(vectors[:, :kept])
        # Half way to equal deviations: what matters less is also coded with less care.
        scale = values[:kept].sqrt().clamp(min=1e-4).sqrt()
        level = (values[:kept] / scale**2).mean().sqrt()
        self.scale.copy_(scale * level)
        return float(values[:kept].sum() / values.sum())

    def _rows(self, steps: Tensor) -> Tensor:
        return rearrange((steps - self.mean) * self.weight, "(n s) f -> n (s f)", s=STEPS)

    def encode(self, steps: Tensor) -> Tensor:
        """Latents `[n, channels]` of steps `[4 n, FEATURES]`."""
        return self._rows(steps) @ self.basis / self.scale

    def steps(self, latents: Tensor) -> Tensor:
        """Steps `[4 n, FEATURES]` of latents `[n, channels]`."""
        rows = (latents * self.scale) @ self.basis.T
        return rearrange(rows, "n (s f) -> (n s) f", s=STEPS) / self.weight + self.mean

    @torch.no_grad()
    def decode(self, latents: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """A wave `[n * 960]` at `SOUND_RATE_HZ` of latents `[n, channels]`."""
        steps = self.steps(latents.float())
        return self.voice(steps[None], generator)[0].clamp(-1, 1)


class Voice(nn.Module):
    """Steps `[batch, n, FEATURES]` to a wave `[batch, n * STEP]`."""

    def __init__(self, config: AudioCodeConfig) -> None:
        super().__init__()
        width, points = config.width, config.points
        self.points = points
        self.enter = nn.Conv1d(FEATURES, width, 5, padding=2)
        self.layers = nn.ModuleList(
            nn.Conv1d(width, width, 5, padding=2) for _ in range(config.layers)
        )
        self.leave = nn.Conv1d(width, 2 * points, 1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)  # type: ignore[arg-type]

    def forward(self, steps: Tensor, generator: torch.Generator | None = None) -> Tensor:
        bands, octaves, voiced = steps[..., :BANDS], steps[..., BANDS], steps[..., BANDS + 1]
        heard = torch.cat(
            [bands * 0.4 + 2, octaves[..., None], voiced[..., None] * 2 - 1], dim=-1
        ).mT
        x = functional.silu(self.enter(heard))
        for layer in self.layers:
            x = x + functional.silu(layer(x))
        change = self.leave(x).unflatten(1, (2, self.points))
        start = (bands @ band_points(self.points)).mT
        pulses, noise = (start + change[:, 0]), (start + change[:, 1])
        sure = torch.sigmoid(12 * (voiced - 0.5))[:, None]
        hertz = CENTRE_HZ * 2 ** octaves.clamp(-2, 2)
        source = pulse_train(hertz)
        tone = _filtered(source, pulses.exp() * sure, self.points)
        hiss = torch.randn(source.shape, generator=generator, device=source.device)
        return tone + _filtered(hiss, noise.exp(), self.points)


def pulse_train(hertz: Tensor) -> Tensor:
    """All harmonics below half the rate, equally strong, of `[batch, n]` pitches of 10 ms.

    The sum of cosines in its closed form (Dirichlet's kernel), at about unit loudness a bin.
    """
    each = functional.interpolate(hertz[:, None], scale_factor=STEP, mode="linear")[:, 0]
    phase = torch.cumsum(each.double() / SOUND_RATE_HZ, dim=1) % 1 * (2 * torch.pi)
    phase = phase.float()
    count = torch.floor(0.5 * SOUND_RATE_HZ / each)
    half = torch.sin(phase / 2)
    near = half.abs() < 1e-4
    kernel = torch.sin((count + 0.5) * phase) / torch.where(near, torch.ones_like(half), 2 * half)
    kernel = torch.where(near, count + 0.5, kernel) - 0.5
    return kernel * torch.sqrt(2 * each / SOUND_RATE_HZ) * 0.7


def _filtered(source: Tensor, curve: Tensor, points: int) -> Tensor:
    """A wave shaped by `[batch, points, n]` gains, column by column of its short-time spectrum."""
    margin = (WINDOW - STEP) // 2
    padded = functional.pad(source, (margin, WINDOW - STEP - margin))
    window = hann(WINDOW).to(source.device)
    spectrum = torch.stft(padded, WINDOW, STEP, window=window, center=False, return_complex=True)
    shaped = spectrum * torch.einsum("bpn,pk->bkn", curve, bin_points(points)) / _LEVEL
    length = padded.shape[-1]
    columns = torch.fft.irfft(shaped, WINDOW, dim=1) * window[:, None]
    made = functional.fold(columns, (1, length), (1, WINDOW), stride=(1, STEP))[:, 0, 0]
    cover = functional.fold(
        (window**2)[None, :, None].expand(1, -1, columns.shape[-1]), (1, length), (1, WINDOW),
        stride=(1, STEP),
    )[:, 0, 0]  # fmt: skip
    return (made / cover.clamp(min=1e-3))[:, margin : margin + source.shape[-1]]


_LEVEL = float(np.sqrt(0.375 * WINDOW))
"""What a bin of unit noise has under the window, so that gains are magnitudes of mel bands."""


@cache
def band_points(points: int) -> Tensor:
    """Bands to the curve's points, by straight lines on the mel scale, `[BANDS, points]`."""
    from engine.foal.mel import HIGHEST_HZ, LOWEST_HZ

    centres = np.linspace(to_mel(LOWEST_HZ), to_mel(HIGHEST_HZ), BANDS + 2)[1:-1]
    at = np.linspace(0, to_mel(SOUND_RATE_HZ / 2), points)
    return torch.from_numpy(_lines(centres, at)).float()


@cache
def bin_points(points: int) -> Tensor:
    """The curve's points to the bins of a spectrum, `[points, WINDOW // 2 + 1]`."""
    at = to_hz(np.linspace(0, to_mel(SOUND_RATE_HZ / 2), points))
    bins = np.fft.rfftfreq(WINDOW, 1 / SOUND_RATE_HZ)
    return torch.from_numpy(_lines(at, bins)).float()


def _lines(known: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The matrix that interpolates values at `known` to `wanted`."""
    return np.stack([np.interp(wanted, known, row) for row in np.eye(len(known))])
