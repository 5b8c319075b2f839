"""Wait until Prefect has written down what was done.

A server started for one run is stopped with it, and the client is ahead of it by some 30 ms per
task run; without waiting, the last records are lost. Only for show: the vault is what counts.
"""

from __future__ import annotations

import asyncio
import time

from prefect import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    TaskRunFilter,
    TaskRunFilterState,
    TaskRunFilterStateType,
)
from prefect.client.schemas.objects import TERMINAL_STATES
from prefect.context import FlowRunContext


async def drain(begun: int, *, longest_s: float = 30.0) -> int:
    """How many of this flow run's task runs are on record, waiting for all that were begun."""
    context = FlowRunContext.get()
    assert context is not None and context.flow_run is not None, "drain is called inside a flow"
    ended = TaskRunFilter(
        state=TaskRunFilterState(type=TaskRunFilterStateType(any_=sorted(TERMINAL_STATES)))
    )
    mine = FlowRunFilter(id=FlowRunFilterId(any_=[context.flow_run.id]))
    last = time.monotonic() + longest_s
    async with get_client() as client:
        while True:
            recorded = len(await client.read_task_runs(flow_run_filter=mine, task_run_filter=ended))
            if recorded >= begun or time.monotonic() > last:
                return recorded
            await asyncio.sleep(0.2)
