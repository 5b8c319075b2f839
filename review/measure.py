"""What a take's preview is, in figures. Each figure is a small function of the same evidence.

The file is opened once for its facts, once for its pictures (kept as grey, at preview size) and
once for its sound; no figure reads it again. docs/gate.md tells people what each figure means.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from media.errors import FileUnreadable
from media.loudness import Loudness, measure_loudness
from media.read import Picture, Sound, probe, read_frames, read_sound
from review.figures import FIGURES, Figure
from review.verdict import Measurement, Measurements
from storyboard.request import Request, Speech

SAMPLE_RATE_HZ = 48_000
LONGEST_SIDE_PX = 256
"""Pictures are looked at no larger than this: the size of a preview."""
FLOOR_DBFS = -120.0
"""Digital silence, as a number."""
SILENT_DBFS = -50.0
"""Below this a listener at speaking volume hears nothing."""
NO_LUFS = -70.0
"""The absolute gate of BS.1770: quieter sound has no loudness."""
BLACK_LUMA = 24
"""Of 255; a pixel no brighter is black, on a screen in a lit room."""
BLACK_AREA = 0.98
"""A frame is black when this share of its pixels is, as ffmpeg's blackdetect has it."""
STILL_LUMA = 4.0
"""Of 255; a block whose mean moved by no more stands still. x264's keyframes at crf 23 move a held
frame with grain by 3; a mouth of 2 by 4 pixels that opens moves its block by 7."""
FULL_SCALE = 0.98
BLOCK_PX = 8
WINDOW_S = 0.02
"""Levels are taken over windows as short as a phoneme."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that the figures are drawn from."""

    request: Request
    picture: Picture
    track: Sound | None
    luma: npt.NDArray[np.uint8]
    """Frames, height, width."""
    sound: npt.NDArray[np.float32]
    """Two channels of samples at 48 kHz, full scale at 1."""
    loudness: Loudness | None
    """None where there is no sound track."""


Reading = tuple[float | None, str]
"""Value and detail."""


def measure(path: Path, request: Request) -> Measurements:
    """Every figure of the preview (or render) at `path`, against what was asked for.

    A file that cannot be opened is no error: it has `readable` 0 and all else unmeasured.
    """
    try:
        evidence = _gather(path, request)
    except FileUnreadable as error:
        return _unreadable(str(error).splitlines()[0])
    return Measurements(tuple(_take(figure, READERS[figure.name](evidence)) for figure in FIGURES))


def _take(figure: Figure, reading: Reading) -> Measurement:
    value, detail = reading
    return Measurement(
        name=figure.name,
        value=None if value is None else round(value, 5),
        unit=figure.unit,
        version=figure.version,
        detail=detail,
    )


def _unreadable(why: str) -> Measurements:
    return Measurements(
        tuple(
            _take(figure, (0.0, why) if figure.name == "readable" else (None, "unreadable"))
            for figure in FIGURES
        )
    )


def _gather(path: Path, request: Request) -> Evidence:
    facts = probe(path)
    if facts.picture is None or not facts.picture.width:
        raise FileUnreadable(f"{path}: has no picture")
    size = _seen_size((facts.picture.width, facts.picture.height))
    frames = [_grey(frame) for frame in read_frames(path, size=size)]
    sound = read_sound(path, rate_hz=SAMPLE_RATE_HZ)
    return Evidence(
        request=request,
        picture=facts.picture,
        track=facts.sound,
        luma=np.stack(frames) if frames else np.zeros((0, size[1], size[0]), np.uint8),
        sound=sound,
        loudness=measure_loudness(path) if facts.sound else None,
    )


def _seen_size(size: tuple[int, int]) -> tuple[int, int]:
    shrink = min(1.0, LONGEST_SIDE_PX / max(size))
    return max(2, round(size[0] * shrink / 2) * 2), max(2, round(size[1] * shrink / 2) * 2)


def _grey(frame: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """BT.709 luma in 256ths; whole numbers are four times as fast as floats."""
    wide = frame.astype(np.uint16)
    mixed = wide[..., 0] * 54 + wide[..., 1] * 183 + wide[..., 2] * 19
    return (mixed >> 8).astype(np.uint8)


# The file


def readable(evidence: Evidence) -> Reading:
    """1 where there are frames at all; files that do not even open never come this far."""
    found = len(evidence.luma)
    return float(found > 0), "" if found else "not one frame can be decoded"


def container(evidence: Evidence) -> Reading:
    """1 where codecs, pixels and channels are those every player can show."""
    picture, track = evidence.picture, evidence.track
    if track is None:
        return 0.0, "no sound track"
    facts = {
        "picture": (f"{picture.codec} {picture.pixel_format}", "h264 yuv420p"),
        "sound": (f"{track.codec}, channels: {track.channels}", "aac, channels: 2"),
    }
    wrong = [f"{name} is {has}, not {want}" for name, (has, want) in facts.items() if has != want]
    return float(not wrong), "; ".join(wrong)


def size_error(evidence: Evidence) -> Reading:
    """How far width and height together are from those asked for."""
    width, height = evidence.picture.width, evidence.picture.height
    asked = evidence.request.preview_size
    wrong = abs(width - asked[0]) + abs(height - asked[1])
    return float(wrong), f"{width}x{height}, not {asked[0]}x{asked[1]}" if wrong else ""


def frame_rate_error(evidence: Evidence) -> Reading:
    """How far the file's rate, or its mean where it varies, is from the rate asked for."""
    rates = evidence.picture.frame_rate, evidence.picture.average_rate
    return max(abs(float(rate - evidence.request.frame_rate)) for rate in rates), ""


def sample_rate_error(evidence: Evidence) -> Reading:
    if evidence.track is None:
        return None, "no sound track"
    return float(abs(evidence.track.rate_hz - SAMPLE_RATE_HZ)), ""


def length_error(evidence: Evidence) -> Reading:
    """Frames found minus frames asked for."""
    found, asked = len(evidence.luma), evidence.request.frames
    return float(found - asked), f"{found} frames, not {asked}" if found != asked else ""


def length_difference(evidence: Evidence) -> Reading:
    """Length of the sound minus length of the picture."""
    if evidence.track is None:
        return None, "no sound track"
    picture_s = len(evidence.luma) / float(evidence.picture.average_rate)
    return evidence.sound.shape[1] / SAMPLE_RATE_HZ - picture_s, ""


# The picture


def black(evidence: Evidence) -> Reading:
    """Share of black frames."""
    if not len(evidence.luma):
        return None, "no picture"
    area = (evidence.luma <= BLACK_LUMA).mean(axis=(1, 2))
    return float((area >= BLACK_AREA).mean()), ""


def frozen(evidence: Evidence) -> Reading:
    """The longest time for which nothing in the picture moves."""
    if not len(evidence.luma):
        return None, "no picture"
    first, frames = _longest_still(_blocks(evidence.luma))
    return _still_s(first, frames, evidence.request.frame_rate)


def frozen_speaker(evidence: Evidence) -> Reading:
    """The longest time for which nothing moves while somebody speaks in the picture."""
    rate = evidence.request.frame_rate
    spans = [(0, 0)]
    for speech in _seen_speeches(evidence.request):
        start, end = round(speech.start * rate), round(speech.end * rate)
        first, frames = _longest_still(_blocks(evidence.luma[start:end]))
        spans.append((start + first, frames))
    if len(spans) == 1:
        return None, "nobody is seen speaking"
    return _still_s(*max(spans, key=lambda span: span[1]), rate)


def _seen_speeches(request: Request) -> list[Speech]:
    """Speeches whose speaker's face the camera should show."""
    if request.framing == "insert":
        return []
    return [each for each in request.speeches if request.figures[each.speaker].in_picture]


def _blocks(luma: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Means of blocks large enough to average an encoder's noise away: frames, blocks."""
    frames, height, width = luma.shape
    rows, columns = max(1, height // BLOCK_PX), max(1, width // BLOCK_PX)
    tall, wide = min(BLOCK_PX, height), min(BLOCK_PX, width)
    cut = luma[:, : rows * tall, : columns * wide]
    tiles = cut.reshape(frames, rows, tall, columns, wide)
    return tiles.mean(axis=(2, 4), dtype=np.float32).reshape(frames, rows * columns)


def _longest_still(blocks: npt.NDArray[np.float32]) -> tuple[int, int]:
    """First frame and frame count of the longest run in which no block leaves its first value.

    Measured from the run's start, so that a slow push-in is no freeze.
    """
    longest, start = (0, 0), 0
    for index in range(1, len(blocks) + 1):
        if index < len(blocks) and np.abs(blocks[index] - blocks[start]).max() <= STILL_LUMA:
            continue
        longest = max(longest, (start, index - start), key=lambda run: run[1])
        start = index
    return longest


def _still_s(first: int, frames: int, rate: int) -> Reading:
    """Every frame is still for itself, so a run of n frames held for n - 1."""
    held = max(0, frames - 1) / rate
    return held, f"from {first / rate:.2f} s" if held >= 0.5 else ""


# The sound


def speech_level(evidence: Evidence) -> Reading:
    """The level of the quietest line, taken over the loudest third of its windows."""
    return _over_speeches(evidence, _level_dbfs, min)


def silence(evidence: Evidence) -> Reading:
    """Share of a line's windows in which nothing is heard, of the line with most of them."""
    return _over_speeches(evidence, lambda powers: float((_dbfs(powers) < SILENT_DBFS).mean()), max)


def _over_speeches(
    evidence: Evidence,
    figure: Callable[[npt.NDArray[np.float64]], float],
    worst: Callable[..., tuple[float, int]],
) -> Reading:
    speeches = evidence.request.speeches
    if not speeches:
        return None, "nobody speaks"
    value, index = worst(
        (figure(_powers(evidence.sound, speech)), index) for index, speech in enumerate(speeches)
    )
    return value, f"line {index + 1}" if len(speeches) > 1 else ""


def _powers(sound: npt.NDArray[np.float32], speech: Speech) -> npt.NDArray[np.float64]:
    """Mean power of each window of a speech, of the louder channel; one zero if there is none."""
    window = round(WINDOW_S * SAMPLE_RATE_HZ)
    start, end = round(speech.start * SAMPLE_RATE_HZ), round(speech.end * SAMPLE_RATE_HZ)
    heard = np.zeros((2, max(window, end - start)), np.float64)
    cut = sound[:, start:end]
    heard[:, : cut.shape[1]] = cut  # a sound track that ends early is silent, not excused
    whole = heard[:, : heard.shape[1] // window * window].reshape(2, -1, window)
    return (whole**2).mean(axis=2).max(axis=0)


def _level_dbfs(powers: npt.NDArray[np.float64]) -> float:
    loudest = np.sort(powers)[-max(1, len(powers) // 3) :]
    return float(_dbfs(loudest.mean()))


def _dbfs(power: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Decibels below a full-scale square wave."""
    return 10 * np.log10(np.maximum(np.asarray(power, np.float64), 10 ** (FLOOR_DBFS / 10)))


def clipped(evidence: Evidence) -> Reading:
    """Share of samples at 98 % of full scale; AAC wears flat tops down, so 100 % misses most."""
    if not evidence.sound.size:
        return None, "no sound track"
    return float((np.abs(evidence.sound) >= FULL_SCALE).mean()), ""


def dc(evidence: Evidence) -> Reading:
    """The larger channel's mean, of full scale."""
    if not evidence.sound.size:
        return None, "no sound track"
    return float(np.abs(evidence.sound.mean(axis=1, dtype=np.float64)).max()), ""


def loudness(evidence: Evidence) -> Reading:
    """Integrated, after EBU R 128."""
    if evidence.loudness is None or evidence.loudness.integrated_lufs <= NO_LUFS:
        return None, "nothing to be heard"
    return evidence.loudness.integrated_lufs, ""


def true_peak(evidence: Evidence) -> Reading:
    """After EBU R 128, between the samples too."""
    if evidence.loudness is None or not np.isfinite(evidence.loudness.true_peak_dbtp):
        return None, "nothing to be heard"
    return evidence.loudness.true_peak_dbtp, ""


READERS: dict[str, Callable[[Evidence], Reading]] = {
    "readable": readable,
    "container": container,
    "size_error": size_error,
    "frame_rate_error": frame_rate_error,
    "sample_rate_error": sample_rate_error,
    "length_error": length_error,
    "length_difference": length_difference,
    "black": black,
    "frozen": frozen,
    "frozen_speaker": frozen_speaker,
    "speech_level": speech_level,
    "silence": silence,
    "clipped": clipped,
    "loudness": loudness,
    "true_peak": true_peak,
    "dc": dc,
}
