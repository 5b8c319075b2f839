"""Wait until Prefect has written down what was done.

A server started for one run is stopped with it, and the client is ahead of it by some 30 ms per
task run; without waiting, the last records are lost. Only for show: the vault is what counts.
"""

from __future__ import annotations

import asyncio
import time

from prefect import get_client
from prefect.client.schemas.objects import TERMINAL_STATES
from prefect.context import FlowRunContext


async def drain(begun: int, *, longest_s: float = 60.0) -> int:
    """How many of this flow run's task runs are on record, waiting for all that were begun."""
    context = FlowRunContext.get()
    assert context is not None and context.flow_run is not None, "drain is called inside a flow"
    mine = {
        "task_runs": {
            "flow_run_id": {"any_": [str(context.flow_run.id)]},
            "state": {"type": {"any_": sorted(TERMINAL_STATES)}},
        }
    }
    last = time.monotonic() + longest_s
    async with get_client() as client:
        while True:
            answer = await client.request("POST", "/task_runs/count", json=mine)
            recorded = int(answer.json())
            if recorded >= begun or time.monotonic() > last:
                return recorded
            await asyncio.sleep(0.2)
