"""How the command line speaks: mistakes as one sentence, exit codes, plans and lists as tables."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from engine import EngineError
from flows.errors import BudgetSpent, OrderError, ProductionIncomplete, RowsFailed
from media import MediaError
from review import DecidedAlready, DecisionRefused, PolicyError
from storage import KeyRefused, LocationRefused, StoreError
from storyboard import StoryboardError
from storyboard.language_model import ModelError

MISSING, WRONG, WAITING, ROWS_FAILED, OUT_OF_BUDGET, STOPPED = 1, 2, 3, 4, 5, 130
"""Exit codes: something is missing; the order is wrong; people are asked; some rows of a campaign
failed; a cap was reached; stopped by the user."""

KEPT = "What was made is kept; the same command goes on from here."


def say(text: str) -> None:
    """One line to the person, on standard error, exactly as it is."""
    Console(stderr=True, soft_wrap=True).print(text, markup=False, highlight=False)


@contextmanager
def mistakes() -> Iterator[None]:
    """Turn every error that a person can mend into its sentence and an exit code."""
    try:
        yield
    except (OrderError, StoryboardError, PolicyError, LocationRefused, KeyRefused) as error:
        _fail(error, WRONG)
    except DecidedAlready as error:
        _fail(f"{error}; look first, then --overrule decides all the same", MISSING)
    except DecisionRefused as error:
        _fail(error, WRONG)
    except BudgetSpent as error:
        say(f"stopped: {error.why}")
        for what in error.missing:
            say(f"not delivered: {what}")
        say(f"{KEPT} Give it a larger budget, or wait for the next month's.")
        raise typer.Exit(OUT_OF_BUDGET) from error
    except RowsFailed as error:
        say(f"error: {error.count} of {error.of} rows were not delivered whole; {error.results}")
        say("says which and why. Mend them and run again with --only-failed.")
        raise typer.Exit(ROWS_FAILED) from error
    except ProductionIncomplete as error:
        for what, why in error.missing.items():
            say(f"error: {what} was not delivered: {why}")
        say(KEPT)
        raise typer.Exit(MISSING) from error
    except (EngineError, MediaError, ModelError, StoreError) as error:
        _fail(error, MISSING)
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        _fail(f"cannot go on{where}: {error.strerror or error}", MISSING)
    except KeyboardInterrupt as error:
        say(f"stopped. {KEPT}")
        raise typer.Exit(STOPPED) from error


def _fail(message: object, code: int) -> None:
    text = str(message)
    # Errors of a script carry `file:line: error:` already.
    say(text if ": error: " in text else f"error: {text}")
    raise typer.Exit(code)


def print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> None:
    """A table on standard output; columns whose name begins with # are numbers."""
    heading = Text(title) if title else None
    table = Table(title=heading, title_justify="left", box=None, pad_edge=False)
    for column in columns:
        table.add_column(
            column.lstrip("#"),
            justify="right" if column.startswith("#") else "left",
            overflow="fold",
        )
    for row in rows:
        table.add_row(*row)
    Console(soft_wrap=not sys.stdout.isatty()).print(table, markup=False, highlight=False)


def print_facts(facts: Mapping[str, str]) -> None:
    width = max(map(len, facts), default=0)
    for name, value in facts.items():
        sys.stdout.write(f"{name:{width}}  {value}\n")
