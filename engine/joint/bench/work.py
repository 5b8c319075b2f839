"""What is measured: a guided denoising step at a few sizes, our way and the plain way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.joint.bench.plain import Plain
from engine.joint.config import TransformerConfig
from engine.joint.sampler import Sample, prepare, velocity
from engine.joint.transformer import Latents, Transformer

SCALES: tuple[float | Tensor, float] = (5.0, 5.0)
LATENT = 48

WAYS = ("ours", "together", "apart", "plain")
"""As the engine chooses; both prompts in one forward; one after the other; the plain
implementation."""


@dataclass(frozen=True, slots=True)
class Size:
    """A transformer and a clip: latent frames, rows, columns, audio latents, text tokens."""

    config: TransformerConfig
    video: tuple[int, int, int]
    audio: int
    text: int


def _config(width: int, heads: int, layers: int) -> TransformerConfig:
    return TransformerConfig(
        layers=layers,
        width=width,
        heads=heads,
        key_heads=2,
        head_width=width // heads,
        text_features=256,
        modal_layers=(0, layers - 1),
        gelu_layers=(0,),
    )


SIZES = {
    "tiny": Size(_config(128, 4, 8), (2, 4, 6), 9, 20),
    "small": Size(_config(256, 4, 8), (7, 8, 8), 26, 60),
    "middle": Size(_config(512, 8, 8), (7, 16, 28), 26, 80),
}


def model_of(size: Size) -> Transformer:
    torch.manual_seed(0)
    return Transformer(size.config, dtype=torch.float32).eval()


def sample_of(size: Size) -> Sample:
    """A clip to guide, its negative prompt longer than its prompt, as they are."""
    generator = torch.Generator().manual_seed(1)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    features = size.config.text_features
    return Sample(
        start=Latents(normal(LATENT, *size.video), normal(size.audio, 64)),
        text=normal(size.text, features),
        negative=normal(2 * size.text, features),
    )


def step_of(way: str, model: Transformer, sample: Sample) -> Callable[[], Latents]:
    """One guided velocity of `sample`, everything made beforehand that the way makes beforehand."""
    if way != "plain":
        limits = {"ours": None, "together": 1_000_000_000, "apart": 0}
        contexts = prepare(model, [sample], guided=True, at_once=limits[way])
        return lambda: velocity(model, [sample.start], contexts, [SCALES])[0]
    assert sample.negative is not None
    texts = (sample.text, sample.negative)
    plain = Plain(model)
    return lambda: _guided(*(plain(sample.start, text) for text in texts))


def _guided(c: Latents, u: Latents) -> Latents:
    video, audio = SCALES
    return Latents(u.video + video * (c.video - u.video), u.audio + audio * (c.audio - u.audio))
