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

CLOSE_LU = 0.3
"""How near to the target is near enough to stop trying; deliveries allow 0.5 to 1."""

_TRIES = 6
_OVERSHOOT_DB = 0.3
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
    source = ffmpeg.input(url(path)).audio.filter("ebur128", peak="true", framelog="quiet")
    said = run(source.output("-", f="null"), path)
    summary = said[said.rfind("Summary:") :]
    found = [re.search(rf"{key}:\s+(-?[\d.]+|-?inf|nan) ", summary) for key in ("I", "Peak", "LRA")]
    if None in found:
        raise FileUnreadable(f"{path}: has no sound to measure")
    integrated, peak, spread = (float(each[1]) for each in found if each)
    return Loudness(integrated_lufs=integrated, true_peak_dbtp=peak, range_lu=spread)


def encode_sound(
    film: Path, path: Path, *, integrated_lufs: float, true_peak_dbtp: float, kbps: int
) -> Loudness:
    """Write the film's sound as AAC in an .m4a at that loudness, and give what it measures.

    One gain for the whole film; a limiter only where the peaks would be too high. What is measured
    is the encoded file, and gain and limit are corrected until it is right. A silent film is left
    alone. Sound that cannot be as loud under the peak (a few clicks) is as loud as it can be.
    """
    before = after = measure_loudness(film)
    gain, ceiling = integrated_lufs - before.integrated_lufs, true_peak_dbtp - _OVERSHOOT_DB
    if before.silent:
        gain, ceiling = 0.0, 0.0
    for _ in range(_TRIES):
        _encode(film, path, gain, ceiling, before.true_peak_dbtp + gain > ceiling, kbps)
        after = measure_loudness(path)
        off, over = integrated_lufs - after.integrated_lufs, after.true_peak_dbtp - true_peak_dbtp
        if before.silent or (abs(off) <= CLOSE_LU and over <= 0):
            return after
        gain += off
        ceiling -= max(over + 0.1, 0.0) if over > 0 else 0.0
    _log.warning("loudness off by %.1f LU: %s", off, film)
    return after


def _encode(
    film: Path, path: Path, gain_db: float, ceiling_db: float, limited: bool, kbps: int
) -> None:
    sound = ffmpeg.input(url(film)).audio
    if gain_db:
        sound = sound.filter("volume", f"{gain_db:.2f}dB", precision="float")
    if limited:
        sound = _limited(sound, ceiling_db)
    run(sound.output(url(path), f="ipod", map_metadata=-1, **sound_settings(kbps)), film)


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
