"""What can go wrong with picture and sound on disk.

MediaError
├── ToolMissing          no ffmpeg or ffprobe here; says how to get them
├── FileUnreadable       a file is missing, empty, or not a film
├── DiskFull             no room left where the file was to go
├── EncodingFailed       ffmpeg gave up; trying again can help
├── ClipMismatch         a timeline asks a take for what it does not have
└── DeliveryError        a delivery's file is unknown or says something it may not
"""


class MediaError(RuntimeError):
    """One sentence for the person who can mend it."""

    retryable = False


class ToolMissing(MediaError):
    pass


class FileUnreadable(MediaError):
    pass


class DiskFull(MediaError):
    pass


class EncodingFailed(MediaError):
    retryable = True


class ClipMismatch(MediaError):
    pass


class DeliveryError(MediaError):
    pass
