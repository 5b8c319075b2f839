"""What was delivered: one manifest per language and aspect, the commit of a deliverable.

Everything the result page and the catalog show is in the manifests, so both can be made again
from the vault alone.
"""

from __future__ import annotations

from typing import Literal

from flows.money.amounts import Sum
from review import Outcome
from storyboard.board import Framing, Origin
from storyboard.document import Document, Seconds
from storyboard.request import Aspect, MediaFile
from storyboard.timeline import Caption


class ManifestLine(Document):
    """Words as they are heard in the film."""

    speaker: str
    """Display name."""
    text: str
    delivery: str = ""
    heard_only: bool = False
    start: Seconds
    """On the film's clock."""
    end: Seconds
    origin: Origin = "given"
    """Where the words come from, when the film was made."""


class ManifestShot(Document):
    """A clip of the film and the take it is of."""

    shot: str
    scene: str
    take: str
    start: Seconds
    """On the film's clock."""
    seconds: Seconds
    framing: Framing
    action: str
    lines: tuple[ManifestLine, ...]
    seed: int
    tries: int
    """Previews made before this take was kept, itself included."""
    engine_seconds: float
    """What the take cost, whenever it was made."""
    outcome: Outcome
    """Not a pass only where the policy took the best take there was, or a person approved it."""
    approved_by: str = ""
    """Who approved the take; nobody where the gate alone let it pass."""
    notes: tuple[str, ...] = ()


class Manifest(Document):
    """A film that was delivered, whole: written after its files and never rewritten."""

    schema_version: Literal[1] = 1
    slug: str
    version: str
    title: str
    language: str
    aspect: Aspect
    engine: str
    fingerprint: str
    delivery: str
    gate: str
    created: str
    """ISO 8601, UTC."""
    seconds: Seconds
    frame_rate: int
    size: tuple[int, int]
    loudness_lufs: float | None
    """Integrated, measured on the master; None for a film without sound."""
    true_peak_dbtp: float | None
    label: str
    """What the film says of its own making."""
    takes: tuple[str, ...]
    """The keys of the takes it is cut from."""
    files: tuple[MediaFile, ...]
    captions: tuple[Caption, ...]
    shots: tuple[ManifestShot, ...]
    engine_seconds: float = 0.0
    """What its takes took of the engine, whenever they were made."""
    cost: Sum | None = None
    """For that time, by the price table below; None where it does not know the engine."""
    prices: str = ""
    """The price table and its day."""
    omitted: tuple[str, ...] = ()
    """Ids of shots that the gate's policy left out because no take of them passed."""
