"""The estimate of speech against a synthesiser that really spoke."""

from fractions import Fraction
from pathlib import Path

import pytest

from storyboard.errors import LanguageError
from storyboard.languages import LANGUAGES
from storyboard.speech import RATES, speech_seconds, talking_seconds


def _spoken() -> dict[str, list[tuple[str, float]]]:
    """Language to sentences with the seconds a synthesiser took to say them."""
    table = Path(__file__).with_name("spoken.tsv").read_text(encoding="utf-8")
    rows = [row.split("\t") for row in table.splitlines() if not row.startswith("#")]
    return {tag: [(text, float(s)) for t, s, text in rows if t == tag] for tag, _, _ in rows}


SPOKEN = _spoken()


def test_every_language_of_the_house_has_a_rate_and_was_listened_to():
    tags = {language.tag for language in LANGUAGES}
    assert set(RATES) == tags
    assert set(SPOKEN) == tags


@pytest.mark.parametrize("tag", SPOKEN)
def test_the_estimate_of_a_whole_script_is_within_a_twentieth_of_what_was_heard(tag):
    heard = sum(seconds for _, seconds in SPOKEN[tag])
    estimated = sum(speech_seconds(text, tag) for text, _ in SPOKEN[tag])
    assert abs(float(estimated) / heard - 1) < 0.05


@pytest.mark.parametrize("tag", SPOKEN)
def test_the_estimate_of_a_sentence_is_within_a_quarter_of_what_was_heard(tag):
    for text, heard in SPOKEN[tag]:
        if heard > 1:
            assert abs(float(speech_seconds(text, tag)) / heard - 1) < 0.25, text


def test_aliases_and_tags_give_the_same_length():
    assert speech_seconds("谁在那里？", "zh") == speech_seconds("谁在那里？", "cmn-Hans-CN")


def test_an_unknown_language_has_no_rate():
    with pytest.raises(LanguageError, match="unknown language"):
        speech_seconds("Hola.", "es")


def test_small_kana_and_accents_add_nothing():
    assert talking_seconds("しゃ", "ja") == talking_seconds("し", "ja")
    assert talking_seconds("é", "fr") == talking_seconds("e", "fr")


def test_a_kanji_takes_about_as_long_as_two_kana():
    assert 1.5 < talking_seconds("灯", "ja") / talking_seconds("あ", "ja") < 2.5


def test_letters_without_a_vowel_are_spelt_out_when_they_are_capitals():
    assert talking_seconds("BBC", "en") == 3 * talking_seconds("b", "en")


def test_numbers_and_signs_are_counted_as_they_are_read():
    assert speech_seconds("It is 42 %.", "en") > speech_seconds("It is.", "en")


def test_nobody_waits_for_the_pause_after_the_last_word():
    assert speech_seconds("Wait for me there...", "en") == speech_seconds("Wait for me there", "en")
    assert speech_seconds("等着我在那里。”", "cmn") == speech_seconds("等着我在那里", "cmn")


def test_a_full_stop_inside_a_speech_is_a_longer_pause_than_a_comma():
    plain, comma, stop = (talking_seconds(f"Wait{mark} now", "en") for mark in ("", ",", "."))
    assert plain < comma < stop


def test_full_width_letters_take_as_long_as_plain_ones():
    assert speech_seconds("Ｍａｒｇａｒｅｔ１２", "ja") == speech_seconds("Margaret12", "ja")


@pytest.mark.parametrize("text", ["", "…", "♪", "\U0001f600", "\n\t"])
def test_even_nothing_takes_a_moment(text):
    assert speech_seconds(text, "en") == Fraction(2, 5)
