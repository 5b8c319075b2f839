"""The sizes of every part of the joint engine, one frozen value per part, let in from YAML.

Defaults are the published 15-billion-parameter model. A smaller engine is another file.
"""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic.dataclasses import dataclass
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

_CLOSED = ConfigDict(extra="forbid")

Coordinates = Literal["v1", "v2", "clock"]
"""How tokens are placed in time: v2 for the base models, v1 for super-resolution; by a clock, every
token stands at its own moment and text at a place of its own (`tokens.Clock`)."""

LATENT_MEAN = (
    -0.2289, -0.0052, -0.1323, -0.2339, -0.2799, 0.0174, 0.1838, 0.1557, -0.1382, 0.0542,
    0.2813, 0.0891, 0.1570, -0.0098, 0.0375, -0.1825, -0.2246, -0.1207, -0.0698, 0.5109,
    0.2665, -0.2108, -0.2158, 0.2502, -0.2055, -0.0322, 0.1109, 0.1567, -0.0729, 0.0899,
    -0.2799, -0.1230, -0.0313, -0.1649, 0.0117, 0.0723, -0.2839, -0.2083, -0.0520, 0.3748,
    0.0152, 0.1957, 0.1433, -0.2944, 0.3573, -0.0548, -0.1681, -0.0667,
)  # fmt: skip
LATENT_STD = (
    0.4765, 1.0364, 0.4514, 1.1677, 0.5313, 0.4990, 0.4818, 0.5013, 0.8158, 1.0344,
    0.5894, 1.0901, 0.6885, 0.6165, 0.8454, 0.4978, 0.5759, 0.3523, 0.7135, 0.6804,
    0.5833, 1.4146, 0.8986, 0.5659, 0.7069, 0.5338, 0.4889, 0.4917, 0.4069, 0.4999,
    0.6866, 0.4093, 0.5709, 0.6065, 0.6415, 0.4944, 0.5726, 1.2042, 0.5458, 1.6887,
    0.3971, 1.0600, 0.3943, 0.5537, 0.5444, 0.4089, 0.7468, 0.7744,
)  # fmt: skip
"""Mean and deviation of the 48 video latent channels over the training set; both video
autoencoders were trained with these numbers and neither checkpoint holds them."""


class ConfigError(ValueError):
    """An engine file cannot be used; the message names the file and the field."""


@dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class TransformerConfig:
    """The token mixer. `modal_layers` hold one set of weights each for video, audio and text."""

    layers: int = 40
    width: int = 5120
    heads: int = 40
    key_heads: int = 8
    head_width: int = 128
    video_features: int = 192
    audio_features: int = 64
    text_features: int = 3584
    patch: tuple[int, int, int] = (1, 2, 2)
    modal_layers: tuple[int, ...] = (0, 1, 2, 3, 36, 37, 38, 39)
    gelu_layers: tuple[int, ...] = (0, 1, 2, 3)
    local_layers: tuple[int, ...] = ()
    """Layers in which a video token sees only latent frames at most `window_frames` away."""
    window_frames: int = 11
    post_norm_layers: tuple[int, ...] = ()
    gated: bool = True
    coordinates: Coordinates = "v2"
    text_offset: int = 0
    predicts: Literal["velocity", "clean"] = "velocity"
    """What the heads give; a clean latent is turned into a velocity by who knows the noise."""
    told: bool = False
    """Whether a small model is told what a large one sees by itself (`told.Told`)."""

    def __post_init__(self) -> None:
        if self.heads % self.key_heads:
            raise ValueError(f"{self.heads} heads cannot share {self.key_heads} key heads evenly")
        if self.head_width < 8:
            raise ValueError(
                f"head_width {self.head_width} leaves no room to rotate; it needs 8 or more"
            )
        named = {*self.modal_layers, *self.gelu_layers, *self.local_layers, *self.post_norm_layers}
        if named - set(range(self.layers)):
            raise ValueError(f"layers {sorted(named - set(range(self.layers)))} do not exist")

    @property
    def bands(self) -> int:
        """Rotary frequencies per axis; three axes rotate 6/8 of every head."""
        return self.head_width // 8

    def inner_width(self, layer: int) -> int:
        """Width inside the feed-forward of `layer`; the gated ones are two thirds, cut to 4."""
        if layer in self.gelu_layers:
            return 4 * self.width
        return int(self.width * 4 * 2 / 3) // 4 * 4


@dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class SamplerConfig:
    """How noise becomes latents. `guided` needs a negative prompt and two samples per step."""

    steps: int = 32
    shift: float = 5.0
    guided: bool = True
    video_guidance: float = 5.0
    late_video_guidance: float = 2.0
    """From timestep 500 downwards."""
    audio_guidance: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class UpscaleConfig:
    """How base latents become the start of the super-resolution stage, and how it is sampled."""

    steps: int = 5
    shift: float = 5.0
    guided: bool = False
    video_guidance: float = 3.5
    early_guidance: float = 2.0
    early_frames: int = 13
    """The first latent frames never get more than `early_guidance`."""
    noise_level: int = 220
    """Index into the 1000 levels of the noise table; 0 leaves the picture as it is."""
    audio_noise: float = 0.7


@dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class TurboConfig:
    """The light video decoder. Lists run from the finest level to the coarsest."""

    latent_channels: int = 48
    channels: tuple[int, ...] = (64, 128, 256, 512)
    layers: tuple[int, ...] = (2, 2, 2, 3, 3)
    upsamples: tuple[bool, ...] = (False, True, True, True)
    space_only: tuple[bool, ...] = (False, True, False, False)
    depthwise: tuple[bool, ...] = (False, False, False, False, False)
    depthwise_kernel: int = 5
    picture_channels: int = 3
    patch: int = 2
    unpatchify: bool = True
    shortcut_eps: float = 1e-6
    first_window: int = 7
    window: int = 7
    frames_per_latent: int = 4
    pixels_per_latent: int = 16

    def __post_init__(self) -> None:
        levels = len(self.channels)
        if len(self.upsamples) != levels or len(self.space_only) != levels:
            raise ValueError("channels, upsamples and space_only must be equally long")
        if len(self.layers) != levels + 1 or len(self.depthwise) != levels + 1:
            raise ValueError("layers and depthwise must be one longer than channels")


@dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class VideoVAEConfig:
    """The full video autoencoder: causal in time, 4 frames and 16 x 16 pixels per latent."""

    encoder_width: int = 160
    decoder_width: int = 256
    latent_channels: int = 48
    multipliers: tuple[int, ...] = (1, 2, 4, 4)
    residual_blocks: int = 2
    shrink_time: tuple[bool, ...] = (False, True, True)

    def __post_init__(self) -> None:
        if len(self.shrink_time) != len(self.multipliers) - 1:
            raise ValueError("shrink_time must be one shorter than multipliers")


@dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class AudioStackConfig:
    """One half of the audio autoencoder. `latent_channels` of the encoder is mean and scale."""

    channels: int = 128
    multipliers: tuple[int, ...] = (1, 2, 4, 8, 16)
    strides: tuple[int, ...] = (2, 4, 4, 8, 8)
    latent_channels: int = 64
    wave_channels: int = 2

    def __post_init__(self) -> None:
        if len(self.strides) != len(self.multipliers):
            raise ValueError("strides and multipliers must be equally long")

    @property
    def hop(self) -> int:
        """Samples per latent."""
        total = 1
        for stride in self.strides:
            total *= stride
        return total


def _encoder() -> AudioStackConfig:
    return AudioStackConfig(latent_channels=128)


@dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class AudioVAEConfig:
    """The sound autoencoder, run at a clock that makes one latent as long as one frame."""

    encoder: AudioStackConfig = field(default_factory=_encoder)
    decoder: AudioStackConfig = field(default_factory=AudioStackConfig)
    clock_hz: int = 51_200
    output_hz: int = 44_100
    final_tanh: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class TextConfig:
    """The prompt encoder's side of the bargain; the encoder itself comes with its own config."""

    features: int = 3584
    longest: int = 640
    negative: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class UpscalerConfig:
    """One second stage: its own transformer, how it is sampled, and the sizes it was made for."""

    transformer: TransformerConfig
    sampler: UpscaleConfig = UpscaleConfig()
    weights: str = ""

    def __post_init__(self) -> None:
        if self.transformer.coordinates != "v1":
            raise ValueError("an upscaler's transformer has coordinates v1")


@dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class FilesConfig:
    """Where each part's weights lie, relative to the folder of all weights."""

    transformer: str = ""
    turbo_decoder: str = ""
    video_vae: str = ""
    audio_vae: str = ""
    text: str = ""


class JointConfig(BaseModel):
    """A whole joint engine. Upscalers are named for what they make, as in `1080p`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    transformer: TransformerConfig = TransformerConfig()
    sampler: SamplerConfig = SamplerConfig()
    upscalers: dict[str, UpscalerConfig] = {}
    turbo_decoder: TurboConfig = TurboConfig()
    video_vae: VideoVAEConfig = VideoVAEConfig()
    audio_vae: AudioVAEConfig = AudioVAEConfig()
    text: TextConfig = TextConfig()
    weights: FilesConfig = FilesConfig()
    fps: int = 25

    @model_validator(mode="after")
    def _parts_fit(self) -> JointConfig:
        named = {name: upscaler.transformer for name, upscaler in self.upscalers.items()}
        for name, part in {"transformer": self.transformer, **named}.items():
            self._fits(name, part)
        return self

    def _fits(self, name: str, part: TransformerConfig) -> None:
        if self.text.features != part.text_features:
            raise ValueError(f"{name}: text_features is not text.features, {self.text.features}")
        frames, rows, columns = part.patch
        channels = self.turbo_decoder.latent_channels
        if part.video_features != frames * rows * columns * channels:
            raise ValueError(f"{name}: video_features is not patch times {channels} channels")
        if channels != self.video_vae.latent_channels:
            raise ValueError("turbo_decoder and video_vae have different latent_channels")
        if part.audio_features != self.audio_vae.decoder.latent_channels:
            raise ValueError(f"{name}: audio_features is not the audio latent's channels")


def read_config(path: Path) -> JointConfig:
    """The engine `path` describes: a file that is a `JointConfig`, or has one under `joint`."""
    try:
        document = YAML(typ="safe", pure=True).load(path)
    except (OSError, YAMLError, ValueError) as error:  # ValueError: an impossible date
        raise ConfigError(f"{path}: cannot be read as YAML: {error}") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: is nested too deeply to be an engine") from error
    if not isinstance(document, dict):
        raise ConfigError(f"{path}: holds no engine; it needs a mapping with `transformer: ...`")
    if "kind" in document and "joint" not in document:
        raise ConfigError(f"{path}: is an engine of kind {document['kind']}, which has no `joint:`")
    try:
        return JointConfig.model_validate(document.get("joint", document))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "file"
        raise ConfigError(f"{path}: {where}: {first['msg']}") from error
