"""What only a card can show; skipped without one (docs/magihuman.md lists it as not run)."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from engine.joint.attention import attend, full_plan, local_plan
from engine.joint.eight_bits import EightBits, multiplies_eight_bits, widened
from engine.joint.residency import Streamed
from engine.joint.sampler import forward, prepare
from engine.joint.tokens import Extent, layout_of
from engine.joint.transformer import Latents, Linear, Transformer
from tests.engine.joint.conftest import TINY, randomised
from tests.engine.joint.test_attention import FOUR, TWINS, plain, seen_by_rule
from tests.engine.joint.test_sampler import clip
from tests.engine.joint.tiny import tiny_engine, tiny_shot

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA card")
CARD = "cuda:0"


def apart(got: Tensor, want: Tensor) -> float:
    """Root mean square of the difference, as a part of that of the wanted."""
    difference = got.float().cpu() - want.float().cpu()
    return float(difference.square().mean().sqrt() / want.float().square().mean().sqrt())


@pytest.mark.parametrize("radius", [None, 1])
@pytest.mark.parametrize("extents", [FOUR, FOUR[:1], TWINS], ids=["mixed", "one", "twins"])
def test_the_card_s_own_kernel_is_the_masked_softmax(
    extents: list[Extent], radius: int | None
) -> None:
    layout = layout_of(extents)
    plan = full_plan(layout) if radius is None else local_plan(layout, radius)
    q = torch.randn(layout.length, 10, 128).bfloat16()
    k, v = torch.randn(2, layout.length, 2, 128).bfloat16()
    wanted = plain(q.float(), k.float(), v.float(), seen_by_rule(extents, radius))
    assert apart(attend(q.to(CARD), k.to(CARD), v.to(CARD), plan), wanted) < 0.01


def velocities(model: Transformer) -> list[Latents]:
    torch.manual_seed(5)
    samples = [clip(seed, frames=seed, guided=False) for seed in (1, 2, 3)]
    moved = [Latents(s.start.video.to(CARD), s.start.audio.to(CARD)) for s in samples]
    contexts = prepare(model, samples, guided=False)
    return forward(model, moved, contexts)


def test_layers_that_come_from_pinned_memory_make_what_resident_ones_make() -> None:
    """For several steps, so that a copy which overtakes the work before it shows."""
    model = randomised(Transformer(TINY))
    resident = velocities(model.to(CARD))
    model.cpu()
    streamed = Streamed(model, CARD)
    for _ in range(5):
        for one, other in zip(velocities(model), resident, strict=True):
            assert torch.equal(one.video, other.video)
            assert torch.equal(one.audio, other.audio)
    assert streamed.on_device <= 2
    streamed.close()


def test_products_in_eight_bits_are_near_the_widened_ones() -> None:
    if not multiplies_eight_bits(torch.device(CARD)):
        pytest.skip("needs a card that multiplies eight bits")
    linear = Linear(13, 7, 3, torch.bfloat16)
    packed, x = EightBits(linear).to(CARD), torch.randn(9, 13, device=CARD)
    for index in range(3):
        wide = widened(x, packed.packed[index], packed.scale[index], torch.bfloat16)[:, :7]
        assert apart(packed(x, index), wide) < 0.07


@pytest.mark.parametrize(
    "change", [{}, {"batch": 2}, {"memory_gb": 0.02}, {"decode_strips": 2}], ids=str
)
def test_a_take_made_on_the_card_is_the_processor_s_but_for_rounding(
    tmp_path: Path, change: dict[str, object]
) -> None:
    made = []
    for device in ("cpu", "cuda"):
        folder = tmp_path / device
        folder.mkdir()
        engine = tiny_engine(lambda s, d=device: s.update(change | {"device": d}))
        take = engine.preview(tiny_shot(), folder, lambda _: None)
        engine.render(take, tiny_shot(), folder, lambda _: None)
        made.append(load_file(folder / "base.safetensors"))
        engine.close()
    for name in ("video", "audio"):
        assert apart(made[1][name], made[0][name]) < 0.05
