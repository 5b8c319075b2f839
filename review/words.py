"""How many of the written words were heard, once both are spelled alike.

English, German and French are compared word by word, Chinese, Japanese and Korean character by
character: spaces are no matter of speech there. What one may write in two ways and say in one is
brought together first: case, punctuation and width everywhere; numbers in figures or in words;
contractions and British spelling in English; traditional and simplified characters in Chinese;
kanji and kana in Japanese, which are compared as they are read. A number in Korean is taken to be
Sino-Korean, so a native one in figures (세 시, 3시) counts as heard wrong.

The libraries come with `hoofbeat[dailies]` and are loaded when first needed.
"""

from __future__ import annotations

import contextlib
import io
import re
import threading
import unicodedata
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

_APOSTROPHES = dict.fromkeys(map(ord, "\u2018\u2019\u02bc"), "'")

Spelling = Callable[[str], str]

_NUMBER = re.compile(r"[0-9]{1,12}")
"""Longer ones are no amounts, and are read in parts on both sides alike."""


def compare(written: str, heard: str, tag: str) -> float:
    """Edits from what was written to what was heard, by word or character, per one written.

    Above 1 where more was said than written; nothing written and nothing heard is 0.
    """
    import jiwer

    wanted, got = units(written, tag), units(heard, tag)
    if not wanted:
        return float(bool(got))
    return float(jiwer.wer(" ".join(wanted), " ".join(got)))


def units(text: str, tag: str) -> list[str]:
    """The words or characters that are compared, in normal spelling; a tag of the house's."""
    straight = unicodedata.normalize("NFKC", text).translate(_APOSTROPHES)
    plain = _bare(_SPELLINGS[tag](straight))
    return plain.split() if tag in _BY_WORD else list(plain.replace(" ", ""))


def _bare(text: str) -> str:
    """Without case, punctuation and marks that only writing has; hyphens and apostrophes part
    words."""
    folded = unicodedata.normalize("NFKC", text.casefold())
    return "".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in folded)


def _english(text: str) -> str:
    return str(_whisper_english()(text))


@cache
def _whisper_english() -> Spelling:
    from whisper_normalizer.english import EnglishTextNormalizer

    spelling: Spelling = EnglishTextNormalizer()
    return spelling


def _german(text: str) -> str:
    return _in_figures(text, "de")


def _french(text: str) -> str:
    return _in_figures(text, "fr")


def _in_figures(text: str, language: str) -> str:
    from text_to_num import alpha2digit

    return str(alpha2digit(text, language))


def _chinese(text: str) -> str:
    """Simplified, with numbers in characters."""
    import cn2an

    simplified = _simplified().convert(text)
    return _NUMBER.sub(lambda found: str(cn2an.an2cn(found.group())), str(simplified))


@cache
def _simplified() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")


def _japanese(text: str) -> str:
    """As it is read, in katakana; as it is written but in one kana where no reader is installed."""
    reader = _japanese_reader()
    if reader is None:
        return text.translate(_KATAKANA)
    # Its dictionary serves one caller at a time, and its rarer kanji go through a call of
    # sudachipy's that is deprecated there.
    with _reading, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return str(reader.g2p(text, kana=True))


@cache
def _japanese_reader() -> Any:
    try:
        # It prints advice about an optional model when it is first loaded.
        with contextlib.redirect_stdout(io.StringIO()):
            import pyopenjtalk
    except ImportError:
        return None
    return pyopenjtalk


_reading = threading.Lock()
_KATAKANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}


def _korean(text: str) -> str:
    from num2words import num2words

    return _NUMBER.sub(lambda found: str(num2words(int(found.group()), lang="ko")), text)


_BY_WORD = frozenset({"en", "de-DE", "fr-FR"})
_SPELLINGS: dict[str, Spelling] = {
    "en": _english,
    "de-DE": _german,
    "fr-FR": _french,
    "cmn-Hans-CN": _chinese,
    "yue-Hant-HK": _chinese,
    "ja-JP": _japanese,
    "ko-KR": _korean,
}
