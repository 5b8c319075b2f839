"""A person's head: skull, features, mouth; its middle is 0, 0, its radius about 100 units."""

from __future__ import annotations

from engine.animatic import hair
from engine.animatic.colour import Light, darker, lighter, luminance, mix
from engine.animatic.ink import Colour, Linear, Path, Radial, Sheet, ellipse, fade, rect, smooth
from engine.animatic.looks import Looks
from engine.animatic.mouth import Mouth
from engine.animatic.pose import Pose

JAW_DROP = 22.0
"""How far the chin falls when the mouth is wide open."""

_LASH = (44, 28, 40)


def draw_head(sheet: Sheet, looks: Looks, light: Light, pose: Pose) -> None:
    """The whole head in front of whatever was drawn before."""
    skin = light.on(looks.skin)
    _ears(sheet, looks, skin, pose)
    sheet.fill(skull(looks, pose), _flesh(skin, light))
    _cheeks(sheet, looks, skin, pose)
    with sheet.group(at=(pose.turn * 24, pose.nod * 11)):
        if looks.beard != "none":
            _beard(sheet, looks, light, pose)
        _nose(sheet, looks, skin, pose)
        draw_mouth(sheet, looks, light, pose)
        for side in (-1, 1):
            _eye(sheet, looks, light, pose, side)
        if looks.age == "old":
            _wrinkles(sheet, skin)
    hair.draw_front(sheet, looks, light, pose.turn)
    with sheet.group(at=(pose.turn * 24, pose.nod * 11)):
        for side in (-1, 1):
            _brow(sheet, looks, light, pose, side)
        if looks.glasses:
            _glasses(sheet, light, pose)
    hair.draw_hat(sheet, looks, light, pose.turn)


def width_of(looks: Looks) -> float:
    """Half the width of the skull at the eyes."""
    base = 103 if looks.age == "child" else 97 if looks.woman else 99
    return base + looks.face * 4


def skull(looks: Looks, pose: Pose) -> Path:
    w = width_of(looks)
    chin = (116 if looks.age == "child" else 124) + pose.mouth.open * JAW_DROP
    jaw = 46 if looks.woman else 56 + looks.face * 4
    if looks.age == "child":
        jaw = 52
    x = pose.turn * 10
    return smooth(
        (0, -122),
        (66, -104),
        (w, -34),
        (w - 3, 30),
        (jaw + 24 + x, 84),
        (jaw - 14 + x, chin - 10),
        (x * 1.5, chin),
        (-jaw + 14 + x, chin - 10),
        (-jaw - 24 + x, 84),
        (-w + 3, 30),
        (-w, -34),
        (-66, -104),
    )


def _flesh(skin: Colour, light: Light) -> Linear:
    bright, shade = lighter(skin, 0.16), darker(mix(skin, (214, 96, 88), 0.14), 0.10)
    return Linear(
        (104 * light.side, -60),
        (-104 * light.side, 70),
        (bright, skin, skin, shade),
        (0, 0.3, 0.68, 1),
    )


def _ears(sheet: Sheet, looks: Looks, skin: Colour, pose: Pose) -> None:
    w = width_of(looks)
    for side in (-1, 1):
        x = side * (w - 1) - pose.turn * 12
        shade = mix(skin, (206, 84, 80), 0.28)
        if side * pose.turn < 0.55:
            sheet.fill(ellipse(x, 16, 19, 25), mix(skin, shade, 0.35))
            sheet.fill(ellipse(x + side * 2, 17, 10, 15), shade)
            if looks.earrings:
                sheet.fill(ellipse(x + side * 4, 46, 7), (250, 206, 104))


def _cheeks(sheet: Sheet, looks: Looks, skin: Colour, pose: Pose) -> None:
    strength = 0.42 if looks.woman or looks.age == "child" else 0.26
    blush = mix(skin, (238, 82, 92), 0.62)
    for side in (-1, 1):
        far = max(0.0, side * pose.turn)
        x, y = side * (58 - 10 * far) + pose.turn * 16, 52 + pose.nod * 8
        with sheet.group(at=(x, y), scale=(1 - 0.45 * far, 0.8)):
            sheet.fill(
                ellipse(0, 0, 34), Radial((0, 0), 34, (fade(blush, strength), fade(blush, 0)))
            )
        if looks.freckles:
            for dx, dy in ((-10, -4), (2, -8), (12, -2), (-2, 5)):
                sheet.fill(ellipse(x + dx, y + dy, 2.6), fade(darker(skin, 0.35), 0.55))


def _eye(sheet: Sheet, looks: Looks, light: Light, pose: Pose, side: int) -> None:
    """One eye; `side` is -1 for the left of the screen."""
    narrow = 1 - max(0.0, side * pose.turn) * 0.2
    big = 1.1 if looks.age == "child" else 1.0
    rx, ry = 22.5 * narrow * big, 28 * big * (1 + 0.12 * pose.wide_eyes)
    openness = max(0.0, 1 - pose.shut) * (0.80 - 0.30 * pose.squint + 0.2 * pose.wide_eyes)
    with sheet.group(at=(side * 41 - pose.turn * side * 3, 6)):
        if openness < 0.16:
            _shut_eye(sheet, rx)
            return
        white = ellipse(0, ry * (1 - openness) * 0.55, rx, ry * openness)
        with sheet.group(clip=white):
            sheet.fill(rect(-40, -40, 80, 80), light.on((252, 250, 246)))
            sheet.fill(rect(-40, -40, 80, 40 - ry * 0.45), fade((90, 90, 130), 0.12))
            gx, gy = pose.gaze[0] * 7.5 + pose.turn * 1.5, pose.gaze[1] * 7 - 1
            iris = light.on(looks.eye_colour)
            sheet.fill(
                ellipse(gx, gy + 2, 18.5 * big, 21 * big),
                Linear((0, gy - 14), (0, gy + 24), (darker(iris, 0.45), lighter(iris, 0.2))),
            )
            sheet.fill(ellipse(gx, gy + 2, 10.5 * big), (28, 20, 30))
            sheet.fill(ellipse(gx + 6, gy - 6, 5.6 * big), (255, 255, 255))
            sheet.fill(ellipse(gx - 6, gy + 9, 3 * big), (255, 255, 255, 0.45))
        lid = ry * (1 - openness) * 0.55 - ry * openness
        sheet.stroke(
            Path()
            .move(-rx - 1, lid + ry * openness * 0.62)
            .bend(0, lid - ry * openness * 0.62 - 1, rx + 1, lid + ry * openness * 0.62),
            _LASH,
            6.5 if looks.woman else 5,
        )
        if looks.woman:
            y = lid + ry * openness * 0.6
            sheet.stroke(
                Path().move(side * rx, y).bend(side * (rx + 6), y - 3, side * (rx + 10), y - 10),
                _LASH,
                4.5,
            )


def _shut_eye(sheet: Sheet, rx: float) -> None:
    sheet.stroke(Path().move(-rx, 8).bend(0, 22, rx, 8), _LASH, 6)


def _brow(sheet: Sheet, looks: Looks, light: Light, pose: Pose, side: int) -> None:
    colour = light.on(looks.hair_colour)
    colour = darker(colour, 0.25 if luminance(colour) < 0.6 else 0.42)
    lift = -44 - pose.brow_lift * 14 + (4 if looks.age == "old" else 0)
    inner, outer = lift - pose.brow_tilt * 13, lift + 3 + pose.brow_tilt * 7
    x = side * 41 - pose.turn * side * 3
    path = (
        Path()
        .move(x - side * 23, inner + 3)
        .bend(x + side * 2, (inner + outer) / 2 - 11, x + side * 27, outer + 6)
    )
    sheet.stroke(path, colour, 7.5 if looks.woman else 11)


def _nose(sheet: Sheet, looks: Looks, skin: Colour, pose: Pose) -> None:
    shade = mix(darker(skin, 0.16), (206, 78, 72), 0.34)
    toward = 1 if pose.turn >= 0 else -1
    size = 0.72 if looks.age == "child" else 0.88 if looks.woman else 1.1
    with sheet.group(at=(pose.turn * 8, 40), scale=(size * toward, size)):
        sheet.stroke(Path().move(2, -17).curve(12, -6, 17, 6, 8, 9).bend(0, 11, -6, 7), shade, 6)


def _wrinkles(sheet: Sheet, skin: Colour) -> None:
    line = fade(darker(mix(skin, (190, 90, 80), 0.3), 0.2), 0.4)
    for side in (-1, 1):
        sheet.stroke(Path().move(side * 24, 50).bend(side * 46, 58, side * 55, 76), line, 3.5)
        for dy in (-2, 8):
            sheet.stroke(
                Path().move(side * 70, 4 + dy).bend(side * 76, 3 + dy * 1.3, side * 82, dy * 1.9),
                line,
                3,
            )


def _glasses(sheet: Sheet, light: Light, pose: Pose) -> None:
    frame = light.on((58, 48, 66))
    for side in (-1, 1):
        x = side * 42 - pose.turn * side * 3
        lens = rect(x - 33, -28, 66, 66, 30)
        sheet.fill(lens, (220, 238, 255, 0.07))
        sheet.stroke(lens, frame, 6)
        sheet.stroke(Path().move(x - 14, 18).line(x + 6, -12), (255, 255, 255, 0.22), 5)
        sheet.stroke(Path().move(x + side * 33, -2).line(side * 96 - pose.turn * 30, -6), frame, 6)
    sheet.stroke(Path().move(-9, 0).bend(0, -7, 9, 0), frame, 6)


def _beard(sheet: Sheet, looks: Looks, light: Light, pose: Pose) -> None:
    colour = light.on(looks.hair_colour)
    drop = pose.mouth.open * JAW_DROP
    if looks.beard == "moustache":
        return
    stubble = looks.beard == "stubble"
    top = 44 if stubble else 18
    jaw = (
        Path()
        .move(-104, top)
        .curve(-84, top + 44, -56, 50, 0, 50)
        .curve(56, 50, 84, top + 44, 104, top)
    )
    jaw.line(104, 160 + drop).line(-104, 160 + drop).close()
    tone = darker(colour, 0.1)
    if stubble:
        shade = Linear((0, 36), (0, 92), (fade(tone, 0), fade(tone, 0.24)))
    else:
        shade = Linear((0, 20), (0, 130), (tone, lighter(tone, 0.08)))
    with sheet.group(clip=_inside(looks, pose)):
        sheet.fill(jaw, shade)


def _inside(looks: Looks, pose: Pose) -> Path:
    """The skull in the coordinates of the features, which move on it."""
    w = width_of(looks) - 2
    chin = 122 + pose.mouth.open * JAW_DROP
    dx, dy = -pose.turn * 24, -pose.nod * 11
    return smooth(
        (dx, -122 + dy),
        (dx + w, -30 + dy),
        (dx + w - 8, 50 + dy),
        (dx + 52 + pose.turn * 10, chin - 16 + dy),
        (dx + pose.turn * 15, chin + dy),
        (dx - 52 + pose.turn * 10, chin - 16 + dy),
        (dx - w + 8, 50 + dy),
        (dx - w, -30 + dy),
    )


def draw_mouth(sheet: Sheet, looks: Looks, light: Light, pose: Pose) -> None:
    """Lips, cavity, teeth and tongue; large, because it is what a viewer reads."""
    mouth = pose.mouth
    lip = light.on(_lip_colour(looks))
    with sheet.group(at=(pose.turn * 3, 76)):
        if looks.beard == "moustache" or looks.beard == "full":
            _moustache(sheet, looks, light)
        if mouth.open < 0.06:
            _closed(sheet, mouth, pose.smile, lip, looks)
        else:
            _opened(sheet, mouth, pose.smile, lip, light, looks)


def _lip_colour(looks: Looks) -> Colour:
    rose: Colour = (206, 62, 80) if looks.woman else (188, 84, 80)
    return darker(mix(looks.skin, rose, 0.68 if looks.woman else 0.46), 0.06)


def half_width(mouth: Mouth, smile: float) -> float:
    return 43 + 13 * mouth.wide - 22 * mouth.round + 7 * max(0.0, smile) - 4 * mouth.open


def _closed(sheet: Sheet, mouth: Mouth, smile: float, lip: Colour, looks: Looks) -> None:
    w = half_width(mouth, smile)
    corner, dip = -smile * 11, 4 + smile * 9 - mouth.round * 2
    if looks.woman or mouth.round > 0.35:
        full = 7.5 + mouth.round * 6
        shape = (
            Path()
            .move(-w, corner)
            .curve(-w * 0.5, dip - full, -w * 0.16, dip - full * 1.1, 0, dip - full * 0.55)
        )
        shape.curve(w * 0.16, dip - full * 1.1, w * 0.5, dip - full, w, corner)
        shape.curve(w * 0.55, dip + full * 1.35, -w * 0.55, dip + full * 1.35, -w, corner).close()
        sheet.fill(shape, lip)
    sheet.stroke(
        Path().move(-w, corner).bend(0, dip * 2 - corner, w, corner), darker(lip, 0.45), 6.5
    )


def _opened(
    sheet: Sheet, mouth: Mouth, smile: float, lip: Colour, light: Light, looks: Looks
) -> None:
    w = half_width(mouth, smile)
    up, down = 5 + 17 * mouth.open, 6 + 47 * mouth.open
    inner = _opening(
        w,
        up,
        down,
        -smile * 9 * (1 - mouth.open * 0.5),
        0.34 + 0.26 * max(mouth.round, mouth.open * 0.6),
    )
    sheet.stroke(inner, lip, 10 if looks.woman else 8)
    if looks.woman:
        lower = (
            Path()
            .move(-w * 0.8, down * 0.55)
            .curve(-w * 0.5, down + 1, w * 0.5, down + 1, w * 0.8, down * 0.55)
        )
        sheet.stroke(
            lower.curve(w * 0.5, down + 5, -w * 0.5, down + 5, -w * 0.8, down * 0.55), lip, 11
        )
    sheet.fill(inner, (92, 22, 42))
    with sheet.group(clip=inner):
        if mouth.open > 0.1:
            rise = 20 * mouth.tongue
            sheet.fill(
                ellipse(0, down + 10 - rise, w * 0.66, 22 + 16 * mouth.open), (232, 106, 116)
            )
        teeth = (5 + 13 * max(mouth.teeth, 0.45 * mouth.wide, 0.3 * mouth.open)) * (
            1 - 0.75 * mouth.round
        )
        if teeth > 3:
            sheet.fill(rect(-w, -up - 14, 2 * w, 12 + teeth, 8), light.on((253, 250, 244)))
        if mouth.teeth > 0.6 and mouth.open < 0.4:
            sheet.fill(rect(-w, down - 9, 2 * w, 30, 6), light.on((244, 238, 230)))


def _opening(w: float, up: float, down: float, corner: float, roundness: float) -> Path:
    """The edge of an open mouth; `roundness` 0 has sharp corners, 0.6 is an ellipse."""
    k = w * 0.56
    rise, fall = up * roundness * 1.6, down * roundness * 1.3
    path = (
        Path()
        .move(-w, corner)
        .curve(-w, corner - rise, -k, -up, 0, -up)
        .curve(k, -up, w, corner - rise, w, corner)
    )
    return (
        path.curve(w, corner + fall, k, down, 0, down)
        .curve(-k, down, -w, corner + fall, -w, corner)
        .close()
    )


def _moustache(sheet: Sheet, looks: Looks, light: Light) -> None:
    colour = darker(light.on(looks.hair_colour), 0.05)
    for side in (-1, 1):
        shape = Path().move(0, -26).curve(side * 20, -32, side * 40, -22, side * 54, -4)
        sheet.fill(shape.curve(side * 36, -10, side * 16, -10, 0, -14).close(), colour)
