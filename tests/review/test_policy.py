"""What a gate's policy file may say, and what is said of one that may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from review.figures import FIGURES, NAMES
from review.policy import Band, Limits, PolicyError, known_policies, load_policy


def write(folder: Path, text: str) -> Path:
    path = folder / "gate.yaml"
    path.write_text(text, "utf-8")
    return path


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(PolicyError) as caught:
        load_policy(write(folder, text))
    return str(caught.value).replace(f"{folder}/", "")


@pytest.mark.parametrize("name", ["default", "strict"])
def test_the_house_policies_load_and_band_every_figure(name: str) -> None:
    """A figure nobody judges would be measured for nothing."""
    policy = load_policy(name)
    assert policy.name == name
    assert {*policy.every, *policy.speech, *policy.silent} == set(NAMES)


def test_the_house_policies_are_those_in_the_folder() -> None:
    assert known_policies() == ("default", "strict")


def test_strict_passes_nothing_that_default_stops() -> None:
    default, strict = load_policy("default"), load_policy("strict")
    for section in ("speech", "silent"):
        for name, band in strict.bands(section).items():
            assert default.bands(section)[name].doubt.contains(band.doubt), name


def test_a_policy_is_read_from_any_file(tmp_path: Path) -> None:
    text = "name: mine\nattempts: 5\nspeech:\n  silence: {pass: {max: 0.5}, weight: 2}\n"
    policy = load_policy(write(tmp_path, text))
    assert policy.attempts == 5
    assert policy.bands("speech")["silence"].good == Limits(max=0.5)
    assert policy.bands("silent") == {}


def test_an_unknown_policy_lists_the_known() -> None:
    with pytest.raises(PolicyError, match="no gate policy 'sloppy'; known are default, strict"):
        load_policy("sloppy")


def test_an_unknown_key_is_refused_with_its_line_wherever_it_stands(tmp_path: Path) -> None:
    text = "name: x\nevery:\n  black:\n    pass: {max: 1}\n    humn: {max: 1}\nspech: {}\n"
    assert complaint(tmp_path, text).splitlines() == [
        "gate.yaml:5: error: humn: unknown key; known here are "
        "pass, human, retry, best, weight, absent, unable",
        "gate.yaml:6: error: spech: unknown key; known here are "
        "every, speech, silent, languages, schema_version, name, candidates, attempts, "
        "on_exhausted, people, engines",
    ]
    inner = "name: x\nevery:\n  black:\n    pass: {maximum: 1}\n"
    assert "gate.yaml:4: error: maximum: unknown key; known here are min, max" in complaint(
        tmp_path, inner
    )


def test_an_unknown_key_is_refused_inside_the_bands_of_a_language_and_an_engine(
    tmp_path: Path,
) -> None:
    text = "name: x\nlanguages:\n  ja:\n    every:\n      black: {pass: {max: 1, mox: 2}}\n"
    assert complaint(tmp_path, text) == (
        "gate.yaml:5: error: mox: unknown key; known here are min, max"
    )
    text = "name: x\nengines:\n  foal:\n    languages:\n      ja: {evry: {}}\n"
    assert complaint(tmp_path, text) == (
        "gate.yaml:5: error: evry: unknown key; known here are every, speech, silent"
    )


def test_a_band_of_a_language_or_an_engine_stands_in_place_of_the_general_one(
    tmp_path: Path,
) -> None:
    text = """
name: mine
every: {silence: {pass: {max: 0.1}}, black: {pass: {max: 0.1}}}
speech: {frozen: {pass: {max: 1}}}
languages:
  ja: {every: {silence: {pass: {max: 0.2}}}}
  de: {speech: {silence: {pass: {max: 0.3}}}}
engines:
  foal:
    speech: {frozen: {pass: {max: 3}}}
    languages: {de: {every: {silence: {pass: {max: 0.4}}}}}
"""
    policy = load_policy(write(tmp_path, text))

    def limit(figure: str, tag: str | None, engine: str = "") -> float | None:
        return policy.bands("speech", tag=tag, engine=engine)[figure].good.max

    tags = ("en", "ja-JP", "de-DE", None)
    assert [limit("silence", tag) for tag in tags] == [0.1, 0.2, 0.3, 0.1]
    assert [limit("silence", tag, "foal") for tag in tags] == [0.1, 0.2, 0.4, 0.1]
    assert [limit("frozen", "de-DE", engine) for engine in ("", "foal", "other")] == [1, 3, 1]
    assert policy.bands("silent", tag="de-DE")["silence"].good.max == 0.1
    assert limit("black", "ja-JP", "foal") == 0.1


@pytest.mark.parametrize("engine", ["animatic", "foal"])
@pytest.mark.parametrize("name", ["default", "strict"])
def test_no_model_stops_what_a_cartoon_speaks_and_draws(name: str, engine: str) -> None:
    """It says what it is told: a recogniser that cannot read it must not fail a production."""
    policy = load_policy(name)
    for section in ("speech", "silent"):
        bands = policy.bands(section, tag="en", engine=engine)
        for each in {figure.name for figure in FIGURES if figure.source in MODELS} & bands.keys():
            assert bands[each].doubt == Limits(), each


MODELS = {"activity", "recogniser", "lips", "faces", "voices"}


def test_unless_told_otherwise_no_person_is_waited_for() -> None:
    assert {load_policy(name).people for name in known_policies()} == {"never"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: x\npeople: maybe\n", "gate.yaml:2: error: people: Input should be 'never'"),
        (
            "name: x\nlanguages:\n  tlh: {}\n",
            "gate.yaml:2: error: languages: unknown language 'tlh'; known are en,",
        ),
        (
            "name: x\nlanguages:\n  ja: {}\n  ja-JP: {}\n",
            "gate.yaml:2: error: languages: a language stands here twice; keep one",
        ),
        ("name: x\nattempts: 0\n", "gate.yaml:2: error: attempts: Input should be greater than"),
        ("name: x\nattempts: many\n", "gate.yaml:2: error: attempts: Input should be a valid int"),
        ("attempts: 2\n", "gate.yaml:1: error: name: Field required"),
        (
            "name: x\non_exhausted: cry\n",
            "gate.yaml:2: error: on_exhausted: Input should be 'fail'",
        ),
        ("name: x\nname: y\n", "gate.yaml:2: error: found duplicate key"),
        ("name: [x\n", "gate.yaml:2: error:"),
        ("- x\n", "gate.yaml:1: error: a gate policy is a mapping"),
        ("", "gate.yaml:1: error: a gate policy is a mapping"),
        ("name: \x07\n", "gate.yaml:1: error: no YAML"),
        ("name: x\nchecked: 2026-22-11\n", "gate.yaml:1: error: no YAML: month must be in"),
        ("name: x\nevery: {blak: {pass: {}}}\n", "nothing measures 'blak'; known are readable"),
        (
            "name: x\nevery:\n  dc: {pass: {min: 2, max: 1}}\n",
            "gate.yaml:3: error: every.dc.pass: min 2 is above max 1",
        ),
        (
            "name: x\nevery:\n  dc: {pass: {max: 2}, human: {max: 1}}\n",
            "gate.yaml:3: error: every.dc: human (at most 1) must contain pass (at most 2)",
        ),
        (
            "name: x\nevery:\n  dc: {pass: {max: 2}, retry: {max: 1}}\n",
            "retry (at most 1) must contain pass (at most 2)",
        ),
        (
            "name: x\nevery:\n  dc: {pass: {max: 2}, best: 3}\n",
            "best (3) must lie in pass (at most 2)",
        ),
        (
            "name: x\nevery: {dc: {pass: {}}}\nsilent: {dc: {pass: {}}}\n",
            "dc has a band in every and in silent; keep one",
        ),
        ("name: x\nevery: {dc: {pass: {max: .nan}}}\n", "finite"),
        ("name: x\nevery: " + 3000 * "[", "nested too deeply"),
    ],
)
def test_a_bad_policy_gets_a_sentence_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    assert said in complaint(tmp_path, text)


def test_a_file_that_is_no_text_gets_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "gate.yaml"
    path.write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(PolicyError, match="cannot be read"):
        load_policy(path)


def test_limits_say_themselves_in_words() -> None:
    said = [str(Limits(min=low, max=high)) for low, high in ((None, 1), (2, None), (1, 2), (3, 3))]
    assert said == ["at most 1", "at least 2", "1 to 2", "exactly 3"]
    assert str(Limits()) == "anything"


def test_a_band_without_doubt_has_none() -> None:
    assert Band(good=Limits(max=1)).doubt == Limits(max=1)


def test_the_guide_lists_every_figure_and_its_example_is_a_policy(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "gate.md").read_text("utf-8")
    for figure in FIGURES:
        meaning = figure.meaning[0].upper() + figure.meaning[1:]
        assert f"| `{figure.name}` | {figure.unit} | {meaning} |" in guide
    example = guide.split("```yaml\n")[1].split("```")[0]
    assert load_policy(write(tmp_path, example)).on_exhausted == "best"
