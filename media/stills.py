"""Pictures of products: opened with care, set whole into a frame, or drawn where there is none."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageOps, UnidentifiedImageError

from media.errors import FileUnreadable
from media.lettering import draw_words, rgb, set_words

FORMATS = ("PNG", "JPEG", "WEBP")
MOST_PIXELS = 60_000_000
LEAST_SIDE = 64
"""Pixels; anything smaller is a placeholder of some shop system."""

_MARGIN = 0.06
"""Of the frame's width and height, kept free around a picture that is set into it."""
_SAME_SHAPE = 1.12
"""Pictures whose shape differs by less than this fill the frame; others are seen whole."""


def check_still(content: bytes, name: str) -> tuple[int, int]:
    """Width and height of a picture we can use; FileUnreadable says why it is none.

    Every byte is decoded once, within the limit of pixels.
    """
    with _opened(content, name) as picture:
        size = picture.size
        picture.load()
    return size


def open_still(path: Path) -> Image.Image:
    """The picture, upright, in RGB or RGBA."""
    with _opened(path.read_bytes(), str(path)) as picture:
        upright = ImageOps.exif_transpose(picture)
        transparent = "A" in upright.getbands() or "transparency" in upright.info
        return upright.convert("RGBA" if transparent else "RGB")


def _opened(content: bytes, name: str) -> Image.Image:
    try:
        picture = Image.open(io.BytesIO(content), formats=FORMATS)
        if min(picture.size) < LEAST_SIDE:
            raise FileUnreadable(
                f"{name}: {picture.width} x {picture.height} pixels; give {LEAST_SIDE} or more"
            )
        if picture.width * picture.height > MOST_PIXELS:
            raise FileUnreadable(
                f"{name}: {picture.width} x {picture.height} pixels; "
                f"give at most {MOST_PIXELS // 10**6} million"
            )
        picture.load()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise FileUnreadable(f"{name}: is no PNG, JPEG or WebP picture that can be read") from error
    except Image.DecompressionBombError as error:
        raise FileUnreadable(f"{name}: has more pixels than any product needs") from error
    return picture


def framed(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The whole picture in a frame of that width and height.

    One of nearly the frame's shape fills it. Around any other goes on what is at its own edge, or,
    where that is no single colour, the picture itself, large and blurred.
    """
    picture = _on_paper(picture)
    width, height = size
    shape = (picture.width / picture.height) / (width / height)
    if 1 / _SAME_SHAPE < shape < _SAME_SHAPE:
        return ImageOps.fit(picture, size, Image.Resampling.LANCZOS)
    edge = _edge_colour(picture)
    if edge is None:
        small = ImageOps.fit(picture, (max(2, width // 16), max(2, height // 16)))
        frame = small.filter(ImageFilter.GaussianBlur(3)).resize(size, Image.Resampling.BICUBIC)
        frame = Image.blend(frame, Image.new("RGB", size, (24, 24, 28)), 0.25)
        room = size
    else:
        frame = Image.new("RGB", size, edge)
        room = (round(width * (1 - 2 * _MARGIN)), round(height * (1 - 2 * _MARGIN)))
    fitted = ImageOps.contain(picture, room, Image.Resampling.LANCZOS)
    frame.paste(fitted, ((width - fitted.width) // 2, (height - fitted.height) // 2))
    return frame


def stand_in(
    name: str, language: str, size: tuple[int, int], *, ground: str, ink: str, accent: str
) -> Image.Image:
    """A card in place of a product's picture: its name, in the brand's colours."""
    width, height = size
    card = _shaded(size, ground)
    side = min(size)
    room = (round(width * 0.8), round(height * 0.34))
    block = set_words(name, language, room, side * 0.11, bold=True)
    top = (height - block.height) / 2
    rule = max(2, side // 90)
    draw = ImageDraw.Draw(card)
    for y in (top - side * 0.07, top + block.height + side * 0.07):
        draw.rectangle(
            (width / 2 - side * 0.14, y, width / 2 + side * 0.14, y + rule), fill=rgb(accent)
        )
    draw_words(card, block, (width / 2, top), rgb(ink), align="middle")
    return card


def _shaded(size: tuple[int, int], colour: str) -> Image.Image:
    """The colour, a little lighter in the middle, so that it reads as a place and not a gap."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    off = ((x / width - 0.5) ** 2 + (y / height - 0.42) ** 2)[..., None]
    base = np.array(rgb(colour), np.float32)
    lit = base + (255 - base) * 0.16 * np.clip(1 - 2.2 * off, 0, 1)
    return Image.fromarray(lit.round().astype(np.uint8))


def _on_paper(picture: Image.Image) -> Image.Image:
    """What is transparent lies on white, and bright things on dark."""
    if picture.mode != "RGBA":
        return picture.convert("RGB")
    small = np.asarray(picture.resize((32, 32), Image.Resampling.BOX), np.float64).reshape(-1, 4)
    red, green, blue = np.average(small[:, :3], axis=0, weights=small[:, 3] + 1e-6)
    bright = (0.2126 * red + 0.7152 * green + 0.0722 * blue) > 190
    paper = Image.new("RGB", picture.size, (40, 40, 46) if bright else (255, 255, 255))
    paper.paste(picture.convert("RGB"), mask=picture.getchannel("A"))
    return paper


def _edge_colour(picture: Image.Image) -> tuple[int, int, int] | None:
    """The one colour all around the picture's edge; None where it has several."""
    small = np.asarray(picture.resize((48, 48), Image.Resampling.BOX), np.float64)
    edge = np.concatenate((small[0], small[-1], small[:, 0], small[:, -1]))
    if edge.std(axis=0).max() > 9:
        return None
    red, green, blue = (round(v) for v in np.median(edge, axis=0))
    return red, green, blue
