"""Flicker, blur, cuts, the first frame: each on a picture that has it and on those that look so."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from review.judge import judge
from review.measure import measure
from review.verdict import Measurements
from tests.review.clips import FPS, fine_frames, remade, write_clip
from tests.review.production import NOON, a_policy, a_request
from tests.review.test_measure import failing, value


@pytest.fixture(scope="module")
def fine(tmp_path_factory: pytest.TempPathFactory) -> Measurements:
    return measure(write_clip(tmp_path_factory.mktemp("fine") / "a.mp4"), a_request())


def lit(gain: np.ndarray) -> np.ndarray:
    """The fine picture, each frame as bright as `gain` says."""
    return np.clip(fine_frames() * gain[:, None, None, None], 0, 255).astype(np.uint8)


def test_a_picture_that_flickers_for_a_second_is_found_and_placed(
    tmp_path: Path, fine: Measurements
) -> None:
    gain = np.ones(125)
    gain[50:80] += 0.1 * (-1.0) ** np.arange(30)
    found = measure(write_clip(tmp_path / "a.mp4", lit(gain)), a_request())
    assert (value(found, "flicker") or 0) > 5 > 0.5 > (value(fine, "flicker") or 0)
    assert "flicker" in failing(found)
    figure = found.find("flicker")
    assert figure is not None and figure.detail.startswith("from 2.")


def test_a_slow_fade_and_one_flash_do_not_flicker(tmp_path: Path) -> None:
    gain = np.linspace(1, 0.4, 125)
    gain[60] *= 1.6
    found = measure(write_clip(tmp_path / "a.mp4", lit(gain)), a_request())
    assert (value(found, "flicker") or 0) < 0.5
    assert value(found, "cuts") == 0, "a flash is no cut"


def test_a_blurred_second_is_found(tmp_path: Path, fine: Measurements) -> None:
    frames = fine_frames()
    for index in range(40, 80):
        small = Image.fromarray(frames[index]).resize((24, 42), Image.Resampling.BOX)
        frames[index] = np.asarray(small.resize((144, 256)))
    found = measure(write_clip(tmp_path / "a.mp4", frames), a_request())
    assert (value(found, "blur") or 0) > 0.6 > 0.5 > (value(fine, "blur") or 1)
    verdict = judge(found, a_policy("default"), a_request(), take="t", at=NOON)
    assert any(reason.startswith("blur is ") for reason in verdict.reasons)


def test_cuts_are_counted_and_placed(tmp_path: Path, fine: Measurements) -> None:
    frames = fine_frames()
    frames[30:90] = np.roll(frames[30:90, :, ::-1] // 2 + 90, 90, axis=1)
    found = measure(write_clip(tmp_path / "a.mp4", frames), a_request())
    figure = found.find("cuts")
    assert figure is not None
    assert (figure.value, figure.detail) == (2, "at 1.20 s, at 3.60 s")
    assert "cuts" in failing(found)
    assert value(fine, "cuts") == 0


def test_lightning_that_fades_is_no_cut(tmp_path: Path) -> None:
    """It lights one side of the picture, and longer than a flash of one frame."""
    frames = fine_frames().astype(int)
    for index, light in zip(range(40, 46), (110, 120, 70, 40, 20, 8), strict=True):
        frames[index, :, : frames.shape[2] // 2] += light
    bright = np.clip(frames, 0, 255).astype(np.uint8)
    found = measure(write_clip(tmp_path / "a.mp4", bright), a_request())
    assert value(found, "cuts") == 0


def test_a_fast_pan_is_no_cut(tmp_path: Path) -> None:
    rows, columns = np.mgrid[:256, :144]
    wall = (128 + 90 * np.sin(rows / 17) * np.sin(columns / 11)).astype(np.uint8)
    wide = np.dstack([wall, wall, wall])
    frames = np.stack([np.roll(wide, 5 * index, axis=1) for index in range(125)])
    found = measure(write_clip(tmp_path / "a.mp4", frames), a_request(speeches=(), language=None))
    assert value(found, "cuts") == 0


@pytest.mark.parametrize(("turned", "right"), [(False, True), (True, False)])
def test_the_first_frame_is_held_against_the_picture_it_was_to_begin_with(
    tmp_path: Path, turned: bool, right: bool
) -> None:
    """The picture is wider than the frame, which shows its middle."""
    first = fine_frames()[0]
    wide = np.pad(first[::-1] if turned else first, ((0, 0), (60, 60), (0, 0)), mode="edge")
    picture = tmp_path / "picture.png"
    Image.fromarray(wide).save(picture)
    sha256 = hashlib.sha256(picture.read_bytes()).hexdigest()
    picture.rename(tmp_path / sha256)
    request = a_request(reference=sha256)
    clip = write_clip(tmp_path / "a.mp4")
    found = measure(clip, request, references=tmp_path)
    assert ("first_frame_error" in failing(found, request)) != right
    if right:
        assert (value(found, "first_frame_error") or 0) < 0.02
    assert value(measure(clip, request), "first_frame_error") is None, "the picture is not here"


def test_sound_that_the_file_starts_late_is_found(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4")
    late = remade(clip, tmp_path / "b.mp4", **{"c:v": "copy", "af": "asetpts=PTS+0.2/TB"})
    found = measure(late, a_request())
    assert value(found, "start_difference") == pytest.approx(0.2, abs=1.5 / FPS)
    assert "start_difference" in failing(found)
