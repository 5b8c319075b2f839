"""Writes captions into the picture with libass.

The letters come from one font file that has all seven languages, with the shapes each of them
expects of a shared Chinese character (骨, 直), so nothing depends on the fonts of the machine.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pysubs2
from PIL import ImageFont

from media.captions import Cue, cues
from media.delivery import CaptionArea
from media.errors import ToolMissing
from storyboard.timeline import Timeline

_FONT = ("noto_cjk_sans_otc", "NotoSansCJK-Regular.ttc")
_FACES = {"ja-JP": "JP", "ko-KR": "KR", "cmn-Hans-CN": "SC", "yue-Hant-HK": "HK"}
_INDEX = {"JP": 0, "KR": 1, "SC": 2, "HK": 4}
"""The place of each face in the font file."""

_EM = 0.05
"""Height of a letter as a share of the picture's shorter side: 54 pixels at 1080."""

_NO_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig/>
"""


def caption_font() -> Path:
    """The font file captions are drawn with; ToolMissing when its wheel is not installed."""
    try:
        found = Path(str(files(_FONT[0]).joinpath(_FONT[1])))
    except ModuleNotFoundError as error:
        raise ToolMissing(
            "the caption font is not here; install it with: pip install noto-cjk-sans-otc==0.0.1"
        ) from error
    return found


@contextmanager
def burning(
    picture: Any, timeline: Timeline, area: CaptionArea
) -> Iterator[tuple[Any, dict[str, str]]]:
    """The picture with its captions, and the environment ffmpeg must run in to draw them."""
    with (
        tempfile.TemporaryDirectory(prefix="captions-") as name,
        as_file(files(_FONT[0]).joinpath(_FONT[1])) as font,
    ):
        folder = Path(name)
        (folder / "fonts").mkdir()
        (folder / "fonts" / font.name).symlink_to(font)
        (folder / "captions.ass").write_text(write_ass(timeline, area), encoding="utf-8")
        (folder / "fonts.conf").write_text(_NO_FONTS)
        drawn = picture.filter(
            "ass", str(folder / "captions.ass"), fontsdir=str(folder / "fonts"), shaping="complex"
        )
        yield drawn, {"FONTCONFIG_FILE": str(folder / "fonts.conf")}


def write_ass(timeline: Timeline, area: CaptionArea) -> str:
    """The film's captions as Advanced SubStation Alpha, laid out for its size."""
    width, height = timeline.size
    script = pysubs2.SSAFile()
    script.info |= {"PlayResX": str(width), "PlayResY": str(height), "WrapStyle": "2"}
    script.info["ScaledBorderAndShadow"] = "yes"
    script.styles = {"Default": _style(timeline, area)}
    for cue in cues(timeline, name_the_unseen=False):
        script.append(
            pysubs2.SSAEvent(
                start=round(cue.start * 1000),
                end=round(cue.end * 1000),
                text=_text(cue, timeline, area),
            )
        )
    return script.to_string("ass")


def _style(timeline: Timeline, area: CaptionArea) -> pysubs2.SSAStyle:
    width, height = timeline.size
    em = _em(timeline)
    return pysubs2.SSAStyle(
        fontname=f"Noto Sans CJK {_FACES.get(timeline.language, 'JP')}",
        fontsize=_font_size(em, timeline.language),
        bold=True,
        outline=em * 0.07,
        shadow=em * 0.03,
        outlinecolor=pysubs2.Color(0, 0, 0, 40),
        backcolor=pysubs2.Color(0, 0, 0, 120),
        alignment=pysubs2.Alignment.BOTTOM_CENTER,
        marginl=round(width * area.side),
        marginr=round(width * area.side),
        marginv=round(height * (1 - area.baseline)),
    )


def _text(cue: Cue, timeline: Timeline, area: CaptionArea) -> str:
    """The lines, smaller where the letters of this very text are wider than the room."""
    em = _em(timeline)
    room = timeline.size[0] * (1 - 2 * area.side)
    widest = max(em * _width_in_ems(line, timeline.language) for line in cue.lines)
    smaller = ""
    if widest > room:
        smaller = rf"{{\fs{_font_size(em * room / widest, timeline.language):.1f}}}"
    return smaller + r"\N".join(_escaped(line) for line in cue.lines)


def _escaped(line: str) -> str:
    """The words alone: a brace or a backslash in them would be an order to the renderer."""
    # libass knows no escape for the backslash: an invisible word joiner takes its magic away.
    return line.replace("\\", "\\\u2060").replace("{", r"\{").replace("}", r"\}")


def _em(timeline: Timeline) -> float:
    return _EM * min(timeline.size)


def _font_size(em: float, language: str) -> float:
    """What ASS calls font size: the height of a line and not of an em."""
    font = font_of(language)
    return em * sum(font.getmetrics()) / font.size


def _width_in_ems(line: str, language: str) -> float:
    font = font_of(language)
    # Bold is drawn by thickening each letter; it widens the line by a few hundredths.
    return 1.04 * font.getlength(line) / font.size


@lru_cache(maxsize=8)
def font_of(language: str) -> ImageFont.FreeTypeFont:
    """The face the captions of that language are set in, at 100 pixels."""
    with as_file(files(_FONT[0]).joinpath(_FONT[1])) as path:
        return ImageFont.truetype(str(path), size=100, index=_INDEX[_FACES.get(language, "JP")])
