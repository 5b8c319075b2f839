"""The picture of an animatic: what is promised of every frame, whatever the words."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from engine import label
from engine.animatic.draw import LABEL, Backdrop, Frame, frames, still
from engine.animatic.mouth import Mouth, MouthCue
from engine.animatic.places import EXTERIORS, INTERIORS
from engine.animatic.stage import Stage, stage_for
from storyboard.board import Framing
from storyboard.request import Aspect, Figure, Request, Speech

SIZES: dict[Aspect, tuple[tuple[int, int], tuple[int, int]]] = {
    "9:16": ((256, 448), (1080, 1920)),
    "16:9": ((448, 256), (1920, 1080)),
    "1:1": ((256, 256), (1080, 1080)),
}
MARA = Figure(name="MARA", looks="woman, 70, white hair in a bun, navy blue coat, grey scarf")
TOM = Figure(name="TOM", looks="man, 27, short brown hair, orange rain jacket")
FRAMINGS: tuple[Framing, ...] = ("wide", "medium", "close", "two-shot", "insert")


def request(**changes: object) -> Request:
    values: dict[str, object] = {
        "prompt": "",
        "language": "en",
        "place": "LIGHTHOUSE LAMP ROOM",
        "time_of_day": "NIGHT",
        "framing": "close",
        "action": "A storm beats at the glass.",
        "figures": (MARA, TOM),
        "speeches": (Speech(speaker=1, text="No.", start=Fraction(1, 2), end=Fraction(3)),),
        "seconds": Fraction(5),
        "frame_rate": 25,
        "aspect": "9:16",
        "preview_size": (256, 448),
        "render_size": (1080, 1920),
        "seed": 7,
    }
    return Request.model_validate({**values, **changes})


def staged(openness: float = 0.0, **changes: object) -> Stage:
    """A stage on which the second figure holds one mouth for the whole shot."""
    cue = MouthCue(start_s=-1, end_s=9, mouth=Mouth(open=openness, wide=0.2, round=0))
    return stage_for(request(**changes), {1: [cue]})


def some(stage: Stage, size: tuple[int, int], count: int = 4) -> bytes:
    return b"".join(frame.tobytes() for frame in islice(frames(stage, size), count))


def likeness(one: Frame, other: Frame) -> float:
    """Correlation of two pictures of one size."""
    return float(np.corrcoef(one.ravel().astype(float), other.ravel().astype(float))[0, 1])


def test_the_same_request_gives_the_same_bytes_on_two_threads_at_once() -> None:
    expected = some(staged(0.5), (256, 448))
    with ThreadPoolExecutor(2) as pool:
        drawn = [pool.submit(some, staged(0.5), (256, 448)) for _ in range(6)]
        others = [pool.submit(some, staged(0.1, place="PARK", interior=False), (448, 256))]
        assert all(each.result() == expected for each in drawn)
        assert others[0].result() != expected
    assert some(staged(0.5), (256, 448)) == expected


@pytest.mark.parametrize("aspect", SIZES)
def test_a_shot_has_every_frame_it_was_asked_for_at_the_size_asked_for(aspect: Aspect) -> None:
    preview, _ = SIZES[aspect]
    drawn = list(frames(staged(aspect=aspect, seconds=Fraction(26, 25)), preview))
    assert len(drawn) == 26
    assert {frame.shape for frame in drawn} == {(preview[1], preview[0], 3)}
    assert {frame.dtype for frame in drawn} == {np.dtype(np.uint8)}
    assert len({id(frame) for frame in drawn}) == 26


@pytest.mark.parametrize("aspect", SIZES)
@pytest.mark.parametrize("framing", FRAMINGS)
def test_the_preview_is_the_render_made_small(aspect: Aspect, framing: Framing) -> None:
    preview, whole = SIZES[aspect]
    render = (whole[0] // 2, whole[1] // 2)
    stage = staged(0.6, aspect=aspect, framing=framing)
    small, large = still(stage, preview, 1.2), still(stage, render, 1.2)
    shown = min(render[0] / preview[0], render[1] / preview[1])
    left, top = (render[0] - shown * preview[0]) / 2, (render[1] - shown * preview[1]) / 2
    box = (left, top, left + shown * preview[0], top + shown * preview[1])
    shrunk = Image.fromarray(large).resize(preview, Image.Resampling.BOX, box=box)
    assert likeness(small, np.asarray(shrunk)) > 0.97


def test_the_mouth_is_as_dark_as_it_is_open() -> None:
    """Read back from the pixels of a preview, as a viewer or a model would."""
    steps = [0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9]
    dark = []
    for openness in steps:
        stage = staged(openness, place="KITCHEN", time_of_day="DAY", action="", figures=(MARA, TOM))
        frame = still(stage, (256, 448), 1.2).astype(int)
        face = frame[120:300, 60:200]
        wine = (face[..., 0] - face[..., 1] > 40) & (face.sum(axis=2) < 230)
        dark.append(int(wine.sum()))
    assert dark[-1] > 300
    assert np.corrcoef(steps, dark)[0, 1] > 0.95


@pytest.mark.parametrize("aspect", SIZES)
@pytest.mark.parametrize("framing", ["wide", "medium", "close", "two-shot"])
def test_heads_are_well_inside_the_frame_and_clear_of_the_captions(
    aspect: Aspect, framing: Framing
) -> None:
    stage = staged(aspect=aspect, framing=framing)
    assert stage.marks
    width, height = stage.size
    for mark in stage.marks:
        top, chin = mark.y - 290 * mark.scale, mark.y
        assert top > 0.03 * height
        assert chin < 0.75 * height
        assert 105 * mark.scale < mark.x < width - 105 * mark.scale


@pytest.mark.parametrize("aspect", SIZES)
def test_figures_in_a_wide_shot_stand_whole_in_the_frame(aspect: Aspect) -> None:
    for mark in staged(aspect=aspect, framing="wide").marks:
        assert mark.y + 700 * mark.scale < stage_height(aspect)


def stage_height(aspect: Aspect) -> float:
    return staged(aspect=aspect).size[1]


def test_a_character_keeps_its_colours_from_shot_to_shot() -> None:
    close, wide = staged(framing="close"), staged(framing="wide", seed=99, language="ja-JP")
    assert close.marks[0].actor.looks in [mark.actor.looks for mark in wide.marks]
    orange = np.array((240, 134, 50))
    for stage in (close, wide):
        frame = still(stage, (256, 448), 1.0).astype(int)
        near = np.abs(frame - orange).sum(axis=2) < 90
        assert near.sum() > 600


def doing(action: str) -> list[bool]:
    """Which of the two figures walk or run."""
    stage = staged(action=action, framing="wide")
    return [mark.actor.business.walks or mark.actor.business.runs for mark in stage.marks]


def test_an_action_is_done_by_whom_its_sentence_is_about() -> None:
    assert doing("Mara waits. Tom runs to the lamp.") == [False, True]
    assert doing("MARA walks to TOM.") == [True, False]
    assert doing("Mara and Tom walk on.") == [True, True]
    assert doing("Tom looks at the sea. He runs.") == [False, True]
    assert doing("Someone runs.") == [True, False]


@pytest.mark.parametrize(
    ("action", "prop"),
    [
        ("A bottle of perfume stands by the lamp.", "bottle"),
        ("The new sneaker, in the light.", "shoe"),
        ("A light rain on the letter.", "letter"),
        ("The computer screen glows.", "laptop"),
        ("Something nobody expected.", "box"),
    ],
)
def test_an_insert_is_of_the_first_thing_its_words_name(action: str, prop: str) -> None:
    assert staged(action=action, framing="insert").prop == prop


def test_another_seed_is_another_take_of_the_same_scene() -> None:
    one, other = still(staged(), (256, 448), 1.5), still(staged(seed=8), (256, 448), 1.5)
    assert not np.array_equal(one, other)
    assert staged().marks[0].actor.looks == staged(seed=8).marks[0].actor.looks
    assert staged().view == staged(seed=8).view


def test_a_figure_is_alive_when_nothing_is_said() -> None:
    stage = staged(speeches=(), place="KITCHEN", action="")
    drawn = [frame.astype(int) for frame in islice(frames(stage, (128, 224)), 0, 50, 5)]
    moved = [np.abs(a - b).max() for a, b in pairwise(drawn)]
    assert min(moved) > 20


def test_someone_only_heard_is_not_in_the_picture() -> None:
    captain = Figure(name="CAPTAIN", looks="man, 50, black cap", in_picture=False)
    stage = staged(figures=(captain, TOM), framing="two-shot")
    assert [mark.actor.looks.cloth for mark in stage.marks] == [(240, 134, 50)]


def test_the_tag_is_in_every_frame_and_at_least_a_twentieth_of_the_short_side() -> None:
    for aspect, (preview, _) in SIZES.items():
        black = np.zeros((preview[1], preview[0], 3), dtype=np.uint8)
        label.stamp(black, LABEL)
        rows = np.flatnonzero(black.max(axis=(1, 2)))
        assert rows.size >= 0.05 * min(preview)
        words = black.min(axis=2) > 200
        assert words.any()
        drawn = still(staged(place="SPACE", interior=False, aspect=aspect), preview, 0.4)
        assert drawn[words].min() > 200


@pytest.mark.parametrize(
    ("pattern", "interior"),
    [(p, True) for p, _ in INTERIORS] + [(p, False) for p, _ in EXTERIORS],
)
def test_every_place_covers_the_frame_in_every_framing(pattern: str, interior: bool) -> None:
    """The camera never looks past the painted place, however low its figures are."""
    word = pattern.split("|")[0].replace("\\b", "").replace("u?", "u").replace("[eé]", "e")
    child, other = Figure(name="LEO", looks="boy, 8"), Figure(name="MIA", looks="girl, 6")
    for aspect in SIZES:
        for framing in ("wide", "two-shot", "close", "insert"):
            cast = (child, other) if framing == "two-shot" else (child, TOM)
            stage = staged(
                place=word, interior=interior, aspect=aspect, framing=framing, figures=cast
            )
            assert stage.place.name not in ("room", "country")
            preview = SIZES[aspect][0]
            backdrop = Backdrop(stage, (preview[0] // 2, preview[1] // 2))
            for share in (0.0, 1.0):
                assert (backdrop.at(share) >> 24).min() >= 250, (word, aspect, framing)


words = st.text(max_size=60)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=words,
    looks=words,
    place=words,
    time=words,
    action=words,
    delivery=words,
    framing=st.sampled_from(FRAMINGS),
    interior=st.booleans(),
    seed=st.integers(0, 2**63),
    count=st.integers(0, 4),
)
def test_any_words_make_a_picture(
    name: str,
    looks: str,
    place: str,
    time: str,
    action: str,
    delivery: str,
    framing: Framing,
    interior: bool,
    seed: int,
    count: int,
) -> None:
    figures = tuple(Figure(name=f"{name}{i}", looks=looks) for i in range(count))
    speech = Speech(speaker=0, text="a", delivery=delivery, start=Fraction(1), end=Fraction(2))
    asked = request(
        figures=figures,
        speeches=(speech,) if figures else (),
        place=place,
        time_of_day=time,
        action=action,
        framing=framing,
        interior=interior,
        seed=seed,
    )
    assert still(stage_for(asked, {}), (54, 96), 1.3).shape == (96, 54, 3)
