"""Everyday English, for the recogniser that knows nothing of us.

The grammars that shots are drawn from put names and things together as nobody would, and a
recogniser leans on what is likely: it mishears half the words of such sentences in any voice. What
people do say it understands, so that is what a made voice is measured by.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from itertools import count

import numpy as np
from ruamel.yaml import YAML

from engine.foal.clip import Clip
from engine.foal.evaluate.columns import Tried
from engine.foal.evaluate.measure import words_of
from engine.foal.evaluate.scores import Heard
from engine.foal.evaluate.trial import in_columns
from engine.foal.plan import FRAMES_PER_LATENT, Rehearsal, rehearse
from engine.foal.requests import sample_request
from engine.foal.teacher import sound
from engine.interface import EngineError


def lines() -> tuple[str, ...]:
    text = files("engine.foal.evaluate").joinpath("everyday.yaml").read_text(encoding="utf-8")
    return tuple(YAML(typ="safe", pure=True).load(text))


def spoken(most: int | None = None) -> Iterator[Rehearsal]:
    """Each line in place of the one sentence of a held-out English shot in whose time it fits;
    who says it, how, and what is heard beside it are as drawn."""
    seeds = count()
    for line in lines()[:most]:
        yield next(found for seed in seeds if (found := _said(line, seed)))


def _said(line: str, seed: int) -> Rehearsal | None:
    request = sample_request(seed, held_out=True)
    if request.language != "en" or len(request.speeches) != 1:
        return None
    speech = request.speeches[0].model_copy(update={"text": line})
    try:
        return rehearse(request.model_copy(update={"speeches": (speech,)}))
    except EngineError:
        return None  # too long for that window


def heard(tried: Tried, rehearsal: Rehearsal) -> Heard:
    """What is understood in each column; the truth's pictures, which nobody looks at, are black."""
    black = np.zeros((FRAMES_PER_LATENT, 16, 16, 3), np.uint8)
    truth = Clip(frames=black, sound=sound(rehearsal))
    clips = in_columns(tried, rehearsal, truth)
    return {name: words_of(rehearsal, clip) for name, clip in clips.items()}
