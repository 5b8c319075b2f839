"""The small engine at a size for tests, with weights that have learnt nothing."""

from __future__ import annotations

from pathlib import Path

import torch

from engine.foal.audio_code import AudioCode, AudioCodeConfig
from engine.foal.engine import FoalEngine
from engine.foal.learn import fresh
from engine.foal.lessons import TEXT_FEATURES
from engine.foal.settings import FoalSettings
from engine.foal.upscaler import Upscaler, UpscalerConfig
from engine.foal.video_code import VideoCode, VideoCodeConfig
from engine.foal.weights import FILES, kept
from engine.joint.config import TransformerConfig
from engine.joint.transformer import Transformer
from storyboard.request import Request
from tests.engine.shots import shot, speech

PREVIEW, RENDER = (64, 96), (128, 192)

CONFIG = TransformerConfig(
    layers=3,
    width=32,
    heads=2,
    key_heads=2,
    head_width=16,
    video_features=96,
    audio_features=96,
    text_features=TEXT_FEATURES,
    modal_layers=(0, 2),
    gelu_layers=(0, 1, 2),
    coordinates="clock",
    predicts="clean",
    told=True,
)


def small_model() -> Transformer:
    """Heads and mix that say something, so that nothing is equal because it is zero."""
    torch.manual_seed(3)
    model = fresh(CONFIG)
    for parameter in model.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.05)
    return model


def small_weights(folder: Path) -> Path:
    parts: dict[str, torch.nn.Module] = {"transformer": small_model()}
    torch.manual_seed(4)
    audio = AudioCode(AudioCodeConfig())
    audio.fit(torch.randn(800, 82))
    parts |= {
        "video_code": VideoCode(VideoCodeConfig()),
        "audio_code": audio,
        "upscaler": Upscaler(UpscalerConfig()),
    }
    for name, part in parts.items():
        kept(part, folder / FILES[name])
    return folder


def small_settings(weights: Path) -> FoalSettings:
    return FoalSettings.model_validate(
        {
            "kind": "foal",
            "name": "foal-small",
            "weights": weights,
            "aspects": {"9:16": {"preview": PREVIEW, "render": RENDER}},
            "preview_cost": 1.0,
            "render_cost": 1.0,
            "sampler": {"steps": 2, "shift": 1.0, "guided": False},
            "transformer": CONFIG,
        }
    )


def small_engine(weights: Path) -> FoalEngine:
    return FoalEngine(small_settings(weights))


def small_shot(**more: object) -> Request:
    plain = {"preview_size": PREVIEW, "render_size": RENDER}
    return shot(speech("Nobody sails here any more."), **plain | more)
