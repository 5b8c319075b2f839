"""How late the words are for the lips, on a mouth that opens as its voice is loud."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from review.measure import measure
from review.verdict import Measurements
from tests.review.clips import FPS, RATE_HZ, SECONDS, fine_frames, remade, write_clip
from tests.review.production import a_request
from tests.review.test_measure import failing, value

FRAMES = FPS * SECONDS


def loudness() -> np.ndarray:
    """Syllables of uneven length and strength between 1 s and 4 s, one value for each frame."""
    chance = np.random.default_rng(4)
    loud = np.zeros(FRAMES)
    at = FPS
    while at < 4 * FPS:
        length = int(chance.integers(3, 8))
        shape = np.sin(np.linspace(0, np.pi, length + 1)[:-1])
        loud[at : at + length] = chance.uniform(0.4, 1) * shape[: FRAMES - at]
        at += length + int(chance.integers(0, 3))
    return loud


def talking(late_s: float = 0.0, *, moves: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """A face whose mouth follows its voice, which is heard so much later."""
    loud = loudness()
    frames = np.repeat(fine_frames()[:1], FRAMES, axis=0)
    rows = np.arange(256)
    for index, frame in enumerate(frames):
        open_ = 3 + (12 * loud[index] if moves else 0)
        mouth = np.abs(rows - 140) <= open_ / 2
        frame[mouth, 60:84] = (90, 20, 30)
        sway = round(6 * np.sin(index / 19))  # a hand that moves slowly, talking or not
        frame[200:230, 40 + sway : 60 + sway] = (200, 160, 130)
    time = np.arange(FRAMES * RATE_HZ // FPS) / RATE_HZ
    buzz = sum(np.sin(2 * np.pi * 140 * k * time) / k for k in range(1, 12))
    heard = np.interp(time - late_s, np.arange(FRAMES) / FPS + 0.5 / FPS, loud)
    noise = 0.002 * np.random.default_rng(1).standard_normal(len(time))
    return frames, np.tile(0.2 * heard * buzz + noise, (2, 1)).astype(np.float32)


def measured(folder: Path, late_s: float = 0.0, *, moves: bool = True) -> Measurements:
    frames, sound = talking(late_s, moves=moves)
    return measure(write_clip(folder / "a.mp4", frames, sound), a_request())


@pytest.mark.parametrize("late_s", [0.0, 0.2, 0.35, -0.16])
def test_the_offset_between_lips_and_words_is_measured(tmp_path: Path, late_s: float) -> None:
    found = measured(tmp_path, late_s)
    assert value(found, "lip_offset") == pytest.approx(late_s, abs=0.02)
    assert (value(found, "lip_confidence") or 0) > 0.2
    assert ("lip_offset" in failing(found)) == (late_s != 0)


def test_lips_that_do_not_follow_the_words_have_no_offset_and_little_confidence(
    tmp_path: Path,
) -> None:
    found = measured(tmp_path, moves=False)
    figure = found.find("lip_offset")
    assert figure is not None
    assert figure.value is None
    assert figure.detail.startswith("no motion follows the words closely enough")
    assert (value(found, "lip_confidence") or 1) < 0.14


def test_who_is_not_seen_speaking_has_no_lips_to_follow(tmp_path: Path) -> None:
    frames, sound = talking()
    clip = write_clip(tmp_path / "a.mp4", frames, sound)
    for request in (
        a_request(framing="insert"),
        a_request(speeches=(), language=None),
        a_request(figures=({"name": "MARA", "in_picture": False},)),
    ):
        found = measure(clip, request)
        assert value(found, "lip_offset") is value(found, "lip_confidence") is None


def test_a_take_without_sound_has_no_offset(tmp_path: Path) -> None:
    clip = remade(write_clip(tmp_path / "a.mp4"), tmp_path / "b.mp4", **{"c:v": "copy", "an": None})
    assert value(measure(clip, a_request()), "lip_offset") is None
