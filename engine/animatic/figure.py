"""A whole figure at one moment, person or creature: the base of the neck is 0, 0."""

from __future__ import annotations

from engine.animatic import body, face, hair
from engine.animatic.colour import Light
from engine.animatic.creature import draw_creature
from engine.animatic.ink import Linear, Sheet, rect
from engine.animatic.looks import Looks
from engine.animatic.pose import Pose


def stature(looks: Looks) -> float:
    """Size beside a grown person's."""
    if looks.kind in ("dog", "cat"):
        return 0.74
    return 0.8 if looks.kind == "person" and looks.age == "child" else 1.0


def draw_figure(
    sheet: Sheet, looks: Looks, light: Light, pose: Pose, t: float, *, legs: bool
) -> None:
    """The figure, whatever it is, at `t` seconds."""
    if looks.kind == "person":
        draw_person(sheet, looks, light, pose, legs=legs)
    else:
        draw_creature(sheet, looks, light, pose, t, legs=legs)


def draw_person(sheet: Sheet, looks: Looks, light: Light, pose: Pose, *, legs: bool = True) -> None:
    """From back to front: hair behind, body, arms at rest, head, raised arms."""
    with sheet.group(turn=pose.lean):
        lift = -pose.breath * 2.5
        with sheet.group(at=(pose.turn * 6, body.HEAD + lift + pose.nod * 3), turn=pose.tilt):
            hair.draw_back(sheet, looks, light, pose.turn, pose.tilt * -60)
        raised = [hand is not None and hand[1] < 120 for hand in pose.hands]
        body.draw_body(sheet, looks, light, pose, legs=legs)
        for index, side in enumerate((-1, 1)):
            if not raised[index]:
                body.draw_arm(sheet, looks, light, pose, side)
        with sheet.group(at=(pose.turn * 6, body.HEAD + lift + pose.nod * 3), turn=pose.tilt):
            face.draw_head(sheet, looks, light, pose)
        for index, side in enumerate((-1, 1)):
            if raised[index]:
                body.draw_arm(sheet, looks, light, pose, side)
        if pose.holding == "phone" and pose.hands[1] is not None:
            _phone(sheet, light, pose.hands[1])


def _phone(sheet: Sheet, light: Light, hand: tuple[float, float]) -> None:
    with sheet.group(at=(hand[0] + 4, hand[1] - 34), turn=0.12):
        sheet.fill(rect(-32, -56, 64, 112, 12), light.on((44, 44, 60)))
        sheet.fill(
            rect(-26, -48, 52, 94, 6), Linear((0, -48), (0, 46), ((166, 226, 255), (96, 140, 246)))
        )
