from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from engine.animatic import tone
from engine.animatic.casting import voice_of
from engine.animatic.espeak import Phoneme, speak
from engine.animatic.lips import mouth_cues, shape, sounds
from engine.animatic.mouth import REST, mouth_at
from engine.animatic.pronunciation import ESPEAK_VOICES, espeak_voice, readable
from engine.animatic.tone import SOUND_RATE_HZ
from engine.animatic.voice import LONGEST_PAUSE_S, SLACK_S, TAIL_S, perform, without_long_pauses
from engine.interface import RequestRefused
from storyboard.request import Figure
from tests.engine.shots import LINES, MARA, TOM, shot, speech

MIDNIGHT = "At midnight I switch this light off. For good."


def heard_dbfs(sound: np.ndarray, start_s: float, end_s: float) -> float:
    return tone.level_dbfs(sound[:, round(start_s * SOUND_RATE_HZ) : round(end_s * SOUND_RATE_HZ)])


@pytest.mark.parametrize("language", ESPEAK_VOICES)
def test_two_lines_are_heard_each_in_its_window(language: str) -> None:
    first, second = LINES[language]
    request = shot(
        speech(first, 0.3, 2.7),
        speech(second, 3.0, 5.4, speaker=1),
        language=language,
        seconds=6,
    )
    played = perform(request)
    assert played.notes == ()
    assert played.sound.shape == (2, 6 * SOUND_RATE_HZ)
    for spoken, said in zip(played.spoken, request.speeches, strict=True):
        assert spoken.start == said.start
        assert said.start + 1 < spoken.end <= said.end + Fraction(SLACK_S)
        assert -26 < heard_dbfs(played.sound, float(spoken.start), float(spoken.end)) < -16
    assert heard_dbfs(played.sound, 0, 0.29) == -120


@pytest.mark.parametrize("length", [2.0, 2.4, 3.0, 4.0])
def test_a_line_is_fitted_to_its_window_without_being_stretched_to_fill_it(length: float) -> None:
    spoken = perform(shot(speech(MIDNIGHT, 0.3, 0.3 + length))).spoken[0]
    lasted = float(spoken.end - spoken.start)
    assert 0.8 * min(length, 2.7) < lasted <= length + 0.05


def test_a_line_too_long_for_its_window_is_hurried_and_noted() -> None:
    played = perform(shot(speech(MIDNIGHT, 3.2, 4.4)))
    assert played.spoken[0].end <= 5 - Fraction(TAIL_S)
    assert [note.split(" up by ")[0] for note in played.notes] == ["speech 1 sped"]


def test_a_line_that_cannot_fit_is_refused_with_its_words_and_what_is_missing() -> None:
    with pytest.raises(RequestRefused, match=r"speech 1 \('At midnight.*needs 0\.\d s more"):
        perform(shot(speech(MIDNIGHT, 4, 5)))
    with pytest.raises(RequestRefused, match=r"speech 1 .*needs \d\.\d s more"):
        perform(shot(speech(MIDNIGHT, 0.3, 3), speech("No.", 1, 3, speaker=1)))


def test_a_speech_never_runs_into_the_next() -> None:
    played = perform(
        shot(speech(MIDNIGHT, 0.3, 2.0), speech("Nobody sails here.", 2.05, 4, speaker=1))
    )
    first, second = played.spoken
    assert first.end <= second.start


def test_two_speeches_at_the_same_moment_are_refused() -> None:
    with pytest.raises(RequestRefused, match="speech 1 has no time"):
        perform(shot(speech("Yes.", 1, 3), speech("No.", 1, 3, speaker=1)))


def test_the_same_request_sounds_the_same() -> None:
    request = shot(speech(MIDNIGHT))
    assert np.array_equal(perform(request).sound, perform(request).sound)


def test_words_that_are_no_words_leave_silence_and_a_note() -> None:
    played = perform(shot(speech("…!?")))
    assert not played.sound.any()
    assert played.notes == ("speech 1 has no words to say: '…!?'",)


def test_pauses_are_shortened_and_nothing_else_is() -> None:
    said = speak("One, two. Three.", "en-us", words_per_minute=130)
    short = without_long_pauses(said)
    pauses = [p.end_s - p.start_s for p in short.phonemes if not p.name]
    assert max(pauses) <= LONGEST_PAUSE_S + 1e-9
    assert short.seconds == pytest.approx(short.phonemes[-1].end_s, abs=0.002)
    lengths = [
        [round(p.end_s - p.start_s, 6) for p in each.phonemes if p.name] for each in (said, short)
    ]
    assert lengths[0] == lengths[1]
    assert short.seconds < said.seconds - 0.2


def test_who_is_described_is_heard_so_in_every_shot() -> None:
    assert voice_of(MARA) == voice_of(MARA)
    assert voice_of(MARA).variant.startswith("f")
    assert voice_of(TOM).variant.startswith("m")
    assert voice_of(MARA).pitch < voice_of(Figure(name="ANN", looks="woman", voice="high")).pitch
    assert voice_of(MARA).pace < 1 < voice_of(TOM).pace
    dog = voice_of(Figure(name="DOG", looks="a cute dog"))
    child = voice_of(Figure(name="PIP", looks="boy, 7"))
    assert dog.pitch > child.pitch > voice_of(TOM).pitch
    assert voice_of(Figure(name="UNIT", looks="an old robot")).pitch_range < 30


def test_characters_nobody_described_sound_different_from_one_another() -> None:
    voices = {voice_of(Figure(name=f"PERSON {number}")) for number in range(12)}
    assert len(voices) == 12


@pytest.mark.parametrize(
    ("delivery", "quieter_than"), [("whispering", -22.0), ("", -17.5), ("shouting", -14.0)]
)
def test_a_delivery_is_heard_in_the_level(delivery: str, quieter_than: float) -> None:
    played = perform(shot(speech("Nobody sails here.", delivery=delivery)))
    end = float(played.spoken[0].end)
    assert quieter_than - 6 < heard_dbfs(played.sound, 0.4, end) < quieter_than


def test_a_radio_has_no_bass_and_no_treble() -> None:
    captain = Figure(name="CAPTAIN", looks="man, 50", voice="deep, radio", in_picture=False)
    sound = perform(shot(speech(MIDNIGHT), figures=(captain,))).sound[0]
    power = np.abs(np.fft.rfft(sound)) ** 2
    hz = np.fft.rfftfreq(len(sound), 1 / SOUND_RATE_HZ)
    inside = power[(hz > 300) & (hz < 3400)].sum()
    assert power[hz < 150].sum() < inside / 1000
    assert power[hz > 6000].sum() < inside / 100


def test_figures_are_heard_where_they_stand() -> None:
    played = perform(shot(speech("No.", 0.4, 2), speech("Yes.", 2.4, 4, speaker=1)))
    left, right = played.sound
    first, second = slice(0, 2 * SOUND_RATE_HZ), slice(round(2.4 * SOUND_RATE_HZ), None)
    assert tone.level_dbfs(left[first]) > tone.level_dbfs(right[first]) + 2
    assert tone.level_dbfs(right[second]) > tone.level_dbfs(left[second]) + 2


def test_resampling_keeps_a_tone_its_pitch_its_level_and_its_length() -> None:
    seconds = 1.0
    wave = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(22050) / 22050).astype(np.float32)
    heard = tone.resampled(wave, 22050, ((0, 0), (11_000, 0)))
    assert len(heard) == seconds * SOUND_RATE_HZ
    middle = heard[4800:-4800]
    expected = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(4800, 43200) / SOUND_RATE_HZ)
    assert np.abs(middle - expected).max() < 0.01


def test_the_limiter_leaves_room_and_leaves_quiet_alone() -> None:
    wave = np.linspace(-3, 3, 1001, dtype=np.float32)
    bent = tone.limited(wave)
    assert np.abs(bent).max() <= 0.89
    assert np.array_equal(bent[np.abs(wave) <= 0.5], wave[np.abs(wave) <= 0.5])
    assert (np.diff(bent) >= 0).all()


def phoneme(name: str, start_s: float = 0.0, end_s: float = 0.1) -> Phoneme:
    return Phoneme(start_s=start_s, end_s=end_s, name=name)


@pytest.mark.parametrize(
    ("name", "letters"),
    [("ˈoʊ", "oʊ"), ("ɯᵝ", "ɯ"), ("kh", "k"), ("tɕh", "tɕ"), ("ˈaa", "a"), ("ˈanɡ", "aŋ"),
     ("s.", "s"), ("ɔ̃", "ɔ"), ("", ""), ("ʲ", "j"), ("h", "h")],
)  # fmt: skip
def test_a_phoneme_is_read_letter_by_letter(name: str, letters: str) -> None:
    assert sounds(name) == letters


def test_lips_do_what_the_sound_needs() -> None:
    assert shape("m") == shape("b") == REST
    assert shape("a").open > shape("e").open > shape("i").open > shape("b").open
    assert shape("u").round > shape("o").round > 0.5 > shape("a").round
    assert shape("i").wide > 0.8
    assert shape("f").teeth == 1
    assert shape("θ").tongue == 1
    assert shape("ǣ").open > 0.3, "a letter never seen is like its kind"


@pytest.mark.parametrize("language", ESPEAK_VOICES)
def test_the_mouth_is_open_on_vowels_shut_on_m_and_at_rest_in_silence(language: str) -> None:
    words = {
        "en": "Mama.", "cmn-Hans-CN": "妈妈。", "yue-Hant-HK": "媽媽。", "ja-JP": "ママ。",
        "ko-KR": "엄마.", "de-DE": "Mama.", "fr-FR": "Maman.",
    }  # fmt: skip
    said = speak(readable(words[language], language), espeak_voice(language))
    cues = mouth_cues(said.phonemes, 1.0)
    assert mouth_at(cues, 0.8) == REST
    assert mouth_at(cues, 1.2 + said.seconds) == REST
    vowels = [p for p in said.phonemes if sounds(p.name)[-1:] in "aäɐɑʌəɔ" and p.name]
    closed = [p for p in said.phonemes if sounds(p.name) == "m"]
    assert vowels and closed
    for each in (vowel for vowel in vowels if vowel.end_s - vowel.start_s > 0.06):
        assert mouth_at(cues, 1 + (each.start_s + each.end_s) / 2 - 0.03).open > 0.35
    for each in closed[1:]:
        assert mouth_at(cues, 1 + each.start_s - 0.03).open < 0.3
    assert all(one.end_s <= other.start_s + 1e-9 for one, other in pairwise(cues))


def test_the_mouth_opens_when_the_voice_is_loud() -> None:
    """Over a whole line the opening follows the envelope of the sound."""
    played = perform(shot(speech(MIDNIGHT)))
    times = np.arange(0.5, 2.9, 0.04)
    opened = [mouth_at(played.mouths[0], t).open for t in times]
    loud = [10 ** (heard_dbfs(played.sound, t, t + 0.04) / 20) for t in times]
    assert np.corrcoef(opened, loud)[0, 1] > 0.4


def test_lips_close_before_a_b_is_heard() -> None:
    cues = mouth_cues([phoneme("a", 0, 0.3), phoneme("b", 0.3, 0.35)])
    assert [(round(c.start_s, 2), round(c.end_s, 2), c.mouth == REST) for c in cues] == [
        (0.0, 0.25, False),
        (0.25, 0.3, True),
        (0.3, 0.35, True),
    ]
