"""The results file by itself, and what productions made side by side share."""

from __future__ import annotations

import asyncio
import csv
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from flows.campaign import flow as campaign
from flows.campaign.results import Former, Outcome, faulty, writing
from flows.campaign.rows import open_kit
from flows.campaign.validation import Chooser
from flows.errors import OrderError
from flows.order import CampaignOrder
from flows.steps import Floor
from flows.studio import Studio
from storage import StoreUnreachable
from storyboard.campaign import Entry, Sheet, open_sheet


@pytest.fixture
def sheet(tmp_path: Path) -> Sheet:
    path = tmp_path / "s.csv"
    path.write_text('row_id,product,notes\na,Lamp,"two\nlines, and a comma"\nb,,\nc,Mug,=1+1\n')
    return open_sheet(path)


def write(path: Path, sheet: Sheet, *, taken: bool = True) -> dict[str, int]:
    with writing(path, sheet) as results:
        for entry in sheet.entries():
            status = "delivered" if entry.row else "invalid"
            results.add(entry, Outcome(status=status, films="x | y"), taken=taken)
    return cast(dict[str, int], results.counts)


def test_results_mirror_the_sheet_and_are_read_back(tmp_path: Path, sheet: Sheet) -> None:
    path = tmp_path / "r.csv"
    counts = write(path, sheet)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["notes"] for row in rows] == ["two\nlines, and a comma", "", "=1+1"]
    assert [row["ad_row"] for row in rows] == ["2", "3", "4"]
    former = Former(path)
    told = [former.of(entry) for entry in sheet.entries()]
    assert [each.status for each in told if each] == ["delivered", "invalid", "delivered"]
    assert faulty(counts) == 1  # type: ignore[arg-type]
    assert faulty(write(path, sheet, taken=False)) == 0  # type: ignore[arg-type]


def test_a_results_file_can_be_the_sheet_of_the_next_run(tmp_path: Path, sheet: Sheet) -> None:
    path = tmp_path / "r.csv"
    write(path, sheet)
    again = open_sheet(path)
    assert not again.warnings
    write(tmp_path / "r2.csv", again)
    assert path.read_text().splitlines()[0] == (tmp_path / "r2.csv").read_text().splitlines()[0]


def test_another_file_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("a,b\n1,2\n")
    with pytest.raises(OrderError, match="is there and is no results file"):
        Former(tmp_path / "mine.csv")


def test_a_run_that_breaks_off_keeps_what_it_knew(tmp_path: Path, sheet: Sheet) -> None:
    path = tmp_path / "r.csv"
    with pytest.raises(KeyboardInterrupt), writing(path, sheet) as results:
        results.add(next(sheet.entries()), Outcome(status="delivered"), taken=True)
        raise KeyboardInterrupt
    assert Former(path).of(next(sheet.entries())) == Outcome(status="delivered")
    assert [each.name for each in tmp_path.iterdir() if each.name.endswith(".part")] == []


def floor(productions: int) -> Floor:
    engine = SimpleNamespace(capabilities=SimpleNamespace(parallel=2))
    return Floor(cast(Studio, SimpleNamespace(engine=engine)), productions)


def test_productions_turn_to_renders_together() -> None:
    async def turned() -> list[str]:
        shared, order = floor(3), []

        async def one(name: str, previews: int) -> None:
            for _ in range(previews):
                await asyncio.sleep(0)
            order.append(f"{name} previewed")
            shared.leave()
            await shared.turn()
            order.append(f"{name} renders")

        async def fails() -> None:
            await asyncio.sleep(0)
            shared.leave()

        await asyncio.gather(one("a", 1), one("b", 5), fails())
        return order

    assert asyncio.run(turned())[:2] == ["a previewed", "b previewed"]


def test_a_take_that_two_productions_need_has_one_maker_at_a_time() -> None:
    async def most_at_once() -> int:
        shared, now, most = floor(2), 0, 0

        async def make() -> None:
            nonlocal now, most
            async with shared.take("job", 0):
                now += 1
                most = max(most, now)
                await asyncio.sleep(0)
                now -= 1

        await asyncio.gather(make(), make(), make())
        return most

    assert asyncio.run(most_at_once()) == 1


def test_rows_behind_what_broke_the_run_off_are_told_as_not_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of the chunk that broke it, too; what was known of them before stays known."""
    path = tmp_path / "s.csv"
    path.write_text("row_id,product\n" + "".join(f"r{n},Lamp {n}\n" for n in range(2, 20)))
    kit = open_kit(CampaignOrder(script=path, rows="2-14"))
    with writing(kit.order.results_file, kit.sheet) as results:
        for entry in kit.sheet.entries():
            status = "delivered" if entry.number > 14 else "failed"
            results.add(entry, Outcome(status=status), taken=True)

    async def one_chunk_then_none(*given: object) -> dict[int, Outcome]:
        entries = cast(list[Entry], given[-1])
        if entries[0].number > 2:
            raise StoreUnreachable("the bucket does not answer")
        return {entry.number: Outcome(status="delivered") for entry in entries}

    monkeypatch.setattr(campaign, "_chunk", one_chunk_then_none)
    chooser = Chooser(kit.order)
    nothing = cast(Any, None)
    studio = cast(Studio, SimpleNamespace(purse=SimpleNamespace(shut=None)))
    with (
        pytest.raises(StoreUnreachable),
        writing(kit.order.results_file, kit.sheet) as results,
    ):
        asyncio.run(campaign._all_rows(kit, studio, nothing, chooser, results))
    former = Former(kit.order.results_file)
    told = [each.status for entry in kit.sheet.entries() if (each := former.of(entry))]
    assert told == ["delivered"] * 8 + ["failed"] * 5 + ["delivered"] * 5
    assert results.counts == {"delivered": 8}


@pytest.mark.parametrize(
    ("order", "taken"),
    [
        ({}, [2, 3, 4, 5]),
        ({"rows": "3,5-9"}, [3, 5]),
        ({"limit": 2}, [2, 3]),
        ({"only_failed": True}, [3, 5]),
        ({"only_failed": True, "limit": 1}, [3]),
        ({"only_failed": True, "rows": "2-4"}, [3]),
    ],
)
def test_an_order_says_which_rows_it_takes_up(
    tmp_path: Path, order: dict[str, Any], taken: list[int]
) -> None:
    """Row 3 failed, row 5 is new."""
    path = tmp_path / "s.csv"
    path.write_text("row_id,product\na,Lamp\nb,Mug\nc,Fan\n")
    sheet = open_sheet(path)
    given = CampaignOrder(script=path, **order)
    with writing(given.results_file, sheet) as results:
        for entry in sheet.entries():
            status = "failed" if entry.number == 3 else "delivered"
            results.add(entry, Outcome(status=status), taken=True)
    path.write_text("row_id,product\na,Lamp\nb,Mug\nc,Fan\nd,Bag\n")
    chooser = Chooser(given)
    assert [e.number for e in open_sheet(path).entries() if chooser.takes(e)] == taken
