"""Figures of what is said, by the ears that `flows` hands in; absent where there are none."""

from __future__ import annotations

from review.evidence import Evidence, Reading, Unable
from review.senses import Recogniser, Span
from review.words import compare
from storyboard.languages import language

SLACK_S = 0.4
"""A voice may begin this much before its line's window and end as much after."""


def speech_heard(evidence: Evidence) -> Reading:
    """Share of a line's window in which somebody speaks, of the line with least of it."""
    if not evidence.request.speeches:
        return None, "nobody speaks"
    spans = _spans(evidence)
    shares = [
        _shared(spans, (float(line.start), float(line.end)))
        / max(float(line.end - line.start), 0.01)
        for line in evidence.request.speeches
    ]
    worst = min(range(len(shares)), key=shares.__getitem__)
    return shares[worst], f"line {worst + 1}" if len(shares) > 1 else ""


def stray_speech(evidence: Evidence) -> Reading:
    """Seconds of speech where there is no line."""
    spans = _spans(evidence)
    windows = [
        (float(line.start) - SLACK_S, float(line.end) + SLACK_S)
        for line in evidence.request.speeches
    ]
    spoken = sum(end - start for start, end in spans)
    return max(0.0, spoken - sum(_shared(spans, each) for each in _joined(windows))), ""


def head_silence(evidence: Evidence) -> Reading:
    """Seconds before anybody speaks."""
    spans, why = _spoken(evidence)
    return (spans[0][0], "") if spans else (None, why)


def tail_silence(evidence: Evidence) -> Reading:
    """Seconds after the last word."""
    spans, why = _spoken(evidence)
    return (float(evidence.request.seconds) - spans[-1][1], "") if spans else (None, why)


def words_wrong(evidence: Evidence) -> Reading:
    """Share of the words (of the characters, in Chinese, Japanese and Korean) not heard as
    written."""
    listening = _listening(evidence)
    if isinstance(listening, str):
        return None, listening
    recogniser, tag = listening
    written = " ".join(line.text for line in evidence.request.speeches)
    heard = recogniser.hear(evidence.mono, tag)
    return compare(written, heard, tag), f"heard: {heard}"


def other_language(evidence: Evidence) -> Reading:
    """How likely the speech is in another language than it should be."""
    listening = _listening(evidence)
    if isinstance(listening, str):
        return None, listening
    recogniser, tag = listening
    likely = recogniser.likelihood(evidence.mono, tag)
    if likely is None:
        raise Unable(f"{recogniser.name} knows one language")
    return 1 - likely, ""


def _listening(evidence: Evidence) -> tuple[Recogniser, str] | str:
    """Who can hear the lines and in what language, or why there is nothing to hear."""
    request = evidence.request
    if not request.speeches or request.language is None:
        return "nobody speaks"
    recogniser = _recogniser(evidence)
    return "no sound track" if evidence.track is None else (recogniser, request.language)


def _spoken(evidence: Evidence) -> tuple[tuple[Span, ...], str]:
    """When the lines are spoken, or why that cannot be said."""
    if not evidence.request.speeches:
        return (), "nobody speaks"
    spans = _spans(evidence)
    return spans, "" if spans else "no speech was found"


def _spans(evidence: Evidence) -> tuple[Span, ...]:
    if evidence.senses.activity is None:
        raise Unable("nothing here can tell speech from other sound")
    return evidence.spans


def _recogniser(evidence: Evidence) -> Recogniser:
    """One that reads the language of the shot."""
    recogniser, tag = evidence.senses.recogniser, evidence.request.language
    if recogniser is None:
        raise Unable("no recogniser is installed")
    if tag not in recogniser.languages:
        spoken = language(tag).name if tag else "no language"
        raise Unable(f"{recogniser.name} does not read {spoken}")
    return recogniser


def _shared(spans: tuple[Span, ...], window: Span) -> float:
    """Seconds that the spans and the window have in common."""
    return sum(max(0.0, min(end, window[1]) - max(start, window[0])) for start, end in spans)


def _joined(windows: list[Span]) -> list[Span]:
    """The same seconds without overlaps."""
    joined: list[Span] = []
    for start, end in sorted(windows):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
