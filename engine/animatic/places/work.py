"""Rooms people work, learn, buy and wait in."""

from __future__ import annotations

import math

from engine.animatic.colour import darker, lighter, mix
from engine.animatic.ink import Colour, Linear, Path, Radial, Sheet, ellipse, fade, polygon, rect
from engine.animatic.places.home import pendant, picture, planks, plant, tiles, walls, window
from engine.animatic.places.view import View, fill_all, glow, shadow, sky

_COOL: Colour = (214, 236, 255)


def _strip_lights(sheet: Sheet, view: View) -> None:
    """Panels of light in a low ceiling."""
    ceiling = view.light.on((232, 236, 240))
    top = max(view.top, -1000)
    fill_all(sheet, view, (darker(ceiling, 0.16), ceiling), view.top, top + 60)
    for x in (-620, -200, 220, 640):
        sheet.fill(
            polygon((x - 110, top + 50), (x + 110, top + 50), (x + 150, top), (x - 150, top)),
            (255, 255, 250),
        )
        glow(sheet, x, top + 60, 260, _COOL, 0.3)


def _desk(sheet: Sheet, x: float, y: float, width: float, wood: Colour) -> None:
    shadow(sheet, x, y + 14, width * 0.56, 24, 0.3)
    for side in (-1, 1):
        sheet.fill(rect(x + side * (width / 2 - 40) - 16, y - 180, 32, 196), darker(wood, 0.3))
    sheet.fill(
        rect(x - width / 2, y - 208, width, 38, 8),
        Linear((0, y - 208), (0, y - 170), (lighter(wood, 0.2), wood)),
    )


def _screen(sheet: Sheet, view: View, x: float, y: float) -> None:
    sheet.fill(rect(x - 14, y - 60, 28, 60), view.light.on((120, 126, 140)))
    sheet.fill(rect(x - 56, y - 12, 112, 14, 6), view.light.on((120, 126, 140)))
    sheet.fill(rect(x - 120, y - 210, 240, 160, 10), view.light.on((50, 52, 66)))
    sheet.fill(
        rect(x - 110, y - 200, 220, 140, 4),
        Linear((x - 110, y - 200), (x + 110, y - 60), ((132, 196, 244), (96, 128, 226))),
    )
    for k in range(4):
        sheet.fill(rect(x - 92, y - 180 + k * 28, 60 + 34 * (k % 3), 10, 5), (255, 255, 255, 0.7))


def office(sheet: Sheet, view: View) -> None:
    on = view.light.on
    walls(sheet, view, (206, 220, 226), (126, 136, 152))
    _strip_lights(sheet, view)
    side = view.light.side
    for k in range(-2, 3):
        _city_window(sheet, view, k * 330 + side * 40)
    _desk(sheet, -side * 300, 40, 520, on((190, 140, 98)))
    _screen(sheet, view, -side * 330, -168)
    sheet.fill(rect(-side * 170 - 26, -230, 52, 62, 10), on((232, 104, 84)))
    plant(sheet, view, side * 430, 50, 1.05)
    _desk(sheet, side * 780, 20, 420, on((190, 140, 98)))
    _screen(sheet, view, side * 760, -188)


def _city_window(sheet: Sheet, view: View, x: float) -> None:
    """A tall office window over roofs."""
    frame = view.light.on((246, 248, 250))
    pane = rect(x - 130, -800, 260, 520)
    with sheet.group(clip=pane):
        with sheet.group(at=(x, -280), scale=0.8):
            sky(sheet, view, 0)
        chance = view.chance(f"city{x:.0f}")
        for k in range(6):
            w, h = chance.uniform(50, 90), chance.uniform(120, 330)
            bx = x - 140 + k * 48
            tone = mix(view.light.on((110, 128, 164)), (200, 214, 236), chance.uniform(0.1, 0.5))
            sheet.fill(rect(bx, -280 - h, w, h), tone)
            for row in range(int(h // 34)):
                lit = view.hour in ("night", "dusk") and chance.random() < 0.5
                sheet.fill(
                    rect(bx + 10, -270 - h + row * 34, w - 20, 12),
                    (255, 224, 150, 0.9) if lit else fade(darker(tone, 0.2), 0.4),
                )
    sheet.stroke(pane, frame, 14)
    sheet.fill(rect(x - 5, -800, 10, 520), frame)


def hospital(sheet: Sheet, view: View) -> None:
    on = view.light.on
    walls(sheet, view, (206, 230, 226), (182, 198, 204))
    tiles(sheet, view, (182, 198, 204))
    _strip_lights(sheet, view)
    sheet.fill(rect(view.left, -330, view.width, 34), on((120, 190, 184)))
    side = view.light.side
    window(sheet, view, side * 300 - 130, -800, 260, 380)
    curtain = on((150, 196, 214))
    x = -side * 420
    sheet.fill(
        rect(x - 150, -820, 300, 740, 10),
        Linear(
            (x - 150, 0),
            (x + 150, 0),
            (
                lighter(curtain, 0.2),
                curtain,
                lighter(curtain, 0.25),
                darker(curtain, 0.1),
                lighter(curtain, 0.1),
            ),
        ),
    )
    sheet.stroke(Path().move(view.left, -830).line(view.right, -830), on((170, 178, 188)), 8)
    bed = -side * 140
    shadow(sheet, bed, 70, 420, 30, 0.3)
    metal = on((170, 180, 194))
    for s in (-1, 1):
        sheet.stroke(
            Path().move(bed + s * 330, -260 if s * side < 0 else -150).line(bed + s * 330, 60),
            metal,
            16,
        )
    sheet.fill(rect(bed - 330, -130, 660, 84, 24), on((252, 252, 252)))
    sheet.fill(rect(bed - 330, -80, 660, 60, 10), metal)
    sheet.fill(rect(bed - side * 300 - 90, -186, 190, 74, 34), on((240, 246, 250)))
    sheet.fill(rect(bed - 150 if side < 0 else bed - 190, -142, 350, 110, 20), on((126, 186, 206)))
    mx = side * 180
    sheet.stroke(Path().move(mx, 50).line(mx, -420), metal, 10)
    sheet.fill(rect(mx - 84, -540, 168, 130, 14), on((66, 72, 88)))
    sheet.fill(rect(mx - 72, -528, 144, 106, 6), (20, 42, 48))


def hospital_moving(sheet: Sheet, view: View, t: float) -> None:
    """The trace on the monitor."""
    mx = view.light.side * 180
    head = (t * 0.7) % 1.0
    path = Path().move(mx - 68, -474)
    for i in range(1, 35):
        share = i / 34
        beat = (share * 3) % 1.0
        spike = -44 if 0.42 < beat < 0.5 else 20 if 0.5 <= beat < 0.56 else 0
        if share > head:
            break
        path.line(mx - 68 + 136 * share, -474 + spike)
    sheet.stroke(path, (110, 255, 190), 4)


def classroom(sheet: Sheet, view: View) -> None:
    on = view.light.on
    walls(sheet, view, (240, 226, 192), (186, 140, 104))
    planks(sheet, view, (186, 140, 104))
    wood = on((160, 112, 76))
    sheet.fill(rect(-430, -780, 860, 440, 14), wood)
    sheet.fill(
        rect(-408, -758, 816, 396, 4),
        Linear((-400, -758), (400, -362), (on((62, 110, 92)), on((40, 82, 72)))),
    )
    chalk = fade((250, 250, 244), 0.8)
    sheet.stroke(Path().move(-350, -690).line(-120, -690), chalk, 7)
    sheet.stroke(Path().move(-350, -640).line(-200, -640), chalk, 6)
    sheet.stroke(Path().move(-350, -590).line(-150, -590), chalk, 6)
    sheet.stroke(ellipse(210, -570, 96), chalk, 6)
    sheet.stroke(Path().move(210, -666).line(210, -474).move(114, -570).line(306, -570), chalk, 4)
    sheet.fill(rect(-430, -350, 860, 18, 5), lighter(wood, 0.2))
    side = view.light.side
    window(sheet, view, side * 640 - 120, -800, 240, 420)
    picture(sheet, view, -side * 600, -620, 200, 240)
    sheet.fill(ellipse(0, -880, 62), on((250, 248, 240)))
    sheet.stroke(ellipse(0, -880, 62), on((90, 84, 96)), 9)
    sheet.stroke(Path().move(0, -920).line(0, -880).line(26, -866), on((60, 54, 70)), 6)
    _desk(sheet, -side * 330, 60, 420, on((206, 156, 104)))
    for k, tone in enumerate(((206, 86, 76), (92, 140, 166), (246, 200, 108))):
        sheet.fill(rect(-side * 380 - 60, -166 - k * 22, 120, 20, 4), on(tone))
    sheet.fill(ellipse(-side * 250, -172, 26), on((216, 60, 56)))


def cafe(sheet: Sheet, view: View) -> None:
    on = view.light.on
    walls(sheet, view, (112, 82, 78), (150, 104, 80))
    planks(sheet, view, (150, 104, 80))
    brick = on((176, 104, 84))
    for row in range(9):
        y = -400 + row * 42
        x = view.left - (row % 2) * 56
        while x < view.right:
            sheet.fill(
                rect(x + 3, y + 3, 106, 36, 5),
                fade(darker(brick, 0.05 * ((int(x) // 112 + row * 2) % 4)), 0.85),
            )
            x += 112
    side = view.light.side
    window(sheet, view, side * 290 - 170, -860, 340, 420)
    board = -side * 270
    sheet.fill(rect(board - 150, -850, 300, 380, 12), on((150, 106, 74)))
    sheet.fill(rect(board - 134, -834, 268, 348, 4), on((52, 54, 60)))
    for k in range(5):
        sheet.stroke(
            Path().move(board - 100, -770 + k * 56).line(board - 10 + 26 * (k % 2), -770 + k * 56),
            (246, 240, 220, 0.85),
            7,
        )
        sheet.stroke(
            Path().move(board + 70, -770 + k * 56).line(board + 104, -770 + k * 56),
            (250, 206, 110, 0.9),
            7,
        )
    _bar(sheet, view)
    for x in (-400, -130, 140, 410):
        pendant(sheet, view, x, -930 if view.top < -1000 else -760, (240, 180, 84))


def _bar(sheet: Sheet, view: View) -> None:
    on = view.light.on
    wood = on((128, 86, 66))
    sheet.fill(
        rect(view.left, -226, view.width, 240),
        Linear((0, -226), (0, 14), (lighter(wood, 0.1), darker(wood, 0.35))),
    )
    for k in range(-9, 10):
        sheet.stroke(Path().move(k * 112, -210).line(k * 112, 10), fade(darker(wood, 0.5), 0.5), 5)
    sheet.fill(rect(view.left, -248, view.width, 30, 8), on((226, 186, 136)))
    side = view.light.side
    x = side * 330
    sheet.fill(
        rect(x - 110, -400, 220, 154, 18),
        Linear((x - 110, 0), (x + 110, 0), (on((236, 238, 242)), on((150, 156, 170)))),
    )
    sheet.fill(rect(x - 84, -372, 168, 34, 8), on((70, 68, 82)))
    for dx in (-44, 44):
        sheet.fill(rect(x + dx - 14, -338, 28, 30, 4), on((70, 68, 82)))
        sheet.fill(rect(x + dx - 20, -290, 40, 42, 10), on((250, 248, 242)))
    for k in range(3):
        cx = -side * 340 + k * 74
        sheet.fill(ellipse(cx, -262, 34, 18), on((216, 156, 92)))
        sheet.fill(ellipse(cx, -272, 26, 14), on((238, 190, 124)))


def shop(sheet: Sheet, view: View) -> None:
    on = view.light.on
    walls(sheet, view, (226, 232, 226), (200, 190, 180))
    tiles(sheet, view, (200, 190, 180))
    _strip_lights(sheet, view)
    chance = view.chance("goods")
    tones = (
        (226, 92, 78),
        (246, 196, 92),
        (92, 164, 136),
        (92, 138, 200),
        (236, 150, 90),
        (190, 126, 180),
    )
    for row in range(4):
        y = -160 - row * 178
        sheet.fill(rect(view.left, y, view.width, 18), on((150, 156, 168)))
        x = view.left
        while x < view.right:
            w, h = chance.uniform(46, 74), chance.uniform(80, 136)
            tone = on(chance.choice(tones))
            shape = rect(x, y - h, w - 8, h, chance.choice((4, 14, 24)))
            sheet.fill(shape, Linear((x, 0), (x + w, 0), (lighter(tone, 0.18), darker(tone, 0.12))))
            sheet.fill(rect(x + 8, y - h * 0.66, w - 24, h * 0.3, 4), (255, 255, 255, 0.6))
            x += w
    fill_all(sheet, view, (on((126, 132, 148)), on((92, 96, 114))), -142, 0)


def corridor(sheet: Sheet, view: View) -> None:
    on = view.light.on
    wall, floor = on((150, 164, 176)), on((96, 100, 120))
    fill_all(sheet, view, (wall, lighter(wall, 0.1)), view.top, view.bottom)
    end_w, end_top, end_foot = 150.0, -560.0, -110.0
    far = on((214, 222, 222))
    left, right = view.left, view.right
    sheet.fill(
        polygon((left, view.top), (right, view.top), (end_w, end_top), (-end_w, end_top)),
        Linear((0, view.top), (0, end_top), (darker(wall, 0.5), darker(wall, 0.1))),
    )
    sheet.fill(
        polygon((left, view.bottom), (right, view.bottom), (end_w, end_foot), (-end_w, end_foot)),
        Linear((0, view.bottom), (0, end_foot), (darker(floor, 0.4), lighter(floor, 0.2))),
    )
    for s, edge in ((-1, left), (1, right)):
        shade = darker(wall, 0.24 if s == view.light.side else 0.08)
        sheet.fill(
            polygon(
                (edge, view.top), (s * end_w, end_top), (s * end_w, end_foot), (edge, view.bottom)
            ),
            Linear((edge, 0), (s * end_w, 0), (darker(shade, 0.25), lighter(shade, 0.1))),
        )
        for k in (0.3, 0.62):
            x0, x1 = edge + (s * end_w - edge) * k, edge + (s * end_w - edge) * (k + 0.2)
            y0 = view.bottom + (end_foot - view.bottom) * k
            y1 = view.bottom + (end_foot - view.bottom) * (k + 0.2)
            door = polygon(
                (x0, y0), (x1, y1), (x1, y1 - 560 * (1 - k * 0.7)), (x0, y0 - 760 * (1 - k * 0.6))
            )
            sheet.fill(door, on((186, 116, 84)))
            sheet.stroke(door, darker(wall, 0.4), 8)
    sheet.fill(rect(-end_w, end_top, 2 * end_w, end_foot - end_top), far)
    sheet.fill(
        rect(-60, end_top + 90, 120, end_foot - end_top - 90, 6),
        Linear((0, end_top), (0, end_foot), ((255, 250, 226), (250, 226, 170))),
    )
    glow(sheet, 0, -330, 420, (255, 244, 210), 0.55)
    for k in range(4):
        y = view.top + (end_top - view.top) * (0.2 + 0.22 * k)
        w = 200 * (1 - 0.2 * k)
        sheet.fill(
            polygon((-w * 0.5, y), (w * 0.5, y), (w * 0.42, y + 30), (-w * 0.42, y + 30)),
            (255, 252, 240),
        )
        glow(sheet, 0, y + 20, w * 1.3, (255, 250, 230), 0.35)


def pipe(sheet: Sheet, view: View) -> None:
    """A tunnel of rings towards a far light."""
    on = view.light.on
    stone = on((92, 104, 116))
    fill_all(sheet, view, (darker(stone, 0.55), darker(stone, 0.35)), view.top, view.bottom)
    cy = -360.0
    for k in range(9):
        share = (1 - k / 9) ** 1.5
        r = 90 + 1250 * share
        tone = mix(darker(stone, 0.6), lighter(stone, 0.45), k / 8)
        sheet.fill(ellipse(0, cy, r, r * 1.06), tone)
        sheet.stroke(ellipse(0, cy, r, r * 1.06), fade(darker(tone, 0.4), 0.6), 6 + 14 * share)
    sheet.fill(ellipse(0, cy, 96), (250, 246, 220))
    glow(sheet, 0, cy, 620, (250, 240, 200), 0.6)
    water = on((70, 120, 126))
    sheet.fill(
        Path()
        .move(view.left, view.bottom)
        .line(view.left, 120)
        .bend(0, -190, view.right, 120)
        .line(view.right, view.bottom)
        .close(),
        Linear((0, -80), (0, view.bottom), (lighter(water, 0.35), darker(water, 0.4))),
    )
    for k in range(6):
        y = 20 + k * 60
        sheet.stroke(
            Path().move(-60 - k * 60, y).bend(0, y - 14, 60 + k * 40, y), (255, 255, 240, 0.3), 6
        )


def studio(sheet: Sheet, view: View) -> None:
    on = view.light.on
    walls(sheet, view, (74, 68, 104), (84, 72, 92))
    foam = on((92, 84, 128))
    for row in range(7):
        for col in range(-9, 10):
            x, y = col * 110 + (row % 2) * 55, -860 + row * 90
            sheet.fill(
                polygon((x - 50, y + 40), (x, y - 40), (x + 50, y + 40)),
                fade(lighter(foam, 0.08 * ((row + col) % 3)), 0.55),
            )
    side = view.light.side
    sheet.fill(rect(-side * 250 - 210, -780, 420, 300, 16), on((46, 42, 62)))
    sheet.fill(
        rect(-side * 250 - 194, -764, 388, 268, 8),
        Linear((0, -764), (0, -496), (on((120, 150, 186)), on((84, 104, 150)))),
    )
    sign = side * 270
    glow(sheet, sign, -770, 260, (255, 80, 80), 0.5)
    sheet.fill(rect(sign - 130, -820, 260, 100, 20), (206, 44, 54))
    sheet.stroke(rect(sign - 116, -806, 232, 72, 12), (255, 214, 206), 6)
    for k in range(3):
        sheet.fill(ellipse(sign - 56 + k * 56, -770, 15), (255, 236, 226))
    desk = on((150, 104, 78))
    sheet.fill(
        rect(view.left, -206, view.width, 216),
        Linear((0, -206), (0, 10), (desk, darker(desk, 0.5))),
    )
    sheet.fill(rect(view.left, -226, view.width, 30, 8), lighter(desk, 0.24))
    bx = -side * 330
    sheet.fill(rect(bx - 150, -296, 300, 76, 12), on((60, 58, 74)))
    for k in range(7):
        sheet.fill(rect(bx - 128 + k * 40, -286, 8, 56, 4), on((30, 28, 40)))
        sheet.fill(
            rect(bx - 136 + k * 40, -276 + (k * 17) % 34, 24, 13, 5),
            on(((250, 200, 90), (110, 210, 180), (250, 110, 100))[k % 3]),
        )
    mx = side * 230
    sheet.stroke(
        Path().move(mx + side * 190, -226).line(mx + side * 130, -470).line(mx, -440),
        on((110, 112, 126)),
        12,
    )
    sheet.fill(
        rect(mx - 44, -470, 88, 130, 40),
        Linear((mx - 44, 0), (mx + 44, 0), (on((150, 152, 168)), on((70, 70, 86)))),
    )
    for k in range(4):
        sheet.stroke(
            Path().move(mx - 40, -440 + k * 22).line(mx + 40, -440 + k * 22),
            fade(on((40, 40, 54)), 0.6),
            4,
        )


def car(sheet: Sheet, view: View) -> None:
    """Seen through the windscreen's frame from the bonnet: two seats, the street behind."""
    on = view.light.on
    dark = on((58, 56, 72))
    fill_all(sheet, view, (dark, darker(dark, 0.5)), view.top, view.bottom)
    glass = (
        Path().move(-430, -160).line(-370, -640).bend(0, -730, 370, -640).line(430, -160).close()
    )
    with sheet.group(clip=glass):
        with sheet.group(at=(0, -300), scale=0.8):
            sky(sheet, view, 0)
        fill_all(sheet, view, (on((120, 124, 136)), on((80, 84, 100))), -300, -100)
        for k in range(-3, 4):
            sheet.fill(
                rect(k * 150 - 50, -430 - (k % 2) * 60, 100, 150 + (k % 2) * 60, 6),
                on((150, 140, 160)),
            )
    sheet.stroke(glass, darker(dark, 0.3), 26)
    seat = on((176, 110, 84))
    for x in (-230, 230):
        sheet.fill(
            rect(x - 84, -520, 168, 130, 44),
            Linear((0, -520), (0, -390), (lighter(seat, 0.14), darker(seat, 0.12))),
        )
        sheet.fill(
            rect(x - 160, -400, 320, 760, 80),
            Linear((0, -400), (0, 360), (lighter(seat, 0.1), darker(seat, 0.4))),
        )
        for dx in (-60, 0, 60):
            sheet.stroke(
                Path().move(x + dx, -360).line(x + dx, 300), fade(darker(seat, 0.5), 0.35), 6
            )
    sheet.fill(rect(-60, -690, 120, 44, 20), darker(dark, 0.4))


def car_moving(sheet: Sheet, view: View, t: float) -> None:
    """Lights that pass over the seats."""
    x = ((t * 0.45) % 1.0) * 2400 - 1200
    sheet.fill(
        polygon((x, view.top), (x + 160, view.top), (x - 40, view.bottom), (x - 240, view.bottom)),
        (255, 244, 214, 0.10),
    )


def stage_hall(sheet: Sheet, view: View) -> None:
    """A theatre: red curtains, boards, spotlights."""
    on = view.light.on
    red = on((176, 44, 60))
    fill_all(sheet, view, (darker(red, 0.75), darker(red, 0.5)), view.top, 0)
    for k in range(-14, 15):
        x = k * 84
        sheet.fill(
            rect(x - 42, view.top, 84, -view.top),
            Linear((x - 42, 0), (x + 42, 0), (darker(red, 0.45), red, darker(red, 0.35))),
        )
    wood = (170, 116, 80)
    fill_all(sheet, view, (on(wood), darker(on(wood), 0.5)), 0, view.bottom)
    planks(sheet, view, wood)
    for x in (-260, 260):
        cone = polygon(
            (x * 2.2, view.top), (x * 2.2 + 40, view.top), (x + 300, 160), (x - 240, 160)
        )
        sheet.fill(
            cone, Linear((0, view.top), (0, 160), ((255, 246, 214, 0.5), (255, 246, 214, 0.06)))
        )
    with sheet.group(at=(0, 150), scale=(1, 0.2)):
        sheet.fill(
            ellipse(0, 0, 480), Radial((0, 0), 480, ((255, 246, 214, 0.55), (255, 246, 214, 0)))
        )


def studio_moving(sheet: Sheet, view: View, t: float) -> None:
    """The level meters."""
    bx = -view.light.side * 330
    for k in range(8):
        level = abs(math.sin(t * (2.1 + k * 0.37) + k)) * 46
        sheet.fill(rect(bx - 132 + k * 34, -320 - level, 20, level + 6, 4), (110, 230, 180, 0.85))
