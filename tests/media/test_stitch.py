from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path

import ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray

from media.door import run, url
from media.errors import ClipMismatch, FileUnreadable
from media.pieces import plan
from media.read import probe, read_frames, read_sound
from media.stitch import stitch
from storyboard.timeline import Clip, Timeline
from tests.media.conftest import HZ, RATE, Pixels, difference, film, picture, timeline

RED, GREEN, BLUE = (200, 30, 60), (20, 160, 60), (30, 60, 200)


@pytest.fixture(scope="module")
def takes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Three takes of 2 s as the house encodes them."""
    folder = tmp_path_factory.mktemp("takes")
    return {
        name: film(folder / f"{name}.mp4", colour=colour)
        for name, colour in (("red", RED), ("green", GREEN), ("blue", BLUE))
    }


Join = Callable[[Timeline, Mapping[str, Path]], Path]


@pytest.fixture
def join(tmp_path: Path) -> Join:
    def joined(line: Timeline, takes: Mapping[str, Path]) -> Path:
        folder = tmp_path / "film"
        folder.mkdir(exist_ok=True)
        stitch(line, takes, folder / "film.mov")
        assert [path.name for path in folder.iterdir()] == ["film.mov"]
        return folder / "film.mov"

    return joined


def clip(
    take: str, frames: int = 50, *, start: int = 0, dissolve: int = 0, fade: bool = False
) -> Clip:
    return Clip(
        shot=f"shot-{take}",
        take=take,
        start=Fraction(start, RATE),
        seconds=Fraction(frames, RATE),
        overlap=Fraction(dissolve, RATE),
        transition="dissolve" if dissolve else "fade" if fade else "cut",
    )


def test_whole_and_shortened_takes_are_copied_bit_for_bit(
    takes: dict[str, Path], join: Join
) -> None:
    film = list(read_frames(join(timeline(clip("red"), clip("green", 17), clip("blue")), takes)))
    kept = [*read_frames(takes["red"]), *list(read_frames(takes["green"]))[:17]]
    kept += read_frames(takes["blue"])
    assert len(film) == len(kept) == 117
    assert all(np.array_equal(one, other) for one, other in zip(film, kept, strict=True))


def test_a_film_is_as_long_as_its_timeline_to_the_frame_and_sample(
    takes: dict[str, Path], join: Join
) -> None:
    line = timeline(
        clip("red", 31),
        clip("green", 50, dissolve=10),
        clip("blue", 23, start=7),
        clip("red", 40, fade=True),
        clip("green", 41, dissolve=9),
    )
    path = join(line, takes)
    found = probe(path)
    assert found.picture is not None
    assert found.picture.frames == line.seconds * RATE == 166
    assert found.picture.frame_rate == found.picture.average_rate == RATE
    assert len(list(read_frames(path))) == 166
    assert read_sound(path).shape[1] == line.seconds * HZ


def test_a_dissolve_goes_evenly_from_one_picture_to_the_other(
    takes: dict[str, Path], join: Join
) -> None:
    line = timeline(clip("red", 50), clip("green", 50, dissolve=10))
    film = list(read_frames(join(line, takes)))
    reds = [int(frame[-1, 0, 0]) for frame in film]
    assert reds[39] > 195
    assert np.all(np.diff(reds[39:52]) <= 0)
    assert reds[45] == pytest.approx((RED[0] + GREEN[0]) / 2, abs=12)
    assert difference(film[50][-1, 0], GREEN) < 4
    # The clip before goes on moving under the dissolve, and the clip after starts at its start.
    assert difference(film[40], picture(40, RED)) < 12
    assert difference(film[89], picture(49, GREEN)) < 3


def test_a_fade_comes_up_from_black(takes: dict[str, Path], join: Join) -> None:
    film = list(read_frames(join(timeline(clip("red", 20), clip("green", fade=True)), takes)))
    greens = [int(frame[-1, 0, 1]) for frame in film]
    assert difference(film[19], picture(19, RED)) < 3
    assert greens[20] < 15
    assert np.all(np.diff(greens[20:33]) >= 0)
    assert difference(film[40], picture(20, GREEN)) < 3


def test_a_clip_may_start_inside_its_take(takes: dict[str, Path], join: Join) -> None:
    film = list(read_frames(join(timeline(clip("red", 10), clip("green", 20, start=13)), takes)))
    assert difference(film[10], picture(13, GREEN)) < 3
    assert difference(film[29], picture(32, GREEN)) < 3


def test_a_take_of_another_shape_is_fitted_and_not_stretched(
    takes: dict[str, Path], join: Join, tmp_path: Path
) -> None:
    other = film(tmp_path / "other.mp4", size=(320, 180), rate=30, frames=60, colour=BLUE)
    path = join(timeline(clip("red"), clip("other")), takes | {"other": other})
    shown = list(read_frames(path))
    assert len(shown) == 100
    assert difference(shown[80][160, 90], BLUE) < 4
    assert difference(shown[80][20, 90], (0, 0, 0)) < 4


def test_a_take_without_sound_is_silent(takes: dict[str, Path], join: Join, tmp_path: Path) -> None:
    mute = tmp_path / "mute.mp4"
    run(ffmpeg.input(url(takes["green"])).video.output(url(mute), c="copy"), mute)
    sound = read_sound(
        join(timeline(clip("red"), clip("mute"), clip("blue")), takes | {"mute": mute})
    )
    assert sound.shape[1] == 6 * HZ
    assert np.abs(sound[:, 2 * HZ : 4 * HZ]).max() == 0
    assert np.abs(sound[:, 4 * HZ :]).max() > 0.05


def flash(number: int, colour: tuple[int, int, int], size: tuple[int, int]) -> Pixels:
    """White for the first frame of every second, black for the others."""
    return np.full((size[1], size[0], 3), 255 if number % RATE == 0 else 0, np.uint8)


def test_flash_and_click_stay_together_to_the_last_of_sixty_clips(
    tmp_path: Path, join: Join
) -> None:
    """Copied, shortened, late and dissolving clips; every flash has its click on the sample."""
    click = np.zeros((2, 2 * HZ), np.float32)
    click[:, [HZ, HZ + 1]] = 0.9, -0.9
    take = film(tmp_path / "a.mp4", sound=click, draw=flash, size=(64, 64))
    kinds = (clip("a"), clip("a", 43), clip("a", 40, start=5), clip("a", 47, dissolve=5))
    line = timeline(*(kinds * 15), size=(64, 64))
    path = join(line, {"a": take})
    # The flash of a take's first second is on the clip's first frame, where no click is.
    firsts, frame = set(), 0
    for each in line.clips:
        firsts.add(frame - int(each.overlap * RATE))
        frame += int((each.seconds - each.overlap) * RATE)
    bright = [n for n, f in enumerate(read_frames(path)) if f.mean() > 200 and n not in firsts]
    loud = np.flatnonzero(np.abs(np.diff(read_sound(path)[0])) > 0.7)
    clicks = loud[np.insert(np.diff(loud) > 100, 0, True)]
    assert len(bright) == len(clicks) == 60
    offsets = clicks - np.array(bright) * (HZ // RATE)
    assert np.abs(offsets).max() <= 2, offsets


def loudest_step(sound: NDArray[np.float32]) -> float:
    return float(np.abs(np.diff(sound[0])).max())


def test_a_hard_cut_does_not_click(tmp_path: Path, join: Join) -> None:
    loud = film(tmp_path / "a.mp4", sound=np.full((2, 2 * HZ), 0.5, np.float32))
    sound = read_sound(join(timeline(clip("a", 13), clip("a", 14), clip("a", 11)), {"a": loud}))
    assert loudest_step(sound) < 0.02


def test_a_dissolve_keeps_the_power_of_the_sound(tmp_path: Path, join: Join) -> None:
    noise = np.random.default_rng(1)
    takes = {
        name: film(tmp_path / f"{name}.mp4", sound=noise.normal(0, 0.1, (2, 2 * HZ)).astype("f4"))
        for name in "ab"
    }
    sound = read_sound(join(timeline(clip("a"), clip("b", dissolve=20)), takes))
    middle = sound[:, int(1.3 * HZ) : int(1.9 * HZ)]
    assert middle.std() == pytest.approx(sound[:, HZ // 2 : HZ].std(), rel=0.06)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (timeline(), "has no clips"),
        (timeline(clip("none")), "take none is not among"),
        (timeline(clip("red", dissolve=5)), "nothing before it"),
        (timeline(clip("red"), clip("green", 8, dissolve=5), clip("blue", dissolve=5)), "too few"),
        (timeline(clip("red", 0)), "too few"),
        (timeline(clip("red", 60)), "wants 60 frames of .*red.mp4, which has 50"),
        (timeline(clip("red", 40, start=20)), "wants 60 frames"),
        (
            timeline(Clip(shot="s", take="red", seconds=Fraction(1, 7))),
            "no whole number of frames",
        ),
    ],
)
def test_a_timeline_that_cannot_be_had_is_refused_in_one_sentence(
    takes: dict[str, Path], tmp_path: Path, line: Timeline, words: str
) -> None:
    with pytest.raises(ClipMismatch, match=words):
        stitch(line, takes, tmp_path / "film.mov")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_take_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match=r"gone\.mp4: no such file"):
        stitch(timeline(clip("red")), {"red": tmp_path / "gone.mp4"}, tmp_path / "film.mov")


def test_a_take_that_is_damaged_inside_leaves_nothing_behind(
    takes: dict[str, Path], tmp_path: Path
) -> None:
    data = bytearray(takes["red"].read_bytes())
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(data[: len(data) // 3])
    with pytest.raises(FileUnreadable, match=r"bad\.mp4: is damaged"):
        stitch(timeline(clip("green"), clip("red")), takes | {"red": bad}, tmp_path / "film.mov")
    assert [path.name for path in tmp_path.iterdir()] == ["bad.mp4"]


def test_a_dissolve_costs_one_piece_only() -> None:
    line = timeline(clip("red"), clip("green", dissolve=10), clip("blue"))
    pieces = plan(line, {name: Path(name) for name in ("red", "green", "blue")})
    assert [piece.adds for piece in pieces] == [40, 50, 50]
    assert [piece.overlap for piece in pieces] == [0, 10, 0]
    assert (pieces[1].before, pieces[1].before_first) == (Path("red"), 40)
