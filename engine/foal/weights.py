"""The weights in the package: half precision on disk, strict names, known by their digest."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from engine.interface import EngineUnavailable

FILES = {
    "transformer": "transformer.safetensors",
    "video_code": "video_code.safetensors",
    "audio_code": "audio_code.safetensors",
    "upscaler": "upscaler.safetensors",
}


Part = TypeVar("Part", bound=nn.Module)


def opened(part: Part, path: Path) -> Part:
    """`part` with the weights of that file, in float32, ready to work."""
    try:
        tensors = load_file(path)
        part.load_state_dict({n: v.float() for n, v in tensors.items()}, strict=True)
    except (OSError, SafetensorError, RuntimeError) as wrong:
        raise EngineUnavailable(
            f"the weights {path} cannot be used; make them again, or name the folder of others as "
            f"`weights:` in a settings file ({str(wrong).splitlines()[0]})"
        ) from wrong
    return part.requires_grad_(False).eval()


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Where to write what will be `path`, which is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(f".{os.getpid()}.half")
    try:
        yield half
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)


def save(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Weights as they are, in training."""
    with whole(path) as half:
        save_file({name: value.contiguous() for name, value in tensors.items()}, half)


def kept(part: nn.Module, path: Path) -> None:
    """Write the weights of a part, in half precision."""
    save({n: v.detach().to(torch.float16) for n, v in part.state_dict().items()}, path)


def identity(folder: Path) -> str:
    """Digest of all the files; EngineUnavailable where one is missing."""
    whole = hashlib.sha256()
    for name in FILES.values():
        try:
            whole.update((folder / name).read_bytes())
        except OSError as missing:
            raise EngineUnavailable(
                f"the weights {folder / name} are missing: train them with `make train`, or name "
                "the folder of others as `weights:` in a settings file (docs/foal.md)"
            ) from missing
    return whole.hexdigest()
