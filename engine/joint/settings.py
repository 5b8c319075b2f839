"""What a studio may set of a joint engine: files of `configs/engines` of kind `magihuman`."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from engine.joint.config import JointConfig
from engine.sizes import Side
from storyboard.document import Document
from storyboard.languages import LANGUAGES
from storyboard.request import Aspect, Capabilities

Size = tuple[Side, Side]
"""Width and height in pixels."""

PREVIEW = "preview"


class JointSettings(Document):
    """One file of `configs/engines`."""

    kind: Literal["magihuman"]
    name: str = Field(default="magihuman", pattern=r"^[a-z0-9-]+$")
    """What takes and plans call the engine."""
    weights: Path | Literal["random"] | None = None
    """The folder of all weights; not given, the one the studio names. `random` needs no file and
    makes noise: for trying the way of a shot at a tiny size."""
    device: str = "auto"
    """As torch names it; `auto` is the first CUDA card, or the processor where there is none."""
    memory_gb: float | None = Field(default=None, gt=0)
    """How much of the device's memory to use; not given, all that it has."""
    eight_bits: bool = False
    """Weights of products in eight bits: half the memory, not the published numbers."""
    processes: int = Field(default=1, ge=1)
    """Work on every clip with as many cards, each holding the transformers whole; on a processor,
    with as many processes. The result is the same to rounding."""
    batch: int = Field(default=1, ge=1, le=64)
    """How many clips to work on at once, where as many are asked for: they read the weights once.
    Worth it where weights move, from host memory to a small card; the result is the same to
    rounding."""
    decode_strips: int = Field(default=1, ge=1, le=16)
    """Decode the picture in as many upright strips, for small memory; the result is the same."""
    languages: tuple[str, ...] = tuple(language.tag for language in LANGUAGES)
    aspects: dict[Aspect, dict[str, Size]] = Field(min_length=1)
    """Aspect to the size of `preview` and of what each upscaler makes."""
    upscale: str
    """Which of the upscalers makes the render."""
    preview_cost: float = Field(default=0.4, gt=0)
    """Seconds of engine time for one second of preview."""
    render_costs: dict[str, float] = Field(min_length=1)
    """Upscaler to the seconds of engine time for one second of its render."""
    joint: JointConfig

    @model_validator(mode="after")
    def _whole(self) -> JointSettings:
        for mistake in self._mistakes():
            raise ValueError(mistake)
        return self

    def _mistakes(self) -> Iterator[str]:
        known = self.joint.upscalers
        if self.upscale not in known:
            yield f"upscale: there is no {self.upscale!r} among joint.upscalers, {list(known)}"
        if self.upscale not in self.render_costs:
            yield f"render_costs: says nothing of {self.upscale}"
        for aspect, sizes in self.aspects.items():
            for name in (PREVIEW, self.upscale):
                if name not in sizes:
                    yield f"aspects: {aspect} has no size for {name}"
            for name in sizes.keys() - known.keys() - {PREVIEW}:
                yield f"aspects: {aspect} has a size for {name!r}, which is no upscaler"

        models = {"the transformer": self.joint.transformer} | {
            f"the {name} transformer": each.transformer for name, each in known.items()
        }
        for name, model in models.items():
            if self.processes > model.heads:
                yield f"processes: {self.processes} cannot share the {model.heads} heads of {name}"
        if self.processes > 1 and ":" in self.device:
            yield f"device: {self.device} is one card; for {self.processes} processes say cuda"

        if self.weights != "random":
            for stage, name in self.checkpoints().items():
                if not name:
                    yield f"joint: names no weights for the {stage}"

    def checkpoints(self) -> dict[str, str]:
        """Stage to the name of its checkpoint, below the folder of all weights."""
        files = self.joint.weights
        return {
            "base transformer": files.transformer,
            f"{self.upscale} transformer": self.joint.upscalers[self.upscale].weights,
            "picture decoder": files.turbo_decoder,
            "picture encoder": files.video_vae,
            "sound decoder": files.audio_vae,
            "text encoder": files.text,
        }

    def sizes(self, aspect: Aspect) -> tuple[Size, Size]:
        """Of the preview and of the render."""
        return self.aspects[aspect][PREVIEW], self.aspects[aspect][self.upscale]

    def capabilities(self) -> Capabilities:
        """What such an engine serves, with or without its weights."""
        return Capabilities(
            engine=self.name,
            languages=self.languages,
            aspects={aspect: self.sizes(aspect) for aspect in self.aspects},
            frame_rate=self.joint.fps,
            shortest=Fraction(5),
            longest=Fraction(8),
            speeches_per_shot=2,
            speakers_per_shot=2,
            figures_per_shot=2,
            first_frames=True,
            portraits=False,
            exact_render=True,
            parallel=self.batch,
            preview_cost=self.preview_cost,
            render_cost=self.render_costs[self.upscale],
        )
