"""How long words take to say, before anyone has said them.

The estimate is spoken units over a speaking rate, plus pauses at punctuation. No synthesiser is
needed at run time; `RATES` says which one was listened to.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from storyboard.languages import language as find_language


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How one language is counted, and how fast its units are spoken."""

    per_second: float
    """Units a second: syllables, or morae in Japanese."""
    digit: float
    """Units of a digit: 42 is three syllables in English, four in German."""
    han: float = 1.0
    """Units of a Chinese character."""
    syllable: float = 1.0
    """Units of a syllable in Latin letters."""
    silent_ending: str = ""
    """Pattern of word endings whose last vowel is not spoken."""


RATES: dict[str, Rate] = {
    "en": Rate(per_second=4.9, digit=1.7, silent_ending=r"[^aeiouyl]e$|[aeiouy]le$|[^aeiouytd]ed$"),
    "cmn-Hans-CN": Rate(per_second=4.1, digit=1.6),
    "yue-Hant-HK": Rate(per_second=4.6, digit=1.5),
    "ja-JP": Rate(per_second=8.2, digit=2.6, han=1.9, syllable=1.5),
    "ko-KR": Rate(per_second=5.4, digit=1.6),
    "de-DE": Rate(per_second=5.2, digit=2.0),
    "fr-FR": Rate(per_second=6.1, digit=1.5, silent_ending=r"[^aeiouy]es?$|[^aeiouym]ent$"),
}
"""Fitted by least squares to espeak-ng 1.52.0 (espeakng-loader 0.2.4), voices en-us, cmn, yue, ja
(kana), ko, de and fr at their default 175 words a minute: twelve sentences of one to eight seconds
in each language, silence at both ends cut off at 0.5 % of full scale. Units a second, free pauses:

    en 4.95   cmn 4.07   yue 4.70   ja 8.59   ko 5.34   de 5.40   fr 6.22

and with the pauses below: 4.89, 4.07, 4.65, 8.32, 5.49, 5.16, 6.32. The table is rounded towards
the slower, for comfort. The sentences and what was measured are in tests/storyboard/spoken.tsv;
a sentence longer than a second is estimated within 25 %, all of a language within 5 %.
"""

COMMA_SECONDS = 0.2
STOP_SECONDS = 0.38
SHORTEST_SPEECH_SECONDS = 0.4

_STOP = re.compile(r"[.!?]+(?=[\s\"'”’»)\]]|$)|\.{2,}|[…。！？．｡]+")
_COMMA = re.compile(r"[,;:](?=[\s\"'”’»)\]]|$)|[、，；：､—–]+|--+")
_LATIN_WORD = re.compile(r"[a-zßæœøıłđðþ]+", re.IGNORECASE)
_VOWELS = re.compile(r"[aeiouyæœøı]+")
_SMALL_KANA = frozenset("ぁぃぅぇぉゃゅょゎァィゥェォャュョヮヵヶ")
_READ_OUT = frozenset("%‰$€£¥₩&+=@#°℃")


def speech_seconds(text: str, language: str) -> Fraction:
    """How long a person takes to say `text`, in hundredths; LanguageError for an unknown tongue."""
    said = text.strip()
    seconds = talking_seconds(said, language) - _last_pause(said)
    return Fraction(round(max(seconds, SHORTEST_SPEECH_SECONDS) * 100), 100)


def talking_seconds(text: str, language: str) -> float:
    """The same with the pause after the last word and no floor, so that parts of a text add up."""
    rate = RATES[find_language(language).tag]
    return _units(text, rate) / rate.per_second + _pauses(text)


def _pauses(text: str) -> float:
    return STOP_SECONDS * len(_STOP.findall(text)) + COMMA_SECONDS * len(_COMMA.findall(text))


def _last_pause(text: str) -> float:
    """Silence asked for by the punctuation after the last thing said: nobody waits for it."""
    said = len(text)
    while said and not (text[said - 1].isalnum() or text[said - 1] in _READ_OUT):
        said -= 1
    return _pauses(text[said:])


def _units(text: str, rate: Rate) -> float:
    text = unicodedata.normalize("NFKC", text)
    return _latin_units(text, rate) + sum(_character_units(c, rate) for c in text)


def _latin_units(text: str, rate: Rate) -> float:
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn")
    return rate.syllable * sum(_syllables(word, rate) for word in _LATIN_WORD.findall(bare))


def _syllables(word: str, rate: Rate) -> int:
    """Groups of vowels; letters in an abbreviation that has none."""
    low = word.lower()
    groups = len(_VOWELS.findall(low))
    if groups > 1 and rate.silent_ending and re.search(rate.silent_ending, low):
        groups -= 1
    return groups or (len(word) if word.isupper() else 1)


def _character_units(character: str, rate: Rate) -> float:
    """Everything but Latin letters, which are counted by the word."""
    if character.isdigit():
        return rate.digit
    if character in _READ_OUT:
        return 2 * rate.syllable
    return _letter_units(character, rate)


@lru_cache(maxsize=4096)
def _letter_units(character: str, rate: Rate) -> float:
    if not character.isalpha() or character in _SMALL_KANA:
        # The long-vowel mark of kana is a letter to Unicode, as it should be: one mora.
        return 0.0
    name = unicodedata.name(character, "")
    if name.startswith("LATIN"):
        return 0.0
    return rate.han if name.startswith("CJK") else 1.0
