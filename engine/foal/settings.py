"""What a studio may set of the small engine: files of `configs/engines` of kind `foal`."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator
from ruamel.yaml import YAML

from engine.foal.clip import FACTOR, PATCH_PX
from engine.joint.config import SamplerConfig, TransformerConfig
from engine.sizes import Sizes
from storyboard.document import Document
from storyboard.languages import LANGUAGES
from storyboard.request import Aspect, Capabilities


class FoalSettings(Document):
    kind: Literal["foal"]
    name: str = Field(default="foal", pattern=r"^[a-z0-9-]+$")
    device: str = "cpu"
    """As torch names it; `auto` is the first CUDA card, or the processor where there is none."""
    aspects: dict[Aspect, Sizes] = Field(min_length=1)
    weights: Path | None = None
    """The folder of its weights; not given, the ones in the package."""
    transformer: TransformerConfig
    sampler: SamplerConfig
    parallel: int = Field(default=1, ge=1, le=64)
    preview_cost: float = Field(gt=0)
    render_cost: float = Field(gt=0)

    @model_validator(mode="after")
    def _whole(self) -> FoalSettings:
        for mistake in self._mistakes():
            raise ValueError(mistake)
        return self

    def _mistakes(self) -> Iterator[str]:
        for aspect, sizes in self.aspects.items():
            if any(side % PATCH_PX for side in sizes.preview):
                yield f"aspects: sides of the preview of {aspect} must be divisible by {PATCH_PX}"
            if any(side % FACTOR for side in sizes.render):
                yield f"aspects: sides of the render of {aspect} must be divisible by {FACTOR}"
        if self.sampler.guided:
            yield "sampler.guided: this engine has no prompt to be guided away from; say false"
        if self.sampler.steps < 1:
            yield "sampler.steps: at least one is needed"

    def folder(self) -> Path:
        return self.weights or Path(str(files("engine.foal").joinpath("weights")))

    def capabilities(self) -> Capabilities:
        return Capabilities(
            engine=self.name,
            languages=tuple(language.tag for language in LANGUAGES),
            aspects={name: (sizes.preview, sizes.render) for name, sizes in self.aspects.items()},
            frame_rate=25,
            shortest=Fraction(5),
            longest=Fraction(8),
            speeches_per_shot=2,
            speakers_per_shot=2,
            figures_per_shot=2,
            first_frames=True,
            photographs=False,
            portraits=False,
            exact_render=True,
            parallel=self.parallel,
            preview_cost=self.preview_cost,
            render_cost=self.render_cost,
        )


def packaged() -> FoalSettings:
    """The settings in the package, which the weights in it were trained for."""
    path = files("configs").joinpath("engines", "foal.yaml")
    return FoalSettings.model_validate(YAML(typ="safe", pure=True).load(path.read_text()))
