"""The way out to an editor: a timeline as OpenTimelineIO JSON.

Our timelines shorten by every dissolve; OpenTimelineIO's keep the cut and let a transition reach to
both sides of it. So the cut is laid in the middle of the overlap: the clip before gives up the
second half, the clip after the first, and the film is as long as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import chain, pairwise

import opentimelineio as otio

from storyboard.errors import StoryboardError
from storyboard.timeline import Caption, Clip, Timeline


def to_otio(timeline: Timeline, media: Mapping[str, str]) -> str:
    """OpenTimelineIO JSON: a picture and a sound track, captions as markers on the whole.

    `media` maps a take's key to where its file lies, relative to the .otio file or as a URL.
    StoryboardError names the takes that have no file.
    """
    missing = sorted({clip.take for clip in timeline.clips} - set(media))
    if missing:
        raise StoryboardError(f"no media file is known of take {', '.join(missing)}")
    film = otio.schema.Timeline(name=timeline.title)
    film.metadata["hoofbeat"] = {
        "slug": timeline.slug,
        "language": timeline.language,
        "aspect": timeline.aspect,
        "size": list(timeline.size),
    }
    for kind in (otio.schema.TrackKind.Video, otio.schema.TrackKind.Audio):
        film.tracks.append(_track(timeline, media, kind))
    film.tracks.markers.extend(_marker(c, timeline.frame_rate) for c in timeline.captions)
    return film.to_json_string(indent=2) + "\n"


def _track(timeline: Timeline, media: Mapping[str, str], kind: str) -> otio.schema.Track:
    track = otio.schema.Track(name=kind, kind=kind)
    clips = timeline.clips
    for clip, following in pairwise(chain(clips, [None])):
        assert clip is not None
        if clip.overlap:
            track.append(_dissolve(clip.overlap, timeline.frame_rate))
        given_up = _after_cut(following.overlap, timeline.frame_rate) if following else Fraction(0)
        track.append(_clip(clip, given_up, media[clip.take], timeline.frame_rate))
    return track


def _clip(clip: Clip, given_up: Fraction, file: str, frame_rate: int) -> otio.schema.Clip:
    into = _before_cut(clip.overlap, frame_rate)
    made = otio.schema.Clip(
        name=clip.shot,
        media_reference=otio.schema.ExternalReference(target_url=file),
        source_range=otio.opentime.TimeRange(
            _moment(clip.start + into, frame_rate),
            _moment(clip.seconds - into - given_up, frame_rate),
        ),
    )
    made.metadata["hoofbeat"] = {"take": clip.take, "transition": clip.transition}
    return made


def _dissolve(overlap: Fraction, frame_rate: int) -> otio.schema.Transition:
    return otio.schema.Transition(
        transition_type=otio.schema.TransitionTypes.SMPTE_Dissolve,
        in_offset=_moment(_before_cut(overlap, frame_rate), frame_rate),
        out_offset=_moment(_after_cut(overlap, frame_rate), frame_rate),
    )


def _before_cut(overlap: Fraction, frame_rate: int) -> Fraction:
    """The half of an overlap that lies before the cut, on a whole frame."""
    return Fraction(overlap * frame_rate // 2, frame_rate)


def _after_cut(overlap: Fraction, frame_rate: int) -> Fraction:
    return overlap - _before_cut(overlap, frame_rate)


def _marker(caption: Caption, frame_rate: int) -> otio.schema.Marker:
    marker = otio.schema.Marker(
        name=caption.text,
        marked_range=otio.opentime.TimeRange(
            _moment(caption.start, frame_rate), _moment(caption.end - caption.start, frame_rate)
        ),
    )
    marker.metadata["hoofbeat"] = {"caption": caption.text, "speaker": caption.speaker}
    return marker


def _moment(seconds: Fraction, frame_rate: int) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(float(seconds * frame_rate), frame_rate)
