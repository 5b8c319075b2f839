"""Weights as they come: right ones load exactly, wrong ones are named."""

from __future__ import annotations

import json
import os
import pickle
import struct
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file
from torch import Tensor

from engine.joint.audio_vae import AudioVAE
from engine.joint.transformer import Transformer
from engine.joint.turbo_decoder import TurboDecoder
from engine.joint.video_vae import VideoVAE
from engine.joint.weights import Family, WeightsError, family, load, open_weights
from tests.engine.joint.conftest import TINY, randomised
from tests.engine.joint.test_autoencoders import SOUND, TURBO, WAN


@pytest.fixture
def state() -> dict[str, Tensor]:
    return randomised(Transformer(TINY)).state_dict()


def sharded(state: dict[str, Tensor], folder: Path, shards: int = 3) -> Path:
    names = list(state)
    placed = {name: f"model-{i % shards + 1:05}-of-{shards:05}" for i, name in enumerate(names)}
    for shard in set(placed.values()):
        held = {name: state[name] for name in names if placed[name] == shard}
        save_file(held, folder / f"{shard}.safetensors")
    index = {"weight_map": {name: f"{shard}.safetensors" for name, shard in placed.items()}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return folder


def build() -> Transformer:
    return Transformer(TINY)


def refusal(path: Path) -> str:
    with pytest.raises(WeightsError) as refused:
        load(build, open_weights(path), expected=Family.TRANSFORMER)
    said = str(refused.value)
    assert str(path) in said
    assert "\n" not in said
    return said


def equal(model: Transformer, state: dict[str, Tensor]) -> bool:
    loaded = model.state_dict()
    return loaded.keys() == state.keys() and all(
        loaded[name].dtype == state[name].dtype and torch.equal(loaded[name], state[name])
        for name in state
    )


def test_shards_and_an_index_load_exactly(state: dict[str, Tensor], tmp_path: Path) -> None:
    assert equal(load(build, open_weights(sharded(state, tmp_path))), state)


def test_float32_on_disk_becomes_the_published_mixture(
    state: dict[str, Tensor], tmp_path: Path
) -> None:
    """Block products to bfloat16; norms, adapters, heads and bands keep all their bits."""
    wide = {name: tensor.float() for name, tensor in state.items()}
    model = load(build, open_weights(sharded(wide, tmp_path)))
    assert equal(model, state)
    assert model.adapter.rope.bands.dtype == torch.float32
    assert {p.dtype for n, p in model.named_parameters() if "linear_qkv" in n} == {torch.bfloat16}


@pytest.mark.parametrize("prefix", ["", "model.diffusion_model.", "module."])
def test_one_merged_file_loads_under_any_known_prefix(
    state: dict[str, Tensor], tmp_path: Path, prefix: str
) -> None:
    save_file({prefix + n: t for n, t in state.items()}, tmp_path / "merged_bf16.safetensors")
    assert equal(load(build, open_weights(tmp_path / "merged_bf16.safetensors")), state)
    assert equal(load(build, open_weights(tmp_path)), state)


def test_a_folder_of_the_diffusers_kind_is_entered(
    state: dict[str, Tensor], tmp_path: Path
) -> None:
    (tmp_path / "transformer").mkdir()
    save_file(state, tmp_path / "transformer" / "diffusion_pytorch_model.safetensors")
    assert equal(load(build, open_weights(tmp_path)), state)


def test_eight_bit_weights_are_scaled_back(state: dict[str, Tensor], tmp_path: Path) -> None:
    packed: dict[str, Tensor] = {}
    for name, tensor in state.items():
        packed[name] = tensor
        if tensor.dtype == torch.bfloat16:
            scale = tensor.float().abs().max() / 448
            packed[name] = (tensor.float() / scale).to(torch.float8_e4m3fn)
            packed[name + ".__fp8_scale"] = scale
    save_file(packed, tmp_path / "fp8.safetensors")
    loaded = load(build, open_weights(tmp_path / "fp8.safetensors")).state_dict()
    for name, tensor in state.items():
        if tensor.dtype == torch.bfloat16:
            error = (loaded[name].float() - tensor.float()).abs().max()
            assert error <= tensor.float().abs().max() / 14
        else:
            assert torch.equal(loaded[name], tensor)


def test_the_turbo_checkpoint_is_its_moving_average_without_training_heads(
    tmp_path: Path,
) -> None:
    model = TurboDecoder(TURBO)
    average = {f"module.{n}": t for n, t in model.state_dict().items()}
    average["module.aligned_feature_projection_heads.0.weight"] = torch.zeros(2)
    average["module.latents_mean"] = torch.zeros(48)
    path = tmp_path / "checkpoint.ckpt"
    torch.save({"ema_state_dict": average, "state_dict": {}, "step": 340000}, path)
    loaded = load(lambda: TurboDecoder(TURBO), open_weights(path)).state_dict()
    assert all(torch.equal(loaded[name], t) for name, t in model.state_dict().items())


def test_the_sound_autoencoder_is_picked_out_of_the_whole_model(tmp_path: Path) -> None:
    model = AudioVAE(SOUND)
    whole = {f"pretransform.model.{n}": t for n, t in model.state_dict().items()}
    whole["model.model.transformer.layers.0.weight"] = torch.zeros(3)
    save_file(whole, tmp_path / "model.safetensors")
    loaded = load(lambda: AudioVAE(SOUND), open_weights(tmp_path)).state_dict()
    assert all(torch.equal(loaded[name], t) for name, t in model.state_dict().items())


def test_the_video_autoencoder_loads_from_a_flat_pickle(tmp_path: Path) -> None:
    model = VideoVAE(WAN)
    torch.save(model.state_dict(), tmp_path / "vae.pth")
    loaded = load(lambda: VideoVAE(WAN), open_weights(tmp_path / "vae.pth")).state_dict()
    assert all(torch.equal(loaded[name], t) for name, t in model.state_dict().items())


def test_families_are_told_apart(state: dict[str, Tensor]) -> None:
    assert family(state) == Family.TRANSFORMER
    assert family(TurboDecoder(TURBO).state_dict()) == Family.TURBO
    assert family(VideoVAE(WAN).state_dict()) == Family.VIDEO_VAE
    assert family(AudioVAE(SOUND).state_dict()) == Family.AUDIO_VAE
    assert family(["model.encoder.layers.0.self_attn.q_proj.weight"]) == Family.TEXT
    assert family(["transformer_blocks.0.attn1.to_q.weight"]) == Family.FOREIGN
    split = ["block.layers.0.attention.linear_q_video.weight", "adapter.rope.bands"]
    assert family(split) == Family.SPLIT
    assert family(["x"]) == Family.UNKNOWN


def test_the_wrong_model_is_named(tmp_path: Path) -> None:
    torch.save(VideoVAE(WAN).state_dict(), tmp_path / "vae.pth")
    said = refusal(tmp_path / "vae.pth")
    assert "holds a Wan 2.2 video autoencoder, not a joint transformer" in said


def test_a_missing_and_a_foreign_tensor_are_named(state: dict[str, Tensor], tmp_path: Path) -> None:
    del state["final_norm_audio.weight"]
    save_file(state, tmp_path / "a.safetensors")
    assert "lacks 1 tensors: final_norm_audio.weight" in refusal(tmp_path / "a.safetensors")
    state["final_norm_audio.weight"] = torch.zeros(TINY.width)
    state["lora.up"] = torch.zeros(3)
    save_file(state, tmp_path / "b.safetensors")
    assert "also has 1 tensors: lora.up" in refusal(tmp_path / "b.safetensors")


def test_weights_of_another_size_are_refused(state: dict[str, Tensor], tmp_path: Path) -> None:
    state["final_norm_audio.weight"] = torch.zeros(TINY.width + 1)
    save_file(state, tmp_path / "a.safetensors")
    said = refusal(tmp_path / "a.safetensors")
    assert "final_norm_audio.weight has shape [65]" in said
    assert "[64]" in said


def test_a_shard_cut_short_is_named(state: dict[str, Tensor], tmp_path: Path) -> None:
    shard = sharded(state, tmp_path) / "model-00002-of-00003.safetensors"
    shard.write_bytes(shard.read_bytes()[:-5])
    with pytest.raises(WeightsError, match=r"00002-of-00003.*cut short"):
        open_weights(tmp_path)


def test_a_missing_shard_is_named(state: dict[str, Tensor], tmp_path: Path) -> None:
    (sharded(state, tmp_path) / "model-00002-of-00003.safetensors").unlink()
    with pytest.raises(WeightsError, match=r"00002-of-00003.*No such file"):
        open_weights(tmp_path)


@pytest.mark.parametrize("name", ["model.safetensors", "vae.pth"])
def test_a_git_lfs_pointer_is_recognised(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    )
    assert "git lfs pull" in refusal(tmp_path / name)


def test_an_index_cannot_point_outside_its_folder(tmp_path: Path) -> None:
    index = {"weight_map": {"a": "../../secret.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    assert "outside its folder" in refusal(tmp_path)


class Harm:
    def __reduce__(self) -> tuple[object, ...]:
        return (os.system, ("touch harmed",))


def test_a_pickle_that_would_run_code_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "evil.pth").write_bytes(pickle.dumps({"a": Harm()}))
    torch.save({"a": Harm()}, tmp_path / "evil.ckpt")
    for name in ("evil.pth", "evil.ckpt"):
        assert "more than tensors" in refusal(tmp_path / name)
    assert not (tmp_path / "harmed").exists()


def test_a_folder_without_weights_says_what_is_looked_for(tmp_path: Path) -> None:
    assert "model.safetensors.index.json" in refusal(tmp_path)
    assert "not there" in refusal(tmp_path / "none.safetensors")


def opened_or_refused(path: Path) -> None:
    try:
        weights = open_weights(path)
        for name in weights.names:
            weights.get(name)
        load(build, weights)
    except WeightsError as error:
        assert str(error)


fuzz = settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@fuzz
@given(junk=st.binary(max_size=400), length=st.integers(0, 500))
def test_any_bytes_as_header_are_refused_clearly(junk: bytes, length: int, tmp_path: Path) -> None:
    path = tmp_path / "junk.safetensors"
    path.write_bytes(struct.pack("<Q", length) + junk)
    opened_or_refused(path)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
entries = st.fixed_dictionaries(
    {},
    optional={
        "dtype": st.sampled_from(["F32", "BF16", "F8_E4M3", "X"]) | values,
        "shape": st.lists(st.integers(-2, 2**40), max_size=3) | values,
        "data_offsets": st.lists(st.integers(-2, 2**62), max_size=3) | values,
    },
)


@fuzz
@given(document=st.dictionaries(st.text(max_size=8), entries | values, max_size=3) | values)
def test_any_json_as_header_is_refused_clearly(document: object, tmp_path: Path) -> None:
    path = tmp_path / "odd.safetensors"
    raw = json.dumps(document).encode()
    path.write_bytes(struct.pack("<Q", len(raw)) + raw + bytes(64))
    opened_or_refused(path)
    (tmp_path / "model.safetensors.index.json").write_bytes(raw)
    opened_or_refused(tmp_path)
    wrapped = json.dumps({"weight_map": document})
    (tmp_path / "model.safetensors.index.json").write_text(wrapped)
    opened_or_refused(tmp_path)


@fuzz
@given(where=st.floats(0, 1), flip=st.integers(1, 255), cut=st.floats(0, 1))
@pytest.mark.parametrize("ending", ["safetensors", "pth"])
def test_a_damaged_file_loads_or_is_refused_but_never_crashes(
    ending: str, where: float, flip: int, cut: float, tmp_path: Path
) -> None:
    sound = tmp_path / f"sound.{ending}"
    if not sound.exists():
        state = Transformer(TINY).state_dict()
        save_file(state, sound) if ending == "safetensors" else torch.save(state, sound)
    raw = bytearray(sound.read_bytes())
    raw[int(where * 3000) % len(raw)] ^= flip
    path = tmp_path / f"hurt.{ending}"
    path.write_bytes(raw if cut > 0.5 else raw[: int(2 * cut * len(raw))])
    opened_or_refused(path)
