"""Who speaks how: a figure's words, looks and name to a voice that is theirs in every shot.

What the script says of the voice decides; then what it says of the looks, read as the drawing
reads them, so that who is drawn as a woman is heard as one; a hash of the name settles the rest,
so that two characters nobody described still sound different.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from engine.animatic.looks import looks_of
from storyboard.request import Figure

Manner = Literal["plain", "whisper", "shout"]
Medium = Literal["air", "radio"]

_VARIANTS: dict[str, tuple[str, ...]] = {
    "man": ("m1", "m2", "m3", "m8", "Alex", "Diogo"),
    "woman": ("f2", "f3", "f4", "f5", "steph"),
    "child": ("f5", "f2"),
    "robot": ("klatt2", "klatt4"),
    "creature": ("f5", "f4"),
}
"""Kind of voice to espeak-ng's variants: of 40 tried, those that Whisper tiny.en misheard least."""

_PITCH = {"man": 52, "woman": 52, "child": 76, "robot": 34, "creature": 92}
"""On espeak-ng's scale; about 110 Hz for the men, 210 Hz for the women, 260 Hz for a child."""

_RANGE = {"man": 50, "woman": 56, "child": 62, "robot": 12, "creature": 80}

_CHILD = (
    r"\b(child|kid|boy|girl|toddler|kinderstimme|enfant)\b|小孩|孩子|子供|少年|少女|아이|소년|소녀"
)
_ROBOT = r"\b(robot\w*|android|droid|synthetic|computer|machine)\b|机器|機械|ロボット|로봇"
_RADIO = (
    r"\b(radio|phone|telephone|intercom|walkie|loudspeaker|megaphone|transmission|funk|telefon|"
    r"téléphone)\b|无线|無線|电话|電話|ラジオ|라디오|전화"
)
_PITCH_AWAY = 18
"""However many words say so, a voice stays one that can be understood."""

_PITCHED: tuple[tuple[str, int], ...] = (
    (r"\b(low|deep|gruff|gravel\w*|bass|tief\w*|grave)\b|低|낮은", -16),
    (r"\b(old|elderly|aged|alt\w*|vieux|vieille)\b|老|늙은", -8),
    (r"\b(young|bright|light|jung\w*|jeune|claire?)\b|年轻|年輕|若い|젊은", 6),
    (r"\b(high|shrill|squeaky|hoch\w*|aiguë?)\b|高|높은", 16),
)
_RANGED: tuple[tuple[str, int], ...] = (
    (r"\b(calm|flat|monotone|dry|steady|ruhig\w*|calme)\b|平静|冷静|차분", -18),
    (r"\b(warm|kind|bright|lively|excited|lebhaft\w*|vive?)\b|温柔|明るい|밝은", 12),
)
_PACED: tuple[tuple[str, float], ...] = (
    (r"\b(slow|unhurried|calm|tired|old|langsam\w*|lente?)\b|慢|ゆっくり|느린", 0.9),
    (r"\b(quick|fast|hurried|brisk|nervous|schnell\w*|rapide|vite)\b|快|早口|빠른", 1.1),
)
_WHISPER = (
    r"whisper|hushed|under (his|her|their) breath|flüster|chuchot|murmur|低声|小声|ささや|속삭"
)
_SHOUT = r"shout|yell|scream|call(s|ing) out|loud|angr|schrei|ruf|cri|hurl|喊|叫|大声|외치|소리"


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How one speech is spoken, whatever its words and language."""

    variant: str
    """espeak-ng's name after the plus sign."""
    pitch: int
    """0 to 99."""
    pitch_range: int
    """0 to 99."""
    pace: float
    """Wish for a speed, as a share of the natural one; the window of a speech comes first."""
    manner: Manner
    medium: Medium


@lru_cache(maxsize=512)
def voice_of(figure: Figure, delivery: str = "") -> Voice:
    """The figure's voice for a speech of that delivery; any text will do."""
    chance = np.random.default_rng(_number(figure.name))
    words = figure.voice.lower()
    kind = _kind(figure, words)
    variant = str(chance.choice(_VARIANTS[kind]))
    manner = _manner(f"{delivery} {words}".lower())
    asked = max(-_PITCH_AWAY, min(_PITCH_AWAY, _sum(words, _PITCHED)))
    pitch = _PITCH[kind] + int(chance.integers(-6, 7)) + asked
    if manner == "whisper":
        variant = "whisper" if kind == "man" else "whisperf"
    return Voice(
        variant=variant,
        pitch=_clamped(pitch + (10 if manner == "shout" else 0)),
        pitch_range=_clamped(_RANGE[kind] + int(chance.integers(-8, 9)) + _sum(words, _RANGED)),
        pace=_product(words, _PACED) * float(chance.uniform(0.97, 1.03)),
        manner=manner,
        medium="radio" if re.search(_RADIO, words) or looks_of(figure).kind == "phone" else "air",
    )


def _kind(figure: Figure, words: str) -> str:
    looks = looks_of(figure)
    if looks.kind in ("dog", "cat"):
        return "creature"
    if looks.kind in ("robot", "cloud") or re.search(_ROBOT, words):
        return "robot"
    if looks.age == "child" or re.search(_CHILD, words):
        return "child"
    return "woman" if looks.woman else "man"


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"voice {name.strip().lower()}".encode()).digest()[:8])


def _manner(words: str) -> Manner:
    if re.search(_WHISPER, words):
        return "whisper"
    return "shout" if re.search(_SHOUT, words) else "plain"


def _sum(words: str, table: tuple[tuple[str, int], ...]) -> int:
    return sum(amount for pattern, amount in table if re.search(pattern, words))


def _product(words: str, table: tuple[tuple[str, float], ...]) -> float:
    paces = [pace for pattern, pace in table if re.search(pattern, words)]
    return paces[0] if paces else 1.0


def _clamped(value: int) -> int:
    return max(0, min(99, value))
