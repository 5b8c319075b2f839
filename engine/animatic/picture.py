"""A shot that begins with a given picture: it fills the frame, and the camera moves over it.

Nobody is drawn over such a picture, as in the animatics cut from the panels of a storyboard.
"""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt
from PIL import Image

from engine.animatic.colour import luminance
from engine.animatic.draw import LABEL
from engine.interface import RequestRefused
from engine.label import stamp
from storyboard.request import Request

PUSH = 1.09
"""How much larger the picture is seen at the end of the shot than at its start."""
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What sets a picture upright, by its EXIF orientation."""
_ON_THE_SIDE = frozenset(_TURNS[key] for key in (5, 6, 7, 8))
_GROUNDS = (((252, 247, 238), (226, 214, 200)), ((78, 70, 104), (34, 28, 52)))
"""Above and below, behind what is transparent: for dark things, and for bright ones."""

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def open_picture(folder: Path, sha256: str, cover: tuple[int, int]) -> Image.Image:
    """The reference laid into `folder`, upright and opaque RGB, no larger than covering needs.

    `cover` is the width and height of the largest frame. RequestRefused, naming the picture, where
    it is missing, not the one asked for, or unreadable.
    """
    path = folder / "references" / sha256
    try:
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != sha256:
            raise RequestRefused(f"the first frame {path} is another picture than was asked for")
        with Image.open(io.BytesIO(content)) as stored:
            return _upright(stored, cover)
    except FileNotFoundError as missing:
        raise RequestRefused(f"the first frame {path} is missing") from missing
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as broken:
        raise RequestRefused(f"the first frame {path} cannot be read: {broken}") from broken


def _upright(stored: Image.Image, cover: tuple[int, int]) -> Image.Image:
    """Reduced before it is turned, so that a huge picture is in memory once."""
    turn = _TURNS.get(stored.getexif().get(_ORIENTATION, 1))
    lying = turn in _ON_THE_SIDE
    width, height = (cover[1], cover[0]) if lying else cover
    needed = (math.ceil(width * PUSH), math.ceil(height * PUSH))
    stored.draft(None, needed)
    picture = _eight_bits(stored)
    share = max(needed[0] / picture.width, needed[1] / picture.height)
    if share < 1:
        size = (math.ceil(picture.width * share), math.ceil(picture.height * share))
        picture = picture.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0)
    return _opaque(picture if turn is None else picture.transpose(turn))


def _eight_bits(stored: Image.Image) -> Image.Image:
    """As RGBA; deeper channels, which Pillow would clip, are scaled by the range they use."""
    if stored.mode != "F" and not stored.mode.startswith("I"):
        return stored.convert("RGBA")
    values = np.nan_to_num(np.asarray(stored, np.float64))
    most = float(values.max())
    white = next((top for top in (1.0, 255.0, 65535.0) if most <= top), most)
    grey = np.clip(values * (255 / white), 0, 255).astype(np.uint8)
    return Image.fromarray(grey).convert("RGBA")


def _opaque(picture: Image.Image) -> Image.Image:
    """Laid on a quiet ground against which it can be seen."""
    alpha = picture.getchannel("A")
    if alpha.getextrema()[0] == 255:
        return picture.convert("RGB")
    small = np.asarray(picture.resize((32, 32), Image.Resampling.BOX), np.float64).reshape(-1, 4)
    red, green, blue = np.average(small[:, :3], axis=0, weights=small[:, 3] + 1e-6)
    above, below = _GROUNDS[int(luminance((red, green, blue)) > 0.6)]
    share = np.linspace(0, 1, picture.height)[:, None, None]
    shade = np.array(above) * (1 - share) + np.array(below) * share
    rows = np.broadcast_to(shade.round().astype(np.uint8), (picture.height, picture.width, 3))
    ground = Image.fromarray(np.ascontiguousarray(rows))
    ground.paste(picture.convert("RGB"), mask=alpha)
    return ground


def picture_frames(
    picture: Image.Image, request: Request, size: tuple[int, int]
) -> Iterator[npt.NDArray[np.uint8]]:
    """Every frame at `size` (width, height): the picture covers it and slowly comes nearer.

    The first frame shows as much of it as covers the frame; the seed says where the camera goes.
    Sizes of one aspect differ by what the picture's own pixels can give, in nothing else.
    """
    chance = Random(f"picture:{request.seed}")  # noqa: S311 (drawing, not secrets)
    toward = (chance.choice((0.15, 0.5, 0.85)), chance.uniform(0.25, 0.6))
    covering = _covering(picture, size)
    last = max(1, request.frames - 1)
    for index in range(request.frames):
        box = _seen(covering.size, toward, index / last)
        frame = np.array(covering.resize(size, Image.Resampling.BILINEAR, box=box))
        stamp(frame, LABEL)
        yield frame


def _covering(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The middle of the picture in the frame's shape, no larger than the nearest view of it."""
    scale = min(picture.width / size[0], picture.height / size[1])
    width, height = size[0] * scale, size[1] * scale
    left, top = (picture.width - width) / 2, (picture.height - height) / 2
    share = min(scale, PUSH)
    wanted = (max(1, round(size[0] * share)), max(1, round(size[1] * share)))
    box = (left, top, left + width, top + height)
    return picture.resize(wanted, Image.Resampling.BICUBIC, box=box)


def _seen(whole: tuple[int, int], toward: tuple[float, float], share: float) -> Box:
    """What the camera sees at that share of the shot; `toward` is where in the whole it ends."""
    kept = 1 - (1 - 1 / PUSH) * share
    left, top = whole[0] * (1 - kept) * toward[0], whole[1] * (1 - kept) * toward[1]
    return (left, top, left + whole[0] * kept, top + whole[1] * kept)
