"""Which of the seven languages words are in, by their letters; honest only as far as that goes."""

from __future__ import annotations

import re

# Characters of written Cantonese that standard Chinese does without.
_CANTONESE = frozenset("嘅係唔佢喺咗冇哋嚟啲咁嘢乜嗰咩喇㗎攞瞓諗")
# Function words that are everyday in one language and no words in the other two; of the short
# ones only those that are not also English ("die", "on", "or").
_GERMAN = frozenset("und ist nicht ich der das ein eine wir sie mit für auch aber".split())  # noqa: SIM905
_FRENCH = frozenset("et est pas je les une nous vous avec pour mais que dans c'est".split())  # noqa: SIM905


def recognise_language(text: str) -> str:
    """The tag of the language that words are most likely in.

    Kana mean Japanese, Hangul Korean, Han characters Cantonese when some only Cantonese has are
    among them, else Mandarin. German and French are told from English by function words: at least
    three, and one word in twelve. Everything else is English.
    """
    kana = sum("\u3041" <= c <= "\u30fa" for c in text)
    hangul = sum("\uac00" <= c <= "\ud7af" for c in text)
    han = sum("\u3400" <= c <= "\u9fff" for c in text)
    letters = sum(c.isalpha() for c in text)
    if 5 * (kana + hangul + han) < letters or not letters:
        return _spaced(text)
    if hangul >= max(kana, han):
        return "ko-KR"
    if 10 * kana >= han:
        return "ja-JP"
    return "yue-Hant-HK" if any(c in _CANTONESE for c in text) else "cmn-Hans-CN"


def _spaced(text: str) -> str:
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text.casefold().replace("’", "'"))
    for tag, known in (("de-DE", _GERMAN), ("fr-FR", _FRENCH)):
        count = sum(word in known for word in words)
        if count >= 3 and count * 12 >= len(words):
            return tag
    return "en"
