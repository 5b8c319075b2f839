"""What an engine is asked for: prompts as golden texts, figures, seeds, refusals.

The golden files are rewritten by deleting them and running these tests twice; their diff is read
as prose.
"""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from storyboard.compose import compose, seed_of, spaced
from storyboard.cue import cue
from storyboard.errors import LanguageError, StoryboardError
from storyboard.request import Request, take_key
from tests.storyboard.films import ENGINE, TONGUES, board, films, said, shot, tide

GOLDEN = Path(__file__).parent / "golden"
PICTURES = ENGINE.model_copy(update={"first_frames": True, "portraits": True})
thorough = settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def requests(film, language: str = "en", engine=ENGINE, **more) -> list[Request]:
    sheet, _ = cue(film, language, engine)
    return [compose(film, made, language, engine, "9:16", **more) for made in sheet.shots]


def portrayed(**changes):
    """The lighthouse with a portrait of Mia."""
    film = tide()
    mia = film.characters[0].model_copy(update={"reference": "faces/mia.png"})
    return film.model_copy(update={"characters": (mia, *film.characters[1:]), **changes})


@pytest.mark.parametrize("language", ["en", "cmn-Hans-CN"])
@pytest.mark.parametrize(
    ("number", "name"), [(0, "silent"), (1, "exchange"), (3, "continuing"), (4, "heard_only")]
)
def test_prompts_read_as_the_golden_ones_do(language, number, name):
    prompt = requests(tide(), language)[number].prompt
    tongue = "any" if name == "silent" else language
    golden = GOLDEN / f"{name}.{tongue}.txt"
    if not golden.exists():
        golden.write_text(prompt + "\n", encoding="utf-8")
        pytest.fail(f"wrote {golden.name}: read it, and run again")
    assert prompt + "\n" == golden.read_text(encoding="utf-8")


def test_the_prompt_has_three_blocks_in_the_order_the_model_was_trained_on():
    body, dialogue, sound = requests(tide())[1].prompt.split("\n\n")
    assert 60 <= len(body.split()) <= 200
    assert dialogue == 'Dialogue:\n<MIA, English>: "Who is there?"\n<BEN, English>: "Only me."'
    assert sound == "Background Sound:\n<waves, a distant horn>"


def test_a_line_stands_in_the_prompt_exactly_twice():
    assert requests(tide())[1].prompt.count('"Who is there?"') == 2


def test_silence_has_no_dialogue_and_says_so_when_nothing_is_heard():
    film = board(shot(1, action="Rain."), scenes=(board(shot(1, action="Rain.")).scenes[0],))
    quiet = film.scenes[0].model_copy(update={"sound": ""})
    prompt = requests(film.model_copy(update={"scenes": (quiet,)}))[0].prompt
    assert "Dialogue" not in prompt
    assert prompt.endswith("Background Sound:\n<No prominent background sound>")


def test_cjk_characters_are_spaced_in_the_prompt_and_untouched_in_the_speech():
    made = requests(tide(), "zh")[1]
    assert '"谁 在 那 里？"' in made.prompt
    assert made.speeches[0].text == "谁在那里？"


@pytest.mark.parametrize(
    ("text", "apart"),
    [
        ("你好，Mia小姐。", "你 好，Mia小 姐。"),
        ("ランプー", "ラ ン プ ー"),
        ("안녕 하세요.", "안 녕 하 세 요."),
        ("Hello, there.", "Hello, there."),
    ],
)
def test_spacing_leaves_punctuation_and_latin_words_alone(text, apart):
    assert spaced(text) == apart


def test_what_a_script_says_is_never_read_as_a_template():
    film = board(shot(1, said(1, "mia", "{{ seen }} {% endif %} <b>"), action="{{ 7 * 7 }}"))
    prompt = requests(film)[0].prompt
    assert "{{ 7 * 7 }}" in prompt
    assert '"{{ seen }} {% endif %} <b>"' in prompt


def test_a_request_holds_who_is_seen_and_who_is_only_heard():
    exchange, voice = requests(tide())[1], requests(tide())[-1]
    assert [(f.name, f.in_picture) for f in exchange.figures] == [("MIA", True), ("BEN", True)]
    assert [s.speaker for s in exchange.speeches] == [0, 1]
    assert [(f.name, f.in_picture) for f in voice.figures] == [("MIA", False)]


def test_who_thinks_aloud_in_the_picture_keeps_a_closed_mouth():
    film = board(shot(1, said(1, "mia", "It was for me.", heard_only=True), cast=("mia",)))
    made = requests(film)[0]
    assert [(f.name, f.in_picture) for f in made.figures] == [("MIA", True), ("MIA", False)]
    assert made.speeches[0].speaker == 1
    assert "MIA listens with closed lips" in made.prompt


def test_a_request_carries_scene_windows_and_sizes():
    made = requests(tide())[1]
    assert (made.place, made.interior, made.time_of_day) == ("lighthouse", True, "NIGHT")
    assert made.sound == "waves, a distant horn"
    assert (made.preview_size, made.render_size) == ((256, 448), (1080, 1920))
    assert made.speeches[0].start == Fraction(3, 10)
    assert made.frames == 125


def test_a_shot_s_own_sound_comes_before_the_scene_s():
    assert requests(board(shot(1, action="Rain.", sound="thunder")))[0].sound == "thunder"


def test_a_retry_is_another_seed_of_the_same_request():
    first, again, retry = (requests(tide(), attempt=n)[1] for n in (0, 0, 1))
    assert first == again
    assert retry != first
    assert retry.model_copy(update={"seed": first.seed}) == first
    assert 0 <= first.seed < 2**31
    assert seed_of(retry, 1) == retry.seed


def test_an_aspect_the_engine_does_not_make_is_refused_with_those_it_does():
    film = tide()
    made = cue(film, "en", ENGINE)[0].shots[0]
    with pytest.raises(StoryboardError, match=r"sketch does not make 1:1; it makes 9:16, 16:9"):
        compose(film, made, "en", ENGINE, "1:1")


def test_a_language_the_engine_does_not_speak_is_refused():
    film = tide()
    made = cue(film, "en", ENGINE)[0].shots[1]
    with pytest.raises(LanguageError, match=r"tide.fountain:19: error: .* does not speak ko-KR"):
        compose(film, made, "ko", ENGINE, "9:16")


@pytest.mark.parametrize(
    ("limit", "why"),
    [
        ({"speeches_per_shot": 1}, "has 2 speeches"),
        ({"speakers_per_shot": 1}, "has 2 speakers"),
        ({"figures_per_shot": 1}, "has 2 characters in the picture"),
        ({"longest": Fraction(4)}, "lasts 5 s"),
    ],
    ids=str,
)
def test_a_shot_beyond_the_engine_is_refused_and_nothing_is_dropped(limit, why):
    film = tide()
    made = cue(film, "en", ENGINE)[0].shots[1]
    with pytest.raises(StoryboardError, match=f"shot s1-2 {why}"):
        compose(film, made, "en", ENGINE.model_copy(update=limit), "9:16")


def test_a_first_frame_an_engine_cannot_do_is_refused():
    film = board(shot(1, action="Rain.", reference="rain.png"))
    with pytest.raises(StoryboardError, match=r"rain.png, which engine sketch cannot do"):
        requests(film, references={"rain.png": "ab" * 32})


def test_a_portrait_an_engine_cannot_follow_is_passed_over_and_said_to_be():
    _, notices = cue(portrayed(), "en", ENGINE)
    assert "follows no portraits" in notices[0].message
    asked = requests(portrayed(), references={"faces/mia.png": "ab" * 32})
    assert {figure.reference for request in asked for figure in request.figures} == {None}


def test_a_picture_nobody_read_is_refused():
    with pytest.raises(StoryboardError, match=r"faces/mia.png, which was not read"):
        requests(portrayed(), engine=PICTURES)


def test_pictures_are_asked_for_by_their_digests():
    first, *_, voice = requests(
        portrayed(), engine=PICTURES, references={"faces/mia.png": "ab" * 32}
    )
    assert first.figures[0].reference == "ab" * 32
    assert voice.figures[0].reference is None


def test_a_first_frame_is_asked_for_by_its_digest():
    film = board(shot(1, action="Rain.", reference="rain.png"))
    assert requests(film, engine=PICTURES, references={"rain.png": "cd"})[0].reference == "cd"


def test_an_unknown_character_is_refused_by_name():
    with pytest.raises(StoryboardError, match="names 'eve', who is not among the characters"):
        requests(board(shot(1, said(1, "eve", "Hi."))))


@given(film=films())
@thorough
def test_silent_requests_are_equal_in_every_language(film):
    per_language = [[r for r in requests(film, t) if not r.speeches] for t in TONGUES]
    assert per_language[0] == per_language[1] == per_language[2]


@given(film=films(), tongue=st.sampled_from(TONGUES))
@thorough
def test_different_requests_have_different_keys_and_equal_ones_the_same(film, tongue):
    made = [r for attempt in (0, 1) for r in requests(film, tongue, attempt=attempt)]
    keys = [take_key(request, "sketch 1") for request in made]
    for n, key in enumerate(keys):
        for m in range(n):
            assert (keys[m] == key) == (made[m] == made[n])


@given(film=films(), data=st.data())
@thorough
def test_a_changed_line_remakes_only_shots_of_its_scene(film, data):
    spoken = [(n, k) for n, s in enumerate(film.scenes) for k, x in enumerate(s.shots) if x.lines]
    assume(spoken)
    n, k = data.draw(st.sampled_from(spoken))
    scene = film.scenes[n]
    line = scene.shots[k].lines[0].model_copy(update={"text": dict.fromkeys(TONGUES, "So be it.")})
    edited = scene.shots[k].model_copy(update={"lines": (line, *scene.shots[k].lines[1:])})
    shots = (*scene.shots[:k], edited, *scene.shots[k + 1 :])
    changed = scene.model_copy(update={"shots": shots})
    scenes = (*film.scenes[:n], changed, *film.scenes[n + 1 :])
    other = film.model_copy(update={"scenes": scenes})
    for tongue in TONGUES:
        assert _by_scene(film, tongue, but=scene.id) == _by_scene(other, tongue, but=scene.id)


def _by_scene(film, tongue: str, but: str) -> list[tuple[str, Request]]:
    sheet, _ = cue(film, tongue, ENGINE)
    return [
        (made.id, compose(film, made, tongue, ENGINE, "9:16"))
        for made in sheet.shots
        if made.scene != but
    ]
