"""Picture and sound on disk: the one door to ffmpeg, and post-production.

Knows timelines from `storyboard`; must not know torch, Prefect, stores or which production a file
belongs to. `takes` and `read` write and read one take; `stitch` joins takes into a film;
`captions` writes and burns what is said; `master` delivers.
"""

from media.burn import caption_font
from media.captions import write_srt, write_vtt
from media.card import card_fingerprint, write_card
from media.delivery import Delivery, load_delivery
from media.door import encoder_version, tool
from media.errors import MediaError
from media.files import media_file
from media.loudness import Loudness, measure_loudness
from media.master import ai_label, master
from media.read import Probe, probe, read_frames, read_sound
from media.stills import check_still, framed, open_still, stand_in
from media.stitch import stitch
from media.takes import encode_take, write_poster

__all__ = [
    "Delivery",
    "Loudness",
    "MediaError",
    "Probe",
    "ai_label",
    "caption_font",
    "card_fingerprint",
    "check_still",
    "encode_take",
    "encoder_version",
    "framed",
    "load_delivery",
    "master",
    "measure_loudness",
    "media_file",
    "open_still",
    "probe",
    "read_frames",
    "read_sound",
    "stand_in",
    "stitch",
    "tool",
    "write_card",
    "write_poster",
    "write_srt",
    "write_vtt",
]
