"""How the house encodes, in one place, so that everything it encodes joins without re-encoding.

H.264 High, yuv420p, bt709, no B-frames (a take can end after any frame), closed groups of two
seconds. `stitchable` keeps x264 from fitting the headers to the content: two takes of one size and
rate have the same headers whatever their quality. The thread count is fixed because x264's output
depends on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

Quality = Literal["preview", "render"]

SOUND_RATE_HZ = 48000

TICKS = 512
"""Ticks of the picture's clock per frame, as mp4 files of ffmpeg have them anyway."""

_CRF: dict[Quality, int] = {"preview": 23, "render": 18}


def to_house_pixels(stream: Any) -> Any:
    """The stream as the encoder wants it: converted to bt709, not only tagged so.

    Without the scale filter's matrix RGB would become bt601. The aspect of a pixel is set because
    the encoder writes into the headers whether it is known.
    """
    return (
        stream.filter(
            "scale",
            out_color_matrix="bt709",
            out_range="tv",
            flags="bicubic+accurate_rnd+full_chroma_int",
        )
        .filter("format", "yuv420p")
        .filter("setsar", 1)
        .filter(
            "setparams",
            range="tv",
            color_primaries="bt709",
            color_trc="bt709",
            colorspace="bt709",
        )
    )


def picture_settings(quality: Quality, frame_rate: int) -> dict[str, Any]:
    """Output options for the picture; `veryfast` is the slowest preset above 40 fps at 1080p."""
    group = 2 * frame_rate
    return {
        "c:v": "libx264",
        "profile:v": "high",
        "preset": "veryfast",
        "crf": _CRF[quality],
        "bf": 0,
        "x264-params": f"stitchable=1:keyint={group}:open-gop=0:threads=4:lookahead-threads=1",
        "pix_fmt": "yuv420p",
        "r": frame_rate,
        "fps_mode": "cfr",
        "video_track_timescale": TICKS * frame_rate,
        "flags:v": "+bitexact",
    }


def sound_settings(kbps: int) -> dict[str, Any]:
    """Output options for AAC, 48 kHz stereo."""
    return {
        "c:a": "aac",
        "b:a": f"{kbps}k",
        "ar": SOUND_RATE_HZ,
        "ac": 2,
        "flags:a": "+bitexact",
    }


def container_settings(tags: Mapping[str, str]) -> dict[str, Any]:
    """Output options for an mp4 that plays while it loads, with tags of any name."""
    return {
        "f": "mp4",
        "movflags": "+faststart+use_metadata_tags",
        "fflags": "+bitexact",
        "map_metadata": -1,
        "map_chapters": -1,
        **tag_settings(tags),
    }


def tag_settings(tags: Mapping[str, str]) -> dict[str, str]:
    # An option can be given once to ffmpeg-python; ffmpeg ignores what follows the g of "global".
    return {f"metadata:g:{n}": f"{key}={value}" for n, (key, value) in enumerate(tags.items())}
