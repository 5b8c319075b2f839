"""Words are compared as they are said, however they are spelled."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review.words import compare, units
from storyboard.languages import LANGUAGES

TAGS = [each.tag for each in LANGUAGES]


@pytest.mark.parametrize(
    ("tag", "written", "heard"),
    [
        ("en", "I'm thirty-two. It’s the colour!", "i am 32, it is the color"),
        ("en", "Do not go.", "Don't go"),
        ("de-DE", "Um sieben, auf der Straße!", "um 7 auf der Strasse"),
        ("de-DE", "Einundzwanzig Katzen", "21 Katzen"),
        ("fr-FR", "J'ai vingt et un chats…", "j’ai 21 chats"),
        ("cmn-Hans-CN", "他三十年前来过，是吧？", "他30年前来过是吧"),
        ("cmn-Hans-CN", "这盏灯永远关掉。", "這盞燈永遠關掉"),
        ("yue-Hant-HK", "一到半夜，我就熄咗呢盞燈。", "一到半夜 我就熄咗呢盏灯"),
        ("ja-JP", "三十年前に沈んだ。", "３０年前に、しずんだ"),
        ("ja-JP", "どうか消さないで下さい。", "どうか消さないでください"),
        ("ja-JP", "ｺｰﾋｰ", "コーヒー"),
        ("ko-KR", "삼십 년 전에 가라앉았어요.", "30년 전에 가라앉았어요"),
        ("ko-KR", "이제, 여기를!", "이제여기를"),
    ],
)
def test_two_spellings_of_the_same_words_are_no_difference(
    tag: str, written: str, heard: str
) -> None:
    assert compare(written, heard, tag) == 0, (units(written, tag), units(heard, tag))


@pytest.mark.parametrize(
    ("tag", "written", "heard", "rate"),
    [
        ("en", "The water is cold.", "The winter is gold", 2 / 4),
        ("en", "The water is cold.", "", 1),
        ("en", "The water.", "The water is very cold", 3 / 2),
        ("de-DE", "Das Wasser ist kalt", "Das Messer ist kalt", 1 / 4),
        ("cmn-Hans-CN", "水很冷", "水很热", 1 / 3),
        ("ko-KR", "물이 차다", "물이 차네", 1 / 4),
    ],
)
def test_what_is_heard_otherwise_is_counted_by_word_or_by_character(
    tag: str, written: str, heard: str, rate: float
) -> None:
    assert compare(written, heard, tag) == pytest.approx(rate)


@pytest.mark.parametrize("tag", TAGS)
def test_nothing_written_and_nothing_heard_agree(tag: str) -> None:
    assert compare("", "", tag) == compare("…", "!?", tag) == 0
    assert compare("", "3", tag) == 1


@settings(max_examples=30)
@given(st.sampled_from(TAGS), st.text(max_size=40))
def test_any_text_is_no_different_from_itself(tag: str, text: str) -> None:
    assert compare(text, text, tag) == 0
    assert compare(text, f" {text} ", tag) == 0
