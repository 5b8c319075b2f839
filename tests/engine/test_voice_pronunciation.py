from __future__ import annotations

import pytest

from engine.animatic.espeak import speak
from engine.animatic.pronunciation import espeak_voice, readable
from engine.interface import RequestRefused

PROBES = {
    "en": ("The horse is here.", "ð ə h ˈɔːɹ s ɪ z h ˈɪɹ"),
    "cmn-Hans-CN": ("灯塔看守人。", "t ə ŋ th ˈɑ kh a n s. ˈou ʐ ˈə n"),
    "yue-Hant-HK": ("燈塔看守人。", "d ˈanɡ t ˈaa h o n s ˈau j ˈa n"),
    "ja-JP": ("灯台守の光。", "t ˌo̞ d ä ˌi m o̞ ɽ ˌi n o̞ ç i k ˈä ɽ i"),
    "ko-KR": ("안녕하세요.", "ˈɐ n n j ʌ ŋ h ˌɐ s e j ˌo"),
    "de-DE": ("Schöne Welt.", "ʃ ˈøː n ə v ˈɛ l t"),
    "fr-FR": ("Bonjour le monde.", "b ɔ̃ ʒ ˈu ʁ l ə- m ˈɔ̃ d"),
}


@pytest.mark.parametrize("language", PROBES)
def test_a_probe_sentence_has_the_sounds_of_its_language(language: str) -> None:
    line, expected = PROBES[language]
    said = speak(readable(line, language), espeak_voice(language))
    assert " ".join(phoneme.name for phoneme in said.phonemes if phoneme.name) == expected


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("灯台守は22日に来る。", "トーダイモリワニジューニニチニクル。"),
        ("今日は、いい天気ですね！", "キョーワ、イイテンキデスネ!"),
        ("何でもない。何ですか？", "ナンデモナイ。ナンデスカ?"),
        ("「行こう」……彼は言った。", "イコー,カレワイッタ。"),
        ("5:30に、100%。", "ゴジサンジュップンニ、ヒャクパーセント。"),
    ],
)
def test_kanji_are_read_as_kana(written: str, read: str) -> None:
    assert readable(written, "ja-JP") == read


@pytest.mark.parametrize("written", ["ええー、でも。", "のおー！", "えーーっと", "キャアー"])
def test_a_drawn_out_vowel_is_not_read_as_an_english_letter(written: str) -> None:
    assert speak(readable(written, "ja-JP"), "ja").switches == ()


@pytest.mark.parametrize(
    ("language", "written", "read"),
    [
        ("en", "**Bold** and _soft_ <b>words</b>", "Bold and soft words"),
        ("en", "Nooooo... Hiii 🎉!", "No, Hi !"),
        ("en", "Bob & I — at 5:30", "Bob and I, at 5 30"),
        ("en", "don’t", "don't"),
        ("cmn-Hans-CN", "他说：“走……吧”，50%！", "他说: 走,吧,百分之50!"),
        ("ko-KR", "50%", "50 퍼센트"),
        ("de-DE", "„Ja!“ um 5:30 & bald", "Ja! um 5 Uhr 30 und bald"),
        ("fr-FR", "« Oui » à 5:30", "Oui à 5 heures 30"),
    ],
)
def test_what_is_not_speech_is_left_out_and_signs_are_words(
    language: str, written: str, read: str
) -> None:
    assert readable(written, language) == read


@pytest.mark.parametrize("text", ["", "…", "🎉🎉", "?!", "***", "\0", "<b></b>"])
def test_nothing_to_say_is_nothing(text: str) -> None:
    assert readable(text, "en") == ""
    assert readable(text, "ja-JP") == ""


def test_a_language_without_a_voice_is_refused_with_those_that_have_one() -> None:
    with pytest.raises(RequestRefused, match="does not speak it here; it speaks en, cmn-Hans-CN"):
        espeak_voice("it")
