"""Sides of a picture, as settings files give them."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from storyboard.document import Document


def _even(side: int) -> int:
    if side % 2:
        raise ValueError("a side in pixels must be even: the film's colour has half the resolution")
    return side


Side = Annotated[int, Field(ge=64, le=4096), AfterValidator(_even)]


class Sizes(Document):
    """Width and height in pixels of what an engine makes of one aspect."""

    preview: tuple[Side, Side]
    render: tuple[Side, Side]
