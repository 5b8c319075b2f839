"""Where weights are, and that it never changes what comes out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from engine.joint.config import TransformerConfig
from engine.joint.eight_bits import (
    EightBits,
    as_packed,
    in_eight_bits,
    quantise_rows,
)
from engine.joint.precision import suited
from engine.joint.residency import (
    Size,
    Stage,
    Stages,
    Streamed,
    Way,
    plan_residency,
    state_bytes,
    transformer_size,
    weight_bytes,
)
from engine.joint.sampler import forward, prepare
from engine.joint.transformer import Latents, Linear, Transformer
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


@pytest.mark.parametrize("pack", [lambda model: model, in_eight_bits], ids=["as it is", "packed"])
def test_a_streamed_transformer_is_the_resident_one_to_the_bit(
    tiny: Transformer, pack: Callable[[Transformer], Transformer]
) -> None:
    model = pack(tiny)
    resident = made(model)
    streamed = Streamed(model, "cpu")
    for _ in range(2):
        for one, other in zip(made(model), resident, strict=True):
            assert torch.equal(one.video, other.video)
            assert torch.equal(one.audio, other.audio)
    assert streamed.on_device == 2  # the last layer, and the first fetched for the next step
    streamed.close()
    assert streamed.on_device == 0
    same(made(model), resident)


@pytest.mark.parametrize("pack", [lambda model: model, in_eight_bits], ids=["as it is", "packed"])
def test_a_layer_works_with_its_visiting_weights_and_none_of_the_host_s(
    tiny: Transformer, pack: Callable[[Transformer], Transformer]
) -> None:
    model = pack(tiny)
    at_home = {tensor.data_ptr() for tensor in tensors(model.block)}
    visitors: set[int] = set()
    Streamed(model, "cpu")
    for layer in model.block.layers:
        layer.mlp.register_forward_hook(
            lambda *_, at=layer: visitors.update(t.data_ptr() for t in tensors(at))
        )
    made(model)
    assert visitors
    assert not visitors & at_home
    assert {tensor.data_ptr() for tensor in tensors(model.block)} == at_home


def test_no_more_than_two_layers_are_ever_on_the_device(
    tiny: Transformer, monkeypatch: pytest.MonkeyPatch
) -> None:
    streamed, there = Streamed(tiny, "cpu"), []
    fetch = streamed._fetch

    def counted(index: int) -> None:
        fetch(index)
        there.append(streamed.on_device)

    monkeypatch.setattr(streamed, "_fetch", counted)
    made(tiny)
    assert max(there) == 2


def tensors(module: nn.Module) -> list[Tensor]:
    return [*module.parameters(), *module.buffers()]


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


def test_streaming_the_published_transformer_takes_two_modal_layers_and_its_ends() -> None:
    size = transformer_size(TransformerConfig())
    modal = 2 * (818_535_168 - 3 * 10_496) + 4 * 3 * 10_496  # bfloat16 but for its norms
    ends = 4 * (19_676_160 + 1_320_960 + 16)
    assert size == Size(30_642_008_128, 2 * modal + ends)


def test_the_last_layer_and_the_first_are_neighbours() -> None:
    """The next step's first layer comes while the last one works."""
    model = Transformer(TINY)
    first, *middle, last = (state_bytes(layer) for layer in model.block.layers)
    size = transformer_size(TINY)
    assert size == Size(state_bytes(model), state_bytes(model) - sum(middle))
    assert first != last


GB = 10**9
PUBLISHED = {
    "text": Size(int(18.48 * GB)),
    "base": Size(int(30.64 * GB), int(3.36 * GB)),
    "upscale": Size(int(30.64 * GB), int(3.36 * GB)),
    "turbo": Size(int(0.21 * GB)),
}


@pytest.mark.parametrize(
    ("card", "ways"),
    [
        (141 * GIB, [Way.ALL] * 4),
        (80 * GIB, [Way.STAGED] * 4),
        (32 * GIB, [Way.STAGED, Way.STREAMED, Way.STREAMED, Way.STAGED]),
    ],
)
def test_the_ways_follow_from_the_memory_of_the_card(card: int, ways: list[Way]) -> None:
    found = plan_residency(PUBLISHED, card)
    assert list(found.ways.values()) == ways
    assert found.lacks == {}


def test_a_plan_names_what_does_not_fit_and_by_how_much() -> None:
    found = plan_residency(PUBLISHED, 20 * GB, working=4 * GB)
    assert found.ways["base"] == Way.STREAMED
    assert found.lacks == {"text": int(2.48 * GB)}
    assert str(found) == "text and turbo one stage at a time, base and upscale layer by layer"


SIZES = st.integers(0, 60).flatmap(
    lambda whole: st.builds(Size, st.just(whole), st.none() | st.integers(0, whole))
)


@given(
    st.dictionaries(st.sampled_from(["text", "base", "upscale", "turbo", "audio"]), SIZES),
    st.integers(0, 200),
    st.integers(0, 20),
)
def test_a_plan_streams_no_more_than_it_must(
    sizes: dict[str, Size], budget: int, working: int
) -> None:
    found = plan_residency(sizes, budget, working)
    assert found.ways.keys() == found.bytes.keys() == sizes.keys()
    fits_together = sum(size.whole for size in sizes.values()) + working <= budget
    for name, size in sizes.items():
        way, taken = found.ways[name], found.bytes[name]
        assert (way is Way.ALL) == fits_together
        assert (way is Way.STREAMED) == (
            size.streamed is not None and size.whole + working > budget
        )
        assert taken == (size.streamed if way is Way.STREAMED else size.whole)
        assert (name in found.lacks) == (taken + working > budget)
    richer = plan_residency(sizes, budget + 1, working)
    assert richer.lacks.keys() <= found.lacks.keys()


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


def test_a_stage_is_loaded_once_for_a_batch_and_dropped_for_the_next() -> None:
    alive: list[str] = []

    class Counted(nn.Module):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name
            alive.append(name)

        def __del__(self) -> None:
            alive.remove(self.name)

    stages = Stages({n: Stage(lambda n=n: Counted(n), 6) for n in ("base", "upscale")}, 10)

    for name in ("base", "upscale"):
        for _ in range(3):
            stages.get(name)
            assert alive == [name]


def test_eight_bits_halve_the_products_and_keep_the_rest() -> None:
    model = randomised(Transformer(TINY))
    kept = {n: p.clone() for n, p in model.named_parameters() if p.dtype == torch.float32}
    exact = made(model.multiply_in(torch.float32))
    before = state_bytes(model.block)
    rough = made(in_eight_bits(model))
    assert state_bytes(model.block) < 0.62 * before  # tiny rows carry much filling and scale
    assert kept.keys() == dict(model.named_parameters()).keys()
    for name, parameter in kept.items():
        assert torch.equal(model.get_parameter(name), parameter)
    for one, other in zip(rough, exact, strict=True):
        error = (one.video - other.video).square().mean() / other.video.square().mean()
        assert 0 < error.sqrt() < 0.1


def test_the_published_products_in_eight_bits_take_half_and_a_little() -> None:
    """By the sides of its shared layers: filling them up and the scales cost 0.4 %."""
    sides = [(7208, 5120), (5120, 5120), (27304, 5120), (5120, 13652)]
    plain = sum(rows * columns for rows, columns in sides)
    packed = sum((rows + -rows % 16) * (columns + -columns % 16 + 4) for rows, columns in sides)
    assert packed < 1.004 * plain


@given(
    st.lists(
        st.lists(st.floats(-1e4, 1e4, width=32), min_size=4, max_size=4), min_size=1, max_size=5
    )
)
def test_rounding_to_eight_bits_is_off_by_a_sixteenth_at_most(rows: list[list[float]]) -> None:
    x = torch.tensor(rows)
    packed, scale = quantise_rows(x)
    back = packed.float() * scale[:, None]
    assert back.isfinite().all()
    allowed = torch.maximum(x.abs() / 16, scale[:, None] / 1024)
    assert ((back - x).abs() <= allowed * (1 + 1e-5)).all()


@pytest.mark.parametrize(("inputs", "outputs"), [(13, 7), (32, 16), (20, 41)])
def test_a_product_in_eight_bits_is_near_the_product(inputs: int, outputs: int) -> None:
    """Both ways of it: weights widened as on any device, and as packed, as on a Hopper card."""
    linear = Linear(inputs, outputs, 3, torch.float32)
    packed, x = EightBits(linear), torch.randn(9, inputs)
    for index in range(3):
        exact = linear(x, index)
        weight = (
            packed.packed[index][:outputs, :inputs].float() * packed.scale[index, :outputs, None]
        )
        same_weights = x @ weight.T
        torch.testing.assert_close(packed(x, index), same_weights, rtol=1e-5, atol=1e-5)
        multiplied = as_packed(x, packed.packed[index], packed.scale[index], torch.float32)
        for product, bound in ((packed(x, index), 0.05), (multiplied[:, :outputs], 0.07)):
            assert (product - exact).norm() < bound * exact.norm()


def test_widened_products_are_nearer_the_truth_than_bfloat16() -> None:
    half = randomised(Transformer(TINY))
    wide = Transformer(TINY, dtype=torch.float32)
    wide.load_state_dict(half.state_dict())
    truth, rough = made(wide), made(half)
    assert (rough[0].video - truth[0].video).abs().max() > 1e-4
    same(made(half.multiply_in(torch.float32)), truth)
    same(made(suited(half).multiply_in(None)), rough)
