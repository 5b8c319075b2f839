"""Decisions and the sheet as values: what holds, what a shot's standing is, what was heard."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from review import Dailies, Decision, LineEdit, SheetLine, SheetShot, candidate, ruling
from review.dailies import Look, Stage
from review.decisions import Kind, Wish, reviewer_name
from review.errors import DecisionRefused
from review.transcript import compared
from storyboard.request import Take
from tests.review.production import NOON, a_verdict


def a_decision(number: int, kind: Kind, *, attempt: int = 0, next_attempt: int = 0) -> Decision:
    return Decision(
        job="job",
        number=number,
        kind=kind,
        take=f"take {attempt}",
        attempt=attempt,
        preview="",
        next_attempt=next_attempt,
        by="Anna",
        at=NOON + timedelta(minutes=number),
    )


def a_look(
    *history: Decision,
    stage: Stage = "waiting",
    attempts: int = 2,
    edits: Sequence[LineEdit] = (),
) -> Look:
    takes = tuple(
        candidate(
            number,
            Take(key=f"take {number}", engine="e", fingerprint="f", seed=1, seconds=5, files=()),
            a_verdict(),
        )
        for number in range(attempts)
    )
    line = SheetLine(line="l.1", speaker="MARA", text="Ja.", whole="Ja.", script="Ja.")
    shot = SheetShot(
        job="job",
        shot="s-01",
        scene="s",
        language="de-DE",
        languages=("de-DE",),
        aspect="9:16",
        framing="close",
        seconds=5,
        lines=(line,),
        takes=takes,
        stage=stage,
        kept="take 0",
    )
    return Look(
        shot=shot,
        history=history,
        ruling=ruling(history),
        edits={edit.line: edit for edit in edits},
    )


def test_the_last_decision_holds_and_taking_it_back_restores_the_one_before() -> None:
    approve, reject = a_decision(1, "approve", attempt=1), a_decision(2, "reject")
    held = ruling([approve, reject])
    assert (held.approved, held.rejected) == (None, reject)
    assert ruling([approve, reject, a_decision(3, "undo")]).approved == approve
    taken_back = ruling([approve, a_decision(2, "undo"), a_decision(3, "undo")])
    assert (taken_back.approved, taken_back.last, taken_back.seen) == (None, None, 3)


def test_a_retry_passes_over_every_take_before_it() -> None:
    retry = a_decision(1, "retry", next_attempt=3)
    assert ruling([retry]).start == 3
    assert ruling([retry, a_decision(2, "approve", attempt=1)]).start == 3
    assert ruling([retry, a_decision(2, "undo")]).start == 0


def test_a_shot_stands_where_people_and_the_run_have_brought_it() -> None:
    assert a_look().standing == "waiting"
    assert a_look(stage="failed").standing == "below gate"
    assert a_look(stage="planned", attempts=0).standing == "in work"
    assert a_look(a_decision(1, "approve")).standing == "approved"
    assert a_look(a_decision(1, "reject")).standing == "rejected"
    assert a_look(a_decision(1, "retry", next_attempt=2)).standing == "to be remade"
    assert a_look(a_decision(1, "retry", next_attempt=2), attempts=3).standing == "waiting"
    assert [look.wanted for look in (a_look(), a_look(stage="passed"))] == [True, False]


def test_new_words_make_a_shot_one_to_be_remade_until_they_are_spoken() -> None:
    def edit(was: str, text: str) -> LineEdit:
        return LineEdit(
            line="l.1", language="de-DE", number=1, was=was, text=text, by="Ben", at=NOON
        )

    approved = a_decision(1, "approve")
    assert a_look(approved, edits=[edit("Ja.", "Doch.")]).standing == "to be remade"
    assert a_look(approved, edits=[edit("Ja.", "Ja.")]).standing == "approved"
    assert a_look(approved, edits=[edit("Nein.", "Doch.")]).standing == "approved", (
        "the script has other words by now"
    )


def test_the_approved_take_is_shown_first_whatever_the_gate_would_keep() -> None:
    chosen = a_look(a_decision(1, "approve", attempt=1)).chosen
    assert chosen is not None and chosen.attempt == 1
    kept = a_look().chosen
    assert kept is not None and kept.attempt == 0


@pytest.mark.parametrize(
    ("written", "heard", "tag", "runs"),
    [
        ("Keep it burning.", "keep it burning", "en", "Keep it burning."),
        ("Keep it burning.", "Keep the fire burning", "en", "Keep -it +the fire burning."),
        ("Keep it burning.", "", "en", "-Keep it burning."),
        (
            "真夜中に、この灯を消します。",
            "真夜中にこの日を消します",
            "ja-JP",
            "真夜中に、この -灯 +日 を消します。",
        ),
    ],
)
def test_what_was_heard_is_marked_in_what_was_written(
    written: str, heard: str, tag: str, runs: str
) -> None:
    sign = {"same": "", "missing": "-", "added": "+"}
    found = compared(written, heard, tag)
    assert " ".join(f"{sign[run.kind]}{run.text}" for run in found) == runs


def test_a_name_is_one_line_of_what_people_type() -> None:
    assert reviewer_name("  Anna\n\u202eB.  ") == "Anna B."
    for nobody in ("", " \u200b\n", "x" * 81):
        with pytest.raises(DecisionRefused):
            reviewer_name(nobody)


def test_a_note_loses_what_no_person_types() -> None:
    wish = Wish(job="j", take="t", kind="retry", note="too\u0000 \u001bdark\n", seen=0)
    assert wish.note == "too dark"


def test_dailies_count_what_wants_a_person() -> None:
    from review import Sheet

    shots = tuple(
        a_look(stage=stage).shot.model_copy(update={"job": stage})
        for stage in ("waiting", "failed", "rendered")
    )
    sheet = Sheet(
        slug="s",
        version="v",
        title="S",
        language="en",
        engine="e",
        policy="p",
        people="always",
        status="waiting",
        began=NOON,
        at=NOON,
        scenes=(),
        shots=shots,
    )
    approved = a_decision(1, "approve").model_copy(update={"job": "waiting"})
    dailies = Dailies(sheet=sheet, decisions={"waiting": (approved,)})
    assert dailies.counts() == {"approved": 1, "below gate": 1, "passed": 1}
