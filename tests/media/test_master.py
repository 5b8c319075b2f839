from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageChops

from media.burn import font_of, write_ass
from media.delivery import load_delivery
from media.door import url
from media.errors import FileUnreadable
from media.master import ai_label, master
from media.read import probe, read_frames, read_sound
from media.stitch import stitch
from storyboard.languages import LANGUAGES
from storyboard.timeline import Caption, Clip, Timeline
from tests.media.conftest import HZ, RATE, Pixels, film, timeline
from tests.media.test_captions import SAID

SOCIAL = load_delivery("social")
SIZE = (270, 480)
TAGS = [each.tag for each in LANGUAGES]


def plain(number: int, colour: tuple[int, int, int], size: tuple[int, int]) -> Pixels:
    return np.full((size[1], size[0], 3), 40, np.uint8)


@pytest.fixture(scope="module")
def stitched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Four seconds of grey; a white frame and a click at second 1 of each of two clips."""
    folder = tmp_path_factory.mktemp("stitched")

    def flash(number: int, colour: tuple[int, int, int], size: tuple[int, int]) -> Pixels:
        return np.full((size[1], size[0], 3), 255 if number == RATE else 40, np.uint8)

    click = np.random.default_rng(0).normal(0, 0.003, (2, 2 * HZ)).astype("f4")
    click[:, [HZ, HZ + 1]] = 0.9, -0.9
    take = film(folder / "a.mp4", draw=flash, size=SIZE, sound=click)
    stitch(line("en"), {"a": take}, folder / "film.mov")
    yield folder / "film.mov"


def line(tag: str, text: str = "", aspect: str = "9:16") -> Timeline:
    clips = [Clip(shot=f"s{n}", take="a", seconds=Fraction(2)) for n in range(2)]
    captions = (Caption(start=Fraction(0), end=Fraction(4), text=text),) if text else ()
    made = timeline(*clips, size=SIZE, language=tag, captions=captions)
    return made.model_copy(update={"aspect": aspect})


@pytest.fixture(scope="module")
def mastered(stitched: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("mastered") / "the-last-tram.en.mp4"
    master(stitched, line("ja-JP"), path, SOCIAL, tags={"engine": "animatic 1"})
    yield path


def test_a_master_is_what_every_platform_takes(mastered: Path) -> None:
    found = probe(mastered)
    assert found.picture is not None and found.sound is not None
    shown, heard = found.picture, found.sound
    assert (shown.codec, shown.profile, shown.pixel_format) == ("h264", "High", "yuv420p")
    assert (shown.matrix, shown.primaries, shown.transfer) == ("bt709",) * 3
    assert shown.frame_rate == shown.average_rate == 25
    assert shown.frames == 100
    assert (heard.codec, heard.profile, heard.rate_hz, heard.channels) == ("aac", "LC", 48000, 2)
    assert abs(heard.seconds - shown.seconds) <= Fraction(1, 25)
    assert shown.start == heard.start == 0
    assert found.faststart
    assert [each.name for each in mastered.parent.iterdir()] == [mastered.name]


def test_a_master_says_what_it_is_and_that_it_was_generated(mastered: Path) -> None:
    found = probe(mastered)
    assert found.sound is not None and found.sound.language == "jpn"
    assert found.tags["title"] == "The Last Tram"
    assert "AI-generated" in found.tags["comment"]
    assert found.tags["engine"] == "animatic 1"
    label = json.loads(found.tags["AIGC"])
    assert label["Label"] == "1"
    assert label["ProduceID"] == label["PropagateID"] == "the-last-tram.ja-JP.9x16"


def test_the_label_has_only_letters_its_readers_expect() -> None:
    assert json.loads(ai_label('a"b\\c日', producer="é"))["ProduceID"] == "a-b-c-"


def test_the_picture_of_a_master_is_copied(stitched: Path, mastered: Path) -> None:
    pairs = zip(read_frames(stitched), read_frames(mastered), strict=True)
    assert all(np.array_equal(one, other) for one, other in pairs)


@pytest.mark.parametrize("burn_captions", [False, True])
def test_flash_and_click_are_together_in_the_master(
    stitched: Path, tmp_path: Path, burn_captions: bool
) -> None:
    path = tmp_path / "a.mp4"
    master(stitched, line("en", "Now."), path, SOCIAL, burn_captions=burn_captions)
    bright = [n for n, frame in enumerate(read_frames(path)) if frame[:100].mean() > 200]
    sound = np.abs(np.diff(read_sound(path)[0]))
    clicks = [int(sound[: 2 * HZ].argmax()), 2 * HZ + int(sound[2 * HZ : 4 * HZ].argmax())]
    assert bright == [25, 75]
    assert [abs(c - n * HZ / RATE) <= 2 for c, n in zip(clicks, bright, strict=True)] == [True] * 2


@pytest.fixture(scope="module")
def grey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("grey")
    take = film(folder / "a.mp4", draw=plain, size=SIZE)
    stitch(line("en"), {"a": take}, folder / "film.mov")
    return folder / "film.mov"


def burnt(grey: Path, tmp_path: Path, tag: str, text: str, aspect: str = "9:16") -> Image.Image:
    """The first frame with the caption in it."""
    path = tmp_path / "a.mp4"
    master(grey, line(tag, text, aspect), path, SOCIAL, burn_captions=True)
    return Image.fromarray(next(read_frames(path)))


def letters(picture: Image.Image) -> tuple[int, int, int, int]:
    """Box around what is not the grey of the film."""
    box = picture.convert("L").point(lambda v: 255 if v > 120 else 0).getbbox()
    assert box is not None, "nothing is written"
    return box


@pytest.mark.parametrize("tag", TAGS)
def test_captions_are_readable_and_inside_their_area(grey: Path, tmp_path: Path, tag: str) -> None:
    left, top, right, bottom = letters(burnt(grey, tmp_path, tag, SAID[tag]))
    width, height = SIZE
    assert left >= 0.15 * width - 2 and right <= 0.85 * width + 2
    assert right - left > 0.3 * width
    assert 0.57 * height < bottom <= 0.63 * height
    assert top > 0.5 * height  # two lines and no more


@pytest.mark.parametrize("tag", TAGS)
def test_the_font_has_every_sign_of_the_language(tag: str) -> None:
    """A sign without a glyph would be drawn as the same box as a code that can never have one."""
    font = font_of(tag)
    missing = bytes(font.getmask("\U0010fffe"))
    assert [c for c in SAID[tag] + "ßœÆ«»…—" if bytes(font.getmask(c)) == missing] == []


def test_a_shared_character_has_the_shape_of_its_language(grey: Path, tmp_path: Path) -> None:
    """骨 is mirrored inside between Japan and the mainland."""
    shapes = {
        tag: burnt(grey, tmp_path, tag, "骨骨骨骨骨骨")
        for tag in ("ja-JP", "cmn-Hans-CN", "yue-Hant-HK")
    }
    difference = ImageChops.difference(shapes["ja-JP"], shapes["cmn-Hans-CN"])
    assert np.asarray(difference).max() > 60
    assert letters(shapes["yue-Hant-HK"])


def test_braces_and_backslashes_are_only_signs(grey: Path, tmp_path: Path) -> None:
    tricky = letters(burnt(grey, tmp_path, "en", r"{\b0\fs99}a\Nb"))
    honest = letters(burnt(grey, tmp_path, "en", "(/b0/fs99)a/Nb"))
    assert abs((tricky[2] - tricky[0]) - (honest[2] - honest[0])) < 12
    assert tricky[3] - tricky[1] < 25  # one line


def test_a_line_of_wide_letters_is_made_smaller_and_not_cut_off() -> None:
    script = write_ass(line("en", "W" * 28), SOCIAL.captions["9:16"])
    assert r"{\fs" in script
    assert r"{\fs" not in write_ass(line("en", "i" * 28), SOCIAL.captions["9:16"])


def test_a_wide_film_has_its_captions_at_the_foot(grey: Path, tmp_path: Path) -> None:
    _, _, _, bottom = letters(burnt(grey, tmp_path, "en", "Hello.", aspect="16:9"))
    assert 0.88 * SIZE[1] < bottom < 0.95 * SIZE[1]


def test_a_film_that_is_not_there_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="no such file"):
        master(tmp_path / "gone.mov", line("en"), tmp_path / "a.mp4", SOCIAL)
    assert list(tmp_path.iterdir()) == []


def test_names_of_folders_do_not_reach_the_graph(stitched: Path, tmp_path: Path) -> None:
    folder = tmp_path / "it's: a [very], 'odd' = %d folder"
    folder.mkdir()
    master(stitched, line("en", "Now."), folder / "a.mp4", SOCIAL, burn_captions=True)
    assert url(folder / "a.mp4").startswith("file:/")
    assert probe(folder / "a.mp4").faststart
