from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import ffmpeg
import numpy as np
import pytest
from PIL import Image

from media import door
from media.errors import DiskFull, FileUnreadable, MediaError, ToolMissing
from media.read import probe, read_frames, read_sound
from media.takes import encode_take, write_poster
from tests.media.conftest import HZ, RATE, SIZE, Pixels, difference, film, picture, tone


def test_a_take_is_the_mp4_the_house_promises(take: Path) -> None:
    found = probe(take)
    assert found.picture is not None and found.sound is not None
    shown = found.picture
    assert (shown.codec, shown.profile, shown.pixel_format) == ("h264", "High", "yuv420p")
    assert (shown.matrix, shown.primaries, shown.transfer) == ("bt709",) * 3
    assert shown.color_range == "tv"
    assert (shown.width, shown.height, shown.frames) == (*SIZE, 50)
    assert shown.frame_rate == shown.average_rate == RATE
    assert shown.reordered == 0
    heard = found.sound
    assert (heard.codec, heard.profile, heard.rate_hz, heard.channels) == ("aac", "LC", HZ, 2)
    assert abs(heard.seconds - shown.seconds) <= Fraction(1, RATE)
    assert shown.start == heard.start == 0
    assert found.faststart


def test_tags_come_back_whatever_they_contain(take: Path) -> None:
    tags = probe(take).tags
    assert tags["title"] == "日本: 100 %"
    assert tags["comment"] == "it's =1;\n[x]"
    assert tags["AIGC"] == '{"Label":"1"}'


@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (200, 30, 60)])
def test_a_pure_colour_comes_back_so_the_matrix_is_the_one_in_the_tags(
    tmp_path: Path, colour: tuple[int, int, int]
) -> None:
    """bt601 pixels under a bt709 tag come back 10 to 50 levels off."""
    path = film(tmp_path / "a.mp4", frames=3, colour=colour)
    assert difference(next(read_frames(path))[200], colour) <= 3


def test_frames_and_samples_come_back_in_step(tmp_path: Path) -> None:
    sound = np.zeros((2, 2 * HZ), np.float32)
    sound[:, HZ] = 0.9
    path = film(tmp_path / "a.mp4", sound=sound)
    off = [difference(f, picture(n, (200, 30, 60))) for n, f in enumerate(read_frames(path))]
    assert len(off) == 50
    assert max(off) < 3
    samples = read_sound(path)
    assert samples.shape == (2, 2 * HZ)
    assert int(np.abs(samples[0]).argmax()) == HZ


def test_frames_can_be_read_smaller_and_fewer(take: Path) -> None:
    frames = list(read_frames(take, size=(90, 160), rate=5))
    assert len(frames) == 10
    assert frames[0].shape == (160, 90, 3)


def test_a_reader_may_leave_early(take: Path) -> None:
    frames = read_frames(take)
    next(frames)
    frames.close()  # type: ignore[attr-defined]


def test_sound_can_be_read_at_another_rate(take: Path) -> None:
    assert read_sound(take, rate_hz=16000).shape == (2, 32000)


def test_the_same_take_has_the_same_bytes(tmp_path: Path) -> None:
    one, other = film(tmp_path / "a.mp4", frames=20), film(tmp_path / "b.mp4", frames=20)
    assert one.read_bytes() == other.read_bytes()


def test_preview_and_render_of_one_size_have_the_same_headers(tmp_path: Path) -> None:
    preview = probe(film(tmp_path / "a.mp4", frames=5, quality="preview")).picture
    render = probe(film(tmp_path / "b.mp4", frames=30, quality="render")).picture
    assert preview is not None and render is not None
    assert preview.headers == render.headers


def test_the_poster_is_the_frame_at_that_moment(take: Path, tmp_path: Path) -> None:
    write_poster(take, tmp_path / "p.jpg", 1.0)
    assert difference(Image.open(tmp_path / "p.jpg"), picture(25, (200, 30, 60))) < 4


def test_a_poster_past_the_end_is_the_last_frame(take: Path, tmp_path: Path) -> None:
    write_poster(take, tmp_path / "p.jpg", 99.0)
    assert difference(Image.open(tmp_path / "p.jpg"), picture(49, (200, 30, 60))) < 4


def _children() -> set[str]:
    """Processes this thread has started and that still run; empty where that cannot be seen."""
    path = Path(f"/proc/{os.getpid()}/task/{threading.get_native_id()}/children")
    return set(path.read_text().split()) if path.exists() else set()


def test_frames_that_fail_leave_no_file_and_no_process(tmp_path: Path) -> None:
    def broken() -> Iterator[Pixels]:
        yield picture(0, (0, 0, 0))
        raise RuntimeError("no more frames")

    before = _children()
    with pytest.raises(RuntimeError, match="no more frames"):
        encode(tmp_path / "a.mp4", broken())
    assert list(tmp_path.iterdir()) == []
    assert _children() <= before


def test_a_long_take_is_never_held_whole(tmp_path: Path) -> None:
    """A hundred 1080p frames are 620 MB; the process that hands them over stays far below."""
    script = """
import sys
from pathlib import Path
from tests.media.conftest import film
film(Path(sys.argv[1]), frames=100, size=(1080, 1920), quality="preview")
# Not getrusage, which remembers the process that this one was forked from.
status = Path("/proc/self/status").read_text()
print(int(status.split("VmHWM:")[1].split()[0]) // 1024)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "a.mp4"], capture_output=True, check=True
    )
    assert int(done.stdout) < 250


@pytest.mark.parametrize(
    "frames",
    [
        [np.zeros((320, 180, 4), np.uint8)] * 50,
        [np.zeros((320, 180, 3), np.float32)] * 50,
        [np.zeros((320, 180, 3), np.uint8)] * 20,
        [],
    ],
    ids=["four channels", "floats", "shorter than the sound", "none"],
)
def test_frames_that_are_not_as_said_are_refused(tmp_path: Path, frames: list[Pixels]) -> None:
    with pytest.raises(ValueError):
        encode(tmp_path / "a.mp4", iter(frames))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("sound", [np.zeros(96000), np.full((2, 96000), np.nan)])
def test_sound_that_is_not_as_said_is_refused(tmp_path: Path, sound: Pixels) -> None:
    with pytest.raises(ValueError, match="sound"):
        film(tmp_path / "a.mp4", sound=sound.astype(np.float32))


def test_names_with_colons_dashes_and_percents_are_only_names(tmp_path: Path) -> None:
    path = film(tmp_path / "-http: 100%d 'x'.mp4", frames=5)
    assert len(list(read_frames(path))) == 5
    write_poster(path, tmp_path / "p%d:.jpg", 0)
    assert (tmp_path / "p%d:.jpg").stat().st_size > 0


def test_what_is_no_film_is_said_in_one_sentence(tmp_path: Path) -> None:
    text = tmp_path / "a.mp4"
    text.write_text("not a film")
    with pytest.raises(FileUnreadable, match=r"a\.mp4: cannot be read"):
        probe(text)
    with pytest.raises(FileUnreadable, match=r"b\.mp4: no such file"):
        probe(tmp_path / "b.mp4")


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="cannot be written"):
        film(tmp_path / "none" / "a.mp4")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /dev/full")
def test_a_full_disk_is_said_and_not_retried() -> None:
    graph = ffmpeg.input("testsrc2=d=1", f="lavfi").output("/dev/full", f="mpegts")
    with pytest.raises(DiskFull, match="the disk is full") as raised:
        door.run(graph, Path("/dev/full"))
    assert not raised.value.retryable


def test_without_ffmpeg_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "_WHEELS", {"ffmpeg": "no-such-wheel"})
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ToolMissing, match="pip install"):
        door.tool.__wrapped__("ffmpeg")


def test_a_wheel_that_lost_its_executable_bit_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "some_wheel.py").write_text(
        f"import pathlib\ndef _get_binaries(): return pathlib.Path({str(tmp_path)!r})"
    )
    (tmp_path / "ffmpeg").write_text("#!/bin/sh")
    (tmp_path / "ffmpeg").chmod(0o644)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(door, "_WHEELS", {"ffmpeg": "some-wheel"})
    assert os.access(door.tool.__wrapped__("ffmpeg"), os.X_OK)


def encode(path: Path, frames: Iterator[Pixels]) -> None:
    encode_take(
        path,
        frames,
        tone(2),
        rate_hz=HZ,
        frame_rate=RATE,
        size=SIZE,
        quality="preview",
        tags={},
    )
