"""Written Cantonese is Cantonese."""

from __future__ import annotations

import pytest

from storyboard.cantonese import standard_words
from storyboard.cue import cue
from tests.storyboard.films import ENGINE, board, said, shot

STANDARD = [
    ("我們現在在這裡。", ["們", "現在", "在", "這"]),
    ("這是他的東西。", ["這", "是", "他", "的", "東西"]),
    ("你沒有吃什麼？", ["沒", "吃", "什麼"]),
    ("不要看了，給我說清楚。", ["不", "看", "了", "給", "說"]),
]
SPOKEN = [
    "我哋而家喺度。",
    "呢啲係佢嘅嘢。",
    "你冇食嘢呀？",
    "唔好睇喇，講清楚俾我聽。",
    "搭的士嘅目的係咩？差不多啦，不過要了解吓，其他實在冇乜所謂。",
    "看更話但是佢啱啱走咗。",
]


@pytest.mark.parametrize(("text", "words"), STANDARD)
def test_words_only_standard_chinese_has_are_named(text: str, words: list[str]) -> None:
    assert list(standard_words(text)) == words


@pytest.mark.parametrize("text", SPOKEN)
def test_cantonese_and_the_words_it_shares_are_left_alone(text: str) -> None:
    assert standard_words(text) == {}


def test_a_cue_sheet_warns_of_standard_chinese_in_a_cantonese_film() -> None:
    engine = ENGINE.model_copy(update={"languages": ("yue-Hant-HK", "cmn-Hans-CN")})
    line = said(2, "mia", "Is it his?", "是他的嗎？")
    cantonese = line.text | {"yue-Hant-HK": "是他的嗎？"}
    film = board(shot(2, line.model_copy(update={"text": cantonese})))
    _, notices = cue(film, "yue", engine)
    assert str(notices[0]) == (
        "tide.fountain:20: warning: '是他的嗎？' is standard Chinese, not Cantonese, which says "
        "what stands in brackets: 是 (係), 他 (佢), 的 (嘅)"
    )
    assert cue(film, "cmn", engine)[1] == ()
