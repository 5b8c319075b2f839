"""The translation policy is asked before anything is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import capabilities_of
from flows.errors import OrderError
from flows.order import Order
from flows.prepare import Production, prepare
from storyboard.translation import read_policy

BOARD = """title: Origins
language: en
characters: [{name: MIA}]
scenes:
  - shots:
      - lines:
          - speaker: MIA
            text: {en: Good morning., de: Guten Morgen., fr: Bonjour.}
            origin: {de: translated, fr: approved}
"""


def prepared(folder: Path, policy: str, *languages: str) -> Production:
    script = folder / "origins.yaml"
    script.write_text(BOARD, encoding="utf-8")
    order = Order(script=script, languages=languages, translations=read_policy(policy))
    return prepare(order, capabilities_of("animatic"), "")


def test_a_language_asked_for_that_does_not_meet_the_policy_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OrderError, match="1 of 1 lines are not approved in German"):
        prepared(tmp_path, "approved", "en", "de-DE")
    assert prepared(tmp_path, "approved", "en", "fr-FR").sheets.keys() == {"en", "fr-FR"}
    assert prepared(tmp_path, "approved,de=machine", "de-DE").sheets.keys() == {"de-DE"}


def test_without_languages_those_that_meet_the_policy_are_made_and_the_rest_is_named(
    tmp_path: Path,
) -> None:
    production = prepared(tmp_path, "approved")
    assert list(production.sheets) == ["en", "fr-FR"]
    (notice,) = production.notices
    assert "no film in de-DE, which has 1 lines that are not approved" in str(notice)
    assert list(prepared(tmp_path, "given").sheets) == ["en"]


def test_approving_words_makes_the_film_that_is_there(tmp_path: Path) -> None:
    before = prepared(tmp_path, "machine")
    script = tmp_path / "origins.yaml"
    script.write_text(BOARD.replace("translated", "approved"), encoding="utf-8")
    order = Order(script=script, translations=read_policy("approved"))
    after = prepare(order, capabilities_of("animatic"), "")
    assert list(after.sheets) == ["en", "de-DE", "fr-FR"] == list(before.sheets)
    assert after.version == before.version
    assert after.jobs.keys() == before.jobs.keys()
