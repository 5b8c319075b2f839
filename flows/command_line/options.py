"""Arguments and options that several commands share, worded once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Script = Annotated[
    Path, typer.Argument(help="A Fountain script, a storyboard (YAML) or a shot list (CSV).")
]
EngineName = Annotated[
    str, typer.Option("--engine", help="A name from `hoofbeat engines`, or a YAML file.")
]
StoreName = Annotated[
    str, typer.Option("--store", help="The vault: a folder, or s3://bucket/prefix.")
]
Aspects = Annotated[str, typer.Option("--aspect", help="Comma list of 9:16, 16:9, 1:1.")]
GateName = Annotated[str, typer.Option("--gate", help="A name in configs/gates, or a file.")]
DeliveryName = Annotated[
    str, typer.Option("--delivery", help="A name in configs/deliveries, or a file.")
]
Translations = Annotated[
    str,
    typer.Option(
        "--translations",
        help="Which words may be spoken: given, approved or machine; or approved,de=machine.",
    ),
]
BurnCaptions = Annotated[bool, typer.Option("--burn-captions", help="Captions in the picture.")]
PricesName = Annotated[
    str, typer.Option("--prices", help="What engines cost: a name in configs/prices, or a file.")
]
Budget = Annotated[str, typer.Option("--budget", help="Stop before more is spent, such as 20EUR.")]
BudgetSeconds = Annotated[
    float | None,
    typer.Option("--budget-seconds", help="Stop before the engine has worked for longer."),
]
AdSeconds = Annotated[
    str, typer.Option("--seconds", help="Length of a campaign's ads: 6, 15 or 30.")
]
BrandName = Annotated[
    str,
    typer.Option(
        "--brand",
        help="Of a sheet: a name in configs/brands, or a file. Default: brand.yaml beside it.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]
