"""A person below the chin: clothes, arms, legs; the base of the neck is 0, 0."""

from __future__ import annotations

import math

from engine.animatic.colour import Light, darker, lighter, mix
from engine.animatic.ink import (
    Colour,
    Linear,
    Path,
    Point,
    Sheet,
    ellipse,
    fade,
    polygon,
    rect,
    smooth,
)
from engine.animatic.looks import Looks
from engine.animatic.pose import Pose

HEAD = -143.0
"""Height of the centre of the head."""
HIPS = 300.0
FEET = 690.0
_BRASS = (240, 198, 90)


def shoulder_of(looks: Looks) -> float:
    """Half the width of the shoulders."""
    if looks.age == "child":
        return 92
    return 108 if looks.woman else 130 + looks.face * 5


def draw_body(sheet: Sheet, looks: Looks, light: Light, pose: Pose, *, legs: bool) -> None:
    """Everything below the head but the arms."""
    cloth = light.on(looks.cloth)
    if legs:
        _legs(sheet, looks, light, pose)
    if looks.garment in ("hoodie", "raincoat"):
        sheet.fill(ellipse(0, -10, 84, 46), darker(cloth, 0.28))
    _neck(sheet, looks, light)
    _torso(sheet, looks, light, pose, cloth)
    if looks.scarf is not None:
        _scarf(sheet, light.on(looks.scarf))


def _neck(sheet: Sheet, looks: Looks, light: Light) -> None:
    skin = light.on(looks.skin)
    half = 29 if looks.woman or looks.age == "child" else 38
    sheet.fill(rect(-half, -70, half * 2, 96, 20), darker(mix(skin, (206, 84, 80), 0.2), 0.16))
    sheet.fill(
        Path()
        .move(-half, -4)
        .bend(0, 40, half, -4)
        .line(half + 14, 14)
        .bend(0, 60, -half - 14, 14)
        .close(),
        skin,
    )


def _silhouette(looks: Looks, pose: Pose, hem: float, flare: float) -> Path:
    """Shoulders to hem."""
    s = shoulder_of(looks) + pose.breath * 2.5
    waist = s * (0.72 if looks.woman else 0.84)
    neck = 34 if looks.woman else 44
    rise = -pose.breath * 3
    path = (
        Path()
        .move(-neck, -6 + rise)
        .curve(-neck - 8, 12 + rise, -s + 24, 8 + rise, -s + 4, 44 + rise)
    )
    path.curve(-s - 2, 62, -s + 8, 110, -waist, 190).curve(
        -waist - 2, 240, -waist - flare * 0.5, hem - 60, -waist - flare, hem
    )
    path.bend(0, hem + 16, waist + flare, hem).curve(
        waist + flare * 0.5, hem - 60, waist + 2, 240, waist, 190
    )
    path.curve(s - 8, 110, s + 2, 62, s - 4, 44 + rise).curve(
        s - 24, 8 + rise, neck + 8, 12 + rise, neck, -6 + rise
    )
    return path.bend(0, 26, -neck, -6 + rise).close()


def _torso(sheet: Sheet, looks: Looks, light: Light, pose: Pose, cloth: Colour) -> None:
    hem, flare = {
        "coat": (450.0, 26.0),
        "raincoat": (420.0, 30.0),
        "dress": (540.0, 74.0),
        "suit": (356.0, 12.0),
        "uniform": (356.0, 12.0),
    }.get(looks.garment, (330.0, 8.0))
    shape = _silhouette(looks, pose, hem, flare)
    shade = Linear(
        (140 * light.side, 0),
        (-140 * light.side, 160),
        (lighter(cloth, 0.12), cloth, darker(cloth, 0.2)),
        (0, 0.45, 1),
    )
    sheet.fill(shape, shade)
    with sheet.group(clip=shape):
        sheet.fill(ellipse(0, -24, 78, 44), fade(darker(cloth, 0.5), 0.28))
        _DETAILS[looks.garment](sheet, looks, light, cloth)


def _collar(sheet: Sheet, colour: Colour) -> None:
    for side in (-1, 1):
        sheet.fill(
            polygon((side * 2, 38), (side * 34, -12), (side * 56, 10), (side * 30, 54)), colour
        )


def _shirt(sheet: Sheet, _looks: Looks, _light: Light, cloth: Colour) -> None:
    line = fade(darker(cloth, 0.4), 0.45)
    sheet.stroke(Path().move(0, 40).line(0, 340), line, 3.5)
    for y in (86, 146, 206, 266):
        sheet.fill(ellipse(9, y, 5), fade(darker(cloth, 0.45), 0.7))
    _collar(sheet, lighter(cloth, 0.3))


def _jumper(sheet: Sheet, _looks: Looks, _light: Light, cloth: Colour) -> None:
    sheet.stroke(Path().move(-40, -8).bend(0, 44, 40, -8), lighter(cloth, 0.2), 15)
    for y in (118, 150):
        sheet.stroke(
            Path().move(-150, y).bend(0, y + 14, 150, y), fade(lighter(cloth, 0.5), 0.42), 11
        )
    sheet.fill(rect(-160, 302, 320, 40), darker(cloth, 0.16))


def _open_front(sheet: Sheet, under: Colour, width: float, foot: float) -> None:
    sheet.fill(
        Path().move(-width, -12).line(width, -12).line(8, foot).line(-8, foot).close(), under
    )


def _lapels(sheet: Sheet, cloth: Colour, foot: float) -> None:
    for side in (-1, 1):
        flap = polygon(
            (side * 40, -12),
            (side * 74, 6),
            (side * 62, 58),
            (side * 76, 72),
            (side * 4, foot),
            (side * 30, 60),
        )
        sheet.fill(flap, lighter(cloth, 0.12))
        sheet.stroke(
            Path().move(side * 76, 72).line(side * 4, foot), fade(darker(cloth, 0.5), 0.35), 3.5
        )


def _coat(sheet: Sheet, looks: Looks, light: Light, cloth: Colour) -> None:
    _open_front(sheet, light.on(looks.under), 40, 176)
    _lapels(sheet, cloth, 178)
    sheet.stroke(Path().move(0, 176).line(0, 470), fade(darker(cloth, 0.5), 0.5), 4)
    for y in (206, 262, 318):
        sheet.fill(ellipse(24, y, 8), darker(cloth, 0.42))
        sheet.fill(ellipse(23, y - 2, 4), lighter(cloth, 0.3))
    _pockets(sheet, cloth, 290)


def _pockets(sheet: Sheet, cloth: Colour, y: float) -> None:
    for side in (-1, 1):
        sheet.stroke(
            Path().move(side * 58, y).line(side * 92, y - 6), fade(darker(cloth, 0.5), 0.5), 7
        )


def _raincoat(sheet: Sheet, _looks: Looks, _light: Light, cloth: Colour) -> None:
    sheet.stroke(Path().move(0, 20).line(0, 460), fade(darker(cloth, 0.45), 0.55), 5)
    sheet.fill(
        Path().move(-48, -16).bend(0, 54, 48, -16).line(58, 14).bend(0, 92, -58, 14).close(),
        lighter(cloth, 0.16),
    )
    for y in (100, 176, 252, 328):
        sheet.fill(rect(-15, y, 30, 11, 5), darker(cloth, 0.38))
    _pockets(sheet, cloth, 286)
    sheet.fill(rect(-200, 396, 400, 12), fade((255, 255, 255), 0.35))


def _hoodie(sheet: Sheet, _looks: Looks, light: Light, cloth: Colour) -> None:
    sheet.fill(
        Path().move(-50, -14).bend(0, 58, 50, -14).line(66, 12).bend(0, 96, -66, 12).close(),
        lighter(cloth, 0.14),
    )
    for side in (-1, 1):
        sheet.stroke(
            Path().move(side * 18, 42).bend(side * 22, 80, side * 17, 108),
            light.on((246, 242, 232)),
            6,
        )
    pocket = Path().move(-62, 214).line(62, 214).line(86, 292).line(-86, 292).close()
    sheet.fill(pocket, fade(darker(cloth, 0.3), 0.45))
    sheet.fill(rect(-160, 302, 320, 40), darker(cloth, 0.16))


def _suit(sheet: Sheet, _looks: Looks, light: Light, cloth: Colour) -> None:
    _open_front(sheet, light.on((250, 248, 244)), 42, 196)
    tie = light.on((186, 62, 72) if cloth[0] < 150 else (52, 70, 120))
    sheet.fill(
        polygon((-12, 22), (12, 22), (8, 44), (20, 150), (0, 182), (-20, 150), (-8, 44)), tie
    )
    _collar(sheet, light.on((250, 248, 244)))
    _lapels(sheet, cloth, 198)
    sheet.stroke(Path().move(0, 196).line(6, 380), fade(darker(cloth, 0.5), 0.5), 4)
    sheet.fill(ellipse(12, 226, 7), darker(cloth, 0.5))
    sheet.fill(polygon((66, 96), (98, 90), (98, 104), (66, 110)), light.on((250, 248, 244)))


def _uniform(sheet: Sheet, _looks: Looks, light: Light, cloth: Colour) -> None:
    brass = light.on(_BRASS)
    sheet.stroke(Path().move(0, 30).line(0, 380), fade(darker(cloth, 0.5), 0.6), 4)
    sheet.fill(
        Path().move(-46, -16).bend(0, 36, 46, -16).line(50, 12).bend(0, 66, -50, 12).close(),
        darker(cloth, 0.22),
    )
    for y in (84, 148, 212, 276):
        for side in (-1, 1):
            sheet.fill(ellipse(side * 30, y, 8.5), brass)
    for side in (-1, 1):
        sheet.fill(
            polygon((side * 70, 4), (side * 124, 28), (side * 118, 46), (side * 64, 20)), brass
        )
    sheet.fill(rect(-160, 300, 320, 22), darker(cloth, 0.5))
    sheet.fill(rect(-20, 298, 40, 26, 4), brass)


def _dress(sheet: Sheet, looks: Looks, light: Light, cloth: Colour) -> None:
    sheet.fill(Path().move(-42, -14).bend(0, 66, 42, -14).close(), light.on(looks.skin))
    sheet.fill(rect(-160, 190, 320, 22), darker(cloth, 0.32))
    for x in (-54, -12, 34):
        sheet.stroke(
            Path().move(x * 0.7, 216).bend(x, 380, x * 2, 550), fade(darker(cloth, 0.4), 0.28), 6
        )


def _apron(sheet: Sheet, looks: Looks, light: Light, cloth: Colour) -> None:
    shirt = light.on(looks.under)
    sheet.fill(rect(-200, -40, 400, 420), shirt)
    _collar(sheet, lighter(shirt, 0.4))
    for side in (-1, 1):
        sheet.stroke(Path().move(side * 62, -8).line(side * 54, 92), cloth, 14)
    sheet.fill(rect(-62, 86, 124, 90, 10), cloth)
    sheet.fill(rect(-112, 160, 224, 240, 18), cloth)
    sheet.fill(rect(-52, 224, 104, 60, 12), darker(cloth, 0.16))


_DETAILS = {
    "shirt": _shirt,
    "jumper": _jumper,
    "coat": _coat,
    "raincoat": _raincoat,
    "hoodie": _hoodie,
    "suit": _suit,
    "uniform": _uniform,
    "dress": _dress,
    "apron": _apron,
}


def _scarf(sheet: Sheet, colour: Colour) -> None:
    sheet.fill(
        Path().move(26, 22).line(72, 18).curve(80, 80, 78, 130, 70, 176).line(28, 178).close(),
        darker(colour, 0.16),
    )
    for x in (36, 48, 60):
        sheet.stroke(Path().move(x, 176).line(x, 194), darker(colour, 0.16), 5)
    sheet.fill(smooth((-74, -16), (0, 10), (74, -16), (80, 18), (0, 54), (-80, 18)), colour)
    sheet.stroke(Path().move(-60, 12).bend(0, 40, 60, 10), fade(darker(colour, 0.4), 0.35), 5)


def _legs(sheet: Sheet, looks: Looks, light: Light, pose: Pose) -> None:
    bare = looks.garment == "dress"
    colour = light.on(looks.skin if bare else looks.trousers)
    shoe = darker(light.on((92, 60, 52) if bare else (58, 48, 58)), 0.1)
    apart = 36 if looks.woman else 42
    for side in (-1, 1):
        swing, lift = 0.0, 0.0
        if pose.stride is not None:
            phase = math.tau * pose.stride + (0 if side > 0 else math.pi)
            swing, lift = math.sin(phase) * 74, max(0.0, math.cos(phase)) * 44
        tone = darker(colour, 0.14) if side < 0 else colour
        hip, ankle = (side * apart, HIPS), (side * (apart + 4) + swing, FEET - 22 - lift)
        knee = ((hip[0] + ankle[0]) / 2 + lift * 0.5, (hip[1] + ankle[1]) / 2 - lift * 0.2)
        width = 46 if bare else 68
        sheet.stroke(Path().move(*hip).line(*knee).line(ankle[0], ankle[1] - 10), tone, width)
        sheet.fill(rect(ankle[0] - 36 + side * 8, ankle[1] - 14, 76, 38, 19), shoe)


def rest_hand(looks: Looks, side: int) -> Point:
    """Where a hand hangs; `side` is -1 for the left of the screen."""
    return (side * (shoulder_of(looks) + 2), 288)


def draw_arm(sheet: Sheet, looks: Looks, light: Light, pose: Pose, side: int) -> None:
    """One arm with its hand; `side` is -1 for the left of the screen."""
    cloth = light.on(looks.under if looks.garment == "apron" else looks.cloth)
    tone = darker(cloth, 0.07 if side == (1 if light.side > 0 else -1) else 0.2)
    skin = light.on(looks.skin)
    s = shoulder_of(looks)
    shoulder = (side * (s - 24), 48 - pose.breath * 3)
    hand = pose.hands[0 if side < 0 else 1] or rest_hand(looks, side)
    elbow = _elbow(s, hand, side)
    width = 42 if looks.woman or looks.age == "child" else 50
    _hand(sheet, skin, elbow, hand)
    length = max(1.0, math.hypot(hand[0] - elbow[0], hand[1] - elbow[1]))
    wrist = _between(elbow, hand, max(0.0, 1 - 30 / length))
    edge = fade(darker(tone, 0.45), 0.3)
    if looks.garment == "dress":
        sheet.stroke(_bent(shoulder, elbow, wrist), skin, width - 10)
        sheet.stroke(Path().move(*shoulder).line(*_between(shoulder, elbow, 0.45)), tone, width + 2)
        return
    with sheet.group(at=(-side * 4, 0)):
        sheet.stroke(_bent(shoulder, elbow, wrist), edge, width)
    sheet.stroke(_bent(shoulder, elbow, wrist), tone, width)


def _elbow(shoulder: float, hand: Point, side: int) -> Point:
    """Where the elbow is seen: beside the ribs, lifted when the hand is high.

    Not two bones of fixed length: an arm bent towards the camera looks shorter than it is.
    """
    y = max(80.0, min(168.0, hand[1] + 118))
    return (side * (shoulder + 8 + 0.12 * max(0.0, side * hand[0] - shoulder)), y)


def _bent(shoulder: Point, elbow: Point, wrist: Point) -> Path:
    """A sleeve whose elbow is round rather than broken."""
    a, b = _between(shoulder, elbow, 0.82), _between(elbow, wrist, 0.18)
    return Path().move(*shoulder).line(*a).bend(*elbow, *b).line(*wrist)


def _between(a: Point, b: Point, share: float) -> Point:
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share)


def _hand(sheet: Sheet, skin: Colour, elbow: Point, hand: Point) -> None:
    turn = math.atan2(hand[1] - elbow[1], hand[0] - elbow[0])
    inward = -1 if hand[0] > 0 else 1
    with sheet.group(at=hand, turn=turn):
        sheet.stroke(
            Path().move(2, 0).line(18, inward * (18 if turn > 0 else -18)), darker(skin, 0.06), 15
        )
        sheet.fill(rect(-18, -22, 56, 44, 21), skin)
        sheet.stroke(Path().move(26, -4).line(36, -3), fade(darker(skin, 0.3), 0.4), 3)
        sheet.stroke(Path().move(25, 8).line(34, 8), fade(darker(skin, 0.3), 0.4), 3)
