"""What one generation needs, what an engine can serve, and what came of it."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from storyboard.board import Framing
from storyboard.document import Document, Seconds, digest

Aspect = Literal["9:16", "16:9", "1:1"]


class Figure(Document):
    """A character as the engine sees one, in picture or only heard."""

    name: str
    looks: str = ""
    voice: str = ""
    reference: str | None = None
    """sha256 of the portrait; the bytes travel beside the request."""
    in_picture: bool = True


class Speech(Document):
    """Words to be spoken inside the shot, with the window they are given."""

    speaker: int
    """Index into the request's figures."""
    text: str
    delivery: str = ""
    start: Seconds
    end: Seconds


class Request(Document):
    """One generation, complete. It does not know which shot or production it serves."""

    prompt: str
    """The compiled prompt of a model that reads one (English body, dialogue, background sound)."""
    language: str | None
    """Tag of the speeches; None when nobody speaks, so that one take serves every language."""
    place: str = ""
    interior: bool = True
    time_of_day: str = ""
    framing: Framing = "medium"
    action: str = ""
    sound: str = ""
    figures: tuple[Figure, ...] = ()
    speeches: tuple[Speech, ...] = ()
    seconds: Seconds
    frame_rate: int
    aspect: Aspect
    preview_size: tuple[int, int]
    """Width and height in pixels."""
    render_size: tuple[int, int]
    seed: int
    reference: str | None = None
    """sha256 of the first-frame picture."""

    @property
    def frames(self) -> int:
        """Length in frames; `seconds` is always a whole number of them."""
        count = self.seconds * self.frame_rate
        assert count.denominator == 1, f"{self.seconds} s is no whole number of frames"
        return count.numerator


class Capabilities(Document):
    """What an engine can serve; planning refuses the rest."""

    engine: str
    languages: tuple[str, ...]
    aspects: dict[Aspect, tuple[tuple[int, int], tuple[int, int]]]
    """Aspect to (preview size, render size), each width and height in pixels."""
    frame_rate: int = 25
    shortest: Seconds = Fraction(5)
    longest: Seconds = Fraction(8)
    speeches_per_shot: int = 2
    speakers_per_shot: int = 2
    figures_per_shot: int = 2
    first_frames: bool = False
    """A shot may begin with a given picture; otherwise one that names such a picture is refused."""
    photographs: bool = True
    """Such a picture may be of anything; otherwise it is kept only where it is drawn as the engine
    draws, and the cue sheet says so."""
    portraits: bool = False
    """Characters may follow a portrait; otherwise they follow their looks in words, and the cue
    sheet says so."""
    exact_render: bool = True
    """The render is of the very take the preview showed."""
    parallel: int = 1
    """How many requests this engine gains from serving at once."""
    preview_cost: float = 1.0
    """Estimated seconds of engine time for one second of preview."""
    render_cost: float = 1.0
    """Estimated seconds of engine time for one second of render."""

    @property
    def redraws(self) -> bool:
        """A picture that a shot begins with is seen, and does not stay what it is."""
        return self.first_frames and not self.photographs

    def preview_time(self, seconds: Fraction) -> float:
        """Estimated engine time in seconds to preview so much film."""
        return float(seconds) * self.preview_cost

    def render_time(self, seconds: Fraction) -> float:
        """Estimated engine time in seconds to render so much film."""
        return float(seconds) * self.render_cost


class MediaFile(Document):
    """A file a take is made of; its name is relative to the take's folder."""

    name: str
    sha256: str
    size: int
    media_type: str


class Spoken(Document):
    """When a speech is really heard in the take."""

    speech: int
    """Index into the request's speeches."""
    start: Seconds
    end: Seconds


class Take(Document):
    """The record of one generation: a preview, and later its render."""

    schema_version: Literal[1] = 1
    key: str
    engine: str
    fingerprint: str
    seed: int
    seconds: Seconds
    files: tuple[MediaFile, ...]
    """preview.mp4, poster.jpg, base.safetensors where the engine keeps latents, render.mp4."""
    spoken: tuple[Spoken, ...] = ()
    engine_seconds: dict[str, float] = {}
    """Stage ("preview", "render") to seconds of engine time."""
    notes: tuple[str, ...] = ()
    """What the engine had to do to serve the request: "speech sped up by 12 %"."""

    @property
    def rendered(self) -> bool:
        return any(file.name == "render.mp4" for file in self.files)


def take_key(request: Request, fingerprint: str) -> str:
    """The name of a take everywhere: equal requests to equal engines have been made already."""
    return digest(request, fingerprint)
