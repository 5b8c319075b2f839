"""What `check` prints and a production later delivers."""

from dataclasses import FrozenInstanceError
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings

from storyboard.cue import cue
from storyboard.cut import cut
from storyboard.errors import LanguageError, StoryboardError
from storyboard.plan import plan
from tests.storyboard.films import ENGINE, TONGUES, board, films, said, shot, takes, tide


def test_a_plan_counts_shots_lines_and_seconds_of_every_language():
    english, mandarin = plan(tide(), ["en", "zh"], ENGINE).languages
    assert (english.language, english.shots, english.silent_shots, english.lines) == ("en", 5, 1, 4)
    assert (mandarin.language, mandarin.shots) == ("cmn-Hans-CN", 5)
    assert english.made >= 25 > english.seconds


def test_a_silent_shot_is_counted_once_over_all_languages():
    both = plan(tide(), ["en", "zh"], ENGINE)
    assert both.takes == 9
    assert both.made == sum(each.made for each in both.languages) - 5


def test_the_engine_s_own_costs_make_the_estimate():
    one = plan(board(shot(1, action="Rain.")), ["en"], ENGINE)
    assert (one.preview_seconds, one.render_seconds, one.engine_seconds) == (2.5, 10, 12.5)
    busy = ENGINE.model_copy(update={"parallel": 2})
    assert plan(board(shot(1, action="Rain.")), ["en"], busy).engine_seconds == 6.25


def test_missing_words_are_counted_with_their_places_and_the_rest_is_still_planned():
    film = board(
        shot(1, said(1, "mia", "Who is there?", "谁在那里？")), shot(2, said(2, "ben", "Only me."))
    )
    made = plan(film, ["en", "zh"], ENGINE)
    assert not made.complete
    assert made.languages[0].shots == 1
    assert [(m.file, m.line) for m in made.languages[1].missing] == [("tide.fountain", 20)]
    assert made.languages[1].shots == 0


def test_a_language_named_twice_is_planned_once():
    assert len(plan(tide(), ["en", "english", "en-US"], ENGINE).languages) == 1


def test_notices_of_all_languages_are_told_once():
    film = board(shot(1, action="Rain.", seconds=30), shot(2, said(2, "ben", "Hi.", "你好。")))
    assert len(plan(film, ["en", "zh"], ENGINE).notices) == 1


def test_what_the_engine_cannot_serve_is_refused_before_anything_is_made():
    film = board(shot(1, action="Rain.", reference="rain.png"))
    with pytest.raises(StoryboardError, match=r"rain.png, which engine sketch cannot do"):
        plan(film, ["en"], ENGINE)
    with pytest.raises(LanguageError, match="does not speak"):
        plan(
            board(shot(1, said(1, "ben", "Hi.").model_copy(update={"text": {"ko-KR": "안녕"}}))),
            ["ko"],
            ENGINE,
        )


def test_a_plan_does_not_change():
    with pytest.raises(FrozenInstanceError):
        plan(tide(), ["en"], ENGINE).takes = 1


@given(film=films())
@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_the_plan_foretells_the_film_to_the_frame(film):
    foretold = plan(film, TONGUES, ENGINE)
    made: dict[str, Fraction] = {}
    for each in foretold.languages:
        sheet, _ = cue(film, each.language, ENGINE)
        assert cut(film, sheet, takes(sheet), "9:16", (1080, 1920)).seconds == each.seconds
        assert len(sheet.shots) == each.shots
        for s in sheet.shots:
            made[f"{each.language if s.lines else ''} {s.id}"] = s.seconds
    assert foretold.takes == len(made)
    assert foretold.made == sum(made.values())
