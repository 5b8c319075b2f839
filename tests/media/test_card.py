"""End cards and products' pictures, looked at pixel by pixel."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from media import MediaError, check_still, framed, open_still, stand_in, write_card
from media.card import draw_card
from media.lettering import set_words
from media.read import probe, read_frames
from storyboard.cues import CueCard

COLOURS = {"ground": "#14171f", "ink": "#ffffff", "accent": "#f2b134"}
GROUND = (0x14, 0x17, 0x1F)
SIZES = ((180, 320), (320, 180), (180, 180))
WORDS = {
    "en": "Heavy Duty Concrete Lamp",
    "de-DE": "Donaudampfschifffahrtsgesellschaftslampe",
    "ja-JP": "大型コンクリート製ランプ、夜通し点灯",
    "cmn-Hans-CN": "大型混凝土灯，彻夜长明",
    "yue-Hant-HK": "大型石屎燈，成晚都着住",
    "ko-KR": "대형 콘크리트 램프, 밤새도록",
    "fr-FR": "Lampe en béton très résistante",
}


def product(path: Path, ground: str = "white") -> Path:
    picture = Image.new("RGB", (200, 200), ground)
    ImageDraw.Draw(picture).ellipse((40, 40, 160, 160), fill=(200, 30, 40))
    picture.save(path)
    return path


def card(**more: object) -> CueCard:
    words = {"headline": "Brass Lamp", "offer": "€19.99", "action": "Get yours today"}
    return CueCard(**({"words": words} | COLOURS | more))


def drawn(card: CueCard, size: tuple[int, int], language: str = "en", **files: Path) -> np.ndarray:
    return np.asarray(draw_card(card, files, language=language, size=size)[0], int)


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("size", SIZES)
def test_words_of_every_language_stay_on_the_card(
    tmp_path: Path, language: str, size: tuple[int, int]
) -> None:
    words = {
        "headline": WORDS[language],
        "offer": "ab 1.299 €",
        "action": "OK",
        "small": "While stocks last.",
    }
    picture = drawn(
        card(words=words, picture="product"), size, language, product=product(tmp_path / "p.png")
    )
    written = np.abs(picture - GROUND).max(axis=2) > 40
    width, height = size
    margin = round(width * 0.03)
    assert not written[:, :margin].any() and not written[:, -margin:].any()
    if height > width:
        assert not written[round(height * 0.73) :].any(), "what platforms cover is left free"
    assert written.any()


def test_another_price_is_another_card_and_the_same_is_the_same(tmp_path: Path) -> None:
    dear = card(words={"headline": "Brass Lamp", "offer": "€29.99", "action": "Get yours today"})
    one, two, three = (drawn(each, (180, 320)) for each in (card(), dear, card()))
    assert (one == three).all()
    assert (one != two).any()


def test_a_card_is_a_silent_take_of_its_length_that_comes_up_from_its_ground(
    tmp_path: Path,
) -> None:
    write_card(
        card(),
        {},
        tmp_path,
        language="en",
        size=(90, 160),
        seconds=Fraction(9, 5),
        frame_rate=25,
    )
    frames = list(read_frames(tmp_path / "render.mp4", size=(90, 160)))
    assert len(frames) == 45
    assert probe(tmp_path / "render.mp4").sound is not None
    assert frames[0].max() < frames[-1].max()
    assert (tmp_path / "poster.jpg").stat().st_size > 500


def test_the_product_the_logo_and_a_backdrop_are_on_it(tmp_path: Path) -> None:
    lamp = product(tmp_path / "p.png")
    picture = drawn(card(picture="product"), (180, 320), product=lamp)
    assert (np.abs(picture - (200, 30, 40)).max(axis=2) < 30).sum() > 200
    Image.new("RGBA", (90, 90), (0, 200, 0, 255)).save(tmp_path / "l.png")
    picture = drawn(card(logo="logo"), (180, 320), logo=tmp_path / "l.png")
    assert (np.abs(picture - (0, 200, 0)).max(axis=2) < 30).sum() > 100
    Image.new("RGB", (99, 99), (10, 20, 200)).save(tmp_path / "b.png")
    picture = drawn(card(backdrop="backdrop"), (180, 320), backdrop=tmp_path / "b.png")
    assert tuple(picture[-1, 0]) == (10, 20, 200)


def test_a_brands_font_is_used_where_it_has_the_letters(tmp_path: Path) -> None:
    """The font that Pillow carries has Latin letters and no others."""
    font = tmp_path / "brand.ttf"
    font.write_bytes(ImageFont.load_default(20).path.getvalue())
    latin = set_words("Lamp", "en", (400, 200), 40, font=font)
    japanese = set_words("ランプ", "ja-JP", (400, 200), 40, font=font)
    assert latin.font.path == str(font)
    assert japanese.font.path != str(font)


# --- products ------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_a_product_is_whole_in_every_frame_and_its_ground_goes_on(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    frame = np.asarray(framed(open_still(product(tmp_path / "p.png")), size), int)
    assert frame.shape == (size[1], size[0], 3)
    red = np.abs(frame - (200, 30, 40)).max(axis=2) < 30
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    high, wide = np.ptp(rows) + 1, np.ptp(columns) + 1
    assert abs(high - wide) <= 2, "round things stay round, and nothing is cut off"
    assert wide > min(size) * 0.4
    corners = frame[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert (corners > 250).all()


def test_what_is_transparent_lies_on_paper_it_can_be_seen_on(tmp_path: Path) -> None:
    for ink, paper in (((20, 20, 20, 255), 255), ((250, 250, 250, 255), 40)):
        picture = Image.new("RGBA", (120, 120), (0, 0, 0, 0))
        ImageDraw.Draw(picture).ellipse((30, 30, 90, 90), fill=ink)
        picture.save(tmp_path / "p.png")
        frame = np.asarray(framed(open_still(tmp_path / "p.png"), (90, 160)))
        assert abs(int(frame[2, 2, 0]) - paper) < 8


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<svg/>", "is no PNG, JPEG or WebP"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 50, "is no PNG, JPEG or WebP"),
    ],
)
def test_what_is_no_picture_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(MediaError, match=said):
        check_still(content, "x")


def test_pictures_too_small_or_too_large_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def png(width: int, height: int) -> bytes:
        out = io.BytesIO()
        Image.new("1", (width, height)).save(out, "PNG")
        return out.getvalue()

    with pytest.raises(MediaError, match="1 x 1 pixels; give 64 or more"):
        check_still(png(1, 1), "x")
    with pytest.raises(MediaError, match="give at most 60 million"):
        check_still(png(8000, 8000), "x")


def test_a_card_stands_in_for_a_product_without_a_picture() -> None:
    picture = np.asarray(stand_in("Mediocre Concrete Pants", "en", (180, 320), **COLOURS), int)
    assert (picture.min(axis=2) > 200).sum() > 300, "its name is on it"
    assert (np.abs(picture - (0xF2, 0xB1, 0x34)).max(axis=2) < 30).any()
