"""Every key, shape and dtype of an engine's parts, without a byte of weights."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from engine.joint.audio_vae import AudioVAE
from engine.joint.config import JointConfig
from engine.joint.transformer import Transformer
from engine.joint.turbo_decoder import TurboDecoder
from engine.joint.video_vae import VideoVAE

Manifest = dict[str, dict[str, dict[str, object]]]


def on_meta(build: Callable[[], nn.Module]) -> nn.Module:
    """The module with shapes and dtypes but no memory."""
    with torch.device("meta"):
        return build()


def parts(config: JointConfig) -> dict[str, Callable[[], nn.Module]]:
    """How to build each part; `upscale` is the first upscaler, all of which share their keys."""
    built: dict[str, Callable[[], nn.Module]] = {
        "transformer": lambda: Transformer(config.transformer),
        "turbo_decoder": lambda: TurboDecoder(config.turbo_decoder),
        "video_vae": lambda: VideoVAE(config.video_vae),
        "audio_vae": lambda: AudioVAE(config.audio_vae),
    }
    if config.upscalers:
        first = next(iter(config.upscalers.values()))
        built["upscale"] = lambda: Transformer(first.transformer)
    return built


def manifest(config: JointConfig) -> Manifest:
    """`{part: {checkpoint key: {"shape": [...], "dtype": "float32"}}}`"""
    return {
        part: {
            key: {"shape": list(tensor.shape), "dtype": str(tensor.dtype).removeprefix("torch.")}
            for key, tensor in on_meta(build).state_dict().items()
        }
        for part, build in parts(config).items()
    }
