"""Figures of who is seen and heard, by the eyes and ears that `flows` hands in."""

from __future__ import annotations

import numpy as np

from review.evidence import Evidence, Reading, Unable
from review.senses import RATE_HZ, Anchor, Mono, Print

FACE_FRAMINGS = frozenset({"close", "medium", "two-shot"})
"""In which a face is large enough to be found."""


def faces_error(evidence: Evidence) -> Reading:
    """Faces in the picture minus figures that should be, at the median look."""
    if evidence.request.framing not in FACE_FRAMINGS:
        return None, f"a shot framed {evidence.request.framing} need not show faces"
    _need_faces(evidence)
    if not evidence.faces:
        return None, "no picture"
    due = sum(figure.in_picture for figure in evidence.request.figures)
    seen = float(np.median([len(faces) for faces in evidence.faces]))
    return seen - due, f"{seen:g} seen, {due} due" if seen != due else ""


def other_face(evidence: Evidence) -> Reading:
    """How unlike the faces are to those the figures are known by: 0 the same, 1 no likeness.

    Of each figure, its likest face at the median look; of all figures, the least like.
    """
    _need_faces(evidence)
    known = {
        index: anchor
        for index, anchor in evidence.anchors.faces.items()
        if evidence.request.figures[index].in_picture
    }
    if not known:
        return None, "no figure in the picture is known by its face"
    prints = [[face.print for face in faces] for faces in evidence.faces if faces]
    if not prints:
        return None, "no face was found"
    unlike = {
        index: float(np.median([min(_unlike(each, anchor) for each in look) for look in prints]))
        for index, anchor in known.items()
    }
    return _worst(evidence, unlike)


def other_voice(evidence: Evidence) -> Reading:
    """How unlike the voices are to those the speakers are known by: 0 the same, 1 no likeness.

    Of all speakers, the least like.
    """
    request, voices = evidence.request, evidence.senses.voices
    if not request.speeches:
        return None, "nobody speaks"
    if voices is None:
        raise Unable("nothing here can tell voices apart")
    known = {each.speaker for each in request.speeches} & evidence.anchors.voices.keys()
    if not known:
        return None, "no speaker is known by a voice yet"
    if evidence.track is None:
        return None, "no sound track"
    return _worst(
        evidence,
        {
            index: _unlike(voices.print(spoken(evidence, index)), evidence.anchors.voices[index])
            for index in sorted(known)
        },
    )


def _need_faces(evidence: Evidence) -> None:
    if evidence.senses.faces is None:
        raise Unable("nothing here can find faces")


def spoken(evidence: Evidence, speaker: int) -> Mono:
    """All that one figure says, one line after the other, without the pauses where they are known
    of."""
    pieces = []
    for line in evidence.request.speeches:
        if line.speaker == speaker:
            window = (float(line.start), float(line.end))
            spans = [
                (max(start, window[0]), min(end, window[1]))
                for start, end in evidence.spans or (window,)
            ]
            pieces += [
                evidence.mono[round(start * RATE_HZ) : round(end * RATE_HZ)]
                for start, end in spans
                if end > start
            ]
    return np.concatenate(pieces) if pieces else np.zeros(0, np.float32)


def _unlike(one: Print, anchor: Anchor) -> float:
    return 1 - float(np.dot(one, anchor.print))


def _worst(evidence: Evidence, unlike: dict[int, float]) -> Reading:
    worst = max(unlike, key=unlike.__getitem__)
    name = evidence.request.figures[worst].name
    against = "; ".join(f"{evidence.request.figures[i].name} {v:.2f}" for i, v in unlike.items())
    return unlike[worst], against if len(unlike) > 1 else name
