"""What a take's preview is, in figures. Each figure is a small function of the same evidence.

The file is opened once for its facts, once for its pictures (kept as grey, at preview size) and
once for its sound; no figure reads it again. docs/gate.md tells people what each figure means.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from media.errors import FileUnreadable
from review import measure_file, measure_lips, measure_people, measure_picture, measure_sound
from review import measure_speech as speech
from review.evidence import Evidence, Reading, Unable, gather
from review.figures import FIGURES, Figure
from review.senses import RATE_HZ, Anchors, Print, Senses
from review.verdict import Measurement, Measurements
from storyboard.request import Request

LEAST_VOICE_S = 0.8
"""Of speech, before a voice is known by it."""


def measure(
    path: Path,
    request: Request,
    *,
    senses: Senses | None = None,
    anchors: Anchors | None = None,
    references: Path | None = None,
) -> Measurements:
    """Every figure of the preview (or render) at `path`, against what was asked for.

    `references` is a folder with the request's pictures under their digests. A file that cannot
    be opened is no error: it has `readable` 0 and all else unmeasured.
    """
    senses, anchors = senses or Senses(), anchors or Anchors()
    used = sources(senses, anchors)
    try:
        evidence = gather(path, request, senses, anchors, references)
        return Measurements(tuple(_read(each, evidence, used[each.source]) for each in FIGURES))
    except FileUnreadable as error:
        why = str(error).splitlines()[0]
        readings: dict[str, Reading] = {each.name: (None, "unreadable") for each in FIGURES}
        readings["readable"] = (0.0, why)
        return Measurements(
            tuple(_taken(each, readings[each.name], used[each.source]) for each in FIGURES)
        )


def voice_of(path: Path, request: Request, senses: Senses, speaker: int) -> Print | None:
    """The voice of one of the request's figures in a take of it, to compare others with; None
    where too little is said, or nothing can tell voices apart."""
    if senses.voices is None:
        return None
    try:
        sound = measure_people.spoken(gather(path, request, senses, Anchors(), None), speaker)
    except FileUnreadable:
        return None
    return senses.voices.print(sound) if len(sound) >= RATE_HZ * LEAST_VOICE_S else None


def face_of(path: Path, request: Request, senses: Senses) -> Print | None:
    """The largest face in a take, at the first look that has one."""
    if senses.faces is None:
        return None
    try:
        looks = gather(path, request, senses, Anchors(), None).faces
    except FileUnreadable:
        return None
    return next((faces[0].print for faces in looks if faces), None)


def measured_alike(known: Measurements, senses: Senses, anchors: Anchors) -> bool:
    """Whether a take would be measured now as it was then: by the same figures of the same
    versions, the same models, against the same voices and faces."""
    used = sources(senses, anchors)
    then = {(each.name, each.version, each.source) for each in known.figures()}
    return then == {(each.name, each.version, used[each.source]) for each in FIGURES}


def sources(senses: Senses, anchors: Anchors) -> dict[str, str]:
    """What figures of each source are drawn with: its own name, or that of the model in use."""
    names = senses.names()
    for sense in ("voices", "faces"):
        if names[sense] and anchors.mark():
            names[sense] += f", against {anchors.mark()}"
    return {each.source: names.get(each.source, each.source) for each in FIGURES}


def _read(figure: Figure, evidence: Evidence, source: str) -> Measurement:
    try:
        return _taken(figure, READERS[figure.name](evidence), source)
    except Unable as lack:
        return _taken(figure, (None, str(lack)), source, able=False)


def _taken(figure: Figure, reading: Reading, source: str, *, able: bool = True) -> Measurement:
    value, detail = reading
    return Measurement(
        name=figure.name,
        value=None if value is None else round(value, 5),
        unit=figure.unit,
        version=figure.version,
        source=source,
        able=able,
        detail=detail,
    )


READERS: dict[str, Callable[[Evidence], Reading]] = {
    "readable": measure_file.readable,
    "container": measure_file.container,
    "size_error": measure_file.size_error,
    "frame_rate_error": measure_file.frame_rate_error,
    "sample_rate_error": measure_file.sample_rate_error,
    "length_error": measure_file.length_error,
    "length_difference": measure_file.length_difference,
    "start_difference": measure_file.start_difference,
    "black": measure_picture.black,
    "frozen": measure_picture.frozen,
    "frozen_speaker": measure_picture.frozen_speaker,
    "flicker": measure_picture.flicker,
    "blur": measure_picture.blur,
    "cuts": measure_picture.cuts,
    "first_frame_error": measure_picture.first_frame_error,
    "speech_level": measure_sound.speech_level,
    "silence": measure_sound.silence,
    "clipped": measure_sound.clipped,
    "loudness": measure_sound.loudness,
    "true_peak": measure_sound.true_peak,
    "dc": measure_sound.dc,
    "speech_heard": speech.speech_heard,
    "stray_speech": speech.stray_speech,
    "head_silence": speech.head_silence,
    "tail_silence": speech.tail_silence,
    "words_wrong": speech.words_wrong,
    "other_language": speech.other_language,
    "lip_offset": measure_lips.lip_offset,
    "lip_confidence": measure_lips.lip_confidence,
    "faces_error": measure_people.faces_error,
    "other_face": measure_people.other_face,
    "other_voice": measure_people.other_voice,
}
