from __future__ import annotations

import numpy as np
import pytest

from engine.animatic import tone
from engine.animatic.sound import ambience, things_heard
from engine.animatic.sources import SOURCES
from engine.animatic.tone import SOUND_RATE_HZ
from tests.engine.shots import shot, speech


def heard(note: str, *, interior: bool = True, place: str = "") -> list[str]:
    return [thing.kind for thing in things_heard(note, interior=interior, place=place)]


@pytest.mark.parametrize(
    ("note", "kinds"),
    [
        ("rain on glass, wind, a slow machine hum", ["rain", "wind", "machine", "room"]),
        ("waves, a distant horn", ["waves", "horn", "room"]),
        ("a dog barks", ["bark", "room"]),
        ("a car horn, traffic", ["traffic", "car horn", "room"]),
        ("雨、遠い雷", ["rain", "thunder", "room"]),
        ("海浪，远处的汽笛", ["waves", "horn", "room"]),
        ("빗소리", ["rain", "room"]),
        ("Regen und Donner", ["rain", "thunder", "room"]),
        ("la pluie et le vent", ["rain", "wind", "room"]),
        ("something nobody could draw", ["room"]),
        ("", ["room"]),
    ],
)
def test_a_note_names_what_is_heard(note: str, kinds: list[str]) -> None:
    assert sorted(heard(note)) == sorted(kinds)


def test_a_place_is_heard_when_the_note_says_nothing() -> None:
    assert heard("", interior=False, place="BEACH") == ["waves", "air"]
    assert heard("", interior=False) == ["air"]


@pytest.mark.parametrize("kind", SOURCES)
def test_every_source_sounds_the_same_from_the_same_seed(kind: str) -> None:
    first, again, other = (
        SOURCES[kind](np.random.default_rng(seed), 2 * SOUND_RATE_HZ) for seed in (3, 3, 4)
    )
    assert first.shape == (2, 2 * SOUND_RATE_HZ)
    assert np.isfinite(first).all()
    assert first.std() > 0
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("note", ["rain, wind", "waves", "traffic", "a crowd murmurs", "static"])
def test_a_bed_lies_under_the_speech_and_a_little_higher_without(note: str) -> None:
    under = tone.level_dbfs(ambience(shot(speech("No."), sound=note)))
    alone = tone.level_dbfs(ambience(shot(sound=note)))
    assert -42 < under < -34
    assert under + 3 < alone < -29


def test_nothing_said_is_a_soft_room_and_a_soft_street_is_louder() -> None:
    inside = tone.level_dbfs(ambience(shot(sound="", place="")))
    outside = tone.level_dbfs(ambience(shot(sound="", place="", interior=False)))
    assert -50 < inside < outside < -38


@pytest.mark.parametrize("note", ["rain", "a clock", "knocking, a heavy bell", "loud thunder"])
def test_the_bed_is_as_long_as_the_shot_silent_at_both_ends_and_never_clips(note: str) -> None:
    bed = ambience(shot(sound=note, seconds=6))
    assert bed.shape == (2, 6 * SOUND_RATE_HZ)
    assert bed.dtype == np.float32
    assert np.abs(bed[:, [0, -1]]).max() < 1e-4
    assert np.abs(bed).max() < 0.5
    assert not np.array_equal(bed[0], bed[1]), "it is as wide as a place"


def test_the_same_request_has_the_same_bed_and_another_seed_another() -> None:
    assert np.array_equal(ambience(shot(seed=1)), ambience(shot(seed=1)))
    assert not np.array_equal(ambience(shot(seed=1)), ambience(shot(seed=2)))


def test_what_is_far_away_is_duller_and_softer() -> None:
    near, far = (
        np.abs(np.fft.rfft(ambience(shot(sound=f"{note}rain, a clock"))[0])) ** 2
        for note in ("", "distant ")
    )
    hz = np.fft.rfftfreq(5 * SOUND_RATE_HZ, 1 / SOUND_RATE_HZ)
    share = [p[hz > 4000].sum() / p[hz > 100].sum() for p in (near, far)]
    assert share[1] < share[0] / 2
