"""Every golden file of a folder, a line each, and the verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.joint.parity.autoencoders import audio_vae, turbo, video_vae
from engine.joint.parity.fixture import Fixture, FixtureError, fixtures, read_fixture
from engine.joint.parity.loops import loops
from engine.joint.parity.pipeline import pipeline
from engine.joint.parity.schedules import schedules
from engine.joint.parity.scores import Scores
from engine.joint.parity.tokens import forward, packing

Check = Callable[[Fixture], Scores]

KINDS: tuple[tuple[Check, tuple[str, ...]], ...] = (
    (pipeline, ("dit_weights.", "turbo_weights.", "wan_weights.", "audio_weights.")),
    (loops, ("weights.adapter.", "context", "noise.video_init")),
    (forward, ("weights.adapter.", "in.latent_video")),
    (packing, ("packed.coords", "video_tokens")),
    *((schedules, (mark,)) for mark in ("sched.", "unipc.", "ddim.", "zerosnr.")),
    (turbo, ("weights.decoder.up_blocks.",)),
    (video_vae, ("weights.encoder.downsamples.",)),
    (audio_vae, ("weights.encoder.layers.",)),
)
"""What a file holds, by the names of its tensors; the first kind that fits."""


@dataclass(frozen=True, slots=True)
class Line:
    """The outcome of one file."""

    name: str
    passes: bool
    text: str


def check(path: Path) -> Line:
    """One golden file compared with what this engine computes."""
    try:
        fixture = read_fixture(path)
        compare = kind_of(fixture)
        scores = compare(fixture)
    except FixtureError as error:
        return Line(path.stem, False, str(error))
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, RuntimeError) as error:
        reason = f"cannot be compared: {type(error).__name__}: {error}"
        return Line(path.stem, False, reason.splitlines()[0])
    return Line(path.stem, scores.passes, _said(scores))


def kind_of(fixture: Fixture) -> Check:
    for compare, needed in KINDS:
        if all(_holds(fixture, start) for start in needed):
            return compare
    raise FixtureError("not a kind of golden file this engine knows, by the names of its tensors")


def _holds(fixture: Fixture, start: str) -> bool:
    return any(name.startswith(start) or f".{start}" in name for name in fixture.tensors)


def _said(scores: Scores) -> str:
    worst = scores.worst
    if worst is None:
        return "holds nothing to compare"
    said = f"{worst.error:.1e} of {worst.tolerance:.1e}  {worst.what}  ({len(scores.made)} values)"
    failed = sum(not score.passes for score in scores.made)
    if failed:
        said += f"  {failed} too far"
    return said + "".join(f"  skipped {what}" for what in scores.skipped)


def run(folder: Path, say: Callable[[str], None]) -> bool:
    """All files of `folder`, said line by line; whether every one passes."""
    lines = []
    for path in fixtures(folder):
        line = check(path)
        name = str(path.relative_to(folder).with_suffix(""))
        say(f"{'ok  ' if line.passes else 'FAIL'}  {name:<28} {line.text}")
        lines.append(line)
    if not lines:
        say(f"FAIL: no golden files (X.safetensors beside X.json) in {folder}")
        return False
    failed = [line.name for line in lines if not line.passes]
    if failed:
        say(f"FAIL: {len(failed)} of {len(lines)} files fall short: {', '.join(failed)}")
    else:
        say(f"PASS: all {len(lines)} files within tolerance")
    return not failed
