"""What a measurement may be handed to see and hear with: models, and what to compare against.

A sense that is not there leaves its figures absent, and the policy says what that means. Nothing
here loads a model; `review.listening`, `review.voices` and `review.faces` have some, and `flows`
opens those that a machine has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

RATE_HZ = 16_000
"""Of the sound that every sense is given: one channel, full scale at 1."""

Mono = npt.NDArray[np.float32]
Rgb = npt.NDArray[np.uint8]
Print = npt.NDArray[np.float32]
"""A face or a voice as a direction; of length 1, so that a product of two is their likeness."""

Span = tuple[float, float]
"""Start and end in seconds."""


class Activity(Protocol):
    """Tells speech from all other sound."""

    name: str

    def spans(self, sound: Mono) -> tuple[Span, ...]:
        """When anybody speaks, in order."""


class Recogniser(Protocol):
    """Writes down what is said."""

    name: str
    languages: frozenset[str]
    """Tags of the house's languages that it reads."""

    def hear(self, sound: Mono, tag: str) -> str:
        """The words, taken to be in that language."""

    def likelihood(self, sound: Mono, tag: str) -> float | None:
        """How likely the speech is in that language, 0 to 1; None where it knows only one."""


class Voices(Protocol):
    """Tells voices apart."""

    name: str

    def print(self, sound: Mono) -> Print:
        """The voice of the one person who speaks there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """A face in a frame."""

    box: tuple[int, int, int, int]
    """Left, top, width, height in pixels."""
    print: Print


class Faces(Protocol):
    """Finds faces and tells them apart."""

    name: str

    def find(self, frame: Rgb) -> tuple[Face, ...]:
        """Every face, the largest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Senses:
    """The models there are on this machine."""

    activity: Activity | None = None
    recogniser: Recogniser | None = None
    voices: Voices | None = None
    faces: Faces | None = None

    def names(self) -> dict[str, str]:
        """Each sense to the model behind it, "" where there is none."""
        return {
            "activity": self.activity.name if self.activity else "",
            "recogniser": self.recogniser.name if self.recogniser else "",
            "voices": self.voices.name if self.voices else "",
            "faces": self.faces.name if self.faces else "",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """How a character is known to look or sound."""

    of: str
    """The key of the take, or the digest of the portrait, that it was taken from."""
    print: Print


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchors:
    """What the request's figures are known by, each by its index among them."""

    voices: Mapping[int, Anchor] = field(default_factory=dict)
    faces: Mapping[int, Anchor] = field(default_factory=dict)

    def mark(self) -> str:
        """Changes when any of them does."""
        each = (*self.voices.items(), *self.faces.items())
        return ",".join(f"{index}:{anchor.of[:12]}" for index, anchor in each)
