"""The honest tag in the corner of every frame: what made it, in two words."""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

SHARE = 0.056
"""Height of the pill as a share of the frame's short side."""


def font_file() -> Path:
    """The font the package `noto-cjk-sans-otc` carries."""
    found = importlib.util.find_spec("noto_cjk_sans_otc")
    assert found is not None and found.origin is not None, "noto-cjk-sans-otc is not installed"
    return next(Path(found.origin).parent.glob("*.ttc"))


@lru_cache(maxsize=16)
def _pill(words: str, short_side: int) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint16]]:
    """The tag premultiplied, and how much of the picture shows through (0 to 256)."""
    height = max(13, round(short_side * SHARE))
    big = 4
    font = ImageFont.truetype(str(font_file()), round(height * big * 0.56))
    left, top, right, bottom = font.getbbox(words)
    width = round(right - left + height * big * 1.0)
    image = Image.new("RGBA", (width, height * big), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle(
        (0, 0, width - 1, height * big - 1), radius=height * big / 2, fill=(22, 18, 40, 140)
    )
    x, y = (width - (right - left)) / 2 - left, (height * big - (bottom - top)) / 2 - top
    draw.text((x, y), words, font=font, fill=(255, 250, 240, 235))
    small = image.resize((max(1, round(width / big)), height), Image.Resampling.BOX)
    pixels = np.asarray(small).astype(np.uint16)
    alpha = pixels[..., 3:]
    return pixels[..., :3] * alpha // 255, 256 - alpha * 256 // 255


def stamp(frame: npt.NDArray[np.uint8], words: str) -> None:
    """Draw the tag into the upper left corner of an RGB frame."""
    height, width = frame.shape[:2]
    ink, through = _pill(words, min(height, width))
    margin = round(min(height, width) * 0.04)
    corner = frame[margin : margin + ink.shape[0], margin : margin + ink.shape[1]]
    rows, columns = corner.shape[:2]
    corner[...] = ink[:rows, :columns] + ((corner * through[:rows, :columns]) >> 8)
