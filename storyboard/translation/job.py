"""Translating a board: whatever lacks words is asked for, checked, mended once, and kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from storyboard.amounts import rewritten
from storyboard.board import Line, Shot, Storyboard
from storyboard.cue import GAP, LEAD, TAIL, missing_lines
from storyboard.errors import Notice
from storyboard.language_model import ModelError, Usage
from storyboard.languages import language as find_language
from storyboard.letters import shorten
from storyboard.speech import speech_seconds
from storyboard.translation.brief import Brief
from storyboard.translation.dialogue import (
    DialogueList,
    Worded,
    Words,
    laid_over,
    source_of,
    worded_in,
)
from storyboard.translation.door import Passage, Rendering, Translation, Translator
from storyboard.translation.model import reads_like_an_order
from storyboard.translation.proof import Finding, proofread

SHORTEST_BUDGET = Fraction(6, 5)
"""Seconds: a word like "Yes" may become three."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Translated:
    """A board with more words than before, and the record of how."""

    board: Storyboard
    dialogue: DialogueList
    """All words that are kept beside the script, the new ones included."""
    usage: Usage
    notices: tuple[Notice, ...]
    """What the second pass found, and lines that got no words."""
    stopped: ModelError | None = None
    """What ended the work early; everything until then is in here."""


def translate(
    board: Storyboard,
    languages: Iterable[str],
    translator: Translator,
    brief: Brief | None = None,
    *,
    dialogue: DialogueList | None = None,
) -> Translated:
    """Words for every line that has none in one of the languages; those there are stay.

    Machine words that do not pass the second pass are asked for once more, with what was wrong;
    if they still do not, they are kept and held back for a person (`Words.held`).
    """
    brief = brief or Brief()
    new: dict[str, dict[str, Words]] = {}
    notices: list[Notice] = []
    spent = Usage()
    stopped: ModelError | None = None
    for tag in dict.fromkeys(find_language(name).tag for name in languages):
        try:
            for source, lines in _wanting(board, tag).items():
                work = _Work(board, translator, brief, source, tag)
                words, said, usage = work.done(lines)
                spent += usage
                notices += said
                for line, found in words.items():
                    new.setdefault(line, {})[tag] = found
        except ModelError as error:
            spent += error.usage
            stopped = error
            break
    whole = (dialogue or DialogueList()).with_words(board, new)
    laid, _ = laid_over(board, whole, "")
    return Translated(
        board=laid, dialogue=whole, usage=spent, notices=tuple(notices), stopped=stopped
    )


def _wanting(board: Storyboard, tag: str) -> dict[str, list[Worded]]:
    """The lines without words in that language, by the language they are translated from."""
    wanting: dict[str, list[Worded]] = {}
    for line in missing_lines(board, tag):
        wanting.setdefault(source_of(board, line)[0], []).append(line)
    return wanting


def passages_of(board: Storyboard, lines: Iterable[Worded], brief: Brief) -> tuple[Passage, ...]:
    """The lines as a translator is asked them, in the order of the board."""
    wanted = {line.id for line in lines}
    return tuple(
        Passage(
            line=line.id,
            text=source_of(board, line)[1],
            speaker=_speaker(board, line),
            delivery=line.delivery if isinstance(line, Line) else "",
            action=shot.action,
            seconds=budget(board, shot, line, brief.stretch),
        )
        for shot in board.shots()
        for line in worded_in(shot)
        if line.id in wanted
    )


def _speaker(board: Storyboard, line: Worded) -> str:
    if isinstance(line, Line):
        return board.character(line.speaker).name
    return f"nobody: {line.role} on the end card, to be read"


def budget(board: Storyboard, shot: Shot, line: Worded, stretch: float) -> Fraction:
    """The longest a translation of the line may take to say, in seconds.

    In a shot whose length the author has asked for, the line's share of it; else its own length
    and a stretch. Never less than the source takes, which the author has let pass. A card's words
    are read and not said, and stretch the same.
    """
    own = _takes(board, line)
    if shot.seconds is None or shot.card:
        return max(own * Fraction(str(stretch)), SHORTEST_BUDGET)
    spoken = [each for each in shot.lines if each.has_words()]
    room = shot.seconds - LEAD - TAIL - GAP * (len(spoken) - 1)
    return max(room * own / sum(_takes(board, each) for each in spoken), own)


def _takes(board: Storyboard, line: Worded) -> Fraction:
    language, text = source_of(board, line)
    return speech_seconds(text, language)


@dataclass(frozen=True, slots=True)
class _Work:
    """The lines of one source language, into one other."""

    board: Storyboard
    translator: Translator
    brief: Brief
    source: str
    target: str

    def done(self, lines: Sequence[Worded]) -> tuple[dict[str, Words], list[Notice], Usage]:
        passages = {p.line: p for p in passages_of(self.board, lines, self.brief)}
        first = self._ask(passages)
        words = self._checked(passages, first)
        again = {line: _retry(passages[line], each) for line, each in words.items() if each.faulty}
        usage, failures = first.usage, dict(first.failures)
        if again:
            try:
                second = self._ask(again)
            except ModelError as error:  # the first pass is there and stays
                usage += error.usage
            else:
                usage += second.usage
                for line, better in self._checked(passages, second).items():
                    words[line] = min(words[line], better, key=lambda each: each.weight)
        said = list(self._notices(lines, words, failures))
        return {line: each.words for line, each in words.items()}, said, usage

    def _ask(self, passages: Mapping[str, Passage]) -> Translation:
        return self.translator.translate(
            tuple(passages.values()), self.source, self.target, self.brief
        )

    def _checked(self, passages: Mapping[str, Passage], made: Translation) -> dict[str, _Checked]:
        """Each rendering after the second pass; those of lines that were not asked are dropped."""
        return {
            rendering.line: self._check(passages[rendering.line], rendering)
            for rendering in made.renderings
            if rendering.line in passages
        }

    def _check(self, passage: Passage, rendering: Rendering) -> _Checked:
        text = rendering.text.strip()
        if rendering.origin == "translated":
            text = rewritten(text, passage.text, self.source, self.target)
        findings = proofread(passage, text, self.source, self.target, self.brief)
        faults = tuple(each.message for each in findings if each.fault)
        words = Words(
            text=text,
            origin=rendering.origin,
            by=rendering.by,
            faults=faults if rendering.origin == "translated" else (),
        )
        return _Checked(words=words, findings=findings)

    def _notices(
        self, lines: Sequence[Worded], words: Mapping[str, _Checked], failures: Mapping[str, str]
    ) -> Iterable[Notice]:
        for line in lines:
            said = shorten(source_of(self.board, line)[1])
            if reads_like_an_order(source_of(self.board, line)[1]):
                message = f"{said!r} reads like an order to a language model; look at it"
                yield Notice(source=line.source, message=message)
            checked = words.get(line.id)
            if checked is None:
                why = f": {failures[line.id]}" if line.id in failures else ""
                message = f"no {self.target} words for {said!r}{why}"
                yield Notice(source=line.source, message=message)
                continue
            held = "held back" if checked.words.held else "let through"
            for finding in checked.findings:
                text = shorten(checked.words.text)
                message = f"{self.target} {text!r} for {said!r} ({held}): {finding.message}"
                yield Notice(source=line.source, message=message)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checked:
    """Words and what the second pass found in them."""

    words: Words
    findings: tuple[Finding, ...]

    @property
    def faulty(self) -> bool:
        """Whether a machine should have another try; people's words are not argued with."""
        return bool(self.findings) and self.words.origin == "translated"

    @property
    def weight(self) -> tuple[int, int]:
        return sum(each.fault for each in self.findings), len(self.findings)


def _retry(passage: Passage, checked: _Checked) -> Passage:
    faults = tuple(finding.message for finding in checked.findings)
    return replace(passage, faults=faults, before=checked.words.text)
