"""Lessons, and that the very classes of the large engine learn from them."""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random

import pytest
import torch

from engine.foal.__main__ import main
from engine.foal.learn import Course, Pupil, losses, picture_error
from engine.foal.lessons import Lesson, Library, clock_of, group_of, part_of
from engine.foal.plan import VOCABULARY, plan_of, rehearse
from engine.foal.requests import sample_request
from engine.joint.tokens import Clock, Sounds, Things, extent_of
from engine.joint.transformer import Latents
from tests.engine.foal.small import CONFIG, small_model

SPOKEN = 5
"""The seed of a shot with speech."""


def lesson(seed: int = 2, *, still: bool = False, rows: int = 4) -> Lesson:
    plan = plan_of(rehearse(sample_request(seed)))
    features = torch.from_numpy(plan.features)
    wide = torch.nn.functional.pad(features, (0, CONFIG.text_features - len(VOCABULARY)))
    chance = torch.Generator().manual_seed(seed)
    return Lesson(
        moments=(3, 4, 5, 6),
        video=torch.randn(24, 4, rows, 6, generator=chance),
        audio=None if still else torch.randn(128, 96, generator=chance),
        features=wide,
        places=torch.from_numpy(plan.places),
        lasting=plan.lasting,
    )


def test_a_part_is_told_of_its_own_moments_alone() -> None:
    whole = lesson()
    part = part_of(whole, Random(1), 2)
    assert part.latents.video.shape[1] == 2
    assert part.latents.audio.shape == (4 * 8, 96)
    assert len(part.text) == len(part.clock.text) < len(whole.features)
    assert torch.equal(part.text[: whole.lasting], whole.features[: whole.lasting])
    passing = part.clock.text[whole.lasting :, 0]
    assert passing.min() > 3 * 8 - 7 and passing.max() < 7 * 8 + 7


def test_a_still_lesson_has_no_sound() -> None:
    part = part_of(lesson(still=True), Random(1), 2)
    assert len(part.latents.audio) == 0


def test_the_clock_puts_sound_and_picture_of_one_moment_together() -> None:
    whole = lesson()
    clock = clock_of(torch.tensor([0.0, 1.0]), torch.arange(16.0), whole.features, whole.places)
    # The middle of four frames at 12.5 a second is 0.12 s, which is three ticks of 40 ms.
    assert clock.video.tolist() == [3.0, 11.0]
    assert clock.audio[0] == 0.5 and clock.audio[11] == 11.5


def test_heads_weigh_more_than_walls() -> None:
    weight = part_of(lesson(rows=28), Random(1), 2).weight
    assert weight.min() == 1 and weight.max() > 1


def test_a_model_in_training_gets_better() -> None:
    torch.manual_seed(0)
    pupil = Pupil(small_model(), Course(minutes=1, batch=4, warm=5, average=0.5))
    group = group_of([part_of(lesson(seed), Random(seed), 2) for seed in (2, 4)], 56)
    sigmas = torch.tensor([0.95, 0.6])

    def error() -> float:
        torch.manual_seed(9)
        with torch.no_grad():
            return float(losses(pupil.model, group, sigmas)[0])

    before = error()
    for _ in range(25):
        pupil.step([group], 0.1)
    assert error() < 0.8 * before


def test_a_wrong_colour_costs_more_than_as_much_grain() -> None:
    off = torch.full((1, 24, 2, 8, 8), 0.1)
    grain = off * torch.tensor([1.0, -1.0]).repeat(4)
    seen = torch.ones(1, 2, 8, 8)
    assert picture_error(off, seen) > 2 * picture_error(grain, seen)
    lock = off * torch.tensor([1.0, 1.0, -1.0, -1.0]).repeat(2)  # right over the whole of it
    assert picture_error(off, seen) > picture_error(lock, seen) > 2 * picture_error(grain, seen)
    given = seen.clone()
    given[:, 0] = 0
    first = torch.zeros_like(off)
    first[:, :, 0] = 5
    assert float(picture_error(first, given)) == 0, "what is given is not learnt"


def test_a_library_gives_parts_of_one_shape_as_often_as_it_has_them() -> None:
    library, chance = Library(), Random(1)
    for seed in (2, 4):
        library.add(lesson(seed))
        library.add(lesson(seed, still=True))
        library.add(lesson(seed, still=True, rows=6))
    drawn = [library.draw(chance, 3, 2, 0.5) for _ in range(60)]
    for parts in drawn:
        group = group_of(parts, 56)
        assert group.video.shape[:2] == (3, 24)
        assert len({len(text) for text in group.texts}) == 1
    moving = sum(len(parts[0].latents.audio) > 0 for parts in drawn)
    assert 15 < moving < 45
    assert {parts[0].latents.video.shape[2] for parts in drawn} == {4, 6}


def test_padding_of_a_group_changes_nothing() -> None:
    model = small_model().requires_grad_(False)
    parts = [part_of(lesson(seed), Random(seed), 2) for seed in (2, 4)]
    group = group_of(parts, 56)
    assert len({clock.real_text for clock in group.clocks}) == 2
    sigmas = torch.tensor([0.9, 0.5])
    samples = [Latents(*each) for each in zip(group.video, group.audio, strict=True)]
    context = model.prepare(group.extents, group.texts, clocks=group.clocks)
    together = model(samples, context, sigmas=sigmas)
    for i, part in enumerate(parts):
        extent = extent_of(samples[i].video, samples[i].audio, part.text, CONFIG.patch)
        context = model.prepare([extent], [part.text], clocks=[part.clock])
        alone = model([samples[i]], context, sigmas=sigmas[i : i + 1])[0]
        assert torch.allclose(together[i].video, alone.video, atol=1e-4)
        assert torch.allclose(together[i].audio, alone.audio, atol=1e-4)


def test_a_patch_is_told_how_it_lies_to_a_thing_however_large_that_is() -> None:
    told = small_model().told.requires_grad_(False)
    says = torch.randn(1, 1, CONFIG.text_features)

    def field(row: float, column: float, size: float) -> torch.Tensor:
        return told.field(Things(says, torch.tensor([[[row, column, size]]])), 5, 5).view(5, 5, -1)

    small, large = field(0, 0, 1), field(0, 0, 2)
    assert torch.allclose(small[2, 3], large[2, 4], atol=1e-5), "half way out of one twice as large"
    assert torch.allclose(small[2, 2], field(1, -1, 1)[3, 1], atol=1e-5), "it moves with the thing"
    assert not torch.allclose(small[2, 2], small[2, 3], atol=1e-3)
    assert torch.equal(field(0, 0, 0), told.lies.bias.expand(5, 5, -1)), (
        "and nothing of what is not there"
    )


def test_a_sound_latent_is_told_of_the_speech_near_it_and_of_none_far_away() -> None:
    told = small_model().told.requires_grad_(False)
    says = torch.randn(7, CONFIG.text_features)
    moments = torch.tensor([[2.0 * i + 10, 2.0] for i in range(7)])

    def speech(sounds: Sounds, *ticks: float) -> torch.Tensor:
        return told.speech(sounds, torch.tensor(ticks))

    whole = Sounds(says, moments)
    early, middle, silent = speech(whole, 9.5, 16.5, 60.0)
    assert torch.equal(silent, told.hears.bias)
    assert torch.allclose(early, speech(Sounds(says[:5], moments[:5]), 9.5)[0], atol=1e-5)
    assert not torch.allclose(middle, speech(Sounds(says[:5], moments[:5]), 16.5)[0], atol=1e-3)
    moved = moments + torch.tensor([100.0, 0.0])
    assert torch.allclose(speech(Sounds(says, moved), 116.5)[0], middle, atol=1e-5)


def test_the_sounds_of_a_plan_follow_one_another() -> None:
    whole = lesson(SPOKEN)
    sounds = clock_of(torch.zeros(1), torch.zeros(1), whole.features, whole.places).sounds
    assert sounds is not None and len(sounds.says) > 5
    middles, lengths = sounds.moments.unbind(dim=1)
    gaps = middles.diff() - (lengths[1:] + lengths[:-1]) / 2
    assert gaps.abs().median() < 0.2, "each begins where the one before it ends"


def _prepared(count: int) -> tuple[list[Latents], list[torch.Tensor], list[Clock]]:
    parts = [part_of(lesson(seed), Random(seed), 2) for seed in range(2, 2 + count)]
    return [p.latents for p in parts], [p.text for p in parts], [p.clock for p in parts]


def test_a_told_model_gives_velocities_that_lead_to_the_clean_latent() -> None:
    model = small_model().requires_grad_(False)
    samples, texts, clocks = _prepared(2)
    extents = [
        extent_of(s.video, s.audio, t, CONFIG.patch) for s, t in zip(samples, texts, strict=True)
    ]
    context = model.prepare(extents, texts, clocks=clocks)
    sigmas = torch.tensor([0.9, 0.3])
    clean = model.predicted(samples, context, sigmas=sigmas)
    moved = model(samples, context, sigmas=sigmas)
    for x, c, v, sigma in zip(samples, clean, moved, sigmas, strict=True):
        assert torch.allclose(x.video - sigma * v.video, c.video, atol=1e-5)
        assert torch.allclose(x.audio - sigma * v.audio, c.audio, atol=1e-5)
    with pytest.raises(AssertionError, match="told the noise level"):
        model(samples, context)


def test_samples_of_several_lengths_do_not_see_one_another() -> None:
    model = small_model().requires_grad_(False)
    samples, texts, clocks = _prepared(3)
    sigmas = torch.tensor([0.9, 0.5, 0.2])
    extents = [
        extent_of(s.video, s.audio, t, CONFIG.patch) for s, t in zip(samples, texts, strict=True)
    ]
    together = model(samples, model.prepare(extents, texts, clocks=clocks), sigmas=sigmas)
    for i in range(3):
        context = model.prepare([extents[i]], [texts[i]], clocks=[clocks[i]])
        alone = model([samples[i]], context, sigmas=sigmas[i : i + 1])[0]
        assert torch.allclose(together[i].video, alone.video, atol=1e-4)
        assert torch.allclose(together[i].audio, alone.audio, atol=1e-4)


def test_where_and_when_a_token_of_the_plan_stands_matters() -> None:
    model = small_model().requires_grad_(False)
    samples, texts, clocks = _prepared(1)
    extents = [extent_of(samples[0].video, samples[0].audio, texts[0], CONFIG.patch)]
    sigmas = torch.tensor([0.9])
    later = Clock(clocks[0].video, clocks[0].audio, clocks[0].text + torch.tensor([4.0, 0.0, 0.0]))
    one = model(samples, model.prepare(extents, texts, clocks=clocks), sigmas=sigmas)[0]
    two = model(samples, model.prepare(extents, texts, clocks=[later]), sigmas=sigmas)[0]
    assert not torch.allclose(one.audio, two.audio, atol=1e-4)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["learn", "video-code"], "engine.foal data"),
        (["learn", "transformer"], "engine.foal code"),
        (["learn", "video-decoder"], "engine.foal code"),
        (["pack"], "no weights"),
    ],
)
def test_a_step_that_comes_too_early_says_which_comes_before_it(
    asked: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["foal", "--data", str(tmp_path / "empty"), *asked])
    with pytest.raises(SystemExit, match=said):
        main()
