"""Hair and hats, on a skull of about 100 units in radius around 0, 0.

What is behind the neck is drawn by `draw_back` before the body, the rest by `draw_front` after the
face. `turn` moves a parting and a fringe with the face and the back the other way.
"""

from __future__ import annotations

from engine.animatic.colour import Light, darker, lighter, luminance
from engine.animatic.ink import Colour, Linear, Path, Sheet, ellipse, fade, rect, smooth
from engine.animatic.looks import Looks


def draw_back(sheet: Sheet, looks: Looks, light: Light, turn: float, sway: float) -> None:
    """The hair that hangs behind; `sway` is its drift in units."""
    colour = darker(light.on(looks.hair_colour), 0.16)
    x = -turn * 10
    match looks.hair:
        case "long":
            sheet.fill(
                smooth(
                    (x, -130),
                    (x + 92, -90),
                    (x + 118, 10),
                    (x + 122 + sway, 130),
                    (x + 96 + sway, 226),
                    (x + 40, 190),
                    (x - 40, 190),
                    (x - 96 + sway, 226),
                    (x - 122 + sway, 130),
                    (x - 118, 10),
                    (x - 92, -90),
                ),
                colour,
            )
        case "bob":
            sheet.fill(
                smooth(
                    (x, -132),
                    (x + 96, -84),
                    (x + 120, 20),
                    (x + 114 + sway, 104),
                    (x + 60, 122),
                    (x - 60, 122),
                    (x - 114 + sway, 104),
                    (x - 120, 20),
                    (x - 96, -84),
                ),
                colour,
            )
        case "ponytail":
            side = -1 if turn > 0 else 1
            bx = side * 62
            sheet.fill(
                smooth(
                    (bx, -112),
                    (bx + side * 58, -116),
                    (bx + side * 92, -40),
                    (bx + side * 84 + sway, 60),
                    (bx + side * 52 + sway * 1.6, 142),
                    (bx + side * 30, 60),
                    (bx + side * 36, -30),
                ),
                colour,
            )
        case "bun":
            sheet.fill(ellipse(-turn * 34, -142, 52, 46), colour)
            gloss = lighter(light.on(looks.hair_colour), 0.3)
            sheet.stroke(
                Path().move(-turn * 34 - 26, -156).bend(-turn * 34, -178, -turn * 34 + 26, -158),
                fade(gloss, 0.5),
                8,
            )
        case "curly":
            for dx, dy, r in _CURLS_BACK if looks.hat == "none" else _CURLS_BACK[:6]:
                sheet.fill(ellipse(x + dx, dy, r), colour)
        case _:
            pass


_CURLS_BACK = (
    (-98, -20, 44), (98, -20, 44), (-100, 40, 38), (100, 40, 38), (-84, 84, 30), (84, 84, 30),
    (-70, -96, 52), (70, -96, 52), (0, -118, 60),
)  # fmt: skip
_CURLS_FRONT = (
    (-92, -44, 32), (-70, -88, 38), (-30, -116, 40), (18, -120, 40), (62, -100, 38), (92, -52, 32),
    (-50, -70, 26), (0, -84, 28), (46, -76, 26),
)  # fmt: skip


def draw_front(sheet: Sheet, looks: Looks, light: Light, turn: float) -> None:
    """What falls over forehead and temples."""
    colour = light.on(looks.hair_colour)
    lit = Linear(
        (80 * light.side, -130),
        (-80 * light.side, -10),
        (lighter(colour, 0.18), colour, darker(colour, 0.14)),
    )
    x = turn * 20
    style = looks.hair
    if looks.hat != "none":
        style = "crop" if style != "bald" else style
    if style == "bald":
        _bald(sheet, looks, light, colour)
        return
    if style == "curly":
        for dx, dy, r in _CURLS_FRONT if looks.hat == "none" else ():
            sheet.fill(ellipse(dx + x * 0.4, dy, r), colour)
        for dx, dy, r in _CURLS_FRONT[1:6]:
            gloss = fade(lighter(colour, 0.4), 0.35)
            sheet.stroke(
                Path()
                .move(dx - r * 0.4, dy - r * 0.3)
                .bend(dx, dy - r * 0.8, dx + r * 0.4, dy - r * 0.35),
                gloss,
                6,
            )
        return
    sheet.fill(_cap(style, x), lit)
    _gloss(sheet, colour, x)


def _cap(style: str, x: float) -> Path:
    """The outline of hair on a skull, hairline shifted by `x`."""
    top = (-104, 18 if style in ("long", "bob") else 2)
    path = (
        Path()
        .move(*top)
        .curve(-128, -70, -84, -146, 0, -142)
        .curve(84, -146, 128, -70, 104, top[1])
    )
    match style:
        case "long" | "bob":
            path.curve(102, -20, 92, -46, 74, -60)
            path.curve(50, -66, 10 + x, -78, -22 + x, -104)
            path.curve(-34 + x, -78, -70, -58, -84, -40)
            return path.curve(-94, -26, -98, -4, -104, 18).close()
        case "bun" | "ponytail":
            path.curve(98, -30, 88, -56, 62, -74)
            path.curve(40, -84, 20 + x, -86, x, -86)
            path.curve(-20 + x, -86, -40, -84, -62, -74)
            return path.curve(-88, -56, -98, -30, -104, 2).close()
        case "side":
            path.curve(100, -20, 96, -44, 84, -58)
            path.curve(60, -54, -10 + x, -56, -46 + x, -84)
            path.curve(-58 + x, -66, -82, -54, -90, -44)
            return path.curve(-98, -30, -98, -14, -104, 2).close()
        case "crop":
            path.curve(98, -34, 92, -62, 66, -80)
            path.curve(30, -90, -30, -90, -66, -80)
            return path.curve(-92, -62, -98, -34, -104, 2).close()
        case _:
            path.curve(100, -24, 94, -44, 80, -54)
            path.curve(72, -66, 66 + x, -74, 54 + x, -60).curve(
                44 + x, -76, 30 + x, -84, 20 + x, -66
            )
            path.curve(8 + x, -82, -12 + x, -88, -22 + x, -68).curve(
                -36 + x, -82, -56 + x, -80, -60 + x, -58
            )
            path.curve(-76, -60, -86, -52, -90, -40)
            return path.curve(-98, -28, -98, -14, -104, 2).close()


def _gloss(sheet: Sheet, colour: Colour, x: float) -> None:
    gloss = fade(lighter(colour, 0.5), 0.3 if luminance(colour) < 0.7 else 0.7)
    sheet.stroke(Path().move(-56 + x, -112).bend(-10 + x, -134, 40 + x, -122), gloss, 9)


def _bald(sheet: Sheet, looks: Looks, light: Light, colour: Colour) -> None:
    for side in (-1, 1):
        patch = Path().move(side * 88, -44).curve(side * 108, -30, side * 112, 10, side * 102, 34)
        sheet.fill(patch.curve(side * 92, 20, side * 92, -20, side * 88, -44).close(), colour)
    shine = fade(lighter(light.on(looks.skin), 0.7), 0.55)
    sheet.fill(ellipse(30 * light.side, -94, 26, 11), shine)


def draw_hat(sheet: Sheet, looks: Looks, light: Light, turn: float) -> None:
    colour = light.on(looks.hat_colour)
    x = turn * 16
    match looks.hat:
        case "peaked":
            sheet.fill(
                smooth(
                    (-126, -112),
                    (-70, -164),
                    (0, -176),
                    (70, -164),
                    (126, -112),
                    (96, -88),
                    (0, -82),
                    (-96, -88),
                ),
                lighter(colour, 0.06),
            )
            sheet.fill(
                Path()
                .move(-100, -100)
                .bend(0, -122, 100, -100)
                .line(98, -62)
                .bend(0, -86, -98, -62)
                .close(),
                darker(colour, 0.25),
            )
            sheet.fill(
                Path()
                .move(-86 + x, -72)
                .bend(x, -92, 86 + x, -72)
                .curve(70 + x, -40, -70 + x, -40, -86 + x, -72)
                .close(),
                darker(colour, 0.6),
            )
            sheet.fill(ellipse(x, -118, 15), light.on((240, 198, 90)))
            sheet.stroke(
                Path().move(-84 + x, -76).bend(x, -96, 84 + x, -76), light.on((240, 198, 90)), 5
            )
        case "cap":
            sheet.fill(
                Path()
                .move(-106, -56)
                .curve(-106, -160, 106, -160, 106, -56)
                .bend(0, -84, -106, -56)
                .close(),
                colour,
            )
            sheet.fill(
                Path()
                .move(-70 + x * 2, -66)
                .bend(10 + x * 2, -96, 92 + x * 2, -62)
                .curve(100 + x * 2, -40, -80 + x * 2, -44, -70 + x * 2, -66)
                .close(),
                darker(colour, 0.2),
            )
            sheet.fill(ellipse(0, -140, 9, 6), darker(colour, 0.2))
        case "beanie":
            sheet.fill(
                Path().move(-108, -62).curve(-108, -176, 108, -176, 108, -62).close(), colour
            )
            sheet.fill(rect(-114, -88, 228, 40, 20), darker(colour, 0.14))
            sheet.fill(ellipse(0, -152, 22), lighter(colour, 0.3))
        case "hat":
            sheet.fill(
                Path()
                .move(-82, -90)
                .curve(-84, -186, -30, -176, 0, -170)
                .curve(30, -176, 84, -186, 82, -90)
                .close(),
                colour,
            )
            sheet.fill(rect(-84, -112, 168, 26), darker(colour, 0.45))
            sheet.fill(smooth((-150, -78), (0, -100), (150, -78), (0, -66)), darker(colour, 0.12))
        case _:
            pass
