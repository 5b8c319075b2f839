"""Words set into a picture: the brand's font where it has the letters, the house's where not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from media.burn import font_of
from media.errors import FileUnreadable
from storyboard.colour import contrast
from storyboard.phrases import split

Font = ImageFont.FreeTypeFont
Colour = tuple[int, int, int]

_LEADING = 1.22
"""Height of a line in ems; room for Latin descenders and for accents on capitals."""
_SMALLEST = 6.0
"""Pixels; words too many for their room at this size stand over its edge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Words broken into lines, ready to be drawn."""

    lines: tuple[str, ...]
    font: Font
    bold: int
    """Pixels by which letters are thickened: the house's font has one weight."""

    @property
    def em(self) -> float:
        return self.font.size

    @property
    def height(self) -> int:
        return round(self.em * _LEADING * len(self.lines))

    @property
    def width(self) -> int:
        return round(max(map(self.font.getlength, self.lines), default=0)) + 2 * self.bold


def set_words(
    words: str,
    language: str,
    room: tuple[int, int],
    em: float,
    *,
    font: Path | None = None,
    bold: bool = False,
    most_lines: int = 9,
) -> Block:
    """The words in lines no wider and together no higher than `room`, in letters of `em` pixels or
    as much smaller as needed; FileUnreadable for a font file that is none."""
    width, height = room
    size = em
    while True:
        face = _face(words, language, font, round(max(size, _SMALLEST)))
        thick = round(size / 26) if bold else 0
        lines = _lines(words, language, face, width - 2 * thick)
        block = Block(lines=lines, font=face, bold=thick)
        fits = block.width <= width and block.height <= height and len(lines) <= most_lines
        if fits or size <= _SMALLEST:
            return block
        size *= 0.94


def draw_words(
    picture: Image.Image, block: Block, at: tuple[float, float], ink: Colour, *, align: str
) -> None:
    """Draw the block with its top at `at`, which is its middle or its left edge (`align`)."""
    draw = ImageDraw.Draw(picture)
    x, y = at
    for line in block.lines:
        # The middle of the line, so that letters of every script sit alike in their line.
        draw.text(
            (x, y + block.em * _LEADING / 2),
            line,
            font=block.font,
            fill=ink,
            anchor="mm" if align == "middle" else "lm",
            stroke_width=block.bold // 2,
            stroke_fill=ink,
        )
        y += block.em * _LEADING


def _lines(words: str, language: str, font: Font, width: float) -> tuple[str, ...]:
    parts = split(words, language, max(width, 1.0), font.getlength)
    return tuple(part.strip() for part in parts if part.strip())


def _face(words: str, language: str, font: Path | None, size: int) -> Font:
    if font is not None:
        face = _opened(font, size)
        if _has_all(face, words):
            return face
    return _of_the_house(language, size)


@lru_cache(maxsize=256)
def _of_the_house(language: str, size: int) -> Font:
    return font_of(language).font_variant(size=size)


@lru_cache(maxsize=64)
def _opened(path: Path, size: int) -> Font:
    try:
        return ImageFont.truetype(str(path), size=size)
    except OSError as error:
        raise FileUnreadable(f"{path}: is no font we can read; give a .ttf or .otf") from error


def _has_all(font: Font, words: str) -> bool:
    """Whether the font draws each letter as something else than its sign for what it lacks."""
    lacking = bytes(font.getmask("\uffff"))
    return all(bytes(font.getmask(c)) != lacking for c in set(words) if not c.isspace())


def rgb(colour: str) -> Colour:
    """#rrggbb as red, green and blue, 0 to 255."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def readable_on(colour: str) -> Colour:
    """Black or white, whichever is easier to read on it (the greater contrast of WCAG 2.2)."""
    return (0, 0, 0) if contrast(colour, "#000000") >= contrast(colour, "#ffffff") else (255,) * 3


def faded(frames: int, whole: Image.Image, ground: Image.Image, over: int) -> Iterator[Image.Image]:
    """`frames` pictures: `whole` comes up from `ground` over the first `over` of them."""
    for number in range(frames):
        share = min(1.0, (number + 1) / max(over, 1))
        yield whole if share >= 1 else Image.blend(ground, whole, share)
