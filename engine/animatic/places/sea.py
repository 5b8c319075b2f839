"""By the water: lamp room, cliff, harbour, beach, a boat's deck."""

from __future__ import annotations

import math

from engine.animatic.colour import darker, lighter, mix
from engine.animatic.ink import (
    Colour,
    Linear,
    Path,
    Radial,
    Sheet,
    ellipse,
    fade,
    polygon,
    rect,
    smooth,
)
from engine.animatic.places.view import (
    View,
    falling,
    fill_all,
    glow,
    hills,
    shadow,
    sky,
    sky_colours,
    sun_place,
)

_LAMP: Colour = (255, 226, 150)
_TURN_S = 5.2
"""One turn of a lighthouse lamp."""


def _water(view: View) -> tuple[Colour, Colour]:
    """Far and near colour of the sea."""
    _, middle, low = sky_colours(view)
    deep: Colour = {
        "day": (30, 110, 158),
        "dawn": (74, 104, 150),
        "dusk": (58, 58, 112),
        "night": (16, 42, 78),
    }[view.hour]
    return mix(deep, low, 0.42), mix(deep, middle, 0.08)


def _sea(sheet: Sheet, view: View, horizon: float, shore: float) -> None:
    far, near = _water(view)
    fill_all(sheet, view, (far, mix(far, near, 0.7), near), horizon, shore)
    sheet.fill(rect(view.left, horizon - 2, view.width, 5), fade(lighter(far, 0.5), 0.5))
    if view.storm or view.rain:
        return
    x, _ = sun_place(view, horizon)
    warm: Colour = (255, 250, 220) if view.hour in ("day", "night") else (255, 224, 160)
    chance = view.chance("glitter")
    for i in range(46):
        depth = (i + chance.random()) / 46
        y = horizon + (shore - horizon) * depth**1.5
        spread = 34 + 190 * depth
        length = chance.uniform(14, 60) * (0.4 + depth)
        gx = x + chance.gauss(0, 0.5) * spread
        sheet.fill(
            rect(gx - length / 2, y, length, 2.5 + 5 * depth, 4),
            fade(warm, chance.uniform(0.25, 0.8)),
        )


def _waves(sheet: Sheet, view: View, horizon: float, shore: float, t: float) -> None:
    """Rows of swell that rise and roll; high in a storm."""
    far, near = _water(view)
    rough = 1.0 if view.storm else 0.55 if view.rain else 0.22
    rows = 5 if rough > 0.3 else 4
    for row in range(rows):
        depth = (row + 1) / rows
        y = horizon + (shore - horizon) * (0.1 + 0.86 * depth**1.25)
        height = (7 + 40 * depth) * rough
        length = 130 + 210 * depth
        shift = t * (26 + 52 * depth) * (1 if row % 2 else -0.7) * (0.4 + rough)
        crest, x = [], view.left - length * 2 + shift % length
        while x < view.right + length:
            lift = 0.75 + 0.25 * math.sin(x * 0.013 + row * 2 + t * 0.9)
            crest += [(x, y), (x + length * 0.5, y - height * lift)]
            x += length
        path = Path().smooth(crest, closed=False, ease=0.9)
        path.line(x, shore + 20).line(view.left - length * 2, shore + 20).close()
        colour = mix(far, near, depth)
        sheet.fill(
            path,
            Linear(
                (0, y - height),
                (0, y + 70),
                (fade(lighter(colour, 0.2), 0.9), fade(darker(colour, 0.12 * depth), 0.75)),
            ),
        )
        if rough > 0.3:
            sheet.stroke(
                Path().smooth(crest, closed=False, ease=0.9),
                fade(lighter(colour, 0.7), 0.22 + 0.25 * depth),
                2 + 4 * depth,
            )


def _beam(sheet: Sheet, x: float, y: float, turn: float, *, reach: float, strength: float) -> None:
    """Both arms of a turning lamp at `turn` (in turns); towards us it is a flare."""
    across = math.cos(math.tau * turn)
    towards = math.sin(math.tau * turn)
    for arm in (1, -1):
        dx = across * arm * reach
        if abs(dx) < 60:
            continue
        near = 1 + 0.5 * towards * arm
        wide = 46 + 190 * near
        light = fade(_LAMP, strength * (0.55 + 0.3 * near))
        cone = polygon(
            (x, y - 20),
            (x + dx, y - wide + towards * arm * 60),
            (x + dx, y + wide + towards * arm * 150),
            (x, y + 20),
        )
        sheet.fill(
            cone,
            Linear(
                (x, y),
                (x + dx, y),
                (light, fade(_LAMP, strength * 0.3), fade(_LAMP, 0)),
                (0, 0.45, 1),
            ),
        )
    flare = max(0.0, abs(towards)) ** 6
    glow(sheet, x, y, 150 + 240 * flare, _LAMP, 0.5 + 0.4 * flare)


def _lightning(sheet: Sheet, view: View, t: float) -> None:
    """A far flash that lights the clouds twice, early in the shot."""
    if not view.storm:
        return
    since = (t - 1.7) % 6.5
    strength = max(0.0, 1 - since / 0.1) * 0.3 + max(0.0, 1 - abs(since - 0.26) / 0.16) * 0.22
    if strength > 0.01:
        x = view.left + view.width * 0.7
        sheet.fill(
            rect(view.left, view.top, view.width, -view.top * 0.8),
            Radial(
                (x, view.top * 0.6),
                view.width * 0.9,
                (fade((214, 226, 255), strength), fade((214, 226, 255), 0)),
            ),
        )


# --- the lamp room


def _lamp_height(view: View) -> float:
    return -max(470.0, min(800.0, -view.top * 0.58))


def lamp_room(sheet: Sheet, view: View) -> None:
    light = view.light
    horizon = -330.0
    sky(sheet, view, horizon)
    _sea(sheet, view, horizon, -140)
    iron = light.on((44, 74, 84))
    _panes(sheet, view, iron)
    fill_all(sheet, view, (lighter(iron, 0.12), darker(iron, 0.2)), -176, 6)
    sheet.fill(rect(view.left, -190, view.width, 22, 8), light.on((186, 140, 78)))
    sheet.fill(rect(view.left, -190, view.width, 7), light.on((240, 204, 128)))
    chance = view.chance("rivets")
    x = view.left + 30
    while x < view.right:
        sheet.fill(ellipse(x, -140, 6), lighter(iron, 0.28))
        sheet.fill(ellipse(x, -24, 6), lighter(iron, 0.2))
        x += 62 + chance.uniform(-1, 1)
    _boards(sheet, view, light.on((120, 84, 64)))
    _lamp(sheet, view)


def _panes(sheet: Sheet, view: View, iron: Colour) -> None:
    """Tall glass all round: light bars, a gloss on every other pane."""
    step = 236.0
    count = int(view.right // step) + 2
    for i in range(-count, count + 1):
        x = (i + 0.5) * step
        if i % 2 == 0:
            sheet.fill(
                polygon((x - 190, -200), (x - 90, -200), (x + 20, view.top), (x - 60, view.top)),
                (200, 224, 255, 0.05),
            )
        sheet.fill(
            rect(x - 9, view.top, 18, -view.top - 176),
            Linear((x - 9, 0), (x + 9, 0), (lighter(iron, 0.22), darker(iron, 0.35))),
        )
    for y in (-470.0, -760.0, -1050.0):
        sheet.fill(
            rect(view.left, y, view.width, 12),
            Linear((0, y), (0, y + 12), (lighter(iron, 0.25), darker(iron, 0.3))),
        )
    roof = max(view.top, -1250)
    sheet.fill(
        Path()
        .move(view.left, view.top - 5)
        .line(view.right, view.top - 5)
        .line(view.right, roof + 130)
        .bend(0, roof - 40, view.left, roof + 130)
        .close(),
        darker(iron, 0.5),
    )


def _boards(sheet: Sheet, view: View, wood: Colour) -> None:
    fill_all(sheet, view, (wood, darker(wood, 0.55)), 0, view.bottom)
    for i in range(-12, 13):
        sheet.stroke(
            Path().move(i * 74, 4).line(i * 190, view.bottom), fade(darker(wood, 0.6), 0.5), 4
        )
    sheet.fill(rect(view.left, 0, view.width, 14), fade(darker(wood, 0.7), 0.5))


def _lamp(sheet: Sheet, view: View) -> None:
    """A great lens of glass rings on its pedestal, lit from inside."""
    y = _lamp_height(view)
    brass, dark = view.light.on((206, 154, 80)), view.light.on((96, 66, 52))
    metal = Linear(
        (-120, 0), (120, 0), (dark, lighter(brass, 0.35), brass, dark), (0, 0.35, 0.6, 1)
    )
    glow(sheet, 0, y, 620, _LAMP, 0.5)
    shadow(sheet, 0, 40, 210, 36, 0.4)
    sheet.fill(rect(-44, y + 230, 88, -y - 210), metal)
    sheet.fill(rect(-120, 0, 240, 44, 12), metal)
    sheet.fill(rect(-84, -52, 168, 58, 10), metal)
    sheet.fill(rect(-150, y + 214, 300, 34, 14), metal)
    lens = smooth(
        (-122, y + 216),
        (-152, y + 90),
        (-158, y),
        (-152, y - 90),
        (-108, y - 216),
        (0, y - 252),
        (108, y - 216),
        (152, y - 90),
        (158, y),
        (152, y + 90),
        (122, y + 216),
    )
    sheet.fill(
        lens,
        Radial(
            (0, y),
            270,
            ((255, 252, 230), (255, 232, 160), (236, 182, 104, 0.92), (150, 128, 120, 0.9)),
            (0, 0.22, 0.6, 1),
        ),
    )
    with sheet.group(clip=lens):
        for i in range(-7, 8):
            band = y + i * 34
            half = 170 - abs(i) * 2
            sheet.stroke(
                Path().move(-half, band).bend(0, band + i * 7, half, band), (255, 255, 246, 0.55), 4
            )
            sheet.stroke(
                Path().move(-half, band + 6).bend(0, band + 6 + i * 7, half, band + 6),
                (130, 84, 60, 0.35),
                4,
            )
        for x in (-92, 92):
            sheet.stroke(
                Path().move(x, y + 220).bend(x * 1.5, y, x * 0.9, y - 226), fade(brass, 0.9), 10
            )
    for radius, strength in ((86, 0.75), (58, 0.9), (30, 1.0)):
        sheet.stroke(ellipse(0, y, radius), (255, 250, 224, 0.5), 5)
        glow(sheet, 0, y, radius, (255, 255, 244), strength)
    sheet.fill(rect(-112, y - 262, 224, 30, 12), metal)
    sheet.fill(Path().move(-74, y - 262).bend(0, y - 350, 74, y - 262).close(), metal)


def lamp_room_moving(sheet: Sheet, view: View, t: float) -> None:
    y = _lamp_height(view)
    with sheet.group(clip=rect(view.left, view.top, view.width, -view.top - 192)):
        _lightning(sheet, view, t)
        falling(sheet, view, t)
        _beam(sheet, 0, y, t / _TURN_S + 0.08, reach=1500, strength=0.62)


# --- the cliff


def _tower(sheet: Sheet, view: View, x: float, foot: float, height: float) -> tuple[float, float]:
    """A striped lighthouse; gives the place of its lamp."""
    light = view.light
    white, red = light.on((246, 240, 230)), light.on((206, 66, 62))
    w = height * 0.115
    top = foot - height
    body = polygon((x - w, foot), (x - w * 0.62, top), (x + w * 0.62, top), (x + w, foot))
    sheet.fill(body, white)
    with sheet.group(clip=body):
        for i in (0, 2, 4):
            sheet.fill(rect(x - w, top + height * (0.1 + i * 0.18), w * 2, height * 0.18), red)
        shade = Linear(
            (x - w, 0), (x + w, 0), ((30, 20, 60, 0.5), (30, 20, 60, 0.05), (255, 255, 255, 0.12))
        )
        sheet.fill(rect(x - w, top, w * 2, height), shade)
        for i in (1, 3):
            sheet.fill(
                rect(
                    x - w * 0.16,
                    top + height * (0.13 + i * 0.18),
                    w * 0.32,
                    height * 0.07,
                    w * 0.16,
                ),
                (255, 220, 140) if view.hour != "day" else darker(white, 0.6),
            )
    iron = darker(light.on((60, 66, 84)), 0.2)
    sheet.fill(rect(x - w * 0.95, top - height * 0.02, w * 1.9, height * 0.035, 3), iron)
    lamp = top - height * 0.065
    sheet.fill(rect(x - w * 0.52, top - height * 0.115, w * 1.04, height * 0.105), (255, 236, 170))
    for dx in (-0.52, -0.18, 0.14, 0.46):
        sheet.fill(rect(x + w * dx, top - height * 0.115, w * 0.07, height * 0.1), iron)
    sheet.fill(
        Path()
        .move(x - w * 0.68, top - height * 0.11)
        .bend(x, top - height * 0.26, x + w * 0.68, top - height * 0.11)
        .close(),
        light.on((178, 54, 56)),
    )
    sheet.fill(ellipse(x, top - height * 0.192, w * 0.1), iron)
    return x, lamp


def _cliff_lamp(view: View) -> tuple[float, float, float]:
    """x and foot of the tower on the cliff, and its height."""
    tall = view.top < -1150
    side = -view.light.side
    return (
        side * (view.right - 90) * (0.56 if tall else 0.62),
        (-330 if tall else -250),
        (620 if tall else 360),
    )


def cliff(sheet: Sheet, view: View) -> None:
    horizon = -300.0
    sky(sheet, view, horizon)
    _sea(sheet, view, horizon, 110)
    x, foot, height = _cliff_lamp(view)
    rock = view.light.on((92, 88, 104))
    side = 1 if x > 0 else -1
    edge = view.right if side > 0 else view.left
    inland = edge + side * 40
    face = (
        Path()
        .move(inland, foot + 26)
        .line(x, foot)
        .curve(x - side * 120, foot - 4, x - side * 130, foot + 60, x - side * 160, foot + 120)
    )
    face.line(x - side * 176, foot + 220).line(x - side * 230, 110).line(inland, 130).close()
    sheet.fill(
        face,
        Linear(
            (x - side * 200, foot),
            (x + side * 100, 40),
            (lighter(rock, 0.14), rock, darker(rock, 0.4)),
        ),
    )
    for k, (dx, dy) in enumerate(((-60, 70), (-110, 190), (-20, 150), (40, 90), (-150, 260))):
        sheet.stroke(
            Path()
            .move(x + side * dx, foot + dy)
            .line(x + side * (dx - 30), foot + dy + 60 + 8 * k),
            fade(darker(rock, 0.5), 0.5),
            7,
        )
    grass = view.light.on((88, 128, 92))
    turf = (
        Path()
        .move(inland, foot - 8)
        .line(x, foot - 12)
        .curve(x - side * 110, foot - 14, x - side * 126, foot + 20, x - side * 134, foot + 46)
    )
    sheet.fill(turf.curve(x - side * 80, foot + 14, x, foot + 34, inland, foot + 44).close(), grass)
    _tower(sheet, view, x, foot, height)
    _ledge(sheet, view)


def _ledge(sheet: Sheet, view: View) -> None:
    """The grassy edge the figures stand on."""
    chance = view.chance("ledge")
    grass = view.light.on((78, 116, 84))
    rock = view.light.on((80, 76, 94))
    points = [
        (view.left - 40 + (view.width + 80) * i / 8, chance.uniform(44, 78)) for i in range(9)
    ]
    path = Path().smooth(points, closed=False)
    path.line(view.right + 40, view.bottom + 20).line(view.left - 40, view.bottom + 20).close()
    sheet.fill(
        path,
        Linear(
            (0, 50),
            (0, view.bottom),
            (lighter(grass, 0.22), grass, darker(grass, 0.6)),
            (0, 0.2, 1),
        ),
    )
    for _ in range(70):
        x, y = chance.uniform(view.left, view.right), chance.uniform(90, view.bottom * 0.95)
        size = 8 + y * 0.06
        tone = fade(lighter(grass, 0.25) if chance.random() < 0.5 else darker(grass, 0.3), 0.6)
        sheet.stroke(
            Path().move(x, y).bend(x + 3, y - size, x + size * 0.8, y - size * 1.4), tone, 3.5
        )
    for _ in range(4):
        x, y = (
            chance.uniform(view.left, view.right),
            chance.uniform(view.bottom * 0.45, view.bottom),
        )
        r = chance.uniform(30, 70)
        sheet.fill(
            smooth(
                (x - r, y),
                (x - r * 0.6, y - r * 0.6),
                (x + r * 0.2, y - r * 0.75),
                (x + r, y - r * 0.2),
                (x + r * 0.9, y + 10),
            ),
            Linear((x, y - r), (x, y), (lighter(rock, 0.2), darker(rock, 0.3))),
        )


def cliff_moving(sheet: Sheet, view: View, t: float) -> None:
    horizon = -300.0
    x, foot, height = _cliff_lamp(view)
    side = 1 if x > 0 else -1
    if view.hour != "day":
        _beam(
            sheet,
            x,
            foot - height * 1.065,
            t / _TURN_S + (0.3 if side < 0 else 0.8),
            reach=1700,
            strength=0.5,
        )
    _lightning(sheet, view, t)
    water = polygon(
        (-side * 2000, horizon - 60),
        (x - side * 128, horizon - 60),
        (x - side * 128, foot + 20),
        (x - side * 160, foot + 120),
        (x - side * 176, foot + 220),
        (x - side * 214, 60),
        (-side * 2000, 60),
    )
    with sheet.group(clip=water):
        _waves(sheet, view, horizon, 90, t)
    if view.says(r"boat|ship|vessel|船|boot|bateau"):
        _tossed_boat(sheet, view, -side * view.right * 0.38, horizon + 110, t)
    falling(sheet, view, t)


def _tossed_boat(sheet: Sheet, view: View, x: float, y: float, t: float) -> None:
    """The boat climbing a swell of its own."""
    bob = math.sin(t * 1.5)
    with sheet.group(at=(x, y + bob * 24), turn=0.16 * math.cos(t * 1.5)):
        _boat(sheet, view, 1.25)
    far, near = _water(view)
    crest = [(x - 330, y + 74), (x - 150, y + 30 + bob * 20), (x, y + 8 + bob * 26)]
    crest += [(x + 150, y + 26 + bob * 16), (x + 330, y + 74)]
    colour = mix(far, near, 0.5)
    swell = Path().smooth(crest, closed=False).line(x, y + 110).close()
    sheet.fill(swell, Linear((0, y), (0, y + 90), (lighter(colour, 0.16), fade(colour, 0.0))))
    sheet.stroke(Path().smooth(crest, closed=False), fade(lighter(colour, 0.75), 0.5), 5)


def _boat(sheet: Sheet, view: View, size: float) -> None:
    """A small fishing boat, keel at 0, 0."""
    light = view.light
    with sheet.group(scale=size):
        sheet.stroke(Path().move(-6, -60).line(-6, -176), light.on((92, 72, 64)), 6)
        sheet.stroke(Path().move(-6, -168).line(66, -74), fade(light.on((92, 72, 64)), 0.8), 3)
        sheet.fill(rect(-58, -112, 74, 62, 8), light.on((240, 232, 214)))
        sheet.fill(rect(-66, -120, 90, 14, 5), light.on((196, 74, 64)))
        sheet.fill(rect(-44, -100, 22, 22, 4), (255, 224, 140))
        sheet.fill(rect(-14, -100, 22, 22, 4), (255, 224, 140))
        hull = (
            Path()
            .move(-112, -54)
            .line(124, -66)
            .curve(112, -14, 86, 14, 40, 18)
            .line(-70, 18)
            .curve(-98, 8, -108, -22, -112, -54)
            .close()
        )
        sheet.fill(
            hull, Linear((0, -60), (0, 18), (light.on((60, 122, 140)), light.on((30, 62, 92))))
        )
        sheet.stroke(Path().move(-112, -54).line(124, -66), light.on((246, 240, 226)), 8)
        if view.hour != "day":
            glow(sheet, -6, -180, 90, _LAMP, 0.8)


# --- the harbour


def harbour(sheet: Sheet, view: View) -> None:
    horizon = -290.0
    sky(sheet, view, horizon)
    far = mix(view.light.on((104, 112, 142)), sky_colours(view)[2], 0.45)
    side = -view.light.side
    tall = view.top < -1150
    x, y = _tower(sheet, view, *_harbour_lamp(view), 350 if tall else 260)
    glow(sheet, x, y, 130, _LAMP, 0.75)
    edge = side * view.right
    head = Path().move(edge + side * 60, horizon + 4).line(edge + side * 60, horizon - 120)
    head.curve(edge * 0.8, horizon - 136, edge * 0.56, horizon - 116, edge * 0.45, horizon - 62)
    head.bend(edge * 0.37, horizon - 16, edge * 0.25, horizon + 4).close()
    sheet.fill(head, Linear((0, horizon - 130), (0, horizon), (lighter(far, 0.1), far)))
    hills(sheet, view, horizon - 2, 26, mix(far, sky_colours(view)[2], 0.4), "coast")
    _sea(sheet, view, horizon, 10)
    _quay(sheet, view)


def _harbour_lamp(view: View) -> tuple[float, float]:
    return -view.light.side * (view.right - 90) * 0.66, -366.0


def _quay(sheet: Sheet, view: View) -> None:
    stone = view.light.on((166, 150, 144))
    fill_all(sheet, view, (lighter(stone, 0.2), stone, darker(stone, 0.5)), 0, view.bottom)
    sheet.fill(
        rect(view.left, -18, view.width, 34),
        Linear((0, -18), (0, 16), (lighter(stone, 0.45), lighter(stone, 0.1))),
    )
    for row in range(5):
        y = 16 + (view.bottom - 16) * (row / 5) ** 1.3
        sheet.stroke(
            Path().move(view.left, y).line(view.right, y), fade(darker(stone, 0.5), 0.35), 4
        )
        step = 170 + row * 70
        x = view.left + (row % 2) * step / 2
        following = 16 + (view.bottom - 16) * ((row + 1) / 5) ** 1.3
        while x < view.right:
            sheet.stroke(
                Path().move(x, y).line(x * 1.12, following), fade(darker(stone, 0.5), 0.3), 4
            )
            x += step
    iron = view.light.on((62, 60, 78))
    for x in (view.left * 0.74, view.right * 0.78):
        shadow(sheet, x, 46, 70, 14)
        sheet.fill(
            rect(x - 26, -56, 52, 104, 14),
            Linear((x - 26, 0), (x + 26, 0), (lighter(iron, 0.25), darker(iron, 0.3))),
        )
        sheet.fill(rect(x - 40, -70, 80, 32, 16), lighter(iron, 0.14))
    rope = view.light.on((214, 180, 124))
    x = view.right * 0.78
    for k in range(3):
        sheet.stroke(ellipse(x - 120, 60 - k * 9, 52 - k * 4, 14), darker(rope, 0.08 * k), 9)


def harbour_moving(sheet: Sheet, view: View, t: float) -> None:
    x, foot = _harbour_lamp(view)
    height = 350 if view.top < -1150 else 260
    strength = {"night": 0.5, "dusk": 0.34, "dawn": 0.24, "day": 0.1}[view.hour]
    _beam(sheet, x, foot - height * 1.065, t / _TURN_S + 0.3, reach=1200, strength=strength)
    horizon = -290.0
    with sheet.group(clip=rect(view.left, horizon, view.width, -horizon - 18)):
        _waves(sheet, view, horizon, 0, t)
    side = view.light.side
    for index, (share, y, size) in enumerate(
        ((0.62, -60, 1.25), (-0.12, -190, 0.5), (0.16, -214, 0.42))
    ):
        bob = math.sin(t * 1.1 + index * 2)
        with sheet.group(
            at=(side * view.right * share, y + bob * 5 * size),
            scale=(side, 1),
            turn=0.025 * math.sin(t * 0.9 + index),
        ):
            _reflection(sheet, view, size)
            _boat(sheet, view, size)
    if not view.storm and view.hour != "night":
        _gulls(sheet, view, t)
    falling(sheet, view, t)


def _reflection(sheet: Sheet, view: View, size: float) -> None:
    with sheet.group(scale=(size, size)):
        sheet.fill(ellipse(6, 26, 118, 14), fade(darker(_water(view)[1], 0.4), 0.4))


def _gulls(sheet: Sheet, view: View, t: float) -> None:
    colour = fade(mix(view.light.on((255, 255, 255)), (90, 90, 120), 0.15), 0.95)
    for i, (x0, y0, s, speed) in enumerate(
        ((-0.3, 0.62, 1.0, 26), (0.1, 0.7, 0.7, 20), (-0.05, 0.55, 0.55, 16))
    ):
        x = view.left + ((x0 + 0.5) * view.width + t * speed) % view.width
        y = view.top * y0 + math.sin(t * 0.8 + i) * 12
        flap = math.sin(t * 5 + i * 2) * 12 * s
        wings = (
            Path()
            .move(x - 40 * s, y - 8 * s - flap)
            .bend(x - 18 * s, y - 20 * s, x, y)
            .bend(x + 18 * s, y - 20 * s, x + 40 * s, y - 8 * s - flap)
        )
        sheet.stroke(wings, colour, 6 * s)


# --- the beach


def beach(sheet: Sheet, view: View) -> None:
    horizon = -250.0
    sky(sheet, view, horizon)
    hills(
        sheet,
        view,
        horizon,
        60,
        mix(view.light.on((96, 150, 140)), sky_colours(view)[2], 0.4),
        "island",
    )
    _sea(sheet, view, horizon, 10)
    sand = view.light.on((244, 220, 174))
    chance = view.chance("sand")
    points = [
        (view.left - 40 + (view.width + 80) * i / 6, chance.uniform(-26, 14)) for i in range(7)
    ]
    foam = (
        Path()
        .smooth([(x, y - 14) for x, y in points], closed=False)
        .line(view.right + 40, 60)
        .line(view.left - 40, 60)
        .close()
    )
    sheet.fill(foam, (255, 255, 255, 0.7))
    path = (
        Path()
        .smooth(points, closed=False)
        .line(view.right + 40, view.bottom + 9)
        .line(view.left - 40, view.bottom + 9)
        .close()
    )
    sheet.fill(
        path,
        Linear(
            (0, 0), (0, view.bottom), (darker(sand, 0.14), sand, darker(sand, 0.22)), (0, 0.2, 1)
        ),
    )
    for _ in range(40):
        x, y = chance.uniform(view.left, view.right), chance.uniform(50, view.bottom)
        sheet.fill(ellipse(x, y, chance.uniform(3, 8), 3), fade(darker(sand, 0.3), 0.4))
    side = -view.light.side
    _palm(sheet, view, side * view.right * 0.72, 60, 560, -side)
    x = -side * view.right * 0.62
    sheet.stroke(Path().move(x, 70).line(x + 24 * side, -280), view.light.on((240, 236, 226)), 10)
    for k in range(5):
        tone = view.light.on((236, 96, 84) if k % 2 == 0 else (252, 244, 232))
        a, b = -170 + k * 68, -170 + (k + 1) * 68
        sheet.fill(
            Path()
            .move(x + 24 * side, -330)
            .bend(x + a * 0.7, -310, x + a, -210)
            .bend(x + (a + b) / 2, -236, x + b, -210)
            .bend(x + b * 0.7, -310, x + 24 * side, -330)
            .close(),
            tone,
        )


def _palm(sheet: Sheet, view: View, x: float, y: float, height: float, lean: float) -> None:
    trunk, leaf = view.light.on((150, 108, 78)), view.light.on((66, 144, 96))
    tx, ty = x + lean * 110, y - height
    sheet.stroke(Path().move(x, y).bend(x - lean * 20, y - height * 0.6, tx, ty), trunk, 34)
    for k in range(7):
        angle = math.pi * (1.02 + k / 6 * 0.96)
        ex, ey = tx + math.cos(angle) * 230, ty + math.sin(angle) * 110 + 90 * abs(math.cos(angle))
        tone = lighter(leaf, 0.12) if k % 2 else darker(leaf, 0.14)
        frond = (
            Path().move(tx, ty).curve(tx + math.cos(angle) * 90, ty - 90, ex - 20, ey - 90, ex, ey)
        )
        sheet.fill(
            frond.curve(
                ex - 50 * math.cos(angle), ey - 46, tx + math.cos(angle) * 60, ty - 16, tx, ty
            ).close(),
            tone,
        )


def beach_moving(sheet: Sheet, view: View, t: float) -> None:
    with sheet.group(clip=rect(view.left, -250, view.width, 224)):
        _waves(sheet, view, -250, 0, t)
    _gulls(sheet, view, t)
    falling(sheet, view, t)
