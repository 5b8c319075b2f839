"""What runs may spend, together and apart, on one machine and on several, alive and killed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from flows import presence
from flows.errors import BudgetReached
from flows.money.amounts import Amount, Cap, Rate
from flows.money.ledger import Account, Page, Statement, campaign_name, find_statement, month_name
from flows.money.purse import Budget, Purse
from storage import Store, open_store, take_key_prefix
from storyboard.request import Take

RATE = Rate(per_hour=Decimal(36), currency="EUR")
"""A cent a second."""


@pytest.fixture
def vault(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "vault"))


@contextmanager
def opened(vault: Store, home: Path, **caps: object) -> Iterator[Purse]:
    budget = Budget(**caps)  # type: ignore[arg-type]
    with contextlib.closing(Purse(vault, home, budget, engine="animatic", rate=RATE)) as purse:
        yield purse


def pay(purse: Purse, seconds: float, *, take: str = "t", estimate: float = 1.0) -> None:
    with purse.paying(take, "preview", estimate) as paid:
        paid(seconds)


def month(vault: Store) -> Page:
    name = month_name(datetime.now(UTC))
    return Account(vault, name, Cap(), gone=lambda _: False).read()


def statement(vault: Store, run: str) -> Statement:
    found = find_statement(vault, run)
    assert found is not None
    return found


def test_a_run_without_an_engine_call_writes_nothing(vault: Store, tmp_path: Path) -> None:
    with opened(vault, tmp_path, month=Cap(seconds=5)) as purse:
        purse.expect(100)
    assert list(vault.keys()) == []


def test_what_the_engine_says_it_took_is_what_is_spent(vault: Store, tmp_path: Path) -> None:
    with opened(vault, tmp_path) as purse:
        pay(purse, 2.5)
        pay(purse, 1.5)
        assert str(purse.spent) == "4.0 s of engine time, 0.0400 EUR"
    assert month(vault).spent == Amount(seconds=4.0, money={"EUR": Decimal("0.04")})
    assert month(vault).held == {}
    said = statement(vault, purse.run)
    assert (said.calls, said.seconds, said.open) == (2, 4.0, ())
    assert said.ended is not None


def test_a_call_that_fails_is_paid_by_the_clock(vault: Store, tmp_path: Path) -> None:
    with opened(vault, tmp_path) as purse:
        with pytest.raises(ValueError, match="no"), purse.paying("t", "render", 1.0):
            raise ValueError("no")
        assert 0 < purse.spent.seconds < 5
        assert purse.calls == 1


@pytest.mark.parametrize("cap", [Cap(seconds=10), Cap(money="0.10EUR")])
def test_no_call_begins_that_the_cap_cannot_pay(vault: Store, tmp_path: Path, cap: Cap) -> None:
    with opened(vault, tmp_path, run=cap) as purse:
        for _ in range(10):
            pay(purse, 1.0)
        with pytest.raises(BudgetReached, match=str(cap)):
            pay(purse, 1.0)
        assert purse.calls == 10


def test_after_the_first_refusal_nothing_smaller_slips_through(
    vault: Store, tmp_path: Path
) -> None:
    with opened(vault, tmp_path, run=Cap(seconds=10)) as purse:
        pay(purse, 8.0, estimate=8.0)
        with pytest.raises(BudgetReached):
            pay(purse, 5.0, estimate=5.0)
        with pytest.raises(BudgetReached):
            pay(purse, 0.1, estimate=0.1)
        assert purse.calls == 1 and purse.shut is not None


def test_estimates_that_were_too_low_are_corrected(vault: Store, tmp_path: Path) -> None:
    with opened(vault, tmp_path, run=Cap(seconds=10)) as purse:
        pay(purse, 4.0)
        pay(purse, 4.0)
        with pytest.raises(BudgetReached):  # 2 are left, and a call of 1 has taken 4
            pay(purse, 1.0)


def test_what_is_expected_is_spoken_for_before_it_is_spent(vault: Store, tmp_path: Path) -> None:
    with opened(vault, tmp_path, month=Cap(seconds=10)) as first:
        first.expect(8)
        pay(first, 1.0)
        with opened(vault, tmp_path, month=Cap(seconds=10)) as second:
            pay(second, 1.0)
            pay(second, 1.0)
            with pytest.raises(BudgetReached, match=r"2026|month|still hold"):
                pay(second, 1.0)
        for _ in range(7):
            pay(first, 1.0)
    assert month(vault).spent.seconds == 10


def test_what_was_not_needed_is_let_go(vault: Store, tmp_path: Path) -> None:
    with opened(vault, tmp_path, month=Cap(seconds=10)) as first:
        first.expect(10)
        pay(first, 1.0)
    with opened(vault, tmp_path, month=Cap(seconds=10)) as second:
        pay(second, 9.0, estimate=9.0)
    assert month(vault).spent.seconds == 10


def test_many_runs_at_once_never_pass_the_cap_of_the_month(vault: Store, tmp_path: Path) -> None:
    made: list[int] = []

    def work(home: Path) -> None:
        with opened(vault, home, month=Cap(seconds=20)) as purse:
            with contextlib.suppress(BudgetReached):
                for _ in range(10):
                    pay(purse, 1.0)
            made.append(purse.calls)

    homes = [tmp_path / f"machine-{number}" for number in range(4)]
    threads = [threading.Thread(target=work, args=(home,)) for home in homes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(made) == 20, "40 calls were wanted and 20 could be paid"
    assert month(vault).spent.seconds == 20


def test_a_campaign_has_one_cap_for_all_its_runs(vault: Store, tmp_path: Path) -> None:
    spring = {"campaign": "Spring sale!", "of_campaign": Cap(seconds=5)}
    with opened(vault, tmp_path, **spring) as first:
        for _ in range(3):
            pay(first, 1.0)
    with opened(vault, tmp_path, **spring) as second:
        for _ in range(2):
            pay(second, 1.0)
        with pytest.raises(BudgetReached, match="campaign Spring-sale"):
            pay(second, 1.0)
    with opened(vault, tmp_path, campaign="Autumn", of_campaign=Cap(seconds=5)) as other:
        pay(other, 1.0)
    name = campaign_name("Spring sale!")
    assert Account(vault, name, Cap(), gone=lambda _: False).read().spent.seconds == 5


DYING = """
import os, sys
from pathlib import Path
from flows.money.amounts import Cap
from flows.money.purse import Budget, Purse
from storage import open_store
from tests.flows.test_purse import RATE, pay
vault, home = sys.argv[1:]
budget = Budget(month=Cap(seconds=100))
purse = Purse(open_store(vault), Path(home), budget, engine="animatic", rate=RATE)
purse.expect(90)
pay(purse, 3.0)
with purse.paying("ab-kept", "preview", 5.0), purse.paying("cd-lost", "render", 7.0):
    print(purse.run, flush=True)
    import time; time.sleep(60)
"""


@pytest.fixture
def dead(vault: Store, tmp_path: Path) -> str:
    """A run on this machine, killed in two engine calls: the take of one was kept."""
    place = [str(tmp_path / "vault"), str(tmp_path / "home")]
    process = subprocess.Popen(
        [sys.executable, "-c", DYING, *place], stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        run = process.stdout.readline().strip()
        os.kill(process.pid, signal.SIGKILL)
    take = Take(
        key="ab-kept",
        engine="animatic",
        fingerprint="f",
        seed=1,
        seconds=5,
        files=(),
        engine_seconds={"preview": 4.0},
    )
    vault.put(f"{take_key_prefix(take.key)}preview.json", take.model_dump_json().encode())
    return run


def test_a_killed_run_is_settled_by_the_next_from_what_it_left(
    vault: Store, tmp_path: Path, dead: str
) -> None:
    assert month(vault).held[dead].seconds == 90
    with opened(vault, tmp_path / "home", month=Cap(seconds=100)) as purse:
        purse.expect(1)
        pay(purse, 1.0)
        book = month(vault)
        assert book.spent.seconds == 3 + 4 + 7 + 0, "a kept take by its record, a lost by estimate"
        assert set(book.held) == {purse.run}
    assert not list(vault.keys(f"runs/{dead}"))


def test_a_run_of_another_machine_is_believed_for_ten_minutes(
    vault: Store, tmp_path: Path, dead: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "another machine"
    with (
        opened(vault, elsewhere, month=Cap(seconds=100)) as purse,
        pytest.raises(BudgetReached, match="1 other run still hold"),
    ):
        pay(purse, 20.0, estimate=20.0)
    sign = json.loads(vault.read(f"runs/{dead}.json"))
    old = datetime.now(UTC) - presence.GONE_AFTER - timedelta(seconds=1)
    vault.put(f"runs/{dead}.json", json.dumps(sign | {"beat": old.isoformat()}).encode())
    with opened(vault, elsewhere, month=Cap(seconds=100)) as purse:
        pay(purse, 20.0, estimate=20.0)
    assert month(vault).spent.seconds == 14 + 20


def test_a_run_that_was_taken_for_dead_owes_only_what_it_spends_beyond(
    vault: Store, tmp_path: Path
) -> None:
    with opened(vault, tmp_path / "a", month=Cap(seconds=20)) as sleeper:
        sleeper.expect(10)
        pay(sleeper, 2.0)
        vault.delete(f"runs/{sleeper.run}.json")  # so that anyone takes it for dead
        with opened(vault, tmp_path / "b", month=Cap(seconds=20)) as other:
            pay(other, 15.0, estimate=15.0)
        assert month(vault).spent.seconds == 17
        pay(sleeper, 1.0)
    assert month(vault).spent.seconds == 18


def test_money_in_two_currencies_is_kept_apart() -> None:
    euros = Amount(seconds=1, money={"EUR": Decimal("0.10")})
    dollars = Amount(seconds=2, money={"USD": Decimal("0.30")})
    both = euros + dollars
    assert both.money == {"EUR": Decimal("0.10"), "USD": Decimal("0.30")}
    assert Cap(money="0.30EUR").room(both, RATE) == pytest.approx(20)
