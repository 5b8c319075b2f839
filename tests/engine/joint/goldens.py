"""Golden files of our own, in the published format: other sizes than those at hand, with numbers of
the plain implementation."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from engine.joint.bench.plain import Plain
from engine.joint.config import TransformerConfig
from engine.joint.tokens import coordinates, extent_of, layout_of, pack_video
from engine.joint.transformer import Latents, Transformer
from tests.engine.joint.conftest import randomised


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A clip: latent frames, rows and columns, sound latents and words, and rows of filling."""

    video: tuple[int, int, int]
    audio: int
    text: int
    filling: int = 0


def published_model(config: TransformerConfig) -> dict[str, Any]:
    """The configuration in the published code's words."""
    return {
        "num_layers": config.layers,
        "hidden_size": config.width,
        "num_heads_q": config.heads,
        "num_heads_kv": config.key_heads,
        "head_dim": config.head_width,
        "video_in_channels": config.video_features,
        "audio_in_channels": config.audio_features,
        "text_in_channels": config.text_features,
        "mm_layers": list(config.modal_layers),
        "gelu7_layers": list(config.gelu_layers),
        "local_attn_layers": list(config.local_layers),
        "enable_attn_gating": config.gated,
    }


def published_packing(config: TransformerConfig) -> dict[str, Any]:
    return {
        "t_patch_size": config.patch[0],
        "patch_size": config.patch[1],
        "frame_receptive_field": config.window_frames,
        "text_offset": config.text_offset,
        "coords_style": config.coordinates,
    }


def write_forward(folder: Path, config: TransformerConfig, shapes: dict[str, Shape]) -> Path:
    """`forward.safetensors` and its JSON: one set of weights, a case for every shape."""
    half = randomised(Transformer(config))
    wide = Transformer(config, dtype=torch.float32)
    wide.load_state_dict(half.state_dict())
    tensors = {f"weights.{name}": tensor for name, tensor in half.state_dict().items()}
    tolerance: dict[str, Any] = {"note": "as the published files"}
    for case, shape in shapes.items():
        made = _case(config, shape, Plain(wide), Plain(half))
        tolerance[case] = {"bf16_vs_f32": {"rms_rel": _rms(made["bf16.out.video"],
                                                            made["f32.out.video"])}}  # fmt: skip
        tensors |= {f"{case}{name}": tensor.contiguous() for name, tensor in made.items()}
    about = {
        "config": {"model": published_model(config), "data_proxy": published_packing(config)},
        "tolerance": tolerance,
    }
    save_file(tensors, folder / "forward.safetensors")
    (folder / "forward.json").write_text(json.dumps(about))
    return folder / "forward.safetensors"


def _case(config: TransformerConfig, shape: Shape, wide: Plain, half: Plain) -> dict[str, Tensor]:
    channels = config.video_features // (config.patch[0] * config.patch[1] * config.patch[2])
    video = torch.randn(channels, *shape.video)
    audio = torch.randn(shape.audio, config.audio_features)
    text = torch.randn(shape.text + shape.filling, config.text_features)
    sample, words = Latents(video, audio), text[: shape.text]
    extent = extent_of(video, audio, words, config.patch)
    rows = [pack_video(video, config.patch), audio, words]
    widest = max(each.shape[1] for each in rows)
    filled = [torch.nn.functional.pad(each, (0, widest - each.shape[1])) for each in rows]
    made = {
        "in.latent_video": video[None],
        "in.latent_audio": audio[None],
        "in.txt_feat": text[None],
        "in.audio_feat_len": torch.tensor([shape.audio]),
        "in.txt_feat_len": torch.tensor([shape.text]),
        "packed.x": torch.cat(filled),
        "packed.coords": coordinates(extent, config.coordinates, config.text_offset),
        "packed.modality": layout_of([extent]).modalities(),
        "packed.cu_seqlens": torch.tensor([0, extent.tokens], dtype=torch.int32),
        "packed.max_seqlen": torch.tensor(extent.tokens, dtype=torch.int32),
    }
    for precision, plain in (("f32", wide), ("bf16", half)):
        out = plain(sample, words)
        made[f"{precision}.out.video"] = out.video[None]
        made[f"{precision}.out.audio"] = out.audio[None]
    return made


def _rms(a: Tensor, b: Tensor) -> float:
    return float((a - b).square().mean().sqrt() / b.square().mean().sqrt())
