"""What a studio may set of the animatic engine: `configs/engines/animatic.yaml`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from engine.sizes import Sizes
from storyboard.document import Document
from storyboard.request import Aspect


class AnimaticSettings(Document):
    """One file of `configs/engines`."""

    kind: Literal["animatic"]
    aspects: dict[Aspect, Sizes] = Field(min_length=1)
    parallel: int = Field(default=2, ge=1, le=64)
    preview_cost: float = Field(default=0.4, gt=0)
    render_cost: float = Field(default=2.0, gt=0)
