"""Under the sky: streets and roofs, park and forest, snow and desert, shop fronts."""

from __future__ import annotations

import math

from engine.animatic.colour import darker, lighter, mix
from engine.animatic.ink import Colour, Linear, Path, Sheet, ellipse, fade, polygon, rect, smooth
from engine.animatic.places.view import (
    View,
    cloud,
    falling,
    fill_all,
    glow,
    hills,
    shadow,
    sky,
    sky_colours,
)

_LAMPLIGHT: Colour = (255, 218, 140)


def _air(view: View, colour: Colour, distance: float) -> Colour:
    """A colour with that share of air before it."""
    return mix(view.light.on(colour), sky_colours(view)[2], distance)


def tree(sheet: Sheet, view: View, x: float, y: float, size: float, colour: Colour) -> None:
    """A round tree standing at x, y; `colour` is the leaves' as seen."""
    trunk = darker(mix(colour, (120, 80, 60), 0.7), 0.1)
    shadow(sheet, x, y, 150 * size, 20 * size, 0.25)
    sheet.fill(
        Path()
        .move(x - 24 * size, y)
        .curve(
            x - 14 * size,
            y - 120 * size,
            x - 12 * size,
            y - 160 * size,
            x - 16 * size,
            y - 260 * size,
        )
        .line(x + 16 * size, y - 260 * size)
        .curve(x + 12 * size, y - 150 * size, x + 16 * size, y - 110 * size, x + 26 * size, y)
        .close(),
        trunk,
    )
    blobs = (
        (-90, -300, 96),
        (92, -306, 92),
        (0, -270, 110),
        (-50, -400, 96),
        (56, -404, 92),
        (0, -470, 80),
    )
    for dx, dy, r in blobs:
        sheet.fill(ellipse(x + dx * size, y + (dy + 14) * size, r * size), darker(colour, 0.22))
    for dx, dy, r in blobs:
        cx, cy, cr = x + dx * size, y + dy * size, r * size * 0.94
        sheet.fill(
            ellipse(cx, cy, cr),
            Linear(
                (cx + cr * view.light.side, cy - cr),
                (cx - cr * view.light.side, cy + cr),
                (lighter(colour, 0.24), colour, darker(colour, 0.12)),
            ),
        )


def _lamp_post(sheet: Sheet, view: View, x: float, y: float, height: float) -> None:
    iron = view.light.on((56, 58, 76))
    sheet.stroke(Path().move(x, y).line(x, y - height), iron, 13)
    sheet.fill(rect(x - 26, y - 30, 52, 34, 8), iron)
    if view.hour != "day":
        glow(sheet, x, y - height - 30, 300, _LAMPLIGHT, 0.6)
    sheet.fill(
        polygon(
            (x - 30, y - height - 74),
            (x + 30, y - height - 74),
            (x + 20, y - height),
            (x - 20, y - height),
        ),
        (255, 240, 196) if view.hour != "day" else (236, 236, 226),
    )
    sheet.fill(
        polygon((x - 42, y - height - 72), (x, y - height - 112), (x + 42, y - height - 72)), iron
    )


def park(sheet: Sheet, view: View) -> None:
    sky(sheet, view, -140)
    hills(sheet, view, -120, 130, _air(view, (108, 150, 150), 0.5), "far")
    _skyline(sheet, view, -150, 0.42, 0.62)
    leaf: Colour = (86, 152, 92)
    chance = view.chance("trees")
    for i in range(9):
        x = view.left + view.width * (i + chance.uniform(0.2, 0.8)) / 9
        tree(
            sheet,
            view,
            x,
            -60 + chance.uniform(-20, 10),
            chance.uniform(0.5, 0.66),
            _air(view, leaf, 0.4),
        )
    grass = view.light.on((124, 182, 98))
    hills(sheet, view, -20, 56, grass, "lawn")
    fill_all(sheet, view, (grass, darker(grass, 0.45)), 0, view.bottom)
    path = view.light.on((236, 214, 176))
    walk = (
        Path()
        .move(-70, -24)
        .curve(60, 60, -330, 130, -420, view.bottom + 20)
        .line(460, view.bottom + 20)
        .curve(240, 130, 190, 50, 20, -24)
        .close()
    )
    sheet.fill(walk, Linear((0, -24), (0, view.bottom), (lighter(path, 0.25), darker(path, 0.14))))
    side = view.light.side
    tree(sheet, view, -side * (view.right - 150) * 0.84, 70, 1.36, _air(view, leaf, 0.06))
    tree(sheet, view, side * (view.right - 60) * 0.9, 30, 1.0, _air(view, (150, 172, 84), 0.12))
    _bench(sheet, view, side * 330, 46)
    _lamp_post(sheet, view, -side * 200, 10, 420)
    for _ in range(60):
        x, y = chance.uniform(view.left, view.right), chance.uniform(20, view.bottom)
        if abs(x) < 140 + y * 1.1:
            continue
        if chance.random() < 0.3:
            sheet.fill(
                ellipse(x, y, 7),
                view.light.on(chance.choice(((255, 236, 140), (255, 170, 180), (250, 250, 250)))),
            )
        else:
            sheet.stroke(Path().move(x, y).line(x + 4, y - 18), fade(darker(grass, 0.25), 0.6), 4)


def _bench(sheet: Sheet, view: View, x: float, y: float) -> None:
    wood, iron = view.light.on((176, 116, 76)), view.light.on((60, 60, 76))
    shadow(sheet, x, y, 190, 18, 0.3)
    for s in (-1, 1):
        sheet.stroke(Path().move(x + s * 130, y).line(x + s * 130, y - 160), iron, 12)
    for k, dy in enumerate((-160, -128, -82)):
        sheet.fill(
            rect(x - 170, y + dy, 340, 22 if k < 2 else 30, 8),
            Linear((0, y + dy), (0, y + dy + 28), (lighter(wood, 0.16), darker(wood, 0.12))),
        )


def park_moving(sheet: Sheet, view: View, t: float) -> None:
    _drifting_cloud(sheet, view, t)
    falling(sheet, view, t)


def _drifting_cloud(sheet: Sheet, view: View, t: float) -> None:
    if view.hour == "night" or view.storm:
        return
    span = view.width + 500
    x = view.left - 250 + (view.chance("drift").random() * span + t * 9) % span
    y = view.top * 0.66
    tone: Colour = mix((255, 255, 255), sky_colours(view)[2], 0.2)
    cloud(sheet, x, y, 96, Linear((x, y - 90), (x, y), (fade(tone, 0.9), fade(tone, 0.35))))


def _skyline(sheet: Sheet, view: View, foot: float, air: float, size: float) -> None:
    """A row of towers as far away as `air` says."""
    chance = view.chance(f"skyline{foot:.0f}")
    x = view.left - 20
    lit = view.hour in ("night", "dusk")
    while x < view.right + 20:
        w, h = chance.uniform(80, 150) * size, chance.uniform(170, 470) * size
        tone = _air(view, chance.choice(((110, 120, 160), (130, 116, 150), (96, 128, 156))), air)
        sheet.fill(
            rect(x, foot - h, w, h + 30),
            Linear((0, foot - h), (0, foot), (tone, mix(tone, sky_colours(view)[2], 0.3))),
        )
        if chance.random() < 0.3:
            sheet.stroke(
                Path().move(x + w / 2, foot - h).line(x + w / 2, foot - h - 50 * size),
                tone,
                5 * size,
            )
        step = 30 * size
        for row in range(int(h // step) - 1):
            for col in range(int(w // step) - 1):
                if chance.random() < (0.45 if lit else 0.3):
                    glass = (255, 222, 150, 0.85) if lit else fade(lighter(tone, 0.4), 0.5)
                    sheet.fill(
                        rect(
                            x + step * (col + 0.6),
                            foot - h + step * (row + 0.6),
                            step * 0.5,
                            step * 0.5,
                            2,
                        ),
                        glass,
                    )
        x += w + chance.uniform(-6, 14) * size


def street(sheet: Sheet, view: View) -> None:
    sky(sheet, view, -180)
    _skyline(sheet, view, -170, 0.5, 0.9)
    haze = _air(view, (170, 150, 160), 0.3)
    fill_all(sheet, view, (haze, darker(haze, 0.2)), -182, -26)
    _row_of_houses(sheet, view)
    road, kerb = view.light.on((104, 108, 124)), view.light.on((196, 190, 186))
    fill_all(sheet, view, (lighter(kerb, 0.1), darker(kerb, 0.1)), -30, 70)
    for k in range(-14, 15):
        sheet.stroke(Path().move(k * 120, -26).line(k * 130, 66), fade(darker(kerb, 0.4), 0.3), 3)
    sheet.fill(rect(view.left, 66, view.width, 16), darker(kerb, 0.3))
    fill_all(sheet, view, (road, darker(road, 0.45)), 80, view.bottom)
    for k in range(-5, 6):
        x = k * 330
        sheet.fill(
            polygon((x, 210), (x + 170, 210), (x + 190, 236), (x + 10, 236)),
            fade((250, 246, 230), 0.75),
        )
    _lamp_post(sheet, view, -view.light.side * 400, 40, 560)
    if view.says(r"traffic|intersection|crossing|crossroad|signal|lights"):
        _traffic_light(sheet, view, view.light.side * 330, 60)
    elif view.width < 1400:
        tree(sheet, view, view.light.side * 440, 40, 0.95, _air(view, (96, 158, 96), 0.1))
    else:
        for s in (-0.56, 0.82):
            tree(
                sheet,
                view,
                view.light.side * view.right * s,
                40,
                0.9,
                _air(view, (96, 158, 96), 0.1),
            )


def _row_of_houses(sheet: Sheet, view: View) -> None:
    chance = view.chance("houses")
    tones: tuple[Colour, ...] = (
        (232, 158, 120),
        (240, 206, 150),
        (150, 186, 190),
        (214, 128, 118),
        (186, 170, 206),
    )
    lit = view.hour in ("night", "dusk")
    x, k = view.left - 60, 0
    while x < view.right:
        w, h = chance.uniform(230, 300), chance.uniform(480, 640)
        tone = _air(view, tones[k % 5], 0.1)
        sheet.fill(
            rect(x, -28 - h, w, h),
            Linear((0, -28 - h), (0, -28), (lighter(tone, 0.1), darker(tone, 0.1))),
        )
        sheet.fill(rect(x - 8, -44 - h, w + 16, 26, 4), darker(tone, 0.3))
        for row in range(int((h - 210) // 130)):
            for col in range(2):
                wx, wy = x + w * (0.16 + 0.42 * col), -28 - h + 50 + row * 130
                glass: Colour = (
                    (255, 224, 150)
                    if lit and chance.random() < 0.65
                    else mix(sky_colours(view)[0], (40, 50, 80), 0.35)
                )
                sheet.fill(rect(wx - 6, wy - 6, w * 0.26 + 12, 92, 6), lighter(tone, 0.45))
                sheet.fill(rect(wx, wy, w * 0.26, 80, 3), glass)
                sheet.fill(rect(wx - 10, wy + 84, w * 0.26 + 20, 10, 3), darker(tone, 0.2))
        shop_glass: Colour = (
            (255, 232, 176) if lit else mix(sky_colours(view)[1], (60, 80, 110), 0.3)
        )
        sheet.fill(rect(x + 20, -176, w - 40, 148, 6), darker(tone, 0.45))
        sheet.fill(rect(x + 30, -160, w - 130, 110, 4), shop_glass)
        sheet.fill(rect(x + w - 88, -160, 54, 132, 4), darker(shop_glass, 0.3))
        stripe = view.light.on(tones[(k + 2) % 5])
        for i in range(6):
            sx = x + 14 + i * (w - 28) / 6
            awning = polygon(
                (sx + 6, -206),
                (sx + (w - 28) / 6 + 6 * (1 if i < 5 else 0), -206),
                (sx + (w - 28) / 6, -150),
                (sx, -150),
            )
            sheet.fill(awning, stripe if i % 2 else lighter(stripe, 0.7))
        x += w + 6
        k += 1


def _traffic_light(sheet: Sheet, view: View, x: float, y: float) -> None:
    iron = view.light.on((58, 62, 76))
    sheet.stroke(Path().move(x, y).line(x, y - 520), iron, 16)
    sheet.fill(
        rect(x - 52, y - 740, 104, 240, 28),
        Linear((x - 52, 0), (x + 52, 0), (lighter(iron, 0.16), darker(iron, 0.3))),
    )


def street_moving(sheet: Sheet, view: View, t: float) -> None:
    if view.says(r"traffic|intersection|crossing|crossroad|signal|lights"):
        x, y = view.light.side * 330, 60
        now = int(t / 1.6) % 3
        for k, tone in enumerate(((244, 72, 66), (250, 196, 70), (86, 214, 122))):
            cy = y - 694 + k * 74
            sheet.fill(ellipse(x, cy, 28), tone if k == now else darker(tone, 0.72))
            if k == now:
                glow(sheet, x, cy, 110, tone, 0.5)
    _drifting_cloud(sheet, view, t)
    falling(sheet, view, t)


def rooftop(sheet: Sheet, view: View) -> None:
    sky(sheet, view, -160)
    _skyline(sheet, view, -120, 0.55, 1.15)
    _skyline(sheet, view, -60, 0.25, 0.9)
    tile = view.light.on((150, 142, 152))
    wall = view.light.on((196, 132, 108))
    fill_all(sheet, view, (tile, darker(tile, 0.45)), 0, view.bottom)
    sheet.fill(
        rect(view.left, -120, view.width, 124),
        Linear((0, -120), (0, 4), (lighter(wall, 0.1), darker(wall, 0.25))),
    )
    sheet.fill(rect(view.left, -138, view.width, 26, 6), lighter(wall, 0.35))
    for k in range(-9, 10):
        sheet.stroke(Path().move(k * 120, -110).line(k * 120, 0), fade(darker(wall, 0.4), 0.3), 4)
    side = view.light.side
    x = -side * 360
    sheet.fill(rect(x - 130, -470, 260, 340, 10), view.light.on((140, 104, 88)))
    for k in range(5):
        sheet.stroke(
            Path().move(x - 104 + k * 52, -466).line(x - 104 + k * 52, -134),
            fade((40, 20, 30), 0.3),
            4,
        )
    sheet.fill(polygon((x - 160, -466), (x, -580), (x + 160, -466)), view.light.on((110, 90, 98)))
    for s in (-1, 1):
        sheet.stroke(
            Path().move(x + s * 100, -134).line(x + s * 116, 20), view.light.on((84, 72, 80)), 14
        )
    for i in range(9):
        lx = view.left + view.width * i / 8
        sheet.fill(ellipse(lx, -246 + 30 * math.sin(i * 1.1), 9), _LAMPLIGHT)
        if view.hour != "day":
            glow(sheet, lx, -246 + 30 * math.sin(i * 1.1), 60, _LAMPLIGHT, 0.6)


def weather_only(sheet: Sheet, view: View, t: float) -> None:
    _drifting_cloud(sheet, view, t)
    falling(sheet, view, t)


def falling_only(sheet: Sheet, view: View, t: float) -> None:
    falling(sheet, view, t)


def forest(sheet: Sheet, view: View) -> None:
    _, middle, low = sky_colours(view)
    fill_all(
        sheet,
        view,
        (mix(middle, (90, 150, 120), 0.35), mix(low, (190, 220, 160), 0.4)),
        view.top,
        40,
    )
    chance = view.chance("forest")
    for layer, (count, air, width) in enumerate(((14, 0.72, 30), (10, 0.46, 48), (6, 0.16, 84))):
        bark = mix(view.light.on((92, 72, 70)), mix(low, (170, 206, 160), 0.5), air)
        for i in range(count):
            x = view.left + view.width * (i + chance.uniform(0.1, 0.9)) / count
            if layer == 2 and abs(x) < 210:
                continue
            w = width * chance.uniform(0.8, 1.2)
            foot = -70 + layer * 50
            sheet.fill(
                Path()
                .move(x - w * 0.5, view.top)
                .line(x + w * 0.42, view.top)
                .curve(x + w * 0.4, -300, x + w * 0.5, foot - 60, x + w, foot + 20)
                .line(x - w, foot + 20)
                .curve(x - w * 0.56, foot - 60, x - w * 0.5, -300, x - w * 0.5, view.top)
                .close(),
                Linear((x - w, 0), (x + w, 0), (lighter(bark, 0.14), darker(bark, 0.16))),
            )
        leaf = mix(view.light.on((70, 138, 90)), mix(low, (180, 220, 160), 0.5), air)
        for _ in range(10):
            x, y = (
                chance.uniform(view.left, view.right),
                view.top + chance.uniform(-40, 260 + 60 * (2 - layer)),
            )
            sheet.fill(
                ellipse(x, y, chance.uniform(120, 220), chance.uniform(90, 140)), fade(leaf, 0.9)
            )
        moss = mix(view.light.on((92, 150, 90)), mix(low, (190, 220, 170), 0.5), air * 0.8)
        hills(sheet, view, -40 + layer * 40, 44, moss, f"moss{layer}")
    for i in range(4):
        x = view.left + view.width * (0.2 + 0.2 * i)
        ray = polygon(
            (x + view.light.side * 300, view.top),
            (x + view.light.side * 390, view.top),
            (x + 120, 60),
            (x - 60, 60),
        )
        sheet.fill(
            ray,
            Linear((0, view.top), (0, 60), (fade((255, 250, 206), 0.3), fade((255, 250, 206), 0))),
        )
    ground = view.light.on((86, 128, 78))
    fill_all(sheet, view, (fade(ground, 0), darker(ground, 0.5)), 30, view.bottom)
    for _ in range(16):
        x, y = chance.uniform(view.left, view.right), chance.uniform(20, view.bottom * 0.7)
        for k in range(-2, 3):
            sheet.stroke(
                Path().move(x, y).bend(x + k * 10, y - 40, x + k * 26, y - 46 + abs(k) * 8),
                fade(lighter(ground, 0.2), 0.7),
                6,
            )


def mountain(sheet: Sheet, view: View) -> None:
    sky(sheet, view, -120)
    chance = view.chance("peaks")
    for layer, (air, height) in enumerate(((0.62, 560), (0.38, 420))):
        rock = _air(view, (104, 116, 156), air)
        for i in range(5):
            x = view.left + view.width * (i + chance.uniform(0.1, 0.9)) / 5
            h, w = height * chance.uniform(0.7, 1.1), 420 * chance.uniform(0.8, 1.1)
            foot = -60.0
            sheet.fill(
                polygon((x - w, foot), (x, foot - h), (x + w, foot)),
                Linear(
                    (x - w, 0),
                    (x + w, 0),
                    (lighter(rock, 0.12), darker(rock, 0.14))
                    if view.light.side < 0
                    else (darker(rock, 0.14), lighter(rock, 0.12)),
                ),
            )
            cap = polygon(
                (x, foot - h),
                (x + w * 0.26, foot - h * 0.74),
                (x + w * 0.1, foot - h * 0.78),
                (x, foot - h * 0.66),
                (x - w * 0.12, foot - h * 0.78),
                (x - w * 0.27, foot - h * 0.73),
            )
            sheet.fill(cap, _air(view, (252, 252, 255), air * 0.4))
        if layer == 0:
            fill_all(
                sheet,
                view,
                (fade(sky_colours(view)[2], 0), fade(sky_colours(view)[2], 0.6)),
                -300,
                -40,
            )
    white = view.light.on(
        (244, 248, 255) if view.snow or view.says("snow|winter|雪") else (150, 186, 120)
    )
    fill_all(sheet, view, (mix(white, sky_colours(view)[2], 0.5), white), -62, 20)
    for i in range(12):
        x = view.left + view.width * (i + chance.uniform(0.1, 0.9)) / 12
        if abs(x) > 190:
            _fir(sheet, view, x, -10 + chance.uniform(-20, 30), chance.uniform(0.7, 1.15), white)
    hills(sheet, view, 10, 60, white, "snowfield")
    blue = mix(white, (120, 150, 214), 0.4)
    fill_all(sheet, view, (fade(white, 0), blue), 0, view.bottom)


def _fir(sheet: Sheet, view: View, x: float, y: float, size: float, snow: Colour) -> None:
    green = view.light.on((56, 104, 92))
    for k in range(4):
        w, top = (120 - k * 24) * size, y - (60 + k * 74) * size
        sheet.fill(
            polygon((x - w, top), (x, top - 130 * size), (x + w, top)), lighter(green, 0.04 * k)
        )
        sheet.fill(
            polygon(
                (x, top - 130 * size),
                (x + w * 0.5, top - 64 * size),
                (x, top - 84 * size),
                (x - w * 0.5, top - 64 * size),
            ),
            fade(snow, 0.85),
        )


def desert(sheet: Sheet, view: View) -> None:
    sky(sheet, view, -120)
    sand: Colour = (236, 186, 118)
    hills(sheet, view, -90, 150, _air(view, (206, 142, 108), 0.45), "mesa")
    hills(sheet, view, -30, 110, _air(view, sand, 0.2), "dune1")
    hills(sheet, view, 40, 90, view.light.on(sand), "dune2")
    near = view.light.on(sand)
    fill_all(sheet, view, (fade(near, 0), darker(near, 0.34)), 20, view.bottom)
    green = view.light.on((92, 142, 92))
    x = -view.light.side * 360
    sheet.stroke(Path().move(x, 20).line(x, -300), green, 60)
    sheet.stroke(Path().move(x, -120).line(x + 110, -130).line(x + 112, -220), green, 44)
    sheet.stroke(Path().move(x, -70).line(x - 100, -80).line(x - 102, -160), green, 44)


def shop_front(sheet: Sheet, view: View) -> None:
    on = view.light.on
    wall = on((120, 158, 150))
    fill_all(sheet, view, (darker(wall, 0.2), wall), view.top, 0)
    for row in range(40):
        y = view.top + row * 46
        if y < -30:
            sheet.stroke(
                Path().move(view.left, y).line(view.right, y), fade(darker(wall, 0.3), 0.25), 3
            )
    sheet.fill(rect(-440, -860, 880, 110, 14), on((58, 76, 92)))
    for k in range(7):
        sheet.fill(rect(-330 + k * 98, -828, 62, 46, 14), on((250, 222, 150)))
    glass = rect(-420, -640, 560, 560, 10)
    with sheet.group(clip=glass):
        lit: Colour = (255, 236, 190)
        sheet.fill(glass, Linear((0, -640), (0, -80), (lit, on((226, 180, 130)))))
        chance = view.chance("window")
        for row in range(3):
            sheet.fill(rect(-420, -470 + row * 150, 560, 14), on((150, 104, 76)))
            for k in range(8):
                tone = on(
                    chance.choice(((214, 92, 78), (92, 150, 128), (246, 190, 92), (120, 128, 190)))
                )
                h = chance.uniform(60, 116)
                sheet.fill(rect(-404 + k * 68, -470 + row * 150 - h, 52, h, 12), tone)
        sheet.fill(
            polygon((-300, -80), (-130, -640), (-40, -640), (-210, -80)), (255, 255, 255, 0.18)
        )
        for x, y, w, h in ((-390, -560, 150, 200), (-60, -520, 130, 170)):
            sheet.fill(rect(x, y, w, h, 4), on((250, 246, 232)))
            sheet.fill(rect(x + 16, y + 18, w - 32, h * 0.4, 4), on((226, 110, 92)))
            for k in range(3):
                sheet.fill(
                    rect(x + 16, y + h * 0.6 + k * 22, w - 32 - k * 18, 9, 4), on((120, 116, 130))
                )
    sheet.stroke(glass, on((70, 60, 64)), 18)
    sheet.fill(rect(190, -640, 240, 640, 8), on((150, 84, 66)))
    sheet.fill(rect(220, -600, 180, 330, 6), on((255, 232, 184)))
    sheet.fill(ellipse(226, -230, 14), on((246, 206, 120)))
    red = on((214, 84, 74))
    for k in range(9):
        x = -450 + k * 100
        sheet.fill(
            polygon((x + 10, -760), (x + 110, -760), (x + 100, -650), (x, -650)),
            red if k % 2 else on((250, 240, 222)),
        )
    pavement = on((186, 180, 182))
    fill_all(sheet, view, (lighter(pavement, 0.1), darker(pavement, 0.4)), 0, view.bottom)
    for k in range(-10, 11):
        sheet.stroke(
            Path().move(k * 120, 4).line(k * 240, view.bottom), fade(darker(pavement, 0.4), 0.3), 4
        )
    if view.hour in ("night", "dusk"):
        glow(sheet, -140, -360, 520, _LAMPLIGHT, 0.5)


def space(sheet: Sheet, view: View) -> None:
    """Stars, a planet, a grey horizon."""
    fill_all(sheet, view, ((8, 8, 30), (28, 20, 66), (74, 44, 110)), view.top, view.bottom)
    chance = view.chance("stars")
    for _ in range(130):
        x, y = chance.uniform(view.left, view.right), chance.uniform(view.top, 0)
        sheet.fill(
            ellipse(x, y, chance.choice((1.5, 2, 3.2))), (255, 255, 240, chance.uniform(0.4, 1))
        )
    x, y = view.light.side * 230, view.top * 0.6
    glow(sheet, x, y, 330, (120, 190, 255), 0.4)
    sheet.fill(
        ellipse(x, y, 170),
        Linear((x - 120, y - 120), (x + 120, y + 120), ((130, 206, 240), (50, 84, 180))),
    )
    sheet.fill(
        smooth((x - 90, y - 60), (x, y - 100), (x + 50, y - 30), (x - 30, y + 10)),
        (120, 196, 140, 0.8),
    )
    dust: Colour = (158, 150, 176)
    hills(sheet, view, 10, 90, darker(dust, 0.2), "ridge")
    fill_all(sheet, view, (dust, darker(dust, 0.55)), 10, view.bottom)
    for _ in range(10):
        cx, cy = chance.uniform(view.left, view.right), chance.uniform(40, view.bottom)
        r = chance.uniform(30, 90)
        sheet.fill(ellipse(cx, cy, r, r * 0.26), darker(dust, 0.35))
        sheet.fill(ellipse(cx, cy + 5, r * 0.92, r * 0.2), darker(dust, 0.15))
