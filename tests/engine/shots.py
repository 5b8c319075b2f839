"""Small requests to an engine, and lines to speak in each of the seven languages."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from storyboard.request import Figure, Request, Speech

TOM = Figure(name="TOM", looks="man, 27, short brown hair", voice="young man, quick")
MARA = Figure(name="MARA", looks="woman, 70, white hair in a bun", voice="old woman, low, calm")

LINES = {
    "en": ("Nobody sails here any more.", "Then you have an hour to change your mind."),
    "cmn-Hans-CN": ("这里早就没有船了。", "那你还有一个小时改变主意。"),
    "yue-Hant-HK": ("呢度一早冇船行喇。", "咁你仲有一個鐘頭改變主意。"),
    "ja-JP": ("ここを通る船は、もうありません。", "なら、あと一時間あるね。"),
    "ko-KR": ("이제 여기를 지나는 배는 없어요.", "그럼 마음을 바꿀 시간이 있네."),
    "de-DE": ("Hier fährt doch niemand mehr.", "Dann hast du noch eine Stunde."),
    "fr-FR": ("Plus personne ne navigue par ici.", "Alors il te reste une heure."),
}


def speech(text: str, start: float = 0.4, end: float = 3.4, **more: Any) -> Speech:
    return Speech(**{"speaker": 0, "text": text, "start": start, "end": end} | more)


def shot(*speeches: Speech, **more: Any) -> Request:
    """Five seconds, upright, in a room in which it rains; whatever is given instead."""
    plain = {
        "prompt": "",
        "language": "en" if speeches else None,
        "place": "LAMP ROOM",
        "framing": "two-shot",
        "sound": "rain on glass",
        "figures": (TOM, MARA),
        "speeches": speeches,
        "seconds": Fraction(5),
        "frame_rate": 25,
        "aspect": "9:16",
        "preview_size": (256, 448),
        "render_size": (1080, 1920),
        "seed": 5,
    }
    return Request(**plain | more)
