"""End cards: words, a logo and a picture on the brand's ground, to the letter.

They are drawn here and not generated, so a price can be read, and is the price of the sheet. On
upright films everything stands above the lower third, which the platforms cover with their own
buttons and text (docs/deliveries.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageOps
from PIL import __version__ as pillow

from media.door import encoder_version
from media.encoder import SOUND_RATE_HZ
from media.lettering import Block, draw_words, faded, readable_on, rgb, set_words
from media.stills import open_still
from media.takes import encode_take, write_poster
from storyboard.board import CardRole
from storyboard.cues import CueCard
from storyboard.document import digest

VERSION = 1
"""Goes up with every change that changes the bytes of a card, so that old ones are not reused."""

_FADE_S = Fraction(6, 25)
_TAGS = {"comment": "An end card: drawn by Hoofbeat from the words of a sheet."}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Box:
    """A part of the frame, in shares of its width and height."""

    left: float
    top: float
    right: float
    bottom: float

    def of(self, size: tuple[int, int]) -> tuple[int, int, int, int]:
        width, height = size
        return (
            round(self.left * width),
            round(self.top * height),
            round(self.right * width),
            round(self.bottom * height),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    logo: _Box
    picture: _Box
    words: _Box
    small: _Box
    em: float
    """Of the headline, as a share of the frame's shorter side."""


_UPRIGHT = _Layout(
    logo=_Box(left=0.25, top=0.075, right=0.75, bottom=0.145),
    picture=_Box(left=0.12, top=0.16, right=0.88, bottom=0.385),
    words=_Box(left=0.08, top=0.4, right=0.92, bottom=0.66),
    small=_Box(left=0.08, top=0.665, right=0.92, bottom=0.71),
    em=0.085,
)
_WIDE = _Layout(
    logo=_Box(left=0.54, top=0.09, right=0.92, bottom=0.21),
    picture=_Box(left=0.06, top=0.12, right=0.48, bottom=0.88),
    words=_Box(left=0.54, top=0.25, right=0.94, bottom=0.82),
    small=_Box(left=0.54, top=0.86, right=0.94, bottom=0.95),
    em=0.1,
)
_SQUARE = _Layout(
    logo=_Box(left=0.3, top=0.05, right=0.7, bottom=0.14),
    picture=_Box(left=0.2, top=0.16, right=0.8, bottom=0.53),
    words=_Box(left=0.08, top=0.55, right=0.92, bottom=0.9),
    small=_Box(left=0.08, top=0.915, right=0.92, bottom=0.975),
    em=0.075,
)
_SHARES: dict[CardRole, float] = {"headline": 1.0, "offer": 1.25, "action": 0.72}
"""Size of words beside the headline's."""
_ROOM: dict[CardRole, float] = {"headline": 2.6, "offer": 1.6, "action": 1.7}
"""How the height of their box is shared out, in lines of a headline, the pill's own included."""
_GAP = 0.3
"""Between them, at least, in ems of the headline."""


def card_fingerprint() -> str:
    """Stands for all that changes the bytes of a card beside what is on it."""
    parts = {"pillow": pillow, "numpy": np.__version__, "encoder": encoder_version()}
    return f"card-{VERSION}-{digest(parts)[:12]}"


def write_card(
    card: CueCard,
    files: Mapping[str, Path],
    folder: Path,
    *,
    language: str,
    size: tuple[int, int],
    seconds: Fraction,
    frame_rate: int,
) -> None:
    """Write render.mp4 and poster.jpg: a silent take of whole frames, as long as `seconds`.

    `files` are the pictures and the font that the card names. FileUnreadable for one that cannot
    be used.
    """
    whole, ground = draw_card(card, files, language=language, size=size)
    frames = int(seconds * frame_rate)
    over = int(_FADE_S * frame_rate)
    encode_take(
        folder / "render.mp4",
        (np.asarray(picture) for picture in faded(frames, whole, ground, over)),
        np.zeros((2, int(seconds * SOUND_RATE_HZ)), np.float32),
        rate_hz=SOUND_RATE_HZ,
        frame_rate=frame_rate,
        size=size,
        quality="render",
        tags=_TAGS,
    )
    write_poster(folder / "render.mp4", folder / "poster.jpg", float(seconds) / 2)


def draw_card(
    card: CueCard, files: Mapping[str, Path], *, language: str, size: tuple[int, int]
) -> tuple[Image.Image, Image.Image]:
    """The card, and the ground it comes up from."""
    ground = _ground(card, files, size)
    picture = ground.copy()
    layout = _WIDE if size[0] > size[1] * 1.1 else _UPRIGHT if size[1] > size[0] * 1.1 else _SQUARE
    if not card.picture:
        layout = _without_picture(layout)
    if card.picture:
        _place(picture, files[card.picture], layout.picture.of(size), rounded=True)
    if card.logo:
        _place(picture, files[card.logo], layout.logo.of(size), rounded=False)
    font = files[card.font] if card.font else None
    _words(picture, card, layout, language, font)
    return picture, ground


def _without_picture(layout: _Layout) -> _Layout:
    words = _Box(
        left=min(layout.words.left, layout.picture.left),
        top=layout.picture.top,
        right=layout.words.right,
        bottom=layout.words.bottom,
    )
    return _Layout(
        logo=layout.logo,
        picture=layout.picture,
        words=words,
        small=layout.small,
        em=layout.em * 1.3,
    )


def _ground(card: CueCard, files: Mapping[str, Path], size: tuple[int, int]) -> Image.Image:
    if card.backdrop:
        backdrop = open_still(files[card.backdrop]).convert("RGB")
        return ImageOps.fit(backdrop, size, Image.Resampling.LANCZOS)
    return Image.new("RGB", size, rgb(card.ground))


def _place(on: Image.Image, path: Path, box: tuple[int, int, int, int], *, rounded: bool) -> None:
    """The picture whole, in the middle of the box."""
    left, top, right, bottom = box
    fitted = ImageOps.contain(
        open_still(path), (right - left, bottom - top), Image.Resampling.LANCZOS
    )
    mask = fitted.getchannel("A") if fitted.mode == "RGBA" else Image.new("L", fitted.size, 255)
    if rounded and fitted.mode == "RGB":
        mask = Image.new("L", fitted.size, 0)
        radius = round(min(on.size) * 0.025)
        outline = (0, 0, fitted.width - 1, fitted.height - 1)
        ImageDraw.Draw(mask).rounded_rectangle(outline, radius, fill=255)
    place = ((left + right - fitted.width) // 2, (top + bottom - fitted.height) // 2)
    on.paste(fitted.convert("RGB"), place, mask)


def _words(
    picture: Image.Image, card: CueCard, layout: _Layout, language: str, font: Path | None
) -> None:
    """Headline, offer and call to action below one another in their box, evenly; print below."""
    left, top, right, bottom = layout.words.of(picture.size)
    em = layout.em * min(picture.size)
    shown = [role for role in _SHARES if card.words.get(role)]
    blocks: dict[CardRole, Block] = {}
    pill = em * 0.42
    room = bottom - top - _GAP * em * max(len(shown) - 1, 0)
    share = room / sum(_ROOM[role] for role in shown) if shown else 0
    for role in shown:
        pad = round(em * 0.9) if role == "action" else 0
        height = _ROOM[role] * share - (2 * pill if role == "action" else 0)
        blocks[role] = set_words(
            card.words[role],
            language,
            (right - left - 2 * pad, round(height)),
            em * _SHARES[role],
            font=font,
            bold=role != "action",
            most_lines=3 if role == "headline" else 1,
        )
    used = sum(block.height for block in blocks.values()) + (2 * pill if "action" in blocks else 0)
    gap = min(em * 0.5, max(0.0, bottom - top - used) / max(len(blocks), 1))
    y = top + max(0.0, bottom - top - used - gap * (len(blocks) - 1)) / 2
    middle = (left + right) / 2
    for role, block in blocks.items():
        ink = rgb(card.ink)
        if role == "action":
            half = block.width / 2 + em * 0.6
            box = (middle - half, y, middle + half, y + block.height + 2 * pill)
            ImageDraw.Draw(picture).rounded_rectangle(
                box, (block.height + 2 * pill) / 2, fill=rgb(card.accent)
            )
            ink, y = readable_on(card.accent), y + pill
        draw_words(picture, block, (middle, y), ink, align="middle")
        y += block.height + gap + (pill if role == "action" else 0)
    if card.words.get("small"):
        left, top, right, bottom = layout.small.of(picture.size)
        block = set_words(
            card.words["small"], language, (right - left, bottom - top), em * 0.3, font=font
        )
        draw_words(picture, block, (middle, top), rgb(card.ink), align="middle")
