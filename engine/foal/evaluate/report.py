"""The trial on paper: a page, a sheet of pictures, and the figures as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from numpy.typing import NDArray
from PIL import Image

from engine.foal.evaluate.scores import COLUMNS, Facts, Heard, Row, Verdict
from engine.foal.evaluate.trial import Outcome

SHOTS = 24
"""On the sheet."""
_ACROSS = 8
_CELL, _GAP = 160, 6
_PAPER = (24, 22, 30)


def write(
    folder: Path,
    *,
    about: Mapping[str, str],
    tests: Sequence[Outcome],
    table: Sequence[Row],
    facts: Facts,
    verdicts: Sequence[Verdict],
    everyday: Sequence[Heard] = (),
) -> Path:
    """trial.html, trial.json and sheet.png in `folder`; gives the page."""
    folder.mkdir(parents=True, exist_ok=True)
    sheet([test.stills for test in tests[:SHOTS]]).save(folder / "sheet.png", optimize=True)
    record: dict[str, Any] = {
        "about": dict(about),
        "verdicts": [asdict(each) for each in verdicts],
        "measures": [asdict(row) for row in table],
        "facts": asdict(facts),
        "shots": [_shot(test) for test in tests],
        "everyday": [
            {name: [asdict(words) for words in said] for name, said in line.items()}
            for line in everyday
        ],
    }
    text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
    (folder / "trial.json").write_text(text, encoding="utf-8")
    page = _template().render(
        about=about,
        verdicts=verdicts,
        table=table,
        columns=COLUMNS,
        tests=tests[:SHOTS],
        everyday=everyday,
    )
    path = folder / "trial.html"
    path.write_text(page, encoding="utf-8")
    return path


def sheet(shots: Sequence[Mapping[str, NDArray[np.uint8]]]) -> Image.Image:
    """The shots side by side, each with its columns one above the other: the truth on top."""
    rows = -(-len(shots) // _ACROSS)
    height = len(COLUMNS) * (_CELL + _GAP) + 2 * _GAP
    paper = Image.new("RGB", (_ACROSS * (_CELL + _GAP) + _GAP, rows * height + _GAP), _PAPER)
    for number, stills in enumerate(shots):
        row, across = divmod(number, _ACROSS)
        for place, name in enumerate(COLUMNS):
            picture = Image.fromarray(stills[name])
            picture.thumbnail((_CELL, _CELL), Image.Resampling.LANCZOS)
            left = _GAP + across * (_CELL + _GAP) + (_CELL - picture.width) // 2
            top = _GAP + row * height + place * (_CELL + _GAP) + (_CELL - picture.height) // 2
            paper.paste(picture, (left, top))
    return paper


def _shot(test: Outcome) -> dict[str, Any]:
    request = test.rehearsal.request
    return {
        "seed": request.seed,
        "language": request.language,
        "place": request.place,
        "framing": request.framing,
        "aspect": request.aspect,
        "looks": [figure.looks for figure in request.figures],
        "columns": {name: _figures(each) for name, each in test.measured.items()},
    }


def _figures(each: Any) -> dict[str, Any]:
    return {
        "phonemes": [each.hearing.right, each.hearing.asked],
        "words": [asdict(words) for words in each.words],
        "lips": [
            {"plan": round(lip.plan.correlation, 3), "lag_s": lip.plan.lag_s,
             "loudness": round(lip.sound.correlation, 3)}
            for lip in each.lips
        ],
        "colours": [
            {"part": shown.part, "asked": shown.asked, "right": shown.right,
             "seen": [round(value) for value in shown.seen]}
            for shown in each.colours
        ],
        "sight": each.sight,
        "psnr_db": round(each.psnr_db, 2),
    }  # fmt: skip


def _template() -> Any:
    pages = Environment(
        loader=PackageLoader("engine.foal.evaluate", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return pages.get_template("trial.html.j2")
