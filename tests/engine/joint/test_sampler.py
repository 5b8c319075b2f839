"""Schedules, solvers, guidance, and whole loops of a tiny model."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from engine.joint import transformer
from engine.joint.config import SamplerConfig, UpscaleConfig
from engine.joint.sampler import (
    Sample,
    UniPC,
    denoise,
    flow_schedule,
    renoise,
    start_noise,
    step_noise,
)
from engine.joint.tokens import extent_of
from engine.joint.transformer import Latents, Transformer
from engine.joint.upscale import enlarge, noise_table, upscale, upscale_start

GUIDED = SamplerConfig(steps=4)
DISTILLED = SamplerConfig(steps=3, guided=False)


@pytest.mark.parametrize(
    ("steps", "sigmas", "timesteps"),
    [
        (5, [0.999800, 0.952154, 0.882093, 0.768935, 0.555247, 0], [999, 952, 882, 768, 555]),
        (8, [0.999800, 0.972006, 0.937265, 0.892602, 0.833055, 0.749700, 0.624687, 0.416389, 0],
         [999, 972, 937, 892, 833, 749, 624, 416]),
    ],
)  # fmt: skip
def test_the_schedule_is_the_published_one(
    steps: int, sigmas: list[float], timesteps: list[int]
) -> None:
    schedule = flow_schedule(steps, 5.0)
    assert list(schedule.timesteps) == timesteps
    assert schedule.sigmas == pytest.approx(sigmas, abs=1e-6)


@pytest.mark.parametrize(
    ("steps", "ends"),
    [
        (5, [0.971413, 0.930767, 0.868341, 0.759059, 0.492802]),
        (8, [0.983324, 0.962902, 0.937251, 0.903855, 0.858710, 0.794421, 0.696321, 0.509712]),
    ],
)
def test_unipc_follows_the_published_path_of_a_known_velocity(
    steps: int, ends: list[float]
) -> None:
    solver, x, path = UniPC(flow_schedule(steps, 5.0)), torch.ones(1), []
    for index in range(steps):
        x = solver.step(index, x, 0.5 * x + 0.1)
        path.append(float(x))
    assert path == pytest.approx(ends, abs=2e-6)


def test_the_distilled_rule_follows_its_published_path() -> None:
    schedule, x, path = flow_schedule(8, 5.0), torch.ones(1), []
    for index in range(8):
        x = renoise(schedule, index, x, 0.5 * x + 0.1, torch.tensor([0.25]))
        path.append(float(x))
    assert path == pytest.approx(
        [0.254202, 0.236415, 0.226576, 0.214306, 0.197872, 0.174461, 0.137655, 0.067357], abs=1e-6
    )


def test_the_noise_table_ends_without_signal() -> None:
    table = noise_table()
    assert table[0] == pytest.approx(0.99957, abs=1e-5)
    assert table[220] == pytest.approx(0.838910, abs=1e-6)
    assert table[999] == 0


def clip(seed: int, *, frames: int = 2, guided: bool, image: Tensor | None = None) -> Sample:
    generator = torch.Generator().manual_seed(seed)
    start = start_noise((4, frames, 4, 2), (5, 6), generator)
    text, negative = torch.randn(3, 10), torch.randn(6, 10) if guided else None
    return Sample(start, text, negative, image, step_noise=step_noise(generator))


def same(a: Latents, b: Latents) -> None:
    torch.testing.assert_close(a.video, b.video, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(a.audio, b.audio, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("config", [GUIDED, DISTILLED], ids=["guided", "distilled"])
def test_a_clip_does_not_depend_on_its_batch(tiny: Transformer, config: SamplerConfig) -> None:
    """Each has its own generator, so the others may come, go and draw as they like."""

    def clips() -> list[Sample]:
        torch.manual_seed(3)
        return [clip(seed, frames=seed, guided=config.guided) for seed in (1, 2, 3)]

    together = denoise(tiny, clips(), config)
    for number in range(3):
        same(denoise(tiny, [clips()[number]], config)[0], together[number])


def test_the_reference_picture_is_the_first_frame_before_and_after(tiny: Transformer) -> None:
    image = torch.full((4, 1, 4, 2), 0.5)
    seen = []
    made = denoise(
        tiny,
        [clip(1, frames=3, guided=True, image=image)],
        GUIDED,
        lambda _, now, *__: seen.append(now[0].video[:, :1]),
    )
    assert all(torch.equal(frame, image) for frame in seen)
    assert torch.equal(made[0].video[:, :1], image)


@pytest.mark.parametrize("config", [GUIDED, DISTILLED], ids=["guided", "distilled"])
def test_given_sound_is_kept(tiny: Transformer, config: SamplerConfig) -> None:
    sample = replace(clip(1, guided=config.guided), sound=True)
    assert torch.equal(denoise(tiny, [sample], config)[0].audio, sample.start.audio)


def test_guidance_without_a_negative_prompt_is_refused(tiny: Transformer) -> None:
    with pytest.raises(ValueError, match="negative prompt"):
        denoise(tiny, [clip(1, guided=False)], GUIDED)


def test_guidance_of_one_is_no_guidance(tiny: Transformer) -> None:
    config = SamplerConfig(steps=1, video_guidance=1.0, late_video_guidance=1.0, audio_guidance=1.0)
    sample = clip(1, guided=True)
    plain = denoise(tiny, [replace(sample, negative=sample.text)], GUIDED_ONCE)[0]
    same(denoise(tiny, [sample], config)[0], plain)


GUIDED_ONCE = SamplerConfig(steps=1)


def test_upscaling_keeps_the_corners_and_the_frames() -> None:
    video = torch.randn(2, 3, 4, 6)
    large = enlarge(video, 8, 10)
    assert large.shape == (2, 3, 8, 10)
    assert torch.allclose(large[..., 0, 0], video[..., 0, 0])
    assert torch.allclose(large[..., -1, -1], video[..., -1, -1], atol=1e-6)


def test_upscaling_keeps_a_slope_a_slope() -> None:
    """The corners are the same points in both sizes, so a straight line stays straight."""
    slope = torch.linspace(0, 1, 4).expand(1, 2, 3, 4)
    large = enlarge(slope, 5, 9)
    assert torch.allclose(large, torch.linspace(0, 1, 9).expand(1, 2, 5, 9), atol=1e-6)


def test_no_noise_level_means_no_noise() -> None:
    base = Latents(torch.randn(4, 2, 4, 2), torch.randn(5, 6))
    noise = Latents(torch.randn(4, 2, 8, 4), torch.randn(5, 6))
    start = upscale_start(base, (8, 4), noise, UpscaleConfig(noise_level=0, audio_noise=0))
    assert torch.equal(start.video, enlarge(base.video, 8, 4))
    assert torch.equal(start.audio, base.audio)


@pytest.mark.parametrize("guided", [False, True])
def test_upscaled_clips_do_not_depend_on_their_batch(tiny: Transformer, guided: bool) -> None:
    config = UpscaleConfig(steps=3, guided=guided, early_frames=1)
    clips = [clip(seed, frames=seed, guided=guided) for seed in (1, 3)]
    together = upscale(tiny, clips, config)
    for number in range(2):
        alone = upscale(tiny, [clips[number]], config)[0]
        same(alone, together[number])
        assert torch.equal(alone.audio, clips[number].start.audio)


def test_what_stays_the_same_through_a_loop_is_made_once(
    tiny: Transformer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Places, rotary tables, plans of attention and projections of text: once per forward's
    context, however many steps there are."""
    counts: Counter[str] = Counter()

    def counted(name: str) -> None:
        work = getattr(transformer, name)

        def once_more(*given: object, **more: object) -> object:
            counts[name] += 1
            return work(*given, **more)

        monkeypatch.setattr(transformer, name, once_more)

    for name in ("coordinates", "angles", "full_plan", "local_plan"):
        counted(name)
    tiny.adapter.text_embedder.register_forward_hook(lambda *_: counts.update(["text"]))
    denoise(tiny, [clip(1, guided=True)], SamplerConfig(steps=7))
    contexts = counts["full_plan"]
    assert contexts in (1, 2)
    assert counts == {
        "coordinates": 2, "text": 2, "angles": contexts, "full_plan": contexts,
        "local_plan": contexts,
    }  # fmt: skip


def test_rotations_are_of_the_checkpoint_s_own_bands(tiny: Transformer) -> None:
    """Some copies hold them rounded to bfloat16; those are then what the numbers are made with."""
    start, text = clip(1, frames=3, guided=False).start, torch.randn(3, 10)
    extents = [extent_of(start.video, start.audio, text, tiny.config.patch)]
    before = tiny([start], tiny.prepare(extents, [text]))[0]
    bands = tiny.adapter.rope.bands
    assert torch.equal(tiny([start], tiny.prepare(extents, [text]))[0].video, before.video)
    bands.copy_(bands.bfloat16())
    after = tiny([start], tiny.prepare(extents, [text]))[0]
    assert not torch.equal(before.video, after.video)
