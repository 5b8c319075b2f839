from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise

import pysubs2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.captions import break_lines, cues, measure, write_srt, write_vtt
from storyboard.languages import LANGUAGES, language
from storyboard.timeline import Caption, Clip, Timeline
from tests.media.conftest import timeline

SAID = {
    "en": "I told you not to come back here, not after what happened on the bridge. Not now.",
    "cmn-Hans-CN": "我告诉过你，别再回到这里来，在桥上发生那些事之后就不该来了。今晚不行“快走”。",
    "yue-Hant-HK": "我同你講過唔好再返嚟呢度，喺橋上面發生嗰啲事之後，更唔得呀！聽唔聽到（我講）？",
    "ja-JP": "言ったでしょう、もう戻ってこないでって。「今夜はだめ」ってキャッチャーも言ってた……。",
    "ko-KR": "다시는 여기 오지 말라고 했잖아요, 다리 위에서 그런 일이 있었는데. 오늘 밤은 안 돼요.",
    "de-DE": "Ich habe dir gesagt: nicht nach der Donaudampfschifffahrtsgesellschaftsversammlung!",
    "fr-FR": "Je t'avais dit de ne pas revenir ici : « Pas ce soir », cœur brûlé — pourquoi ?",
}
TAGS = [each.tag for each in LANGUAGES]


def shown(tag: str, *captions: Caption, aspect: str = "9:16") -> Timeline:
    clip = Clip(shot="s", take="t", seconds=Fraction(60))
    line = timeline(clip, language=tag, captions=captions)
    return line.model_copy(update={"aspect": aspect})


def said(text: str, start: int = 1, end: int = 7, speaker: str = "") -> Caption:
    return Caption(start=Fraction(start), end=Fraction(end), text=text, speaker=speaker)


@pytest.mark.parametrize("aspect", ["9:16", "1:1", "16:9"])
@pytest.mark.parametrize("tag", TAGS)
def test_a_caption_is_two_lines_at_most_and_says_every_word(tag: str, aspect: str) -> None:
    spoken = language(tag)
    pages = cues(shown(tag, said(SAID[tag]), aspect=aspect), name_the_unseen=False)
    assert all(len(page.lines) <= 2 for page in pages)
    widest = max(measure(line, spoken) for page in pages for line in page.lines)
    narrow = 28 if spoken.caption_width > 20 else 13
    assert widest <= (narrow if aspect == "9:16" else spoken.caption_width)
    told = "".join(line for page in pages for line in page.lines)
    assert told.replace(" ", "") == SAID[tag].replace(" ", "")


@pytest.mark.parametrize("width", range(4, 17))
@pytest.mark.parametrize("tag", ["cmn-Hans-CN", "yue-Hant-HK", "ja-JP"])
def test_no_line_begins_or_ends_where_typesetting_forbids(tag: str, width: int) -> None:
    for line in break_lines(SAID[tag], tag, width):
        assert not re.match(r"[、。，！？：；」』）”ーぁ-ぃょっャュョッ…]", line)
        assert not re.search(r"[「『（“]$", line)


def test_lines_break_where_one_pauses() -> None:
    assert break_lines("Wait for me here, I have to tell them.", "en", 28) == (
        "Wait for me here,",
        "I have to tell them.",
    )


def test_french_signs_stay_with_their_words() -> None:
    lines = break_lines(SAID["fr-FR"], "fr-FR", 14)
    assert not any(re.match(r"[?!:;»]", line) or line.endswith("«") for line in lines)


@given(
    st.text(alphabet="ab W.,!?、。「」（ー…ょ漢한é-\u00a0'", max_size=80),
    st.sampled_from(TAGS),
    st.integers(4, 42),
)
def test_breaking_lines_keeps_every_sign_and_the_width(text: str, tag: str, width: int) -> None:
    lines = break_lines(text, tag, width)
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", text)
    assert all(measure(line, language(tag)) <= width for line in lines)


def test_a_long_caption_is_shown_in_parts_that_share_its_time() -> None:
    pages = cues(shown("en", said(SAID["en"] * 2)), name_the_unseen=False)
    assert len(pages) >= 3
    assert (pages[0].start, pages[-1].end) == (1, 7)
    assert all(one.end == other.start for one, other in pairwise(pages))
    assert all((page.start * 25).denominator == 1 for page in pages)


@pytest.mark.parametrize(("tag", "words"), [("en", "MIA: Go."), ("ja-JP", "MIA：Go.")])
def test_who_is_not_in_the_picture_is_named_in_side_files_only(tag: str, words: str) -> None:
    line = shown(tag, said("Go.", speaker="MIA"))
    assert words in write_srt(line) and words in write_vtt(line)
    assert cues(line, name_the_unseen=False)[0].lines == ("Go.",)


def test_srt_is_read_back_by_others() -> None:
    line = shown("en", said("{One} & <two>."), said("Three.", 3661, 3662))
    text = write_srt(line)
    assert text.startswith("1\n00:00:01,000 --> 00:00:07,000\n{One} & <two>.\n\n2\n01:01:01,000 ")
    assert [event.start for event in pysubs2.SSAFile.from_string(text)] == [1000, 3661000]


def test_vtt_has_its_head_its_points_and_its_escapes() -> None:
    assert write_vtt(shown("en", said("One --> <two> & three."))) == (
        "WEBVTT\n\n00:00:01.000 --> 00:00:07.000\nOne --&gt; &lt;two&gt; &amp; three.\n"
    )


def test_a_film_without_words_has_empty_side_files() -> None:
    assert write_srt(shown("en")) == ""
    assert write_vtt(shown("en")) == "WEBVTT\n"


def test_a_word_that_begins_with_a_closing_sign_begins_no_line() -> None:
    assert break_lines("abcdef )no more", "en", 10) == ("abcdef )no", "more")
