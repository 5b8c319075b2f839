from __future__ import annotations

import csv
import random
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import pytest

from engine.animatic.espeak import Phoneme, speak
from engine.animatic.pronunciation import espeak_voice, readable
from engine.foal.sentences import (
    LONGEST,
    SHORTEST,
    is_held_out,
    sentence,
    words_in,
)
from engine.interface import RequestRefused
from storyboard.languages import LANGUAGES
from tests.engine.shots import LINES

TAGS = [language.tag for language in LANGUAGES]
SPOKEN = Path(__file__).parents[2] / "storyboard" / "spoken.tsv"

SCRIPTS = {
    "en": {"LATIN"},
    "cmn-Hans-CN": {"CJK"},
    "yue-Hant-HK": {"CJK"},
    "ja-JP": {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "IDEOGRAPHIC"},
    "ko-KR": {"HANGUL"},
    "de-DE": {"LATIN"},
    "fr-FR": {"LATIN"},
}
TELLING = {
    "en": "abcdefghijklmnopqrstuvwxyz",
    "cmn-Hans-CN": "这个们买卖谁见",
    "yue-Hant-HK": "咗嘅喺唔呢個買賣",
    "ja-JP": "はをがのんー誰見",
    "ko-KR": "요다를씨",
    "de-DE": "äöüß",
    "fr-FR": "éèêàçœ",
}
OF_THE_OTHER = {"cmn-Hans-CN": "這個們買賣誰見嘅咗", "yue-Hant-HK": "这个们买卖谁见"}


def some(language: str, count: int, seed: int = 1, *, held_out: bool = False) -> list[str]:
    chance = random.Random(seed)
    return [sentence(language, chance, held_out=held_out) for _ in range(count)]


@pytest.mark.parametrize("language", TAGS)
def test_sentences_are_written_in_the_scripts_of_their_language(language: str) -> None:
    text = "".join(some(language, 500))
    scripts = {unicodedata.name(c).split(" ")[0] for c in text if c.isalpha()}
    assert scripts == SCRIPTS[language]
    assert all(letter in text for letter in TELLING[language])
    assert not set(text) & set(OF_THE_OTHER.get(language, ""))


@pytest.mark.parametrize("language", TAGS)
def test_there_are_thousands_of_different_ones_of_every_mood_and_some_name_a_number(
    language: str,
) -> None:
    made = some(language, 2_000)
    assert len(set(made)) > 1_600
    endings = [unicodedata.normalize("NFKC", text)[-1].replace("。", ".") for text in made]
    assert all(endings.count(mark) > 100 for mark in ".?!")
    assert sum(any(c.isdigit() for c in text) for text in made) > 100
    assert all(SHORTEST <= words_in(text, language) <= LONGEST for text in made)


@pytest.mark.parametrize("language", TAGS)
def test_a_seed_makes_the_same_sentences_again_and_another_makes_others(language: str) -> None:
    assert some(language, 20, seed=3) == some(language, 20, seed=3)
    assert some(language, 20, seed=3) != some(language, 20, seed=4)


@pytest.mark.parametrize("language", TAGS)
def test_training_never_sees_a_held_out_sentence(language: str) -> None:
    training, trial = some(language, 1_000), some(language, 200, held_out=True)
    assert not any(is_held_out(text) for text in training)
    assert all(is_held_out(text) for text in trial)
    assert len(set(trial)) > 150


@pytest.mark.parametrize("language", TAGS)
def test_espeak_reads_them_in_their_own_language_with_every_sound_of_the_sample_lines(
    language: str,
) -> None:
    heard: set[str] = set()
    # Held-out ones are read too: the trial must not stumble over a word that training never met.
    for text in some(language, 70) + some(language, 10, held_out=True):
        said = speak(readable(text, language), espeak_voice(language))
        assert not said.switches, text
        heard |= sounds_of(said.phonemes)
    for line in sample_lines(language):
        missing = sounds_of(speak(readable(line, language), espeak_voice(language)).phonemes)
        assert missing <= heard | RARE, line


RARE = {"n̩"}
"""Sounds of the sample lines that a hundred sentences need not hold; a thousand do."""


def sounds_of(phonemes: Iterable[Phoneme]) -> set[str]:
    return {phoneme.name.strip("ˈˌ") for phoneme in phonemes if phoneme.name}


def sample_lines(language: str) -> list[str]:
    with SPOKEN.open(encoding="utf-8") as rows:
        spoken = [row[2] for row in csv.reader(rows, delimiter="\t") if row[0] == language]
    return [*LINES[language], *spoken]


def test_a_language_without_a_grammar_is_refused() -> None:
    with pytest.raises(RequestRefused, match="no grammar of sentences for it-IT"):
        sentence("it-IT", random.Random(1))
