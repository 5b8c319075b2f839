"""What a run may spend. Every engine call is paid from it, and none is made that it cannot pay.

A call is paid for at its estimate before it begins and at its real price when it is over. The
first call that cannot be paid shuts the purse for the rest of the run: what came before is kept,
and nothing smaller slips through behind it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from flows.errors import BudgetReached
from flows.money.amounts import NO_CAP, Amount, Cap, Rate, amount
from flows.money.ledger import (
    Account,
    Call,
    Refused,
    Stage,
    Statement,
    campaign_name,
    keep_statement,
    month_name,
)
from flows.presence import Presence, gone, new_run
from storage import Store, StoreError

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The caps that a run is under."""

    run: Cap = NO_CAP
    month: Cap = NO_CAP
    campaign: str | None = None
    """The name of the campaign it is a run of, which has a book of its own."""
    of_campaign: Cap = NO_CAP
    """For all runs of the campaign together, ever."""


@dataclass(slots=True)
class _Stage:
    """How well the engine's estimates have held in this run."""

    estimated: float = 0.0
    taken: float = 0.0

    def corrected(self, estimate: float) -> float:
        """Never below the engine's own word; more where it has been too low so far."""
        return estimate * max(1.0, self.taken / self.estimated if self.estimated else 1.0)


@dataclass(slots=True)
class _Told:
    seconds: float | None = None

    def __call__(self, seconds: float) -> None:
        self.seconds = seconds


@dataclass(slots=True)
class _State:
    """What changes while a run spends."""

    expected: float = 0.0
    """Seconds the run is likely to need in all."""
    granted: float = 0.0
    """Seconds that all books have granted in all."""
    spent: float = 0.0
    calls: int = 0
    by_production: dict[str, float] = field(default_factory=dict)
    """Seconds spent, by the production's slug."""
    open: list[Call] = field(default_factory=list)
    stages: dict[Stage, _Stage] = field(default_factory=dict)
    shut: str | None = None
    """Why nothing more is paid."""
    present: bool = False


class Purse:
    """Safe in threads. Writes nothing anywhere before the first engine call."""

    def __init__(
        self, store: Store, home: Path, budget: Budget, *, engine: str, rate: Rate | None
    ) -> None:
        self.run = new_run()
        self.rate = rate
        self._store = store
        self._presence = Presence(store, home, self.run)
        self._began = datetime.now(UTC)
        self._cap = budget.run
        caps = {}
        if budget.campaign is not None:
            caps[campaign_name(budget.campaign)] = budget.of_campaign
        caps[month_name(self._began)] = budget.month
        self._accounts = tuple(
            Account(store, name, cap, gone=lambda run: gone(store, home, run))
            for name, cap in caps.items()
        )
        self._engine = engine
        self._lock = threading.Lock()
        self._state = _State()

    @property
    def spent(self) -> Amount:
        """By the engine calls that have come to an end."""
        return amount(self._state.spent, self.rate)

    def spent_on(self, production: str) -> Amount:
        """The share of one production, by its slug."""
        return amount(self._state.by_production.get(production, 0.0), self.rate)

    @property
    def calls(self) -> int:
        return self._state.calls

    @property
    def shut(self) -> str | None:
        """Why no engine call is paid any more; None while they are."""
        return self._state.shut

    def expect(self, seconds: float) -> None:
        """Say that so many seconds of engine time more are likely to be needed: they are spoken
        for together, before the first of them is spent, as far as the caps allow."""
        with self._lock:
            self._state.expected += seconds

    @contextmanager
    def paying(
        self, take: str, stage: Stage, estimate: float, *, of: str = ""
    ) -> Iterator[Callable[[float], None]]:
        """Pay for the one engine call made inside, `of` a production; tell the callable what it
        took, by the engine's own record. A call that fails is paid by the clock.

        BudgetReached, and no call, where a cap does not allow it.
        """
        with self._lock:
            call = self._begin(take, stage, estimate)
        told, began = _Told(), time.monotonic()
        try:
            yield told
        finally:
            clock = time.monotonic() - began
            with self._lock:
                seconds = clock if told.seconds is None else told.seconds
                self._end(call, estimate, seconds, of)

    def close(self) -> None:
        """Settle with every book. What cannot be written now is settled by a later run."""
        state = self._state
        if not state.present:
            return
        try:
            for account in self._accounts:
                account.settle(self.run, self.spent)
            self._keep((), ended=datetime.now(UTC))
        except StoreError as error:
            _log.warning("run %s could not settle its account: %s", self.run, error)
        finally:
            self._presence.stop()

    def _begin(self, take: str, stage: Stage, estimate: float) -> Call:
        state = self._state
        if state.shut is not None:
            raise BudgetReached(state.shut)
        trusted = state.stages.setdefault(stage, _Stage()).corrected(estimate)
        needed = state.spent + sum(each.estimate for each in state.open) + trusted
        if needed > self._cap.room(Amount(), self.rate):
            self._shut(f"the run's budget of {self._cap} is reached after {self.spent}")
        if needed > state.granted or self._presence.doubtful:
            self._hold(needed)
        call = Call(take=take, stage=stage, estimate=trusted)
        self._keep((*state.open, call))
        state.open.append(call)
        return call

    def _end(self, call: Call, estimate: float, seconds: float, of: str) -> None:
        state = self._state
        state.open.remove(call)
        state.spent += seconds
        state.calls += 1
        state.by_production[of] = state.by_production.get(of, 0.0) + seconds
        stage = state.stages[call.stage]
        stage.estimated += estimate
        stage.taken += seconds
        self._keep(tuple(state.open))

    def _hold(self, needed: float) -> None:
        """Have every book grant what is needed now and, where it can, all that is expected."""
        if not self._state.present:
            self._presence.start()
            self._state.present = True
        wanted = min(max(self._state.expected, needed), self._cap.room(Amount(), self.rate))
        granted = wanted
        for account in self._accounts:
            answer = account.hold(self.run, granted, self.rate, least=needed)
            if isinstance(answer, Refused):
                self._shut(_said(answer, self.spent))
            else:
                granted = answer
        self._state.granted = granted

    def _shut(self, why: str) -> None:
        self._state.shut = why
        raise BudgetReached(why)

    def _keep(self, open_: tuple[Call, ...], *, ended: datetime | None = None) -> None:
        state = self._state
        statement = Statement(
            run=self.run,
            engine=self._engine,
            rate=self.rate,
            books=tuple(account.name for account in self._accounts),
            began=self._began,
            ended=ended,
            calls=state.calls,
            seconds=round(state.spent, 3),
            cost=self.spent,
            open=open_,
        )
        keep_statement(self._store, statement)


def _said(refused: Refused, spent: Amount) -> str:
    kind, _, name = refused.name.partition("/")
    what = f"the budget of {name}" if kind == "months" else f"the budget of the campaign {name}"
    others = len(refused.page.held) - bool(refused.mine.seconds)
    kept = f", with what {others} other run{'s' * (others > 1)} still hold" if others else ""
    return f"{what}, {refused.cap}, is reached{kept}; this run spent {spent}"
