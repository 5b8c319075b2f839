"""Rooms people live in: kitchen, living room, bedroom; and the window all rooms share."""

from __future__ import annotations

from engine.animatic.colour import darker, lighter, mix
from engine.animatic.ink import Colour, Linear, Path, Sheet, ellipse, fade, polygon, rect, smooth
from engine.animatic.places.view import View, fill_all, glow, hills, shadow, sky

_WARM: Colour = (255, 226, 160)


def walls(sheet: Sheet, view: View, wall: Colour, floor: Colour) -> None:
    """Wall, skirting board and floor, lit from the view's light side."""
    wall, floor = view.light.on(wall), view.light.on(floor)
    fill_all(sheet, view, (darker(wall, 0.08), lighter(wall, 0.08), wall), view.top, 0)
    side = view.light.side
    beam = polygon((side * 980, -1100), (side * 420, -900), (-side * 300, 0), (side * 520, 0))
    sheet.fill(beam, fade(lighter(wall, 0.7), 0.16 if view.hour != "night" else 0.05))
    fill_all(sheet, view, (lighter(floor, 0.05), darker(floor, 0.42)), 0, view.bottom)
    sheet.fill(rect(view.left, -22, view.width, 24), lighter(wall, 0.42))
    sheet.fill(rect(view.left, 0, view.width, 10), fade(darker(floor, 0.6), 0.4))


def planks(sheet: Sheet, view: View, floor: Colour) -> None:
    """Seams of a wooden floor towards a vanishing point."""
    seam = fade(darker(view.light.on(floor), 0.5), 0.32)
    for i in range(-14, 15):
        sheet.stroke(Path().move(i * 96, 4).line(i * 210, view.bottom), seam, 3.5)


def tiles(sheet: Sheet, view: View, floor: Colour) -> None:
    seam = fade(lighter(view.light.on(floor), 0.4), 0.4)
    for i in range(-12, 13):
        sheet.stroke(Path().move(i * 110, 4).line(i * 230, view.bottom), seam, 3.5)
    for row in (0.12, 0.3, 0.56, 0.9):
        sheet.stroke(
            Path().move(view.left, view.bottom * row).line(view.right, view.bottom * row), seam, 3.5
        )


def window(
    sheet: Sheet,
    view: View,
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    curtains: Colour | None = None,
) -> None:
    """A window with the hour's sky in it; x, y is its upper left corner."""
    frame = view.light.on((250, 246, 238))
    sheet.fill(rect(x - 16, y - 16, width + 32, height + 32, 10), darker(frame, 0.1))
    pane = rect(x, y, width, height, 4)
    with sheet.group(clip=pane):
        with sheet.group(at=(x + width / 2, y + height), scale=min(1.0, max(0.34, height / 900))):
            sky(sheet, view, -40)
            hills(
                sheet,
                view,
                -30,
                120,
                mix(view.light.on((104, 146, 130)), (60, 70, 120), 0.25),
                f"window{x:.0f}",
            )
        sheet.fill(
            polygon(
                (x, y + height),
                (x + width * 0.3, y),
                (x + width * 0.55, y),
                (x + width * 0.25, y + height),
            ),
            (255, 255, 255, 0.14),
        )
    sheet.fill(rect(x + width / 2 - 6, y, 12, height), frame)
    sheet.fill(rect(x, y + height * 0.46, width, 10), frame)
    sheet.stroke(pane, frame, 12)
    sheet.fill(rect(x - 30, y + height + 10, width + 60, 20, 6), lighter(frame, 0.3))
    if curtains is not None:
        _curtains(sheet, view, x, y, width, height, view.light.on(curtains))


def _curtains(
    sheet: Sheet, view: View, x: float, y: float, width: float, height: float, cloth: Colour
) -> None:
    for side, edge in ((-1, x), (1, x + width)):
        outer, inner = edge + side * 46, edge - side * width * 0.2
        drape = (
            Path()
            .move(outer, y - 40)
            .line(inner, y - 40)
            .curve(
                inner, y + height * 0.4, edge, y + height * 0.6, edge - side * 8, y + height + 60
            )
        )
        sheet.fill(
            drape.line(outer, y + height + 60).close(),
            Linear((outer, 0), (inner, 0), (darker(cloth, 0.16), lighter(cloth, 0.1))),
        )
        for k in (0.3, 0.6):
            fold = outer + (inner - outer) * k
            sheet.stroke(
                Path()
                .move(fold, y - 30)
                .bend(fold, y + height * 0.6, outer + (edge - outer) * k, y + height + 50),
                fade(darker(cloth, 0.4), 0.3),
                5,
            )
    sheet.stroke(
        Path().move(x - 70, y - 44).line(x + width + 70, y - 44), view.light.on((150, 112, 76)), 12
    )


def picture(sheet: Sheet, view: View, x: float, y: float, width: float, height: float) -> None:
    """A framed picture; x, y is its middle."""
    chance = view.chance(f"picture{x:.0f}")
    wood = view.light.on((152, 108, 74))
    sheet.fill(
        rect(x - width / 2 - 4, y - height / 2 + 8, width + 14, height + 8, 6), (20, 10, 40, 0.16)
    )
    sheet.fill(rect(x - width / 2, y - height / 2, width, height, 5), wood)
    art = rect(x - width / 2 + 14, y - height / 2 + 14, width - 28, height - 28)
    tone = view.light.on(
        chance.choice(((120, 178, 190), (240, 178, 130), (178, 160, 206), (236, 206, 140)))
    )
    with sheet.group(clip=art):
        sheet.fill(art, lighter(tone, 0.35))
        sheet.fill(ellipse(x + width * 0.12, y - height * 0.1, width * 0.16), lighter(tone, 0.75))
        sheet.fill(ellipse(x - width * 0.2, y + height * 0.6, width * 0.6, height * 0.5), tone)
        sheet.fill(
            ellipse(x + width * 0.4, y + height * 0.64, width * 0.5, height * 0.46),
            darker(tone, 0.3),
        )


def plant(sheet: Sheet, view: View, x: float, y: float, size: float) -> None:
    """A leafy plant in a pot standing at x, y."""
    pot, leaf = view.light.on((206, 120, 86)), view.light.on((72, 142, 98))
    shadow(sheet, x, y, 80 * size, 14 * size)
    for k, (dx, dy) in enumerate(
        ((-96, -210), (96, -216), (-60, -300), (62, -306), (0, -350), (-118, -130), (118, -138))
    ):
        tone = lighter(leaf, 0.14) if k % 2 else darker(leaf, 0.14)
        tip = (x + dx * size, y - 60 * size + dy * size)
        stem = (
            Path()
            .move(x, y - 90 * size)
            .curve(
                x + dx * 0.1 * size, y - 180 * size, tip[0] - 60 * size, tip[1] + 60 * size, *tip
            )
        )
        sheet.fill(
            stem.curve(
                tip[0] + 46 * size,
                tip[1] + 90 * size,
                x + dx * 0.5 * size,
                y - 110 * size,
                x,
                y - 90 * size,
            ).close(),
            tone,
        )
    sheet.fill(
        polygon(
            (x - 62 * size, y - 108 * size),
            (x + 62 * size, y - 108 * size),
            (x + 44 * size, y),
            (x - 44 * size, y),
        ),
        Linear((x - 60 * size, 0), (x + 60 * size, 0), (lighter(pot, 0.2), darker(pot, 0.24))),
    )
    sheet.fill(rect(x - 72 * size, y - 122 * size, 144 * size, 28 * size, 8), lighter(pot, 0.1))


def pendant(sheet: Sheet, view: View, x: float, y: float, colour: Colour) -> None:
    """A lamp hanging from the ceiling with its shade at x, y; lit after dark."""
    shade = view.light.on(colour)
    sheet.stroke(Path().move(x, view.top).line(x, y - 50), view.light.on((70, 62, 72)), 5)
    if view.hour in ("night", "dusk"):
        glow(sheet, x, y + 30, 420, _WARM, 0.55)
        sheet.fill(ellipse(x, y + 36, 30), (255, 246, 206))
    sheet.fill(
        Path().move(x - 92, y + 40).curve(x - 80, y - 50, x + 80, y - 50, x + 92, y + 40).close(),
        Linear((x - 90, 0), (x + 90, 0), (lighter(shade, 0.16), darker(shade, 0.2))),
    )
    sheet.fill(rect(x - 14, y - 62, 28, 40, 8), darker(shade, 0.4))


def kitchen(sheet: Sheet, view: View) -> None:
    on = view.light.on
    walls(sheet, view, (244, 226, 196), (196, 150, 116))
    tiles(sheet, view, (196, 150, 116))
    window(sheet, view, -150, -720, 300, 300)
    tile = on((250, 246, 236))
    for row in range(3):
        y = -372 + row * 44
        x = view.left - (row % 2) * 42
        while x < view.right:
            sheet.fill(
                rect(x + 3, y + 3, 78, 38, 5),
                fade(darker(tile, 0.05 + 0.04 * ((int(x) // 84 + row) % 3)), 0.9),
            )
            x += 84
    cupboard = on((92, 146, 142))
    _cupboards(sheet, view, cupboard)
    sheet.fill(rect(view.left, -252, view.width, 30, 6), on((232, 214, 190)))
    sheet.fill(rect(view.left, -226, view.width, 8), fade((40, 20, 40), 0.22))
    _counter_things(sheet, view)
    shelf = on((170, 120, 82))
    for side in (-1, 1):
        x = side * 360
        sheet.fill(rect(x - 150, -560, 300, 20, 5), shelf)
        for k in range(4):
            tone = on(((222, 108, 86), (244, 200, 110), (120, 168, 150), (240, 236, 226))[k])
            sheet.fill(
                rect(x - 126 + k * 66, -620 - (k % 2) * 16, 48, 60 + (k % 2) * 16, 10),
                Linear((x, -640), (x, -560), (lighter(tone, 0.16), darker(tone, 0.1))),
            )
    pendant(sheet, view, -250 if view.light.side > 0 else 250, -860, (226, 96, 76))


def _cupboards(sheet: Sheet, view: View, colour: Colour) -> None:
    fill_all(sheet, view, (lighter(colour, 0.05), darker(colour, 0.25)), -226, -14)
    x = -972.0
    while x < view.right:
        sheet.stroke(rect(x + 12, -208, 170, 180, 10), darker(colour, 0.24), 5)
        sheet.fill(rect(x + 84, -192, 26, 8, 4), view.light.on((240, 204, 130)))
        x += 194
    sheet.fill(rect(view.left, -22, view.width, 26), darker(colour, 0.6))


def _counter_things(sheet: Sheet, view: View) -> None:
    on = view.light.on
    x = -420.0 if view.light.side > 0 else 300.0
    sheet.fill(
        rect(x, -336, 118, 86, 20),
        Linear((x, 0), (x + 118, 0), (on((240, 240, 244)), on((150, 156, 172)))),
    )
    sheet.stroke(Path().move(x + 18, -338).bend(x + 58, -404, x + 100, -338), on((70, 62, 72)), 10)
    sheet.fill(polygon((x + 112, -320), (x + 158, -336), (x + 118, -290)), on((170, 176, 190)))
    bowl = on((226, 104, 84))
    bx = -x - 60
    for dx, tone in ((-34, (240, 150, 60)), (6, (220, 66, 60)), (42, (246, 200, 80))):
        sheet.fill(ellipse(bx + dx, -290, 30), on(tone))
    sheet.fill(
        Path()
        .move(bx - 84, -290)
        .line(bx + 84, -290)
        .bend(bx + 60, -240, bx, -240)
        .bend(bx - 60, -240, bx - 84, -290)
        .close(),
        Linear((bx - 80, 0), (bx + 80, 0), (lighter(bowl, 0.2), darker(bowl, 0.2))),
    )
    plant(sheet, view, bx + 190 if bx < 0 else bx - 190, -250, 0.36)


def living(sheet: Sheet, view: View) -> None:
    on = view.light.on
    walls(sheet, view, (226, 190, 166), (160, 112, 84))
    planks(sheet, view, (160, 112, 84))
    side = view.light.side
    window(sheet, view, side * 330 - 150, -800, 300, 420, curtains=(206, 104, 92))
    picture(sheet, view, -side * 270, -720, 220, 170)
    picture(sheet, view, -side * 470, -640, 130, 160)
    rug = on((214, 112, 96))
    with sheet.group(at=(0, view.bottom * 0.5), scale=(1, 0.24)):
        sheet.fill(ellipse(0, 0, 520), rug)
        sheet.stroke(ellipse(0, 0, 460), on((250, 226, 190)), 14)
        sheet.stroke(ellipse(0, 0, 380), darker(rug, 0.2), 10)
    _sofa(sheet, view, -side * 120, 40, on((78, 130, 140)))
    _bookcase(sheet, view, -side * (view.right - 200) if view.width > 1400 else -side * 900)
    plant(sheet, view, side * 440, 60, 1.0)
    lamp_x = -side * 440
    sheet.stroke(Path().move(lamp_x, 50).line(lamp_x, -380), on((80, 66, 70)), 10)
    sheet.fill(ellipse(lamp_x, 54, 62, 12), on((80, 66, 70)))
    if view.hour in ("night", "dusk"):
        glow(sheet, lamp_x, -430, 460, _WARM, 0.6)
    sheet.fill(
        polygon((lamp_x - 56, -500), (lamp_x + 56, -500), (lamp_x + 92, -370), (lamp_x - 92, -370)),
        Linear((0, -500), (0, -370), ((255, 240, 200), on((246, 206, 140)))),
    )


def _sofa(sheet: Sheet, view: View, x: float, y: float, cloth: Colour) -> None:
    shadow(sheet, x, y + 8, 400, 30, 0.35)
    sheet.fill(
        rect(x - 330, y - 330, 660, 260, 60),
        Linear((0, y - 330), (0, y - 90), (lighter(cloth, 0.12), darker(cloth, 0.14))),
    )
    sheet.stroke(Path().move(x, y - 310).line(x, y - 130), fade(darker(cloth, 0.4), 0.4), 5)
    for s in (-1, 1):
        cushion = view.light.on((246, 196, 96) if s < 0 else (240, 232, 214))
        with sheet.group(at=(x + s * 210, y - 190), turn=s * 0.16):
            sheet.fill(
                rect(-66, -66, 132, 132, 26),
                Linear((0, -66), (0, 66), (lighter(cushion, 0.2), darker(cushion, 0.12))),
            )
    sheet.fill(rect(x - 340, y - 146, 680, 100, 34), lighter(cloth, 0.08))
    sheet.fill(rect(x - 340, y - 80, 680, 74, 20), darker(cloth, 0.16))
    for s in (-1, 1):
        sheet.fill(
            rect(x + s * 330 - 56, y - 214, 112, 212, 46),
            Linear((0, y - 214), (0, y), (lighter(cloth, 0.14), darker(cloth, 0.2))),
        )
        sheet.fill(rect(x + s * 300 - 12, y - 8, 24, 30), view.light.on((92, 64, 54)))


def _bookcase(sheet: Sheet, view: View, x: float) -> None:
    wood = view.light.on((146, 100, 70))
    chance = view.chance("books")
    sheet.fill(rect(x - 160, -700, 320, 712, 8), darker(wood, 0.3))
    for row in range(4):
        y = -540 + row * 172
        bx = x - 140.0
        while bx < x + 110:
            w, h = chance.uniform(22, 40), chance.uniform(90, 136)
            tone = view.light.on(
                chance.choice(
                    (
                        (206, 92, 80),
                        (88, 138, 150),
                        (240, 196, 110),
                        (126, 110, 166),
                        (232, 222, 204),
                    )
                )
            )
            sheet.fill(rect(bx, y - h, w - 4, h, 3), tone)
            bx += w
        sheet.fill(rect(x - 160, y, 320, 16), lighter(wood, 0.1))
    for s in (-1, 1):
        sheet.fill(rect(x + s * 152 - 10, -704, 20, 716), wood)


def bedroom(sheet: Sheet, view: View) -> None:
    on = view.light.on
    walls(sheet, view, (190, 184, 216), (168, 126, 108))
    planks(sheet, view, (168, 126, 108))
    side = view.light.side
    window(sheet, view, side * 300 - 140, -840, 280, 420, curtains=(112, 112, 176))
    picture(sheet, view, -side * 300, -760, 240, 160)
    x = -side * 190
    wood = on((142, 98, 76))
    sheet.fill(
        rect(x - 350, -430, 700, 450, 60),
        Linear((0, -430), (0, 0), (lighter(wood, 0.12), darker(wood, 0.2))),
    )
    shadow(sheet, x, 110, 470, 36, 0.35)
    for s in (-1, 1):
        sheet.fill(
            rect(x + s * 160 - 130, -250, 260, 150, 54),
            Linear((0, -250), (0, -100), (on((255, 252, 246)), on((214, 210, 226)))),
        )
    quilt = on((232, 132, 124))
    sheet.fill(
        rect(x - 370, -140, 740, 240, 46),
        Linear((0, -140), (0, 100), (lighter(quilt, 0.16), darker(quilt, 0.2))),
    )
    sheet.fill(rect(x - 372, -146, 744, 64, 32), on((252, 240, 226)))
    for k in range(-3, 4):
        sheet.fill(ellipse(x + k * 104, 10 + (k % 2) * 36, 12), fade((255, 255, 255), 0.5))
    table = side * 300
    sheet.fill(
        rect(table - 90, -190, 180, 210, 12),
        Linear((0, -190), (0, 20), (lighter(wood, 0.14), darker(wood, 0.14))),
    )
    sheet.fill(ellipse(table, -90, 9), on((246, 210, 130)))
    sheet.fill(rect(table - 12, -270, 24, 84, 10), on((240, 228, 210)))
    if view.hour in ("night", "dusk"):
        glow(sheet, table, -310, 420, _WARM, 0.65)
    sheet.fill(
        polygon((table - 46, -370), (table + 46, -370), (table + 80, -262), (table - 80, -262)),
        Linear((0, -370), (0, -262), ((255, 242, 206), on((246, 206, 146)))),
    )


def bathroom(sheet: Sheet, view: View) -> None:
    on = view.light.on
    walls(sheet, view, (176, 214, 214), (214, 222, 224))
    tiles(sheet, view, (214, 222, 224))
    line = fade(on((255, 255, 255)), 0.5)
    for k in range(-14, 15):
        sheet.stroke(Path().move(k * 90, -420).line(k * 90, -22), line, 3)
    for y in (-420, -330, -240, -150, -60):
        sheet.stroke(Path().move(view.left, y).line(view.right, y), line, 3)
    x = -view.light.side * 250
    sheet.fill(smooth((x - 130, -560), (x, -760), (x + 130, -560), (x, -400)), on((236, 250, 255)))
    sheet.stroke(
        smooth((x - 130, -560), (x, -760), (x + 130, -560), (x, -400)), on((226, 180, 110)), 14
    )
    sheet.fill(rect(x - 150, -300, 300, 90, 44), on((252, 252, 252)))
    sheet.fill(rect(x - 34, -214, 68, 220, 20), on((232, 236, 240)))
    window(sheet, view, view.light.side * 260 - 110, -780, 220, 280)
