"""What an engine of some size takes, by arithmetic alone: bytes, operations, seconds on a card.

Nothing is built and nothing is measured. An operation is a multiplication or an addition, so a
product of weights with a token counts twice its weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from engine.joint.config import JointConfig, TransformerConfig, TurboConfig
from engine.joint.sizes import latent_frames, latent_size, nominal_frames

TEXT_TOKENS = 400
"""Of a prompt of the published kind; 250 to 450 are usual."""

TEXT_BYTES = 18_483_411_968
VIDEO_VAE_BYTES = 1_409_377_336
AUDIO_VAE_BYTES = 624_450_056
"""Of the published parts: 9,241,705,984 and 704,688,668 parameters in bfloat16, 156,112,514 in
float32."""

TURBO_FLOPS_PER_S = 200e12
"""What the published decoder reached on an H100: it waits for memory more than for arithmetic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Operations a second that a card keeps up in practice, for products and for attention."""

    products: float
    attention: float


SPEEDS: dict[str, Speed] = {
    "H200": Speed(products=700e12, attention=650e12),
    "H100": Speed(products=700e12, attention=650e12),
    "A100": Speed(products=220e12, attention=190e12),
    "RTX 5090": Speed(products=190e12, attention=190e12),
    "L40S": Speed(products=240e12, attention=200e12),
    "RTX 4090": Speed(products=145e12, attention=140e12),
}
"""Part of a card's name to its speed in bfloat16. H100 and RTX 5090 from published runs, the
others seven tenths of the maker's figure."""


def speed_of(card: str) -> Speed | None:
    """The speed of the card of that name; None for one that is not in the table."""
    return next((speed for name, speed in SPEEDS.items() if name in card), None)


# --- bytes --------------------------------------------------------------------------------------


def transformer_bytes(config: TransformerConfig) -> int:
    """The weights as the engine keeps them: products in bfloat16, everything else in float32."""
    products = sum(_sets(config, layer) * _products(config, layer) for layer in _layers(config))
    gains = sum(
        _sets(config, layer) * 2 * (config.width + config.head_width) for layer in _layers(config)
    )
    features = config.video_features + config.audio_features
    ends = (2 * features + config.text_features + 3 + 2) * config.width
    return 2 * products + 4 * (gains + ends + config.bands)


def turbo_bytes(config: TurboConfig) -> int:
    """The weights of the light decoder in bfloat16."""
    return 2 * sum(conv.weights + conv.outputs for conv in _turbo_convs(config))


def part_bytes(config: JointConfig, upscale: str) -> dict[str, int]:
    """Stage to the bytes of its weights, for the published text encoder and autoencoders."""
    return {
        "text": TEXT_BYTES,
        "base": transformer_bytes(config.transformer),
        "upscale": transformer_bytes(config.upscalers[upscale].transformer),
        "decoders": turbo_bytes(config.turbo_decoder) + VIDEO_VAE_BYTES + AUDIO_VAE_BYTES,
    }


# --- operations ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One denoising loop: its tokens, the operations of one forward, and how many forwards."""

    tokens: int
    products: float
    attention: float
    forwards: int

    def seconds(self, speed: Speed) -> float:
        once = self.products / speed.products + self.attention / speed.attention
        return self.forwards * once


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A shot's length in frames and the size of its picture in pixels."""

    frames: int
    size: tuple[int, int]


def base_work(config: JointConfig, clip: Clip, text: int = TEXT_TOKENS) -> Work:
    """The base stage; guided sampling runs every step twice."""
    sampler = config.sampler
    return _work(config.transformer, clip, text, sampler.steps * (2 if sampler.guided else 1))


def upscale_work(config: JointConfig, name: str, clip: Clip, text: int = TEXT_TOKENS) -> Work:
    """The second stage of that name."""
    stage = config.upscalers[name]
    return _work(stage.transformer, clip, text, stage.sampler.steps * (1 + stage.sampler.guided))


def _work(config: TransformerConfig, clip: Clip, text: int, forwards: int) -> Work:
    width, height = latent_size(clip.size)
    _, rows, columns = config.patch
    frame, frames = (width // columns) * (height // rows), latent_frames(clip.frames)
    tokens = frames * frame + nominal_frames(clip.frames) + text
    near = tokens**2 - _unseen(frames, config.window_frames) * frame**2
    local = len(config.local_layers)
    pairs = local * near + (config.layers - local) * tokens**2
    touched = sum(_products(config, layer) for layer in _layers(config))
    return Work(
        tokens=tokens,
        products=2.0 * touched * tokens,
        attention=4.0 * pairs * config.heads * config.head_width,
        forwards=forwards,
    )


def _unseen(frames: int, radius: int) -> int:
    """How many pairs of latent frames are further apart than `radius`."""
    beyond = max(0, frames - 1 - radius)
    return beyond * (beyond + 1)


def decode_flops(config: TurboConfig, clip: Clip) -> float:
    """Operations of the light decoder, the overlap of its windows included."""
    width, height = latent_size(clip.size)
    latents = _decoded_latents(config, latent_frames(clip.frames))
    positions = latents * width * height
    return sum(2.0 * conv.weights * conv.positions * positions for conv in _turbo_convs(config))


def _decoded_latents(config: TurboConfig, latents: int) -> int:
    """Latents that go through the decoder: whole windows, one more on each side that has more."""
    later = max(0, -(-(latents - config.first_window) // config.window))
    return config.first_window + later * config.window + 2 * later


@dataclass(frozen=True, slots=True)
class Conv:
    """A convolution: its weights, its biases, and its outputs for each latent position."""

    weights: int
    outputs: int
    positions: int


def _turbo_convs(config: TurboConfig) -> Iterator[Conv]:
    """Every convolution of the light decoder, from the latent to the picture."""
    widths = (config.channels[-1], *config.channels[::-1])
    here = 1
    yield _conv(config.latent_channels, widths[0], 27, here)
    yield from _residuals(widths[0], config.layers[-1], here)
    levels = zip(
        pairwise(widths), config.layers[-2::-1], config.upsamples[::-1], config.space_only[::-1],
        strict=True,
    )  # fmt: skip
    for (a, b), layers, grows, flat in levels:
        if a != b:
            yield _conv(a, b, 27, here)
            yield _conv(b, b, 27, here)
            yield _conv(a, b, 1, here)
        if grows and not flat:
            yield _conv(b, 2 * b, 3, here)
            here *= 2
        if grows:
            here *= 4
            yield _conv(b, b, 9, here)
        yield from _residuals(b, layers, here)
    yield _conv(widths[-1], config.picture_channels * config.patch**2, 27, here)


def _residuals(width: int, count: int, positions: int) -> Iterator[Conv]:
    for _ in range(2 * count):
        yield _conv(width, width, 27, positions)


def _conv(inputs: int, outputs: int, taps: int, positions: int) -> Conv:
    return Conv(inputs * outputs * taps, outputs, positions)


def _layers(config: TransformerConfig) -> range:
    return range(config.layers)


def _sets(config: TransformerConfig, layer: int) -> int:
    return 3 if layer in config.modal_layers else 1


def _products(config: TransformerConfig, layer: int) -> int:
    """Weights of a layer's products that one token is multiplied with."""
    inner, keys = config.heads * config.head_width, config.key_heads * config.head_width
    gates = config.heads if config.gated else 0
    ups = 1 if layer in config.gelu_layers else 2
    attention = 2 * inner + 2 * keys + gates
    return config.width * (attention + (ups + 1) * config.inner_width(layer))


# --- seconds ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Seconds on one card for a shot: base stage and its decoding, second stage and its."""

    base: float
    base_decoding: float
    upscale: float
    upscale_decoding: float

    @property
    def preview(self) -> float:
        return self.base + self.base_decoding

    @property
    def render(self) -> float:
        return self.upscale + self.upscale_decoding


def forecast(config: JointConfig, upscale: str, small: Clip, large: Clip, speed: Speed) -> Forecast:
    """What a shot of the sizes `small` and `large` takes, loading and text left out."""
    decoding = TURBO_FLOPS_PER_S * speed.products / SPEEDS["H100"].products
    return Forecast(
        base=base_work(config, small).seconds(speed),
        base_decoding=decode_flops(config.turbo_decoder, small) / decoding,
        upscale=upscale_work(config, upscale, large).seconds(speed),
        upscale_decoding=decode_flops(config.turbo_decoder, large) / decoding,
    )
