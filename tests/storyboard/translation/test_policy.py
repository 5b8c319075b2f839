"""What may be spoken, by where words come from."""

from __future__ import annotations

import pytest

from storyboard.errors import LanguageError
from storyboard.languages import LANGUAGES
from storyboard.translation import TranslationPolicy, read_policy, refuse_unmet, unmet
from storyboard.yaml_board import read_yaml, write_yaml

BOARD = """title: Origins
language: en
characters: [{name: MIA}]
scenes:
  - shots:
      - lines: [{speaker: MIA, text: {en: One., de: Eins., ja: いち。}, origin: {de: translated}}]
      - lines: [{speaker: MIA, text: {en: Two., de: Zwei., ja: に。}, origin: {de: edited}}]
      - lines: [{speaker: MIA, text: {en: Three., de: Drei.}, origin: {de: approved}}]
"""


@pytest.fixture
def board():
    return read_yaml(BOARD, "origins.yaml")


@pytest.mark.parametrize(
    ("policy", "refused"),
    [
        ("machine", []),
        ("approved", ["Eins.", "Zwei."]),
        ("given", ["Eins.", "Zwei.", "Drei."]),
        ("given,de=approved", ["Eins.", "Zwei."]),
        ("approved, german = machine", []),
        ("", []),
    ],
)
def test_each_policy_lets_through_what_it_says(board, policy: str, refused: list[str]) -> None:
    lines = unmet(board, "de-DE", read_policy(policy))
    assert [line.text["de-DE"] for line in lines] == refused


def test_words_of_the_script_itself_meet_every_policy(board) -> None:
    for demand in ("given", "approved", "machine"):
        assert not unmet(board, "en", TranslationPolicy(otherwise=demand))


def test_a_line_without_words_is_no_matter_of_policy(board) -> None:
    assert not unmet(board, "ja-JP", TranslationPolicy(otherwise="given"))


def test_the_refusal_names_the_first_line_and_the_way_out(board) -> None:
    with pytest.raises(LanguageError) as caught:
        refuse_unmet(board, "de-DE", read_policy("approved"))
    assert str(caught.value).startswith("origins.yaml:6: error: 2 of 3 lines are not approved")
    assert "hoofbeat dialogue export" in str(caught.value)


def test_a_policy_reads_back_as_it_is_shown() -> None:
    policy = TranslationPolicy(
        otherwise="approved", languages={each.tag: "machine" for each in LANGUAGES}
    )
    assert read_policy(str(policy)) == policy


@pytest.mark.parametrize("words", ["trusted", "de=trusted", "klingon=given"])
def test_what_is_no_policy_is_refused_with_what_is(words: str) -> None:
    with pytest.raises(LanguageError, match="known are"):
        read_policy(words)


def test_origins_survive_as_yaml(board) -> None:
    assert read_yaml(write_yaml(board), "origins.yaml") == board
    assert board.spoken_lines()[1].origin == {"de-DE": "edited"}


def test_an_origin_of_no_words_is_refused_with_its_line() -> None:
    with pytest.raises(ValueError, match=r"origins.yaml:8: error: an origin for ko-KR, but no"):
        read_yaml(BOARD.replace("{de: approved}", "{ko: approved}"), "origins.yaml")


def test_approval_changes_no_version(board) -> None:
    """Who approves a film that is made already gets that film, not another."""
    approved = read_yaml(BOARD.replace("edited", "approved"), "origins.yaml")
    assert approved != board
    assert approved.content() == board.content()
