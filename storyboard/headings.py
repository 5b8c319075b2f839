"""Scene headings: `INT. LIGHTHOUSE - LAMP ROOM - NIGHT` to where and when a scene is."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where and when, in the heading's own words."""

    interior: bool
    place: str
    time_of_day: str
    crowded_dash: bool = False
    """The time was told from the place only by knowing the word: `PARK--DAY`, `病院-日`."""


_PREFIX = re.compile(
    r"(?P<where>INT\.?/EXT|EXT\.?/INT|INT|EXT|EST|I/E|E/I|内景|外景|室内|室外|屋内|屋外)[.。．:：,，、\s]+",
    re.IGNORECASE,
)
_OUTSIDE = {"EXT", "EST", "EXT/INT", "E/I", "外景", "室外", "屋外"}

_DASH = re.compile(r"\s[-–—]+\s|\s?(?:--+|[–—])\s?|[-－]")

_TIMES = frozenset(
    {
        *("day", "night", "morning", "afternoon", "evening", "dawn", "dusk", "noon", "midnight"),
        *("sunrise", "sunset", "twilight", "daybreak", "later", "continuous", "same", "moments"),
        *("tag", "nacht", "morgen", "mittag", "nachmittag", "abend", "dämmerung", "mitternacht"),
        *("jour", "nuit", "matin", "midi", "soir", "aube", "crépuscule", "minuit"),
        *("낮", "밤", "아침", "저녁", "새벽", "오후", "오전", "정오"),
        *("日", "夜", "晨", "昼", "朝", "夕", "晚", "白天", "夜晚", "晚上", "早晨", "清晨", "上午"),
        *("中午", "下午", "傍晚", "黄昏", "黃昏", "午后", "凌晨", "深夜", "半夜", "夕方", "夜明け"),
        *("早朝", "真夜中", "正午", "日内", "夜内"),
    }
)

STILL = frozenset({"continuous", "same", "later", "moments later", "same time"})
"""Times that mean the scene before: nothing to draw a sky from."""


def setting(heading: str) -> Setting:
    """What a heading says; a heading without INT. or EXT. is taken as indoors."""
    prefix = _PREFIX.match(heading)
    where = prefix.group("where").upper().replace(".", "") if prefix else ""
    rest = heading[prefix.end() :].strip() if prefix else heading.strip()
    place, dash, time = _part(rest)
    return Setting(
        interior=where not in _OUTSIDE,
        place=place,
        time_of_day=time,
        crowded_dash=bool(dash) and not dash.isspace() and dash == dash.strip(),
    )


def _part(words: str) -> tuple[str, str, str]:
    """Place, dash and time, parted at the last dash that has a time behind it."""
    for dash in reversed(list(_DASH.finditer(words))):
        time = words[dash.end() :].strip()
        if len(time) <= 40 and _is_time(time):
            return words[: dash.start()].strip(), dash.group(), time
    return ("", "", words) if words.casefold() in _TIMES else (words, "", "")


def _is_time(words: str) -> bool:
    return any(word in _TIMES for word in re.findall(r"\w+", words.casefold()))
