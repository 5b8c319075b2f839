"""Arithmetic against the published figures and against what is really built."""

from __future__ import annotations

import pytest

from engine.card import Card
from engine.joint.audio_vae import AudioVAE
from engine.joint.config import AudioVAEConfig, JointConfig, TransformerConfig, TurboConfig
from engine.joint.estimate import (
    AUDIO_VAE_BYTES,
    SPEEDS,
    VIDEO_VAE_BYTES,
    Clip,
    base_work,
    decode_flops,
    forecast,
    speed_of,
    transformer_bytes,
    turbo_bytes,
    upscale_work,
)
from engine.joint.residency import weight_bytes
from engine.joint.settings import JointSettings
from engine.joint.sizes import latent_frames, latent_size, made_size, nominal_frames
from engine.joint.transformer import Transformer
from engine.joint.turbo_decoder import TurboDecoder, windows
from engine.joint.video_vae import VideoVAE
from engine.open import capabilities_of, outlook
from tests.engine.joint.conftest import TINY
from tests.engine.joint.test_autoencoders import TURBO
from tests.engine.joint.tiny import settings_of

H100 = SPEEDS["H100"]
SIZES = {"256p": (448, 256), "540p": (896, 512), "1080p": (1920, 1080)}


def clip(name: str, frames: int = 125) -> Clip:
    return Clip(frames=frames, size=SIZES[name])


@pytest.fixture(scope="module")
def distilled() -> JointConfig:
    settings: JointSettings = settings_of("magihuman-distill")
    return settings.joint


# Tokens, TFLOP of products and of attention in one forward of a 5 s clip with 400 text tokens, and
# the seconds of the stage at 700 and 650 TFLOP/s.
PUBLISHED = {
    "256p": (4110, 90, 14, 1.20),
    "540p": (14862, 324, 181, 3.71),
    "1080p": (65806, 1436, 2402, 28.7),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_work_is_as_published(distilled: JointConfig, name: str) -> None:
    tokens, products, attention, seconds = PUBLISHED[name]
    if name == "256p":
        work = base_work(distilled, clip(name))
    else:
        work = upscale_work(distilled, name, clip(name))
    assert work.tokens == tokens
    assert work.products / 1e12 == pytest.approx(products, abs=0.5)
    assert work.attention / 1e12 == pytest.approx(attention, abs=0.5)
    assert work.seconds(H100) == pytest.approx(seconds, rel=0.01)


def test_other_lengths_are_as_published(distilled: JointConfig) -> None:
    for seconds, preview, large in ((4, 1.0, 22), (8, 2.0, 53), (10, 2.5, 70)):
        frames = 25 * seconds
        took = base_work(distilled, clip("256p", frames)).seconds(H100)
        assert took == pytest.approx(preview, rel=0.05)
        took = upscale_work(distilled, "1080p", clip("1080p", frames)).seconds(H100)
        assert took == pytest.approx(large, rel=0.05)


def test_guidance_doubles_every_step() -> None:
    guided = settings_of("magihuman-base").joint
    assert base_work(guided, clip("256p")).forwards == 64


@pytest.mark.parametrize(("name", "tflop"), [("256p", 66), ("540p", 266), ("1080p", 1210)])
def test_decoding_is_as_published(name: str, tflop: float) -> None:
    made = decode_flops(TurboConfig(), clip(name)) / 1e12
    assert made == pytest.approx(tflop, abs=0.5)


def test_decoding_counts_the_windows_that_are_decoded() -> None:
    for frames in (25, 101, 125, 150, 200):
        latents = latent_frames(frames)
        plan, _ = windows(latents, TurboConfig())
        through = sum(window.stop - window.start for window in plan)
        one = decode_flops(TurboConfig(), Clip(frames=25, size=(32, 32))) / 7
        whole = decode_flops(TurboConfig(), Clip(frames=frames, size=(32, 32)))
        assert whole / one == pytest.approx(through)


def test_bytes_are_those_of_what_is_built() -> None:
    for config in (TransformerConfig(), TINY):
        assert transformer_bytes(config) == weight_bytes(lambda c=config: Transformer(c))
    for decoder in (TurboConfig(), TURBO):
        assert 2 * turbo_bytes(decoder) == weight_bytes(lambda c=decoder: TurboDecoder(c))
    published = JointConfig()
    assert weight_bytes(lambda: VideoVAE(published.video_vae)) == 2 * VIDEO_VAE_BYTES
    assert weight_bytes(lambda: AudioVAE(AudioVAEConfig())) == AUDIO_VAE_BYTES


def test_a_shot_takes_what_the_published_engine_needs(distilled: JointConfig) -> None:
    """Published for 5 s: 1.6 + 0.4 s at 256p, then 31.0 + 5.8 s to 1080p; arithmetic is less."""
    found = forecast(distilled, "1080p", clip("256p"), clip("1080p"), H100)
    assert 1.4 < found.preview < 2.0
    assert 33 < found.render < 36.8


def test_latents_are_long_enough_for_every_length() -> None:
    for frames in range(1, 260):
        assert 4 * latent_frames(frames) - 3 >= frames
        assert nominal_frames(frames) > frames
        assert 4 * (latent_frames(frames) - 2) - 3 < frames, "more is made than is needed"


def test_whole_seconds_have_the_published_lengths() -> None:
    assert [(nominal_frames(25 * s), latent_frames(25 * s)) for s in (4, 5, 8)] == [
        (101, 26),
        (126, 32),
        (201, 51),
    ]


def test_sizes_are_made_larger_never_smaller() -> None:
    assert made_size((1920, 1080)) == (1920, 1088)
    assert made_size((448, 256)) == (448, 256)
    assert latent_size((1080, 1920)) == (68, 120)


def test_a_card_is_known_by_part_of_its_name() -> None:
    assert speed_of("NVIDIA H100 80GB HBM3") == H100
    assert speed_of("NVIDIA GeForce GT 710") is None


def test_the_outlook_tells_how_stages_fit_a_card_without_any_weights() -> None:
    large = Card(name="NVIDIA H100 80GB HBM3", memory_bytes=85 * 10**9)
    small = Card(name="NVIDIA GeForce RTX 4090", memory_bytes=24 * 10**9)
    for card, ways in (
        (large, "text and base and upscale and decoders one stage at a time"),
        (small, "base and upscale layer by layer, text too large by 0.9"),
    ):
        memory, seconds = outlook("magihuman-distill", card)
        assert memory.endswith(ways)
        assert card.name in seconds
    memory, seconds = outlook("magihuman-distill", None)
    assert memory.endswith("no GPU here") and "on an H100, by arithmetic" in seconds
    assert outlook("animatic", None) == ()


def test_what_a_large_engine_serves_is_known_without_its_weights() -> None:
    can = capabilities_of("magihuman-distill")
    assert can.aspects["16:9"] == ((448, 256), (1920, 1080))
    assert (can.first_frames, can.portraits, can.frame_rate, len(can.languages)) == (
        True, False, 25, 7,
    )  # fmt: skip
