"""The joint engine alone, from the command line: `python -m engine.joint parity FOLDER`."""

from __future__ import annotations

import typer

from engine.joint.cli import register

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
register(app)

if __name__ == "__main__":
    app()
