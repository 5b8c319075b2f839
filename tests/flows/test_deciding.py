"""Deciding from a terminal: the same decisions as on the page, and no silent overruling."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from flows.command_line.reviewing import decide, wanted
from flows.errors import OrderError
from flows.settings import Settings
from review import DecidedAlready, DecisionRefused
from tests.flows.runs import run
from tests.review.screening import decisions, key_of

TAKE = key_of("lamp-02 en 0")


@pytest.fixture
def vault(waiting_vault: Path, tmp_path: Path) -> Path:
    shutil.copytree(waiting_vault, tmp_path / "vault")
    return tmp_path / "vault"


def do(vault: Path, kind: str, *, by: str = "Anna", take: str = TAKE[:8], **how: object) -> str:
    settings = Settings(home=vault.parent / "home")
    options = {"note": "", "overrule": False} | how
    return decide(kind, take, str(vault), settings, by=by, **options)  # type: ignore[arg-type]


def held(vault: Path) -> list[tuple[object, object]]:
    return [(each["kind"], each["by"]) for each in decisions(vault, "lamp-02", "en")]


def test_what_wants_a_person_is_listed_with_the_key_to_decide_by(vault: Path) -> None:
    rows = list(wanted(str(vault), Settings(home=vault.parent / "home")))
    assert [(row[1], row[2], row[3]) for row in rows] == [
        ("lamp-02", "en", "waiting"),
        ("lamp-02", "ja-JP", "waiting"),
        ("cliff-01", "ja-JP", "below gate"),
    ]
    do(vault, "approve", take=rows[0][4])
    assert decisions(vault, "lamp-02", "en")[0]["attempt"] == 1, "the one the gate would keep"
    assert len(list(wanted(str(vault), Settings(home=vault.parent / "home")))) == 2


def test_another_persons_decision_is_only_overruled_on_purpose(vault: Path) -> None:
    assert do(vault, "approve") == "lamp-02 en: take 1 is approved, says Anna"
    with pytest.raises(DecidedAlready, match="Anna approved a take of this shot at"):
        do(vault, "reject", by="Ben")
    assert held(vault) == [("approve", "Anna")]
    do(vault, "reject", by="Ben", overrule=True)
    do(vault, "retry", by="Ben", note="once more")
    assert held(vault) == [("approve", "Anna"), ("reject", "Ben"), ("retry", "Ben")]
    do(vault, "undo", by="Anna")
    assert held(vault)[-1] == ("undo", "Anna")


def test_what_cannot_be_decided_is_refused_in_a_sentence(vault: Path) -> None:
    for take, why in (("", "takes begin with"), ("f" * 64, "no take on a sheet begins with")):
        with pytest.raises(OrderError, match=why):
            do(vault, "approve", take=take)
    with pytest.raises(DecisionRefused, match="take back"):
        do(vault, "undo")
    with pytest.raises(DecisionRefused, match="characters"):
        do(vault, "retry", note="x" * 3000)
    with pytest.raises(DecisionRefused, match="who you are"):
        do(vault, "approve", by=" ")
    assert held(vault) == []


def test_the_command_says_who_was_first_and_ends_with_one(vault: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    environment |= {"HOOFBEAT_HOME": str(vault.parent / "home"), "HOOFBEAT_REVIEWER": "Anna"}
    done = run(["approve", TAKE[:10], "--store", vault, "--note", "good eyes"], environment)
    assert (done.code, done.said) == (0, "lamp-02 en: take 1 is approved, says Anna\n")
    second = run(["reject", TAKE[:10], "--store", vault, "--as", "Ben"], environment)
    assert second.code == 1
    assert "Anna approved" in second.said and "--overrule" in second.said
    assert held(vault) == [("approve", "Anna")]
