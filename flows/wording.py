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

from flows.errors import OrderError
from flows.memory import FolderMemory, write_whole
from flows.order import CampaignOrder
from flows.rows import Kit, open_kit
from flows.settings import Settings, secret_or_nothing
from flows.sheet_quote import is_sheet
from storyboard import Notice, missing_lines
from storyboard.board import Storyboard, origin_of
from storyboard.campaign import RowRefused
from storyboard.campaign.anthology import anthology
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


def brief_of(path: Path | None) -> Brief:
    return load_brief(path) if path else Brief()


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


def translate(
    script: Path, languages: Sequence[str], translator: Translator, brief: Brief
) -> jobs.Translated:
    """Fill what the script lacks in those languages, and keep it beside the script, whatever
    stops the work."""
    board, dialogue = _script(script, languages)
    laid, _ = laid_over(board, dialogue, "")
    made = jobs.translate(laid, languages, translator, brief, dialogue=dialogue)
    if made.dialogue != dialogue:
        write_whole(beside(script), _written(made.dialogue))
    return made


def export(
    script: Path, languages: Sequence[str], form: Format, folder: Path, brief: Brief
) -> tuple[Path, ...]:
    """Write the files for people: XLIFF one for each language, CSV one for all.

    OrderError where such a file is there already: somebody may be working in it.
    """
    board, dialogue = _script(script, languages)
    texts: dict[Path, str] = {}
    if form == "csv":
        lines = [each for tag in languages for each in outgoing(board, dialogue, tag, brief)]
        texts[folder / f"{script.name}.dialogue.csv"] = write_table(lines)
    else:
        for tag in languages:
            texts[folder / f"{script.name}.{tag}.xlf"] = write_xliff(
                outgoing(board, dialogue, tag, brief),
                name=script.name,
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


def take_back(script: Path, file: Path, brief: Brief, *, approve: bool) -> TakenIn:
    """Take in a file that people have worked in."""
    board, dialogue = _script(script)
    taken = take_in(
        board, dialogue, read_returned(file), by=file.name, brief=brief, approve=approve
    )
    if taken.dialogue != dialogue:
        write_whole(beside(script), _written(taken.dialogue))
    return taken


def _script(script: Path, languages: Sequence[str] = ()) -> tuple[Storyboard, DialogueList]:
    """What there is to say in a script, or in all rows of a campaign sheet."""
    dialogue = load_dialogue(beside(script))
    if is_sheet(script):
        kit = open_kit(CampaignOrder(script=script, languages=tuple(languages)))
        return anthology(_ads(kit), script.stem), dialogue
    return read_script(script).board, dialogue


def _ads(kit: Kit) -> Iterator[tuple[str, Storyboard]]:
    """The rows that ads can be made of; `hoofbeat campaign run --dry-run` tells of the others."""
    for entry in kit.sheet.entries():
        if entry.row is not None:
            with contextlib.suppress(RowRefused):
                yield entry.row.id, kit.film(entry.row).board


def _written(dialogue: DialogueList) -> str:
    return dialogue.model_dump_json(indent=1, exclude_defaults=True) + "\n"


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
