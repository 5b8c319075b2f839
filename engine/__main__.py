"""The engine alone, from the command line.

python -m engine list
python -m engine capabilities animatic
python -m engine make request.json --folder out --render

`parity`, `manifest` and `bench` are the joint engine's own; it is loaded when one is asked for.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from engine.interface import Engine, EngineError, Progress
from engine.open import capabilities_of, engine_names, open_engine
from media.errors import MediaError
from storyboard.request import Request, Take

JOINT = {
    "parity": "compare the joint engine with the published model's numbers, kept in a folder",
    "manifest": "every key, shape and dtype of an engine's parts, as JSON",
    "bench": "measure the joint engine against a plain implementation",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0, or 1 after one sentence on stderr."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] in JOINT:
        from engine.joint.__main__ import app

        app(given, prog_name="python -m engine")
    asked = _parser().parse_args(given)
    try:
        print(asked.run(asked))
    except (EngineError, MediaError, ValueError) as refused:
        print(f"error: {refused}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m engine", description="Make one take.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    listing = commands.add_parser("list", help="the engines there are")
    listing.set_defaults(run=lambda _: "\n".join(engine_names()))
    can = commands.add_parser("capabilities", help="what an engine can serve, as JSON")
    can.add_argument("engine", help="name, or settings file ending in .yaml")
    can.set_defaults(run=_capabilities)
    make = commands.add_parser("make", help="one take from one request; prints the take as JSON")
    make.add_argument("request", type=Path, help="a storyboard.request.Request as JSON")
    make.add_argument("--engine", default="foal", help="name, or settings file ending in .yaml")
    make.add_argument("--folder", type=Path, default=Path(), help="where the files go")
    make.add_argument("--render", action="store_true", help="the full-size film as well")
    make.add_argument(
        "--times",
        type=int,
        default=1,
        metavar="N",
        help="make it N times over: the last has its seconds without loading",
    )
    make.set_defaults(run=_make)
    make.add_argument(
        "--weights",
        type=Path,
        default=os.environ.get("HOOFBEAT_WEIGHTS"),
        help="the folder of a large engine's weights; HOOFBEAT_WEIGHTS without it",
    )
    for verb, help_ in JOINT.items():
        commands.add_parser(verb, help=help_)
    return parser


def _capabilities(asked: argparse.Namespace) -> str:
    return capabilities_of(asked.engine).model_dump_json(indent=2)


def _make(asked: argparse.Namespace) -> str:
    request = _request(asked.request)
    engine = open_engine(asked.engine, weights=asked.weights)
    try:
        for _ in range(max(1, asked.times)):
            take = _taken(engine, request, asked.folder, asked.render)
        return take.model_dump_json(indent=2)
    finally:
        engine.close()


def _request(path: Path) -> Request:
    try:
        return Request.model_validate_json(path.read_bytes())
    except OSError as unreadable:
        raise ValueError(f"{path}: cannot be read: {unreadable.strerror}") from unreadable
    except ValidationError as wrong:
        first = wrong.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ValueError(f"{path}: {key}: {first['msg']}") from wrong


def _taken(engine: Engine, request: Request, folder: Path, render: bool) -> Take:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as refused:
        raise ValueError(f"{folder}: cannot be made: {refused.strerror}") from refused
    take = engine.preview(request, folder, _shown("preview"))
    return engine.render(take, request, folder, _shown("render")) if render else take


def _shown(stage: str) -> Progress:
    def show(share: float) -> None:
        print(f"\r{stage} {share:4.0%}", end="\n" if share >= 1 else "", file=sys.stderr)

    return show


if __name__ == "__main__":
    sys.exit(main())
