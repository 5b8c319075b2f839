"""Words in the sentences of a template, with each language's full stop; and words cut to a time."""

from __future__ import annotations

from fractions import Fraction

from storyboard.letters import speakable
from storyboard.phrases import clauses, sentences
from storyboard.speech import speech_seconds

_WIDE_STOPS = ("cmn-Hans-CN", "yue-Hant-HK", "ja-JP")
_ENDS = tuple(".!?…。！？")


def sentence(words: str, tag: str) -> str:
    """The words, ended as a sentence of that language is."""
    said = " ".join(words.split())
    if not said or said.rstrip("\"'”’»)」』）")[-1:] in _ENDS:
        return said
    return said.rstrip(",;:，、；：") + ("。" if tag in _WIDE_STOPS else ".")


def cut_to(words: str, tag: str, seconds: Fraction) -> str:
    """As many whole sentences from the start as can be said in that time; where not even one can,
    the first clauses of it, or else the first sentence that can; nothing where none can."""
    whole = sentences(words)
    for parts in (whole, clauses(whole[0]), *((each,) for each in whole[1:])):
        best = ""
        for end in range(1, len(parts) + 1):
            said = " ".join("".join(parts[:end]).split())
            if speech_seconds(said, tag) > seconds:
                break
            best = said
        if speakable(best):
            return sentence(best, tag)
    return ""
