"""The examiners, taught in minutes from the teacher's shots and kept outside the repository."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.foal import dataset
from engine.foal.evaluate import listener, looker
from engine.foal.evaluate.measure import Examiners

LISTENER, LOOKER = "listener.pt", "looker.pt"

_SPOKEN, _SEEN = 4_600, 9_000
"""Lessons: shots of five seconds, and pictures."""
_LISTENER_STEPS, _LOOKER_STEPS = 10_000, 2_000
"""About a quarter of an hour and five minutes of one free core."""


def examiners(
    folder: Path, shards: Path, tell: Callable[[str], None], *, words: bool = True
) -> Examiners:
    """Those kept in `folder`; taught first, from the shards, where one is not there.

    Shards are made where there are too few: the first time takes about 50 minutes of one core.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return Examiners(
        listener=listener.load(_listener(folder, shards, tell)),
        looker=looker.load(_looker(folder, shards, tell)),
        words=words,
    )


def _listener(folder: Path, shards: Path, tell: Callable[[str], None]) -> Path:
    path = folder / LISTENER
    if not path.exists():
        tell(f"teaching a listener from {shards}")
        found = _shards(shards, "moving", _SPOKEN)
        taught = listener.learn(
            listener.lessons_from(found, _SPOKEN), steps=_LISTENER_STEPS, tell=tell
        )
        listener.save(taught, path)
    return path


def _looker(folder: Path, shards: Path, tell: Callable[[str], None]) -> Path:
    path = folder / LOOKER
    if not path.exists():
        tell(f"teaching a looker from {shards}")
        found = _shards(shards, "still", _SEEN // 2)
        taught = looker.learn(looker.lessons_from(found, _SEEN), steps=_LOOKER_STEPS, tell=tell)
        looker.save(taught, path)
    return path


def _shards(folder: Path, kind: str, shots: int) -> list[Path]:
    """Those of that kind, made first where there are too few."""
    enough = -(-shots // dataset.SHARD)
    found = sorted(folder.glob(f"{kind}-*.pt"))
    if len(found) < enough:
        moving, still = (shots, 0) if kind == "moving" else (0, shots)
        dataset.make(folder, moving=moving, still=still)
        found = sorted(folder.glob(f"{kind}-*.pt"))
    return found
