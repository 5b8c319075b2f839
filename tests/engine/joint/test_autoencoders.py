"""Streamed equals whole, in strips equals whole, and the clocks."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from PIL import Image

from engine.joint.audio_vae import AudioVAE, cross_fade, resample, to_output_rate
from engine.joint.config import AudioStackConfig, AudioVAEConfig, TurboConfig, VideoVAEConfig
from engine.joint.stills import crop_to_shape, open_still, snapped, still_tensor
from engine.joint.turbo_decoder import TurboDecoder, to_bytes, windows
from engine.joint.video_vae import VideoVAE

TURBO = TurboConfig(channels=(4, 4, 6, 8), layers=(1, 1, 1, 1, 1), first_window=3, window=2)
WAN = VideoVAEConfig(encoder_width=4, decoder_width=6, residual_blocks=1)
SOUND = AudioVAEConfig(
    encoder=AudioStackConfig(channels=2, multipliers=(1, 2), strides=(4, 8), latent_channels=6),
    decoder=AudioStackConfig(channels=2, multipliers=(1, 2), strides=(4, 8), latent_channels=3),
)


@pytest.mark.parametrize("latents", [1, 2, 3, 4, 5, 8, 9])
def test_windows_cover_every_frame_once(latents: int) -> None:
    plan, repeats = windows(latents, TURBO)
    kept = [latent for window in plan for latent in range(window.first, window.last)]
    assert kept == list(range(latents + repeats))
    assert repeats < max(TURBO.first_window, TURBO.window)


@pytest.mark.parametrize(("latents", "calls"), [(26, [8, 9, 9, 8]), (32, [8, 9, 9, 9, 8])])
def test_published_windows_are_the_published_ones(latents: int, calls: list[int]) -> None:
    plan, _ = windows(latents, TurboConfig())
    assert [window.stop - window.start for window in plan] == calls


@pytest.mark.parametrize("latents", [1, 3, 4, 7])
def test_streamed_turbo_windows_are_the_whole_clip(latents: int) -> None:
    model, z = TurboDecoder(TURBO).eval(), torch.randn(1, 48, latents, 2, 3)
    pieces = list(model.stream(z))
    assert len(pieces) == len(windows(latents, TURBO)[0])
    whole = model.decode(z)
    assert whole.shape == (1, 3, 4 * latents - 3, 32, 48)
    assert torch.equal(torch.cat(pieces, dim=2), whole)


def test_a_window_gives_the_frames_of_its_own_latents() -> None:
    """Written out for seven latents in windows of 3 + 2 + 2: one latent of context each side."""
    model, z = TurboDecoder(TURBO).eval(), torch.randn(1, 48, 7, 1, 2)
    wide = model.denormalise(z)
    by_hand = [
        model.decoder(wide[:, :, 0:4], first=True)[:, :, :-4],
        model.decoder(wide[:, :, 2:6], first=False)[:, :, 4:-4],
        model.decoder(wide[:, :, 4:7], first=False)[:, :, 4:],
    ]
    assert [piece.shape[2] for piece in by_hand] == [9, 8, 8]
    assert torch.equal(model.decode(z), torch.cat(by_hand, dim=2))


@pytest.mark.parametrize("depthwise", [False, True])
@pytest.mark.parametrize("strips", [2, 3])
def test_a_clip_in_strips_is_the_whole_clip(depthwise: bool, strips: int) -> None:
    config = TurboConfig(
        channels=(4, 4, 4, 4),
        layers=(1, 1, 1, 1, 1),
        depthwise=(depthwise,) * 5,
        depthwise_kernel=3,
        first_window=2,
        window=2,
    )
    model = TurboDecoder(config).eval()
    width = 2 * model.margin + 5
    z = torch.randn(1, 48, 3, 1, width)
    torch.testing.assert_close(
        model.decode(z, strips=strips), model.decode(z), rtol=1e-4, atol=1e-5
    )


def test_a_strip_needs_all_of_its_margin() -> None:
    """One column less and the pieces no longer fit, so the margin is not larger than needed + 1."""
    model = TurboDecoder(TURBO).eval()
    for weight in model.parameters():
        weight.normal_(std=0.5)
    reach = model.margin
    z = torch.randn(1, 48, 1, 1, 2 * reach + 1)
    moved = z.clone()
    moved[..., 0] += 100
    changed = (model.decode(z) - model.decode(moved)).abs().amax(dim=(0, 1, 2, 3))
    columns = changed.view(-1, 16).amax(dim=1).nonzero().flatten()
    assert columns.max() in (reach, reach - 1)


@pytest.mark.parametrize("piece", [1, 2, 3])
@pytest.mark.parametrize("latents", [1, 2, 5])
def test_streamed_video_coding_is_the_whole_clip(latents: int, piece: int) -> None:
    model = VideoVAE(WAN).eval()
    video = torch.randn(1, 3, 4 * latents - 3, 32, 32).clamp(-1, 1)
    whole = torch.cat(list(model.encode_pieces(video)), dim=2)
    streamed = torch.cat(list(model.encode_pieces(video, piece)), dim=2)
    assert whole.shape[2] == latents
    torch.testing.assert_close(streamed, whole, rtol=1e-4, atol=1e-5)
    z = torch.randn(1, 48, latents, 2, 2)
    decoded = model.decode(z)
    assert decoded.shape == video.shape
    pieces = torch.cat(list(model.stream(z, piece)), dim=2)
    torch.testing.assert_close(pieces, decoded, rtol=1e-4, atol=1e-4)


def test_bytes_are_rounded_or_cut_and_never_wrap() -> None:
    video = torch.tensor([-2.0, -1.0, 0.0, 1.0, 2.0]).view(1, 1, 1, 5).expand(3, 1, 1, 5)
    assert to_bytes(video)[0, 0, :, 0].tolist() == [0, 0, 128, 255, 255]
    assert to_bytes(video, truncate=True)[0, 0, :, 0].tolist() == [0, 0, 127, 255, 255]


def test_sound_lengths_are_whole_hops() -> None:
    model = AudioVAE(SOUND).eval()
    assert model.posterior(torch.randn(1, 2, 100))[0].shape == (1, 3, 100 // 32)
    assert model.decode(torch.randn(2, 3, 5)).shape == (2, 2, 5 * 32)


def test_the_joined_weight_follows_its_parts() -> None:
    layer = AudioVAE(SOUND).eval().decoder.layers[0]
    x = torch.randn(1, 3, 4)
    before = layer(x)
    layer.weight_g.mul_(2)
    offset = layer.bias[:, None]
    torch.testing.assert_close(layer(x) - offset, 2 * (before - offset))


@pytest.mark.parametrize(("given", "made"), [(1024, 882), (882, 1024), (1001, 862), (7, 7)])
def test_a_tone_stays_the_same_tone_at_another_rate(given: int, made: int) -> None:
    cycles = 5 if given > 10 else 1
    t = torch.arange(given, dtype=torch.float64) / given
    wanted = torch.arange(made, dtype=torch.float64) / made
    tone = torch.sin(2 * math.pi * cycles * t)
    torch.testing.assert_close(resample(tone, made), torch.sin(2 * math.pi * cycles * wanted))


def test_the_highest_tone_keeps_its_loudness_at_twice_the_rate() -> None:
    made = resample(torch.tensor([1.0, -1, 1, -1]), 8)
    torch.testing.assert_close(made, torch.tensor([1.0, 0, -1, 0, 1, 0, -1, 0]))


@pytest.mark.parametrize("count", [16, 17])
def test_a_sound_taken_up_and_down_again_is_the_same_sound(count: int) -> None:
    """To its very highest frequency, which is where halves are won and lost."""
    wave = torch.randn(2, count, dtype=torch.float64)
    torch.testing.assert_close(resample(resample(wave, 2 * count), count), wave)


def test_one_latent_is_one_frame_long_at_the_output_rate() -> None:
    config = AudioVAEConfig()
    wave = torch.zeros(2, config.decoder.hop * 101)
    assert config.clock_hz / config.decoder.hop == 25
    assert to_output_rate(wave, config).shape == (2, 178_164)


def test_cross_fading_a_constant_changes_nothing() -> None:
    pieces = [torch.ones(1, 2, 10)] * 3
    assert torch.allclose(cross_fade(pieces, 0.5), torch.ones(1, 2, 20))


def test_long_sound_keeps_time_across_windows() -> None:
    """A click in the second window must come out where it went in: windows start on latents."""
    config = AudioVAEConfig(encoder=SOUND.encoder, decoder=SOUND.decoder, clock_hz=33, output_hz=33)
    model = AudioVAE(config).eval()
    wave = torch.randn(1, 2, 29 * 33 * 2 + 50)
    latent = model.encode_long(wave, torch.zeros_like)
    hop, whole = config.encoder.hop, model.posterior(wave)[0]
    assert latent.shape[-1] == math.ceil(wave.shape[-1] / hop)
    inside = slice(40, whole.shape[-1] - 4)
    error = (latent[..., inside] - whole[..., inside]).abs().mean()
    late = model.encode_long(wave, torch.zeros_like, drifting=True)
    drift = (late[..., inside] - whole[..., inside]).abs().mean()
    assert error < 0.3 * drift


@pytest.mark.parametrize(
    ("asked", "made"), [((480, 272), (480, 256)), ((448, 256), (448, 256)), ((99, 65), (96, 64))]
)
def test_sizes_are_cut_to_whole_patches(asked: tuple[int, int], made: tuple[int, int]) -> None:
    assert snapped(*asked) == made


def test_a_still_is_turned_upright_cropped_and_scaled(tmp_path) -> None:  # type: ignore[no-untyped-def]
    pixels = np.zeros((40, 20, 3), dtype=np.uint8)
    pixels[:20] = (255, 0, 0)
    image = Image.fromarray(pixels)
    about = Image.Exif()
    about[0x0112] = 6  # the camera lay on its side
    image.save(tmp_path / "still.png", exif=about)
    upright = open_still(tmp_path / "still.png")
    assert upright.size == (40, 20)
    cropped = crop_to_shape(upright, 32, 32)
    assert cropped.size == (20, 20)
    made = still_tensor(cropped, 32, 32)
    assert made.shape == (1, 3, 32, 32)
    assert made.min() >= -1
    assert made.max() <= 1
