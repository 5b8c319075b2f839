from __future__ import annotations

import ctypes
import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import espeakng_loader
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.animatic.espeak import LONGEST_S, RATE_HZ, espeak_version, speak
from engine.animatic.pronunciation import ESPEAK_VOICES, espeak_voice, readable
from engine.interface import RequestRefused
from tests.engine.shots import LINES

SAYINGS = [
    ("Hello world, the storm is coming.", "en-us"),
    ("Hello world, the storm is coming.", "en-us+f2"),
    ("Hello world.", "en-us+whisper"),
    ("Hello world.", "en-us+klatt2"),
    ("灯塔看守人。", "cmn+m1"),
    ("안녕하세요 세계.", "ko+f4"),
]


def sha(text: str, voice: str) -> str:
    return hashlib.sha256(speak(text, voice).samples.tobytes()).hexdigest()


def test_the_same_words_have_the_same_samples_whatever_was_said_before() -> None:
    """espeak-ng itself never says a sentence twice alike: its oscillators run on."""
    first = [sha(*saying) for saying in SAYINGS]
    again = [sha(*saying) for saying in SAYINGS]
    backwards = [sha(*saying) for saying in reversed(SAYINGS)][::-1]
    assert first == again == backwards


def test_the_same_words_have_the_same_samples_in_another_process() -> None:
    code = f"""
import hashlib
from engine.animatic.espeak import speak
for saying in {SAYINGS[:3]!r}:
    print(hashlib.sha256(speak(*saying).samples.tobytes()).hexdigest())
"""
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout.split() == [sha(*saying) for saying in SAYINGS[:3]]


def test_threads_that_speak_at_once_do_not_hear_one_another() -> None:
    alone = [sha(*saying) for saying in SAYINGS]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda saying: sha(*saying), SAYINGS * 3))
    assert together == alone * 3


def test_nothing_of_the_library_stays_loaded() -> None:
    speak("Hello.", "en-us")
    with pytest.raises(OSError):
        ctypes.CDLL(espeakng_loader.get_library_path(), mode=os.RTLD_NOLOAD)


def test_a_voice_that_does_not_exist_is_refused_instead_of_spoken_by_the_one_before() -> None:
    with pytest.raises(RequestRefused, match="no voice 'fr-fr'"):
        speak("Bonjour.", "fr-fr")


def test_phonemes_follow_one_another_and_end_with_the_sound() -> None:
    said = speak("Hello, storm.", "en-us")
    ends = [phoneme.end_s for phoneme in said.phonemes]
    assert [phoneme.start_s for phoneme in said.phonemes[1:]] == ends[:-1]
    assert ends[-1] == pytest.approx(said.seconds, abs=0.001)
    assert said.rate_hz == RATE_HZ
    assert said.samples.dtype == np.float32
    assert float(np.abs(said.samples[-RATE_HZ // 20 :]).max()) > 0.01, "silence left at the end"


def test_a_vowel_is_loud_where_its_phoneme_says_and_a_pause_is_silent() -> None:
    said = speak("Hello, storm.", "en-us")

    def level(start_s: float, end_s: float) -> float:
        part = said.samples[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)]
        return float(np.sqrt(np.mean(part**2)))

    vowel = next(phoneme for phoneme in said.phonemes if "oʊ" in phoneme.name)
    pause = next(phoneme for phoneme in said.phonemes if not phoneme.name)
    assert level(vowel.start_s, vowel.end_s) > 0.05
    assert level(pause.start_s + 0.03, pause.end_s - 0.03) < 0.003


def test_faster_is_shorter_and_higher_is_higher() -> None:
    slow, fast = (speak("A long way home.", "en-us", words_per_minute=w) for w in (140, 300))
    assert fast.seconds < 0.6 * slow.seconds
    low, high = (speak("More.", "en-us", pitch=pitch, pitch_range=0) for pitch in (10, 90))
    assert fundamental_hz(high.samples) > 1.5 * fundamental_hz(low.samples)


def fundamental_hz(samples: np.ndarray) -> float:
    """By the autocorrelation of the middle, between 60 and 300 Hz."""
    middle = samples[len(samples) // 2 :][:2048]
    echo = np.correlate(middle, middle, "full")[len(middle) - 1 :]
    shortest, longest = RATE_HZ // 300, RATE_HZ // 60
    return RATE_HZ / (shortest + int(np.argmax(echo[shortest:longest])))


def test_a_whole_novel_is_stopped_at_the_longest_utterance() -> None:
    assert speak("the old horse. " * 2000, "en-us", words_per_minute=80).seconds < LONGEST_S + 1


@pytest.mark.parametrize("text", ["", " ", "\0", "a\0b", "<speak>", "[[h@l'oU]]", "\ud800", "🎉"])
def test_no_text_is_too_odd_to_be_spoken(text: str) -> None:
    assert speak(text, "en-us").seconds < 5


@pytest.mark.parametrize("language", ESPEAK_VOICES)
@settings(max_examples=25)
@given(text=st.text(max_size=60))
def test_any_text_can_be_read_and_spoken_in_any_language(language: str, text: str) -> None:
    speak(readable(text, language), espeak_voice(language))


@pytest.mark.parametrize("language", ESPEAK_VOICES)
def test_a_line_is_spoken_in_its_own_language_throughout(language: str) -> None:
    for line in LINES[language]:
        said = speak(readable(line, language), espeak_voice(language))
        assert said.switches == ()
        assert len([phoneme for phoneme in said.phonemes if phoneme.name]) > 10


def test_a_word_left_to_the_english_voice_is_told() -> None:
    assert speak("Bob，你好。", "cmn").switches == ("en",)
    assert not any("(" in phoneme.name for phoneme in speak("Bob，你好。", "cmn").phonemes)


def test_the_version_is_the_one_that_reads_mandarin() -> None:
    assert espeak_version() == "1.52.0"


@pytest.mark.parametrize(
    ("package", "what", "code"),
    [
        ("espeakng_loader", "espeak-ng", "import engine.open as o; o.open_engine('animatic')"),
        (
            "pyopenjtalk",
            "pyopenjtalk-plus",
            "from engine.animatic.pronunciation import readable; readable('海', 'ja-JP')",
        ),
    ],
)
def test_without_the_voices_one_sentence_says_how_to_get_them(
    package: str, what: str, code: str
) -> None:
    blocked = f"""
import sys
sys.modules[{package!r}] = None
from engine.interface import EngineUnavailable
try:
    {code}
except EngineUnavailable as missing:
    print(missing)
"""
    said = subprocess.run([sys.executable, "-c", blocked], capture_output=True, text=True)
    assert said.stderr == ""
    assert said.stdout.count("\n") == 1
    assert what in said.stdout
    assert "pip install 'hoofbeat[voices]'" in said.stdout
