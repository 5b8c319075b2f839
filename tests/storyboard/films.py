"""Small films of our own, built by hand, and strategies that invent others."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from storyboard.board import Character, Line, Scene, Shot, Source, Storyboard
from storyboard.cues import CueSheet
from storyboard.request import Capabilities, Take

ENGINE = Capabilities(
    engine="sketch",
    languages=("en", "cmn-Hans-CN", "ja-JP", "de-DE"),
    aspects={"9:16": ((256, 448), (1080, 1920)), "16:9": ((448, 256), (1920, 1080))},
    preview_cost=0.5,
    render_cost=2.0,
)

LONG_EN = (
    "Every evening at seven o'clock I climb the stairs, light the lamp, and wait for a ship that "
    "never comes. I have waited for twenty years, and nobody has ever asked me why."
)
LONG_ZH = (
    "每天晚上七点，我爬上楼梯，点亮灯，等一艘永远不会来的船。我等了二十年，从来没有人问过我为什么。"
)


def said(number: int, speaker: str, en: str, zh: str = "", **more) -> Line:
    text = {"en": en} | ({"cmn-Hans-CN": zh} if zh else {})
    source = Source(file="tide.fountain", line=10 * number)
    return Line(id=f"l{number}", speaker=speaker, text=text, source=source, **more)


def shot(number: int, *lines: Line, **more) -> Shot:
    more.setdefault("cast", tuple(dict.fromkeys(x.speaker for x in lines if not x.heard_only)))
    source = Source(file="tide.fountain", line=10 * number - 1)
    return Shot(id=f"s1-{number}", lines=lines, source=source, **more)


def board(*shots: Shot, **more) -> Storyboard:
    """One scene in a lighthouse at night, with Mia and Ben in it."""
    scene = Scene(
        id="s1",
        heading="INT. LIGHTHOUSE - NIGHT",
        place="lighthouse",
        time_of_day="NIGHT",
        sound="waves, a distant horn",
        shots=shots,
    )
    more.setdefault("scenes", (scene,))
    return Storyboard(
        title="Tide",
        slug="tide",
        language="en",
        characters=(
            Character(
                id="mia",
                name="MIA",
                looks="34, black hair in a bun, red coat",
                voice="woman, low, unhurried",
            ),
            Character(id="ben", name="BEN", looks="60, grey beard, blue pullover"),
            Character(id="ada", name="ADA", looks="8, yellow raincoat"),
        ),
        source=Source(file="tide.fountain", line=1),
        **more,
    )


def tide() -> Storyboard:
    """Silence, a short exchange, a long speech after a dissolve, a voice from outside."""
    return board(
        shot(1, action="Mia climbs the last steps and stops at the lamp.", cast=("mia",)),
        shot(2, said(2, "mia", "Who is there?", "谁在那里？", delivery="whispering")),
        shot(3, said(3, "ben", "Only me.", "只有我。")),
        shot(4, said(4, "ben", LONG_EN, LONG_ZH), transition="dissolve"),
        shot(
            5,
            said(5, "mia", "It was for you.", "是打给你的。", heard_only=True),
            action="The telephone rings.",
            framing="insert",
        ),
    )


def takes(sheet: CueSheet) -> dict[str, Take]:
    """Takes exactly as the sheet asked for them."""
    return {
        shot.id: Take(
            key=f"key-{shot.id}",
            engine="sketch",
            fingerprint="1",
            seed=1,
            seconds=shot.seconds,
            files=(),
        )
        for shot in sheet.shots
    }


_EN_WORDS = (
    "I", "know", "the", "sea,", "and", "light;", "Margaret", "telephone", "never.", "Where?",
    "lighthouse!", "42", "o'clock", "--", "a.k.a.", "twenty-two", '"stop"', "(no)", "yes:", "Mr.",
)  # fmt: skip
_EN = st.lists(st.sampled_from(_EN_WORDS), min_size=1, max_size=60).map(" ".join)
_ZH = st.lists(
    st.sampled_from(
        ["灯塔", "我", "等了", "二十年，", "船。", "为什么？", "从来没有", "Mia", "42", "啊……"]
    ),
    min_size=1,
    max_size=40,
).map("".join)
_JA = st.lists(
    st.sampled_from(
        ["灯台の", "ひかりが、", "きえた。", "二十年", "待って", "いました。", "なぜ？", "ランプ"]
    ),
    min_size=1,
    max_size=40,
).map("".join)

TONGUES = ("en", "cmn-Hans-CN", "ja-JP")


@st.composite
def _lines(draw, number: int) -> tuple[Line, ...]:
    def line(part: int) -> Line:
        return Line(
            id=f"l{number}-{part}",
            speaker=draw(st.sampled_from(["mia", "ben", "ada"])),
            text={
                tongue: draw(text.filter(lambda t: any(c.isalnum() for c in t)))
                for tongue, text in zip(TONGUES, (_EN, _ZH, _JA), strict=True)
            },
            heard_only=draw(st.booleans()),
        )

    return tuple(line(part) for part in range(draw(st.sampled_from([0, 1, 1, 1, 2, 3]))))


@st.composite
def _shots(draw, scene: int, number: int) -> Shot:
    return Shot(
        id=f"s{scene}-{number}",
        lines=draw(_lines(10 * scene + number)),
        action=draw(st.sampled_from(["", "She waits.", "The lamp goes out over the black water."])),
        cast=draw(st.sampled_from([(), ("mia",), ("ben", "mia"), ("ada", "ben", "mia")])),
        framing=draw(st.sampled_from(["wide", "medium", "close", "two-shot", "insert"])),
        transition=draw(st.sampled_from(["cut", "cut", "dissolve", "fade"])),
        sound=draw(st.sampled_from(["", "wind"])),
        seconds=draw(
            st.sampled_from([None, None, None, Fraction(1, 2), Fraction(6), Fraction(30)])
        ),
    )


@st.composite
def films(draw) -> Storyboard:
    """Boards of one to three scenes with words in three languages."""
    scenes = []
    for scene in range(1, draw(st.integers(1, 3)) + 1):
        count = draw(st.integers(1, 5))
        shots = tuple(draw(_shots(scene, number)) for number in range(1, count + 1))
        scenes.append(Scene(id=f"s{scene}", heading=f"INT. ROOM {scene}", shots=shots))
    return board(scenes=tuple(scenes))
