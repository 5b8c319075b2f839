"""What can go wrong with a script, and where.

StoryboardError
├── ScriptError          the file cannot be read as what it claims to be
├── LanguageError        a language is unknown, or a line has no words in it
└── CueError             a line cannot be fitted into shots the engine can make
"""

from __future__ import annotations

from dataclasses import dataclass

from storyboard.board import Source


class StoryboardError(ValueError):
    """One sentence for the person who can mend the script; `str()` is `file:line: error: ...`."""

    retryable = False

    def __init__(self, message: str, source: Source | None = None) -> None:
        self.message = message
        self.source = source or Source()
        super().__init__(str(self))

    def __str__(self) -> str:
        where = self.source
        if not where.file:
            return self.message
        return f"{where.file}:{where.line}: error: {self.message}"


class ScriptError(StoryboardError):
    """The file cannot be read as a Fountain script, a storyboard or a shot list."""


class LanguageError(StoryboardError):
    """An unknown language, or words missing in one."""


class CueError(StoryboardError):
    """A line that no shot the engine can make would hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something a reader or the cue sheet noticed and went on from."""

    source: Source
    message: str

    def __str__(self) -> str:
        return f"{self.source.file}:{self.source.line}: warning: {self.message}"
