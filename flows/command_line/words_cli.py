"""`hoofbeat translate`, `dialogue`, `draft` and `describe`: words from a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.command_line.options import AdSeconds, AsJson, BrandName, Script
from flows.command_line.terminal import MISSING, mistakes, print_json, print_table, say
from flows.settings import Settings

if TYPE_CHECKING:
    from flows.order import CampaignOrder

_settings = Settings()

dialogue = typer.Typer(help="A script's lines, out to people and back.", no_args_is_help=True)

Languages = Annotated[str, typer.Option(help="Comma list, such as en,ja,cmn.")]
BriefFile = Annotated[
    Path | None,
    typer.Option("--brief", help="YAML with glossary, names to keep, style: docs/languages.md."),
]
Template = Annotated[
    str | None,
    typer.Option(help="The file is a campaign's sheet, in this ad template; see campaigns.md."),
]
ModelName = Annotated[
    str, typer.Option("--model", help="A language model: a name in configs/models, or YAML.")
]
Out = Annotated[
    Path | None, typer.Option("--out", help="A new file; by default the draft is printed.")
]


def _campaign(
    file: Path, template: str | None, brand: str, seconds: str, languages: tuple[str, ...]
) -> CampaignOrder | None:
    """What a sheet's words are made of; None for a script."""
    from flows.order import CampaignOrder, read_ad_seconds

    if template is None:
        return None
    return CampaignOrder(
        script=file,
        template=template,
        brand=brand or None,
        seconds=read_ad_seconds(seconds),
        languages=languages,
    )


def translate(
    script: Script,
    languages: Languages,
    translator: Annotated[
        str,
        typer.Option(help="A language model (a name in configs/models, or YAML), or XLIFF or CSV."),
    ] = _settings.model,
    brief: BriefFile = None,
    template: Template = None,
    brand: BrandName = "",
    seconds: AdSeconds = "15",
    as_json: AsJson = False,
) -> None:
    """Words for every line that has none in those languages, kept beside the script.

    Exit code 1 when lines are still without words, or held back for a person to look at.
    """
    from flows.words import wording
    from storyboard import read_languages

    with mistakes():
        tags = read_languages(languages)
        work = wording.work_of(script, brief, _campaign(script, template, brand, seconds, tags))
        with wording.open_translator(translator, _settings) as opened:
            made = wording.translate(work, tags, opened)
    for why in work.refused:
        say(why)
    for notice in made.notices:
        say(str(notice))
    if made.stopped is not None:
        say(f"error: {made.stopped}")
        say("What was translated is kept; the same command goes on from here.")
    found = wording.counts(made.board, made.dialogue, tags)
    if as_json:
        print_json(wording.as_json(found, made.usage, made.notices))
    else:
        print_table(wording.COLUMNS, map(wording.row, found), title=made.board.title)
        typer.echo(wording.spent(made.usage))
    if made.stopped is not None or not all(each.whole for each in found):
        raise typer.Exit(MISSING)


@dialogue.command("export")
def export(
    script: Script,
    languages: Languages,
    form: Annotated[str, typer.Option("--as", help="xliff or csv.")] = "xliff",
    folder: Annotated[
        Path | None, typer.Option("--to", help="A folder; by default the script's own.")
    ] = None,
    brief: BriefFile = None,
    template: Template = None,
    brand: BrandName = "",
    seconds: AdSeconds = "15",
) -> None:
    """Write the lines for people to work on: XLIFF 2, a file for each language, or one sheet."""
    from flows.errors import OrderError
    from flows.words import wording
    from storyboard import read_languages

    with mistakes():
        if form not in ("xliff", "csv"):
            raise OrderError(f"unknown format {form!r}; known are xliff and csv")
        tags = read_languages(languages)
        work = wording.work_of(script, brief, _campaign(script, template, brand, seconds, tags))
        paths = wording.export(
            work, tags, "csv" if form == "csv" else "xliff", folder or script.parent
        )
    for path in paths:
        typer.echo(str(path))


@dialogue.command("import")
def import_(
    script: Script,
    files: Annotated[list[Path], typer.Argument(help="XLIFF or CSV files that came back.")],
    approve: Annotated[
        bool, typer.Option("--approve", help="Every line in them is approved.")
    ] = False,
    brief: BriefFile = None,
    template: Template = None,
    brand: BrandName = "",
    seconds: AdSeconds = "15",
) -> None:
    """Take in lines that people have worked on. The script itself is not touched."""
    from flows.words import wording

    with mistakes():
        for file in files:
            work = wording.work_of(script, brief, _campaign(script, template, brand, seconds, ()))
            taken = wording.take_back(work, file, approve=approve)
            for notice in taken.notices:
                say(str(notice))
            typer.echo(
                f"{file}: {taken.edited} edited, {taken.approved} approved, "
                f"{taken.unchanged} unchanged"
            )


def draft(
    brief: Annotated[Path, typer.Argument(help="A text file: a brief, or prose.")],
    language: Annotated[str, typer.Option(help="Of the film.")] = "en",
    seconds: Annotated[int, typer.Option(min=5, max=600, help="About how long.")] = 60,
    model: ModelName = _settings.model,
    out: Out = None,
) -> None:
    """Propose a Fountain script for a brief. Dialogue in quotation marks is kept word for word."""
    from flows.words import drafts, wording

    with mistakes():
        path = drafts.new_file(out) if out else None
        made = drafts.draft_of(brief, model, language, seconds)
        if path:
            drafts.keep(made.text, path)
    for notice in made.notices:
        say(str(notice))
    say(wording.spent(made.usage))
    typer.echo(str(path) if path else made.text, nl=path is not None)


def describe(
    script: Annotated[Path, typer.Argument(help="A Fountain script.")],
    model: ModelName = _settings.model,
    out: Out = None,
) -> None:
    """Propose what is seen while people speak, as notes in a copy of the script."""
    from flows.words import drafts, wording

    with mistakes():
        path = drafts.new_file(out) if out else None
        made = drafts.described(script, model)
        if path:
            drafts.keep(made.text, path)
    say(f"{len(made.proposals)} shots described. {wording.spent(made.usage)}")
    typer.echo(str(path) if path else made.text, nl=path is not None)
