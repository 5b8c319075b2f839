"""Figures that are no people; as with a person, 0, 0 is the base of the neck."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from engine.animatic.body import FEET, HEAD
from engine.animatic.colour import Light, darker, lighter, mix
from engine.animatic.face import draw_mouth
from engine.animatic.ink import (
    Colour,
    Linear,
    Path,
    Point,
    Radial,
    Sheet,
    ellipse,
    fade,
    rect,
    smooth,
)
from engine.animatic.looks import Looks
from engine.animatic.pose import Pose

_LASH: Colour = (44, 28, 40)


def draw_creature(
    sheet: Sheet, looks: Looks, light: Light, pose: Pose, t: float, *, legs: bool
) -> None:
    """Dog, cat, robot, cloud, ghost or talking phone at `t` seconds."""
    with sheet.group(turn=pose.lean):
        match looks.kind:
            case "dog" | "cat":
                _pet(sheet, looks, light, pose, t, legs=legs)
            case "robot":
                _robot(sheet, looks, light, pose, t, legs=legs)
            case "cloud":
                _cloud(sheet, looks, light, pose, t)
            case "ghost":
                _ghost(sheet, looks, light, pose, t)
            case _:
                _phone(sheet, looks, light, pose, t)


def _eyes(
    sheet: Sheet, light: Light, pose: Pose, *, apart: float, y: float, size: float, iris: Colour
) -> None:
    """A pair of round, glossy eyes."""
    openness = max(0.0, 1 - pose.shut) * (0.95 - 0.35 * pose.squint)
    for side in (-1, 1):
        x = side * apart * (1 - 0.12 * max(0.0, side * pose.turn))
        if openness < 0.16:
            sheet.stroke(
                Path().move(x - size, y + 4).bend(x, y + size * 0.7, x + size, y + 4), _LASH, 7
            )
            continue
        with sheet.group(at=(x, y), scale=(1, openness)):
            sheet.fill(ellipse(0, 0, size, size * 1.16), light.on((252, 250, 246)))
            gx, gy = pose.gaze[0] * size * 0.3, pose.gaze[1] * size * 0.3
            sheet.fill(
                ellipse(gx, gy + 1, size * 0.76, size * 0.88),
                Linear((0, -size), (0, size), (darker(iris, 0.5), iris)),
            )
            sheet.fill(ellipse(gx, gy + 1, size * 0.44), (26, 18, 28))
            sheet.fill(ellipse(gx + size * 0.26, gy - size * 0.34, size * 0.26), (255, 255, 255))
        if pose.brow_tilt or pose.brow_lift > 0.2:
            by = y - size * 1.55 - pose.brow_lift * 10
            tilt = pose.brow_tilt * 10
            sheet.stroke(
                Path()
                .move(x - side * size * 0.8, by - tilt)
                .line(x + side * size * 0.8, by + tilt),
                fade(_LASH, 0.8),
                8,
            )


def _fur(looks: Looks, light: Light) -> Colour:
    """A coat of the looks' hair or cloth, whichever suits an animal."""
    choices: tuple[Colour, ...] = ((224, 164, 98), (246, 224, 190), (150, 102, 70), (196, 130, 82))
    if looks.kind == "cat":
        choices = ((240, 160, 84), (168, 172, 186), (88, 84, 100), (246, 230, 206))
    return light.on(choices[int(looks.cloth[0] + looks.eye_colour[0]) % 4])


def _pet(sheet: Sheet, looks: Looks, light: Light, pose: Pose, t: float, *, legs: bool) -> None:
    fur = _fur(looks, light)
    pale = lighter(fur, 0.62)
    dark = darker(fur, 0.34)
    with sheet.group(at=(0, 150) if legs else (0, 0)):
        _pet_body(sheet, looks, light, t, fur, pale, legs=legs)
        with sheet.group(at=(pose.turn * 8, HEAD + 20 + pose.nod * 5), turn=pose.tilt * 1.8):
            _pet_head(sheet, looks, light, pose, t, fur, pale, dark)


def _pet_body(
    sheet: Sheet,
    looks: Looks,
    light: Light,
    t: float,
    fur: Colour,
    pale: Colour,
    *,
    legs: bool,
) -> None:
    foot = FEET - 150 if legs else 520.0
    wag = math.sin(t * 9) * 26
    tail = (
        Path()
        .move(96, foot - 90)
        .curve(190, foot - 110, 210 + wag, foot - 220, 176 + wag, foot - 280)
    )
    sheet.stroke(tail, darker(fur, 0.1), 44 if looks.kind == "dog" else 30)
    body = smooth(
        (0, -40),
        (78, 10),
        (120, 180),
        (150, foot - 110),
        (128, foot - 10),
        (0, foot),
        (-128, foot - 10),
        (-150, foot - 110),
        (-120, 180),
        (-78, 10),
    )
    sheet.fill(
        body,
        Linear(
            (120 * light.side, 0),
            (-140 * light.side, foot),
            (lighter(fur, 0.12), fur, darker(fur, 0.24)),
        ),
    )
    sheet.fill(
        smooth(
            (0, 20), (62, 90), (70, 220), (40, foot - 120), (-40, foot - 120), (-70, 220), (-62, 90)
        ),
        pale,
    )
    for side in (-1, 1):
        sheet.fill(
            rect(side * 46 - 34, 200, 68, foot - 196, 34),
            Linear((0, 200), (0, foot), (lighter(fur, 0.1), darker(fur, 0.06))),
        )
        sheet.fill(ellipse(side * 48, foot - 10, 50, 28), pale)
        sheet.fill(ellipse(side * 132, foot - 8, 46, 26), darker(fur, 0.16))
    collar = light.on((214, 70, 70) if looks.kind == "dog" else (64, 120, 196))
    sheet.fill(
        Path().move(-84, -4).bend(0, 58, 84, -4).line(90, 26).bend(0, 92, -90, 26).close(), collar
    )
    sheet.fill(ellipse(0, 66, 20), light.on((250, 206, 96)))


def _pet_head(
    sheet: Sheet,
    looks: Looks,
    light: Light,
    pose: Pose,
    t: float,
    fur: Colour,
    pale: Colour,
    dark: Colour,
) -> None:
    dog = looks.kind == "dog"
    chin = pose.mouth.open * 14
    if not dog:
        _cat_ears(sheet, light, fur)
    half = [(74, -104), (118, -30), (124, 40), (84, 104)]
    skull = Path().smooth(_mirrored((0, -118), half, (0, 122 + chin)))
    side = 100 * light.side
    tones = (lighter(fur, 0.16), fur, darker(fur, 0.18))
    sheet.fill(skull, Linear((side, -100), (-side, 110), tones))
    with sheet.group(at=(pose.turn * 26, pose.nod * 10)):
        if dog:
            mask = [(26, -60), (30, 0), (70, 40), (78, 92)]
            sheet.fill(Path().smooth(_mirrored((-2, -118), mask, (0, 118 + chin))), pale)
        else:
            for k in (-1, 0, 1):
                sheet.stroke(Path().move(k * 26, -106).line(k * 20, -70), fade(dark, 0.7), 10)
            mask = [(60, 40), (70, 84)]
            sheet.fill(Path().smooth(_mirrored((0, 26), mask, (0, 116 + chin))), pale)
        iris = light.on((96, 62, 40) if dog else (96, 168, 92))
        _eyes(sheet, light, pose, apart=52, y=-8, size=27, iris=iris)
        with sheet.group(at=(0, 8), scale=(1.05, 0.95)):
            draw_mouth(sheet, _muzzle(looks), light, pose)
        if dog:
            _dog_nose(sheet)
        else:
            _cat_nose(sheet, light)
    if dog:
        _dog_ears(sheet, dark, math.sin(t * 2.1) * 4 + pose.mouth.open * 10)


def _mirrored(top: Point, right: Sequence[Point], bottom: Point) -> list[Point]:
    """An outline alike on both sides, from its right half, downwards."""
    left = [(-x, y) for x, y in reversed(right)]
    return [top, *right, bottom, *left]


def _dog_nose(sheet: Sheet) -> None:
    nose = Path().smooth(_mirrored((0, 24), [(30, 30), (20, 52)], (0, 62)))
    sheet.fill(nose, (52, 38, 48))
    sheet.fill(ellipse(7, 35, 8, 4), (255, 255, 255, 0.5))


def _cat_nose(sheet: Sheet, light: Light) -> None:
    sheet.fill(smooth((-17, 40), (0, 37), (17, 40), (0, 56)), light.on((226, 120, 130)))
    for side in (-1, 1):
        for dy in (-8, 6):
            whisker = Path().move(side * 40, 66 + dy)
            whisker.bend(side * 80, 58 + dy * 1.4, side * 118, 62 + dy * 2.4)
            sheet.stroke(whisker, (255, 255, 255, 0.8), 3)


def _cat_ears(sheet: Sheet, light: Light, fur: Colour) -> None:
    for side in (-1, 1):
        ear = Path().move(side * 24, -96).line(side * 92, -172)
        sheet.fill(ear.bend(side * 118, -110, side * 108, -40).close(), fur)
        inner = Path().move(side * 48, -100).line(side * 86, -146)
        inner.bend(side * 102, -104, side * 94, -64).close()
        sheet.fill(inner, light.on((240, 160, 160)))


def _dog_ears(sheet: Sheet, dark: Colour, flap: float) -> None:
    shade = Linear((0, -110), (0, 60), (dark, darker(dark, 0.2)))
    for side in (-1, 1):
        tip = (side * 152 + side * flap, 46 - flap)
        ear = Path().move(side * 56, -108)
        ear.curve(side * 120, -128, side * 168, -60 - flap, *tip)
        sheet.fill(ear.curve(side * 136, 78, side * 104, 40, side * 98, -30).close(), shade)


def _muzzle(looks: Looks) -> Looks:
    """The mouth of a beast has no lips to speak of."""
    return replace(looks, woman=False, beard="none", skin=(150, 96, 90))


def _robot(sheet: Sheet, looks: Looks, light: Light, pose: Pose, t: float, *, legs: bool) -> None:
    shell = light.on(mix((206, 218, 228), looks.cloth, 0.22))
    accent = light.on(looks.cloth)
    steel = light.on((112, 122, 140))
    gleam = Linear(
        (120 * light.side, -100),
        (-120 * light.side, 120),
        (lighter(shell, 0.5), shell, darker(shell, 0.24)),
    )
    if legs:
        for side in (-1, 1):
            sheet.stroke(Path().move(side * 46, 300).line(side * 50, FEET - 40), steel, 40)
            sheet.fill(ellipse(side * 48, 470, 30), shell)
            sheet.fill(rect(side * 52 - 52, FEET - 56, 104, 62, 26), gleam)
    sheet.stroke(Path().move(0, -60).line(0, 30), steel, 44)
    sheet.fill(rect(-122, 2, 244, 318, 60), gleam)
    sheet.fill(rect(-72, 70, 144, 104, 24), darker(accent, 0.55))
    for i in range(3):
        pulse = 0.5 + 0.5 * math.sin(t * 3 + i * 1.4)
        sheet.fill(
            ellipse(-40 + i * 40, 122, 13), mix(darker(accent, 0.3), lighter(accent, 0.55), pulse)
        )
    for index, side in enumerate((-1, 1)):
        hand = pose.hands[index] or (side * 156, 286)
        elbow = (side * 164, max(110, min(176, hand[1] + 110)))
        sheet.stroke(Path().move(side * 118, 56).line(*elbow).line(*hand), steel, 30)
        sheet.fill(ellipse(side * 120, 54, 36), gleam)
        sheet.fill(ellipse(*elbow, 22), accent)
        sheet.fill(ellipse(hand[0], hand[1], 30), gleam)
    with sheet.group(at=(pose.turn * 8, HEAD + pose.nod * 4), turn=pose.tilt):
        sheet.stroke(Path().move(0, -110).line(0, -158), steel, 9)
        sheet.fill(ellipse(0, -166, 17), mix(accent, (255, 250, 220), 0.5 + 0.5 * math.sin(t * 4)))
        for side in (-1, 1):
            sheet.fill(rect(side * 118 - 20, -34, 40, 76, 18), accent)
        sheet.fill(rect(-118, -118, 236, 236, 74), gleam)
        sheet.fill(
            rect(-94 + pose.turn * 12, -76, 188, 172, 54),
            Linear((0, -76), (0, 96), (darker(steel, 0.72), darker(steel, 0.55))),
        )
        with sheet.group(at=(pose.turn * 24, pose.nod * 8)):
            _screen_face(sheet, pose, lighter(mix(accent, (120, 255, 240), 0.5), 0.25), 1.0)


def _screen_face(sheet: Sheet, pose: Pose, ink: Colour, size: float) -> None:
    """Eyes and mouth as a display shows them."""
    openness = max(0.12, (1 - pose.shut) * (1 - 0.4 * pose.squint))
    for side in (-1, 1):
        x, y = side * 42 * size + pose.gaze[0] * 6, -14 * size + pose.gaze[1] * 6
        sheet.fill(
            rect(
                x - 15 * size, y - 24 * size * openness, 30 * size, 48 * size * openness, 15 * size
            ),
            ink,
        )
        if abs(pose.brow_tilt) > 0.2:
            by, tilt = -58 * size, pose.brow_tilt * 9
            sheet.stroke(
                Path().move(x - side * 18, by - tilt).line(x + side * 18, by + tilt), ink, 7
            )
    w = (34 + 14 * pose.mouth.wide - 15 * pose.mouth.round + 6 * pose.smile) * size
    y, high = 52 * size, pose.mouth.open * 46 * size
    if high < 4:
        sheet.stroke(
            Path().move(-w, y - pose.smile * 8).bend(0, y + pose.smile * 14, w, y - pose.smile * 8),
            ink,
            8 * size,
        )
    else:
        sheet.fill(rect(-w, y - high * 0.4, 2 * w, high + 8, min(w, high * 0.5 + 4)), ink)


def _cloud(sheet: Sheet, looks: Looks, light: Light, pose: Pose, t: float) -> None:
    white = mix(light.on((250, 252, 255)), (206, 220, 244), 0.12)
    shade = mix(white, (120, 136, 196), 0.34)
    bob = math.sin(t * 1.2) * 12
    with sheet.group(at=(0, HEAD + 6 + bob), scale=1.04):
        for i, (x, y, r) in enumerate(_PUFFS):
            s = r * (1 + 0.03 * math.sin(t * 1.4 + i * 1.9))
            sheet.fill(ellipse(x, y + 16, s), shade)
        for i, (x, y, r) in enumerate(_PUFFS):
            s = r * (1 + 0.03 * math.sin(t * 1.4 + i * 1.9))
            sheet.fill(
                ellipse(x, y, s),
                Linear((0, y - r), (0, y + r), (lighter(white, 0.6), mix(white, shade, 0.4))),
            )
        sheet.fill(
            ellipse(0, 10, 128, 104),
            Radial((0, -20), 140, (lighter(white, 0.7), white, fade(white, 0)), (0, 0.6, 1)),
        )
        with sheet.group(at=(pose.turn * 26, pose.nod * 10)):
            for side in (-1, 1):
                sheet.fill(ellipse(side * 78, 40, 28, 18), fade((246, 150, 170), 0.4))
            _eyes(sheet, light, pose, apart=46, y=-10, size=28, iris=light.on((64, 96, 170)))
            with sheet.group(at=(0, -6)):
                draw_mouth(sheet, _muzzle(looks), light, pose)
        if pose.mouth.open > 0.25:
            for side in (-1, 1):
                sheet.stroke(
                    _polyline(
                        (side * 150, 104), (side * 132, 140), (side * 152, 146), (side * 134, 186)
                    ),
                    (120, 200, 255, 0.8),
                    8,
                )


_PUFFS = (
    (-150, 40, 66),
    (150, 40, 66),
    (-96, -46, 78),
    (98, -50, 74),
    (0, -86, 88),
    (-70, 66, 72),
    (70, 66, 72),
    (0, 80, 74),
)


def _polyline(*points: tuple[float, float]) -> Path:
    path = Path().move(*points[0])
    for point in points[1:]:
        path.line(*point)
    return path


def _ghost(sheet: Sheet, looks: Looks, light: Light, pose: Pose, t: float) -> None:
    pale: Colour = (222, 236, 250)
    bob = math.sin(t * 1.3) * 14
    with sheet.group(at=(0, bob), opacity=0.88):
        hem = [
            (-150 + i * 50, 420 + (34 if i % 2 else 0) + math.sin(t * 2 + i) * 12) for i in range(7)
        ]
        path = (
            Path()
            .move(-120, HEAD)
            .curve(-124, HEAD - 170, 124, HEAD - 170, 120, HEAD)
            .curve(128, 60, 140, 260, *hem[-1])
        )
        for a, b in zip(hem[::-1], hem[-2::-1], strict=False):
            path.bend((a[0] + b[0]) / 2, (a[1] + b[1]) / 2 + 26, *b)
        path.curve(-140, 260, -128, 60, -120, HEAD).close()
        sheet.fill(
            path,
            Linear(
                (0, HEAD - 120),
                (0, 440),
                (lighter(pale, 0.7), pale, fade((150, 190, 236), 0.25)),
                (0, 0.45, 1),
            ),
        )
        for index, side in enumerate((-1, 1)):
            hand = pose.hands[index] or (side * 150, 170)
            sheet.stroke(
                Path().move(side * 100, 80).bend(side * 150, 120, *hand), lighter(pale, 0.3), 52
            )
        with sheet.group(at=(pose.turn * 24, HEAD + pose.nod * 10), turn=pose.tilt):
            _eyes(sheet, light, pose, apart=42, y=0, size=26, iris=(80, 110, 170))
            draw_mouth(sheet, _muzzle(looks), light, pose)


def _phone(sheet: Sheet, looks: Looks, light: Light, pose: Pose, t: float) -> None:
    """A telephone with a face on its screen, on two little legs."""
    body = light.on((58, 56, 76))
    glowing = light.on(looks.cloth)
    with sheet.group(at=(0, 60 + math.sin(t * 2) * 4), turn=pose.tilt):
        sheet.fill(
            rect(-150, HEAD - 170, 300, 560, 52),
            Linear((-150, 0), (150, 0), (lighter(body, 0.24), body)),
        )
        sheet.fill(
            rect(-130, HEAD - 140, 260, 500, 34),
            Linear(
                (0, HEAD - 140), (0, HEAD + 360), (lighter(glowing, 0.35), darker(glowing, 0.35))
            ),
        )
        sheet.fill(rect(-38, HEAD - 160, 76, 12, 6), darker(body, 0.4))
        with sheet.group(at=(pose.turn * 14, HEAD + 60 + pose.nod * 8)):
            _screen_face(sheet, pose, (255, 255, 255), 1.35)
        for i in range(7):
            high = 10 + 44 * pose.mouth.open * abs(math.sin(t * 7 + i * 1.7))
            sheet.fill(
                rect(-78 + i * 24, HEAD + 262 - high / 2, 12, high, 6), (255, 255, 255, 0.75)
            )
