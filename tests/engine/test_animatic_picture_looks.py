"""From a script's words to what is drawn, and from a mouth's cues to its shape."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest

from engine.animatic.acting import mood_of
from engine.animatic.colour import hour_of
from engine.animatic.looks import COLOURS, HAIR_COLOURS, cast_of, looks_of
from engine.animatic.mouth import REST, Mouth, MouthCue, mouth_at
from engine.animatic.places import place_of
from storyboard.request import Figure


def test_what_the_words_say_is_what_is_drawn() -> None:
    mara = looks_of(
        Figure(name="MARA", looks="woman, 70, white hair in a bun, navy blue coat, grey scarf")
    )
    assert (mara.kind, mara.age, mara.woman, mara.hair) == ("person", "old", True, "bun")
    assert (mara.garment, mara.cloth) == ("coat", COLOURS["navy"])
    assert (mara.hair_colour, mara.scarf) == (HAIR_COLOURS["white"], COLOURS["grey"])
    captain = looks_of(Figure(name="CAPTAIN", looks="man, 50, black cap, dark blue uniform"))
    assert (captain.hat, captain.garment, captain.woman) == ("peaked", "uniform", False)
    assert captain.cloth == COLOURS["dark blue"]


def test_a_colour_belongs_to_the_thing_beside_it() -> None:
    looks = looks_of(Figure(name="A", looks="green trousers, red hair, blue shirt and white hat"))
    assert looks.trousers == COLOURS["green"]
    assert looks.hair_colour == HAIR_COLOURS["red"]
    assert looks.cloth == COLOURS["blue"]
    assert looks.hat_colour == COLOURS["white"]


@pytest.mark.parametrize(
    ("looks", "woman"),
    [
        ("a woman and not a man", True),
        ("37, a white woman", True),
        ("40, a white man", False),
        ("女，三十岁", True),
        ("eine junge Frau", True),
        ("un homme", False),
    ],
)
def test_the_first_word_that_tells_decides_woman_or_man(looks: str, woman: bool) -> None:
    assert looks_of(Figure(name="X", looks=looks)).woman is woman


@pytest.mark.parametrize(
    ("name", "looks", "kind"),
    [
        ("DOG", "", "dog"),
        ("CYBER BOSS", "ageless, a world-roaming cloud", "cloud"),
        ("REX", "a cute little dog", "dog"),
        ("UNIT 7", "an old robot", "robot"),
        ("BOB", "40, a white man", "person"),
        ("CATHERINE", "woman with doggedness", "person"),
    ],
)
def test_a_figure_need_not_be_a_person(name: str, looks: str, kind: str) -> None:
    assert looks_of(Figure(name=name, looks=looks)).kind == kind


def test_what_the_words_leave_open_hangs_on_the_name_alone() -> None:
    plain = looks_of(Figure(name="JIM"))
    assert plain == looks_of(Figure(name=" jim "))
    dressed = looks_of(Figure(name="JIM", looks="green coat"))
    assert (dressed.skin, dressed.hair, dressed.hair_colour) == (
        plain.skin,
        plain.hair,
        plain.hair_colour,
    )


def test_a_cast_nobody_described_can_be_told_apart() -> None:
    """One pair in a thousand are twins by chance; together they differ, alone they do not."""
    crowd = [Figure(name=f"PERSON {i}") for i in range(80)]
    pairs = [
        (one, other)
        for one, other in combinations(crowd, 2)
        if cast_of([one, other])[1] != looks_of(other)
    ]
    assert pairs
    for one, other in pairs:
        first, second = cast_of([one, other])
        assert first == looks_of(one)
        assert second.cloth != looks_of(other).cloth
        assert cast_of([other, one]) == (second, first)
        blue = Figure(name=other.name, looks="blue shirt")
        assert cast_of([one, blue])[1].cloth == COLOURS["blue"]


def test_figures_of_one_name_are_one_character() -> None:
    twice = cast_of([Figure(name="ANNA"), Figure(name="ANNA")])
    assert twice[0] == twice[1]


def test_a_given_name_tells_where_the_looks_do_not() -> None:
    assert looks_of(Figure(name="MARGARET")).woman
    assert not looks_of(Figure(name="CYBER BOB")).woman
    assert not looks_of(Figure(name="MARGARET", looks="a man")).woman


@pytest.mark.parametrize(
    ("words", "interior", "name"),
    [
        ("LIGHTHOUSE LAMP ROOM", True, "lamp room"),
        ("CLIFF BY THE LIGHTHOUSE", False, "cliff"),
        ("HARBOUR", False, "harbour"),
        ("RADIO STUDIO", True, "studio"),
        ("OUTSIDE THE FOOD STORE", False, "shop front"),
        ("PARK--DAY", False, "park"),
        ("教室", True, "classroom"),
        ("nowhere at all", True, "room"),
        ("nowhere at all", False, "country"),
    ],
)
def test_a_heading_finds_its_place(words: str, interior: bool, name: str) -> None:
    assert place_of(words, interior).name == name


def test_hours_and_moods_are_read_in_several_languages() -> None:
    assert [hour_of(w) for w in ("NIGHT", "夜", "DAWN", "傍晚", "LATER")] == [
        "night",
        "night",
        "dawn",
        "dusk",
        "day",
    ]
    angry, sad = mood_of("shouting"), mood_of("trauriger Blick")
    assert angry is not None and angry.brow_tilt < 0
    assert sad is not None and sad.brow_tilt > 0
    assert mood_of("") is None


WIDE_OPEN = Mouth(open=1, wide=0, round=0)


def test_a_mouth_rests_away_from_its_cues_and_is_whole_inside_them() -> None:
    cues = [MouthCue(start_s=1, end_s=1.4, mouth=WIDE_OPEN)]
    assert mouth_at(cues, 0.5) == REST
    assert mouth_at(cues, 2.0) == REST
    assert mouth_at(cues, 1.2).open == pytest.approx(1)


def test_a_mouth_never_jumps_and_moves_a_little_early() -> None:
    cues = [MouthCue(start_s=1, end_s=1.4, mouth=WIDE_OPEN)]
    heights = [mouth_at(cues, 0.9 + i / 250).open for i in range(150)]
    assert max(abs(b - a) for a, b in pairwise(heights)) < 0.1
    assert mouth_at(cues, 1.0).open > 0.8


def test_lips_are_seen_to_close_between_two_vowels() -> None:
    shut = Mouth(open=0, wide=0, round=0)
    cues = [
        MouthCue(start_s=0, end_s=0.2, mouth=WIDE_OPEN),
        MouthCue(start_s=0.2, end_s=0.27, mouth=shut),
        MouthCue(start_s=0.27, end_s=0.5, mouth=WIDE_OPEN),
    ]
    assert min(mouth_at(cues, i / 100).open for i in range(10, 40)) < 0.1
    assert mouth_at([*cues, *cues], 0.1).open == pytest.approx(1)
