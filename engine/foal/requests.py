"""Requests to learn from and to be tried on: drawn from a seed over all that the teacher can draw.

A request of the trial (`held_out`) has sentences and combinations of looks, place and light that no
request of training has.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from fractions import Fraction
from random import Random
from typing import TypeVar

from engine.animatic.pronunciation import ESPEAK_VOICES
from engine.foal.sentences import sentence
from storyboard.board import Framing
from storyboard.request import Aspect, Figure, Request, Speech

_T = TypeVar("_T")

INTERIORS = (
    "lamp room", "kitchen", "bathroom", "hospital", "bedroom", "classroom", "radio studio", "café",
    "shop", "tunnel", "corridor", "theatre", "office", "car", "living room", "plain",
)  # fmt: skip
EXTERIORS = (
    "harbour", "cliff", "beach", "rooftop", "shop", "street", "forest", "mountain", "park",
    "desert", "space", "open country",
)  # fmt: skip
SIZES: dict[Aspect, tuple[tuple[int, int], tuple[int, int]]] = {
    "9:16": ((256, 448), (1080, 1920)),
    "16:9": ((448, 256), (1920, 1080)),
    "1:1": ((256, 256), (1080, 1080)),
}
_FRAMINGS: dict[Framing, float] = {
    "close": 0.32,
    "medium": 0.32,
    "two-shot": 0.2,
    "wide": 0.11,
    "insert": 0.05,
}
_ASPECTS: dict[Aspect, float] = {"9:16": 0.55, "16:9": 0.27, "1:1": 0.18}
_HOURS = ("day", "day", "night", "dawn", "dusk")
_HAIRS = (
    "short {} hair", "long {} hair", "{} hair in a bob", "{} hair in a bun", "{} ponytail",
    "curly {} hair", "cropped {} hair", "bald",
)  # fmt: skip
_HAIR_COLOURS = ("black", "dark brown", "brown", "auburn", "ginger", "blond", "grey", "white")
_SKINS = ("pale skin", "asian", "olive skin", "brown skin", "black", "very dark skin")
_GARMENTS = (
    "shirt", "jumper", "coat", "hoodie", "dress", "suit", "uniform", "apron", "raincoat", "scrubs",
)  # fmt: skip
_CLOTHS = (
    "red", "orange", "yellow", "green", "teal", "blue", "navy", "purple", "pink", "brown", "white",
    "black", "grey", "beige",
)  # fmt: skip
_AGES = ("young", "young", "middle-aged", "old", "child")
_EXTRAS = (
    "glasses", "freckles", "earrings", "a red scarf", "a blue scarf", "a black cap", "a brown hat",
    "a grey beanie",
)  # fmt: skip
_CREATURES = ("a dog", "a cat", "a robot", "a cloud", "a ghost")
_VOICES = ("", "", "low", "high", "young, quick", "old, slow", "calm", "warm", "lively")
_DELIVERIES = (
    "", "", "", "angry", "sad", "laughing", "afraid", "surprised", "tired", "whispering",
    "shouting", "thoughtful", "gently",
)  # fmt: skip
_ACTIONS = (
    "", "", "", "{} looks up.", "{} waves.", "{} shakes {pronoun} head.", "{} turns away.",
    "{} holds a phone.", "{} walks.", "{} runs.", "{} smiles.", "{} is sad.", "{} is surprised.",
)  # fmt: skip
_SOUNDS = (
    "", "", "rain", "wind", "waves", "traffic", "crowd", "a humming machine", "crickets", "birds",
    "a clock", "fire", "music", "thunder", "water", "leaves",
)  # fmt: skip
_PROPS = (
    "a radio", "a laptop", "a phone", "a letter", "a clock", "a lamp", "a cup", "a photo", "a key",
    "a book", "a bottle", "a shoe", "a bowl", "a box",
)  # fmt: skip
_NAMES = [
    "Abo",
    "Bek",
    "Cil",
    "Dor",
    "Eke",
    "Fen",
    "Gus",
    "Hol",
    "Ibo",
    "Jor",
    "Kef",
    "Lum",
    "Mon",
    "Nev",
    "Oro",
    "Pell",
    "Quo",
    "Rud",
    "Sev",
    "Tam",
]


def sample_request(seed: int, *, held_out: bool = False) -> Request:
    """The request of that seed; equal seeds give equal requests."""
    chance = Random(f"request:{seed}:{held_out}")  # noqa: S311 (pictures, not secrets)
    while True:
        request = _drawn(chance, held_out)
        if _kept_for_trial(request) == held_out:
            return request


def _kept_for_trial(request: Request) -> bool:
    """One combination in sixteen of who stands where in which light is never learnt from."""
    looks = [f"{figure.looks}" for figure in request.figures]
    about = "|".join([request.place, str(request.interior), request.time_of_day, *looks])
    return hashlib.sha256(about.encode()).digest()[0] < 16


def _drawn(chance: Random, held_out: bool) -> Request:
    framing = _weighed(chance, _FRAMINGS)
    interior = chance.random() < 0.55
    figures = _figures(chance, framing)
    language = chance.choice(tuple(ESPEAK_VOICES))
    seconds = Fraction(5)
    speeches = _speeches(chance, figures, language, held_out) if figures else ()
    aspect = _weighed(chance, _ASPECTS)
    preview, render = SIZES[aspect]
    return Request(
        prompt="",
        language=language if speeches else None,
        place=chance.choice(INTERIORS if interior else EXTERIORS),
        interior=interior,
        time_of_day=chance.choice(_HOURS),
        framing=framing,
        action=_action(chance, framing, figures),
        sound=chance.choice(_SOUNDS),
        figures=figures,
        speeches=speeches,
        seconds=seconds,
        frame_rate=25,
        aspect=aspect,
        preview_size=preview,
        render_size=render,
        seed=chance.randrange(1 << 31),
    )


def _figures(chance: Random, framing: Framing) -> tuple[Figure, ...]:
    if framing == "insert":
        return ()
    if framing == "two-shot":
        count = 2
    elif framing == "close":
        count = 1
    else:
        count = chance.choice((1, 1, 1, 2, 0) if framing == "wide" else (1, 1, 1, 2))
    names = chance.sample(_NAMES, 2)
    return tuple(_figure(chance, name) for name in names[:count])


def _figure(chance: Random, name: str) -> Figure:
    if chance.random() < 0.07:
        return Figure(name=name, looks=f"{chance.choice(_CREATURES)}, {chance.choice(_CLOTHS)}")
    woman, age = chance.random() < 0.5, chance.choice(_AGES)
    hair = chance.choice(_HAIRS[:-1] if woman else _HAIRS).format(chance.choice(_HAIR_COLOURS))
    who = {"child": ("girl", "boy")}.get(age, ("woman", "man"))[0 if woman else 1]
    parts = [f"{age} {who}", chance.choice(_SKINS), hair]
    parts.append(f"{chance.choice(_CLOTHS)} {chance.choice(_GARMENTS)}")
    if not woman and age != "child" and chance.random() < 0.35:
        parts.append(chance.choice(("stubble", "moustache", "full beard")))
    if chance.random() < 0.3:
        parts.append(chance.choice(_EXTRAS))
    return Figure(name=name, looks=", ".join(parts), voice=chance.choice(_VOICES))


def _speeches(
    chance: Random, figures: Sequence[Figure], language: str, held_out: bool
) -> tuple[Speech, ...]:
    if chance.random() < 0.06:
        return ()
    count = 2 if len(figures) == 2 and chance.random() < 0.5 else 1
    speakers = list(range(len(figures)))
    chance.shuffle(speakers)
    if count == 2:
        turn = Fraction(chance.randrange(54, 62), 25)
        windows = [
            (Fraction(chance.randrange(4, 12), 25), turn),
            (turn + Fraction(6, 25), Fraction(5)),
        ]
    else:
        start = Fraction(chance.randrange(5, 20), 25)
        windows = [(start, start + Fraction(chance.randrange(80, 100), 25))]
    return tuple(
        Speech(
            speaker=speaker,
            text=_sentence_for(chance, language, float(end - start), held_out),
            delivery=chance.choice(_DELIVERIES),
            start=start,
            end=min(end, Fraction(24, 5)),
        )
        for speaker, (start, end) in zip(speakers, windows, strict=False)
    )


_SIGNS_PER_S = {
    "en": 13.0, "cmn-Hans-CN": 4.2, "yue-Hant-HK": 4.2, "ja-JP": 6.5, "ko-KR": 5.5, "de-DE": 13.0,
    "fr-FR": 13.0,
}  # fmt: skip
"""Characters that are spoken in a second without hurry."""


def _sentence_for(chance: Random, language: str, seconds: float, held_out: bool) -> str:
    """One or more sentences that fill the window without being hurried."""
    room = seconds * _SIGNS_PER_S[language]
    for _ in range(40):
        text = sentence(language, chance, held_out=held_out)
        if len(text) <= room:
            return text
    return min((sentence(language, chance, held_out=held_out) for _ in range(20)), key=len)


def _action(chance: Random, framing: Framing, figures: Sequence[Figure]) -> str:
    if framing == "insert":
        return f"There is {chance.choice(_PROPS)}."
    if not figures:
        return ""
    name = chance.choice(figures).name
    return chance.choice(_ACTIONS).format(name, pronoun="her")


def _weighed(chance: Random, shares: dict[_T, float]) -> _T:
    return chance.choices(tuple(shares), tuple(shares.values()))[0]
