"""What an insert shows: one thing, large, on a table, in the light of its place.

Each thing stands on 0, 0 and is about 600 units wide.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from engine.animatic.colour import Light, darker, lighter, mix
from engine.animatic.ink import Colour, Linear, Path, Radial, Sheet, ellipse, fade, polygon, rect
from engine.animatic.places.view import glow, shadow

_PAPER: Colour = (250, 243, 228)
_BRASS: Colour = (226, 178, 98)
_INK: Colour = (52, 44, 66)


def draw_prop(sheet: Sheet, prop: str, light: Light, size: tuple[float, float], t: float) -> None:
    """The thing of that name on its table, at `t` seconds, in a frame of `size` units."""
    width, height = size
    table = height * 0.60
    wood = light.on((138, 92, 70))
    sheet.fill(
        rect(-100, table, width + 200, height),
        Linear(
            (0, table), (0, height), (lighter(wood, 0.16), wood, darker(wood, 0.6)), (0, 0.2, 1)
        ),
    )
    sheet.fill(rect(-100, table, width + 200, 10), fade(lighter(wood, 0.5), 0.6))
    for k in range(5):
        y = table + 40 + k * k * 26
        sheet.stroke(
            Path().move(-100, y).bend(width / 2, y + 12, width + 100, y - 6),
            fade(darker(wood, 0.4), 0.25),
            4,
        )
    scale = min(width, height) / 1000 * (1.18 if height > width else 1.0)
    with sheet.group(at=(width / 2, table + 70 * scale), scale=scale):
        shadow(sheet, 0, 6, 400, 46, 0.5)
        _PROPS[prop](sheet, light, t)


def _radio(sheet: Sheet, light: Light, t: float) -> None:
    wood, brass = light.on((158, 92, 60)), light.on(_BRASS)
    glow(sheet, -10, -250, 520, (255, 206, 120), 0.28 + 0.06 * math.sin(t * 9))
    sheet.stroke(Path().move(236, -410).line(330, -700), light.on((190, 194, 204)), 10)
    sheet.fill(ellipse(330, -700, 13), light.on((220, 224, 232)))
    sheet.stroke(
        Path().move(-190, -400).curve(-180, -500, 180, -500, 190, -400), darker(wood, 0.4), 26
    )
    box = rect(-330, -420, 660, 420, 64)
    sheet.fill(box, Linear((0, -420), (0, 0), (lighter(wood, 0.22), wood, darker(wood, 0.3))))
    sheet.fill(rect(-304, -394, 608, 366, 46), light.on((244, 226, 190)))
    grille = rect(-280, -368, 270, 314, 30)
    sheet.fill(grille, light.on((94, 62, 52)))
    with sheet.group(clip=grille):
        for k in range(13):
            sheet.stroke(
                Path().move(-280, -356 + k * 25).line(0, -356 + k * 25), fade(brass, 0.75), 9
            )
        trembling = 1 + 0.03 * math.sin(t * 31) * math.sin(t * 7)
        sheet.stroke(ellipse(-145, -211, 104 * trembling), fade(darker(wood, 0.6), 0.5), 14)
    _dial(sheet, light, t)
    for x, turn in ((80, 0.4 + 0.3 * math.sin(t * 1.1)), (218, -0.6)):
        with sheet.group(at=(x, -104), turn=turn):
            sheet.fill(ellipse(0, 0, 52), darker(wood, 0.5))
            sheet.fill(ellipse(0, 0, 42), Radial((-10, -14), 60, (lighter(brass, 0.4), brass)))
            sheet.stroke(Path().move(0, -12).line(0, -36), darker(wood, 0.5), 8)
    for x in (-250, 250):
        sheet.fill(rect(x - 34, -10, 68, 22, 8), darker(wood, 0.6))


def _dial(sheet: Sheet, light: Light, t: float) -> None:
    """The lit window of a radio, its needle hunting."""
    window = rect(20, -364, 262, 190, 24)
    lit = 0.86 + 0.14 * math.sin(t * 13) * math.sin(t * 3.1)
    warm = mix((140, 84, 50), (255, 214, 130), lit)
    sheet.fill(window, Radial((150, -230), 230, (lighter(warm, 0.5), warm, darker(warm, 0.3))))
    for k in range(11):
        x = 44 + k * 21.5
        sheet.stroke(Path().move(x, -330).line(x, -300 if k % 5 else -284), fade(_INK, 0.8), 4)
    for y in (-258, -226):
        sheet.stroke(Path().move(44, y).line(258, y), fade(_INK, 0.35), 4)
    needle = 150 + 66 * math.sin(t * 0.7) + 5 * math.sin(t * 17)
    sheet.stroke(Path().move(needle, -346).line(needle, -196), (214, 52, 48), 7)
    sheet.stroke(window, light.on((120, 78, 56)), 9)


def _phone(sheet: Sheet, light: Light, t: float) -> None:
    with sheet.group(at=(0, -330), turn=-0.06):
        sheet.fill(rect(-176, -350, 352, 690, 56), light.on((46, 44, 60)))
        screen = rect(-158, -330, 316, 650, 40)
        sheet.fill(
            screen, Linear((0, -330), (0, 320), ((120, 176, 250), (150, 116, 232), (246, 150, 170)))
        )
        with sheet.group(clip=screen):
            for k in range(4):
                arrived = max(0.0, min(1.0, (t - 0.4 - k * 0.9) / 0.25))
                if arrived <= 0:
                    continue
                mine = k % 2
                width = (190, 150, 214, 120)[k]
                x = 140 - width if mine else -140
                y = -250 + k * 118 + (1 - arrived) * 30
                tone: Colour = (255, 255, 255) if not mine else (88, 214, 150)
                sheet.fill(rect(x, y, width, 84, 30), fade(tone, 0.94 * arrived))
                for row in range(2):
                    length = (width - 50) * (1 - 0.35 * row)
                    sheet.fill(
                        rect(x + 24, y + 24 + row * 24, length, 11, 5), fade(_INK, 0.5 * arrived)
                    )
        sheet.fill(rect(-46, -318, 92, 22, 11), light.on((40, 38, 52)))
        sheet.fill(polygon((-150, 320), (-40, 320), (120, -330), (10, -330)), (255, 255, 255, 0.08))
    glow(sheet, 0, -360, 520, (190, 206, 255), 0.2)


def _letter(sheet: Sheet, light: Light, t: float) -> None:
    paper = light.on(_PAPER)
    with sheet.group(at=(30, -250), turn=-0.08 + 0.01 * math.sin(t)):
        sheet.fill(rect(-300, -230, 600, 420, 12), darker(paper, 0.16))
        sheet.fill(polygon((-300, -230), (300, -230), (0, 40)), darker(paper, 0.08))
    with sheet.group(at=(-20, -320), turn=0.05):
        sheet.fill(rect(-238, -330, 476, 600, 8), (30, 20, 50, 0.2))
        sheet.fill(
            rect(-246, -340, 476, 600, 8), Linear((0, -340), (0, 260), (lighter(paper, 0.4), paper))
        )
        shown = min(9.0, 2 + t * 1.6)
        for k in range(9):
            share = max(0.0, min(1.0, shown - k))
            length = (250, 370, 340, 380, 300, 366, 350, 210, 130)[k] * share
            if share > 0:
                y = -270 + k * 56
                line = Path().move(-198, y)
                for i in range(1, 13):
                    line.line(-198 + length * i / 12, y + math.sin(i * 2.4 + k) * 7)
                sheet.stroke(line, fade(light.on((58, 64, 120)), 0.85), 6)
    seal = light.on((190, 48, 52))
    sheet.fill(ellipse(190, -110, 52), seal)
    sheet.fill(ellipse(190, -110, 36), lighter(seal, 0.16))


def _clock(sheet: Sheet, light: Light, t: float) -> None:
    red, face = light.on((206, 76, 68)), light.on(_PAPER)
    for side in (-1, 1):
        sheet.stroke(Path().move(side * 150, -90).line(side * 214, 0), light.on(_INK), 30)
        with sheet.group(at=(side * 150, -570), turn=side * 0.5):
            sheet.fill(
                Path().move(-96, 0).curve(-96, -120, 96, -120, 96, 0).close(), lighter(red, 0.1)
            )
    sheet.fill(
        ellipse(0, -310, 284),
        Linear((-200, -560), (200, -60), (lighter(red, 0.25), darker(red, 0.25))),
    )
    sheet.fill(ellipse(0, -310, 234), face)
    for k in range(12):
        angle = math.tau * k / 12
        long = 40 if k % 3 == 0 else 22
        x, y = math.sin(angle), -math.cos(angle)
        sheet.stroke(
            Path().move(x * 206, -310 + y * 206).line(x * (206 - long), -310 + y * (206 - long)),
            _INK,
            12 if k % 3 == 0 else 7,
        )
    for angle, length, wide in (
        (math.tau * 0.967, 110, 20),
        (math.tau * (0.94 + t * 0.002), 166, 14),
    ):
        sheet.stroke(
            Path().move(0, -310).line(math.sin(angle) * length, -310 - math.cos(angle) * length),
            _INK,
            wide,
        )
    tick = math.tau * (int(t * 2) / 120 + 0.4)
    sheet.stroke(
        Path().move(0, -310).line(math.sin(tick) * 186, -310 - math.cos(tick) * 186), red, 6
    )
    sheet.fill(ellipse(0, -310, 20), red)


def _lamp(sheet: Sheet, light: Light, t: float) -> None:
    brass, glass = light.on(_BRASS), (255, 238, 190)
    flame = 1 + 0.05 * math.sin(t * 11) + 0.04 * math.sin(t * 17)
    glow(sheet, 0, -330, 760 * flame, (255, 206, 116), 0.6)
    sheet.stroke(
        Path().move(-150, -540).curve(-190, -800, 190, -800, 150, -540), darker(brass, 0.35), 14
    )
    sheet.fill(
        Path().move(-190, -40).line(-150, -150).line(150, -150).line(190, -40).close(),
        Linear((-190, 0), (190, 0), (darker(brass, 0.4), lighter(brass, 0.3), darker(brass, 0.3))),
    )
    sheet.fill(
        rect(-206, -52, 412, 56, 20),
        Linear((-206, 0), (206, 0), (darker(brass, 0.45), lighter(brass, 0.2), darker(brass, 0.4))),
    )
    bulb = (
        Path()
        .move(-120, -150)
        .curve(-210, -280, -150, -460, -90, -540)
        .line(90, -540)
        .curve(150, -460, 210, -280, 120, -150)
        .close()
    )
    sheet.fill(
        bulb, Radial((0, -300), 320, ((255, 255, 240, 0.95), fade(glass, 0.7), fade(glass, 0.28)))
    )
    core = (
        Path()
        .move(0, -190)
        .curve(-80, -230, -50, -330, 0, -330 - 100 * flame)
        .curve(50, -330, 80, -230, 0, -190)
        .close()
    )
    sheet.fill(core, Linear((0, -430), (0, -190), ((255, 250, 224), (255, 176, 66))))
    sheet.fill(
        rect(-118, -600, 236, 66, 20),
        Linear((-118, 0), (118, 0), (darker(brass, 0.4), lighter(brass, 0.25), darker(brass, 0.4))),
    )
    for x in (-130, 0, 130):
        sheet.stroke(
            Path().move(x * 0.7, -540).bend(x * 1.6, -340, x * 0.95, -150),
            fade(darker(brass, 0.3), 0.75),
            8,
        )


def _cup(sheet: Sheet, light: Light, t: float) -> None:
    china = light.on((240, 110, 88))
    for k in range(3):
        x = -80 + k * 80
        steam = Path().move(x, -390)
        for i in range(1, 9):
            steam.line(x + math.sin(i * 0.9 + t * 2.2 + k) * 7 * i * 0.6, -390 - i * 34)
        sheet.stroke(
            steam, Linear((0, -390), (0, -670), ((255, 255, 255, 0.42), (255, 255, 255, 0))), 20
        )
    sheet.fill(ellipse(0, -16, 330, 44), darker(light.on(_PAPER), 0.1))
    sheet.fill(ellipse(0, -26, 318, 38), light.on(_PAPER))
    sheet.stroke(
        Path().move(214, -290).curve(360, -310, 350, -110, 196, -120), darker(china, 0.08), 42
    )
    body = (
        Path()
        .move(-236, -350)
        .curve(-230, -160, -170, -34, -96, -30)
        .line(96, -30)
        .curve(170, -34, 230, -160, 236, -350)
        .close()
    )
    sheet.fill(
        body,
        Linear(
            (-236, 0),
            (236, 0),
            (darker(china, 0.18), lighter(china, 0.2), china, darker(china, 0.22)),
            (0, 0.35, 0.65, 1),
        ),
    )
    sheet.fill(ellipse(0, -350, 238, 58), lighter(china, 0.35))
    sheet.fill(ellipse(0, -344, 214, 46), light.on((92, 54, 40)))
    sheet.fill(ellipse(-60, -352, 70, 12), (255, 236, 206, 0.35))


def _photo(sheet: Sheet, light: Light, t: float) -> None:
    wood = light.on((120, 78, 58))
    with sheet.group(at=(0, -320), turn=-0.03):
        sheet.fill(
            rect(-286, -350, 572, 680, 18),
            Linear((-286, -350), (286, 330), (lighter(wood, 0.25), darker(wood, 0.25))),
        )
        sheet.fill(rect(-236, -300, 472, 580, 6), light.on(_PAPER))
        art = rect(-196, -260, 392, 500, 4)
        with sheet.group(clip=art):
            sheet.fill(art, Linear((0, -260), (0, 240), ((236, 206, 160), (190, 146, 112))))
            sheet.fill(ellipse(0, 300, 210, 230), (112, 84, 84))
            sheet.fill(ellipse(0, -40, 104, 124), (226, 184, 148))
            sheet.fill(
                Path()
                .move(-112, -50)
                .curve(-130, -210, 130, -210, 112, -50)
                .curve(60, -120, -60, -120, -112, -50)
                .close(),
                (92, 66, 62),
            )
            sheet.stroke(Path().move(-40, 20).bend(0, 48, 40, 20), (140, 84, 74), 8)
            for x in (-40, 40):
                sheet.fill(ellipse(x, -34, 9, 12), (70, 48, 52))
        shine = 0.10 + 0.05 * math.sin(t * 0.8)
        sheet.fill(
            polygon((-196, 240), (-60, 240), (150, -260), (14, -260)), (255, 255, 255, shine)
        )


def _key(sheet: Sheet, light: Light, t: float) -> None:
    brass = light.on(_BRASS)
    tone = Linear((0, -260), (0, -60), (lighter(brass, 0.5), brass, darker(brass, 0.3)))
    with sheet.group(at=(0, -150), turn=-0.22):
        sheet.stroke(ellipse(-220, 0, 100), tone, 44)
        sheet.stroke(Path().move(-110, 0).line(320, 0), tone, 40)
        for x, long in ((220, 96), (290, 70)):
            sheet.stroke(Path().move(x, 10).line(x, long), tone, 34)
        gleam = (t * 0.35) % 1.0
        sheet.fill(ellipse(-110 + 420 * gleam, -10, 34, 8), (255, 255, 246, 0.8))


def _laptop(sheet: Sheet, light: Light, t: float) -> None:
    shell = light.on((190, 196, 208))
    glow(sheet, 0, -260, 560, (170, 206, 255), 0.3)
    sheet.fill(rect(-320, -450, 640, 420, 26), light.on((52, 52, 68)))
    sheet.fill(
        rect(-298, -428, 596, 376, 8),
        Linear((-298, -428), (298, -52), ((96, 156, 240), (116, 96, 214))),
    )
    for k in range(8):
        typed = max(0.0, min(1.0, t * 1.4 - k * 0.8))
        length = (220, 380, 310, 420, 180, 350, 400, 260)[k] * typed
        if length > 2:
            sheet.fill(
                rect(-260, -396 + k * 42, length, 16, 8), (255, 255, 255, 0.85 if k % 3 else 0.55)
            )
    base = polygon((-320, -34), (320, -34), (400, 10), (-400, 10))
    sheet.fill(base, Linear((0, -34), (0, 10), (lighter(shell, 0.3), darker(shell, 0.14))))


def _book(sheet: Sheet, light: Light, t: float) -> None:
    paper, cover = light.on(_PAPER), light.on((92, 78, 150))
    sheet.fill(polygon((-390, -30), (390, -30), (350, -300), (-350, -300)), cover)
    for side in (-1, 1):
        page = Path().move(0, -56).curve(side * 120, -110, side * 260, -90, side * 366, -60)
        page.line(side * 330, -310).curve(side * 240, -340, side * 110, -350, 0, -306).close()
        sheet.fill(
            page,
            Linear(
                (0, 0),
                (side * 366, 0),
                (darker(paper, 0.22), paper, lighter(paper, 0.4)),
                (0, 0.3, 1),
            ),
        )
        for k in range(7):
            y = -112 - k * 30
            sheet.stroke(
                Path().move(side * 52, y).bend(side * 160, y - 40, side * 300, y - 12),
                fade(_INK, 0.5),
                6,
            )
    lift = math.sin(min(1.0, max(0.0, (t - 1.5) / 1.4)) * math.pi)
    if lift > 0.01:
        tip = 360 * math.cos(math.pi * min(1.0, (t - 1.5) / 1.4))
        turning = Path().move(0, -56).line(tip, -60 - 190 * lift).line(tip * 0.9, -310 - 190 * lift)
        sheet.fill(turning.line(0, -306).close(), lighter(paper, 0.2))


_PROPS: dict[str, Callable[[Sheet, Light, float], None]] = {
    "radio": _radio,
    "phone": _phone,
    "letter": _letter,
    "clock": _clock,
    "lamp": _lamp,
    "cup": _cup,
    "photo": _photo,
    "key": _key,
    "laptop": _laptop,
    "book": _book,
}
