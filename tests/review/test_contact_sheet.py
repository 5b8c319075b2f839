"""A contact sheet is looked at in a second, so it must hold every poster and its line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFont

from media import caption_font
from review.contact_sheet import contact_sheet
from review.errors import PageError
from tests.review.production import a_poster

TALL = (144, 256)


def test_every_poster_is_on_the_sheet_from_bytes_and_from_files(tmp_path: Path) -> None:
    poster = tmp_path / "poster.jpg"
    poster.write_bytes(a_poster("1", TALL))
    posters: list[tuple[Path | bytes, str]] = [(poster, "1-1"), (a_poster("2", TALL), "1-2")] * 3
    contact_sheet(posters, tmp_path / "sheet.png", columns=3)
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (16 + 3 * 160, 16 + 2 * (256 + 46))
        lamps = np.asarray(sheet)[..., 0] > 230
    for row in range(2):
        for column in range(3):
            cell = lamps[16 + row * 302 :, 16 + column * 160 :][:256, :144]
            assert cell.any(), (row, column)


def test_captions_are_drawn_in_the_languages_of_the_house(tmp_path: Path) -> None:
    """A font without a script's letters draws the same box for each of them."""
    font = ImageFont.truetype(str(caption_font()), 15)
    for letters in ("消す", "廣東", "한국", "Ää"):
        first, second = (bytes(font.getmask(letter)) for letter in letters)
        assert first != second
    contact_sheet([(a_poster("1", TALL), "夜")], tmp_path / "night.png")
    contact_sheet([(a_poster("1", TALL), "昼")], tmp_path / "noon.png")
    assert (tmp_path / "night.png").read_bytes() != (tmp_path / "noon.png").read_bytes()


def test_a_long_caption_stays_under_its_own_poster(tmp_path: Path) -> None:
    contact_sheet(
        [(a_poster("1", TALL), "W" * 200), (a_poster("2", TALL), "")], tmp_path / "a.png", columns=2
    )
    with Image.open(tmp_path / "a.png") as sheet:
        under_the_second = np.asarray(sheet)[16 + 256 :, 16 + 160 :]
    assert (under_the_second == under_the_second[0, 0]).all()


def test_posters_of_two_shapes_share_a_sheet_of_pleasant_shape(tmp_path: Path) -> None:
    posters = [(a_poster(str(n), TALL if n % 2 else (256, 144)), str(n)) for n in range(12)]
    contact_sheet(posters, tmp_path / "a.jpg")
    with Image.open(tmp_path / "a.jpg") as sheet:
        assert 0.9 < sheet.width / sheet.height < 2.2


def test_a_poster_that_is_no_picture_is_named(tmp_path: Path) -> None:
    with pytest.raises(PageError, match="the poster of '1-7' cannot be read"):
        contact_sheet([(b"no picture", "1-7")], tmp_path / "a.png")
    with pytest.raises(PageError, match="at least one"):
        contact_sheet([], tmp_path / "a.png")
