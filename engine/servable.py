"""Whether an engine can serve a request, told by its capabilities alone."""

from __future__ import annotations

from collections.abc import Iterator

from storyboard.request import Capabilities, Request


def reasons_against(request: Request, can: Capabilities) -> Iterator[str]:
    """Everything about the request that such an engine cannot do, each as half a sentence."""
    seen = sum(figure.in_picture for figure in request.figures)
    speakers = {speech.speaker for speech in request.speeches}
    if request.speeches and request.language not in can.languages:
        yield f"it speaks {', '.join(can.languages)}, not {request.language}"
    if can.aspects.get(request.aspect) != (request.preview_size, request.render_size):
        yield f"its sizes for {request.aspect} are {can.aspects.get(request.aspect)}"
    if request.frame_rate != can.frame_rate:
        yield f"it makes {can.frame_rate} frames a second, not {request.frame_rate}"
    if not can.shortest <= request.seconds <= can.longest:
        yield f"it makes {can.shortest} to {can.longest} s, not {float(request.seconds):g} s"
    if (request.seconds * request.frame_rate).denominator != 1:
        yield f"{request.seconds} s is no whole number of frames"
    if seen > can.figures_per_shot:
        yield f"it shows {can.figures_per_shot} figures at most, not {seen}"
    if len(request.speeches) > can.speeches_per_shot:
        yield f"it holds {can.speeches_per_shot} speeches, not {len(request.speeches)}"
    if len(speakers) > can.speakers_per_shot:
        yield f"it holds {can.speakers_per_shot} speakers, not {len(speakers)}"
    if speakers - set(range(len(request.figures))):
        yield "a speech has a speaker who is not among its figures"
    if request.reference and not can.first_frames:
        yield "it cannot follow reference pictures"
    elif any(figure.reference for figure in request.figures) and not can.portraits:
        yield "it cannot follow portraits"
