"""Which shots a language gets, and when its words are heard."""

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storyboard.board import Line, Scene, Source
from storyboard.cue import LEAD, TAIL, action_seconds, cue, missing_lines
from storyboard.cues import CueSheet
from storyboard.errors import CueError, LanguageError
from storyboard.languages import LANGUAGES
from storyboard.languages import language as find_language
from storyboard.letters import speakable
from tests.storyboard.films import (
    ENGINE,
    LONG_EN,
    LONG_ZH,
    TONGUES,
    board,
    films,
    said,
    shot,
    tide,
)

ANY = ENGINE.model_copy(update={"languages": tuple(each.tag for each in LANGUAGES)})

thorough = settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def sheet_of(film, language: str = "en", engine=ENGINE) -> CueSheet:
    return cue(film, language, engine)[0]


def messages(film, language: str = "en", engine=ENGINE) -> list[str]:
    return [str(notice) for notice in cue(film, language, engine)[1]]


def test_an_action_nobody_speaks_in_is_a_shot_of_its_own():
    first = sheet_of(tide()).shots[0]
    assert (first.id, first.shots, first.lines) == ("s1-1", ("s1-1",), ())
    assert first.seconds == 5
    assert first.used == 4


def test_short_neighbours_share_a_shot_and_both_are_in_the_picture():
    shared = sheet_of(tide()).shots[1]
    assert shared.id == "s1-2"
    assert shared.shots == ("s1-2", "s1-3")
    assert shared.framing == "two-shot"
    assert shared.cast == ("mia", "ben")
    assert [line.text for line in shared.lines] == ["Who is there?", "Only me."]
    assert shared.lines[0].delivery == "whispering"


def test_a_quick_exchange_stays_quick_though_its_take_is_longer():
    shared = sheet_of(tide()).shots[1]
    assert shared.seconds == ENGINE.shortest
    assert shared.used < 3


@pytest.mark.parametrize(("language", "text"), [("en", LONG_EN), ("zh", LONG_ZH)])
def test_a_long_speech_goes_on_in_a_second_shot_from_its_next_sentence(language, text):
    first, second = sheet_of(tide(), language).shots[2:4]
    assert (first.id, second.id) == ("s1-4", "s1-4b")
    assert [first.lines[0].part, second.lines[0].part] == [1, 2]
    assert first.lines[0].text + second.lines[0].text == text
    assert first.lines[0].text.rstrip().endswith((".", "。"))
    assert (first.framing, second.framing) == ("medium", "close")
    assert (first.transition, second.transition) == ("dissolve", "cut")


def test_a_gesture_and_a_first_frame_belong_to_the_first_of_continuing_shots():
    film = board(shot(1, said(1, "ben", LONG_EN), action="He turns.", reference="lamp.png"))
    first, second = sheet_of(film).shots
    assert (first.action, first.reference) == ("He turns.", "lamp.png")
    assert (second.action, second.reference) == ("", None)


def test_a_continuing_shot_never_takes_the_name_of_another():
    film = board(
        shot(1, said(1, "ben", LONG_EN)),
        shot(2, action="Rain.").model_copy(update={"id": "s1-1b"}),
    )
    assert [s.id for s in sheet_of(film).shots] == ["s1-1", "s1-1c", "s1-1b"]


@pytest.mark.parametrize(
    "second",
    [
        {"transition": "dissolve"},
        {"seconds": Fraction(6)},
        {"reference": "ben.png"},
        {"sound": "a gunshot"},
        {"framing": "insert"},
        {"cast": ("ben", "ada")},
    ],
    ids=str,
)
def test_shots_the_author_told_apart_are_not_shared(second):
    film = board(
        shot(1, said(1, "mia", "Who is there?")), shot(2, said(2, "ben", "Only me."), **second)
    )
    assert [s.id for s in sheet_of(film).shots] == ["s1-1", "s1-2"]


def test_an_action_between_two_speeches_keeps_them_apart():
    film = board(
        shot(1, said(1, "mia", "Hi.")), shot(2, action="Rain."), shot(3, said(3, "ben", "Hi."))
    )
    assert [s.shots for s in sheet_of(film).shots] == [("s1-1",), ("s1-2",), ("s1-3",)]


def test_a_scene_ends_a_shot():
    scenes = tuple(
        Scene(id=f"s{n}", heading="INT. X", shots=(shot(n, said(n, "mia", "Hi.")),)) for n in (1, 2)
    )
    assert len(sheet_of(board(scenes=scenes)).shots) == 2


def test_no_more_speeches_and_speakers_share_a_shot_than_the_engine_serves():
    lines = [
        shot(n, said(n, who, "Hi."), cast=()) for n, who in enumerate(["mia", "ben", "ada"], 1)
    ]
    both = ENGINE.model_copy(update={"speeches_per_shot": 3, "figures_per_shot": 3})
    assert [len(s.lines) for s in sheet_of(board(*lines)).shots] == [2, 1]
    assert [len(s.lines) for s in sheet_of(board(*lines), engine=both).shots] == [2, 1]
    alone = ENGINE.model_copy(update={"speakers_per_shot": 1})
    assert [len(s.lines) for s in sheet_of(board(*lines), engine=alone).shots] == [1, 1, 1]


def test_a_voice_from_outside_is_not_put_in_the_picture():
    last = sheet_of(tide()).shots[-1]
    assert last.cast == ()
    assert last.lines[0].heard_only


def test_a_voice_over_an_action_leaves_time_to_see_it():
    action = "She walks to the door, opens it, looks out over the black water and comes back."
    film = board(shot(1, said(1, "ben", "Go.", heard_only=True), action=action, cast=("mia",)))
    assert sheet_of(film).shots[0].used >= action_seconds(action)


def test_a_gesture_is_seen_though_its_words_are_over_sooner():
    gesture = "She lays the letter on the table and looks at him for the last time."
    quick, slow = (
        sheet_of(board(shot(1, said(1, "ben", "Oh."), action=a))).shots[0] for a in ("", gesture)
    )
    assert quick.used < 2
    assert slow.used >= action_seconds(gesture) * 2 / 3


def test_a_speaker_the_author_left_out_of_the_picture_is_put_in():
    film = board(shot(1, said(1, "ben", "Only me."), cast=("mia",)))
    assert sheet_of(film).shots[0].cast == ("mia", "ben")


def test_a_crowd_is_cut_to_what_the_engine_shows_and_the_author_is_told():
    film = board(shot(1, said(1, "ada", "Look!"), cast=("mia", "ben", "ada")))
    assert sheet_of(film).shots[0].cast == ("mia", "ada")
    assert messages(film) == [
        "tide.fountain:9: warning: 3 characters are in the picture and sketch shows 2: left out ben"
    ]


@pytest.mark.parametrize(
    ("asked", "used", "seconds"), [("6", "6", "6"), ("3", "3", "5"), ("5.01", "5.04", "5.04")]
)
def test_a_length_the_author_asks_for_is_kept(asked, used, seconds):
    film = board(
        shot(1, action="Rain.", seconds=asked), shot(2, said(2, "ben", "Hi."), seconds=asked)
    )
    for made in sheet_of(film).shots:
        assert (made.used, made.seconds) == (Fraction(used), Fraction(seconds))
    assert messages(film) == []


def test_a_length_that_cannot_be_kept_is_told_with_its_line():
    film = board(
        shot(1, action="Rain.", seconds=30),
        shot(2, said(2, "ben", "Nobody has answered that telephone for years."), seconds=1),
        shot(3, said(3, "ben", LONG_EN), seconds=6),
    )
    assert [s.used <= 8 for s in sheet_of(film).shots] == [True] * 4
    assert messages(film) == [
        "tide.fountain:9: warning: asked for 30 s; sketch makes 8 s",
        "tide.fountain:19: warning: asked for 1 s, but its words take 3.28 s",
        "tide.fountain:29: warning: asked for 6 s, but its words take 2 shots",
    ]


def test_a_telling_action_is_seen_longer_than_a_terse_one():
    terse, telling = "Rain.", "She walks slowly to the door, opens it and looks out over the water."
    film = board(shot(1, action=terse), shot(2, action=telling))
    first, second = sheet_of(film).shots
    assert Fraction(12, 5) <= first.used < second.used <= 8
    assert action_seconds("她慢慢走到门口，打开门，望着黑色的海水。") > action_seconds("下雨。")


def test_an_action_far_too_long_for_one_shot_is_noticed():
    film = board(shot(1, action="She waits and the rain falls on the sea. " * 10))
    assert sheet_of(film).shots[0].used == 8
    assert "split it" in messages(film)[0]


def test_missing_words_are_counted_and_the_first_is_shown_with_the_remedy():
    film = board(
        shot(1, said(1, "mia", "Who is there?", "谁在那里？")), shot(2, said(2, "ben", "Only me."))
    )
    with pytest.raises(LanguageError) as caught:
        cue(film, "zh", ENGINE)
    assert str(caught.value) == (
        "tide.fountain:20: error: 1 of 2 lines have no Mandarin (cmn-Hans-CN) words; the first is "
        "'Only me.': add a note [[cmn: ...]] under the line, or fill the column or key cmn-Hans-CN"
    )


def test_a_language_the_engine_does_not_speak_is_refused():
    with pytest.raises(LanguageError, match="sketch does not speak fr-FR; it speaks en, cmn"):
        film = board(
            shot(1, said(1, "mia", "Hi.").model_copy(update={"text": {"fr-FR": "Salut."}}))
        )
        cue(film, "fr", ENGINE)


def test_a_film_without_words_can_be_cued_in_any_language():
    assert sheet_of(board(shot(1, action="Rain.")), "fr").language == "fr-FR"


def test_an_empty_script_is_refused():
    with pytest.raises(CueError, match="nothing to film"):
        cue(board(), "en", ENGINE)


def test_a_word_longer_than_any_shot_is_refused_where_it_stands():
    film = board(shot(1, said(1, "ben", "Oh " + "la-" * 60)))
    with pytest.raises(CueError, match=r"tide.fountain:10: error: .* without a place to breathe"):
        cue(film, "en", ENGINE)


def test_notices_are_told_once():
    film = board(shot(1, said(1, "ben", LONG_EN), cast=("ada", "ben", "mia")))
    assert len(sheet_of(film).shots) == 2
    assert len(messages(film)) == 1


@given(film=films(), tongue=st.sampled_from(TONGUES))
@thorough
def test_every_word_is_spoken_exactly_once_and_in_order(film, tongue):
    spoken: dict[str, str] = {}
    for made in sheet_of(film, tongue).shots:
        for line in made.lines:
            spoken[line.line] = spoken.get(line.line, "") + line.text
    script = {line.id: line.text[tongue] for s in film.shots() for line in s.lines}
    assert list(spoken.items()) == list(script.items())


@given(film=films(), tongue=st.sampled_from(TONGUES))
@thorough
def test_every_shot_is_one_the_engine_can_make(film, tongue):
    made = sheet_of(film, tongue).shots
    assert len({s.id for s in made}) == len(made)
    for s in made:
        assert ENGINE.shortest <= s.seconds <= ENGINE.longest
        assert 0 < s.used <= s.seconds
        assert (s.seconds * 25).denominator == (s.used * 25).denominator == 1
        assert len(s.lines) <= ENGINE.speeches_per_shot
        assert len({line.speaker for line in s.lines}) <= ENGINE.speakers_per_shot
        assert len(s.cast) <= ENGINE.figures_per_shot
        assert {line.speaker for line in s.lines if not line.heard_only} <= set(s.cast)
    assert {id_ for s in made for id_ in s.shots} == {s.id for s in film.shots()}


@given(film=films(), tongue=st.sampled_from(TONGUES))
@thorough
def test_words_are_heard_one_after_the_other_inside_what_is_used(film, tongue):
    for s in sheet_of(film, tongue).shots:
        clock = LEAD
        for line in s.lines:
            assert clock <= line.start < line.end
            clock = line.end + Fraction(1, 4)
        if s.lines:
            assert s.lines[-1].end + TAIL <= s.used


@given(film=films())
@thorough
def test_silent_shots_are_the_same_in_every_language(film):
    sheets = [sheet_of(film, tongue) for tongue in TONGUES]
    first, *others = [[s for s in sheet.shots if not s.lines] for sheet in sheets]
    assert all(other == first for other in others)


@given(film=films(), tongue=st.sampled_from(TONGUES))
@thorough
def test_the_same_board_always_gives_the_same_sheet(film, tongue):
    assert cue(film, tongue, ENGINE) == cue(film.model_copy(deep=True), tongue, ENGINE)


@given(
    film=films(),
    shortest=st.integers(2, 5),
    more=st.integers(0, 4),
    rate=st.sampled_from([24, 25, 30]),
)
@thorough
def test_other_engines_get_shots_within_their_own_limits(film, shortest, more, rate):
    engine = ENGINE.model_copy(
        update={
            "shortest": Fraction(shortest) + Fraction(1, 7),
            "longest": Fraction(shortest + more) + Fraction(6, 7),
            "frame_rate": rate,
        }
    )
    try:
        made = sheet_of(film, "en", engine).shots
    except CueError:
        return
    for s in made:
        assert engine.shortest <= s.seconds <= engine.longest
        assert s.seconds * rate == ceil(s.seconds * rate)


def test_a_source_without_a_file_is_still_one_sentence():
    film = board(shot(1, said(1, "mia", "Hi.").model_copy(update={"source": Source()})))
    with pytest.raises(LanguageError, match=r"^1 of 1 lines"):
        cue(film, "ja", ENGINE)


@pytest.mark.parametrize("nothing", ["...", "……", "😀😀", "?!", "— —", "♪"])
def test_a_speech_of_nothing_that_can_be_said_is_a_silent_shot(nothing):
    film = board(
        shot(1, said(1, "mia", "Did you do it?")),
        shot(2, said(2, "ben", nothing), action="He looks away."),
        shot(3, said(3, "mia", "Ben, answer me.")),
    )
    sheet, notices = cue(film, "en", ENGINE)
    silent = sheet.shots[1]
    assert [len(each.lines) for each in sheet.shots] == [1, 0, 1]
    assert (silent.id, silent.cast, silent.action) == ("s1-2", ("ben",), "He looks away.")
    assert [str(notice) for notice in notices] == [
        f"tide.fountain:20: warning: {nothing!r} has nothing to speak; the shot is silent"
    ]


@pytest.mark.parametrize("something", ["7", "Ⅳ", "㈱", "é", "ー", "灯"])
def test_a_letter_or_a_digit_of_any_kind_is_spoken(something):
    (only,) = sheet_of(board(shot(1, said(1, "mia", something)))).shots
    assert [line.text for line in only.lines] == [something]


def test_silence_needs_no_translation_and_its_shot_serves_every_language():
    film = board(
        shot(1, said(1, "mia", "Did you do it?", "是你做的吗？")),
        shot(2, said(2, "ben", "..."), cast=()),
    )
    assert missing_lines(film, "zh") == ()
    assert film.languages() == ("en", "cmn-Hans-CN")
    assert sheet_of(film, "zh").shots[1] == sheet_of(film, "en").shots[1]
    assert sheet_of(film).shots[1].cast == ("ben",)


def test_a_film_of_silence_only_is_made_by_an_engine_that_does_not_speak_its_language():
    film = board(shot(1, said(1, "mia", "...")))
    assert [each.lines for each in sheet_of(film, "fr").shots] == [()]
    assert (film.languages(), film.all_languages()) == (("en",), ("en",))


def test_beside_a_spoken_line_one_with_nothing_to_speak_is_left_out():
    film = board(shot(1, said(1, "mia", "Well?"), said(2, "ben", "...")))
    (only,) = sheet_of(film).shots
    assert [line.speaker for line in only.lines] == ["mia"]
    assert only.cast == ("mia", "ben")
    assert messages(film) == [
        "tide.fountain:20: warning: '...' has nothing to speak; that speech is left out"
    ]


def test_no_part_of_a_long_speech_is_without_something_to_speak():
    words = "... " * 4 + LONG_EN + " ... 😀 ..." * 3 + " " + LONG_EN + " ... ?! ㈱"
    sheet = sheet_of(board(shot(1, said(1, "ben", words))), engine=ENGINE)
    parts = [line.text for each in sheet.shots for line in each.lines]
    assert "".join(parts) == words
    assert len(parts) > 2
    assert all(speakable(part) for part in parts)


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("全部中文的台词在这里。", "en"),
        ("灯台は、もう光らない。", "de"),
        ("Ja, 안녕하세요!", "fr"),
        ("Привет, Боб", "en"),
        ("Hello, this is not Japanese at all.", "ja"),
        ("Good morning.", "ko"),
        ("안녕하세요", "ja"),
        ("ありがとうございます", "zh"),
        ("全部中文的台词", "ko"),
    ],
)
def test_words_in_letters_the_language_does_not_have_are_noticed(words, language):
    tag = find_language(language).tag
    line = Line(id="l1", speaker="mia", text={tag: words}, source=Source(file="x.csv", line=7))
    (notice,) = cue(board(shot(1, line)), tag, ANY)[1]
    assert str(notice).startswith(f"x.csv:7: warning: {words!r} is to be spoken as ")
    assert f"({tag}) and is not written in its letters" in notice.message


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("Ask 王小明 about it.", "en"),
        ("Ask 司馬相如 for the poem.", "en"),
        ("小明！", "en"),
        ("Ça va, Noël?", "fr"),
        ("我用 Photoshop 修图。", "zh"),
        ("Michael!", "ja"),
        ("ＯＫ、Bob。", "ja"),
        ("ｶﾞﾝﾊﾞﾚ、東京々々ー。", "ja"),
        ("全部中文", "ja"),
        ("Bob, 안녕하세요.", "ko"),
        ("1234567890 2026", "zh"),
        ("42", "en"),
    ],
)
def test_names_single_words_and_digits_are_at_home_in_every_language(words, language):
    tag = find_language(language).tag
    line = Line(id="l1", speaker="mia", text={tag: words})
    assert cue(board(shot(1, line)), tag, ANY)[1] == ()
