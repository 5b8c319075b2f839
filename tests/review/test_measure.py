"""Each figure of a take, on a clip that breaks it and on one that is fine."""

from __future__ import annotations

import resource
import time
from pathlib import Path

import numpy as np
import pytest

from review.figures import FIGURES, NAMES
from review.judge import judge
from review.measure import READERS, measure
from review.verdict import Measurements
from storyboard.request import Request
from tests.review.clips import (
    FPS,
    RATE_HZ,
    SECONDS,
    fine_frames,
    fine_sound,
    hold,
    remade,
    write_clip,
)
from tests.review.production import NOON, a_policy, a_request


@pytest.fixture(scope="session")
def fine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("fine") / "preview.mp4")


def value(measurements: Measurements, name: str) -> float | None:
    found = measurements.find(name)
    assert found is not None
    return found.value


def failing(measurements: Measurements, request: Request | None = None) -> set[str]:
    """The figures that keep the take from passing the default gate."""
    verdict = judge(measurements, a_policy("default"), request or a_request(), take="t", at=NOON)
    return {mark.name for mark in verdict.marks if mark.standing in ("retry", "reject")}


def test_a_fine_take_passes_without_a_doubt(fine: Path) -> None:
    """But for what nothing here could measure, and for its mouth, which has its own rhythm."""
    measurements = measure(fine, a_request())
    lacking = {each.name for each in measurements.figures() if not each.able}
    for name in ("default", "strict"):
        verdict = judge(measurements, a_policy(name), a_request(), take="t", at=NOON)
        unsure = {mark.name for mark in verdict.marks if mark.standing != "pass"}
        assert unsure <= lacking | {"lip_offset", "lip_confidence"}
    assert failing(measurements) == set()
    assert 0 < (value(measurements, "frozen_speaker") or 0) < 0.3


def test_every_figure_is_taken_in_the_order_of_the_list(fine: Path) -> None:
    assert set(READERS) == set(NAMES)
    found = list(measure(fine, a_request()).figures())
    assert [each.name for each in found] == list(NAMES)
    assert [(e.unit, e.version) for e in found] == [(f.unit, f.version) for f in FIGURES]


def test_the_same_take_gives_the_same_figures(fine: Path) -> None:
    assert measure(fine, a_request()) == measure(fine, a_request())


def test_black_frames_are_counted(tmp_path: Path) -> None:
    frames = fine_frames()
    frames[25:75] = 6
    found = measure(write_clip(tmp_path / "a.mp4", frames), a_request())
    assert value(found, "black") == pytest.approx(0.4, abs=0.02)
    assert "black" in failing(found)


def test_a_night_is_not_black(tmp_path: Path) -> None:
    """One lamp in the dark is a picture."""
    frames = (fine_frames() * 0.12).astype(np.uint8)
    frames[:, 20:60, 20:50] = (220, 190, 120)
    assert value(measure(write_clip(tmp_path / "a.mp4", frames), a_request()), "black") == 0


def test_a_frozen_picture_is_timed_and_placed(tmp_path: Path) -> None:
    frames = np.stack(list(hold(fine_frames(), 50, 89)))
    found = measure(write_clip(tmp_path / "a.mp4", frames), a_request())
    for name in ("frozen", "frozen_speaker"):
        assert value(found, name) == pytest.approx(39 / 25, abs=0.1)
    detail = found.find("frozen")
    assert detail is not None
    assert detail.detail.startswith("from 2.0")


def test_a_face_that_stands_still_while_it_speaks_does_not_pass(tmp_path: Path) -> None:
    frames = np.stack(list(hold(fine_frames(), 20, 104)))
    clip = write_clip(tmp_path / "a.mp4", frames)
    assert failing(measure(clip, a_request())) == {"frozen_speaker"}


def test_a_still_shot_is_frozen_for_all_of_it(tmp_path: Path) -> None:
    """An encoder's own flicker must not hide a freeze."""
    frames = np.stack(list(hold(fine_frames(), 0, 124)))
    clip = write_clip(tmp_path / "a.mp4", frames)
    found = measure(clip, a_request())
    assert value(found, "frozen") == 4.96
    assert "frozen_speaker" in failing(found)
    insert = a_request(speeches=(), framing="insert", language=None)
    assert failing(measure(clip, insert), insert) == set()


def test_a_slow_push_in_is_no_freeze(tmp_path: Path) -> None:
    """A frame hardly differs from the one before, but well from that of a second ago."""
    still = fine_frames()[0].astype(np.float32)

    def moved(pixels: float) -> np.ndarray:
        whole, part = divmod(pixels, 1)
        one, next_one = (np.roll(still, int(whole) + step, axis=1) for step in (0, 1))
        return (one * (1 - part) + next_one * part).astype(np.uint8)

    frames = np.stack([moved(index * 0.1) for index in range(125)])
    found = measure(write_clip(tmp_path / "a.mp4", frames), a_request())
    assert (value(found, "frozen") or 0) < 0.7


def test_grain_over_a_held_frame_does_not_count_as_motion(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    frames = np.stack(list(hold(fine_frames(), 0, 124))).astype(np.int16)
    noisy = np.clip(frames + rng.normal(0, 2, frames.shape), 0, 255).astype(np.uint8)
    found = measure(write_clip(tmp_path / "a.mp4", noisy), a_request())
    assert (value(found, "frozen") or 0) > 4


def test_an_unseen_speaker_has_no_face_to_freeze(fine: Path) -> None:
    unseen = a_request(figures=({"name": "MARA", "in_picture": False},))
    for request in (unseen, a_request(framing="insert")):
        assert value(measure(fine, request), "frozen_speaker") is None


def test_a_line_that_is_not_heard_is_found_though_another_is(tmp_path: Path) -> None:
    two = a_request(
        figures=({"name": "MARA"}, {"name": "TOM"}),
        speeches=(
            {"speaker": 0, "text": "Hello.", "start": 1, "end": "5/2"},
            {"speaker": 1, "text": "Hello?", "start": "5/2", "end": 4},
        ),
    )
    sound = fine_sound()
    sound[:, int(2.5 * RATE_HZ) : 4 * RATE_HZ] *= 0.001
    found = measure(write_clip(tmp_path / "a.mp4", sound=sound), two)
    assert (value(found, "speech_level") or 0) < -60
    assert value(found, "silence") == 1
    for name in ("speech_level", "silence"):
        each = found.find(name)
        assert each is not None
        assert each.detail == "line 2"
    assert failing(found, two) == {"speech_level", "silence"}


def test_a_level_is_that_of_the_sound_alone(tmp_path: Path) -> None:
    """A sine with a peak of 0.1 is at -23 dB of full scale."""
    time_s = np.arange(5 * RATE_HZ) / RATE_HZ
    sound = np.tile(0.1 * np.sin(2 * np.pi * 440 * time_s), (2, 1)).astype(np.float32)
    found = measure(write_clip(tmp_path / "a.mp4", sound=sound), a_request())
    assert value(found, "speech_level") == pytest.approx(-23.01, abs=0.2)
    assert value(found, "true_peak") == pytest.approx(-20, abs=0.4)
    assert value(found, "loudness") == pytest.approx(-20, abs=1)
    assert value(found, "silence") == 0


def test_digital_silence_has_no_loudness_and_no_line(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", sound=np.zeros((2, 5 * RATE_HZ), np.float32))
    found = measure(clip, a_request())
    assert value(found, "speech_level") == -120
    assert value(found, "loudness") is None
    assert failing(found) == {"speech_level", "silence", "loudness"}
    silent = a_request(speeches=(), language=None)
    assert failing(measure(clip, silent), silent) == set()


@pytest.mark.parametrize(("gain", "stops"), [(1, False), (3.5, False), (8, True), (20, True)])
def test_clipped_sound_is_counted(tmp_path: Path, gain: float, stops: bool) -> None:
    """At a gain of 8 one sample in twenty is cut off; at 3.5 the peak is just below full scale."""
    sound = np.clip(fine_sound() * gain, -1, 1)
    found = measure(write_clip(tmp_path / "a.mp4", sound=sound), a_request())
    assert ("clipped" in failing(found)) == stops


def test_a_shifted_zero_is_found(tmp_path: Path) -> None:
    """AAC keeps little of a constant, so the figure is tried on a slow drift too."""
    found = measure(write_clip(tmp_path / "a.mp4", sound=fine_sound() + 0.2), a_request())
    assert value(found, "dc") == pytest.approx(0.2, abs=0.03)
    assert failing(found) == {"dc"}


def test_a_picture_of_another_size_is_refused(tmp_path: Path) -> None:
    found = measure(write_clip(tmp_path / "a.mp4", fine_frames()[:, ::2, ::2]), a_request())
    assert value(found, "size_error") == 72 + 128
    assert "size_error" in failing(found)


def test_another_frame_rate_is_refused(tmp_path: Path) -> None:
    sound = fine_sound()[:, : FPS * SECONDS * 1600]
    found = measure(write_clip(tmp_path / "a.mp4", sound=sound, frame_rate=30), a_request())
    assert value(found, "frame_rate_error") == 5
    assert "frame_rate_error" in failing(found)


def test_a_take_that_is_too_short_is_refused(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", fine_frames()[:115], fine_sound()[:, : 115 * 1920])
    found = measure(clip, a_request())
    assert value(found, "length_error") == -10
    assert failing(found) == {"length_error"}


@pytest.mark.parametrize(
    ("options", "figure", "amount"),
    [
        ({"ar": 44100, "c:v": "copy"}, "sample_rate_error", 3900),
        ({"ac": 1, "c:v": "copy"}, "container", 0),
        ({"c:v": "mpeg4", "c:a": "copy"}, "container", 0),
        ({"pix_fmt": "yuv444p", "c:a": "copy"}, "container", 0),
    ],
)
def test_a_file_of_another_kind_is_refused(
    tmp_path: Path, fine: Path, options: dict[str, str | int], figure: str, amount: float
) -> None:
    found = measure(remade(fine, tmp_path / "a.mp4", **options), a_request())
    assert value(found, figure) == amount
    assert failing(found) == {figure}


def test_sound_that_ends_early_is_found(tmp_path: Path, fine: Path) -> None:
    clip = remade(fine, tmp_path / "a.mp4", **{"c:v": "copy", "af": "atrim=end=4.5"})
    found = measure(clip, a_request())
    assert value(found, "length_difference") == pytest.approx(-0.5, abs=0.03)
    assert failing(found) == {"length_difference"}


def test_a_film_without_sound_is_measured_as_far_as_it_goes(tmp_path: Path, fine: Path) -> None:
    found = measure(remade(fine, tmp_path / "a.mp4", **{"c:v": "copy", "an": None}), a_request())
    assert value(found, "container") == 0
    assert value(found, "clipped") is None
    assert value(found, "black") == 0
    assert {"container", "speech_level"} <= failing(found)


@pytest.mark.parametrize("kind", ["missing", "empty", "text", "cut short", "sound alone"])
def test_a_file_that_is_no_film_is_a_figure_and_not_an_error(
    tmp_path: Path, fine: Path, kind: str
) -> None:
    clip = tmp_path / "a.mp4"
    if kind == "empty":
        clip.touch()
    if kind == "text":
        clip.write_text("not a film " * 1000)
    if kind == "cut short":
        clip.write_bytes(fine.read_bytes()[:400])
    if kind == "sound alone":
        remade(fine, clip, vn=None)
    found = measure(clip, a_request())
    assert value(found, "readable") == 0
    assert all(each.value is None for each in found.figures() if each.name != "readable")
    verdict = judge(found, a_policy("default"), a_request(), take="t", at=NOON)
    assert verdict.outcome == "retry"
    assert len(verdict.reasons) == 2


def test_a_render_is_measured_at_the_size_of_a_preview(tmp_path: Path) -> None:
    big = np.repeat(np.repeat(fine_frames()[:30], 4, axis=1), 4, axis=2)
    clip = write_clip(tmp_path / "a.mp4", big, fine_sound()[:, : 30 * 1920])
    request = a_request(seconds="6/5", preview_size=(576, 1024), speeches=())
    found = measure(clip, request)
    assert value(found, "size_error") == 0
    assert failing(found, request) == set()


def test_five_seconds_are_measured_in_less_than_half_a_second_of_cpu(fine: Path) -> None:
    """The gate must not slow the line; the best of three, since others work here too."""
    spent = []
    for _ in range(3):
        before = time.process_time(), _children_s()
        measure(fine, a_request())
        spent.append(time.process_time() - before[0] + _children_s() - before[1])
    assert min(spent) < 0.5, f"{min(spent):.2f} s"


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
