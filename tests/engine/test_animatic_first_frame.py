"""A shot that begins with a given picture: the picture is what is seen, whatever file it is."""

from __future__ import annotations

import hashlib
import io
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engine.animatic.picture import open_picture, picture_frames
from engine.animatic.tone import level_dbfs
from engine.interface import Engine, RequestRefused
from engine.label import SHARE
from engine.open import open_engine
from media.read import read_frames, read_sound
from storyboard.request import Request
from tests.engine.shots import shot, speech

PREVIEW, RENDER = (72, 128), (216, 384)
SMALL = f"""\
kind: animatic
aspects:
  "9:16": {{preview: [{PREVIEW[0]}, {PREVIEW[1]}], render: [{RENDER[0]}, {RENDER[1]}]}}
"""


def painting(width: int = 216, height: int = 384) -> Image.Image:
    """Red grows to the right, green grows downwards, nothing in it is even."""
    y, x = np.mgrid[0:height, 0:width]
    blue = 128 + 60 * np.sin(x / width * 9) * np.cos(y / height * 11)
    return Image.fromarray(
        np.dstack([40 + 200 * x / width, 40 + 200 * y / height, blue]).astype(np.uint8)
    )


def lay(folder: Path, picture: Image.Image, kind: str = "PNG", **how: Any) -> str:
    """Put the picture where flows put it; its digest."""
    stored = io.BytesIO()
    picture.save(stored, kind, **how)
    return lay_bytes(folder, stored.getvalue())


def lay_bytes(folder: Path, content: bytes) -> str:
    sha256 = hashlib.sha256(content).hexdigest()
    (folder / "references").mkdir(exist_ok=True)
    (folder / "references" / sha256).write_bytes(content)
    return sha256


def asked(sha256: str, **more: object) -> Request:
    words = speech("Nobody sails here any more.")
    sizes = {"preview_size": PREVIEW, "render_size": RENDER}
    return shot(words, **{"reference": sha256, **sizes, **more})


def frames_of(picture: Image.Image, size: tuple[int, int], **more: object) -> list[np.ndarray]:
    return list(picture_frames(picture, asked("", **more), size))


def apart(one: np.ndarray, other: np.ndarray | Image.Image) -> float:
    """Mean difference of the two pictures below the tag, in steps of 255."""
    below = round(one.shape[1] * (0.05 + SHARE)) + 1
    return float(np.abs(one.astype(int) - np.asarray(other))[below:].mean())


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    path = tmp_path_factory.mktemp("settings") / "small.yaml"
    path.write_text(SMALL)
    return open_engine(str(path))


def silent(share: float) -> None:
    """Progress that nobody watches."""


def test_a_take_shows_the_picture_and_speaks_the_words(engine: Engine, tmp_path: Path) -> None:
    assert engine.capabilities.first_frames and not engine.capabilities.portraits
    request = asked(lay(tmp_path, painting()))
    take = engine.preview(request, tmp_path, silent)
    engine.render(take, request, tmp_path, silent)
    small = list(read_frames(tmp_path / "preview.mp4", size=PREVIEW))
    large = list(read_frames(tmp_path / "render.mp4", size=RENDER))
    assert len(small) == len(large) == request.frames
    assert apart(large[0], painting()) < 4, "the first frame is the picture"
    for one, other in zip(small[::20], large[::20], strict=True):
        assert apart(one, Image.fromarray(other).resize(PREVIEW, Image.Resampling.BOX)) < 6
    assert take.spoken and level_dbfs(read_sound(tmp_path / "preview.mp4")) > -36
    assert (tmp_path / "poster.jpg").stat().st_size > 500


def test_the_camera_moves_slowly_all_the_time_and_nothing_else_does() -> None:
    """Seen on a picture with something in it everywhere, sharp and soft."""
    grain = np.random.default_rng(1).integers(0, 255, (96, 54, 3)).astype(np.uint8)
    drawn = frames_of(Image.fromarray(grain).resize(RENDER), RENDER)
    steps = [float(np.abs(a.astype(int) - b).mean()) for a, b in pairwise(drawn)]
    assert min(steps) > 0.1 and max(steps) < 2
    assert apart(drawn[0], drawn[-1]) > 10


def test_the_tag_is_on_the_picture() -> None:
    black = frames_of(Image.new("RGB", RENDER), RENDER)
    assert all(frame.max() > 100 for frame in black)
    assert black[0][RENDER[1] // 4 :].max() == 0


def test_the_same_request_gives_the_same_frames_and_another_seed_another_move() -> None:
    one, again, other = (frames_of(painting(), PREVIEW, seed=seed) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(one, again, strict=True))
    assert np.array_equal(one[0], other[0])
    assert not np.array_equal(one[-1], other[-1])


def test_the_middle_of_a_picture_of_another_shape_covers_the_frame(tmp_path: Path) -> None:
    for size, middle in (((800, 384), (292, 0, 508, 384)), ((216, 900), (0, 258, 216, 642))):
        sha256 = lay(tmp_path, painting(*size))
        first = frames_of(open_picture(tmp_path, sha256, RENDER), RENDER)[0]
        assert apart(first, painting(*size).crop(middle)) < 2


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_seen_the_way_up_its_camera_was_held(tmp_path: Path, orientation: int) -> None:
    flip = Image.Transpose
    stored = {
        2: flip.FLIP_LEFT_RIGHT,
        3: flip.ROTATE_180,
        4: flip.FLIP_TOP_BOTTOM,
        5: flip.TRANSPOSE,
        6: flip.ROTATE_90,
        7: flip.TRANSVERSE,
        8: flip.ROTATE_270,
    }
    lying = painting().transpose(stored[orientation]) if orientation > 1 else painting()
    exif = Image.Exif()
    exif[0x0112] = orientation
    upright = open_picture(tmp_path, lay(tmp_path, lying, "PNG", exif=exif), RENDER)
    assert upright.size == RENDER
    assert apart(np.asarray(upright), painting()) == 0


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F"])
def test_a_picture_of_any_mode_is_shown(tmp_path: Path, mode: str) -> None:
    grey = painting().convert("L")
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    else:
        picture = (grey if mode == "F" else painting()).convert(mode)
    kind = {"CMYK": "JPEG", "F": "TIFF"}.get(mode, "PNG")
    shown = np.asarray(open_picture(tmp_path, lay(tmp_path, picture, kind), RENDER).convert("L"))
    small = Image.fromarray(shown).resize((9, 16), Image.Resampling.BOX)
    wanted = grey.resize((9, 16), Image.Resampling.BOX)
    assert np.abs(np.asarray(small, int) - np.asarray(wanted, int)).mean() < 6


@pytest.mark.parametrize("tone", [20, 235])
def test_what_is_transparent_has_a_ground_on_which_the_rest_is_seen(
    tmp_path: Path, tone: int
) -> None:
    thing = Image.new("RGBA", RENDER, (0, 0, 0, 0))
    thing.paste((tone, tone, tone, 255), (60, 100, 150, 300))
    shown = np.asarray(open_picture(tmp_path, lay(tmp_path, thing), RENDER), int)
    assert (shown[200, 100] == tone).all()
    assert np.abs(shown[200, 20] - tone).min() > 100


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (5000, 40)])
def test_a_picture_may_be_tiny_or_of_any_shape(tmp_path: Path, size: tuple[int, int]) -> None:
    picture = open_picture(tmp_path, lay(tmp_path, painting(*size)), RENDER)
    drawn = frames_of(picture, PREVIEW)
    assert len(drawn) == 125
    assert {frame.shape for frame in drawn} == {(PREVIEW[1], PREVIEW[0], 3)}


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_huge_picture_is_made_no_larger_than_the_film_needs(tmp_path: Path, kind: str) -> None:
    picture = open_picture(tmp_path, lay(tmp_path, painting(1500, 1200), kind), RENDER)
    assert 384 * 1.05 < picture.height < 384 * 2.5
    middle = painting(1500, 1200).crop((412, 0, 1088, 1200)).resize(RENDER)
    assert apart(frames_of(picture, RENDER)[0], middle) < 3


def test_a_picture_that_is_missing_changed_or_broken_is_named(
    engine: Engine, tmp_path: Path
) -> None:
    whole = io.BytesIO()
    painting().save(whole, "JPEG")
    changed = lay(tmp_path, painting())
    (tmp_path / "references" / changed).write_bytes(whole.getvalue())
    wrong = {
        "a" * 64: "is missing",
        changed: "another picture",
        lay_bytes(tmp_path, b"not a picture"): "cannot be read",
        lay_bytes(tmp_path, whole.getvalue()[:900]): "cannot be read",
    }
    for sha256, why in wrong.items():
        with pytest.raises(RequestRefused, match=f"{sha256}.*{why}"):
            engine.preview(asked(sha256), tmp_path, silent)
    assert [path.name for path in tmp_path.iterdir()] == ["references"]
