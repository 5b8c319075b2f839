"""The timeline as an editor's program reads it, through the OpenTimelineIO library itself."""

import opentimelineio as otio
import pytest
from hypothesis import HealthCheck, given, settings

from storyboard.cue import cue
from storyboard.cut import cut, starts
from storyboard.editorial import to_otio
from storyboard.errors import StoryboardError
from storyboard.timeline import Timeline
from tests.storyboard.films import ENGINE, films, takes, tide


def timeline_of(film) -> Timeline:
    sheet, _ = cue(film, "en", ENGINE)
    return cut(film, sheet, takes(sheet), "9:16", (1080, 1920))


def read_back(timeline: Timeline) -> otio.schema.Timeline:
    media = {clip.take: f"takes/{clip.take}/render.mp4" for clip in timeline.clips}
    return otio.adapters.read_from_string(to_otio(timeline, media), "otio_json")


def test_an_editor_finds_every_clip_with_its_file_on_picture_and_sound_tracks():
    timeline = timeline_of(tide())
    film = read_back(timeline)
    assert film.name == "Tide"
    for track in (*film.video_tracks(), *film.audio_tracks()):
        clips = list(track.find_clips())
        assert [clip.name for clip in clips] == [clip.shot for clip in timeline.clips]
        assert clips[0].media_reference.target_url == "takes/key-s1-1/render.mp4"
        assert clips[0].metadata["hoofbeat"]["take"] == "key-s1-1"
    assert len(film.video_tracks()) == len(film.audio_tracks()) == 1


def test_a_dissolve_reaches_to_both_sides_of_its_cut():
    timeline = timeline_of(tide())
    track = read_back(timeline).video_tracks()[0]
    (dissolve,) = [item for item in track if isinstance(item, otio.schema.Transition)]
    assert dissolve.transition_type == "SMPTE_Dissolve"
    assert (dissolve.in_offset + dissolve.out_offset).value == 10
    before, after = track.neighbors_of(dissolve)
    assert (before.name, after.name) == ("s1-2", "s1-4")
    assert after.source_range.start_time == dissolve.in_offset
    begins = track.range_of_child(after).start_time - dissolve.in_offset
    assert begins.value == starts(timeline)[2] * 25


def test_captions_are_markers_with_their_words_and_speakers():
    timeline = timeline_of(tide())
    markers = read_back(timeline).tracks.markers
    assert [marker.name for marker in markers] == [c.text for c in timeline.captions]
    assert markers[0].marked_range.start_time.value == timeline.captions[0].start * 25
    assert markers[-1].metadata["hoofbeat"]["speaker"] == "MIA"


def test_the_same_timeline_always_gives_the_same_text():
    media = {clip.take: "a.mp4" for clip in timeline_of(tide()).clips}
    assert to_otio(timeline_of(tide()), media) == to_otio(timeline_of(tide()), media)


def test_a_take_without_a_file_is_named():
    with pytest.raises(StoryboardError, match="key-s1-1, key-s1-2"):
        to_otio(timeline_of(tide()), {})


@given(film=films())
@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_the_editor_s_film_is_as_long_as_ours_and_its_handles_are_there(film):
    timeline = timeline_of(film)
    for track in read_back(timeline).tracks:
        assert track.duration().value == timeline.seconds * 25
        for ours, clip in zip(timeline.clips, track.find_clips(), strict=True):
            assert clip.source_range.start_time.value >= 0
            assert clip.source_range.end_time_exclusive().value <= ours.seconds * 25
