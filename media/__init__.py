"""Picture and sound on disk: the one door to ffmpeg, and post-production."""
