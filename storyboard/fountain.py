"""Fountain 1.1: a screenplay as plain text, to its elements. https://fountain.io/syntax

A grammar and nothing else: what an element means for the film is `storyboard.screenplay`'s story.
Every element knows its line in the file, also behind comments that were taken out. Files that
break the rules in ways people really break them are read as they were meant, with a notice that
names the line.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import Literal

from storyboard.board import Source
from storyboard.errors import Notice

Kind = Literal[
    "heading",
    "action",
    "cue",
    "parenthetical",
    "dialogue",
    "lyric",
    "transition",
    "centred",
    "note",
    "section",
    "synopsis",
    "page break",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One thing the script says. Hard-wrapped lines are still apart (`\\n`) in `text`."""

    kind: Kind
    text: str
    """Without the marks that made it this kind; emphasis is still in."""
    line: int
    """1-based, in the file."""
    block: int
    """First line of the block it stands in: elements not parted by a blank line share it."""
    number: str = ""
    """A heading's scene number."""
    level: int = 0
    """A section's depth."""
    extensions: tuple[str, ...] = ()
    """A cue's: ("V.O.", "CONT'D")."""
    dual: bool = False
    """A cue spoken at the same time as the speech before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleValue:
    """What the title page says under one key; several lines are joined with a space."""

    text: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A Fountain file, read."""

    title_page: dict[str, TitleValue]
    """Keys as written; "Title" and "title" are looked up with `title`."""
    elements: tuple[Element, ...]
    notices: tuple[Notice, ...]

    def title(self, key: str) -> TitleValue | None:
        """The title page's value of that key in any case."""
        for name, value in self.title_page.items():
            if name.casefold() == key.casefold():
                return value
        return None


def parse(text: str, file: str) -> Script:
    """The elements of a Fountain script; never fails, and takes time linear in the text."""
    remarks = _Remarks(file=file)
    rows = _take_out_comments(_plain_lines(text), remarks)
    title_page, rest = _title_pages(rows, remarks)
    speakers = _plain_speakers(rest)
    elements: list[Element] = []
    for block in _blocks(rest):
        notes = [
            Element(kind="note", text=words, line=line, block=block[0].line)
            for row in block
            for line, words in row.notes
        ]
        found = [*_elements(block, remarks, speakers), *notes]
        elements += sorted(found, key=lambda element: element.line)
    _notice_buried_cues(elements, remarks)
    return Script(title_page=title_page, elements=tuple(elements), notices=remarks.notices())


@dataclass(slots=True)
class _Remarks:
    """Broken rules met while reading: kind of remark to the lines it was met on."""

    file: str
    lines: dict[str, list[int]] = field(default_factory=dict)

    def add(self, line: int, message: str) -> None:
        self.lines.setdefault(message, []).append(line)

    def notices(self) -> tuple[Notice, ...]:
        """One for each kind, at its first line, in the order of the file."""
        found = [
            Notice(source=Source(file=self.file, line=at[0]), message=message + _also(at[1:]))
            for message, at in self.lines.items()
        ]
        return tuple(sorted(found, key=lambda notice: notice.source.line))


def _also(lines: list[int]) -> str:
    if not lines:
        return ""
    shown = ", ".join(str(line) for line in lines[:5])
    more = f" and {len(lines) - 5} more" if len(lines) > 5 else ""
    return f" (also on line{'s' if len(lines) > 1 else ''} {shown}{more})"


# --- from text to rows ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the file without its comments."""

    line: int
    text: str | None
    """None when the whole line was comment: it neither says anything nor parts blocks."""
    notes: tuple[tuple[int, str], ...] = ()
    """Line and text of the notes that begin here."""

    @property
    def blank(self) -> bool:
        return self.text is not None and not self.text.strip()


def _plain_lines(text: str) -> str:
    """The text with one kind of line end, and without marks that no reader sees."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f\ufeff]", "", text)


_OPENERS = re.compile(r"/\*|\[\[")
_BLANK_LINE = re.compile(r"^[ \t]?$", re.MULTILINE)


def _take_out_comments(text: str, remarks: _Remarks) -> list[_Row]:
    """Rows without boneyard and notes. A note ends before a truly blank line, or is none."""
    size = text.count("\n") + 1
    kept: list[list[str]] = [[] for _ in range(size)]
    notes: list[list[tuple[int, str]]] = [[] for _ in range(size)]
    touched = [False] * size
    blanks = [match.start() for match in _BLANK_LINE.finditer(text)]
    no_note_before = no_boneyard_before = at = row = 0

    def keep(piece: str) -> None:
        nonlocal row
        for number, part in enumerate(piece.split("\n")):
            row += number > 0
            kept[row].append(part)

    while opener := _OPENERS.search(text, at):
        start, inside = opener.span()
        keep(text[at:start])
        boneyard = opener.group() == "/*"
        if boneyard:
            end = text.find("*/", inside) if start >= no_boneyard_before else -1
        else:
            next_blank = bisect_left(blanks, inside)
            limit = blanks[next_blank] if next_blank < len(blanks) else len(text)
            end = text.find("]]", inside, limit) if start >= no_note_before else -1
        if end < 0:
            if boneyard and start >= no_boneyard_before:
                no_boneyard_before = len(text)
                remarks.add(row + 1, "/* is never closed by */; read as text")
            elif not boneyard and start >= no_note_before:
                no_note_before = limit
                remarks.add(row + 1, "[[ is not closed by ]] before the next blank line")
            keep(opener.group())
            at = inside
            continue
        removed = text[start : end + 2]
        if not boneyard:
            notes[row].append((row + 1, text[inside:end]))
        last = row + removed.count("\n")
        touched[row : last + 1] = [True] * (last + 1 - row)
        row, at = last, end + 2
    keep(text[at:])
    return [
        _row(number + 1, "".join(parts), touched[number], tuple(notes[number]))
        for number, parts in enumerate(kept)
    ]


def _row(line: int, text: str, touched: bool, notes: tuple[tuple[int, str], ...]) -> _Row:
    if not touched:
        return _Row(line, text)
    text = re.sub(r"(?<=\S) {2,}", " ", text).rstrip()
    return _Row(line, text or None, notes)


# --- the title page ------------------------------------------------------------------------------

TITLE_KEYS = {
    "title": ("title", "titel", "titre", "标题", "標題", "题目", "題名", "タイトル", "제목"),
    "author": ("author", "authors", "作者", "编剧", "編劇", "脚本", "작가", "autor", "auteur"),
    "language": ("language", "语言", "語言", "言語", "언어", "sprache", "langue"),
    "logline": ("logline", "梗概", "ログライン"),
}
"""What the house looks for on a title page, as it is spelled by people."""

_KNOWN_KEYS = {
    *(name for names in TITLE_KEYS.values() for name in names),
    *("credit", "source", "draft date", "date", "contact", "copyright", "notes", "revision"),
    *("subtitle", "episode", "series", "format"),
}

_TITLE_LINE = re.compile(r"([^\s:：\[(@.!>~#=][^:：]{0,40})([:：])(.*)", re.DOTALL)


def _title_pages(rows: list[_Row], remarks: _Remarks) -> tuple[dict[str, TitleValue], list[_Row]]:
    """The title page, and the rows without it. A second page right behind wins over the first."""
    found: dict[str, TitleValue] = {}
    start = pages = 0
    rest: list[_Row] = []
    while True:
        while start < len(rows) and (rows[start].blank or rows[start].text is None):
            rest.append(rows[start])
            start += 1
        end = start
        while end < len(rows) and not rows[end].blank:
            end += 1
        page = _title_page(rows[start:end], remarks)
        if not page or (pages and not any(key.casefold() in TITLE_KEYS["title"] for key in page)):
            return found, rest + rows[start:]
        if pages:
            remarks.add(rows[start].line, "a second title page; what it says replaces the first's")
        pages += 1
        found |= page
        rest += [_Row(row.line, None, row.notes) for row in rows[start:end]]
        start = end


def _title_page(rows: list[_Row], remarks: _Remarks) -> dict[str, TitleValue]:
    """Keys and values of a block, or nothing when the block is no title page."""
    said = [(row.line, row.text) for row in rows if row.text is not None]
    first = _TITLE_LINE.fullmatch(said[0][1]) if said else None
    if first is None or _is_heading(said[0][1]) or _LOOSE_TRANSITION.fullmatch(said[0][1].strip()):
        return {}
    keys = [m.group(1).strip().casefold() for _, text in said if (m := _TITLE_LINE.fullmatch(text))]
    continued = not first.group(3).strip() and len(said) > 1 and said[1][1][0].isspace()
    if not continued and not _KNOWN_KEYS.intersection(keys):
        return {}
    return _title_values(said, remarks)


def _title_values(said: list[tuple[int, str]], remarks: _Remarks) -> dict[str, TitleValue]:
    values: dict[str, tuple[int, list[str]]] = {}
    key = ""
    for line, text in said:
        match = _TITLE_LINE.fullmatch(text)
        if match:
            key = match.group(1).strip()
            values[key] = (line, [match.group(3).strip()])
            if match.group(2) == "：":
                remarks.add(line, "the title page has a full-width colon; read as a colon")
        else:
            values[key][1].append(text.strip())
    return {
        key: TitleValue(text=strip_emphasis(" ".join(filter(None, parts))), line=line)
        for key, (line, parts) in values.items()
    }


# --- from rows to blocks -------------------------------------------------------------------------


def _blocks(rows: list[_Row]) -> Iterator[list[_Row]]:
    """Runs of rows without a blank one; two spaces keep a blank line inside a speech."""
    block: list[_Row] = []
    speech = False
    for row in rows:
        if not row.blank:
            speech = speech or (
                row.text is not None
                and all(before.text is None for before in block)
                and _cue(row.text) is not None
            )
            block.append(row)
        elif speech and row.text is not None and len(row.text) >= 2:
            block.append(row)
        elif block:
            yield block
            block, speech = [], False
    if block:
        yield block


_PLAIN_SPEECH = re.compile(r"([^\s:：(（][^:：(（]{0,30})[:：]\s*(\S.*)", re.DOTALL)

_NO_SPEAKERS = {
    *("SUPER", "TITLE", "CHYRON", "CAPTION", "SIGN", "TEXT", "INSERT", "ANGLE", "CLOSE", "CAMERA"),
    *("NOTE", "NOTES", "NB", "PS", "INTERCUT", "MONTAGE", "FLASHBACK", "CUT", "FADE", "LATER"),
    *("SOUND", "MUSIC", "SFX", "VFX"),
    *("字幕", "人物", "注", "旁注", "音效", "音乐", "时间", "時間", "地点", "场景", "場景"),
}
"""Words before a colon that are nobody's name."""


def _plain_speaker(text: str) -> str | None:
    """The name in a line that reads as `Name: words` or `角色：（提示）台词`."""
    match = _PLAIN_SPEECH.fullmatch(text.strip())
    if match is None or text.lstrip()[0] in "@.!>~#=*_\"'「『“[":
        return None
    name = match.group(1).strip()
    words = name.split()
    if words[0].upper() in _NO_SPEAKERS or not any(c.isalpha() for c in name):
        return None
    if is_cjk(name[0]) or is_hangul(name[0]):
        return name if len(name) <= 8 and len(words) <= 2 else None
    if len(words) <= 3 and all(word[0].isupper() or word[0].isdigit() for word in words):
        return name
    return None


def _plain_speakers(rows: list[_Row]) -> frozenset[str]:
    """Who `Name: words` lines are believed for: known cues, names met twice, or a script of
    such lines alone. "His screen reads: ..." stays action."""
    counts: dict[str, int] = {}
    cues: set[str] = set()
    before_blank = True
    for row in rows:
        if row.text is None:
            continue
        if before_blank and not row.blank and (cue := _cue(row.text)) and not cue.unforced:
            cues.add(cue.name.casefold())
        before_blank = row.blank
        if not row.blank and (name := _plain_speaker(row.text)):
            counts[name] = counts.get(name, 0) + 1
    return frozenset(
        name for name, n in counts.items() if n > 1 or not cues or name.casefold() in cues
    )


# --- from blocks to elements ---------------------------------------------------------------------

_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    ord("。"): ".",
    ord("　"): " ",
}
# Latin letters and digits keep their place, so that positions in the two texts agree.

_HEADING = re.compile(
    r"(INT\.?/EXT|EXT\.?/INT|INT|EXT|EST|I/E|E/I)(?=[.\s])|(内景|外景|室内|室外|屋内|屋外)(?=[.:,\s])",
    re.IGNORECASE,
)
_SHOUTED_HEADING = re.compile(r"(INT\.?/EXT|INT|EXT|EST|I/E)\. [^a-z]+")
_SCENE_NUMBER = re.compile(r"#([^#\s]+)#\s*$")
_LOOSE_TRANSITION = re.compile(
    r"(FADE (IN|OUT|UP|TO BLACK|TO WHITE)|(SMASH |MATCH |JUMP )?CUT TO( BLACK)?|CUT TO:? BLACK"
    r"|(CROSS ?|SLOW )?(DISSOLVE|FADE)( TO)?|フェード・?(イン|アウト)|淡入|淡出|叠化|疊化|切至"
    r"|(페이드|디졸브) ?(인|아웃)?|(AUF|AB|ÜBER)BLENDE|FONDU( AU NOIR)?)[.:。：]?"
)


def _is_heading(text: str) -> bool:
    return _HEADING.match(text.strip()[:12].translate(_HALF_WIDTH)) is not None


def _elements(rows: list[_Row], remarks: _Remarks, speakers: frozenset[str]) -> list[Element]:
    """The elements of one block."""
    block = rows[0].line
    said = [(row.line, row.text) for row in rows if row.text is not None]
    found: list[Element] = []
    action: list[tuple[int, str]] = []
    opening = True
    at = 0

    def flush() -> None:
        if action:
            text = "\n".join(text for _, text in action)
            found.append(Element(kind="action", text=text, line=action[0][0], block=block))
            action.clear()

    while at < len(said):
        line, text = said[at]
        alone = opening and at + 1 == len(said)
        marked = _marked(line, text.strip(), block) or _unmarked(
            line, text.strip(), block, opening=opening, alone=alone, remarks=remarks
        )
        if marked is not None:
            flush()
            found.append(marked)
            opening = marked.kind != "lyric"
            at += 1
            continue
        cue = _cue(text) if opening else None
        if cue is not None and (at + 1 < len(said) or text.strip().startswith("@")):
            return found + _speech(cue, said[at:], block, remarks)
        if _plain_speaker(text) in speakers:
            flush()
            taken = _plain_speech(said, at, block, speakers)
            remarks.add(line, "a speech written as `Name: words`; read as a cue and its dialogue")
            found += taken[0]
            at += taken[1]
        else:
            action.append((line, text.strip().removeprefix("!")))
            at += 1
        opening = False
    flush()
    return found


def _marked(line: int, text: str, block: int) -> Element | None:
    """The element a line is by the mark it begins with."""

    def made(kind: Kind, words: str, *, number: str = "", level: int = 0) -> Element:
        return Element(
            kind=kind, text=words.strip(), line=line, block=block, number=number, level=level
        )

    if re.fullmatch(r"={3,}", text):
        return made("page break", "")
    if text.startswith(">"):
        centred = text.endswith("<") and len(text) > 1
        return made("centred", text[1:-1]) if centred else made("transition", text[1:])
    if text.startswith("#"):
        words = text.lstrip("#")
        return made("section", words, level=len(text) - len(words))
    if text.startswith("="):
        return made("synopsis", text[1:])
    if text.startswith("~"):
        return made("lyric", text[1:])
    if len(text) > 1 and text[0] == "." and text[1].isalnum():
        return _heading(line, text[1:], block)
    return None


def _heading(line: int, text: str, block: int) -> Element:
    number = _SCENE_NUMBER.search(text)
    words = text[: number.start()] if number else text
    return Element(
        kind="heading",
        text=words.strip(),
        line=line,
        block=block,
        number=number.group(1) if number else "",
    )


def _unmarked(
    line: int, text: str, block: int, *, opening: bool, alone: bool, remarks: _Remarks
) -> Element | None:
    """A heading or a transition by its words."""
    if opening and _is_heading(text):
        if _HEADING.match(text) is None:
            remarks.add(line, "a scene heading with full-width punctuation; read as a heading")
        elif text[0] in "内外室屋":
            remarks.add(line, "a scene heading without INT. or EXT.; read as a heading")
        return _heading(line, text, block)
    if not opening and len(text) < 200 and _SHOUTED_HEADING.fullmatch(text):
        remarks.add(line, "a scene heading without a blank line before it; read as a heading")
        return _heading(line, text, block)
    if alone and text.endswith("TO:") and not _has_small_letters(text):
        return Element(kind="transition", text=text, line=line, block=block)
    if opening and len(text) < 40 and _LOOSE_TRANSITION.fullmatch(text):
        remarks.add(line, f"{text!r} reads as a transition; write > {text} to be sure")
        return Element(kind="transition", text=text, line=line, block=block)
    return None


# --- speeches ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Cue:
    name: str
    extensions: tuple[str, ...]
    dual: bool
    unforced: bool
    """Not a cue by Fountain's rules: a name not in capitals (or without any), not marked by @."""


def _cue(text: str) -> _Cue | None:
    """What a line says when it is a cue; whether it is one also depends on what follows it."""
    text = text.strip()
    forced = text.startswith("@")
    words = text.removeprefix("@").translate({ord("（"): "(", ord("）"): ")"}).strip()
    if len(words) > 80 and not forced:
        return None
    dual = words.endswith("^")
    words = words.removesuffix("^").strip()
    extensions: list[str] = []
    while words.endswith(")") and (start := words.rfind("(")) >= 0:
        extensions.insert(0, words[start + 1 : -1].strip())
        words = words[:start].strip()
    if forced:
        return _Cue(words, tuple(extensions), dual, False) if words else None
    if not words or words[0] in "!.~>#=(" or ":" in words or "：" in words:
        return None
    if not any(c.isalpha() for c in words):
        return None
    if _has_small_letters(words):
        certain = any(_CUES_ONLY.fullmatch(extension) for extension in extensions)
        return _Cue(words, tuple(extensions), dual, True) if certain else None
    if words.lower() != words:
        return _Cue(words, tuple(extensions), dual, False)
    if len(words) <= 8 and _UNFORCED_NAME.fullmatch(words):
        return _Cue(words, tuple(extensions), dual, True)
    return None


_CUES_ONLY = re.compile(r"V\.?O\.?|O\.?S\.?|O\.?C\.?|CONT['’]D", re.IGNORECASE)
"""Extensions that nothing but a cue has, whatever its letters: `McAvoy (V.O.)`."""

_UNFORCED_NAME = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af々・· 0-9]+")


def _has_small_letters(text: str) -> bool:
    text = text.replace("ß", "")  # WEIß is in capitals, and its upper() is longer
    return text != text.upper()


def _speech(cue: _Cue, said: list[tuple[int, str]], block: int, remarks: _Remarks) -> list[Element]:
    """A cue and all that follows it in the block."""
    line, text = said[0]
    if cue.unforced:
        remarks.add(line, f"{text.strip()!r} reads as a cue; write @{cue.name} to be sure")
    if cue.name[-1] in "!?" and not text.strip().startswith("@"):
        remarks.add(line, f"{text.strip()!r} reads as a cue; write !{cue.name} if it is action")
    found = [
        Element(
            kind="cue",
            text=cue.name,
            line=line,
            block=block,
            extensions=cue.extensions,
            dual=cue.dual,
        )
    ]
    spoken = _spoken(said[1:], remarks)
    for kind, run in groupby(spoken, key=lambda part: part[0]):
        parts = list(run)
        if kind == "dialogue":
            parts = [(kind, parts[0][1], "\n".join(words for _, _, words in parts).strip("\n"))]
        found += [
            Element(kind=kind, text=words, line=at, block=block)
            for _, at, words in parts
            if words or kind != "dialogue"
        ]
    return found


def _spoken(said: list[tuple[int, str]], remarks: _Remarks) -> Iterator[tuple[Kind, int, str]]:
    """Rows below a cue as parenthetical, lyric or dialogue."""
    unclosed: list[str] = []
    opened = 0
    for at, (line, text) in enumerate(said):
        words = text.strip()
        half = words.translate(_HALF_WIDTH)
        if unclosed:
            unclosed.append(words)
            if half.endswith(")"):
                yield "parenthetical", opened, " ".join(unclosed)[1:-1].strip()
                unclosed = []
        elif _is_aside(half):
            if words != half and (words[0], words[-1]) != (half[0], half[-1]):
                remarks.add(line, "full-width （ ）; read as a parenthetical")
            yield "parenthetical", line, words[1:-1].strip()
        elif half.startswith("(") and ")" not in half and _closes_below(said[at + 1 : at + 3]):
            unclosed, opened = [words], line
        elif words.startswith("~"):
            yield "lyric", line, words[1:].strip()
        else:
            yield "dialogue", line, words


def _is_aside(words: str) -> bool:
    """Whether the first bracket closes only at the end: "(beat) No. (laughs)" is dialogue."""
    if not (words.startswith("(") and words.endswith(")")):
        return False
    depth = 0
    for at, letter in enumerate(words):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return at == len(words) - 1
    return False


def _closes_below(below: list[tuple[int, str]]) -> bool:
    """Whether a parenthetical that was opened is closed at the end of one of these rows."""
    return any(text.strip().endswith((")", "）")) for _, text in below)


def _plain_speech(
    said: list[tuple[int, str]], at: int, block: int, speakers: frozenset[str]
) -> tuple[list[Element], int]:
    """A `Name: words` line with the rows that continue it, and how many rows that was."""
    line, text = said[at]
    match = _PLAIN_SPEECH.fullmatch(text.strip())
    assert match is not None, text
    words = [match.group(2).strip()]
    for _, below in islice(said, at + 1, None):
        if _plain_speaker(below) in speakers:
            break
        words.append(below.strip())
    found = [Element(kind="cue", text=match.group(1).strip(), line=line, block=block)]
    aside = re.match(r"[(（]([^()（）]*)[)）]\s*", words[0])
    if aside:
        words[0] = words[0][aside.end() :]
        found.append(
            Element(kind="parenthetical", text=aside.group(1).strip(), line=line, block=block)
        )
    spoken = "\n".join(words).strip()
    if spoken:
        found.append(Element(kind="dialogue", text=spoken, line=line, block=block))
    return found, len(words)


def _notice_buried_cues(elements: list[Element], remarks: _Remarks) -> None:
    """A cue without a blank line before it is spoken aloud by the one before: worth a word."""
    names = {element.text for element in elements if element.kind == "cue"}
    for element in elements:
        if element.kind == "dialogue":
            for number, text in enumerate(element.text.split("\n")):
                if number and text in names:
                    remarks.add(
                        element.line + number,
                        f"{text} stands inside a speech; a blank line above makes it a cue",
                    )


# --- words ---------------------------------------------------------------------------------------


CJK = re.compile("[\u3000-\u30ff\u3400-\u9fff\uff01-\uff60\U00020000-\U0003ffff]")


def is_cjk(letter: str) -> bool:
    """Han, kana, or punctuation of theirs: written without spaces."""
    return CJK.match(letter) is not None


def is_hangul(letter: str) -> bool:
    return "\uac00" <= letter <= "\ud7af"


def unwrap(text: str) -> str:
    """Hard-wrapped lines as one: joined by a space, or by nothing where the script uses none."""
    joined: list[str] = []
    for line in filter(None, (part.strip() for part in text.split("\n"))):
        if joined and not (is_cjk(joined[-1][-1]) and is_cjk(line[0])):
            joined.append(" ")
        joined.append(line)
    return "".join(joined)


_MARKS = re.compile(r"\\(?P<escaped>[*_\\~@#!>\[\]/=.])|(?P<mark>\*{1,3}(?!\*)|_(?!_))")


def strip_emphasis(text: str) -> str:
    """The words without * ** *** and _ that stand in pairs; \\* is a star.

    A mark opens before a word and closes behind one, so that 5 * 3, f**k and snake_case stay
    whole. Unlike Fountain's own rule, a pair may span the lines of one paragraph: hard-wrapped
    files do that.
    """
    pieces: list[str] = []
    open_marks: dict[str, int] = {}
    at = 0
    for match in _MARKS.finditer(text):
        pieces.append(text[at : match.start()])
        at = match.end()
        if match.group("escaped"):
            pieces.append(match.group("escaped"))
            continue
        mark = match.group("mark")
        before = text[match.start() - 1] if match.start() else " "
        after = text[at] if at < len(text) else " "
        if mark in open_marks and not before.isspace() and not _in_word(after):
            pieces[open_marks.pop(mark)] = ""
            pieces.append("")
        else:
            if not after.isspace() and not _in_word(before):
                open_marks[mark] = len(pieces)
            pieces.append(mark)
    pieces.append(text[at:])
    return "".join(pieces)


def _in_word(letter: str) -> bool:
    return letter.isalnum() and not is_cjk(letter)
