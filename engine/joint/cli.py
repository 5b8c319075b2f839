"""The joint engine's own verbs, for `python -m engine` to mount."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from engine.joint.bench.run import run as run_bench
from engine.joint.bench.work import SIZES
from engine.joint.config import ConfigError, JointConfig, read_config
from engine.joint.manifest import manifest as make_manifest
from engine.joint.parity.run import run as run_parity


def parity(
    folder: Annotated[Path, typer.Argument(help="golden files: X.safetensors beside X.json")],
) -> None:
    """Compare this engine with the published model's numbers; exits 1 when any falls short."""
    if not folder.is_dir():
        raise typer.BadParameter(f"{folder} is not a folder")
    if not run_parity(folder, typer.echo):
        raise typer.Exit(1)


def manifest(
    config: Annotated[str, typer.Argument(help="an engine's name, or its file ending in .yaml")],
) -> None:
    """Print every key, shape and dtype of an engine's parts, as JSON."""
    typer.echo(json.dumps(make_manifest(named_config(config)), indent=1))


def bench(
    sizes: Annotated[
        list[str] | None, typer.Argument(help="tiny, small, middle; all without one")
    ] = None,
) -> None:
    """Measure this engine against a plain implementation of its specification."""
    unknown = set(sizes or ()) - set(SIZES)
    if unknown:
        raise typer.BadParameter(f"no size {', '.join(sorted(unknown))}; there are {list(SIZES)}")
    if not run_bench(sizes or list(SIZES), typer.echo):
        raise typer.Exit(1)


def named_config(name_or_path: str) -> JointConfig:
    """The sizes of an engine of the house, or of a file."""
    path = Path(name_or_path)
    if path.suffix not in {".yaml", ".yml"}:
        path = Path(str(files("configs").joinpath("engines", f"{name_or_path}.yaml")))
    try:
        return read_config(path)
    except ConfigError as error:
        raise typer.BadParameter(str(error)) from error


def register(app: typer.Typer) -> None:
    """Add the joint engine's verbs to a command line."""
    app.command()(parity)
    app.command()(manifest)
    app.command()(bench)
