"""Reads picture and sound back: what a file is, its frames, its samples."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg
import numpy as np
from numpy.typing import NDArray

from media.door import drain, tool, translate, url
from media.encoder import SOUND_RATE_HZ
from media.errors import FileUnreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The first picture stream of a file, in ffprobe's words."""

    codec: str
    profile: str
    pixel_format: str
    matrix: str
    """Colour matrix, as primaries and transfer: "bt709", or "" when the stream does not say."""
    primaries: str
    transfer: str
    color_range: str
    width: int
    height: int
    frame_rate: Fraction
    """Lowest rate that fits all frames; equal to `average_rate` when the rate is constant."""
    average_rate: Fraction
    frames: int
    seconds: Fraction
    start: Fraction
    reordered: int
    """How many frames decoding runs ahead of showing: 0 without B-frames."""
    headers: str
    """Digest of the decoder's parameters; streams that share it join without re-encoding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """The first sound stream of a file."""

    codec: str
    profile: str
    rate_hz: int
    channels: int
    seconds: Fraction
    start: Fraction
    language: str
    """ISO 639-2, "und" when not said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What a file is."""

    container: str
    seconds: Fraction
    picture: Picture | None
    sound: Sound | None
    faststart: bool
    """An mp4 whose index comes before its contents, so that it plays while it loads."""
    tags: dict[str, str]


def probe(path: Path) -> Probe:
    """What the file is; FileUnreadable when it is missing or no film."""
    if not path.is_file():
        raise FileUnreadable(f"{path}: no such file")
    try:
        found = ffmpeg.probe(
            url(path), cmd=str(tool("ffprobe")), v="error", show_data_hash="sha256"
        )
    except ffmpeg.Error as error:
        words = error.stderr.decode("utf-8", errors="replace")
        raise translate(words, path) from error
    except json.JSONDecodeError as error:
        raise FileUnreadable(f"{path}: ffprobe cannot make sense of it") from error
    streams = found.get("streams", [])
    container = found.get("format", {})
    return Probe(
        container=container.get("format_name", ""),
        seconds=_exact(container.get("duration")),
        picture=next((_picture(s) for s in streams if s.get("codec_type") == "video"), None),
        sound=next((_sound(s) for s in streams if s.get("codec_type") == "audio"), None),
        faststart=_index_comes_first(path),
        tags=dict(container.get("tags", {})),
    )


def read_frames(
    path: Path, *, size: tuple[int, int] | None = None, rate: Fraction | int | None = None
) -> Iterator[NDArray[np.uint8]]:
    """Frames one at a time as RGB, [height, width, 3]; resized and re-timed where asked."""
    width, height = size or _size(path)
    stream = ffmpeg.input(url(path)).video
    if rate is not None:
        stream = stream.filter("fps", str(rate))
    stream = stream.filter(
        "scale", width, height, flags="bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"
    )
    graph = stream.output(
        "pipe:", f="rawvideo", pix_fmt="rgb24", fps_mode="passthrough", loglevel="error"
    )
    length = width * height * 3
    with drain(graph, path) as stdout:
        while len(data := stdout.read(length)) == length:
            yield np.frombuffer(data, np.uint8).reshape(height, width, 3)


def read_sound(path: Path, *, rate_hz: int = SOUND_RATE_HZ) -> NDArray[np.float32]:
    """All samples as [2, samples] on the clock of the file; no samples when it has no sound.

    Mono is heard on both sides. Sound that starts late begins with silence.
    """
    sound = probe(path).sound
    if sound is None:
        return np.zeros((2, 0), np.float32)
    stream = on_the_clock(ffmpeg.input(url(path)).audio, rate_hz)
    graph = stream.output("pipe:", f="f32le", ac=2, ar=rate_hz, loglevel="error")
    with drain(graph, path) as stdout:
        samples = np.frombuffer(stdout.read(), "<f4").reshape(-1, 2).T
    # The last packet of AAC is padded; the file says where the sound really ends.
    return samples[:, : round((sound.start + sound.seconds) * rate_hz)]


def on_the_clock(sound: Any, rate_hz: int) -> Any:
    """The sound of an input, resampled, with silence for what it starts late."""
    return sound.filter("aresample", rate_hz, first_pts=0, **{"async": 1})


def _size(path: Path) -> tuple[int, int]:
    picture = probe(path).picture
    if picture is None:
        raise FileUnreadable(f"{path}: has no picture")
    return picture.width, picture.height


def _picture(stream: dict[str, Any]) -> Picture:
    return Picture(
        codec=stream.get("codec_name", ""),
        profile=stream.get("profile", ""),
        pixel_format=stream.get("pix_fmt", ""),
        matrix=stream.get("color_space", ""),
        primaries=stream.get("color_primaries", ""),
        transfer=stream.get("color_transfer", ""),
        color_range=stream.get("color_range", ""),
        width=stream["width"],
        height=stream["height"],
        frame_rate=_exact(stream.get("r_frame_rate")),
        average_rate=_exact(stream.get("avg_frame_rate")),
        frames=int(stream.get("nb_frames", 0)),
        seconds=_exact(stream.get("duration")),
        start=_exact(stream.get("start_time")),
        reordered=int(stream.get("has_b_frames", 0)),
        headers=stream.get("extradata_hash", ""),
    )


def _sound(stream: dict[str, Any]) -> Sound:
    return Sound(
        codec=stream.get("codec_name", ""),
        profile=stream.get("profile", ""),
        rate_hz=int(stream.get("sample_rate", 0)),
        channels=int(stream.get("channels", 0)),
        seconds=_exact(stream.get("duration")),
        start=_exact(stream.get("start_time")),
        language=stream.get("tags", {}).get("language", "und"),
    )


def _exact(text: str | None) -> Fraction:
    if text is None or text == "N/A" or text.endswith("/0"):
        return Fraction(0)
    return Fraction(text)


def _index_comes_first(path: Path) -> bool:
    """Whether an mp4's `moov` box lies before its `mdat` (ISO/IEC 14496-12, 4.2)."""
    with path.open("rb") as file:
        while len(head := file.read(8)) == 8:
            size, kind = struct.unpack(">I4s", head)
            if kind in (b"moov", b"mdat"):
                return bool(kind == b"moov")
            skip = size - 8
            if size == 1:
                skip = struct.unpack(">Q", file.read(8).ljust(8, b"\0"))[0] - 16
            if skip < 0:
                return False
            file.seek(skip, 1)
    return False
