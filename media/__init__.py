"""Picture and sound on disk: the one door to ffmpeg, and post-production.

Knows timelines from `storyboard`; must not know torch, Prefect, stores or which production a file
belongs to. `takes` and `read` write and read one take; `stitch` joins takes into a film;
`captions` writes and burns what is said; `master` delivers.
"""
