"""The engine that breaks previews does so by seed, in the share asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from engine import open_engine
from engine.breaking import BreakingSettings, fate
from engine.interface import EngineUnavailable
from engine.open import capabilities_of


def settings(**changes: object) -> BreakingSettings:
    return BreakingSettings.model_validate({"engine": "animatic"} | changes)


def test_the_share_asked_for_breaks_in_every_way_and_always_the_same() -> None:
    fates = [fate(seed, settings(share=0.3)) for seed in range(2000)]
    assert fates == [fate(seed, settings(share=0.3)) for seed in range(2000)]
    ways = Counter(how for how, _ in fates)
    assert 0.27 < 1 - ways.pop(None) / 2000 < 0.33
    assert set(ways) == {
        "freezes", "blackens", "falls silent", "overdrives", "flickers", "fails"
    }  # fmt: skip
    assert min(ways.values()) > 60
    assert fates != [fate(seed, settings(share=0.3, seed=1)) for seed in range(2000)]


def test_how_badly_lies_between_the_mildest_and_beyond_doubt() -> None:
    broken = [fate(seed, settings(share=1, mildest=0.2)) for seed in range(300)]
    assert all(how not in (None, "fails") and 0.2 <= badly <= 1 for how, badly in broken)
    assert {badly for how, badly in (fate(s, settings(share=1)) for s in range(50))} == {1.0}
    assert {fate(seed, settings(share=0)) for seed in range(50)} == {(None, 0.0)}


def test_it_serves_what_the_other_engine_serves_under_a_name_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "breaking.yaml"
    path.write_text("kind: breaking\nengine: animatic\nshare: 0.5\n")
    inner, outer = open_engine("animatic"), open_engine(str(path))
    assert outer.capabilities == inner.capabilities
    assert outer.fingerprint.endswith(inner.fingerprint)
    assert outer.fingerprint != inner.fingerprint


@pytest.mark.parametrize("ask", [open_engine, capabilities_of])
def test_it_breaks_no_engine_that_breaks(tmp_path: Path, ask: Callable[[str], object]) -> None:
    path, other = tmp_path / "one.yaml", tmp_path / "two.yaml"
    path.write_text(f"kind: breaking\nengine: {path}\n")
    other.write_text("kind: breaking\nengine: animatic\n")
    with pytest.raises(EngineUnavailable, match=r"one\.yaml: only breaks another engine's takes"):
        ask(str(path))
    path.write_text(f"kind: breaking\nengine: {other}\n")
    with pytest.raises(EngineUnavailable, match=r"two\.yaml: only breaks another engine's takes"):
        ask(str(path))


@pytest.mark.parametrize("share", ["2", "-1", "lots"])
def test_a_share_that_is_none_is_refused(tmp_path: Path, share: str) -> None:
    path = tmp_path / "breaking.yaml"
    path.write_text(f"kind: breaking\nengine: animatic\nshare: {share}\n")
    with pytest.raises(Exception, match=r"breaking\.yaml: share: Input should be"):
        open_engine(str(path))
