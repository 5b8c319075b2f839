"""A flow run from a plain program, to its end."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from typing import Any, TypeVar

from flows.errors import OrderError

T = TypeVar("T")


def to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Errors as from the flow, and OrderError when Prefect cannot be reached or started."""
    try:
        return asyncio.run(work)
    except RuntimeError as error:
        if "API" not in str(error):
            raise
        where = os.environ.get("PREFECT_API_URL")
        raise OrderError(
            f"the Prefect server at {where} does not answer; start it or unset PREFECT_API_URL"
            if where
            else "Prefect's own server did not start in time; try again when the machine is less "
            "busy, or raise PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"
        ) from error
