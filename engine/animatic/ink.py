"""The one door to the drawing library, ThorVG's software renderer.

`thorvg-python` brings the library; its own wrapper is passed by because it rewrites the argument
types of functions that all threads share, so two threads drawing at once can break one another.
Here every signature is set once. A canvas lives inside one call on one thread: ThorVG gives each
thread but its first a memory pool of its own, taken when the canvas is made.
"""

from __future__ import annotations

import ctypes
import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint32]
"""[height, width]; bytes in memory are red, green, blue, alpha, premultiplied."""

Point = tuple[float, float]
Colour = tuple[float, float, float] | tuple[float, float, float, float]
"""Red, green, blue 0 to 255, and opacity 0 to 1 where given."""

_POINTER, _FLOAT, _BYTE, _WORD = ctypes.c_void_p, ctypes.c_float, ctypes.c_uint8, ctypes.c_uint32
_SIGNATURES: dict[str, tuple[Any, ...]] = {
    "swcanvas_set_target": (_POINTER, _POINTER, _WORD, _WORD, _WORD, _BYTE),
    "canvas_add": (_POINTER, _POINTER),
    "canvas_draw": (_POINTER, ctypes.c_bool),
    "canvas_sync": (_POINTER,),
    "canvas_destroy": (_POINTER,),
    "scene_add": (_POINTER, _POINTER),
    "paint_set_transform": (_POINTER, _POINTER),
    "paint_set_opacity": (_POINTER, _BYTE),
    "paint_set_clip": (_POINTER, _POINTER),
    "shape_append_path": (_POINTER, _POINTER, _WORD, _POINTER, _WORD),
    "shape_set_fill_color": (_POINTER, _BYTE, _BYTE, _BYTE, _BYTE),
    "shape_set_fill_rule": (_POINTER, ctypes.c_int),
    "shape_set_gradient": (_POINTER, _POINTER),
    "shape_set_stroke_width": (_POINTER, _FLOAT),
    "shape_set_stroke_color": (_POINTER, _BYTE, _BYTE, _BYTE, _BYTE),
    "shape_set_stroke_gradient": (_POINTER, _POINTER),
    "shape_set_stroke_cap": (_POINTER, ctypes.c_int),
    "shape_set_stroke_join": (_POINTER, ctypes.c_int),
    "linear_gradient_set": (_POINTER, _FLOAT, _FLOAT, _FLOAT, _FLOAT),
    "radial_gradient_set": (_POINTER, _FLOAT, _FLOAT, _FLOAT, _FLOAT, _FLOAT, _FLOAT),
    "gradient_set_color_stops": (_POINTER, _POINTER, _WORD),
}
_MAKERS = ("shape_new", "scene_new", "linear_gradient_new", "radial_gradient_new")
_MATRIX = _FLOAT * 9
_CLOSE, _MOVE, _LINE, _CURVE = 0, 1, 2, 3
_ROUND = 1
_EVEN_ODD = 1
_CIRCLE = 0.5522847498
"""Handle length of a quarter circle drawn as one cubic curve."""


class _Stop(ctypes.Structure):
    _fields_ = [
        ("offset", ctypes.c_float),
        ("red", ctypes.c_uint8),
        ("green", ctypes.c_uint8),
        ("blue", ctypes.c_uint8),
        ("alpha", ctypes.c_uint8),
    ]


@cache
def _library() -> Any:
    """The library, started once for the process and never stopped."""
    from thorvg_python.engine import THORVG_LIB

    assert THORVG_LIB is not None, "thorvg-python does not carry a library for this machine"
    library = ctypes.CDLL(THORVG_LIB._name)
    for name, arguments in _SIGNATURES.items():
        function = getattr(library, f"tvg_{name}")
        function.restype, function.argtypes = ctypes.c_int, arguments
    for name in _MAKERS:
        function = getattr(library, f"tvg_{name}")
        function.restype, function.argtypes = _POINTER, ()
    library.tvg_swcanvas_create.restype = _POINTER
    library.tvg_swcanvas_create.argtypes = (_BYTE,)
    library.tvg_engine_init.argtypes = (_WORD,)
    assert library.tvg_engine_init(0) == 0, "ThorVG does not start"
    return library


class Path:
    """An outline, built by chained calls; immutable by agreement once drawn."""

    __slots__ = ("_commands", "_points")

    def __init__(self) -> None:
        self._commands = bytearray()
        self._points: list[float] = []

    def move(self, x: float, y: float) -> Path:
        self._commands.append(_MOVE)
        self._points += (x, y)
        return self

    def line(self, x: float, y: float) -> Path:
        self._commands.append(_LINE)
        self._points += (x, y)
        return self

    def curve(self, ax: float, ay: float, bx: float, by: float, x: float, y: float) -> Path:
        """A cubic with handles a and b."""
        self._commands.append(_CURVE)
        self._points += (ax, ay, bx, by, x, y)
        return self

    def bend(self, ax: float, ay: float, x: float, y: float) -> Path:
        """A quadratic with handle a."""
        px, py = self._points[-2], self._points[-1]
        return self.curve(
            px + (ax - px) * 2 / 3,
            py + (ay - py) * 2 / 3,
            x + (ax - x) * 2 / 3,
            y + (ay - y) * 2 / 3,
            x,
            y,
        )

    def close(self) -> Path:
        self._commands.append(_CLOSE)
        return self

    def polygon(self, points: Sequence[Point]) -> Path:
        self.move(*points[0])
        for point in points[1:]:
            self.line(*point)
        return self.close()

    def rect(self, x: float, y: float, width: float, height: float, radius: float = 0) -> Path:
        r = max(0.0, min(radius, width / 2, height / 2))
        if r == 0:
            return self.polygon([(x, y), (x + width, y), (x + width, y + height), (x, y + height)])
        k, right, foot = r * (1 - _CIRCLE), x + width, y + height
        self.move(x + r, y).line(right - r, y).curve(right - k, y, right, y + k, right, y + r)
        self.line(right, foot - r).curve(right, foot - k, right - k, foot, right - r, foot)
        self.line(x + r, foot).curve(x + k, foot, x, foot - k, x, foot - r)
        return self.line(x, y + r).curve(x, y + k, x + k, y, x + r, y).close()

    def ellipse(self, x: float, y: float, rx: float, ry: float) -> Path:
        kx, ky = rx * _CIRCLE, ry * _CIRCLE
        self.move(x + rx, y).curve(x + rx, y + ky, x + kx, y + ry, x, y + ry)
        self.curve(x - kx, y + ry, x - rx, y + ky, x - rx, y)
        self.curve(x - rx, y - ky, x - kx, y - ry, x, y - ry)
        return self.curve(x + kx, y - ry, x + rx, y - ky, x + rx, y).close()

    def smooth(self, points: Sequence[Point], *, closed: bool = True, ease: float = 1.0) -> Path:
        """A soft curve through the points (Catmull-Rom); `ease` below 1 is tighter."""
        if closed:
            around = [points[-1], *points, points[0], points[1]]
        else:
            around = [points[0], *points, points[-1]]
        k = ease / 6
        self.move(*points[0])
        for (ax, ay), (bx, by), (cx, cy), (dx, dy) in zip(
            around, around[1:], around[2:], around[3:], strict=False
        ):
            self._commands.append(_CURVE)
            self._points += (
                bx + (cx - ax) * k,
                by + (cy - ay) * k,
                cx - (dx - bx) * k,
                cy - (dy - by) * k,
                cx,
                cy,
            )
        return self.close() if closed else self


def ellipse(x: float, y: float, rx: float, ry: float | None = None) -> Path:
    return Path().ellipse(x, y, rx, rx if ry is None else ry)


def rect(x: float, y: float, width: float, height: float, radius: float = 0) -> Path:
    return Path().rect(x, y, width, height, radius)


def polygon(*points: Point) -> Path:
    return Path().polygon(points)


def smooth(*points: Point, closed: bool = True, ease: float = 1.0) -> Path:
    return Path().smooth(points, closed=closed, ease=ease)


@dataclass(frozen=True, slots=True)
class Linear:
    """Colours from one point to another, evenly spread unless stops carry their place 0 to 1."""

    start: Point
    end: Point
    colours: Sequence[Colour]
    places: Sequence[float] | None = None


@dataclass(frozen=True, slots=True)
class Radial:
    """Colours from a centre outwards."""

    centre: Point
    radius: float
    colours: Sequence[Colour]
    places: Sequence[float] | None = None


Fill = Colour | Linear | Radial


def fade(colour: Colour, opacity: float) -> Colour:
    """The colour at that opacity."""
    return (colour[0], colour[1], colour[2], opacity)


class Sheet:
    """What is about to be drawn, in drawing order; coordinates are those of the open group."""

    def __init__(self) -> None:
        self._lib = _library()
        self.root = self._lib.tvg_scene_new()
        self._open = self.root

    def fill(self, path: Path, fill: Fill, *, hole: bool = False) -> None:
        """Paint the inside; with `hole`, outlines inside outlines are left out."""
        shape = self._shape(path)
        if hole:
            self._lib.tvg_shape_set_fill_rule(shape, _EVEN_ODD)
        if isinstance(fill, Linear | Radial):
            self._lib.tvg_shape_set_gradient(shape, self._gradient(fill))
        else:
            self._lib.tvg_shape_set_fill_color(shape, *_bytes(fill))
        self._lib.tvg_scene_add(self._open, shape)

    def stroke(self, path: Path, fill: Fill, width: float) -> None:
        """Paint along the outline, round at ends and corners."""
        shape = self._shape(path)
        self._lib.tvg_shape_set_stroke_width(shape, width)
        self._lib.tvg_shape_set_stroke_cap(shape, _ROUND)
        self._lib.tvg_shape_set_stroke_join(shape, _ROUND)
        if isinstance(fill, Linear | Radial):
            self._lib.tvg_shape_set_stroke_gradient(shape, self._gradient(fill))
        else:
            self._lib.tvg_shape_set_stroke_color(shape, *_bytes(fill))
        self._lib.tvg_scene_add(self._open, shape)

    def group(
        self,
        *,
        at: Point = (0, 0),
        scale: float | Point = 1.0,
        turn: float = 0.0,
        opacity: float = 1.0,
        clip: Path | None = None,
    ) -> Group:
        """Draw moved to `at`, scaled and turned (radians) about its own origin, while it is open.

        `clip` is in the group's own coordinates; ThorVG wants it in those of the group outside.
        """
        scene = self._lib.tvg_scene_new()
        sx, sy = scale if isinstance(scale, tuple) else (scale, scale)
        cos, sin = math.cos(turn), math.sin(turn)
        matrix = _MATRIX(cos * sx, -sin * sy, at[0], sin * sx, cos * sy, at[1], 0, 0, 1)
        self._lib.tvg_paint_set_transform(scene, ctypes.addressof(matrix))
        if opacity < 1:
            self._lib.tvg_paint_set_opacity(scene, max(0, round(opacity * 255)))
        if clip is not None:
            shape = self._shape(clip)
            self._lib.tvg_paint_set_transform(shape, ctypes.addressof(matrix))
            self._lib.tvg_paint_set_clip(scene, shape)
        self._lib.tvg_scene_add(self._open, scene)
        return Group(self, scene)

    def _shape(self, path: Path) -> Any:
        shape = self._lib.tvg_shape_new()
        points = array("f", path._points)
        self._lib.tvg_shape_append_path(
            shape,
            bytes(path._commands),
            len(path._commands),
            points.buffer_info()[0],
            len(points) // 2,
        )
        return shape

    def _gradient(self, fill: Linear | Radial) -> Any:
        if isinstance(fill, Linear):
            gradient = self._lib.tvg_linear_gradient_new()
            self._lib.tvg_linear_gradient_set(gradient, *fill.start, *fill.end)
        else:
            gradient = self._lib.tvg_radial_gradient_new()
            self._lib.tvg_radial_gradient_set(
                gradient, *fill.centre, fill.radius, *fill.centre, 0.0
            )
        count = len(fill.colours)
        places = fill.places or [i / max(1, count - 1) for i in range(count)]
        stops = (_Stop * count)()
        for stop, place, colour in zip(stops, places, fill.colours, strict=True):
            stop.offset = place
            stop.red, stop.green, stop.blue, stop.alpha = _bytes(colour)
        self._lib.tvg_gradient_set_color_stops(gradient, ctypes.addressof(stops), count)
        return gradient


class Group:
    """A group of a sheet, open inside its `with`."""

    __slots__ = ("_outer", "_scene", "_sheet")

    def __init__(self, sheet: Sheet, scene: int) -> None:
        self._sheet, self._scene = sheet, scene

    def __enter__(self) -> None:
        self._outer = self._sheet._open
        self._sheet._open = self._scene

    def __exit__(self, *_: object) -> None:
        self._sheet._open = self._outer


def _bytes(colour: Colour) -> tuple[int, int, int, int]:
    """As ThorVG takes it; channels are assumed to be in range."""
    if len(colour) == 4:
        alpha = min(255, max(0, int(colour[3] * 255 + 0.5)))
        return int(colour[0] + 0.5), int(colour[1] + 0.5), int(colour[2] + 0.5), alpha
    return int(colour[0] + 0.5), int(colour[1] + 0.5), int(colour[2] + 0.5), 255


def blank(width: int, height: int) -> Pixels:
    return np.zeros((height, width), dtype=np.uint32)


def put(sheet: Sheet, pixels: Pixels) -> None:
    """Draw the sheet over the pixels; a sheet is drawn once and is spent afterwards."""
    library = _library()
    height, width = pixels.shape
    canvas = library.tvg_swcanvas_create(1)
    library.tvg_swcanvas_set_target(canvas, pixels.ctypes.data, width, width, height, 0)
    library.tvg_canvas_add(canvas, sheet.root)
    drawn = library.tvg_canvas_draw(canvas, False)
    library.tvg_canvas_sync(canvas)
    library.tvg_canvas_destroy(canvas)
    assert drawn == 0, f"ThorVG refused to draw: result {drawn}"
