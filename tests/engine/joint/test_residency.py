"""Where weights are, and that it never changes what comes out."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from engine.joint.config import TransformerConfig
from engine.joint.eight_bits import in_eight_bits
from engine.joint.precision import suited
from engine.joint.residency import Stage, Stages, Streamed, Way, plan, weight_bytes
from engine.joint.sampler import forward, prepare
from engine.joint.transformer import Latents, Transformer
from tests.engine.joint.conftest import TINY, randomised
from tests.engine.joint.test_sampler import clip

GIB = 2**30


def made(model: Transformer, *, at_once: int | None = None) -> list[Latents]:
    torch.manual_seed(5)
    samples = [clip(seed, frames=seed, guided=False) for seed in (1, 2, 3)]
    contexts = prepare(model, samples, guided=False, at_once=at_once)
    return forward(model, [sample.start for sample in samples], contexts)


def same(a: list[Latents], b: list[Latents], tolerance: float = 1e-5) -> None:
    for one, other in zip(a, b, strict=True):
        torch.testing.assert_close(one.video, other.video, rtol=tolerance, atol=tolerance)
        torch.testing.assert_close(one.audio, other.audio, rtol=tolerance, atol=tolerance)


def test_a_streamed_transformer_is_the_resident_one(tiny: Transformer) -> None:
    resident = made(tiny)
    streamed = Streamed(tiny, "cpu")
    for _ in range(2):
        for one, other in zip(made(tiny), resident, strict=True):
            assert torch.equal(one.video, other.video)
            assert torch.equal(one.audio, other.audio)
    assert streamed.on_device == 1  # the first layer, fetched ahead for the next step
    streamed.close()
    same(made(tiny), resident)


def test_no_more_than_two_layers_are_on_the_device_at_a_time(tiny: Transformer) -> None:
    streamed = Streamed(tiny, "cpu")
    seen = []
    for layer in tiny.block.layers:
        layer.mlp.register_forward_hook(lambda *_: seen.append(streamed.on_device))
    made(tiny)
    assert max(seen) == 2


@pytest.mark.parametrize("at_once", [0, 20, 60, 1_000])
def test_how_samples_are_grouped_changes_nothing(tiny: Transformer, at_once: int) -> None:
    same(made(tiny, at_once=at_once), made(tiny))


def test_groups_hold_no_more_tokens_than_allowed(tiny: Transformer) -> None:
    samples = [clip(seed, frames=seed, guided=True) for seed in (1, 2, 3)]
    contexts = prepare(tiny, samples, guided=True, at_once=40)
    assert sum(len(context.text) for context in contexts) == 6
    assert all(c.layout.length <= 40 or len(c.text) == 1 for c in contexts)
    assert len(contexts) < 6


def test_the_published_transformer_takes_its_published_bytes() -> None:
    assert weight_bytes(lambda: Transformer(TransformerConfig())) == 30_642_008_128


@pytest.mark.parametrize(
    ("budget", "way"), [(80 * GIB, Way.STAGED), (141 * GIB, Way.ALL), (24 * GIB, Way.STREAMED)]
)
def test_the_way_follows_from_the_memory_of_the_card(budget: int, way: Way) -> None:
    sizes = {"text": 18 * GIB, "base": 29 * GIB, "upscale": 29 * GIB, "decoder": GIB // 5}
    assert plan(sizes, budget) == way


def test_stages_are_loaded_once_per_drain_and_the_oldest_makes_room() -> None:
    loaded: list[str] = []

    def stage(name: str, size: int) -> Stage:
        return Stage(lambda: (loaded.append(name), nn.Identity())[1], size)

    stages = Stages({n: stage(n, s) for n, s in (("text", 5), ("base", 4), ("large", 6))}, 10)
    for name in ["text"] * 3 + ["base"] * 3 + ["large"] * 2:
        stages.get(name)
    assert loaded == ["text", "base", "large"]
    assert stages.resident == ("base", "large")
    stages.get("base")
    assert stages.resident == ("large", "base")
    stages.get("text")
    assert stages.resident == ("base", "text")
    stages.drop()
    assert stages.resident == ()


def test_eight_bits_halve_the_products_and_keep_the_rest() -> None:
    model = randomised(Transformer(TINY))
    kept = {n: p.clone() for n, p in model.named_parameters() if p.dtype == torch.float32}
    exact = made(model.multiply_in(torch.float32))
    before = sum(p.numel() * p.element_size() for p in model.block.parameters())
    rough = made(in_eight_bits(model))
    after = sum(p.numel() * p.element_size() for p in model.block.parameters())
    assert after < 0.55 * before
    for name, parameter in kept.items():
        assert torch.equal(model.get_parameter(name), parameter)
    for one, other in zip(rough, exact, strict=True):
        error = (one.video - other.video).square().mean() / other.video.square().mean()
        assert 0 < error.sqrt() < 0.1


def test_widened_products_are_nearer_the_truth_than_bfloat16() -> None:
    half = randomised(Transformer(TINY))
    wide = Transformer(TINY, dtype=torch.float32)
    wide.load_state_dict(half.state_dict())
    truth, rough = made(wide), made(half)
    assert (rough[0].video - truth[0].video).abs().max() > 1e-4
    same(made(half.multiply_in(torch.float32)), truth)
    same(made(suited(half).multiply_in(None)), rough)
