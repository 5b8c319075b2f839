"""Splitting text where a speaker would breathe."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storyboard.phrases import split


def parts_of(text: str, longest: float, language: str = "en") -> tuple[str, ...]:
    return split(text, language, longest, len)


def says(text: str) -> bool:
    return any(c.isalnum() for c in text)


def test_a_text_that_fits_is_left_alone():
    assert parts_of("Run, now. Please.", 40) == ("Run, now. Please.",)


def test_a_sentence_that_fits_is_never_broken():
    assert parts_of("One two, three. Four five, six. Seven.", 24) == (
        "One two, three. ",
        "Four five, six. Seven.",
    )


def test_sentences_stay_whole_even_where_fewer_parts_would_do():
    assert parts_of("Wait for me. Here I come. There we go.", 20) == (
        "Wait for me. ",
        "Here I come. ",
        "There we go.",
    )


def test_a_long_sentence_is_broken_at_its_clauses():
    assert parts_of("When the tide comes in, we have to leave.", 25) == (
        "When the tide comes in, ",
        "we have to leave.",
    )


def test_a_long_clause_is_broken_between_words():
    parts = parts_of("the light that nobody has ever turned off", 20)
    assert len(parts) == 3
    assert all(len(part) <= 20 for part in parts)


def test_parts_are_evenly_filled():
    parts = parts_of("one two three four five six seven eight", 30)
    assert len(parts) == 2
    assert abs(len(parts[0]) - len(parts[1])) < 8


def test_closing_quotes_stay_with_their_sentence():
    text = '"Who is there?" she asked. "Only me."'
    assert parts_of(text, 30) == ('"Who is there?" ', 'she asked. "Only me."')
    assert parts_of("他说：「谁在那里？」没有人回答他。", 12, "cmn") == (
        "他说：「谁在那里？」",
        "没有人回答他。",
    )


@pytest.mark.parametrize(
    "text", ["Mr. Brown went home early today.", "J. R. Brown went home today."]
)
def test_an_abbreviation_does_not_end_a_sentence(text):
    assert not parts_of(text, 28)[0].endswith(". ")


def test_numbers_are_not_split_at_their_points():
    assert parts_of("It costs 3.50 or 1,000 at most.", 6)[1].strip() == "costs"
    assert "3.50 " in parts_of("It costs 3.50 or 1,000 at most.", 6)


def test_cjk_clauses_are_broken_after_their_punctuation():
    assert parts_of("每天晚上七点，我爬上楼梯，点亮灯。", 12, "cmn") == (
        "每天晚上七点，",
        "我爬上楼梯，点亮灯。",
    )


def test_japanese_without_punctuation_is_broken_between_phrases():
    parts = parts_of("それは私が二十年間ずっと守り続けてきた灯台の光", 12, "ja")
    assert parts == ("それは私が二十年間ずっと", "守り続けてきた灯台の光")


def test_a_latin_word_in_cjk_text_is_not_broken():
    assert "Margaret" in "|".join(parts_of("灯台のMargaretさんは今日も来なかったのです", 10, "ja"))


def test_a_word_that_is_too_long_stays_whole():
    assert parts_of("a " + "x" * 50 + " b", 10) == ("a ", "x" * 50 + " ", "b")


def test_the_same_text_is_always_split_the_same():
    text = "one, two, three, four, five, six, seven, eight. " * 20
    assert parts_of(text, 33) == parts_of(text, 33)


def test_a_very_long_text_is_split_quickly():
    text = "the lamp is lit, and nobody comes; " * 4000
    parts = parts_of(text, 60)
    assert "".join(parts) == text
    assert len(parts) >= len(text) // 60


@given(
    text=st.text(
        st.sampled_from("ab1,.;!? \"'()-—…\n\t灯塔，。？「」かタ가") | st.characters(codec="utf-8")
    ),
    longest=st.integers(1, 30),
    language=st.sampled_from(["en", "cmn", "yue", "ja", "ko", "de", "fr"]),
)
def test_the_parts_joined_give_the_text_back(text, longest, language):
    parts = parts_of(text, longest, language)
    assert "".join(parts) == text
    assert text == "" or all(parts)


@given(text=st.text("ab。,.-— 灯か").filter(says), longest=st.integers(1, 9))
def test_something_is_said_in_every_part(text, longest):
    assert all(says(part) for part in parts_of(text, longest, "ja"))


@given(
    words=st.lists(st.text("abcé'-", min_size=1, max_size=9), min_size=1),
    longest=st.integers(1, 40),
)
def test_no_word_is_ever_cut(words, longest):
    parts = parts_of(" ".join(words), longest)
    assert [word for part in parts for word in part.split()] == words
    assert all(re.search(r"\s$", part) for part in parts[:-1])
