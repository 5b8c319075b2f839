"""Storyboards as YAML: read strictly, written without loss."""

import json
from fractions import Fraction
from pathlib import Path, PurePath

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from storyboard.board import Character, Line, Scene, Shot, Source, Storyboard
from storyboard.errors import ScriptError
from storyboard.languages import LANGUAGES
from storyboard.read import read, read_text
from storyboard.yaml_board import read_yaml, schema, write_yaml

SCRIPTS = Path(__file__).parent / "scripts"
PUBLISHED = Path(__file__).parents[2] / "docs" / "storyboard.schema.json"


def refusal(text: str) -> str:
    with pytest.raises(ScriptError) as caught:
        read_yaml(text, "x.yaml")
    return str(caught.value)


def test_the_short_form_is_filled_in() -> None:
    board = read(SCRIPTS / "lamp.yaml").board
    assert (board.slug, board.language) == ("the-lamp", "en")
    assert [scene.id for scene in board.scenes] == ["ext-lighthouse-night", "int-kitchen"]
    outside = board.scenes[0]
    assert (outside.interior, outside.place, outside.time_of_day) == (False, "LIGHTHOUSE", "NIGHT")
    rain, talk = outside.shots
    assert rain.seconds == Fraction(26, 5)
    assert talk.id == "ext-lighthouse-night-02"
    assert talk.cast == ("mia", "jun")
    assert [line.speaker for line in talk.lines] == ["mia", "jun"]
    assert talk.lines[0].text == {"en": "The lamp is out."}
    assert set(talk.lines[1].text) == {"en", "ja-JP", "cmn-Hans-CN"}
    assert talk.lines[1].source == Source(file=str(SCRIPTS / "lamp.yaml"), line=20)


def test_plain_words_stay_words() -> None:
    board = read_yaml("title: 1984\nscenes:\n  - shots:\n      - action: 5.10\n", "x.yaml")
    assert (board.title, board.shots()[0].action) == ("1984", "5.10")


SCENES = "title: T\nscenes:\n  - heading: INT. A\n    shots:\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("titel: T\nscenes: []\n", "x.yaml:1: error: unknown key `titel`, did you mean `title`?"),
        (SCENES + "      - acton: x\n", "x.yaml:5: error: unknown key `acton`, did you mean"),
        (SCENES + "      - framing: closer\n", "x.yaml:5: error: `framing` must be 'wide'"),
        (SCENES + "      - seconds: 1/0\n", "x.yaml:5: error: '1/0' is no length"),
        (SCENES + "      - seconds: 1e999999999\n", "x.yaml:5: error: '1e999999999' is no length"),
        (SCENES + "      - seconds: -5\n", "x.yaml:5: error: a shot of -5 s"),
        (SCENES + "      - action: [a]\n", "x.yaml:5: error: `action` must be words"),
        (SCENES + "      - cast: mia\n", "x.yaml:5: error: `cast` must hold a list"),
        (SCENES + "      - cast: [mia]\n", "x.yaml:5: error: no character 'mia'"),
        (SCENES + "      - reference: ../a.png\n", "without .."),
        (SCENES + "      - lines: [{speaker: z, text: hi}]\n", "x.yaml:5: error: no character 'z'"),
        (SCENES + "      - lines: [{text: hi}]\n", "`speaker` is missing"),
        (SCENES + "      - lines: [{speaker: z, text: {xx: hi}}]\n", "unknown language 'xx'"),
        (SCENES + "      - lines: [{speaker: z, text: {en: a, eng: b}}]\n", "en stands here twice"),
        (SCENES + "      - id: A B\n", "x.yaml:5: error: the shot id 'A B' may have only"),
        (
            SCENES + "      - id: a\n      - id: a\n",
            "x.yaml:6: error: the shot id 'a' is used twice",
        ),
        ("title: T\ntitle: U\n", "x.yaml:2: error: the key 'title' stands here twice"),
        ("title: &a T\nslug: *a\n", "x.yaml:1: error: an anchor"),
        ("title: !!python/object:os.system x\n", "x.yaml:1: error: a tag"),
        ("title: T\n---\ntitle: U\n", "x.yaml:3: error: a second document"),
        ("- a\n- b\n", "x.yaml:1: error: a storyboard begins with keys"),
        ("title: [a\n", "error: not YAML"),
        ("title: a\x07\n", "x.yaml:1: error: the character '\\x07'"),
        ('slug: t\ntitle: "a\\ud800"\n', "x.yaml:2: error: '\\ud800' is half a character; write"),
        ('"\\ud83d\\ude00": T\n', "x.yaml:1: error: '\\ud83d' is half a character"),
        ("a: " + "[" * 30 + "\n", "x.yaml:1: error: more than 20 levels"),
        ("? [a]\n: b\n", "error: a key must be a word"),
        ("title: T\nscenes: []\n", "nothing to film"),
        ("title: T\nlanguage: klingon\n", "x.yaml:2: error: unknown language 'klingon'"),
        (
            "title: T\nschema_version: 2\nscenes: []\n",
            "x.yaml:2: error: `schema_version` must be 1",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(text: str, said: str) -> None:
    assert said in refusal(text)


def test_every_mistake_is_named_at_once() -> None:
    said = refusal(SCENES + "      - acton: x\n      - seconds: soon\n")
    assert "x.yaml:5: error: unknown key `acton`" in said
    assert "line 6: 'soon' is no length" in said


# --- writing -------------------------------------------------------------------------------------

WORDS = st.text(max_size=30)
SPOKEN = WORDS.filter(str.strip)
TAGS = st.sampled_from([each.tag for each in LANGUAGES])
NAMES = WORDS.filter(lambda name: PurePath(name).name == name)
SOURCES = st.builds(Source, file=NAMES, line=st.integers(0, 9999)) | st.just(Source())
PATHS = st.sampled_from([None, "mia.png", "pictures/ä b.png"])
LENGTHS = st.none() | st.fractions(Fraction(1, 100), 60, max_denominator=10**6)


@st.composite
def boards(draw: st.DrawFn) -> Storyboard:
    people = tuple(
        Character(
            id=f"c{n}",
            name=draw(WORDS),
            looks=draw(WORDS),
            reference=draw(PATHS),
            aliases=tuple(draw(st.lists(WORDS, max_size=2))),
            source=draw(SOURCES),
        )
        for n in range(draw(st.integers(1, 3)))
    )
    ids = st.sampled_from([each.id for each in people])
    scenes = []
    for s in range(draw(st.integers(1, 2))):
        shots = tuple(
            Shot(
                id=f"s{s}-{n}",
                framing=draw(st.sampled_from(["wide", "medium", "close", "two-shot", "insert"])),
                action=draw(WORDS),
                sound=draw(WORDS),
                cast=tuple(draw(st.lists(ids, max_size=2))),
                lines=tuple(
                    Line(
                        id=f"s{s}-{n}.{k}",
                        speaker=draw(ids),
                        text=draw(st.dictionaries(TAGS, SPOKEN, min_size=1, max_size=3)),
                        delivery=draw(WORDS),
                        heard_only=draw(st.booleans()),
                        source=draw(SOURCES),
                    )
                    for k in range(draw(st.integers(0, 2)))
                ),
                transition=draw(st.sampled_from(["cut", "dissolve", "fade"])),
                seconds=draw(LENGTHS),
                reference=draw(PATHS),
                source=draw(SOURCES),
            )
            for n in range(draw(st.integers(1, 2)))
        )
        scenes.append(
            Scene(
                id=f"s{s}",
                heading=draw(WORDS),
                interior=draw(st.booleans()),
                place=draw(WORDS),
                time_of_day=draw(WORDS),
                sound=draw(WORDS),
                shots=shots,
                source=draw(SOURCES),
            )
        )
    return Storyboard(
        title=draw(WORDS),
        slug="a-slug",
        language=draw(TAGS),
        credits=draw(st.dictionaries(WORDS, WORDS, max_size=2)),
        logline=draw(WORDS),
        characters=people,
        scenes=tuple(scenes),
        source=draw(SOURCES),
    )


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(boards())
def test_writing_and_reading_is_lossless(board: Storyboard) -> None:
    assert read_yaml(write_yaml(board), "y.yaml") == board


@pytest.mark.parametrize("name", ["grammar.fountain", "wild_cjk.fountain", "ours.fountain"])
def test_a_script_survives_as_yaml(name: str) -> None:
    board = read_text((SCRIPTS / name).read_text(), form="fountain", file=name).board
    assert read_yaml(write_yaml(board), "other.yaml") == board


# --- the published schema ------------------------------------------------------------------------


def test_the_published_schema_is_the_codes() -> None:
    """After a wanted change, write `json.dumps(schema(), indent=2, ensure_ascii=False)` there."""
    assert json.loads(PUBLISHED.read_text()) == schema()


def test_the_schema_takes_what_the_reader_takes_and_not_more() -> None:
    check = jsonschema.Draft202012Validator(schema())
    short = YAML(typ="safe").load((SCRIPTS / "lamp.yaml").read_text())
    check.validate(short)
    check.validate(YAML(typ="safe").load(write_yaml(read(SCRIPTS / "ours.fountain").board)))
    short["titel"] = "x"
    assert not check.is_valid(short)
