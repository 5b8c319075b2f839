"""Phonemes to mouth shapes, for every sound of the seven languages.

espeak-ng names sounds in IPA, with ASCII spellings where it has no IPA ("th" in Mandarin, "aa" in
Cantonese); both are read letter by letter, so that diphthongs and affricates move. The shapes
follow the viseme groups of MPEG-4 (ISO/IEC 14496-2, table C-1), finer for rounded vowels.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from engine.animatic.espeak import Phoneme
from engine.animatic.mouth import REST, Mouth, MouthCue

CLOSING_S = 0.05
"""Lips close for p, b and m before they are heard: espeak-ng's event marks the burst."""


def _shape(
    opened: float, wide: float, rounded: float, teeth: float = 0, tongue: float = 0
) -> Mouth:
    return Mouth(open=opened, wide=wide, round=rounded, teeth=teeth, tongue=tongue)


_VOWELS: dict[str, Mouth] = {
    **dict.fromkeys("aäɐɑʌæ", _shape(0.85, 0.3, 0.0, teeth=0.3)),
    **dict.fromkeys("ɒɔɶ", _shape(0.65, 0.0, 0.55)),
    **dict.fromkeys("oɤɵ", _shape(0.45, 0.0, 0.8)),
    **dict.fromkeys("uʊɯʉ", _shape(0.25, 0.0, 0.95)),
    **dict.fromkeys("yʏ", _shape(0.22, 0.1, 0.9)),
    **dict.fromkeys("øœ", _shape(0.4, 0.0, 0.75)),
    **dict.fromkeys("iɪɨ", _shape(0.28, 0.9, 0.0, teeth=0.5)),
    **dict.fromkeys("eɛɘ", _shape(0.5, 0.65, 0.0, teeth=0.4)),
    **dict.fromkeys("əɜɚɝɞ", _shape(0.4, 0.25, 0.1, teeth=0.2)),
}
_CONSONANTS: dict[str, Mouth] = {
    **dict.fromkeys("pbmʙ", REST),
    **dict.fromkeys("fvɱʋ", _shape(0.12, 0.25, 0.0, teeth=1.0)),
    **dict.fromkeys("ɸβ", _shape(0.1, 0.0, 0.5)),
    **dict.fromkeys("wʍɥ", _shape(0.18, 0.0, 1.0)),
    **dict.fromkeys("szc", _shape(0.12, 0.5, 0.0, teeth=0.9)),
    **dict.fromkeys("ʃʒʂʐɕʑ", _shape(0.2, 0.0, 0.55, teeth=0.7)),
    **dict.fromkeys("θð", _shape(0.22, 0.2, 0.0, teeth=0.5, tongue=1.0)),
    **dict.fromkeys("lɫɭʎɾrɽ", _shape(0.3, 0.25, 0.0, teeth=0.3, tongue=0.8)),
    **dict.fromkeys("tdnɲ", _shape(0.2, 0.3, 0.0, teeth=0.5, tongue=0.4)),
    **dict.fromkeys("ɹɻ", _shape(0.25, 0.0, 0.45, tongue=0.2)),
    **dict.fromkeys("jç", _shape(0.22, 0.7, 0.0, teeth=0.5)),
    **dict.fromkeys("kɡgŋxχhɦɣɴʁqʔɰ", _shape(0.3, 0.15, 0.0, teeth=0.2)),
}
_SHAPES = _VOWELS | _CONSONANTS
_SPELLINGS = {"nɡ": "ŋ", "ng": "ŋ", "ʲ": "j", "ʷ": "w"}
_OTHER_VOWEL = _VOWELS["ə"]
_OTHER_CONSONANT = _CONSONANTS["k"]
_CLOSED = frozenset("pbm")


def mouth_cues(phonemes: Sequence[Phoneme], offset_s: float = 0.0) -> tuple[MouthCue, ...]:
    """What the mouth does while the phonemes are heard, `offset_s` later than they say.

    Pauses have no cue, so that the mouth comes to rest.
    """
    cues: list[MouthCue] = []
    for phoneme in phonemes:
        letters = sounds(phoneme.name)
        if not letters:
            continue
        if letters[0] in _CLOSED:
            _make_room(cues, offset_s + phoneme.start_s - CLOSING_S)
        cues.extend(_spread(phoneme, letters, offset_s))
    return tuple(cues)


def sounds(name: str) -> str:
    """The letters of a phoneme that the mouth shows, without stress, length and tone: "ˈoʊ" "oʊ".

    Aspiration is no shape of its own ("th" of Mandarin is a t) and a doubled letter is one long
    sound.
    """
    for spelled, sound in _SPELLINGS.items():
        name = name.replace(spelled, sound)
    plain = "".join(_letters(name))
    if len(plain) > 1 and plain[-1] == "h" and plain[-2] not in _VOWELS:
        plain = plain[:-1]
    return "".join(letter for i, letter in enumerate(plain) if letter != plain[i - 1 : i])


def shape(sound: str) -> Mouth:
    """The mouth of one letter of `sounds`; a letter never seen is guessed to be like its kind."""
    base = unicodedata.normalize("NFD", sound)[:1].lower()
    known = _SHAPES.get(sound) or _SHAPES.get(base)
    if known is not None:
        return known
    return _OTHER_VOWEL if _sounds_like_a_vowel(sound) else _OTHER_CONSONANT


def _letters(name: str) -> Iterator[str]:
    for character in unicodedata.normalize("NFD", name):
        if unicodedata.category(character) in ("Ll", "Lo", "Lu"):
            yield character


def _sounds_like_a_vowel(sound: str) -> bool:
    return any(
        vowel in unicodedata.name(sound, "")
        for vowel in (" LETTER A", " LETTER E", " LETTER I", " LETTER O", " LETTER U")
    )


def _spread(phoneme: Phoneme, letters: str, offset_s: float) -> Iterator[MouthCue]:
    share = (phoneme.end_s - phoneme.start_s) / len(letters)
    for index, letter in enumerate(letters):
        start = offset_s + phoneme.start_s + index * share
        yield MouthCue(start_s=start, end_s=start + share, mouth=shape(letter))


def _make_room(cues: list[MouthCue], start_s: float) -> None:
    """Close the lips from `start_s`: what the last cue held longer, it gives up."""
    if not cues:
        return
    last = cues[-1]
    if last.end_s > start_s:
        end = max(start_s, (last.start_s + last.end_s) / 2)
        cues[-1] = MouthCue(start_s=last.start_s, end_s=end, mouth=last.mouth)
        cues.append(MouthCue(start_s=end, end_s=last.end_s, mouth=REST))
