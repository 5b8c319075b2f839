"""The models of one engine, each brought to the device when a stage of the work asks for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

from engine.interface import EngineUnavailable
from engine.joint.audio_vae import AudioVAE
from engine.joint.config import TransformerConfig
from engine.joint.device import device_of, memory_bytes
from engine.joint.eight_bits import in_eight_bits
from engine.joint.estimate import TEXT_BYTES
from engine.joint.hashed import Hashed
from engine.joint.precision import suited
from engine.joint.residency import (
    WORKING_BYTES,
    Size,
    Stage,
    Stages,
    Streamed,
    Way,
    plan_residency,
    transformer_size,
    weight_bytes,
)
from engine.joint.settings import JointSettings
from engine.joint.text import Encode, T5Gemma
from engine.joint.transformer import Transformer
from engine.joint.turbo_decoder import TurboDecoder
from engine.joint.video_vae import VideoVAE
from engine.joint.weights import Family, load, open_weights

RANDOM_SEED = 20_251_121
LARGEST_RANDOM = 50_000_000
"""Parameters. Random weights are for trying the way of a shot, not for filling memory."""

RANDOM_VOLUME = 0.004
"""Of the last layer of a random sound decoder, so that its noise is as loud as speech; as it comes
it clips, and no gate would let it through."""

Part = TypeVar("Part", bound=nn.Module)


def alone(config: TransformerConfig, _: str) -> Transformer:
    """The transformer of a stage, all of it in this process."""
    return Transformer(config)


class Parts:
    """Opened once; holds what the memory of the device allows. `weights` is None for random ones.

    `features` opens a memory of prompts that outlasts the run, given the encoder to ask for those
    it does not know; without it they are remembered for the run. `transformer` builds the model of
    a stage, where several processes share it; `device` is this process's, if not as the settings
    say.
    """

    def __init__(
        self,
        settings: JointSettings,
        weights: Path | None,
        *,
        features: Callable[[Encode], Encode] | None = None,
        transformer: Callable[[TransformerConfig, str], Transformer] = alone,
        device: torch.device | None = None,
    ) -> None:
        self.device = device or device_of(settings)
        self._transformer_of = transformer
        self._settings = settings
        self._weights = weights
        self._encode = (
            Hashed(settings.joint.text) if weights is None else (features or cache)(self._asked)
        )
        budget = int(settings.memory_gb * 1e9) if settings.memory_gb else memory_bytes(self.device)
        if self.device.type == "cpu":
            budget //= settings.processes
        self._room = budget - min(WORKING_BYTES, budget // 4)
        self._stages = Stages(self._described(), self._room)

    def features(self, prompt: str) -> Tensor:
        """What the transformers read of a prompt, on the device."""
        return self._encode(prompt).to(self.device)

    def base(self) -> Transformer:
        return self.transformer("base")

    def upscaler(self) -> Transformer:
        return self.transformer("upscale")

    def transformer(self, stage: str) -> Transformer:
        return self._get(stage, Transformer)

    def turbo(self) -> TurboDecoder:
        return self._get("turbo", TurboDecoder)

    def video_vae(self) -> VideoVAE:
        return self._get("video", VideoVAE)

    def audio_vae(self) -> AudioVAE:
        return self._get("audio", AudioVAE)

    @property
    def resident(self) -> tuple[str, ...]:
        return self._stages.resident

    def close(self) -> None:
        self._stages.drop()

    def _get(self, name: str, kind: type[Part]) -> Part:
        part = self._stages.get(name)
        assert isinstance(part, kind)
        return part

    def _described(self) -> dict[str, Stage]:
        """Every part: how it is loaded, and its bytes as they will lie on the device."""
        config, files = self._settings.joint, self._settings.joint.weights
        upscaler = config.upscalers[self._settings.upscale]
        wide = torch.float32 if self.device.type == "cpu" else torch.bfloat16
        stages = {
            "base": self._transformer("base", config.transformer, files.transformer),
            "upscale": self._transformer("upscale", upscaler.transformer, upscaler.weights),
            "turbo": self._part(
                lambda: TurboDecoder(config.turbo_decoder).to(wide), files.turbo_decoder,
                Family.TURBO,
            ),
            "video": self._part(
                lambda: VideoVAE(config.video_vae).to(wide), files.video_vae, Family.VIDEO_VAE
            ),
            "audio": self._part(self._sound, files.audio_vae, Family.AUDIO_VAE),
        }  # fmt: skip
        if self._weights is not None:
            stages["text"] = self._text(self._weights / files.text)
        return stages

    @torch.no_grad()
    def _sound(self) -> AudioVAE:
        model = AudioVAE(self._settings.joint.audio_vae)
        if self._weights is None:
            model.decoder.layers[-2].get_parameter("weight_g").mul_(RANDOM_VOLUME)
        return model

    def _part(self, build: Callable[[], nn.Module], file: str, family: str) -> Stage:
        return Stage(lambda: self._loaded(build, file, family, self.device), weight_bytes(build))

    def _transformer(self, stage: str, config: TransformerConfig, file: str) -> Stage:
        def build() -> Transformer:
            return self._transformer_of(config, stage)

        eight = self._settings.eight_bits
        size = transformer_size(config)
        size = size.halved if eight else size
        if self.device.type == "cpu":
            size = Size(size.whole)
        placed = plan_residency({file: size}, self._room, working=0)
        streams = placed.ways[file] is Way.STREAMED

        def brought() -> Transformer:
            host = torch.device("cpu") if streams or eight else self.device
            model = self._loaded(build, file, Family.TRANSFORMER, host)
            model = suited(in_eight_bits(model) if eight else model, self.device)
            if not streams:
                return model.to(self.device)
            Streamed(model, self.device)
            return model

        return Stage(brought, placed.bytes[file])

    def _loaded(
        self, build: Callable[[], Part], file: str, family: str, device: torch.device
    ) -> Part:
        if self._weights is not None:
            opened = open_weights(self._weights / file, device)
            return load(build, opened, device=device, expected=family)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(RANDOM_SEED)
            return build().requires_grad_(False).eval().to(device)

    def _asked(self, prompt: str) -> Tensor:
        text = self._get("text", Prompted)
        features: Tensor = text(prompt)
        return features.cpu()

    def _text(self, folder: Path) -> Stage:
        """On the device, or on the processor where it does not fit."""
        fits = self._room >= TEXT_BYTES
        device = self.device if fits else torch.device("cpu")
        config = self._settings.joint.text
        return Stage(
            lambda: Prompted(T5Gemma(folder, config, device=device)), TEXT_BYTES if fits else 0
        )


class Prompted(nn.Module):
    """The text encoder as a part among parts."""

    def __init__(self, encode: Encode) -> None:
        super().__init__()
        self._encode = encode

    def forward(self, prompt: str) -> Tensor:
        return self._encode(prompt)


def refuse_large_random(settings: JointSettings) -> None:
    """EngineUnavailable when random weights are asked for at a size they are not meant for."""
    config = settings.joint
    count = weight_bytes(lambda: Transformer(config.transformer, torch.float32)) // 4
    if count > LARGEST_RANDOM:
        raise EngineUnavailable(
            f"{settings.name}: `weights: random` is for tiny sizes, this one has {count / 1e9:.1f} "
            "billion parameters; name the folder of its weights"
        )
