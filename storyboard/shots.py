"""The beats of one scene as shots: what shares a shot, who is in it, and how it is framed.

- Every speech is a shot with one line; dual dialogue is a shot with two.
- A short paragraph (12 words, 24 CJK characters) right before a speech, that shows someone, is what
  is done in that speech's shot. Every other paragraph is a silent shot; very short ones on end are
  one shot, as is one that ends in a colon with the next; one over 45 words is parted at sentence
  ends.
- A paragraph or speech with a shot note is a shot by itself, whole.
- A silent shot is wide when it opens the scene, an insert when a screen, a letter or the like says
  something, else medium. It shows who the paragraph names, at most three; `he` or `she` at its
  beginning is who was last named or speaking, `they` the last two.
- A scene's first speech is medium, the first answer a two-shot; after that speeches of up to six
  words are close and longer ones medium and close by turns. Over a voice that is only heard we see
  who listens.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from storyboard.beats import Beat, Entry, Paragraph, Speech
from storyboard.board import Framing, Line, Shot, Source, Transition
from storyboard.casting import Cast
from storyboard.errors import Notice, ScriptError
from storyboard.fountain import CJK
from storyboard.notes import ShotNote

SHORT = 12
"""Words an action may have to be the gesture of a speech."""
LONG = 45
"""Words an action may have before it is parted."""
VERY_SHORT = 5
"""Words of actions that share a shot, up to `SHORT` together."""
CLOSE_SPEECH = 6
"""Words of a speech that is shown close."""
MOST_SEEN = 3
"""Characters in a silent shot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneShots:
    """A scene's shots, and how the next scene is entered."""

    shots: tuple[Shot, ...]
    entry: Transition
    notices: tuple[Notice, ...]


@dataclass(slots=True)
class _Moment:
    """A shot before it is framed."""

    line: int
    transition: Transition
    action: str = ""
    seen: list[str] = field(default_factory=list)
    """Ids of those the action shows."""
    speeches: list[Speech] = field(default_factory=list)
    note: ShotNote | None = None


def shots_of(
    beats: list[Beat], *, scene: str, entry: Transition, cast: Cast, language: str, file: str
) -> SceneShots:
    """The shots of the scene with that id; ScriptError when a note casts a stranger."""
    gathering = _Gathering(cast=cast, file=file, entry=entry)
    for beat in beats:
        gathering.take(beat)
    gathering.settle()
    camera = _Camera(cast=cast)
    shots = []
    for number, moment in enumerate(gathering.moments, start=1):
        framing = camera.framing(moment, opening=number == 1)
        shot_id = f"{scene}-{number:02}"
        note = moment.note or ShotNote()
        shots.append(
            Shot(
                id=shot_id,
                framing=framing,
                action=moment.action if note.action is None else note.action,
                sound=note.sound or "",
                cast=camera.in_picture(moment, framing),
                lines=tuple(_lines(moment, shot_id, cast, language, file)),
                transition=note.transition or moment.transition,
                seconds=note.seconds,
                reference=note.reference,
                source=Source(file=file, line=moment.line),
            )
        )
        camera.made(moment)
    return SceneShots(shots=tuple(shots), entry=gathering.entry, notices=tuple(gathering.notices))


def size(text: str) -> float:
    """Length in words, where two CJK characters count as one."""
    spaced, cjk = CJK.subn(" ", text)
    return len(spaced.split()) + cjk / 2


def entry_of(beats: list[Beat]) -> Transition:
    """How a scene is entered by what stands before it."""
    entry: Transition = "cut"
    for beat in beats:
        if isinstance(beat, Entry):
            entry = stronger(entry, beat.transition)
    return entry


def stronger(first: Transition, second: Transition) -> Transition:
    """Of two transitions on end the one that shows: FADE OUT and CUT TO is a fade."""
    order: list[Transition] = ["cut", "dissolve", "fade"]
    return max(first, second, key=order.index)


# --- what shares a shot --------------------------------------------------------------------------


@dataclass(slots=True)
class _Gathering:
    """Walks a scene's beats. A paragraph waits until what follows tells whether it is a gesture."""

    cast: Cast
    file: str
    entry: Transition
    moments: list[_Moment] = field(default_factory=list)
    waiting: Paragraph | None = None
    waiting_seen: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    """Ids, the last named or heard at the end."""
    joinable: bool = False
    """The last moment is silent, without a note, and nothing came after it."""
    notices: list[Notice] = field(default_factory=list)

    def take(self, beat: Beat) -> None:
        if isinstance(beat, Entry):
            self.settle()
            self.joinable = False
            self.entry = stronger(self.entry, beat.transition)
        elif isinstance(beat, Paragraph):
            self.settle()
            self.waiting, self.waiting_seen = beat, self._seen(beat.text)
            self._remember(reversed(self.waiting_seen))
        elif beat.text:
            self._speech(beat)
        else:
            message = f"{beat.name} has a cue and no words; left out"
            self.notices.append(
                Notice(source=Source(file=self.file, line=beat.line), message=message)
            )

    def settle(self) -> None:
        """Make the waiting paragraph silent."""
        paragraph, self.waiting = self.waiting, None
        if paragraph is None:
            return
        last = self.moments[-1] if self.moments else None
        if paragraph.note is not None:
            self._add(paragraph.line, paragraph.text, self.waiting_seen, note=paragraph.note)
        elif last is not None and self.joinable and _belong(last.action, paragraph.text):
            last.action = f"{last.action} {paragraph.text}"
            last.seen = list(dict.fromkeys([*last.seen, *self.waiting_seen]))
        else:
            for number, part in enumerate(_parted(paragraph.text)):
                seen = self.cast.seen_in(part) if number else self.waiting_seen
                self._add(paragraph.line, part, seen)
        self.joinable = paragraph.note is None

    def _speech(self, speech: Speech) -> None:
        before, seen = self.waiting, self.waiting_seen
        last = self.moments[-1] if self.moments else None
        if speech.dual and before is None and last is not None and len(last.speeches) == 1:
            last.speeches.append(speech)
            last.note = speech.note.over(last.note) if speech.note else last.note
        elif before and before.note is None and seen and size(before.text) <= SHORT:
            self.waiting = None
            self._add(before.line, before.text, seen, note=speech.note, speech=speech)
        else:
            self.settle()
            self._add(speech.line, note=speech.note, speech=speech)
        self.joinable = False
        self._remember([self.cast.of(speech.name)])

    def _add(
        self,
        line: int,
        action: str = "",
        seen: Iterable[str] = (),
        *,
        note: ShotNote | None = None,
        speech: Speech | None = None,
    ) -> None:
        moment = _Moment(line, self.entry, action, list(seen), [speech] if speech else [], note)
        self.moments.append(moment)
        self.entry = "cut"

    def _seen(self, text: str) -> list[str]:
        """Who a paragraph shows, with he, she and they at its beginning taken for the last seen."""
        opening = _PRONOUN.match(text)
        meant = self.people[-(2 if opening.group("many") else 1) :] if opening else []
        return list(dict.fromkeys([*meant, *self.cast.seen_in(text)]))

    def _remember(self, ids: Iterable[str]) -> None:
        for who in ids:
            self.people = [*(each for each in self.people[-5:] if each != who), who]


_PRONOUN = re.compile(
    r"(?P<many>(?:they|both|sie beide|ils|elles)\b|他们|她们|他們|她們|彼ら|둘)"
    r"|(?:he|she|er|il|elle)\b"
    r"|他|她|彼女|彼|그녀|그는",
    re.IGNORECASE,
)


def _belong(before: str, after: str) -> bool:
    """Whether two silent paragraphs on end are one shot."""
    if before.endswith((":", "：")):
        return size(before) + size(after) <= LONG
    first, second = size(before), size(after)
    return second <= VERY_SHORT and first + second <= SHORT


_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’)\]]*\s+|[。！？]+[」』）”]*\s*")


def _parted(text: str) -> Iterator[str]:
    """The text whole, or when it is over `LONG`, in runs of whole sentences that are not."""
    if size(text) <= LONG:
        yield text
        return
    start = at = 0
    length = 0.0
    for end in [*(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]:
        sentence = size(text[at:end])
        if length and length + sentence > LONG:
            yield text[start:at].strip()
            start, length = at, 0.0
        at, length = end, length + sentence
    if text[start:].strip():
        yield text[start:].strip()


# --- framing -------------------------------------------------------------------------------------

_DIRECTIONS: tuple[tuple[re.Pattern[str], Framing], ...] = (
    (re.compile(r"INSERT\b"), "insert"),
    (re.compile(r"(?:EXTREME )?CLOSE(?: ON|[- ]?UP)\b|C\.?U\.?\b"), "close"),
    (re.compile(r"(?:WIDE|ESTABLISHING|LONG)(?: SHOT| ON)?\b"), "wide"),
    (re.compile(r"TWO[- ]SHOT\b"), "two-shot"),
)
"""What a paragraph in the style of a shooting script begins with."""

_SCREEN = re.compile(
    r"\b(?:phone|screen|display|monitor|laptop|app|clock|watch|letter|note|message|sign|photo"
    r"|photograph|headline|newspaper|radio|ticket|label)s?\b(?:'s)?(?: \w+){0,3}? "
    r"(?:reads|displays|shows|says|buzzes|rings|counts|flashes|lights|blinks|crackles|opens)\b"
    r"|(?:手机|手機|屏幕|螢幕|画面|畫面|携帯|スマホ|時計|时钟|手紙|信|写真|照片)[^。！？]{0,12}"
    r"(?:显示|顯示|写着|寫著|表示|映|鳴|響|响|亮)",
    re.IGNORECASE,
)
"""An object within four words before something that objects tell people."""

_HEARD = re.compile(
    r"(?:v\.? ?o\.?|o\.? ?s\.?|o\.? ?c\.?|off|voice[- ]?over|off[- ]?screen|off[- ]?camera"
    r"|filtered|画外音|畫外音|旁白|画外|声|聲|ナレーション|声のみ|내레이션|aus dem off)",
    re.IGNORECASE,
)
_CONTINUED = re.compile(r"cont(?:['’]?d|inued|\.)?\.?|続き|续|續", re.IGNORECASE)


def heard_only(speech: Speech) -> bool:
    """Whether the cue says that the speaker is not in the picture: (V.O.), (O.S.), 旁白."""
    return any(_HEARD.fullmatch(extension.strip()) for extension in speech.extensions)


@dataclass(slots=True)
class _Camera:
    """Frames a scene's moments in order; remembers who has spoken in the picture."""

    cast: Cast
    speakers: list[str] = field(default_factory=list)
    """In the picture, in the order in which the scene first hears them: left to right."""
    last: list[str] = field(default_factory=list)
    """Those who were last in the picture, the latest at the end."""
    speeches: int = 0

    def framing(self, moment: _Moment, *, opening: bool) -> Framing:
        if moment.note is not None and moment.note.framing is not None:
            return moment.note.framing
        for pattern, framing in _DIRECTIONS:
            if pattern.match(moment.action):
                return framing
        if moment.speeches:
            return self._speech_framing(moment)
        if opening:
            return "wide"
        return "insert" if _SCREEN.search(moment.action) else "medium"

    def _speech_framing(self, moment: _Moment) -> Framing:
        if len(moment.speeches) > 1 and len(self._speaking(moment)) > 1:
            return "two-shot"
        speaking = self._speaking(moment)
        if not speaking:
            return "medium" if self.last else "wide"
        if any(who not in speaking for who in moment.seen):
            return "two-shot"
        if not self.speakers:
            return "medium"
        if len(self.speakers) == 1 and speaking[0] not in self.speakers:
            return "two-shot"
        if size(moment.speeches[0].text) <= CLOSE_SPEECH or self.speeches % 2:
            return "close"
        return "medium"

    def in_picture(self, moment: _Moment, framing: Framing) -> tuple[str, ...]:
        """Ids from left to right."""
        note = moment.note
        if note is not None and note.cast is not None:
            return tuple(dict.fromkeys(self._named(name, note) for name in note.cast))
        if framing == "insert":
            return ()
        speaking = self._speaking(moment)
        if not moment.speeches:
            return tuple(moment.seen[:MOST_SEEN])
        if not speaking:
            return tuple(moment.seen[:1] or self._listeners(moment)[:1])
        if framing == "close" or (framing == "medium" and len(speaking) == 1):
            return tuple(speaking[:1])
        two = list(dict.fromkeys([*speaking, *moment.seen, *self._listeners(moment)]))[:2]
        order = [*self.speakers, *two]
        return tuple(sorted(two, key=order.index))

    def made(self, moment: _Moment) -> None:
        """Remember a moment that was framed."""
        self.speeches += bool(moment.speeches)
        for who in self._speaking(moment):
            if who not in self.speakers:
                self.speakers.append(who)
        for who in [*reversed(moment.seen), *self._speaking(moment)]:
            self.last = [*(each for each in self.last[-5:] if each != who), who]

    def _speaking(self, moment: _Moment) -> list[str]:
        return [self.cast.of(each.name) for each in moment.speeches if not heard_only(each)]

    def _listeners(self, moment: _Moment) -> list[str]:
        """Who was last in the picture and is not speaking now, the latest first."""
        talking = {self.cast.of(speech.name) for speech in moment.speeches}
        return [who for who in reversed(self.last) if who not in talking]

    def _named(self, name: str, note: ShotNote) -> str:
        who = self.cast.id_of(name)
        if who is None:
            known = ", ".join(each.name for each in self.cast.characters) or "none"
            raise ScriptError(
                f"no character {name[:40]!r} for this shot; known are {known}", note.source
            )
        return who


def _lines(moment: _Moment, shot: str, cast: Cast, language: str, file: str) -> Iterator[Line]:
    for number, speech in enumerate(moment.speeches, start=1):
        extensions = [
            extension
            for extension in speech.extensions
            if not _HEARD.fullmatch(extension.strip()) and not _CONTINUED.fullmatch(extension)
        ]
        singing = ["singing"] if speech.lyrics else []
        delivery = filter(None, [*extensions, *speech.delivery, *singing])
        yield Line(
            id=f"{shot}.{number}",
            speaker=cast.of(speech.name),
            text={language: speech.text} | {**speech.translations, language: speech.text},
            delivery="; ".join(delivery),
            heard_only=heard_only(speech),
            source=Source(file=file, line=speech.line),
        )
