"""What a studio may set of the small engine: files of `configs/engines` of kind `foal`."""

from __future__ import annotations

from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import Field
from ruamel.yaml import YAML

from engine.joint.config import SamplerConfig, TransformerConfig
from engine.sizes import Sizes
from storyboard.document import Document
from storyboard.languages import LANGUAGES
from storyboard.request import Aspect, Capabilities


class FoalSettings(Document):
    kind: Literal["foal"]
    name: str = Field(default="foal", pattern=r"^[a-z0-9-]+$")
    device: str = "cpu"
    aspects: dict[Aspect, Sizes] = Field(min_length=1)
    weights: Path | None = None
    """The folder of its weights; not given, the ones in the package."""
    transformer: TransformerConfig
    sampler: SamplerConfig
    parallel: int = Field(default=1, ge=1, le=64)
    preview_cost: float = Field(gt=0)
    render_cost: float = Field(gt=0)

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
