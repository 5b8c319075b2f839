"""base.safetensors: what a preview leaves for its render, so that what was approved is rendered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from engine.joint.transformer import Latents

NAME = "base.safetensors"
ABOUT = "hoofbeat"
"""The one entry of the file's metadata, as JSON: the format keeps no order among several."""


class BaseFileError(ValueError):
    """The file is not there, or is not what a preview of this house leaves."""


@dataclass(frozen=True, slots=True)
class Base:
    """Clean base latents, and the features of the prompt they were made from."""

    latents: Latents
    text: Tensor


def write_base(folder: Path, base: Base, about: Mapping[str, str]) -> None:
    """Write the file. Latents keep float32; features are float16 already and lose nothing."""
    tensors = {
        "video": base.latents.video.float(),
        "audio": base.latents.audio.float(),
        "text": base.text.half(),
    }
    held = {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}
    save_file(held, folder / NAME, {ABOUT: json.dumps(dict(about), sort_keys=True)})


def read_base(folder: Path) -> tuple[Base, dict[str, str]]:
    """What lies in `folder`, on the processor, and what was written about it."""
    path = folder / NAME
    try:
        with safe_open(path, framework="pt") as opened:
            about = json.loads((opened.metadata() or {})[ABOUT])
            video, audio, text = (opened.get_tensor(name) for name in ("video", "audio", "text"))
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise BaseFileError(f"{path}: cannot be read as the latents of a preview") from error
    return Base(Latents(video, audio), text.to(torch.float32)), about
