"""Text as written to text as espeak-ng can read it, in each of the seven languages.

Takes out what is not speech (marks of emphasis, emoji, markup, control characters), writes out
what espeak-ng would read in English or spell (percent signs, times of day), and gives Japanese in
kana, because espeak-ng reads a kanji as the English words "Chinese letter".
"""

from __future__ import annotations

import contextlib
import io
import re
import threading
import unicodedata
import warnings
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import TypedDict

from engine.animatic.espeak import espeak_version
from engine.interface import EngineUnavailable, RequestRefused

ESPEAK_VOICES = {
    "en": "en-us",
    "cmn-Hans-CN": "cmn",
    "yue-Hant-HK": "yue",
    "ja-JP": "ja",
    "ko-KR": "ko",
    "de-DE": "de",
    "fr-FR": "fr",
}
"""Tag of `storyboard.languages` to the espeak-ng voice; "fr-fr" is no voice, "fr" is."""

_WRITTEN_OUT: dict[str, tuple[tuple[str, str], ...]] = {
    "en": ((r"(\d{1,2}):(\d{2})", r"\1 \2"), ("&", " and ")),
    "cmn-Hans-CN": (
        (r"(\d{1,2}):(\d{2})", r"\1点\2分"),
        (r"(\d[\d.]*)\s*%", r"百分之\1"),
        (r"(\d)\s*°C?", r"\1度"),
        ("&", "和"),
    ),
    "yue-Hant-HK": (
        (r"(\d{1,2}):(\d{2})", r"\1點\2分"),
        (r"(\d[\d.]*)\s*%", r"百分之\1"),
        (r"(\d)\s*°C?", r"\1度"),
        ("&", "同"),
    ),
    "ja-JP": ((r"(\d{1,2}):(\d{2})", r"\1時\2分"), ("&", "と")),
    "ko-KR": (
        (r"(\d{1,2}):(\d{2})", r"\1시 \2분"),
        (r"(\d)\s*%", r"\1 퍼센트"),
        ("&", " 그리고 "),
    ),
    "de-DE": ((r"(\d{1,2}):(\d{2})", r"\1 Uhr \2"), ("&", " und ")),
    "fr-FR": ((r"(\d{1,2}):(\d{2})", r"\1 heures \2"), ("&", " et ")),
}

_MARKUP = re.compile(r"<[^<>]{0,80}>|[\[\]{}<>*_~^|\\#=+@`]")
_TRAILING_OFF = re.compile(r"\s*(?:\.{2,}|,)(?:\s*[.,])*")
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")
_LONG = re.compile("(.)([アイウエオ]?)ー+")
_PAUSES = str.maketrans(
    {
        "—": ", ",
        "–": ", ",
        "―": ", ",
        "～": "",
        "〜": "",
        **dict.fromkeys('「」『』《》〈〉【】〔〕“”„«»"()（）', " "),
        **dict.fromkeys("‘’ʼ＇", "'"),
    }
)
_SPEECH_CATEGORIES = ("L", "M", "N", "P", "Z", "Sc")
_japanese = threading.Lock()


class _Word(TypedDict):
    string: str
    pron: str
    pos: str


def voice_versions() -> dict[str, str]:
    """Of what turns words into sounds, in the moments and at the pitch that takes have them;
    EngineUnavailable where it is not installed."""
    try:
        return {"espeak-ng": espeak_version(), "kana": version("pyopenjtalk-plus")}
    except PackageNotFoundError as missing:
        raise _no_kana() from missing


def _no_kana() -> EngineUnavailable:
    return EngineUnavailable(
        "Japanese is read with pyopenjtalk-plus, which is not installed: "
        "run pip install 'hoofbeat[voices]' (make demo does it for you)"
    )


def espeak_voice(language: str) -> str:
    """The espeak-ng voice of a language; RequestRefused lists those that can be spoken."""
    if language not in ESPEAK_VOICES:
        raise RequestRefused(
            f"espeak-ng does not speak {language} here; it speaks {', '.join(ESPEAK_VOICES)}"
        )
    return ESPEAK_VOICES[language]


def readable(text: str, language: str) -> str:
    """`text` as espeak-ng can read it aloud; "" when nothing of it is speech."""
    spoken = unicodedata.normalize("NFKC", text)
    for pattern, written_out in _WRITTEN_OUT[language]:
        spoken = re.sub(pattern, written_out, spoken)
    spoken = _only_speech(spoken).translate(_PAUSES)
    if language == "ja-JP":
        spoken = _kana(spoken)
    spoken = _TRAILING_OFF.sub(",", spoken)
    spoken = re.sub(r"\s+", " ", spoken).strip(" ,")
    return spoken if any(character.isalnum() for character in spoken) else ""


def _only_speech(text: str) -> str:
    """Without markup, emoji and control characters; "Nooooo" is "No"."""
    unmarked = _MARKUP.sub(" ", text)
    spoken = "".join(character if _is_speech(character) else " " for character in unmarked)
    return _DRAWN_OUT.sub(r"\1", spoken)


def _is_speech(character: str) -> bool:
    return unicodedata.category(character).startswith(_SPEECH_CATEGORIES)


def _kana(text: str) -> str:
    """Readings of Japanese words in katakana, particles as they sound, punctuation kept."""
    with _japanese:
        words = _analyse(text)
    kana = "".join(_reading(word, following) for word, following in _pairs(words))
    return _LONG.sub(_lengthened, kana)


def _lengthened(long: re.Match[str]) -> str:
    """A long vowel with one mark of length: espeak-ng names any further mark, in English."""
    kana, vowel = long.groups()
    alike = vowel and unicodedata.name(kana, "")[-1:] == unicodedata.name(vowel)[-1]
    return f"{kana}{'' if alike else vowel}ー"


def _analyse(text: str) -> list[_Word]:
    analyser = _analyser()
    with warnings.catch_warnings():
        # Its rarer kanji go through sudachipy, by a call sudachipy has deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        return analyser.run_frontend(text)


@cache
def _analyser() -> ModuleType:
    try:
        # It prints advice about an optional model when it is first loaded.
        with contextlib.redirect_stdout(io.StringIO()):
            import pyopenjtalk
    except ImportError as missing:
        raise _no_kana() from missing
    return pyopenjtalk


def _pairs(words: list[_Word]) -> Iterable[tuple[_Word, str]]:
    """Each word with the reading of the word after it."""
    followers = [word["pron"] for word in words[1:]]
    return zip(words, [*followers, ""][: len(words)], strict=True)


def _reading(word: _Word, following: str) -> str:
    if word["pos"] == "記号" and word["pron"] in "、。？！":
        return unicodedata.normalize("NFKC", word["string"])
    if word["string"] == "何" and following[:1] in "タダテデトドナノ" and following:
        return "ナン"
    return word["pron"].replace("’", "")
