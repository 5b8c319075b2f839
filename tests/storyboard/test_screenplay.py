"""A Fountain script as a storyboard: scenes, shots, people, the house's notes."""

from pathlib import Path

import pytest

from storyboard.board import Line, Shot, Storyboard
from storyboard.errors import ScriptError
from storyboard.headings import setting
from storyboard.read import Reading, read, read_text
from storyboard.recognise import recognise_language

SCRIPTS = Path(__file__).parent / "scripts"
SAMPLES = Path(__file__).parents[3] / "shared" / "samples"


def reading(text: str) -> Reading:
    return read_text(text, form="fountain", file="x.fountain")


def board(text: str) -> Storyboard:
    return reading(text).board


def lines(storyboard: Storyboard) -> list[Line]:
    return [line for shot in storyboard.shots() for line in shot.lines]


def spoken(storyboard: Storyboard) -> list[str]:
    return [line.text[storyboard.language] for line in lines(storyboard)]


def shots(text: str) -> tuple[Shot, ...]:
    return board(f"INT. ROOM - NIGHT\n\n{text}").shots()


# --- ids -----------------------------------------------------------------------------------------


def test_scenes_are_named_by_number_or_heading_and_told_apart() -> None:
    text = "".join(
        f"{heading}\n\nRain.\n\n"
        for heading in ("INT. HOUSE #1A#", "EXT. PARK - DAY", "EXT. PARK - DAY", "INT. 病院 - 日")
    )
    ids = [scene.id for scene in board("Snow.\n\n" + text).scenes]
    assert ids[:4] == ["opening", "scene-1a", "ext-park-day", "ext-park-day-2"]
    assert ids[4].startswith("scene-")
    assert len(ids[4]) == len("scene-123456")


def test_work_on_one_scene_leaves_the_others_ids_alone() -> None:
    text = (SCRIPTS / "wild.fountain").read_text()
    before = board(text)
    after = board(
        text.replace("She whistles.", "She whistles.\n\nBRAM\nMorning.\n\nHe waves to all.")
    )
    assert before.scenes[0] != after.scenes[0]
    for old, new in zip(before.scenes[1:], after.scenes[1:], strict=True):
        assert [shot.id for shot in old.shots] == [shot.id for shot in new.shots]
        assert [shot.action for shot in old.shots] == [shot.action for shot in new.shots]


def test_the_same_script_always_gives_the_same_board() -> None:
    text = (SCRIPTS / "wild_cjk.fountain").read_text()
    assert board(text) == board(text)


def test_titles_become_safe_slugs() -> None:
    assert board("Title: Café Noir!\n\nRain.").slug == "cafe-noir"
    assert board("Title: ../../etc/passwd\n\nRain.").slug == "etc-passwd"
    assert board("Title: 映画\n\nRain.").slug.startswith("film-")
    assert board("Title: CON\n\nRain.").slug.startswith("film-")
    assert len(board(f"Title: {'long ' * 50}\n\nRain.").slug) <= 60


# --- shots ---------------------------------------------------------------------------------------


def test_every_speech_is_a_shot_with_its_words_verbatim() -> None:
    made = board((SCRIPTS / "grammar.fountain").read_text())
    assert spoken(made) == [
        "You said nine o'clock. You said nine! And it is ten.",
        "It is not ten.",
        "La la, the sea La la, the salt",
        "Five * stars and 5 * 3 = 15.",
    ]
    assert [line.delivery for line in lines(made)] == ["to herself; louder", "", "singing", ""]
    assert [line.heard_only for line in lines(made)] == [False, False, True, True]


def test_dual_dialogue_is_one_shot_of_two_lines() -> None:
    made = board((SCRIPTS / "grammar.fountain").read_text())
    (dual,) = [shot for shot in made.shots() if len(shot.lines) == 2]
    assert dual.framing == "two-shot"
    assert dual.cast == ("nora", "mcavoy")
    assert [line.id for line in dual.lines] == [f"{dual.id}.1", f"{dual.id}.2"]


def test_a_short_action_that_shows_someone_is_the_gesture_of_the_speech_below() -> None:
    (shot,) = shots("Bob nods.\n\nBOB\nYes.")
    assert (shot.action, len(shot.lines)) == ("Bob nods.", 1)


def test_an_action_that_is_long_or_shows_nobody_is_a_silent_shot() -> None:
    assert len(shots("Rain falls.\n\nBOB\nYes.")) == 2
    long = "Bob walks " + "very " * 12 + "slowly."
    assert len(shots(f"{long}\n\nBOB\nYes.")) == 2
    assert (
        len(
            shots("小明走进房间，慢慢地把门关上，然后看着窗外的雨，一句话也没有说。\n\n@小明\n好。")
        )
        == 2
    )


def test_very_short_actions_join_and_long_ones_part_at_sentence_ends() -> None:
    assert [shot.action for shot in shots("Rain.\n\nA dog.\n\nIt barks.")] == [
        "Rain. A dog. It barks."
    ]
    sentence = "The rain falls on the town and on the sea and on us all. "
    parted = shots(sentence * 6)
    assert [len(shot.action.split()) for shot in parted] == [42, 42]
    assert " ".join(shot.action for shot in parted) == (sentence * 6).strip()


def test_what_ends_in_a_colon_goes_on_in_the_same_shot() -> None:
    (shot,) = shots('His phone lights up and displays a single word to him:\n\n*"RUN."*')
    assert shot.action.endswith('him: "RUN."')


def test_transitions_enter_the_next_shot() -> None:
    text = (
        "> FADE IN:\n\nINT. A\n\nRain.\n\nDISSOLVE TO:\n\n"
        "INT. B\n\nSnow.\n\nCUT TO:\n\nINT. C\n\nSun."
    )
    assert [shot.transition for shot in board(text).shots()] == ["fade", "dissolve", "cut"]


def test_framing_follows_the_scene() -> None:
    made = shots(
        "Rain on a lamp.\n\nANN\nOne two three four five six seven.\n\n"
        "BEN\nOne two three four five six seven.\n\nANN\nNo.\n\n"
        "BEN\nOne two three four five six seven.\n\nHis phone buzzes on the shelf behind the lamp."
    )
    assert [shot.framing for shot in made] == [
        *("wide", "medium", "two-shot", "close", "close", "insert"),
    ]
    assert [shot.cast for shot in made] == [
        *((), ("ann",), ("ann", "ben"), ("ann",), ("ben",), ()),
    ]


def test_a_voice_that_is_only_heard_is_listened_to() -> None:
    made = shots("ANN\nWho is there?\n\nBEN (O.S.)\nNobody.")
    assert made[1].cast == ("ann",)
    assert made[1].lines[0].heard_only


def test_he_is_who_spoke_last_and_they_are_the_last_two() -> None:
    action = "{} the long way round to the old harbour, and there the story stops for now."
    text = f"ANN\nOne.\n\nBEN\nTwo.\n\n{action}"
    assert shots(text.format("He walks"))[-1].cast == ("ben",)
    assert shots(text.format("They walk"))[-1].cast == ("ann", "ben")


def test_place_and_time_come_from_the_heading() -> None:
    assert setting("EXT. PARK--DAY").place == "PARK"
    assert setting("INT. HOUSE - KITCHEN - THE NEXT MORNING").place == "HOUSE - KITCHEN"
    assert setting("INT. HOUSE - KITCHEN").place == "HOUSE - KITCHEN"
    assert setting("INT. X-RAY ROOM - NIGHT").time_of_day == "NIGHT"
    assert not setting("ext. park").interior
    assert setting("INT./EXT. CAR - DUSK").interior


def test_continuous_keeps_the_time_of_the_scene_before() -> None:
    made = board("INT. A - NIGHT\n\nRain.\n\nEXT. B - CONTINUOUS\n\nSnow.")
    assert [scene.time_of_day for scene in made.scenes] == ["NIGHT", "NIGHT"]


# --- people --------------------------------------------------------------------------------------


def test_one_character_under_two_cue_names_is_one_with_a_notice() -> None:
    found = read(SCRIPTS / "wild.fountain")
    tess = found.board.character("old-tess")
    assert tess.aliases == ("TESS",)
    assert tess.looks == "70, a small woman, grey, sharp"
    assert [n.source.line for n in found.notices if "taken for" in n.message] == [18]


def test_two_people_who_are_both_introduced_stay_two() -> None:
    text = "A MAN sits. An OLD MAN, 70, stands.\n\nMAN\nSit.\n\nOLD MAN\nNo."
    assert [each.id for each in board(text).characters] == ["man", "old-man"]


def test_a_note_keeps_names_apart_or_joins_them() -> None:
    text = "CYBER BOB, 40, strolls on.\n\nBOB\nHi.\n\nCYBER BOB\nHo."
    assert len(board(text).characters) == 1
    assert len(board(f"[[character: BOB]]\n\n{text}").characters) == 2
    joined = board("[[character: MIA; also: THE VOICE]]\n\nMIA\nHi.\n\nTHE VOICE\nHo.")
    assert {line.speaker for line in lines(joined)} == {"mia"}


@pytest.mark.parametrize(
    ("introduction", "looks"),
    [
        ("MIA (34, black hair in a bun) enters.", "34, black hair in a bun"),
        ("MIA, 40, a tall woman, mild, goofy, strolls in.", "40, a tall woman, mild, goofy"),
        ("MIA, 40, a cloud which talks, comes.", "40, a cloud"),
        ("MIA, 40, who is tired, sits.", "40"),
        ("Mia（20）", "20"),
        ("MIA, BEN and DOG walk in.", ""),
        ("Mia, of course, is late.", ""),
    ],
)
def test_looks_are_what_the_introduction_lists(introduction: str, looks: str) -> None:
    assert board(f"{introduction}\n\nMIA\nHi.").character("mia").looks == looks


# --- the house's notes ---------------------------------------------------------------------------


def test_our_notes_settle_shots_scenes_characters_and_translations() -> None:
    made = read(SCRIPTS / "ours.fountain").board
    silent, mia, jun = made.shots()
    assert (silent.framing, silent.sound, silent.transition) == (
        *("close", "waves, a distant horn", "dissolve"),
    )
    assert silent.seconds is not None
    assert float(silent.seconds) == 6.5
    assert silent.cast == ("jun", "mia")
    assert mia.reference == "pictures/mia.png"
    assert mia.lines[0].text == {
        "en": "The light is out.",
        "ja-JP": "灯台は、もう光らない。",
        "de-DE": "Das Licht ist aus.",
    }
    assert jun.lines[0].text == {"en": "Yes.", "ja-JP": "はい。"}
    assert (made.scenes[0].sound, made.scenes[0].time_of_day) == ("rain on glass", "late night")
    assert made.character("mia").voice == "low"
    assert made.languages() == ("en", "ja-JP")


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("shot: close; lenght: 5", "unknown key 'lenght'"),
        ("shot: closer", "unknown framing 'closer'"),
        ("shot: wide; seconds: soon", "'soon' is no length"),
        ("shot: wide; seconds: 0", "no length"),
        ("shot: wide; seconds: 9999", "no length"),
        ("shot: wide; transition: wipe", "cut, dissolve, fade"),
        ("shot: wide; cast: zoe", "no character 'zoe'"),
        ("shot: wide; ref: ../secret.png", "without .."),
        ("shot: wide; ref: /etc/passwd", "relative"),
        ("shot: wide; wider", "has no key"),
        ("shot: wide; sound: a; sound: b", "twice"),
        ("scene: weather: rain", "sound, place, time"),
        ("character: ; looks: tall", "names nobody"),
    ],
)
def test_a_wrong_note_of_ours_is_an_error_with_its_line(note: str, said: str) -> None:
    with pytest.raises(ScriptError, match=r"x\.fountain:3: error") as caught:
        board(f"INT. ROOM\n\n[[{note}]]\nRain.\n\nBOB\nHi.")
    assert said in caught.value.message


def test_a_noted_paragraph_is_a_shot_by_itself() -> None:
    made = shots("[[shot: close]]\nBob nods.\n\nBOB\nYes.")
    assert [(shot.framing, len(shot.lines)) for shot in made] == [("close", 0), ("medium", 1)]


def test_a_translation_into_the_scripts_own_language_is_ignored_with_a_notice() -> None:
    found = reading("BOB\nHi.\n[[en: Hello.]]")
    assert spoken(found.board) == ["Hi."]
    assert any("en note is ignored" in n.message for n in found.notices)


def test_notes_that_reach_nothing_are_noticed() -> None:
    found = reading("INT. A\n\n[[ja: はい。]]\n\nRain.\n\n[[shot: wide]]")
    assert [n.source.line for n in found.notices if "ignored" in n.message] == [3, 7]


# --- language, and nobody speaking ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "tag"),
    [
        ("The light is out.", "en"),
        ("灯台は、もう光らない。", "ja-JP"),
        ("불이 꺼졌어요.", "ko-KR"),
        ("灯灭了。三十年来第一次。", "cmn-Hans-CN"),
        ("佢哋喺邊度？", "yue-Hant-HK"),
        ("Das Licht ist aus, und ich weiß nicht, warum.", "de-DE"),
        ("Je ne sais pas, mais vous êtes dans une maison avec les autres.", "fr-FR"),
        ("", "en"),
    ],
)
def test_the_scripts_language_is_told_by_its_letters(words: str, tag: str) -> None:
    assert recognise_language(words) == tag


def test_the_title_page_names_the_language_or_is_refused() -> None:
    assert board("Title: T\nLanguage: Deutsch\n\nBOB\nJa.").language == "de-DE"
    with pytest.raises(ScriptError, match=r"x\.fountain:2: error: unknown language 'Klingon'"):
        board("Title: T\nLanguage: Klingon\n\nBOB\nJa.")


def test_a_script_without_speech_says_so() -> None:
    found = reading("INT. A\n\nBob\nHello.\n\nRain.")
    assert any("nobody speaks" in notice.message for notice in found.notices)


def test_a_script_with_nothing_to_film_is_refused() -> None:
    with pytest.raises(ScriptError, match="nothing to film"):
        board("Title: T\n\nINT. A\n\n> FADE OUT.")


def test_a_real_episode_keeps_all_its_speeches() -> None:
    path = SAMPLES / "cyber_bob_ep00001.fountain"
    if not path.exists():
        pytest.skip("the samples are not beside this checkout")
    found = read(path)
    assert len(spoken(found.board)) == 35
    assert len(found.board.scenes) == 3
    assert [each.id for each in found.board.characters] == [
        *("cyber-bob", "dog", "margaret", "cyber-boss"),
    ]
