"""Ambience from a sound note: what the place sounds like under and between the words.

The words of the note name sources (`engine.animatic.sources`), each synthesised from the request's
seed and mixed at a level that leaves the words alone.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.animatic.sources import SOURCES, shaped
from engine.animatic.tone import SOUND_RATE_HZ, Stereo, amplitude, faded, limited
from storyboard.request import Request

UNDER_SPEECH_DBFS = -36.0
ALONE_DBFS = -31.0
"""A shot nobody speaks in lets its place be heard; 5 dB are no jump at a cut."""

ROOM_DBFS, OUTSIDE_DBFS = -44.0, -40.0
"""What is heard of a place when nothing is said of its sound."""

_EAR_S = 0.3
_CREST_DB = 20.0

FADE_S = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One thing the note names."""

    kind: str
    gain_db: float = 0.0
    """Against the level of the mix: -8 for something distant, 4 for something loud."""
    distant: bool = False


def ambience(request: Request) -> Stereo:
    """The bed of the whole shot at 48 kHz, exactly as long, both ends faded; equal every time."""
    count = round(request.seconds * SOUND_RATE_HZ)
    heard = things_heard(request.sound, interior=request.interior, place=request.place)
    mix = np.zeros((2, count))
    for thing in heard:
        mix += _levelled(_source(thing, request.seed, count), _gain(thing))
    return limited(faded(_levelled(mix, _target(request, heard)).astype(np.float32), FADE_S))


def things_heard(note: str, *, interior: bool, place: str = "") -> tuple[Heard, ...]:
    """What a note such as "rain on glass, a distant horn" names, and always a little room.

    A note that names nothing known is answered by what the place suggests.
    """
    found = [heard for phrase in _phrases(note) for heard in _named(phrase)]
    if not found:
        found = [Heard(kind=h.kind, gain_db=-4, distant=h.distant) for h in _named(place.lower())]
    room = Heard(kind="room" if interior else "air", gain_db=-14 if found else 0)
    unique = {heard.kind: heard for heard in reversed(found)}
    return (*reversed(unique.values()), room)


def _target(request: Request, heard: tuple[Heard, ...]) -> float:
    if len(heard) == 1:
        return ROOM_DBFS if request.interior else OUTSIDE_DBFS
    return UNDER_SPEECH_DBFS if request.speeches else ALONE_DBFS


def _phrases(note: str) -> list[str]:
    return [
        part for part in re.split(r"[,;.，、。；]| and | und | et ", note.lower()) if part.strip()
    ]


def _named(phrase: str) -> list[Heard]:
    distant = bool(re.search(_DISTANT, phrase))
    gain = (-6.0 if distant else 0.0) + (4.0 if re.search(_LOUD, phrase) else 0.0)
    return [
        Heard(kind=kind, gain_db=gain, distant=distant)
        for pattern, kind in _WORDS
        if re.search(pattern, phrase)
    ]


def _source(thing: Heard, seed: int, count: int) -> NDArray[np.float64]:
    name = f"{thing.kind} {seed}".encode()
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(name).digest()[:8]))
    wave = SOURCES[thing.kind](rng, count)
    return shaped(wave, low_hz=0, high_hz=1200, slope=1) if thing.distant else wave


def _gain(thing: Heard) -> float:
    return -20 + thing.gain_db + _BALANCE_DB.get(thing.kind, 0.0)


def _levelled(wave: NDArray[np.float64], dbfs: float) -> NDArray[np.float64]:
    """With its loudest `_EAR_S` at that level, and no click more than `_CREST_DB` above it.

    The mean over the whole would make a single knock as loud as a minute of rain.
    """
    width = round(_EAR_S * SOUND_RATE_HZ)
    whole = wave[:, : wave.shape[1] // width * width].reshape(2, -1, width)
    loudest = float(np.sqrt(np.mean(whole**2, axis=(0, 2)).max()))
    loudest = max(loudest, float(np.abs(wave).max()) / amplitude(_CREST_DB))
    return wave * (amplitude(dbfs) / loudest) if loudest > 1e-9 else wave


_BALANCE_DB = {"clock": -10.0, "keys": -6.0, "beep": -8.0, "music": -3.0, "siren": -4.0}
"""Sounds that the ear picks out of any mix."""

_DISTANT = r"distant|far|faint|muffled|soft|quiet|远|遠|遥か|멀리|fern|leise|lointain"
_LOUD = r"loud|heavy|roar|howl|crash|pounding|storm|大|激し|큰|laut|heftig|fort\b"

_WORDS: tuple[tuple[str, str], ...] = (
    (r"\brain|drizzle|downpour|storm|雨|비\b|빗|regen|pluie", "rain"),
    (r"\bwind|breeze|gust|gale|storm|风|風|바람|brise|\bvent\b", "wind"),
    (
        r"\bwaves?\b|\bsea\b|ocean|surf\b|beach|shore|harbou?r|海|浪|波|파도|바다|wellen|meer|vague|\bmer\b",
        "waves",
    ),
    (r"river|stream\b|fountain|brook|water|tap\b|水|川|河|강물|wasser|fluss|rivière", "water"),
    (
        r"traffic|street|city|cars?\b|road|highway|engine|街|车|車|交通|도시|거리|verkehr|straße|stadt|rue\b|ville",
        "traffic",
    ),
    (
        r"crowd|murmur|chatter|people|caf[eé]|restaurant|party|market|bar\b|人群|人声|ざわ|사람|menge|foule|kneipe",
        "crowd",
    ),
    (
        r"machine|\bhum\b|humm|fridge|computer|server|generator|fan\b|ventilat|机器|機械|기계|maschine|brumm",
        "machine",
    ),
    (r"\bfire|camp ?fire|crackling (log|wood)|flames?|hearth|火|焚|불꽃|feuer|\bfeu\b", "fire"),
    (r"static|radio|crackle|tuning|无线|無線|ラジオ|라디오|funk|rausch", "static"),
    (r"cricket|cicada|night insects|insects|虫|蝉|귀뚜|grille|grillon", "crickets"),
    (
        r"\bbird|chirp|gull|seagull|dawn chorus|park\b|garden|鸟|鳥|새소리|vogel|vögel|oiseau",
        "birds",
    ),
    (r"leaves|rustl|trees|forest|woods|叶|葉|森|林|숲|wald|blätter|forêt", "leaves"),
    (r"music|piano|guitar|strings|melody|violin|音乐|音楽|音樂|음악|musik|musique", "music"),
    (r"car horn|honk|hupe|klaxon|喇叭", "car horn"),
    (r"(?<!car )\bhorn\b|fog ?horn|ship'?s? whistle|汽笛|雾笛|霧笛|뱃고동|nebelhorn|corne", "horn"),
    (r"thunder|lightning|雷|천둥|donner|tonnerre", "thunder"),
    (r"clock|tick|钟|時計|时钟|시계|\buhr|horloge|tic-tac", "clock"),
    (r"\bbark|dogs?\b|yip|狗|犬|吠|개\b|hund|aboie|chien", "bark"),
    (r"buzz|vibrat|震动|振動|バイブ|진동|summ", "buzz"),
    (r"\bring(s|ing|tone)?\b|phone call|铃|鈴|着信|벨소리|klingel|sonne", "ring"),
    (r"beep|monitor|嘟|ピッ|삐|piep|bip", "beep"),
    (r"knock|敲门|ノック|노크|klopf|frappe", "knock"),
    (r"footstep|steps\b|walking|脚步|足音|발소리|schritt|pas\b", "steps"),
    (r"\bdoor\b|门|扉|ドア|문\b|\btür|porte", "door"),
    (r"\bbells?\b|chime|church|钟声|鐘|종소리|glocke|cloche", "bell"),
    (r"siren|alarm|警笛|サイレン|사이렌|sirene|sirène", "siren"),
    (r"heart ?beat|心跳|鼓動|심장|herzschlag|battement", "heartbeat"),
    (r"typing|keyboard|键盘|キーボード|키보드|tippen|clavier", "keys"),
    (r"applause|clapping|掌声|拍手|박수|applaus|applaudiss", "applause"),
)
"""A word of a note, in any of the seven languages, to the source it names."""
