"""The result page: players, contact sheet and script of one production, in one file.

Written beside the deliverables as index.html. It asks nothing of any network, works when opened
from a disk, and holds only plain values that `flows` fills in.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import cache
from importlib import resources
from pathlib import PurePosixPath
from typing import Annotated
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from pydantic import AfterValidator, AwareDatetime

from media.captions import write_vtt
from review.errors import PageError
from review.figures import FIGURES
from review.verdict import Verdict
from storyboard.document import Document
from storyboard.request import Aspect
from storyboard.timeline import Caption, Timeline


def _stays_here(link: str) -> str:
    """Links lead to files beside the page, or are pictures carried in the page itself."""
    if link.startswith(("data:image/png;base64,", "data:image/jpeg;base64,")):
        return link
    path = PurePosixPath(link)
    if not link or path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        raise ValueError(f"{link!r} does not lead to a file beside the page")
    return link


Link = Annotated[str, AfterValidator(_stays_here)]
"""A file's path relative to the page, unquoted, or a picture as data: URL."""


class PageLine(Document):
    """A line, or the part of one, as the film of this cut has it."""

    speaker: str
    """Display name."""
    text: str
    delivery: str = ""
    heard_only: bool = False
    start: float
    """Seconds on the clock of the film."""
    end: float


class PageShot(Document):
    """A shot as the film of this cut uses it."""

    id: str
    label: str = ""
    """Short, where the scene is named beside it already; the id stands in for none."""
    framing: str
    action: str = ""
    start: float
    """Seconds on the clock of the film."""
    seconds: float
    poster: Link | None = None
    lines: tuple[PageLine, ...] = ()
    verdict: Verdict | None = None
    seed: int | None = None
    tries: int = 1
    """Previews made before this take was kept, itself included."""
    approved_by: str = ""
    """Nobody where the gate alone let it pass."""
    notes: tuple[str, ...] = ()


class PageScene(Document):
    heading: str
    shots: tuple[PageShot, ...]


class PageFile(Document):
    """A deliverable to take away."""

    label: str
    """"Captions, WebVTT"."""
    href: Link
    size: int
    """In bytes."""


class PageCut(Document):
    """The film in one language and one aspect."""

    language: str
    """BCP-47."""
    language_name: str
    """As its readers write it."""
    aspect: Aspect
    frame_rate: int = 25
    size: tuple[int, int]
    """Width and height of the master in pixels."""
    seconds: float
    video: Link
    poster: Link | None = None
    captions: tuple[Caption, ...] = ()
    """On the clock of the film; carried in the page, since a browser keeps a page opened from a
    disk from reading the side file."""
    files: tuple[PageFile, ...] = ()
    scenes: tuple[PageScene, ...] = ()


class ProductionPage(Document):
    """Everything the page shows."""

    title: str
    logline: str = ""
    credits: dict[str, str] = {}
    version: str
    engine: str
    notice: str
    """The label people are owed: what made this, in a sentence."""
    engine_seconds: float
    made: AwareDatetime
    cuts: tuple[PageCut, ...]
    """At least one; the first is shown first."""


def render_page(page: ProductionPage) -> str:
    """The page as HTML; PageError when there is no cut to show."""
    if not page.cuts:
        raise PageError(f"{page.title!r} has no finished cut, so there is no page to make")
    script = _static("page.js")
    return (
        _templates()
        .get_template("index.html.j2")
        .render(
            page=page,
            languages=_choices((cut.language, cut.language_name) for cut in page.cuts),
            aspects=_choices((cut.aspect, cut.aspect) for cut in page.cuts),
            meanings={figure.name: figure.meaning for figure in FIGURES},
            script=Markup(script),  # noqa: S704 - our own file, no user's words in it
            script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            style=Markup(_static("house.css") + _static("page.css")),  # noqa: S704
        )
    )


def clock(seconds: float) -> str:
    """A moment as people read it: 0:07, 12:03."""
    whole = int(seconds + 1e-6)
    return f"{whole // 60}:{whole % 60:02d}"


def _choices(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return list(dict.fromkeys(pairs))


def _captions_link(cut: PageCut) -> str:
    """The side file's words, carried in the page."""
    timeline = Timeline(
        title="",
        slug="",
        language=cut.language,
        aspect=cut.aspect,
        frame_rate=cut.frame_rate,
        size=cut.size,
        clips=(),
        captions=cut.captions,
    )
    words = base64.b64encode(write_vtt(timeline).encode()).decode()
    return f"data:text/vtt;charset=utf-8;base64,{words}"


def _link(link: str) -> str:
    return link if link.startswith("data:") else quote(link)


def _size(count: int) -> str:
    """Bytes as people weigh files: 12.4 MB."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def _standing(verdict: Verdict | None) -> str:
    if verdict is None:
        return "not judged"
    if verdict.doubtful:
        return "doubtful"
    return {"pass": "passed", "retry": "below gate", "reject": "rejected"}[verdict.outcome]


def show_figure(value: float | None) -> str:
    return "absent" if value is None else f"{value:.4g}"


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("review"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "clock": clock,
        "size": _size,
        "link": _link,
        "captions_link": _captions_link,
        "standing": _standing,
        "figure": show_figure,
    }
    return environment


@cache
def _static(name: str) -> str:
    return (resources.files("review") / "static" / name).read_text("utf-8")
