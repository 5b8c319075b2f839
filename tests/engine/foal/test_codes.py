"""The small autoencoders, the ear and the voice."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.foal.audio_code import (
    FEATURES,
    STEPS,
    AudioCode,
    AudioCodeConfig,
    pulse_train,
    steps_of,
)
from engine.foal.clip import FACTOR, SOUND_RATE_HZ
from engine.foal.mel import BANDS, STEP, log_mel
from engine.foal.muon import Muon, orthogonal
from engine.foal.pitch import pitch_track
from engine.foal.upscaler import Upscaler, UpscalerConfig, quartered
from engine.foal.video_code import VideoCode, VideoCodeConfig, folded, unfolded


def tone(hertz: float, seconds: float = 0.5, rate_hz: int = 22_050) -> np.ndarray:
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    voice = sum(np.sin(2 * np.pi * k * hertz * t) / k for k in range(1, 8))
    return (0.1 * voice).astype(np.float32)


@pytest.mark.parametrize("hertz", [82.0, 110.0, 147.3, 220.0, 311.0, 440.0])
def test_the_pitch_of_a_tone_is_heard(hertz: float) -> None:
    track = pitch_track(tone(hertz), 22_050)[5:-5]
    assert np.abs(track - hertz).max() < 0.02 * hertz


def test_noise_and_silence_have_no_pitch() -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, 11_025).astype(np.float32)
    assert (pitch_track(noise, 22_050) > 0).mean() < 0.1
    assert not pitch_track(np.zeros(11_025, np.float32), 22_050).any()
    assert len(pitch_track(np.zeros(3, np.float32), 22_050)) == 0


def test_mel_bands_have_a_step_for_every_ten_milliseconds() -> None:
    wave = torch.from_numpy(tone(440.0, 1.0, SOUND_RATE_HZ))
    mel = log_mel(wave)
    assert mel.shape == (100, BANDS)
    loudest = mel[50].argmax()
    higher = log_mel(torch.from_numpy(tone(1500.0, 1.0, SOUND_RATE_HZ)))[50].argmax()
    assert loudest < higher


def test_pulses_have_the_pitch_they_are_given() -> None:
    wave = pulse_train(torch.full((1, 100), 200.0))[0].numpy()
    track = pitch_track(wave.astype(np.float32), SOUND_RATE_HZ)[10:-10]
    assert np.abs(track - 200).max() < 4


def test_the_linear_sound_code_gives_back_what_it_was_fitted_to() -> None:
    torch.manual_seed(0)
    few = torch.randn(4000, 12) @ torch.randn(12, FEATURES)
    code = AudioCode(AudioCodeConfig())
    assert code.fit(few) > 0.99
    latents = code.encode(few[:400])
    assert latents.shape == (100, 96)
    assert torch.allclose(code.steps(latents), few[:400], atol=0.3)
    assert 0.5 < float(latents.std()) < 2


def test_sound_latents_become_as_long_a_wave() -> None:
    code = AudioCode(AudioCodeConfig())
    code.fit(torch.randn(800, FEATURES))
    wave = code.decode(torch.zeros(25, 96), torch.Generator().manual_seed(1))
    assert wave.shape == (25 * STEPS * STEP,)
    again = code.decode(torch.zeros(25, 96), torch.Generator().manual_seed(1))
    assert torch.equal(wave, again)


def test_pitch_is_carried_over_where_there_is_none() -> None:
    mel, pitch = torch.zeros(5, BANDS), torch.tensor([0.0, 300.0, 0.0, 75.0, 0.0])
    steps = steps_of(mel, pitch)
    assert steps[:, BANDS].tolist() == [1.0, 1.0, 0.0, -1.0, -1.0]
    assert steps[:, BANDS + 1].tolist() == [0, 1, 0, 1, 0]


def test_folding_is_undone() -> None:
    video = torch.randn(2, 3, 8, 32, 48)
    assert torch.equal(unfolded(folded(video), 2), video)


def test_every_latent_is_coded_by_itself() -> None:
    torch.manual_seed(1)
    code = VideoCode(VideoCodeConfig())
    video = torch.rand(1, 3, 8, 64, 64) * 2 - 1
    with torch.no_grad():
        whole = code.encode(video)
        assert whole.shape == (1, 24, 2, 4, 4)
        assert torch.allclose(whole[:, :, 1:], code.encode(video[:, :, 4:]), atol=1e-5)
        assert code.decode(whole).shape == video.shape


def test_an_untaught_upscaler_only_enlarges() -> None:
    small = quartered(torch.rand(1, 3, 448, 256), (1080, 1920))
    assert small.shape == (1, 3, 480, 270)
    with torch.no_grad():
        large = Upscaler(UpscalerConfig())(small[:, :, :16, :16])
    plain = torch.nn.functional.interpolate(
        small[:, :, :16, :16], scale_factor=FACTOR, mode="bicubic", align_corners=False
    )
    assert torch.allclose(large, plain)


def test_orthogonal_matrices_turn_and_do_not_stretch() -> None:
    torch.manual_seed(0)
    for shape in ((1, 24, 60), (2, 60, 24)):
        values = torch.linalg.svdvals(orthogonal(torch.randn(shape)))
        assert float(values.min()) > 0.6 and float(values.max()) < 1.3


def test_a_step_of_muon_treats_stacked_matrices_apart() -> None:
    """A matrix without gradient stays where it is, whatever its neighbour does."""
    stacked = torch.nn.Parameter(torch.zeros(8, 6))
    optimiser = Muon([stacked], 0.1, sets={stacked: 2})
    stacked.grad = torch.cat([torch.randn(4, 6), torch.zeros(4, 6)])
    optimiser.step()
    assert stacked[:4].abs().mean() > 0.01
    assert not stacked[4:].any()
