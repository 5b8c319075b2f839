"""The cue sheet: one language's shots, each short enough for the engine, every word in its window.

A shot's length is decided here, from how long its words take in this language, and the engine fits
the speech into it. Two rules keep takes few and the film quick: short neighbouring speeches share a
shot, and the cut uses only as much of a take as its words need. Whatever concerns a shot nobody
speaks in depends on the board alone, never on the language, so that one take serves every language.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor

from storyboard.board import Card, CardWords, Framing, Line, Scene, Shot, Storyboard
from storyboard.cantonese import CANTONESE, remark, standard_words
from storyboard.cues import CueCard, CueLine, CueSheet, CueShot
from storyboard.errors import CueError, LanguageError, Notice
from storyboard.languages import language as find_language
from storyboard.letters import foreign, shorten, speakable
from storyboard.phrases import split
from storyboard.request import Capabilities
from storyboard.speech import speech_seconds, talking_seconds

LEAD = Fraction(3, 10)
"""Before the first word, in seconds: a mouth does not open on the first frame."""
GAP = Fraction(1, 4)
"""Between two speeches of one shot."""
TAIL = Fraction(1, 2)
"""After the last word."""
SHORTEST_USED = Fraction(3, 2)
"""A shot on screen for less is a flicker."""
SHORTEST_SILENT = Fraction(12, 5)
SILENT_START, SILENT_WORD = Fraction(6, 5), Fraction(7, 25)
"""A silent shot shows its action: time to look, and time for each word the script tells it in."""

GESTURE = Fraction(2, 3)
"""Of the time an action takes alone, when who makes it also speaks."""

_CLOSER: dict[Framing, Framing] = {
    "wide": "medium",
    "medium": "close",
    "close": "medium",
    "two-shot": "medium",
    "insert": "insert",
}
_SHARED_FRAMINGS = ("medium", "close", "two-shot")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A speech, or as much of one as fits a shot."""

    shot: Shot
    line: Line
    text: str
    part: int
    seconds: Fraction


@dataclass(slots=True)
class _Names:
    """Ids for continuing shots that no other shot of the board has."""

    taken: set[str]

    def after(self, shot: str) -> str:
        """The shot's id with the first free letter from b on."""
        suffixes = ("z" * turns + letter for turns in range(1000) for letter in _LETTERS)
        name = next(shot + suffix for suffix in suffixes if shot + suffix not in self.taken)
        self.taken.add(name)
        return name


_LETTERS = "bcdefghijklmnopqrstuvwxy"


@dataclass(slots=True)
class _Desk:
    """What cueing one sheet keeps at hand."""

    language: str
    can: Capabilities
    names: _Names
    notices: list[Notice] = field(default_factory=list)

    @property
    def room(self) -> Fraction:
        """The longest speech one shot holds."""
        return self.longest - LEAD - TAIL

    @property
    def shortest(self) -> Fraction:
        return Fraction(ceil(self.can.shortest * self.can.frame_rate), self.can.frame_rate)

    @property
    def longest(self) -> Fraction:
        return Fraction(floor(self.can.longest * self.can.frame_rate), self.can.frame_rate)

    def whole(self, seconds: Fraction) -> Fraction:
        """The next whole frame."""
        return Fraction(ceil(seconds * self.can.frame_rate), self.can.frame_rate)

    def notice(self, shot: Shot, message: str) -> None:
        self.notices.append(Notice(source=shot.source, message=message))


def cue(
    board: Storyboard, language: str, capabilities: Capabilities
) -> tuple[CueSheet, tuple[Notice, ...]]:
    """The board's shots in `language`, and what could not be done as the author asked.

    LanguageError when the engine does not speak the language or lines have no words in it;
    CueError when the board has no shots, or a single word is longer than any shot.
    """
    tag = find_language(language).tag
    if not board.shots():
        raise CueError("there is nothing to film: the script has no shots", board.source)
    _refuse_missing_words(board, tag)
    _refuse_unspoken_language(board, tag, capabilities)
    desk = _Desk(tag, capabilities, _Names({shot.id for shot in board.shots()}))
    _notice_portraits(board, desk)
    _notice_photographs(board, desk)
    _notice_foreign_words(board, desk)
    shots = tuple(shot for scene in board.scenes for shot in _scene_shots(scene, desk))
    sheet = CueSheet(slug=board.slug, language=tag, frame_rate=capabilities.frame_rate, shots=shots)
    noticed = sorted(dict.fromkeys(desk.notices), key=lambda n: (n.source.file, n.source.line))
    return sheet, tuple(noticed)


def _notice_portraits(board: Storyboard, desk: _Desk) -> None:
    """A portrait the engine cannot follow is passed over, and never silently."""
    for character in board.characters:
        if character.reference and not desk.can.portraits:
            message = (
                f"engine {desk.can.engine} follows no portraits; {character.name} is made from "
                f"words alone and {character.reference} is not used"
            )
            where = character.source if character.source.file else board.source
            desk.notices.append(Notice(source=where, message=message))


def _notice_photographs(board: Storyboard, desk: _Desk) -> None:
    """A picture that will not stay what it is: the shot is made, with a word about it."""
    if not desk.can.redraws:
        return
    for shot in board.shots():
        if shot.reference:
            desk.notice(
                shot,
                f"engine {desk.can.engine} goes on from drawings of its own kind alone: if the "
                f"first frame ({shot.reference}) is another picture, it is seen for a moment; "
                "another engine, such as animatic, shows it as it is",
            )


def _notice_foreign_words(board: Storyboard, desk: _Desk) -> None:
    """Words that cannot be in the language they are filed under, by their letters or by words
    that it does without."""
    language = find_language(desk.language)
    for shot in board.shots():
        for line in shot.lines:
            words = line.text.get(language.tag, "")
            source = line.source if line.source.file else shot.source
            if foreign(words, language.tag):
                message = (
                    f"{shorten(words.strip())!r} is to be spoken as {language.name} "
                    f"({language.tag}) and is not written in its letters; check its language"
                )
                desk.notices.append(Notice(source=source, message=message))
            elif language.tag == CANTONESE and (standard := standard_words(words)):
                message = f"{shorten(words.strip())!r} is {remark(standard)}"
                desk.notices.append(Notice(source=source, message=message))


def missing_lines(board: Storyboard, language: str) -> tuple[Line | CardWords, ...]:
    """The lines, and the words on cards, that have none in that language; a line that is silence
    in all needs none."""
    tag = find_language(language).tag
    return tuple(each for each in board.worded() if not each.text.get(tag, "").strip())


def _refuse_missing_words(board: Storyboard, tag: str) -> None:
    missing = missing_lines(board, tag)
    if not missing:
        return
    language, short = find_language(tag), tag.split("-")[0]
    count = len(board.worded())
    words = next((text for text in missing[0].text.values() if text.strip()), "")
    first = f"the first is {shorten(words)!r}" if words else "the first is here"
    raise LanguageError(
        f"{len(missing)} of {count} lines have no {language.name} ({tag}) words; {first}: "
        f"add a note [[{short}: ...]] under the line, or fill the column or key {tag}",
        missing[0].source,
    )


def _refuse_unspoken_language(board: Storyboard, tag: str, can: Capabilities) -> None:
    spoken = any(speakable(line.text[tag]) for line in board.spoken_lines())
    if spoken and tag not in can.languages:
        raise LanguageError(
            f"engine {can.engine} does not speak {tag}; it speaks {', '.join(can.languages)}",
            board.source,
        )


def _scene_shots(scene: Scene, desk: _Desk) -> Iterator[CueShot]:
    """Silent shots as they are; between them, speeches gathered into shots."""
    waiting: list[_Piece] = []
    for shot in scene.shots:
        pieces = _pieces(shot, _spoken(shot, desk), desk)
        if pieces:
            waiting += pieces
        else:
            yield from _speech_shots(scene, waiting, desk)
            waiting = []
            if shot.card:
                yield _card_shot(scene, shot, shot.card, desk)
            else:
                yield _silent_shot(scene, shot, desk)
    yield from _speech_shots(scene, waiting, desk)


def _spoken(shot: Shot, desk: _Desk) -> list[Line]:
    """The shot's lines with something to speak in the desk's language; the others are noticed."""
    spoken = [line for line in shot.lines if speakable(line.text.get(desk.language, ""))]
    kept = "that speech is left out" if spoken else "the shot is silent"
    for line in shot.lines:
        if line not in spoken:
            words = next((text for text in line.text.values() if text.strip()), "")
            words = shorten(line.text.get(desk.language, words).strip())
            source = line.source if line.source.file else shot.source
            message = f"{words!r} has nothing to speak; {kept}"
            desk.notices.append(Notice(source=source, message=message))
    return spoken


def _card_shot(scene: Scene, shot: Shot, card: Card, desk: _Desk) -> CueShot:
    """A card, with its words in the desk's language and as long as its author asked."""
    seconds = desk.whole(shot.seconds or SHORTEST_SILENT)
    return CueShot(
        id=shot.id,
        scene=scene.id,
        shots=(shot.id,),
        framing=shot.framing,
        action="",
        sound="",
        cast=(),
        lines=(),
        transition=shot.transition,
        seconds=seconds,
        used=seconds,
        card=CueCard(
            words={each.role: each.text[desk.language] for each in card.words if each.has_words()},
            **{name: getattr(card, name) for name in type(card).model_fields if name != "words"},
        ),
        source=shot.source,
    )


def _silent_shot(scene: Scene, shot: Shot, desk: _Desk) -> CueShot:
    wanted = max(SHORTEST_SILENT, action_seconds(shot.action))
    if shot.seconds is None and wanted > 2 * desk.longest:
        desk.notice(shot, f"a long action gets one shot of {_show(desk.longest)}: split it")
    used = min(desk.whole(wanted), desk.longest)
    if shot.seconds is not None:
        used = _asked(shot, shot.seconds, Fraction(0), desk)
    return CueShot(
        id=shot.id,
        scene=scene.id,
        shots=(shot.id,),
        framing=shot.framing,
        action=shot.action,
        sound=shot.sound,
        cast=_cast_that_fits(shot, _with_speakers(shot), (), desk),
        lines=(),
        transition=shot.transition,
        seconds=max(desk.shortest, used),
        used=used,
        reference=shot.reference,
        source=shot.source,
    )


def _with_speakers(shot: Shot) -> tuple[str, ...]:
    """The cast, and last whoever the board has answer with silence in the picture."""
    answering = (line.speaker for line in shot.lines if not line.heard_only)
    return tuple(dict.fromkeys([*shot.cast, *answering]))


def action_seconds(action: str) -> Fraction:
    """How long an action takes to see, from the words it is told in; whatever their language."""
    unspaced = sum(1 for c in action if "\u3040" <= c <= "\u9fff")
    words = len(action.split()) + Fraction(unspaced, 2)
    return SILENT_START + SILENT_WORD * words if words else Fraction(0)


def _asked(shot: Shot, asked: Fraction, needed: Fraction, desk: _Desk) -> Fraction:
    """What the author asked for, as far as engine and words allow."""
    least = desk.whole(max(needed, Fraction(1)))
    given = min(max(desk.whole(asked), least), desk.longest)
    if asked < least:
        why = "its words take" if needed > 1 else "the least is"
        desk.notice(shot, f"asked for {_show(asked)}, but {why} {_show(given)}")
    elif asked > desk.longest:
        desk.notice(shot, f"asked for {_show(asked)}; {desk.can.engine} makes {_show(given)}")
    return given


def _show(seconds: Fraction) -> str:
    return f"{float(seconds):.4g} s"


def _pieces(shot: Shot, lines: list[Line], desk: _Desk) -> list[_Piece]:
    """Lines of the shot, each split at phrase ends where it is longer than a shot."""
    pieces = []
    for line in lines:
        texts = split(
            line.text[desk.language],
            desk.language,
            float(desk.room),
            lambda text: talking_seconds(text, desk.language),
        )
        for number, text in enumerate(texts, start=1):
            part = number if len(texts) > 1 else 0
            seconds = _fitting_seconds(shot, line, text, desk)
            pieces.append(_Piece(shot=shot, line=line, text=text, part=part, seconds=seconds))
    return pieces


def _fitting_seconds(shot: Shot, line: Line, text: str, desk: _Desk) -> Fraction:
    seconds = speech_seconds(text, desk.language)
    if seconds <= desk.room:
        return seconds
    where = line.source if line.source.file else shot.source
    raise CueError(
        f"{shorten(text.strip())!r} takes {_show(seconds)} without a place to breathe, and "
        f"{desk.can.engine} makes at most {_show(desk.longest)}: add a comma or a space",
        where,
    )


def _speech_shots(scene: Scene, pieces: Iterable[_Piece], desk: _Desk) -> Iterator[CueShot]:
    """Speeches gathered greedily into shots, in order."""
    begun: set[str] = set()
    groups = _groups(pieces, desk)
    torn = _torn(groups, desk)
    for group in groups:
        yield _speech_shot(scene, group, begun, torn, desk)
        begun.update(piece.shot.id for piece in group)


def _groups(pieces: Iterable[_Piece], desk: _Desk) -> list[list[_Piece]]:
    groups: list[list[_Piece]] = []
    for piece in pieces:
        if groups and _may_join(groups[-1], piece, desk):
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return groups


def _torn(groups: list[list[_Piece]], desk: _Desk) -> set[str]:
    """Shots whose words need several takes; a length asked for one cannot hold for them."""
    counts = Counter(id_ for group in groups for id_ in {piece.shot.id for piece in group})
    shots = {piece.shot.id: piece.shot for group in groups for piece in group}
    torn = {id_ for id_, count in counts.items() if count > 1}
    for id_ in (id_ for id_ in shots if id_ in torn):
        if (asked := shots[id_].seconds) is not None:
            desk.notice(
                shots[id_], f"asked for {_show(asked)}, but its words take {counts[id_]} shots"
            )
    return torn


def _may_join(group: list[_Piece], piece: _Piece, desk: _Desk) -> bool:
    """Whether the engine can make, and the author would allow, one more speech in the shot."""
    together = [*group, piece]
    return (
        len(together) <= desk.can.speeches_per_shot
        and len({p.line.speaker for p in together}) <= desk.can.speakers_per_shot
        and len(_in_picture(together)) <= desk.can.figures_per_shot
        and _needed(together) <= desk.longest
        and piece.part <= 1
        and (piece.shot.id == group[-1].shot.id or _may_share(group[-1].shot, piece.shot))
        and len(_cast(together)) <= max(desk.can.figures_per_shot, len(_cast([piece])))
    )


def _may_share(first: Shot, second: Shot) -> bool:
    """Whether nothing the author said of two shots is lost when one take shows both."""
    framings = {first.framing, second.framing}
    return (
        second.transition == "cut"
        and first.seconds is None
        and second.seconds is None
        and first.reference is None
        and second.reference is None
        and (len(framings) == 1 or framings <= set(_SHARED_FRAMINGS))
        and (not second.sound or second.sound == first.sound)
    )


def _in_picture(group: Iterable[_Piece]) -> tuple[str, ...]:
    """The speakers one sees, in the order they speak."""
    return tuple(dict.fromkeys(p.line.speaker for p in group if not p.line.heard_only))


def _cast(group: Iterable[_Piece]) -> tuple[str, ...]:
    """Who is in the picture, left to right; a speaker the board left out comes last."""
    pieces = list(group)
    shown = [character for piece in pieces for character in piece.shot.cast]
    return tuple(dict.fromkeys([*shown, *_in_picture(pieces)]))


def _needed(group: list[_Piece]) -> Fraction:
    return LEAD + sum((p.seconds for p in group), Fraction(0)) + GAP * (len(group) - 1) + TAIL


def _speech_shot(
    scene: Scene, group: list[_Piece], begun: set[str], torn: set[str], desk: _Desk
) -> CueShot:
    first = group[0].shot
    continues = first.id in begun
    shots = tuple({piece.shot.id: piece.shot for piece in group}.values())
    # A gesture is made once: continuing shots only go on talking.
    action = " ".join(s.action for s in shots if s.action and s.id not in begun)
    used = _speech_used(group, action, first.id in torn, desk)
    speakers = _in_picture(group)
    return CueShot(
        id=desk.names.after(first.id) if continues else first.id,
        scene=scene.id,
        shots=tuple(shot.id for shot in shots),
        framing=_framing(group, speakers, continues),
        action=action,
        sound=next((shot.sound for shot in shots if shot.sound), ""),
        cast=_cast_that_fits(first, _cast(group), speakers, desk),
        lines=_windows(group),
        transition="cut" if continues else first.transition,
        seconds=max(desk.shortest, used),
        used=used,
        reference=None if continues else first.reference,
        source=first.source,
    )


def _speech_used(group: list[_Piece], action: str, torn: bool, desk: _Desk) -> Fraction:
    needed = _needed(group)
    first = group[0].shot
    if first.seconds is not None and not torn:
        return _asked(first, first.seconds, needed, desk)
    wanted = max(needed, SHORTEST_USED)
    # Beside words a gesture is quicker seen; under a voice it is what one came to see.
    wanted = max(wanted, action_seconds(action) * (GESTURE if _in_picture(group) else 1))
    return min(desk.whole(wanted), desk.longest)


def _windows(group: list[_Piece]) -> tuple[CueLine, ...]:
    lines, start = [], LEAD
    for piece in group:
        end = start + piece.seconds
        lines.append(
            CueLine(
                line=piece.line.id,
                part=piece.part,
                speaker=piece.line.speaker,
                text=piece.text,
                delivery=piece.line.delivery,
                heard_only=piece.line.heard_only,
                start=start,
                end=end,
            )
        )
        start = end + GAP
    return tuple(lines)


def _framing(group: list[_Piece], speakers: tuple[str, ...], continues: bool) -> Framing:
    """The author's; a two-shot for two speakers; closer and back again in continuing shots."""
    asked = group[0].shot.framing
    if len(speakers) > 1 and asked in _SHARED_FRAMINGS:
        return "two-shot"
    if continues and group[0].part % 2 == 0:
        return _CLOSER[asked]
    return asked


def _cast_that_fits(
    shot: Shot, cast: tuple[str, ...], speakers: tuple[str, ...], desk: _Desk
) -> tuple[str, ...]:
    """The cast, left to right, cut to what the engine can show; those who speak stay."""
    if len(cast) <= desk.can.figures_per_shot:
        return cast
    by_need = sorted(cast, key=lambda c: c not in speakers)
    kept = set(by_need[: desk.can.figures_per_shot])
    left_out = ", ".join(c for c in cast if c not in kept)
    desk.notice(
        shot,
        f"{len(cast)} characters are in the picture and {desk.can.engine} shows "
        f"{desk.can.figures_per_shot}: left out {left_out}",
    )
    return tuple(c for c in cast if c in kept)
