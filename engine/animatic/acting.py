"""How a figure lives through a shot: what it does by itself, while it speaks and while it listens.

Everything follows from the request's words and its seed: an actor is planned once, and a pose is
read off the plan at any moment.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from engine.animatic.body import rest_hand, shoulder_of
from engine.animatic.ink import Point
from engine.animatic.looks import Looks
from engine.animatic.mouth import MouthCue, mouth_at
from engine.animatic.pose import Pose

_BLINK_S = 0.17
_GESTURE_S = 1.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """What a feeling does to a face; `energy` scales how much a body moves."""

    brow_lift: float = 0.0
    brow_tilt: float = 0.0
    squint: float = 0.0
    wide_eyes: float = 0.0
    smile: float = 0.15
    nod: float = 0.0
    energy: float = 1.0


CALM = Mood()

_MOODS: tuple[tuple[str, Mood], ...] = (
    (
        r"\b(whisper|quiet|soft)|低声|小声|ささや|flüster|chuchot",
        Mood(brow_lift=0.25, brow_tilt=0.3, squint=0.15, smile=0.0, nod=0.25, energy=0.45),
    ),
    (
        r"\b(angry|anger|angrily|furious|rage|shout|yell|scream)|生气|怒|叫|schrei|wütend|crie|colère",
        Mood(brow_lift=-0.3, brow_tilt=-0.9, wide_eyes=0.3, smile=-0.35, energy=1.6),
    ),
    (
        r"\b(sad|cry|cries|sob|tears|tearful|weep|mourn|sorrow|griev|broken)|悲|哭|泣|traurig|triste|weint",
        Mood(brow_lift=0.15, brow_tilt=0.95, squint=0.3, smile=-0.55, nod=0.35, energy=0.5),
    ),
    (
        r"\b(laugh|giggl|chuckl|grin|delight|joy|happy|excited|cheer|smil)|笑|喜|lach|lächel|sourit",
        Mood(brow_lift=0.4, squint=0.35, smile=0.9, energy=1.2),
    ),
    (
        r"\b(afraid|fear|terrif|scared|panic|frighten|nervous|stutter|trembl|befuddl)|怕|恐|ängst|peur",
        Mood(brow_lift=0.75, brow_tilt=0.75, wide_eyes=0.9, smile=-0.35, energy=1.3),
    ),
    (
        r"\b(surpris|shock|gasp|amaz|astonish|stunned)|惊|驚|überrascht|surpris",
        Mood(brow_lift=1.0, wide_eyes=1.0, smile=0.0, energy=1.2),
    ),
    (
        r"\b(bored|tired|weary|sighs|sighing|flat|deadpan|sleepy)|累|疲|müde|ennuy",
        Mood(brow_lift=-0.15, brow_tilt=0.2, squint=0.75, smile=-0.2, nod=0.2, energy=0.4),
    ),
    (
        r"\b(suspicio|wary|doubt|sarcas|dry|coldly|stern|serious|grave)|怀疑|疑|ernst|sérieux",
        Mood(brow_lift=-0.2, brow_tilt=-0.4, squint=0.5, smile=-0.15, energy=0.7),
    ),
    (
        r"\b(think|ponder|wonder|confus|curious|puzzl)|想|考え|denk|réfléch",
        Mood(brow_lift=0.5, brow_tilt=0.25, smile=0.0, nod=-0.15, energy=0.7),
    ),
    (
        r"\b(warmly|tender|gentle|gently|kind|kindly|loving|relie)|温柔|優し|zärtlich|tendre",
        Mood(brow_lift=0.25, brow_tilt=0.25, squint=0.25, smile=0.5, energy=0.7),
    ),
)


def mood_of(words: str) -> Mood | None:
    """The first mood the words name, if any."""
    lowered = words.lower()
    return next((mood for pattern, mood in _MOODS if re.search(pattern, lowered)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaking:
    """A span in which somebody is heard."""

    start_s: float
    end_s: float
    mood: Mood
    by_me: bool
    toward: float
    """Where the listener looks for the speaker, -1 left to 1 right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    """What an action line asks of a figure, where drawing it is cheap."""

    walks: bool = False
    runs: bool = False
    looks_up: bool = False
    phone: bool = False
    shakes: bool = False
    waves: bool = False
    turns: bool = False
    enters: bool = False


def business_of(action: str) -> Business:
    words = action.lower()

    def says(pattern: str) -> bool:
        return re.search(pattern, words) is not None

    return Business(
        walks=says(
            r"\bwalk|stroll|cross(es|ing)\b|march|pac(es|ing)\b|wander|走|歩|\bgeht\b|marche"
        ),
        runs=says(r"\bruns?\b|running|rush|hurr|scuttl|sprint|dash|跑|走る|rennt|court"),
        looks_up=says(r"looks? up|sky|stares? up|抬头|見上げ"),
        phone=says(
            r"(hold|lift|rais|check|answer|pick)\w* (up )?(his|her|the|a|their) (smart|cell)?phone"
        ),
        shakes=says(r"shakes? (his|her|their) head|摇头"),
        waves=says(
            r"\bwav(es?|ing)\b(?! (of|crash))(?= (to|at|good|hello|his|her)|[.,]|$)|挥手|手を振"
        ),
        turns=says(r"\bturns?\b (to|away|around|back)|转身"),
        enters=says(r"\benters?\b|steps? (in|onto|out|from)|arrives?|comes? in|进来"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A figure's plan for the shot; times are seconds on its clock."""

    looks: Looks
    cues: tuple[MouthCue, ...]
    heard: tuple[Speaking, ...]
    mood: Mood
    business: Business
    facing: float
    """-1 to 1: where the other figure, or the unseen one, is."""
    blinks: tuple[float, ...]
    gestures: tuple[tuple[float, int, int], ...]
    """(start, arm -1 or 1, shape)."""
    nods: tuple[float, ...]
    phases: tuple[float, float, float]
    seconds: float


def plan(
    looks: Looks,
    *,
    cues: Sequence[MouthCue],
    heard: Sequence[Speaking],
    action: str,
    facing: float,
    seconds: float,
    chance: Random,
) -> Actor:
    """An actor with its blinks, gestures and nods drawn from `chance`."""
    return Actor(
        looks=looks,
        cues=tuple(cues),
        heard=tuple(heard),
        mood=mood_of(action) or CALM,
        business=business_of(action),
        facing=facing,
        blinks=_blinks(seconds, heard, chance),
        gestures=_gestures(heard, chance),
        nods=_nods(heard, chance),
        phases=(chance.random(), chance.random(), chance.random()),
        seconds=seconds,
    )


def _blinks(seconds: float, heard: Sequence[Speaking], chance: Random) -> tuple[float, ...]:
    """Every two to four seconds, and where a speaker stops."""
    times, t = [], chance.uniform(0.5, 2.2)
    while t < seconds:
        times.append(t)
        t += chance.choice((0.34, chance.uniform(1.8, 4.0), chance.uniform(2.2, 4.4)))
    return tuple(sorted(times + [each.end_s + 0.1 for each in heard]))


def _gestures(heard: Sequence[Speaking], chance: Random) -> tuple[tuple[float, int, int], ...]:
    found = []
    for each in heard:
        t = each.start_s + chance.uniform(0.05, 0.45)
        while each.by_me and t + _GESTURE_S * 0.6 < each.end_s:
            found.append((t, chance.choice((-1, 1)), chance.randrange(4)))
            t += _GESTURE_S + chance.uniform(0.3, 1.6)
    return tuple(found)


def _nods(heard: Sequence[Speaking], chance: Random) -> tuple[float, ...]:
    found = []
    for each in heard:
        t = each.start_s + chance.uniform(0.6, 1.4)
        while not each.by_me and t < each.end_s + 0.3:
            found.append(t)
            t += chance.uniform(1.3, 2.6)
    return tuple(found)


def pose_at(actor: Actor, t: float) -> Pose:
    """The figure at `t` seconds."""
    mouth = mouth_at(actor.cues, t)
    mood, voice = _feeling(actor, t)
    sway, drift, quick = (
        math.sin(math.tau * (t / period + phase))
        for period, phase in zip((5.3, 7.9, 2.6), actor.phases, strict=True)
    )
    energy = mood.energy * (0.45 + 0.55 * voice)
    nod = sum(_bump((t - start) / 0.55) for start in actor.nods)
    beat = sum(_bump((t - start) / 0.8) for start, _, _ in actor.gestures)
    shake = math.sin(t * 11) * 0.3 * _bump((t - 1.0) / 2.2) if actor.business.shakes else 0.0
    turn, gaze = _attention(actor, t)
    return Pose(
        mouth=mouth,
        shut=max([_lid((t - start) / _BLINK_S) for start in actor.blinks], default=0.0),
        squint=mood.squint,
        wide_eyes=mood.wide_eyes,
        gaze=gaze,
        brow_lift=mood.brow_lift + 0.55 * beat * min(1.0, mood.energy) + 0.2 * mouth.open,
        brow_tilt=mood.brow_tilt,
        smile=mood.smile,
        turn=max(-1.0, min(1.0, turn + 0.07 * drift + 0.10 * quick * energy * voice + shake)),
        nod=mood.nod * 0.6
        + 0.12 * sway
        + 0.55 * nod
        + energy * voice * (0.35 * mouth.open + 0.12 * quick)
        + (-0.75 * _ease(t / 0.9) if actor.business.looks_up else 0.0),
        tilt=0.022 * sway + 0.03 * drift * energy + 0.035 * quick * voice * energy,
        breath=0.5 + 0.5 * math.sin(math.tau * (t / 3.7 + actor.phases[1])),
        lean=0.010 * drift + (0.10 * actor.facing if actor.business.runs else 0.0),
        hands=_hands(actor, t),
        stride=stride_at(actor, t),
        holding="phone" if actor.business.phone else "",
    )


def stride_at(actor: Actor, t: float) -> float | None:
    """Phase of the walk, None when standing."""
    if actor.business.runs:
        return t * 1.55
    if actor.business.walks or actor.business.enters:
        return t * 0.95 if t < actor.seconds * 0.8 else None
    return None


def _feeling(actor: Actor, t: float) -> tuple[Mood, float]:
    """The mood at `t`, and how much of a speaker the figure is just then (0 to 1)."""
    mood, voice = actor.mood, 0.0
    for each in actor.heard:
        share = _ease((t - each.start_s + 0.35) / 0.45) * (1 - _ease((t - each.end_s - 0.25) / 0.6))
        if each.by_me:
            mood = _blend(mood, each.mood, share)
            voice = max(voice, share)
        elif each.mood.energy > 1.25:
            mood = _blend(mood, Mood(brow_lift=0.6, wide_eyes=0.5, smile=0.0), share)
    return mood, voice


def _blend(one: Mood, other: Mood, share: float) -> Mood:
    names = ("brow_lift", "brow_tilt", "squint", "wide_eyes", "smile", "nod", "energy")
    mixed = {
        name: getattr(one, name) + (getattr(other, name) - getattr(one, name)) * share
        for name in names
    }
    return Mood(**mixed)


def _attention(actor: Actor, t: float) -> tuple[float, Point]:
    """Head turn and gaze: at the other, now and then away; towards an unseen voice."""
    toward = actor.facing
    for each in actor.heard:
        if not each.by_me:
            share = _ease((t - each.start_s) / 0.5) * (1 - _ease((t - each.end_s) / 0.5))
            toward += (each.toward - toward) * share
    if actor.business.turns:
        toward = toward * (1 - 2 * _ease((t - 0.8) / 0.7))
    away = _bump(((t + actor.phases[0] * 4) % 4.7 - 3.4) / 1.1)
    up = -0.8 * _ease(t / 0.9) if actor.business.looks_up else 0.0
    return toward * (1 - 0.25 * away), (toward * 0.75 * (1 - 1.5 * away), 0.3 * away + up)


def _hands(actor: Actor, t: float) -> tuple[Point | None, Point | None]:
    hands: list[Point | None] = [None, None]
    s = shoulder_of(actor.looks)
    shapes = ((s * 0.55, 150), (s + 26, 96), (s * 0.4, 118), (s + 44, 176))
    for start, arm, shape in actor.gestures:
        share = _hold((t - start) / _GESTURE_S)
        if share > 0:
            x, y = shapes[shape]
            shaken = math.sin((t - start) * 9) * 7 * share
            hands[0 if arm < 0 else 1] = _toward(actor, arm, (arm * x, y + shaken), share)
    if actor.business.phone:
        hands[1] = _toward(actor, 1, (s * 0.5, 84), _ease(t / 0.8))
    if actor.business.waves:
        wave = (s + 38 + math.sin(t * 10) * 26, -30)
        hands[1] = _toward(actor, 1, wave, _ease(t / 0.5) * (1 - _ease((t - 3) / 0.6)))
    phase = stride_at(actor, t)
    if phase is not None:
        for index, arm in enumerate((-1, 1)):
            swing = math.sin(math.tau * phase) * arm
            run = actor.business.runs
            rest = rest_hand(actor.looks, arm)
            out = arm * 6 if run else 0
            hands[index] = (
                rest[0] + out - swing * (58 if run else 40),
                (208 if run else rest[1] - 10) - abs(swing) * (34 if run else 16),
            )
    return hands[0], hands[1]


def _toward(actor: Actor, arm: int, target: Point, share: float) -> Point:
    x, y = rest_hand(actor.looks, arm)
    return (x + (target[0] - x) * share, y + (target[1] - y) * share)


def _ease(x: float) -> float:
    """0 before 0, 1 after 1, smooth between."""
    x = max(0.0, min(1.0, x))
    return x * x * (3 - 2 * x)


def _bump(x: float) -> float:
    """A soft hill over 0 to 1."""
    return math.sin(math.pi * x) ** 2 if 0 < x < 1 else 0.0


def _lid(x: float) -> float:
    """A blink: shut fast, opened slower."""
    if not 0 < x < 1:
        return 0.0
    return _ease(x / 0.35) if x < 0.5 else 1 - _ease((x - 0.5) / 0.5)


def _hold(x: float) -> float:
    """Up, held, down again over 0 to 1."""
    return _ease(x / 0.24) * (1 - _ease((x - 0.7) / 0.3))
