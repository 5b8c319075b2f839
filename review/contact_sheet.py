"""A contact sheet: posters in rows with a line under each, as one picture to glance at."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from noto_cjk_sans_otc import FONT_PATH
from PIL import Image, ImageDraw, ImageFont, ImageOps, UnidentifiedImageError

from review.errors import PageError

LONGEST_SIDE_PX = 256
GAP_PX = 16
TEXT_PX = 15
PAPER, INK, HOLE = (18, 19, 21), (232, 230, 225), (44, 46, 51)


def contact_sheet(
    posters: Sequence[tuple[Path | bytes, str]], path: Path, *, columns: int | None = None
) -> None:
    """Write the posters with their captions to `path`, as PNG or JPEG by its suffix.

    Columns default to what makes the sheet near to 3:2 with few cells empty. Captions wider than
    a poster end in an ellipsis. PageError where a poster is no picture, naming it by its caption.
    """
    if not posters:
        raise PageError("a contact sheet needs at least one poster")
    pictures = [_open(poster, caption) for poster, caption in posters]
    cell = max(p.width for p in pictures), max(p.height for p in pictures)
    step = cell[0] + GAP_PX, cell[1] + TEXT_PX * 2 + GAP_PX
    across = columns or _columns(len(pictures), step)
    rows = -(-len(pictures) // across)
    sheet = Image.new("RGB", (GAP_PX + across * step[0], GAP_PX + rows * step[1]), PAPER)
    font = ImageFont.truetype(str(FONT_PATH), TEXT_PX)
    brush = ImageDraw.Draw(sheet)
    for index, (picture, (_, caption)) in enumerate(zip(pictures, posters, strict=True)):
        x, y = GAP_PX + index % across * step[0], GAP_PX + index // across * step[1]
        brush.rectangle((x, y, x + cell[0] - 1, y + cell[1] - 1), fill=HOLE)
        sheet.paste(picture, (x + (cell[0] - picture.width) // 2, y))
        words = _fitted(caption, font, cell[0])
        brush.text((x, y + cell[1] + TEXT_PX // 3), words, fill=INK, font=font)
    sheet.save(path)


def _open(poster: Path | bytes, caption: str) -> Image.Image:
    source = BytesIO(poster) if isinstance(poster, bytes) else poster
    try:
        with Image.open(source) as picture:
            return ImageOps.contain(picture.convert("RGB"), (LONGEST_SIDE_PX, LONGEST_SIDE_PX))
    except (OSError, UnidentifiedImageError) as error:
        raise PageError(
            f"the poster of {caption!r} cannot be read as a picture: {error}"
        ) from error


def _columns(count: int, step: tuple[int, int]) -> int:
    def off(across: int) -> float:
        rows = -(-count // across)
        width, height = across * step[0], rows * step[1]
        return max(width / height / 1.5, 1.5 * height / width) * (across * rows / count)

    return min(range(1, count + 1), key=off)


def _fitted(caption: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    """The caption on one line no wider than `width`."""
    line = " ".join(caption.split())
    if font.getlength(line) <= width:
        return line
    while line and font.getlength(line + "…") > width:
        line = line[:-1]
    return line.rstrip() + "…"
