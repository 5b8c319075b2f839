"""Loudness over the whole film: measured (ITU-R BS.1770-4), and brought to a delivery's target."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg

from media.door import run, url
from media.encoder import SOUND_RATE_HZ, sound_settings
from media.errors import FileUnreadable

_log = logging.getLogger(__name__)

SILENT_LUFS = -50.0
"""Quieter than this, a film is left as it is: there is only noise to make louder."""

CLOSE_LU = 0.5
"""How near to the target is near enough: what EBU R 128 allows, and others are less strict."""

_TRIES = 4
_OVERSHOOT_DB = 0.4
"""What AAC adds to a limited peak as a rule; measured after encoding and corrected from there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loudness:
    """As heard over a whole file; a silent one has -70 LUFS and a peak of minus infinity."""

    integrated_lufs: float
    true_peak_dbtp: float
    range_lu: float

    @property
    def silent(self) -> bool:
        return self.integrated_lufs < SILENT_LUFS


def measure_loudness(path: Path) -> Loudness:
    """Loudness of the file's sound; FileUnreadable when it has none."""
    return _measured(ffmpeg.input(url(path)).audio, path)


def encode_sound(
    film: Path, path: Path, *, integrated_lufs: float, true_peak_dbtp: float, kbps: int
) -> Loudness:
    """Write the film's sound as AAC in an .m4a at that loudness, and give what it measures.

    One gain for the whole film; a limiter only where the peaks would be too high. What counts is
    what the encoded file measures; gain and limit are corrected until it is right. A silent film is
    left alone. Sound that cannot be that loud under that peak (a few clicks) is as loud as it can
    be, with a warning in the log.
    """
    before = measure_loudness(film)
    if before.silent:
        return _encoded(film, path, _Level(gain_db=0, ceiling_db=None), kbps)
    level = _found_level(film, before, integrated_lufs, true_peak_dbtp - _OVERSHOOT_DB)
    for tries_left in reversed(range(_TRIES)):
        after = _encoded(film, path, level, kbps)
        off = integrated_lufs - after.integrated_lufs
        over = after.true_peak_dbtp - true_peak_dbtp
        if over <= 0 and (abs(off) <= CLOSE_LU or tries_left <= 1):
            break
        # A peak too high is worse than a film too quiet: the last tries only lower the peak.
        more = min(max(off + max(over, 0.0), -1.0), 1.0) if tries_left > 1 else 0.0
        level = level.corrected(more, over, true_peak_dbtp)
    if abs(off) > CLOSE_LU:
        _log.warning("%s: %.1f LU from the loudness asked for", film, off)
    return after


@dataclass(frozen=True, slots=True, kw_only=True)
class _Level:
    """What is done to the sound; without a ceiling nothing is limited."""

    gain_db: float
    ceiling_db: float | None

    def corrected(self, more_db: float, over_db: float, true_peak_dbtp: float) -> _Level:
        """With more gain, and a lower ceiling where the peak came out too high."""
        ceiling = self.ceiling_db
        if over_db > 0:
            ceiling = (true_peak_dbtp if ceiling is None else ceiling) - over_db - 0.2
        return _Level(gain_db=self.gain_db + more_db, ceiling_db=ceiling)

    def applied(self, sound: Any) -> Any:
        if self.gain_db:
            sound = sound.filter("volume", f"{self.gain_db:.2f}dB", precision="float")
        return sound if self.ceiling_db is None else _limited(sound, self.ceiling_db)


def _found_level(film: Path, before: Loudness, integrated_lufs: float, ceiling: float) -> _Level:
    """By calculation, or where a limiter is needed, which takes loudness too, by trying."""
    gain = integrated_lufs - before.integrated_lufs
    if before.true_peak_dbtp + gain <= ceiling:
        return _Level(gain_db=gain, ceiling_db=None)
    level = _Level(gain_db=gain, ceiling_db=ceiling)
    for _ in range(_TRIES):
        sound = level.applied(ffmpeg.input(url(film)).audio)
        off = integrated_lufs - _measured(sound, film).integrated_lufs
        if abs(off) <= CLOSE_LU / 2.5:
            break
        level = level.corrected(1.2 * off, 0, 0)
    return level


def _encoded(film: Path, path: Path, level: _Level, kbps: int) -> Loudness:
    sound = level.applied(ffmpeg.input(url(film)).audio)
    settings = {"f": "ipod", "map_metadata": -1, **sound_settings(kbps)}
    run(sound.output(url(path), **settings), film)
    return measure_loudness(path)


def _measured(sound: Any, path: Path) -> Loudness:
    said = run(sound.filter("ebur128", peak="true", framelog="quiet").output("-", f="null"), path)
    summary = said[said.rfind("Summary:") :]
    found = [re.search(rf"{key}:\s+(-?[\d.]+|-?inf|nan) ", summary) for key in ("I", "Peak", "LRA")]
    if None in found:
        raise FileUnreadable(f"{path}: has no sound to measure")
    integrated, peak, spread = (float(each[1]) for each in found if each)
    return Loudness(integrated_lufs=integrated, true_peak_dbtp=peak, range_lu=spread)


def _limited(sound: Any, ceiling_db: float) -> Any:
    """Peaks held under the ceiling, between the samples too: limited at four times their rate."""
    return (
        sound.filter("aresample", 4 * SOUND_RATE_HZ)
        .filter(
            "alimiter",
            limit=f"{10 ** (ceiling_db / 20):.6f}",
            attack=5,
            release=60,
            level=0,
            latency=1,  # else everything would be heard 5 ms late
        )
        .filter("aresample", SOUND_RATE_HZ)
    )
