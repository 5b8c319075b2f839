"""Our own campaign sheet: a row per product, columns in any order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from storyboard.campaign import cells as read
from storyboard.campaign.rows import Entry, Findings, Row
from storyboard.campaign.table import Cells
from storyboard.errors import LanguageError
from storyboard.languages import language
from storyboard.names import slug
from storyboard.recognise import recognise_language

TEXTS = ("product", "headline", "copy", "proof", "cta")
"""Fields with words, which may have a column of their own for each language: `copy_de`."""
COLUMNS = (
    *("row_id", *TEXTS, "price", "image", "language", "languages", "aspect", "duration"),
    *("template", "variant", "voice", "glossary", "seed", "due", "notes"),
)

RESULTS = "ad_"
"""What the titles of columns begin with that a results file adds to a sheet; it can be the next."""

_OTHER_NAMES = {
    "row_id": "id sku article article_number item rowid row item_id",
    "product": "name product_name item_name title produkt produit prodcut porduct prouct",
    "headline": "hook tagline slogan headlin haedline headine healine head_line",
    "copy": "text body description bodytext ad_copy copytext cpoy coppy",
    "proof": "review testimonial claim rating",
    "cta": "call_to_action action button calltoaction",
    "price": "preis prix pirce prise prcie",
    "image": "image_url image_link picture photo img bild imgae iamge image_src",
    "language": "source_language lang sprache langauge languge",
    "languages": "langs target_languages langauges languges lanuages langages",
    "aspect": "aspects aspect_ratio ratio format shape apsect",
    "duration": "seconds length duration_s duraton druation",
    "template": "ad_template ad templete tempalte",
    "variant": "version varient",
    "voice": "speaker vioce",
    "glossary": "glosary glossar",
    "seed": "",
    "due": "due_date deadline date",
    "notes": "note comment comments remark remarks",
}
_CANONICAL = {
    other: name for name, others in _OTHER_NAMES.items() for other in (name, *others.split())
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where the sheet keeps what; header cells by position."""

    single: Mapping[str, int]
    """Column to its position."""
    worded: Mapping[tuple[str, str], int]
    """Field and language tag ("" for the row's own) to position."""
    titles: tuple[str, ...]
    warnings: tuple[str, ...]

    def title(self, name: str, tag: str = "") -> str:
        """The header of a column as the sheet writes it; the house's name for one it lacks."""
        at = self.single.get(name, self.worded.get((name, tag), -1))
        return self.titles[at] if at >= 0 else (f"{name}_{tag}" if tag else name)


def columns_of(header: tuple[str, ...], fields: tuple[str, ...]) -> Columns:
    """What each header cell means; one that means nothing is warned of and passed over.

    `fields` are further words that the templates of the campaign ask for.
    """
    single: dict[str, int] = {}
    worded: dict[tuple[str, str], int] = {}
    warnings: list[str] = []
    texts = {*TEXTS, *fields}
    for at, title in enumerate(header):
        name = re.sub(r"[\s\-_]+", "_", title.strip().lower()).strip("_")
        canonical = name if name in fields else _CANONICAL.get(name, "")
        if not name or name.startswith(RESULTS):
            continue
        if canonical in texts:
            known = worded.setdefault((canonical, ""), at)
        elif canonical:
            known = single.setdefault(canonical, at)
        elif key := _translated(title.strip().lower(), texts):
            known = worded.setdefault(key, at)
        else:
            warnings.append(_unknown(title, name, texts))
            continue
        if known != at:
            warnings.append(
                f"columns {header[known]!r} and {title!r} mean the same; the first counts"
            )
    return Columns(
        single=single, worded=worded, titles=tuple(header), warnings=tuple(filter(None, warnings))
    )


def _translated(title: str, texts: set[str]) -> tuple[str, str] | None:
    """Field and tag of a column such as `copy_yue-Hant-HK` or `Headline (de)`."""
    match = re.fullmatch(
        r"(.+?)[\s_\-]*[_\s(\[:]\s*([a-z]{2,10}(?:[-_][a-z]{2,4}){0,2})\s*[)\]]?", title
    )
    if match is None:
        return None
    name = re.sub(r"[\s\-_]+", "_", match[1]).strip("_")
    field = name if name in texts else _CANONICAL.get(name, "")
    if field not in texts:
        return None
    try:
        return field, language(match[2]).tag
    except LanguageError:
        return None


def _unknown(title: str, name: str, texts: set[str]) -> str:
    near = get_close_matches(name, [*_CANONICAL, *texts], n=1, cutoff=0.75)
    hint = f"; did you mean `{_CANONICAL.get(near[0], near[0])}`?" if near else ""
    return f"unknown column {title[:40]!r} is passed over{hint}"


def entries(
    rows: Iterator[Cells], columns: Columns, *, currency: str | None, own: str | None
) -> Iterator[Entry]:
    """Every row of the sheet. `currency` and `own` (a language tag) are the brand's, for rows that
    do not say."""
    taken: dict[str, int] = {}
    for cells in rows:
        findings = Findings.of(cells.number, cells.line)
        row = _row(cells, columns, findings, taken, currency=currency, own=own)
        yield Entry(
            number=cells.number,
            line=cells.line,
            cells=cells.values,
            row=row if not findings.faults else None,
            faults=tuple(findings.faults),
            warnings=tuple(findings.warnings),
        )


def _row(
    cells: Cells,
    columns: Columns,
    findings: Findings,
    taken: dict[str, int],
    *,
    currency: str | None,
    own: str | None,
) -> Row | None:
    if not parted(cells, len(columns.titles), findings):
        return None

    def cell(name: str) -> str:
        at = columns.single.get(name, len(cells.values))
        return cells.values[at] if at < len(cells.values) else ""

    texts = _texts(cells, columns, findings)
    name = texts.get("product", {}).get("", "")
    if not name:
        findings.fault(columns.title("product"), "missing", "no product", "name the product")
    stated = read.languages(cell("language"), columns.title("language"), findings)
    tag = stated[0] if stated else own or recognise_language(_own_words(texts))
    identity = cell("row_id") or " ".join(filter(None, (name, cell("variant"))))
    made = dict(
        number=cells.number,
        line=cells.line,
        id=claimed(identity, columns.title("row_id"), findings, taken, given=bool(cell("row_id"))),
        language=tag,
        texts={field: _tagged(by_tag, tag) for field, by_tag in texts.items()},
        price=read.price(cell("price"), columns.title("price"), findings, currency),
        image=read.image(cell("image"), columns.title("image"), findings),
        languages=read.languages(cell("languages"), columns.title("languages"), findings),
        aspects=read.aspects(cell("aspect"), columns.title("aspect"), findings),
        seconds=read.seconds(cell("duration"), columns.title("duration"), findings),
        template=cell("template") or None,
        seed=read.whole_number(cell("seed"), columns.title("seed"), findings),
        due=read.day(cell("due"), columns.title("due"), findings),
        glossary=read.glossary(cell("glossary"), columns.title("glossary"), findings),
        **{
            name: read.words(cell(name), columns.title(name), findings, read.LONGEST_TEXT)
            for name in ("variant", "voice", "notes")
        },
    )
    return Row(**made) if not findings.faults else None


def parted(cells: Cells, width: int, findings: Findings) -> bool:
    """Whether the row could be parted into cells that all stand under a title; a fault if not."""
    if cells.broken:
        findings.fault(
            "",
            "quotes",
            f"not a row of a table ({cells.broken})",
            "put cells with quotes in quotes and double the quotes inside",
        )
    elif any(cells.values[width:]):
        findings.fault(
            "",
            "cells",
            f"{len(cells.values)} cells under {width} columns",
            'put a cell with the separator in it in quotes ("...")',
        )
    return not findings.faults


def claimed(
    identity: str, column: str, findings: Findings, taken: dict[str, int], *, given: bool
) -> str:
    """The row's id. One that was given must be the first of its kind; others are told apart by the
    number of the row."""
    made = slug(identity[:200], otherwise="row")
    if made not in taken:
        taken[made] = findings.row
    elif given:
        findings.fault(
            column,
            "twice",
            f"{identity[:40]!r} names row {taken[made]} already",
            "give each row an id of its own",
        )
    else:
        made = f"{made[:48].rstrip('-')}-row-{findings.row}"
    return made


def _texts(cells: Cells, columns: Columns, findings: Findings) -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = {}
    for (field, tag), at in columns.worded.items():
        if at < len(cells.values) and cells.values[at]:
            longest = read.LONGEST_NAME if field == "product" else read.LONGEST_TEXT
            said = read.words(cells.values[at], columns.titles[at], findings, longest)
            if said:
                texts.setdefault(field, {})[tag] = said
    return texts


def _own_words(texts: Mapping[str, Mapping[str, str]]) -> str:
    return " ".join(by_tag[""] for by_tag in texts.values() if "" in by_tag)


def _tagged(by_tag: Mapping[str, str], own: str) -> dict[str, str]:
    """Words without a language are in the row's own; a column for that language goes before."""
    return {tag or own: said for tag, said in sorted(by_tag.items())}
