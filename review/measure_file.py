"""Figures of the file itself: whether it opens, and is of the kind that was asked for."""

from __future__ import annotations

from review.evidence import SAMPLE_RATE_HZ, Evidence, Reading


def readable(evidence: Evidence) -> Reading:
    """1 where there are frames at all; files that do not even open never come this far."""
    found = len(evidence.luma)
    return float(found > 0), "" if found else "not one frame can be decoded"


def container(evidence: Evidence) -> Reading:
    """1 where codecs, pixels and channels are those every player can show."""
    picture, track = evidence.picture, evidence.track
    if track is None:
        return 0.0, "no sound track"
    facts = {
        "picture": (f"{picture.codec} {picture.pixel_format}", "h264 yuv420p"),
        "sound": (f"{track.codec}, channels: {track.channels}", "aac, channels: 2"),
    }
    wrong = [f"{name} is {has}, not {want}" for name, (has, want) in facts.items() if has != want]
    return float(not wrong), "; ".join(wrong)


def size_error(evidence: Evidence) -> Reading:
    """How far width and height together are from those asked for."""
    width, height = evidence.picture.width, evidence.picture.height
    asked = evidence.request.preview_size
    wrong = abs(width - asked[0]) + abs(height - asked[1])
    return float(wrong), f"{width}x{height}, not {asked[0]}x{asked[1]}" if wrong else ""


def frame_rate_error(evidence: Evidence) -> Reading:
    """How far the file's rate, or its mean where it varies, is from the rate asked for."""
    rates = evidence.picture.frame_rate, evidence.picture.average_rate
    return max(abs(float(rate - evidence.request.frame_rate)) for rate in rates), ""


def sample_rate_error(evidence: Evidence) -> Reading:
    if evidence.track is None:
        return None, "no sound track"
    return float(abs(evidence.track.rate_hz - SAMPLE_RATE_HZ)), ""


def length_error(evidence: Evidence) -> Reading:
    """Frames found minus frames asked for."""
    found, asked = len(evidence.luma), evidence.request.frames
    return float(found - asked), f"{found} frames, not {asked}" if found != asked else ""


def length_difference(evidence: Evidence) -> Reading:
    """Length of the sound minus length of the picture."""
    if evidence.track is None:
        return None, "no sound track"
    picture_s = len(evidence.luma) / float(evidence.picture.average_rate)
    return evidence.sound.shape[1] / SAMPLE_RATE_HZ - picture_s, ""


def start_difference(evidence: Evidence) -> Reading:
    """When the sound begins minus when the picture begins, as the file says."""
    if evidence.track is None:
        return None, "no sound track"
    return float(evidence.track.start - evidence.picture.start), ""
