"""Words for a script: translated, sent out, taken in. What changes is the list beside the script.

Whose turn it is: `translate` fills what is missing, `export` writes files for people, `take_back`
reads them again. None of them touches the script.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from flows.campaign.sheet_words import sheet_words
from flows.errors import OrderError
from flows.order import CampaignOrder
from flows.settings import Settings, secret_or_nothing
from flows.words.memory import FolderMemory, write_whole
from storyboard import Notice, missing_lines
from storyboard.board import Storyboard, origin_of
from storyboard.language_model import LanguageModel, Usage
from storyboard.model_settings import load_model
from storyboard.read import read_script
from storyboard.translation import Brief, DialogueList, beside, load_brief, load_dialogue
from storyboard.translation import job as jobs
from storyboard.translation.dialogue import laid_over
from storyboard.translation.door import Translator
from storyboard.translation.files import SHEETS, XLIFF, read_returned
from storyboard.translation.memory import Remembering
from storyboard.translation.model import ModelTranslator
from storyboard.translation.outgoing import outgoing
from storyboard.translation.returned import CatalogTranslator, TakenIn, take_in
from storyboard.translation.table import write_table
from storyboard.translation.xliff import write_xliff

Format = Literal["xliff", "csv"]


@contextlib.contextmanager
def open_model(name: str) -> Iterator[LanguageModel]:
    """The language model of that name or file, with its key from the environment."""
    found = load_model(name)
    with contextlib.closing(LanguageModel(found, secret_or_nothing(found.key))) as model:
        yield model


@contextlib.contextmanager
def open_translator(name: str, settings: Settings) -> Iterator[Translator]:
    """A translator by what a person calls it: a file with translations (XLIFF or CSV), or a
    language model, whose answers are kept under HOOFBEAT_HOME."""
    path = Path(name)
    if path.suffix.lower() in (*SHEETS, *XLIFF):
        yield CatalogTranslator(read_returned(path), path.name)
        return
    with open_model(name) as model:
        memory = FolderMemory(settings.home / "translations")
        yield Remembering(ModelTranslator(model), memory)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What has words: a script, or a campaign's sheet."""

    file: Path
    board: Storyboard
    """As the file alone has it."""
    dialogue: DialogueList
    brief: Brief
    refused: tuple[str, ...] = ()
    """Why rows of a sheet are not among the words."""


def work_of(file: Path, brief: Path | None, campaign: CampaignOrder | None = None) -> Work:
    """The words of a script, or with a campaign's order those of its sheet, whose names and
    glossaries add to the brief."""
    told = load_brief(brief) if brief else Brief()
    dialogue = load_dialogue(beside(file))
    if campaign is None:
        return Work(file=file, board=read_script(file).board, dialogue=dialogue, brief=told)
    words = sheet_words(campaign)
    return Work(
        file=file,
        board=words.board,
        dialogue=dialogue,
        brief=told.over(words.brief),
        refused=words.refused,
    )


def translate(work: Work, languages: Sequence[str], translator: Translator) -> jobs.Translated:
    """Fill what is lacking in those languages, and keep it beside the file, whatever stops the
    work."""
    laid, _ = laid_over(work.board, work.dialogue, "")
    made = jobs.translate(laid, languages, translator, work.brief, dialogue=work.dialogue)
    _keep(work, made.dialogue)
    return made


def export(work: Work, languages: Sequence[str], form: Format, folder: Path) -> tuple[Path, ...]:
    """Write the files for people: XLIFF one for each language, CSV one for all.

    OrderError where such a file is there already: somebody may be working in it.
    """
    board, dialogue, brief, name = work.board, work.dialogue, work.brief, work.file.name
    texts: dict[Path, str] = {}
    if form == "csv":
        lines = [each for tag in languages for each in outgoing(board, dialogue, tag, brief)]
        texts[folder / f"{name}.dialogue.csv"] = write_table(lines)
    else:
        for tag in languages:
            texts[folder / f"{name}.{tag}.xlf"] = write_xliff(
                outgoing(board, dialogue, tag, brief),
                name=name,
                source=board.language,
                target=tag,
            )
    for path in texts:
        if path.exists():
            raise OrderError(
                f"{path} is there already, and somebody may have worked in it; take it in with "
                "`hoofbeat dialogue import`, or take it away"
            )
    for path, text in texts.items():
        write_whole(path, text)
    return tuple(texts)


def take_back(work: Work, file: Path, *, approve: bool) -> TakenIn:
    """Take in a file that people have worked in."""
    taken = take_in(
        *(work.board, work.dialogue, read_returned(file)),
        by=file.name,
        brief=work.brief,
        approve=approve,
    )
    _keep(work, taken.dialogue)
    return taken


def _keep(work: Work, dialogue: DialogueList) -> None:
    if dialogue != work.dialogue:
        text = dialogue.model_dump_json(indent=1, exclude_defaults=True)
        write_whole(beside(work.file), f"{text}\n")


# --- for the terminal ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How far one language is."""

    language: str
    lines: int
    missing: int
    held: int
    """Of the missing: words are there, and wait for a person."""
    origins: dict[str, int]

    @property
    def whole(self) -> bool:
        return self.missing == 0


COLUMNS = (
    "language",
    "#lines",
    "#given",
    "#translated",
    "#edited",
    "#approved",
    "#held",
    "#missing",
)


def counts(board: Storyboard, dialogue: DialogueList, languages: Sequence[str]) -> list[Count]:
    """How far each language is; `board` with the list laid over it."""
    found = dialogue.by_line(board)
    made = []
    for tag in languages:
        missing = missing_lines(board, tag)
        kept = [found[line.id].words.get(tag) for line in missing if line.id in found]
        origins: dict[str, int] = {}
        for line in board.worded():
            if line.text.get(tag, "").strip():
                origin = origin_of(line, tag)
                origins[origin] = origins.get(origin, 0) + 1
        made.append(
            Count(
                language=tag,
                lines=len(board.worded()),
                missing=len(missing),
                held=sum(words is not None and words.held for words in kept),
                origins=origins,
            )
        )
    return made


def row(count: Count) -> tuple[str, ...]:
    origins = (count.origins.get(o, 0) for o in ("given", "translated", "edited", "approved"))
    figures = (count.lines, *origins, count.held, count.missing - count.held)
    return (count.language, *map(str, figures))


def as_json(found: Sequence[Count], usage: Usage, notices: Sequence[Notice]) -> dict[str, Any]:
    return {
        "languages": [
            {
                "language": each.language,
                "lines": each.lines,
                **each.origins,
                "held": each.held,
                "missing": each.missing - each.held,
            }
            for each in found
        ],
        "usage": usage.model_dump(mode="json"),
        "warnings": [
            {"file": n.source.file, "line": n.source.line, "message": n.message} for n in notices
        ],
    }


def spent(usage: Usage) -> str:
    """What it took, in a sentence."""
    said = (
        f"{usage.requests} question{'s' * (usage.requests != 1)} to the model, {usage.retries} "
        f"tried again, {usage.cached} lines known; {usage.prompt_tokens} tokens in, "
        f"{usage.completion_tokens} out, {usage.seconds:.1f} s"
    )
    cost = "".join(f", {amount:.4f} {currency}" for currency, amount in usage.cost.items())
    return f"{said}{cost}."
