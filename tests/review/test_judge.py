"""Figures against bands, for every figure and every band there can be."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from review.figures import NAMES
from review.judge import best, explain, judge
from review.policy import Band, Limits, Policy
from review.verdict import Measurement, Measurements, Verdict
from storyboard.document import digest
from tests.review.production import FINE, NOON, a_policy, a_request, a_verdict, figures

NUMBERS = st.floats(-1000, 1000)
RANK = {"reject": 0, "retry": 1, "pass": 2}


@st.composite
def bands(draw: st.DrawFn) -> Band:
    """Any nest of intervals, open sides included."""
    low = sorted((draw(NUMBERS) for _ in range(3)), reverse=True)
    gaps = sorted(abs(draw(NUMBERS)) for _ in range(3))
    # Sides open from some ring outwards, as nesting demands.
    open_low, open_high = draw(st.integers(0, 3)), draw(st.integers(0, 3))
    rings = [
        Limits(
            min=None if ring >= open_low else low[ring],
            max=None if ring >= open_high else low[0] + gaps[ring],
        )
        for ring in range(3)
    ]
    within = (
        rings[0].min if rings[0].min is not None else -1000.0,
        rings[0].max if rings[0].max is not None else 2000.0,
    )
    target = draw(st.none() | st.floats(min(within), max(within)))
    if target is not None and not rings[0].holds(target):
        target = None
    return Band(good=rings[0], human=rings[1], retry=rings[2], best=target)


def verdict_on(value: float | None, band: Band) -> Verdict:
    policy = Policy(name="p", every={"dc": band})
    measured = Measurements((Measurement(name="dc", value=value, unit="", version=1),))
    return judge(measured, policy, a_request(), take="t", at=NOON)


@given(bands(), NUMBERS)
def test_the_first_ring_that_holds_a_figure_decides(band: Band, value: float) -> None:
    verdict = verdict_on(value, band)
    if band.good.holds(value):
        expected = ("pass", False)
    elif band.doubt.holds(value):
        expected = ("pass", True)
    else:
        expected = ("retry" if band.retry.holds(value) else "reject", False)
    assert (verdict.outcome, verdict.doubtful) == expected
    assert bool(verdict.reasons) == (expected != ("pass", False))


@given(bands(), NUMBERS)
def test_a_score_tells_passing_from_doubt_from_failure(band: Band, value: float) -> None:
    score = verdict_on(value, band).score
    if band.good.holds(value):
        assert 0.5 <= score <= 1
    elif band.doubt.holds(value):
        assert 0 <= score <= 0.5
    else:
        assert score == 0


@given(bands(), NUMBERS, NUMBERS)
def test_a_figure_further_out_never_does_better(band: Band, one: float, other: float) -> None:
    """Outwards from the best value, or from the pass band where none is named."""
    home = band.best
    if home is None:
        home = max(0.0, band.good.min) if band.good.min is not None else 0.0
        home = min(home, band.good.max) if band.good.max is not None else home
    near, far = sorted((one, other), key=lambda value: abs(value - home))
    assume(near == home or (near > home) == (far > home))  # nothing is promised across home
    assume(abs(near - home) < abs(far - home))  # nor of two that differ by less than rounding
    closer, further = verdict_on(near, band), verdict_on(far, band)
    assert RANK[closer.outcome] >= RANK[further.outcome]
    assert closer.score >= further.score - 1e-9


@given(st.permutations(NAMES), st.sampled_from(["default", "strict"]))
def test_the_order_of_measuring_changes_no_verdict(order: list[str], name: str) -> None:
    found = {each.name: each for each in figures(black=0.2, speech_level=-60).figures()}
    shuffled = Measurements(tuple(found[each] for each in order))
    policy = a_policy(name)
    straight = judge(Measurements(tuple(found.values())), policy, a_request(), take="t", at=NOON)
    other = judge(shuffled, policy, a_request(), take="t", at=NOON)
    assert (other.outcome, other.score, other.reasons, other.marks) == (
        straight.outcome,
        straight.score,
        straight.reasons,
        straight.marks,
    )


@given(
    st.dictionaries(st.sampled_from(NAMES), st.none() | st.floats(-1e6, 1e6)),
    st.sampled_from(["default", "strict"]),
)
def test_the_worst_mark_decides_and_each_is_explained(
    changes: dict[str, float | None], name: str
) -> None:
    verdict = judge(figures(**changes), a_policy(name), a_request(), take="t", at=NOON)
    standings = {mark.standing for mark in verdict.marks}
    worst = next((s for s in ("reject", "retry") if s in standings), "pass")
    assert verdict.outcome == worst
    said = " ".join(verdict.reasons)
    assert all(mark.name in said for mark in verdict.marks if mark.standing != "pass")
    assert 0 <= verdict.score <= 1
    assert Verdict.model_validate_json(verdict.model_dump_json()) == verdict
    assert len(explain(verdict).splitlines()) >= 2 + len(verdict.marks)


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.05, 0.2, 0.9]), NUMBERS), min_size=1, max_size=8))
def test_the_best_of_k_is_beaten_by_none(figures_of: list[tuple[float, float]]) -> None:
    verdicts = [a_verdict(black=black, speech_level=level) for black, level in figures_of]

    def merit(verdict: Verdict) -> tuple[int, bool, float]:
        return RANK[verdict.outcome], not verdict.doubtful, verdict.score

    chosen = best(verdicts)
    assert merit(verdicts[chosen]) == max(map(merit, verdicts))
    assert all(merit(each) < merit(verdicts[chosen]) for each in verdicts[:chosen]), "first wins"


def test_choosing_among_none_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no verdicts"):
        best([])


def test_a_take_that_is_fine_passes_without_a_word() -> None:
    for name in ("default", "strict"):
        verdict = judge(figures(), a_policy(name), a_request(), take="k", at=NOON)
        assert (verdict.outcome, verdict.reasons, verdict.doubtful) == ("pass", (), False)


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"readable": 0.0}, "retry"),
        ({"container": 0.0}, "reject"),
        ({"size_error": 2.0}, "reject"),
        ({"frame_rate_error": 5.0}, "reject"),
        ({"sample_rate_error": 3900.0}, "reject"),
        ({"length_error": -4.0}, "retry"),
        ({"length_difference": 0.2}, "retry"),
        ({"black": 0.5}, "retry"),
        ({"frozen": 5.4}, "retry"),
        ({"frozen_speaker": 2.4}, "retry"),
        ({"speech_level": -60.0}, "retry"),
        ({"silence": 0.95}, "retry"),
        ({"clipped": 0.05}, "retry"),
        ({"loudness": -50.0}, "retry"),
        ({"loudness": None}, "retry"),
        ({"true_peak": 2.0}, "retry"),
        ({"dc": 0.2}, "retry"),
        ({"start_difference": 0.2}, "retry"),
        ({"flicker": 8.0}, "retry"),
        ({"blur": 0.8}, "retry"),
        ({"cuts": 1.0}, "retry"),
        ({"first_frame_error": 0.7}, "retry"),
        ({"speech_heard": 0.0}, "retry"),
        ({"stray_speech": 2.4}, "retry"),
        ({"words_wrong": 0.9}, "retry"),
        ({"other_language": 0.95}, "retry"),
        ({"lip_offset": 0.2}, "retry"),
        ({"lip_offset": -0.12}, "retry"),
        ({"faces_error": 3.0}, "retry"),
        ({"other_face": 0.9}, "retry"),
        ({"other_voice": 0.8}, "retry"),
    ],
)
def test_each_broken_figure_alone_stops_a_take(
    changes: dict[str, float | None], outcome: str
) -> None:
    verdict = a_verdict(**changes)
    assert verdict.outcome == outcome
    assert len(verdict.reasons) == 1
    assert next(iter(changes)) in verdict.reasons[0]


@pytest.mark.parametrize(
    ("error", "outcome", "doubtful"),
    [(0.1, "pass", False), (0.37, "pass", True), (0.9, "retry", False)],
)
def test_a_cartoon_may_keep_little_of_the_picture_it_begins_with_but_not_nothing(
    error: float, outcome: str, doubtful: bool
) -> None:
    found = figures(first_frame_error=error)
    request = a_request()
    verdict = judge(found, a_policy("default"), request, take="t", at=NOON, engine="foal")
    assert (verdict.outcome, verdict.doubtful) == (outcome, doubtful)


def test_a_quiet_insert_may_hold_still_and_say_nothing() -> None:
    quiet = figures(
        frozen=3.96, frozen_speaker=None, speech_level=None, silence=None, loudness=None,
        true_peak=None,
    )  # fmt: skip
    insert = a_request(speeches=(), framing="insert", language=None)
    verdict = judge(quiet, a_policy("default"), insert, take="k", at=NOON)
    assert (verdict.section, verdict.outcome, verdict.doubtful) == ("silent", "pass", False)
    held = judge(figures(frozen=4.96), a_policy("default"), insert, take="k", at=NOON)
    assert (held.outcome, held.doubtful) == ("pass", True)
    speaking = judge(quiet, a_policy("default"), a_request(), take="k", at=NOON)
    assert speaking.outcome == "retry"


def unable(name: str) -> Measurements:
    """Figures that are fine, but for one that nothing here could measure."""
    return Measurements(
        tuple(
            each.model_copy(update={"value": None, "able": False, "detail": "no recogniser"})
            if each.name == name
            else each
            for each in figures().figures()
        )
    )


def test_what_nothing_can_measure_is_seen_and_counts_as_the_policy_says() -> None:
    found = {
        name: judge(unable("words_wrong"), a_policy(name), a_request(), take="k", at=NOON)
        for name in ("default", "strict")
    }
    assert (found["default"].outcome, found["default"].doubtful) == ("pass", False)
    assert (found["strict"].outcome, found["strict"].doubtful) == ("pass", True)
    assert "words_wrong" in " ".join(found["strict"].reasons)
    for verdict in found.values():
        assert explain(verdict).endswith("- words_wrong could not be measured here: no recogniser")
    blocks = Policy.model_validate(
        {"name": "p", "speech": {"words_wrong": {"pass": {"max": 0}, "unable": "retry"}}}
    )
    verdict = judge(unable("words_wrong"), blocks, a_request(), take="k", at=NOON)
    assert verdict.outcome == "retry"


def test_figures_absent_for_one_cause_share_a_sentence() -> None:
    gone = Measurements(
        tuple(
            Measurement(name=n, value=None, unit="", version=1, detail="unreadable") for n in FINE
        )
    )
    verdict = judge(gone, a_policy("default"), a_request(), take="k", at=NOON)
    assert verdict.outcome == "retry"
    assert len(verdict.reasons) == 1
    assert verdict.score == 0


def test_a_verdict_names_its_policy_so_that_a_changed_one_judges_anew() -> None:
    verdict = a_verdict()
    assert verdict.policy == "default"
    assert verdict.policy_digest == digest(a_policy("default"))
    assert verdict.policy_digest != digest(a_policy("strict"))


def test_the_vault_finds_its_keys_in_a_verdict() -> None:
    plain = a_verdict().model_dump(mode="json")
    assert {"take", "outcome", "policy", "by", "at", "measurements", "reasons", "score"} <= set(
        plain
    )
    assert plain["at"] == "2026-11-22T12:00:00Z"
    assert plain["measurements"][0]["name"] == "readable"


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="timezone"):
        judge(figures(), a_policy("default"), a_request(), take="k", at=NOON.replace(tzinfo=None))


def test_the_explanation_sets_each_figure_beside_its_band() -> None:
    lines = explain(a_verdict(black=0.5)).splitlines()
    assert lines[0].startswith("RETRY by gate under default (speech shot), score 0.")
    row = next(line for line in lines if line.startswith("black"))
    assert " ".join(row.split()) == "black 0.5 of frames at most 0.1 retry 0.00 x 1"
    assert lines[-1].startswith("- black is 0.5 of frames, retry: the pass band is at most 0.1")


def test_the_score_is_the_weighted_mean_of_its_marks() -> None:
    verdict = a_verdict(black=0.05)
    weighed = [(mark.score, mark.weight) for mark in verdict.marks if mark.score is not None]
    mean = sum(s * w for s, w in weighed) / sum(w for _, w in weighed)
    assert math.isclose(verdict.score, mean)
    assert verdict.score < a_verdict().score


@pytest.mark.parametrize(
    ("value", "score"),
    [(0, 1), (5, 0.75), (10, 0.5), (15, 0.25), (20, 0), (25, 0), (-7, 0.75), (-1000, 0.75)],
)
def test_a_score_falls_evenly_from_best_to_where_doubt_ends(value: float, score: float) -> None:
    """Towards an open side there is no end to fall to, so any way counts as half."""
    band = Band(good=Limits(max=10), human=Limits(max=20), best=0)
    assert verdict_on(value, band).score == pytest.approx(score)


def test_a_shot_is_judged_by_the_bands_of_its_language_and_its_engine() -> None:
    text = {"every": {"black": {"pass": {"max": 1}}}}
    general = {"every": {"black": {"pass": {"max": 0}}}}
    policy = Policy.model_validate(
        {"name": "p", **general, "languages": {"de-DE": text}, "engines": {"foal": text}}
    )

    def outcome(language: str, engine: str) -> str:
        request = a_request(language=language)
        found = figures(black=0.5)
        return judge(found, policy, request, take="t", at=NOON, engine=engine).outcome

    assert outcome("en", "animatic") == "retry"
    assert outcome("de-DE", "animatic") == outcome("en", "foal") == "pass"
