"""Who is seen and heard, by senses that are made up: what matters is what is made of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from review.errors import SenseMissing
from review.faces import OpenCvFaces
from review.measure import face_of, measure, voice_of
from review.senses import Anchor, Anchors, Face, Mono, Print, Rgb, Senses
from review.verdict import Measurements
from storyboard.request import Request
from tests.review.clips import fine_sound, write_clip
from tests.review.production import a_request
from tests.review.test_measure import failing, value

ONE = np.array([1, 0], np.float32)
OTHER = np.array([0.1, 0.995], np.float32)


class Seen:
    """Sees the same faces in every frame."""

    name = "seen"

    def __init__(self, *prints: Print) -> None:
        self._faces = tuple(Face(box=(0, 0, 9, 9), print=each) for each in prints)

    def find(self, frame: Rgb) -> tuple[Face, ...]:
        return self._faces


class Heard:
    """A voice is known by how loud it is at most."""

    name = "heard"

    def print(self, sound: Mono) -> Print:
        assert len(sound) > 16_000, "all of the line is listened to"
        return ONE if abs(sound).max() > 0.15 else OTHER


@pytest.fixture(scope="module")
def fine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("fine") / "a.mp4")


def known_by(print_: Print) -> Anchor:
    return Anchor(of="t" * 64, print=print_)


def seen(fine: Path, *prints: Print, request: Request | None = None) -> Measurements:
    anchors = Anchors(faces={0: known_by(ONE)})
    return measure(
        fine, request or a_request(), senses=Senses(faces=Seen(*prints)), anchors=anchors
    )


def test_the_right_face_passes_and_another_does_not(fine: Path) -> None:
    assert value(seen(fine, ONE), "other_face") == pytest.approx(0)
    found = seen(fine, OTHER)
    assert value(found, "other_face") == pytest.approx(0.9)
    assert failing(found) == {"other_face"}
    figure = found.find("other_face")
    assert figure is not None
    assert (figure.detail, figure.source) == ("MARA", "seen, against 0:tttttttttttt")


def test_of_two_faces_the_likest_is_a_characters_own(fine: Path) -> None:
    two = a_request(figures=({"name": "MARA"}, {"name": "TOM"}))
    assert value(seen(fine, OTHER, ONE, request=two), "other_face") == pytest.approx(0)


def test_faces_are_counted_where_they_are_large_enough_to_be(fine: Path) -> None:
    assert value(seen(fine, ONE), "faces_error") == 0
    crowd = seen(fine, ONE, ONE, ONE, ONE)
    figure = crowd.find("faces_error")
    assert figure is not None
    assert (figure.value, figure.detail) == (3, "4 seen, 1 due")
    assert value(seen(fine), "faces_error") == -1
    assert value(seen(fine, request=a_request(framing="wide")), "faces_error") is None


def test_a_voice_is_held_against_the_one_its_speaker_is_known_by(
    tmp_path: Path, fine: Path
) -> None:
    senses, anchors = Senses(voices=Heard()), Anchors(voices={0: known_by(ONE)})
    soft = write_clip(tmp_path / "a.mp4", sound=0.3 * fine_sound())
    figures = [measure(clip, a_request(), senses=senses, anchors=anchors) for clip in (fine, soft)]
    values = sorted(value(each, "other_voice") or 0 for each in figures)
    assert values == pytest.approx([0, 0.9], abs=1e-5)
    assert any("other_voice" in failing(each) for each in figures)
    prints = [voice_of(clip, a_request(), senses, 0) for clip in (fine, soft)]
    assert not np.array_equal(prints[0], prints[1])
    assert value(measure(fine, a_request(), senses=senses), "other_voice") is None, "not known yet"


def test_without_models_the_figures_are_absent_and_say_so(fine: Path) -> None:
    found = measure(fine, a_request())
    lacking = {each.name: each for each in found.figures() if not each.able}
    assert set(lacking) == {
        "speech_heard", "stray_speech", "head_silence", "tail_silence", "words_wrong",
        "other_language", "faces_error", "other_face", "other_voice",
    }  # fmt: skip
    assert all(each.value is None and each.detail and not each.source for each in lacking.values())
    assert failing(found) == set()
    assert voice_of(fine, a_request(), Senses(), 0) is None
    assert face_of(fine, a_request(), Senses()) is None


def test_face_models_that_are_not_there_are_asked_for_by_name(tmp_path: Path) -> None:
    with pytest.raises(SenseMissing, match=r"face_detection_yunet\*\.onnx"):
        OpenCvFaces(tmp_path)
    (tmp_path / "face_detection_yunet_2023mar.onnx").write_bytes(b"")
    with pytest.raises(SenseMissing, match=r"face_recognition_sface\*\.onnx"):
        OpenCvFaces(tmp_path)
    (tmp_path / "face_recognition_sface_2021dec.onnx").write_bytes(b"")
    with pytest.raises(SenseMissing, match=r"hoofbeat\[faces\]|OpenCV cannot read"):
        OpenCvFaces(tmp_path)
