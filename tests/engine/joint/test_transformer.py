"""The transformer's promises beyond its goldens."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from engine.joint import transformer as module
from engine.joint.config import TransformerConfig
from engine.joint.manifest import on_meta
from engine.joint.pointwise import gelu7, swiglu7
from engine.joint.tokens import Clock, extent_of
from engine.joint.transformer import Latents, Transformer
from tests.engine.joint.conftest import TINY, randomised


def samples(*shapes: tuple[int, int, int, int, int]) -> tuple[list[Latents], list[Tensor]]:
    """(T, H, W, audio, text) of each sample."""
    latents = [Latents(torch.randn(4, t, h, w), torch.randn(a, 6)) for t, h, w, a, _ in shapes]
    return latents, [torch.randn(n, 10) for *_, n in shapes]


def velocities(model: Transformer, latents: list[Latents], texts: list[Tensor]) -> list[Latents]:
    extents = [
        extent_of(s.video, s.audio, t, model.config.patch)
        for s, t in zip(latents, texts, strict=True)
    ]
    return model(latents, model.prepare(extents, texts))


def same(a: Latents, b: Latents, tolerance: float = 2e-5) -> None:
    torch.testing.assert_close(a.video, b.video, rtol=tolerance, atol=tolerance)
    torch.testing.assert_close(a.audio, b.audio, rtol=tolerance, atol=tolerance)


def test_the_published_size_has_its_keys_and_parameters() -> None:
    model = on_meta(lambda: Transformer(TransformerConfig()))
    assert len(model.state_dict()) == 331
    assert sum(p.numel() for p in model.parameters()) == 15_299_419_136
    wide = {n for n, p in model.state_dict().items() if p.dtype == torch.float32}
    assert sum(p.numel() for n, p in model.named_parameters() if n in wide) == 21_584_896


@pytest.mark.parametrize("local", [False, True])
def test_a_sample_in_a_batch_is_the_sample_alone(local: bool) -> None:
    config = replace(TINY, local_layers=(1, 2), window_frames=1) if local else TINY
    model = randomised(Transformer(config, dtype=torch.float32))
    latents, texts = samples((4, 4, 2, 5, 3), (2, 2, 6, 8, 1), (4, 4, 2, 5, 3))
    together = velocities(model, latents, texts)
    for latent, text, out in zip(latents, texts, together, strict=True):
        same(velocities(model, [latent], [text])[0], out)


def test_padded_texts_are_refused_where_layers_are_local() -> None:
    config = replace(TINY, local_layers=(1, 2), window_frames=1, coordinates="clock")
    latents, texts = samples((4, 4, 2, 5, 3), (4, 4, 2, 5, 3))
    extents = [
        extent_of(s.video, s.audio, t, config.patch) for s, t in zip(latents, texts, strict=True)
    ]
    clock = Clock(torch.zeros(4), torch.zeros(5), torch.zeros(3, 3), real_text=2)
    with pytest.raises(ValueError, match="no padding"):
        Transformer(config, torch.float32).prepare(extents, texts, clocks=[clock, clock])


def test_windows_change_what_far_frames_see(tiny: Transformer) -> None:
    config = replace(TINY, local_layers=(0, 1, 2, 3), window_frames=1)
    near = Transformer(config, dtype=torch.float32)
    near.load_state_dict(tiny.state_dict())
    latents, texts = samples((5, 2, 2, 3, 2))
    full, windowed = velocities(tiny, latents, texts)[0], velocities(near, latents, texts)[0]
    assert (full.video - windowed.video).abs().max() > 1e-3


def test_a_feed_forward_in_parts_is_the_whole(
    tiny: Transformer, monkeypatch: pytest.MonkeyPatch
) -> None:
    latents, texts = samples((3, 4, 4, 5, 3))
    whole = velocities(tiny, latents, texts)[0]
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 5)
    same(velocities(tiny, latents, texts)[0], whole)


def test_what_text_says_reaches_picture_and_sound(tiny: Transformer) -> None:
    latents, (text,) = samples((2, 2, 2, 3, 4))
    one = velocities(tiny, latents, [text])[0]
    other = velocities(tiny, latents, [text.flip(0) * 2])[0]
    assert (one.video - other.video).abs().max() > 1e-4
    assert (one.audio - other.audio).abs().max() > 1e-4


@pytest.mark.parametrize("modality", [0, 1, 2])
@pytest.mark.parametrize(("product", "result"), [("attention.linear_proj", "layer0.attn.out"),
                                                 ("mlp.down_proj", "layer0.mlp.out")])  # fmt: skip
def test_a_modal_layer_has_weights_of_its_own_for_each_modality(
    tiny: Transformer, modality: int, product: str, result: str
) -> None:
    latents, texts = samples((2, 2, 4, 3, 4), (1, 4, 2, 2, 5))
    extents = [
        extent_of(s.video, s.audio, t, (1, 2, 2)) for s, t in zip(latents, texts, strict=True)
    ]
    context = tiny.prepare(extents, texts)
    before: dict[str, Tensor] = {}
    after: dict[str, Tensor] = {}
    tiny(latents, context, before.__setitem__)
    weight = tiny.block.layers[0].get_submodule(product).weight
    weight.chunk(3)[modality].mul_(3)
    tiny(latents, context, after.__setitem__)
    changed = (before[result] != after[result]).any(dim=1)
    assert torch.equal(changed, context.modalities == modality)


def test_weights_learn(tiny: Transformer) -> None:
    """The same code trains the tiny engine, so every weight must have a gradient."""
    latents, texts = samples((2, 2, 2, 3, 4))
    with torch.enable_grad():
        out = velocities(tiny, latents, texts)[0]
        (out.video.square().sum() + out.audio.square().sum()).backward()
    blind = [n for n, p in tiny.named_parameters() if p.grad is None or not p.grad.abs().sum()]
    assert blind == []


def test_bfloat16_keeps_the_stream_wide() -> None:
    model = randomised(Transformer(TINY))
    latents, texts = samples((2, 4, 2, 3, 2))
    seen: dict[str, Tensor] = {}
    extents = [extent_of(latents[0].video, latents[0].audio, texts[0], (1, 2, 2))]
    model(latents, model.prepare(extents, texts), seen.__setitem__)
    assert seen["layer3.out"].dtype == torch.float32
    assert seen["layer1.attn.qkv"].dtype == torch.bfloat16
    assert seen["layer1.attn.q_rope"].dtype == torch.float32
    assert seen["layer1.mlp.act"].dtype == torch.bfloat16


def test_activations_hold_at_seven() -> None:
    gate, linear = torch.tensor([100.0, -100.0, 7.0]), torch.tensor([50.0, -50.0, 0.0])
    made = swiglu7(torch.stack([gate, linear], dim=1).flatten()[None])[0]
    assert torch.allclose(made, torch.tensor([56.0, 0.0, 7.0]), atol=1e-3)
    assert torch.allclose(gelu7(gate), torch.tensor([7.0, 0.0, 7.0]), atol=1e-3)


def test_a_layer_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="do not exist"):
        TransformerConfig(layers=4, modal_layers=(4,), gelu_layers=())
