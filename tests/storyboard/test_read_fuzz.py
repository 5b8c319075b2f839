"""Whatever is in a script: no traceback, no hang, and nothing of it in a path but safe names."""

import random
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storyboard.checks import faults
from storyboard.errors import ScriptError
from storyboard.names import LONGEST, SAFE, distinct, slug
from storyboard.read import Form, read_text
from storyboard.yaml_board import read_yaml, write_yaml

SCRIPTS = Path(__file__).parent / "scripts"
SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
FORMS: dict[str, Form] = {".fountain": "fountain", ".yaml": "yaml", ".csv": "shot list"}
QUIET = settings(max_examples=300, suppress_health_check=list(HealthCheck), database=None)

PIECES = [
    *("INT. ", "EXT. A--DAY", "BOB\n", "@x\n", "(", ")", "（", "）", "^", "~", ">", "<", "!", "."),
    *("[[", "]]", "[[shot: ", "[[scene: ", "[[character: ", "[[ja: ", "; ", ": ", "：", "=", "==="),
    *(
        "/*",
        "*/",
        "*",
        "**",
        "_",
        "\\",
        "#",
        "#1A#",
        "Title: ",
        "Language: ",
        "../",
        "/etc",
        "\\\\",
    ),
    *("seconds: 6", "cast: ", "ref: ", "close", "TO:", "FADE OUT.", "V.O.", "阿梅\n", "：", "灯。"),
    *(
        "scene,",
        "text_ja,",
        "text,",
        "speaker,",
        ";",
        ",",
        "\t",
        '"',
        "'",
        "- ",
        "{",
        "}",
        "[",
        "]",
    ),
    *("scenes:\n", "  - ", "shots:\n", "text: ", "action: ", "&a ", "*a", "!!x ", "|\n", "? ", "%"),
    *("\n", "\n\n", "\n", "  \n", "\r", "\r\n", " ", "\ufeff", "\0", "\x85", "\u2028", "\u202e"),
    *(
        "😀",
        "é",
        "İ",
        "ß",
        "1/0",
        "1e999999",
        "-1",
        "0",
        "nan",
        "true",
        "null",
        "~",
        "CON",
        "words ",
    ),
]


def fixtures(suffix: str) -> list[str]:
    folders = [SCRIPTS, SAMPLES] if SAMPLES.is_dir() else [SCRIPTS]
    return [path.read_text("utf-8") for f in folders for path in sorted(f.glob(f"*{suffix}"))]


def hold(text: str, form: Form) -> None:
    """Read it; what comes out is safe and whole, or a ScriptError with a place and a sentence."""
    try:
        reading = read_text(text, form=form, file="x.script")
    except ScriptError as error:
        assert error.source.file == "x.script"
        assert 1 <= error.source.line <= text.count("\n") + text.count("\r") + 2
        assert error.message.strip()
        return
    board = reading.board
    assert SAFE.fullmatch(board.slug)
    assert len(board.slug) <= LONGEST or form == "yaml"
    assert list(faults(board)) == []
    assert board.shots()
    for notice in reading.notices:
        assert notice.source.line >= 1


def mutated(text: str, chance: random.Random) -> str:
    """A real-looking file with a few cuts, doublings, swaps and strange pieces in it."""
    for _ in range(chance.randint(1, 6)):
        at, to = sorted(chance.randint(0, len(text)) for _ in range(2))
        to = min(to, at + chance.choice([1, 5, 60]))
        text = chance.choice(
            [
                text[:at] + text[to:],
                text[:to] + text[at:],
                text[:at] + chance.choice(PIECES) + text[at:],
                text[:at] + chance.choice(PIECES) * chance.randint(1, 9) + text[to:],
                text[:at] + text[at:to].swapcase() + text[to:],
                text[:at] + text[at:to][::-1] + text[to:],
            ]
        )
    return text


@pytest.mark.fuzz
@pytest.mark.parametrize(
    ("suffix", "count"), [(".fountain", 2500), (".csv", 2500), (".yaml", 1000)]
)
def test_mutated_files_are_read_or_refused(suffix: str, count: int) -> None:
    chance = random.Random(20260101)
    files = fixtures(suffix)
    for number in range(count):
        text = mutated(files[number % len(files)][:2500], chance)
        hold(text, FORMS[suffix])


@pytest.mark.fuzz
@pytest.mark.parametrize("form", list(FORMS.values()))
def test_heaps_of_grammar_are_read_or_refused(form: Form) -> None:
    chance = random.Random(7)
    for _ in range(1500):
        hold("".join(chance.choices(PIECES, k=chance.randint(1, 40))), form)


@pytest.mark.fuzz
@QUIET
@given(st.text(max_size=80), st.sampled_from(list(FORMS.values())))
def test_any_text_is_read_or_refused(text: str, form: Form) -> None:
    hold(text, form)


@pytest.mark.fuzz
@QUIET
@given(st.text(max_size=80))
def test_any_words_make_a_safe_name(words: str) -> None:
    made = slug(words, otherwise="film")
    assert SAFE.fullmatch(made)
    assert len(made) <= LONGEST
    taken: dict[str, int] = {}
    several = [distinct(made, taken) for _ in range(3)]
    assert len(set(several)) == 3
    assert all(SAFE.fullmatch(each) and len(each) <= LONGEST for each in several)


@pytest.mark.fuzz
def test_whatever_fountain_gives_survives_as_yaml() -> None:
    chance = random.Random(3)
    files = fixtures(".fountain")
    kept = 0
    for number in range(60):
        text = mutated(files[number % len(files)][:1500], chance)
        try:
            board = read_text(text, form="fountain", file="x.script").board
        except ScriptError:
            continue
        assert read_yaml(write_yaml(board), "y.yaml") == board
        kept += 1
    assert kept > 20


N = 100_000
LONG = {
    "one line": "a" * 1_000_000,
    "one line of capitals and ages": "AB, 1 " * (N // 6),
    "notes that never close": "[[" * (N // 2),
    "comments that never close": "/*" * (N // 2),
    "stars": "*" * N,
    "underlines": "_a " * (N // 3),
    "brackets": "BOB " + "(a) " * (N // 4) + "\nhi",
    "open brackets in a speech": "BOB\n" + "(a\n" * (N // 3),
    "plain speeches in one block": "Ann: a\n" * (N // 7),
    "dashes in a heading": "INT. " + "a - " * (N // 4) + "\n\nx",
    "one heading over and over": "INT. A - DAY\n\nx\n\n" * (N // 40),
    "a speech of short lines": "BOB\n" + "A\n" * (N // 2),
    "a name on every line": "".join(f"C{i} D{i}\nhi C{i}\n\n" for i in range(N // 60)),
    "sentences": "a. " * (N // 3),
    "separators": "[[shot: " + ";" * N + "]]\nx",
    "nested lists": "[" * N,
    "nested mappings": "{a: " * (N // 4),
    "backslashes": '"' + "\\" * N,
    "unknown keys": "".join(f"k{i}: 1\n" for i in range(N // 50)),
}


@pytest.mark.fuzz
@pytest.mark.parametrize("name", LONG)
def test_no_long_file_makes_a_reader_hang(name: str) -> None:
    """Each takes well under two seconds on an idle core; a quadratic reader takes minutes."""
    begun = time.process_time()
    for form in FORMS.values():
        hold(LONG[name], form)
    assert time.process_time() - begun < 20
