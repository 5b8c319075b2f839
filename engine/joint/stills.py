"""The reference picture on its way into the engine, and frames at another size on their way out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor
from torch.nn import functional

from engine.joint.sizes import SIDE


def snapped(width: int, height: int) -> tuple[int, int]:
    """The size in pixels that is really made for a size asked for: an even number of latents."""
    return (width // SIDE // 2 * 2 * SIDE, height // SIDE // 2 * 2 * SIDE)


def open_still(path: Path) -> Image.Image:
    """The picture, upright, in plain RGB."""
    with Image.open(path) as image:
        return ImageOps.exif_transpose(image).convert("RGB")


def crop_to_shape(image: Image.Image, width: int, height: int) -> Image.Image:
    """The largest middle part of `image` with the proportions of `width` x `height`, unscaled."""
    w, h = image.size
    if (w, h) == (width, height):
        return image
    if h / w > height / width:
        kept_w, kept_h = w, int(w * height / width)
    else:
        kept_w, kept_h = int(h * width / height), h
    left, top = (w - kept_w) / 2, (h - kept_h) / 2
    return image.crop((left, top, left + kept_w, top + kept_h))


def still_tensor(image: Image.Image, width: int, height: int) -> Tensor:
    """`[1, 3, height, width]` in [-1, 1], of a picture cropped to these proportions."""
    resized = image.resize((width, height), Image.Resampling.LANCZOS)
    levels = torch.from_numpy(np.array(resized, dtype=np.float32) / 255)
    return 2 * levels.permute(2, 0, 1)[None] - 1


def enlarge_bytes(frames: Tensor, size: tuple[int, int], mode: str) -> Tensor:
    """Byte frames `[n, H, W, 3]` at `(height, width)`; mode is bilinear, bicubic or nearest."""
    smooth = {} if mode == "nearest" else {"align_corners": False}
    levels = frames.permute(0, 3, 1, 2).float() / 255
    grown = functional.interpolate(levels, size=size, mode=mode, **smooth)
    return (grown.clamp(0, 1) * 255).to(torch.uint8).permute(0, 2, 3, 1)
