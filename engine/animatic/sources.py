"""What things sound like: one small synthesiser for each thing a sound note can name.

A source is given a generator and a number of samples at 48 kHz and gives [2, samples] of any
level. Beds are noise shaped by a spectrum and a slow swell; the rest are events placed by chance.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.animatic.tone import SOUND_RATE_HZ

_Wave = NDArray[np.float64]
Source = Callable[[np.random.Generator, int], _Wave]


def _noise(
    rng: np.random.Generator, count: int, *, low_hz: float, high_hz: float, slope: float = 1
) -> _Wave:
    """White noise between two frequencies, `slope` times 6 dB an octave beyond them."""
    return shaped(rng.standard_normal((2, count)), low_hz=low_hz, high_hz=high_hz, slope=slope)


def shaped(wave: _Wave, *, low_hz: float, high_hz: float, slope: float) -> _Wave:
    count = wave.shape[-1]
    hz = np.fft.rfftfreq(count, 1 / SOUND_RATE_HZ)
    curve = (1 + (hz / high_hz) ** 2) ** (-slope / 2)
    if low_hz:
        curve *= (1 + (low_hz / np.maximum(hz, 1e-3)) ** 2) ** (-slope / 2)
    return np.fft.irfft(np.fft.rfft(wave) * curve, count)


def _swell(rng: np.random.Generator, count: int, *, every_s: float, depth: float) -> _Wave:
    """A slow gain between 1 - depth and 1, other for each ear, with no beat one could count."""
    t = np.arange(count) / SOUND_RATE_HZ
    gains = np.zeros((2, count))
    for share in (1.0, 0.61, 0.37):
        phases = rng.uniform(0, 2 * np.pi) + rng.normal(0, 0.4, (2, 1))
        gains += np.sin(2 * np.pi * t / (every_s * share) + phases) / 3
    return 1 - depth * (0.5 + 0.5 * gains)


def _seconds(length_s: float) -> _Wave:
    return np.arange(round(length_s * SOUND_RATE_HZ)) / SOUND_RATE_HZ


def _add(wave: _Wave, sound: _Wave, at_s: float, side: float = 0.0) -> None:
    """Lay a mono sound into the wave; `side` is -1 left to 1 right, what sticks out is cut."""
    start = max(0, round(at_s * SOUND_RATE_HZ))
    part = sound[: max(0, wave.shape[1] - start)]
    for ear, weight in enumerate((np.sqrt((1 - side) / 2), np.sqrt((1 + side) / 2))):
        wave[ear, start : start + len(part)] += weight * part


def _moments(
    rng: np.random.Generator, count: int, *, every_s: float, first_s: float
) -> list[float]:
    """Times of events, `every_s` apart on average, the first at about `first_s`."""
    moments, now = [], first_s * rng.uniform(0.6, 1.2)
    while now < count / SOUND_RATE_HZ:
        moments.append(now)
        now += every_s * rng.uniform(0.7, 1.3)
    return moments


def _events(
    rng: np.random.Generator,
    count: int,
    make: Callable[[np.random.Generator], _Wave],
    *,
    every_s: float,
    first_s: float = 0.4,
) -> _Wave:
    wave = np.zeros((2, count))
    for moment in _moments(rng, count, every_s=every_s, first_s=first_s):
        _add(wave, make(rng) * rng.uniform(0.6, 1), moment, rng.uniform(-0.6, 0.6))
    return wave


def _tone(hz: float | _Wave, t: _Wave, harmonics: tuple[float, ...] = (1,)) -> _Wave:
    phase = 2 * np.pi * (np.cumsum(hz) / SOUND_RATE_HZ if isinstance(hz, np.ndarray) else hz * t)
    return np.sum([gain * np.sin((i + 1) * phase) for i, gain in enumerate(harmonics)], axis=0)


def _bell_curve(t: _Wave, rise_s: float) -> _Wave:
    """Up within `rise_s`, held, and down again within as long."""
    return np.clip(np.minimum(t, t[-1] - t) / rise_s, 0, 1) ** 2


# Beds: sounds that go on


def _room(rng: np.random.Generator, count: int) -> _Wave:
    return _noise(rng, count, low_hz=40, high_hz=180, slope=2)


def _air(rng: np.random.Generator, count: int) -> _Wave:
    breath = _noise(rng, count, low_hz=90, high_hz=500, slope=2)
    return breath * _swell(rng, count, every_s=5, depth=0.5)


def _rain(rng: np.random.Generator, count: int) -> _Wave:
    hiss = _noise(rng, count, low_hz=900, high_hz=7000)
    drops = np.zeros((2, count))
    t = _seconds(0.012)
    for _ in range(int(count / SOUND_RATE_HZ * 70)):
        drop = np.sin(2 * np.pi * rng.uniform(1800, 6000) * t) * np.exp(
            -t / rng.uniform(1e-3, 3e-3)
        )
        _add(
            drops,
            drop * rng.uniform(0.3, 2.5),
            rng.uniform(0, count / SOUND_RATE_HZ),
            rng.uniform(-1, 1),
        )
    return hiss * _swell(rng, count, every_s=3.1, depth=0.25) + 0.8 * drops


def _wind(rng: np.random.Generator, count: int) -> _Wave:
    body = _noise(rng, count, low_hz=70, high_hz=350, slope=2)
    whistle = _noise(rng, count, low_hz=500, high_hz=800, slope=3)
    gusts = _swell(rng, count, every_s=4.3, depth=0.85)
    return body * gusts + 0.9 * whistle * gusts**3


def _waves(rng: np.random.Generator, count: int) -> _Wave:
    rumble = _noise(rng, count, low_hz=60, high_hz=300, slope=2)
    foam = _noise(rng, count, low_hz=500, high_hz=3500)
    swell = _swell(rng, count, every_s=6.5, depth=0.9)
    return rumble * (0.4 + 0.6 * swell) + 0.5 * foam * swell**3


def _water(rng: np.random.Generator, count: int) -> _Wave:
    return _noise(rng, count, low_hz=400, high_hz=2500) + 1.2 * _events(
        rng, count, _bubble, every_s=0.05, first_s=0.01
    )


def _traffic(rng: np.random.Generator, count: int) -> _Wave:
    hum = _noise(rng, count, low_hz=45, high_hz=220, slope=2)
    wave = hum * _swell(rng, count, every_s=5, depth=0.3)
    t = _seconds(4)
    for moment in _moments(rng, count, every_s=3.5, first_s=0.1):
        passing = _noise(rng, len(t), low_hz=200, high_hz=1100)[0] * np.sin(np.pi * t / 4) ** 4
        _add(wave, 0.9 * passing, max(0, moment - 2), rng.uniform(-0.9, 0.9))
    return wave


def _crowd(rng: np.random.Generator, count: int) -> _Wave:
    """Many voices at once: vowel bands that come and go at the pace of syllables."""
    wave = np.zeros((2, count))
    for centre in (280, 420, 560, 800, 1150, 1600, 2300):
        band = _noise(rng, count, low_hz=centre * 0.9, high_hz=centre * 1.1, slope=3)
        syllables = _swell(rng, count, every_s=rng.uniform(0.22, 0.45), depth=0.9)
        wave += band * syllables * (400 / centre) ** 0.6
    return wave


def _machine(rng: np.random.Generator, count: int) -> _Wave:
    t = np.arange(count) / SOUND_RATE_HZ
    hum = _tone(49.5, t, (1, 0.6, 0.35, 0.2, 0.12)) * (1 + 0.06 * np.sin(2 * np.pi * 0.7 * t))
    whirr = 0.35 * _noise(rng, count, low_hz=150, high_hz=600)
    return np.stack([hum, hum]) * 0.6 + whirr


def _fire(rng: np.random.Generator, count: int) -> _Wave:
    roar = _noise(rng, count, low_hz=60, high_hz=400) * _swell(rng, count, every_s=1.3, depth=0.5)
    return roar + 3 * _events(rng, count, _crackle, every_s=0.09, first_s=0.02)


def _static(rng: np.random.Generator, count: int) -> _Wave:
    hiss = _noise(rng, count, low_hz=900, high_hz=2600, slope=2)
    return hiss * _swell(rng, count, every_s=0.9, depth=0.6) + _events(
        rng, count, _crackle, every_s=0.25
    )


def _crickets(rng: np.random.Generator, count: int) -> _Wave:
    return _events(rng, count, _chirr, every_s=0.55, first_s=0.1)


def _birds(rng: np.random.Generator, count: int) -> _Wave:
    return _events(rng, count, _song, every_s=1.1, first_s=0.3)


def _leaves(rng: np.random.Generator, count: int) -> _Wave:
    rustle = _noise(rng, count, low_hz=1500, high_hz=6000)
    return rustle * _swell(rng, count, every_s=3.4, depth=0.9) ** 2


def _music(rng: np.random.Generator, count: int) -> _Wave:
    """A slow chord, soft as from another room."""
    t = np.arange(count) / SOUND_RATE_HZ
    chord = [_tone(hz, t, (1, 0.3, 0.1)) for hz in (130.8, 196.0, 246.9, 329.6)]
    wave = np.sum(chord, axis=0) * (0.85 + 0.15 * np.sin(2 * np.pi * 0.31 * t))
    return np.stack([wave, wave]) * _swell(rng, count, every_s=4, depth=0.2)


# Events: sounds that come and go


def _bubble(rng: np.random.Generator) -> _Wave:
    t = _seconds(0.04)
    return _tone(rng.uniform(500, 1400) * (1 + 6 * t), t) * np.exp(-t / 0.01)


def _crackle(rng: np.random.Generator) -> _Wave:
    t = _seconds(0.008)
    return rng.standard_normal(len(t)) * np.exp(-t / rng.uniform(5e-4, 2e-3)) * rng.uniform(0.2, 1)


def _chirr(rng: np.random.Generator) -> _Wave:
    t = _seconds(0.3)
    trill = np.maximum(0, np.sin(2 * np.pi * 32 * t)) ** 2
    return _tone(rng.uniform(4200, 4700), t) * trill * _bell_curve(t, 0.08)


def _song(rng: np.random.Generator) -> _Wave:
    notes = []
    for _ in range(rng.integers(2, 5)):
        t = _seconds(rng.uniform(0.06, 0.14))
        slide = rng.uniform(2400, 4200) * (1 + rng.uniform(-2.5, 2.5) * t)
        notes += [_tone(slide, t) * _bell_curve(t, 0.02), np.zeros(round(0.05 * SOUND_RATE_HZ))]
    return np.concatenate(notes)


def _horn(rng: np.random.Generator) -> _Wave:
    t = _seconds(2.2)
    return _tone(rng.uniform(108, 120), t, (1, 0.8, 0.5, 0.35, 0.2)) * _bell_curve(t, 0.35)


def _car_horn(_: np.random.Generator) -> _Wave:
    t = _seconds(0.45)
    both = _tone(349, t, (1, 0.7, 0.5, 0.3)) + _tone(440, t, (1, 0.7, 0.5, 0.3))
    return both * _bell_curve(t, 0.03)


def _thunder(rng: np.random.Generator) -> _Wave:
    t = _seconds(3.5)
    rolls = np.abs(_noise(rng, len(t), low_hz=0.5, high_hz=3, slope=2)[0])
    rumble = _noise(rng, len(t), low_hz=25, high_hz=120, slope=2)[0]
    return (
        rumble * (0.3 + rolls / max(rolls.max(), 1e-9)) * np.minimum(t / 0.08, 1) * np.exp(-t / 1.3)
    )


def _tick(rng: np.random.Generator) -> _Wave:
    t = _seconds(0.03)
    return np.sin(2 * np.pi * 2600 * t) * np.exp(-t / 0.004) + 0.3 * rng.standard_normal(
        len(t)
    ) * np.exp(-t / 0.002)


def _bark(rng: np.random.Generator) -> _Wave:
    t = _seconds(0.19)
    pitch = rng.uniform(420, 560) * (1 + 0.9 * np.sin(np.pi * t / t[-1])) / 1.6
    rough = 1 + 0.4 * rng.standard_normal(len(t))
    return _tone(pitch, t, (1, 0.9, 0.7, 0.5, 0.3)) * rough * _bell_curve(t, 0.03)


def _buzz(_: np.random.Generator) -> _Wave:
    t = _seconds(0.7)
    return _tone(165, t, (1, 0.5, 0.4, 0.2)) * _bell_curve(t, 0.02)


def _ring(_: np.random.Generator) -> _Wave:
    t = _seconds(0.9)
    warble = np.where(np.sin(2 * np.pi * 20 * t) > 0, 880.0, 1046.0)
    return _tone(warble, t, (1, 0.3)) * _bell_curve(t, 0.02)


def _beep(_: np.random.Generator) -> _Wave:
    t = _seconds(0.14)
    return _tone(980, t) * _bell_curve(t, 0.01)


def _knock(rng: np.random.Generator) -> _Wave:
    t = _seconds(0.16)
    once = (_tone(170, t) + 0.5 * rng.standard_normal(len(t))) * np.exp(-t / 0.02)
    return np.concatenate([once, once, once])


def _step(rng: np.random.Generator) -> _Wave:
    t = _seconds(0.11)
    thud = np.sin(2 * np.pi * 95 * t) * np.exp(-t / 0.02)
    return thud + 0.35 * rng.standard_normal(len(t)) * np.exp(-t / 0.012)


def _door(rng: np.random.Generator) -> _Wave:
    creak = _seconds(0.8)
    groan = _tone(rng.uniform(170, 230) * (1 + 0.3 * creak), creak, (1, 0.7, 0.6, 0.5))
    t = _seconds(0.25)
    slam = (_tone(80, t) + 0.4 * rng.standard_normal(len(t))) * np.exp(-t / 0.04)
    return np.concatenate([0.15 * groan * _bell_curve(creak, 0.2), slam])


def _bell(_: np.random.Generator) -> _Wave:
    t = _seconds(2.5)
    partials = (
        (523, 1, 1.2),
        (1046, 0.6, 0.8),
        (1244, 0.5, 0.6),
        (1570, 0.3, 0.4),
        (2093, 0.2, 0.3),
    )
    struck = [gain * np.sin(2 * np.pi * hz * t) * np.exp(-t / fall) for hz, gain, fall in partials]
    return np.sum(struck, axis=0)


def _siren(_: np.random.Generator) -> _Wave:
    t = _seconds(3)
    return _tone(600 + 250 * np.sin(2 * np.pi * t / 1.5), t, (1, 0.4, 0.2)) * _bell_curve(t, 0.5)


def _heartbeat(_: np.random.Generator) -> _Wave:
    t = _seconds(0.22)
    thump = np.sin(2 * np.pi * 52 * t) * np.exp(-t / 0.05)
    return np.concatenate([thump, 0.7 * thump])


def _click(rng: np.random.Generator) -> _Wave:
    t = _seconds(0.03)
    return rng.standard_normal(len(t)) * np.exp(-t / 0.004)


def _repeated(
    make: Callable[[np.random.Generator], _Wave], every_s: float, first_s: float = 0.4
) -> Source:
    def source(rng: np.random.Generator, count: int) -> _Wave:
        return _events(rng, count, make, every_s=every_s, first_s=first_s)

    return source


SOURCES: dict[str, Source] = {
    "room": _room,
    "air": _air,
    "rain": _rain,
    "wind": _wind,
    "waves": _waves,
    "water": _water,
    "traffic": _traffic,
    "crowd": _crowd,
    "machine": _machine,
    "fire": _fire,
    "static": _static,
    "crickets": _crickets,
    "birds": _birds,
    "leaves": _leaves,
    "music": _music,
    "horn": _repeated(_horn, 6, 0.8),
    "car horn": _repeated(_car_horn, 3),
    "thunder": _repeated(_thunder, 5, 0.5),
    "clock": _repeated(_tick, 1.0, 0.3),
    "bark": _repeated(_bark, 0.6),
    "buzz": _repeated(_buzz, 1.6),
    "ring": _repeated(_ring, 2.2),
    "beep": _repeated(_beep, 1.0),
    "knock": _repeated(_knock, 3.0, 0.8),
    "steps": _repeated(_step, 0.55),
    "door": _repeated(_door, 5, 0.6),
    "bell": _repeated(_bell, 3, 0.5),
    "siren": _repeated(_siren, 3.2, 0.2),
    "heartbeat": _repeated(_heartbeat, 0.95),
    "keys": _repeated(_click, 0.16, 0.1),
    "applause": _repeated(_click, 0.006, 0.01),
}
