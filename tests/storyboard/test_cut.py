"""From takes to a film: lengths, dissolves, and captions when the words are heard."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storyboard.cue import cue
from storyboard.cut import SHORTEST_CAPTION, cut, film_seconds, starts
from storyboard.errors import StoryboardError
from storyboard.request import Spoken
from storyboard.timeline import Timeline
from tests.storyboard.films import ENGINE, LONG_EN, TONGUES, board, films, said, shot, takes, tide

FRAME = Fraction(1, 25)
thorough = settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def film_of(script, language: str = "en", heard=None) -> Timeline:
    """The cut; `heard` maps a shot's id to when its speeches were really heard."""
    sheet, _ = cue(script, language, ENGINE)
    made = takes(sheet)
    for id_, windows in (heard or {}).items():
        spoken = tuple(Spoken(speech=n, start=a, end=b) for n, (a, b) in enumerate(windows))
        made[id_] = made[id_].model_copy(update={"spoken": spoken})
    return cut(script, sheet, made, "9:16", (1080, 1920))


def test_a_film_is_its_clips_in_order_as_long_as_the_sheet_uses_them():
    sheet, _ = cue(tide(), "en", ENGINE)
    film = film_of(tide())
    assert [clip.shot for clip in film.clips] == [s.id for s in sheet.shots]
    assert [clip.seconds for clip in film.clips] == [s.used for s in sheet.shots]
    assert film.clips[0].take == "key-s1-1"
    assert (film.aspect, film.size, film.language) == ("9:16", (1080, 1920), "en")


def test_a_dissolve_overlaps_the_clip_before_and_shortens_the_film():
    film = film_of(tide())
    assert [clip.overlap for clip in film.clips] == [0, 0, Fraction(2, 5), 0, 0]
    assert starts(film)[2] == film.clips[0].seconds + film.clips[1].seconds - Fraction(2, 5)


def test_the_first_clip_never_dissolves():
    assert film_of(board(shot(1, action="Rain.", transition="dissolve"))).clips[0].overlap == 0


def test_a_dissolve_is_never_longer_than_a_third_of_a_clip():
    short = board(shot(1, action="Rain.", seconds=1), shot(2, action="Sun.", transition="dissolve"))
    assert film_of(short).clips[1].overlap == Fraction(8, 25)


def test_a_shot_without_a_take_is_named():
    sheet, _ = cue(tide(), "en", ENGINE)
    made = takes(sheet)
    del made["s1-4b"]
    with pytest.raises(StoryboardError, match=r"no take was made of s1-4b"):
        cut(tide(), sheet, made, "9:16", (1080, 1920))


def test_captions_stand_where_the_words_were_really_heard():
    heard = {"s1-2": [(Fraction(1, 2), Fraction(6, 5)), (Fraction(8, 5), Fraction(11, 5))]}
    first, second = film_of(tide(), heard=heard).captions[:2]
    assert (first.start, first.text) == (4 + Fraction(12, 25), "Who is there?")
    assert (second.start, second.text) == (4 + Fraction(8, 5), "Only me.")
    assert first.end == 4 + Fraction(33, 25)


def test_captions_without_word_from_the_engine_stand_where_the_words_were_planned():
    first = film_of(tide()).captions[0]
    assert first.start == 4 + Fraction(7, 25)


def test_words_that_came_late_are_not_cut_off():
    on_time = film_of(tide()).clips[1].seconds
    late = film_of(tide(), heard={"s1-2": [(Fraction(1, 2), 1), (Fraction(2), Fraction(7, 2))]})
    assert late.clips[1].seconds == Fraction(37, 10).limit_denominator() + Fraction(1, 50)
    assert late.clips[1].seconds > on_time
    very = film_of(tide(), heard={"s1-2": [(Fraction(1, 2), 1), (Fraction(2), Fraction(5))]})
    assert very.clips[1].seconds == 5


def test_a_long_speech_is_captioned_in_turns_of_at_most_two_lines():
    captions = film_of(board(shot(1, said(1, "ben", LONG_EN)))).captions
    assert " ".join(c.text for c in captions) == LONG_EN
    assert all(len(c.text) <= 84 for c in captions)
    assert captions[0].text.endswith(",")


def test_a_voice_from_outside_is_named_in_its_caption():
    assert [c.speaker for c in film_of(tide()).captions if c.speaker] == ["MIA"]


def test_a_short_word_stays_long_enough_to_read():
    only = film_of(board(shot(1, said(1, "ben", "Run.")), shot(2, action="Rain."))).captions[0]
    assert only.end - only.start >= SHORTEST_CAPTION


def test_two_who_speak_at_once_are_captioned_one_after_the_other():
    at_once = (Fraction(1, 2), Fraction(2))
    first, second = film_of(tide(), heard={"s1-2": [at_once, at_once]}).captions[:2]
    assert first.end - first.start >= Fraction(2, 5)
    assert second.start == first.end + 2 * FRAME
    assert second.end - second.start >= Fraction(2, 5)


def test_line_breaks_in_a_script_do_not_reach_the_screen():
    film = film_of(board(shot(1, said(1, "ben", "Only\n   me. "))))
    assert film.captions[0].text == "Only me."


@given(film=films(), tongue=st.sampled_from(TONGUES))
@thorough
def test_a_film_is_as_long_as_its_sheet_foretells(film, tongue):
    sheet, _ = cue(film, tongue, ENGINE)
    timeline = cut(film, sheet, takes(sheet), "16:9", (1920, 1080))
    clips = timeline.clips
    assert timeline.seconds == film_seconds(sheet)
    assert timeline.seconds == sum(c.seconds for c in clips) - sum(c.overlap for c in clips)
    assert clips[0].overlap == 0
    for before, clip in pairwise(clips):
        assert clip.overlap <= min(before.seconds, clip.seconds) / 3
        assert (clip.overlap * 25).denominator == (clip.seconds * 25).denominator == 1


@given(film=films(), tongue=st.sampled_from(TONGUES))
@thorough
def test_captions_hold_every_word_one_after_the_other_inside_the_film(film, tongue):
    timeline = film_of(film, tongue)
    shown = "".join("".join(c.text.split()) for c in timeline.captions)
    said_ = "".join("".join(x.text[tongue].split()) for s in film.shots() for x in s.lines)
    assert shown == said_
    clock = Fraction(0)
    for caption in timeline.captions:
        assert clock <= caption.start < caption.end <= timeline.seconds
        clock = caption.end + 2 * FRAME
