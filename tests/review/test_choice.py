"""Which take is kept, and what is written down about it."""

from __future__ import annotations

import pytest

from review.choice import Choice, choose
from review.policy import OnExhausted, Policy
from storyboard.document import digest
from storyboard.request import Take
from tests.review.production import NOON, a_policy, a_request, a_verdict

BLACK = {"black": 0.5}
DOUBTFUL = {"black": 0.2}


def chosen(*changes: dict[str, float | None], exhausted: OnExhausted = "fail") -> Choice:
    """The choice among takes whose figures are fine but for the changes, at attempts 0, 1, ..."""
    policy = a_policy("default").model_copy(update={"on_exhausted": exhausted})
    tried = [
        (attempt, a_take(attempt), a_verdict(**change)) for attempt, change in enumerate(changes)
    ]
    return choose(tried, a_request(), policy, job="j" * 64, shot="1-1 en", at=NOON)


def a_take(attempt: int) -> Take:
    return Take(
        key=str(attempt) * 64,
        engine="animatic",
        fingerprint="f",
        seed=100 + attempt,
        seconds=5,
        files=(),
        engine_seconds={"preview": 2.0, "render": 7.0},
    )


@pytest.mark.parametrize(
    ("changes", "kept", "why"),
    [
        ([{}], 0, "the only one of 1 that passed, scoring 1.000"),
        ([BLACK, {}, BLACK], 1, "the only one of 3 that passed, scoring 1.000"),
        ([{"frozen": 2.0}, {"frozen": 1.0}], 1, "the best of 2 that passed: it scored "),
        ([{}, {}], 0, "the earliest of those that passed and scored 1.000"),
        ([DOUBTFUL, {"frozen": 3.9}], 1, "without a doubt, unlike the other 1 that passed"),
    ],
)
def test_the_choice_says_what_it_rests_on(
    changes: list[dict[str, float | None]], kept: int, why: str
) -> None:
    choice = chosen(*changes)
    assert choice.kept == str(kept) * 64
    assert choice.why.startswith(why.replace("1.000", f"{choice.candidates[kept].score:.3f}"))
    assert choice.exhausted is None


def test_every_candidate_is_on_record_with_its_seed_and_its_cost() -> None:
    choice = chosen(BLACK, {})
    assert [(c.attempt, c.seed, c.outcome) for c in choice.candidates] == [
        (0, 100, "retry"),
        (1, 101, "pass"),
    ]
    assert {c.engine_seconds for c in choice.candidates} == {2.0}, "a render is not a candidate's"
    assert choice.candidates[0].reasons[0].startswith("black is 0.5")
    assert choice.candidates[1].reasons == ()
    assert (choice.speakers, choice.language) == (("MARA",), "en")
    assert Choice.model_validate_json(choice.model_dump_json()) == choice


@pytest.mark.parametrize(("exhausted", "kept"), [("fail", None), ("skip", None), ("best", "1")])
def test_an_exhausted_shot_goes_the_way_of_the_policy(
    exhausted: OnExhausted, kept: str | None
) -> None:
    choice = chosen({"black": 0.9, "frozen": 9.0}, BLACK, exhausted=exhausted)
    assert choice.exhausted == exhausted
    assert choice.kept == (kept and kept * 64)
    assert choice.why.startswith("none of 2 passed; the nearest scored ")


def test_a_take_that_no_seed_would_mend_is_not_kept_as_the_best_there_is() -> None:
    assert chosen({"container": 0.0}, exhausted="best").kept is None


def test_a_choice_names_the_policy_it_was_made_under() -> None:
    policy = Policy(name="p")
    tried = [(0, a_take(0), a_verdict())]
    choice = choose(tried, a_request(), policy, job="j", shot="1-1", at=NOON)
    assert (choice.policy, choice.policy_digest) == ("p", digest(policy))
