"""Prompts to features: the cache, the cutting, and the encoder at a tiny random size."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from engine.interface import EngineUnavailable
from engine.joint.config import TextConfig
from engine.joint.text import Remembered, T5Gemma, trimmed
from engine.joint.weights import WeightsError
from tests.engine.joint.t5gemma import saved_model

CONFIG = TextConfig(features=32, longest=5)


def test_features_pass_through_sixteen_bits_and_lose_their_tail() -> None:
    features = torch.full((7, 2), 1 + 1e-5)
    made = trimmed(features, 5)
    assert made.shape == (5, 2)
    assert made.dtype == torch.float32
    assert torch.equal(made, torch.ones(5, 2))


def test_a_feature_too_large_for_sixteen_bits_stays_a_number() -> None:
    assert torch.equal(trimmed(torch.tensor([[1e6, -1e6]]), 5), torch.tensor([[65504.0, -65504.0]]))


def test_a_prompt_is_encoded_once_and_known_by_its_words(tmp_path: Path) -> None:
    asked: list[str] = []

    def encode(prompt: str) -> Tensor:
        asked.append(prompt)
        return torch.full((len(prompt), 3), float(len(prompt)))

    def remembered(name: str = "t5") -> Remembered:
        return Remembered(lambda: encode, tmp_path / "features", name)

    first = remembered()("one prompt")
    assert torch.equal(remembered()("one prompt"), first)
    remembered()("another")
    remembered("t5, other weights")("one prompt")
    assert asked == ["one prompt", "another", "one prompt"]
    assert {path.suffix for path in (tmp_path / "features").iterdir()} == {".safetensors"}


def test_a_damaged_memory_is_made_again(tmp_path: Path) -> None:
    remembered = Remembered(lambda: lambda _: torch.ones(2, 3), tmp_path, "t5")
    remembered("words")
    (tmp_path / f"{remembered.key('words')}.safetensors").write_bytes(b"torn")
    assert torch.equal(remembered("words"), torch.ones(2, 3))


def test_without_the_library_one_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(EngineUnavailable, match=r"hoofbeat\[magihuman\]"):
        T5Gemma(tmp_path, CONFIG)


# --- with the library ---------------------------------------------------------------------------


def test_the_encoder_half_alone_gives_the_library_s_features_without_the_cap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = saved_model(tmp_path)
    monkeypatch.setattr(socket.socket, "connect", None)  # nothing is to be asked for elsewhere
    model.encoder.config.attn_logit_softcapping = None
    for layer in model.encoder.layers:
        layer.self_attn.attn_logit_softcapping = None
    ours = T5Gemma(tmp_path, CONFIG, dtype=torch.float32)
    ids = torch.tensor([[2, 3, 4, 3, 4, 4]])
    wanted = model.encoder(input_ids=ids).last_hidden_state
    torch.testing.assert_close(ours.features(ids), wanted, rtol=1e-5, atol=1e-5)
    assert ours("a b a b b a a").shape == (5, 32)
    assert not any("decoder" in name for name in dict(ours._model.named_parameters()))


def test_the_encoder_works_in_the_dtype_of_the_published_weights(tmp_path: Path) -> None:
    """Sixteen bits move features by rounding, and by no more."""
    saved_model(tmp_path)
    wide, half = (T5Gemma(tmp_path, CONFIG, dtype=d) for d in (torch.float32, torch.bfloat16))
    ids = torch.tensor([[2, 3, 4, 3, 4, 4]])
    error = (half.features(ids).float() - wide.features(ids)).norm() / wide.features(ids).norm()
    assert 0 < error < 0.05


def test_the_end_of_a_prompt_bears_on_its_beginning_though_it_is_cut(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    saved_model(tmp_path)
    ours = T5Gemma(tmp_path, CONFIG, dtype=torch.float32)
    assert not torch.allclose(ours("a b a b a a"), ours("a b a b a b"))
    assert "last 1 of 6 tokens" in caplog.text
    assert torch.equal(ours("a b"), ours("a b"))
    assert ours("a b").shape == (2, 32)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", "{"),
        ("config.json", "[]"),
        ("config.json", '{"model_type": "bert"}'),
        ("config.json", '{"model_type": "own", "auto_map": {"AutoConfig": "own.Own"}}'),
        ("config.json", '{"model_type": "t5gemma", "encoder": {"hidden_size": "wide"}}'),
        ("config.json", '{"model_type": "t5gemma", "encoder": {"num_hidden_layers": 1}}'),
        ("tokenizer.json", ""),
        ("tokenizer.json", "{}"),
        ("tokenizer.json", "[]"),
        ("tokenizer.json", "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n"),
    ],
)
def test_a_damaged_or_strange_folder_is_named(tmp_path: Path, name: str, content: str) -> None:
    saved_model(tmp_path)
    (tmp_path / "own.py").write_text("raise SystemExit('code of a checkpoint was run')")
    (tmp_path / name).write_text(content)
    with pytest.raises(WeightsError, match=str(tmp_path)):
        T5Gemma(tmp_path, CONFIG)


def test_a_folder_that_is_not_there_is_not_looked_for_elsewhere(tmp_path: Path) -> None:
    pytest.importorskip("transformers", reason="the extra `magihuman` is not installed")
    with pytest.raises(WeightsError, match="not there"):
        T5Gemma(tmp_path / "t5gemma", CONFIG)


def test_tensors_of_another_size_are_named(tmp_path: Path) -> None:
    model = saved_model(tmp_path)
    state = {f"model.{n}": t.contiguous() for n, t in model.state_dict().items()}
    state["model.encoder.norm.weight"] = torch.zeros(31)
    save_file(state, tmp_path / "model.safetensors")
    with pytest.raises(WeightsError, match=r"norm\.weight has shape \[31\]"):
        T5Gemma(tmp_path, CONFIG)


def test_a_checkpoint_without_its_encoder_is_named(tmp_path: Path) -> None:
    saved_model(tmp_path)
    save_file({"model.decoder.norm.weight": torch.zeros(2)}, tmp_path / "model.safetensors")
    with pytest.raises(WeightsError, match=r"lacks .* tensors of the encoder"):
        T5Gemma(tmp_path, CONFIG)
