"""What people are sent: every line in one language as it stands, with all that helps to word it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from storyboard.board import Origin, Storyboard, origin_of
from storyboard.translation.brief import Brief
from storyboard.translation.dialogue import DialogueList, laid_over, source_of
from storyboard.translation.job import passages_of

State = Literal[Origin, "missing", "held"]
"""Where the words come from; that there are none; that a machine's are held back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A line on its way to a person."""

    line: str
    speaker: str
    delivery: str
    action: str
    seconds: Fraction
    """The longest it may take to say."""
    language: str
    source: str
    target: str
    text: str
    state: State
    remarks: tuple[str, ...]
    """What to mind: why words are held back, terms, names to keep."""


def outgoing(
    board: Storyboard, dialogue: DialogueList, target: str, brief: Brief | None = None
) -> Iterator[Outgoing]:
    """The lines of the script in the order of the film, for one language.

    `board` is the script alone. Words that are held back go out too, with what was found.
    """
    brief = brief or Brief()
    laid, _ = laid_over(board, dialogue, "")
    found = dialogue.by_line(board)
    passages = {p.line: p for p in passages_of(board, board.worded(), brief)}
    for line in laid.worded():
        language, source = source_of(board, line)
        if language == target:
            continue
        text = line.text.get(target, "").strip()
        state: State = origin_of(line, target) if text else "missing"
        kept = found[line.id].words.get(target) if line.id in found else None
        remarks: tuple[str, ...] = ()
        if not text and kept is not None and kept.held:
            text, state, remarks = kept.text, "held", kept.faults
        passage = passages[line.id]
        terms = (f"{t}: {w}" for t, w in brief.terms_in(source, target).items())
        keep = (f"keep {name}" for name in brief.kept_in(source))
        yield Outgoing(
            line=line.id,
            speaker=passage.speaker,
            delivery=passage.delivery,
            action=passage.action,
            seconds=passage.seconds,
            language=language,
            source=source,
            target=target,
            text=text,
            state=state,
            remarks=(*remarks, *terms, *keep),
        )
