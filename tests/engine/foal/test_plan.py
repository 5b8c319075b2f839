"""The plan: what a model is told of a shot, and where and when."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
import torch

from engine.animatic import casting, still_life
from engine.foal import plan as plans
from engine.foal import requests
from engine.foal.plan import VOCABULARY, head_px, latents_for, plan_of, rehearse, voiced_track
from engine.foal.requests import sample_request
from engine.foal.teacher import pictures
from storyboard.request import Figure
from tests.engine.shots import LINES, shot, speech


def test_equal_seeds_give_equal_requests_and_plans() -> None:
    one, two = (plan_of(rehearse(sample_request(7))) for _ in range(2))
    assert np.array_equal(one.features, two.features)
    assert np.array_equal(one.places, two.places)


def test_who_stands_where_in_which_light_is_of_the_trial_or_of_training() -> None:
    """By a rule on the combination, so that no seed can bring one of the trial into training."""
    drawn = [requests._drawn(Random(s), held_out=False) for s in range(400)]
    kept = [each for each in drawn if requests._kept_for_trial(each)]
    assert 0.03 * len(drawn) < len(kept) < 0.1 * len(drawn)
    for seed in range(300):
        assert not requests._kept_for_trial(sample_request(seed))
    for seed in range(20):
        assert requests._kept_for_trial(sample_request(seed, held_out=True))
    one = kept[0]
    moved = [one.model_copy(update={"place": place}) for place in ("a pier", "a mill", "a mine")]
    assert not all(map(requests._kept_for_trial, moved)), "the place is part of the rule"


@pytest.mark.parametrize("prop", plans._PROP_NAMES)
def test_an_insert_tells_what_it_shows(prop: str) -> None:
    insert = shot(speech("There it is."), framing="insert", action=f"A {prop} on a table.")
    scene = plans._scene(rehearse(insert))
    assert scene.says[f"prop:{prop}"] == 1
    assert scene.says.keys() <= set(VOCABULARY)


def test_every_voice_and_prop_of_the_teacher_is_in_the_vocabulary() -> None:
    voices = {name for kind in casting._VARIANTS.values() for name in kind}
    assert set(plans._VARIANT_NAMES) == voices | {"whisper", "whisperf"}
    assert set(plans._PROP_NAMES) == set(still_life._PROPS)


@pytest.mark.parametrize("language", LINES)
def test_every_word_of_a_plan_is_in_the_vocabulary(language: str) -> None:
    """Else the model would be told less than was meant, in one language only."""
    rehearsal = rehearse(shot(speech(LINES[language][1]), language=language))
    tokens = [
        plans._scene(rehearsal),
        *plans._camera(rehearsal),
        *plans._figures(rehearsal),
        *plans._speeches(rehearsal),
        *plans._acting(rehearsal),
        *plans._phonemes(rehearsal),
    ]
    said = {name for token in tokens for name in token.says}
    assert said <= set(VOCABULARY)


def test_phonemes_stand_at_the_moment_and_in_the_mouth_they_are_spoken_by() -> None:
    rehearsal = rehearse(shot(speech("Nobody sails here any more.", 1.0, 4.0)))
    plan = plan_of(rehearsal)
    spoken = plan.features[:, VOCABULARY.index("is:phoneme")] > 0
    times = plan.places[spoken, 0] / plans.TICKS_PER_S
    end = float(rehearsal.performance.spoken[0].end)
    assert times.min() >= 1.0 and times.max() <= end + 0.05
    head = plan.features[:, VOCABULARY.index("is:head")] > 0
    assert any(np.allclose(plan.places[spoken][0, 1:], place) for place in plan.places[head][:, 1:])


@pytest.mark.parametrize("seed", [3, 11, 25, 16])
def test_things_stand_where_the_stage_has_them(seed: int) -> None:
    rehearsal = rehearse(sample_request(seed))
    stage, plan = rehearsal.stage, plan_of(rehearsal)
    features, places = (torch.from_numpy(each) for each in (plan.features, plan.places))
    latent = 5
    middle = 8.0 * latent + 3
    things = plans.things_of(features, places, torch.tensor([middle]))
    assert things.says.shape[1] == 1 + (len(stage.marks) or stage.framing == "insert")
    size = rehearsal.request.preview_size
    first, mean = (latent * 4 / 12.5, middle / plans.TICKS_PER_S)
    for place, mark in zip(things.places[0, 1:], stage.marks, strict=bool(stage.marks)):
        x, y, _ = head_px(stage, mark, first, size)
        assert place[0] == pytest.approx((y - size[1] / 2) / 32, abs=1e-4)
        assert place[1] == pytest.approx((x - size[0] / 2) / 32, abs=1e-4)
        assert place[2] == pytest.approx(mark.scale, abs=1e-5)
    # The point of the painting that the camera's eye is on lies under the eye, but for the drift.
    camera, (row, column, zoom) = stage.camera, things.places[0, 0].tolist()
    seen = [column + zoom * camera.seen[0] / 125, row + zoom * camera.seen[1] / 125]
    drifted = camera.drift * (mean / stage.seconds - 0.5)
    eye = [camera.eye[0] + drifted - stage.size[0] / 2, camera.eye[1] - stage.size[1] / 2]
    assert seen == pytest.approx([each / 125 for each in eye], abs=0.02)


def test_a_head_is_where_the_plan_says() -> None:
    """Figures that differ in hair alone differ in the picture about the planned head alone."""
    size = (256, 448)
    drawn, heads = [], []
    for colour in ("black", "white"):
        figure = Figure(name="TOM", looks=f"man, 27, short {colour} hair")
        rehearsal = rehearse(shot(speech("Stay."), figures=(figure,), framing="medium"))
        drawn.append(pictures(rehearsal, [3])[0].astype(int))
        heads.append(head_px(rehearsal.stage, rehearsal.stage.marks[0], 12 * 0.08, size))
    rows, columns = np.nonzero(np.abs(drawn[0] - drawn[1]).sum(axis=-1) > 60)
    x, y, scale = heads[0]
    assert len(rows) > 100
    assert abs(columns.mean() - x) < 60 * scale
    assert y - 160 * scale < rows.mean() < y + 60 * scale


def test_pitch_is_heard_where_there_is_a_voice() -> None:
    track = voiced_track(rehearse(shot(speech("Nobody sails here any more.", 1.0, 4.0))))
    assert len(track) == 500
    assert not track[:95].any()
    assert 60 < np.median(track[track > 0]) < 400


def test_latents_cover_the_shot() -> None:
    assert [latents_for(s) for s in (5.0, 5.12, 5.2, 8.0)] == [16, 16, 17, 25]
