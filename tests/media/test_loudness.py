from __future__ import annotations

import logging
from pathlib import Path

import ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray

from media.door import run, url
from media.errors import FileUnreadable
from media.loudness import Loudness, encode_sound, measure_loudness
from media.read import read_sound
from tests.media.conftest import HZ, tone


def speech(seconds: int, level: float, click: float = 0.0) -> NDArray[np.float32]:
    """Bursts with pauses between them, and a click a second: loud and quiet as talk is."""
    random = np.random.default_rng(1)
    samples = np.convolve(random.normal(0, level, seconds * HZ), np.ones(12) / 4, "same")
    samples *= np.clip(np.sin(np.arange(seconds * HZ) / HZ * 9) * 2, 0, 1)
    samples[::HZ] += click
    return np.stack([samples, samples]).astype("<f4")


def mov(path: Path, sound: NDArray[np.float32]) -> Path:
    raw = path.with_suffix(".f32")
    sound.T.astype("<f4").tofile(raw)
    source = ffmpeg.input(url(raw), f="f32le", ar=HZ, ch_layout="stereo")
    run(source.output(url(path), f="mov", **{"c:a": "copy"}), path)
    return path


def delivered(tmp_path: Path, sound: NDArray[np.float32], lufs: float) -> Loudness:
    film = mov(tmp_path / "film.mov", sound)
    return encode_sound(film, tmp_path / "a.m4a", integrated_lufs=lufs, true_peak_dbtp=-1, kbps=192)


def test_a_tone_measures_what_the_standard_says(tmp_path: Path) -> None:
    """EBU Tech 3341, case 1: a stereo sine of 1 kHz at -23 dBFS is -23 LUFS."""
    found = measure_loudness(mov(tmp_path / "a.mov", tone(10, hz=1000, level=10 ** (-23 / 20))))
    assert found.integrated_lufs == pytest.approx(-23, abs=0.1)
    assert found.true_peak_dbtp == pytest.approx(-23, abs=0.2)


@pytest.mark.parametrize("lufs", [-14, -23])
@pytest.mark.parametrize(("level", "click"), [(0.03, 0), (0.02, 0.8), (0.9, 0)])
def test_the_encoded_sound_is_at_the_target_and_under_the_peak(
    tmp_path: Path, lufs: float, level: float, click: float
) -> None:
    found = delivered(tmp_path, speech(8, level, click), lufs)
    assert found.integrated_lufs == pytest.approx(lufs, abs=0.6)
    assert found.true_peak_dbtp <= -1
    assert measure_loudness(tmp_path / "a.m4a") == found


def test_a_silent_film_stays_silent(tmp_path: Path) -> None:
    found = delivered(tmp_path, np.zeros((2, 4 * HZ), np.float32), -14)
    assert found.silent
    assert found.true_peak_dbtp == -np.inf


def test_a_film_of_hiss_is_not_made_a_film_of_noise(tmp_path: Path) -> None:
    assert delivered(tmp_path, speech(5, 0.0003), -14).integrated_lufs < -50


def test_clicks_that_cannot_be_loud_stay_under_the_peak_and_are_reported(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        found = delivered(tmp_path, speech(5, 0, 0.5), -14)
    assert found.true_peak_dbtp <= -1
    assert found.integrated_lufs < -20
    assert "from the loudness asked for" in caplog.text


def test_the_limiter_does_not_move_the_sound(tmp_path: Path) -> None:
    """Speech that comes 5 ms late would be 5 ms off the lips."""
    sound = speech(8, 0.05, 0.9)
    delivered(tmp_path, sound, -14)
    heard = read_sound(tmp_path / "a.m4a")
    assert heard.shape == sound.shape
    clicks = [int(np.abs(heard[0, n * HZ - 500 : n * HZ + 500]).argmax()) - 500 for n in (2, 4, 6)]
    assert max(map(abs, clicks)) <= 2


def test_a_file_without_sound_is_said(tmp_path: Path) -> None:
    path = tmp_path / "mute.mp4"
    run(ffmpeg.input("color=s=64x64:d=1", f="lavfi").output(url(path)), path)
    with pytest.raises(FileUnreadable, match=r"mute\.mp4"):
        measure_loudness(path)
