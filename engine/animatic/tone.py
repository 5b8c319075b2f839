"""The sound desk: dry samples of a synthesiser to a voice in a place, on the take's clock.

Everything here takes and gives float32 in [-1, 1]; levels are dBFS of the root mean square.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""[samples] in [-1, 1]."""

Stereo = NDArray[np.float32]
"""[2, samples] in [-1, 1], left and right."""

Curve = tuple[tuple[float, float], ...]
"""A tone curve: (frequency in Hz, gain in dB), rising in frequency, joined by lines."""

SOUND_RATE_HZ = 48_000
SPEECH_DBFS = -20.0
_CEILING = 0.89
"""-1 dBFS, which leaves room for what an encoder adds."""


def amplitude(dbfs: float) -> float:
    return float(10 ** (dbfs / 20))


def level_dbfs(samples: NDArray[np.float32]) -> float:
    """Root mean square in dBFS; -120 for silence."""
    return float(20 * np.log10(max(float(np.sqrt(np.mean(np.square(samples)))), 1e-6)))


def speech_level_dbfs(samples: Samples, rate_hz: int = SOUND_RATE_HZ) -> float:
    """Level of the parts that are spoken: windows of 20 ms, pauses left out."""
    width = rate_hz // 50
    whole = samples[: len(samples) // width * width].reshape(-1, width)
    if not len(whole):
        return level_dbfs(samples) if len(samples) else -120.0
    powers = np.mean(np.square(whole), axis=1)
    loud = powers[powers > powers.max() / 400]
    return float(10 * np.log10(max(float(loud.mean()) if len(loud) else 0.0, 1e-12)))


def resampled(samples: Samples, rate_hz: int, curve: Curve) -> Samples:
    """At 48 kHz, with the tone curve applied.

    One transform does both, exactly and without delay. The length is that of the input in
    seconds, to a sample.
    """
    if not len(samples):
        return np.zeros(0, np.float32)
    step = rate_hz // int(np.gcd(rate_hz, SOUND_RATE_HZ))
    blocks = -(-(len(samples) + rate_hz // 20) // step)
    blocks += -blocks % 8
    spectrum = np.fft.rfft(samples, blocks * step)
    heights = np.fft.rfftfreq(blocks * step, 1 / rate_hz)
    hz, gain_db = np.array(curve).T
    spectrum *= 10 ** (np.interp(np.log(heights + 1), np.log(hz + 1), gain_db) / 20)
    count = blocks * step * SOUND_RATE_HZ // rate_hz
    resized = np.zeros(count // 2 + 1, complex)
    common = min(len(spectrum), len(resized))
    resized[:common] = spectrum[:common]
    wave = np.fft.irfft(resized, count) * (SOUND_RATE_HZ / rate_hz)
    return wave[: round(len(samples) * SOUND_RATE_HZ / rate_hz)].astype(np.float32)


def faded(samples: NDArray[np.float32], seconds: float) -> NDArray[np.float32]:
    """With both ends brought to silence by half a cosine: no click where it starts or stops."""
    count = min(round(seconds * SOUND_RATE_HZ), samples.shape[-1] // 2)
    if not count:
        return samples
    ramp = (0.5 - 0.5 * np.cos(np.pi * (np.arange(count) + 0.5) / count)).astype(np.float32)
    shaped = samples.copy()
    shaped[..., :count] *= ramp
    shaped[..., -count:] *= ramp[::-1]
    return shaped


def levelled(samples: Samples, dbfs: float) -> Samples:
    """Brought to a speech level; silence stays silence."""
    now = speech_level_dbfs(samples)
    if now <= -100:
        return samples
    return np.asarray(samples * amplitude(dbfs - now), np.float32)


def limited(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Peaks above half scale bent smoothly under -1 dBFS; what is below is left alone."""
    size = np.abs(samples)
    room = _CEILING - 0.5
    bent = 0.5 + room * np.tanh((size - 0.5) / room)
    return np.where(size > 0.5, np.sign(samples) * bent, samples).astype(np.float32)


def panned(samples: Samples, place: float) -> Stereo:
    """`place` is -1 left to 1 right; loudness stays the same all the way."""
    angle = (place + 1) * np.pi / 4
    sides = np.array([[np.cos(angle)], [np.sin(angle)]]) * np.sqrt(2)
    return np.asarray(sides * samples[None, :], np.float32)


def room_response(seconds: float, seed: int) -> Stereo:
    """A room's answer to a click: some walls, then a tail that falls by 60 dB in `seconds`."""
    rng = np.random.default_rng(seed)
    count = max(1, round(seconds * SOUND_RATE_HZ))
    t = np.arange(count) / SOUND_RATE_HZ
    tail = rng.standard_normal((2, count)) * 10 ** (-3 * t / seconds) * np.minimum(t / 0.012, 1)
    tail = _darkened(tail)
    tail *= 0.7 / np.sqrt(np.sum(tail**2, axis=1, keepdims=True))
    for delay_s, gain in ((0.007, 0.30), (0.011, 0.24), (0.017, 0.19), (0.023, 0.15)):
        for side in range(2):
            at = round((delay_s + 0.0013 * side) * SOUND_RATE_HZ)
            if at < count:
                tail[side, at] += gain
    return tail.astype(np.float32)


def in_room(voice: Stereo, response: Stereo, wet: float) -> Stereo:
    """The voice and, at `wet` times its strength, what the room adds; as long as the voice."""
    count = voice.shape[1]
    size = 1 << (count + response.shape[1] - 1).bit_length()
    answer = np.fft.irfft(np.fft.rfft(voice, size) * np.fft.rfft(response, size), size)
    return np.asarray(voice + wet * answer[:, :count], np.float32)


def _darkened(noise: NDArray[np.float64]) -> NDArray[np.float64]:
    """Walls swallow what is high: 6 dB an octave from 2 kHz."""
    count = noise.shape[1]
    hz = np.fft.rfftfreq(count, 1 / SOUND_RATE_HZ)
    return np.fft.irfft(np.fft.rfft(noise) / np.sqrt(1 + (hz / 2000) ** 2), count)
