"""The gate's report counts what the verdicts say."""

from __future__ import annotations

from review.choice import choose
from review.policy import OnExhausted
from review.report import Shot, as_markdown, retried, summary
from review.verdict import Verdict
from tests.review.production import NOON, a_policy, a_request, a_verdict
from tests.review.test_choice import a_take


def shot(
    name: str,
    *verdicts: Verdict,
    speaker: str = "MARA",
    language: str = "en",
    exhausted: OnExhausted = "fail",
) -> Shot:
    request = a_request(language=language, figures=({"name": speaker},))
    policy = a_policy("default").model_copy(update={"on_exhausted": exhausted})
    tried = [
        (at, a_take(at).model_copy(update={"key": f"{name}{at}" * 16}), verdict)
        for at, verdict in enumerate(verdicts)
    ]
    choice = choose(tried, request, policy, job=name, shot=name, at=NOON)
    kept = choice.kept is not None
    return Shot(choice=choice, verdicts=verdicts, render_seconds=6.0 if kept else 0.0)


SHOTS = (
    shot("a", a_verdict()),
    shot("b", a_verdict(black=0.9), a_verdict(black=0.2), speaker="TOM | <b>"),
    shot("c", a_verdict(words_wrong=1.0), a_verdict(words_wrong=0.8), language="de-DE"),
)


def rows(text: str, head: str) -> list[list[str]]:
    """The body of the table that begins with that head."""
    lines = text.split(f"| {head} |", 1)[1].splitlines()[2:]
    table = lines[: lines.index("")] if "" in lines else lines
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table]


def test_the_summary_names_what_did_not_pass() -> None:
    assert summary(SHOTS) == (
        "5 previews of 3 shots; not all passed of 2: b, c; nothing passed of c"
    )
    assert summary(SHOTS[:1]) == "1 preview of 1 shot"
    assert [each.choice.shot for each in retried(SHOTS)] == ["b", "c"]


def test_cost_is_of_all_previews_and_renders_over_accepted_seconds() -> None:
    """Five previews of 2 s and two renders of 6 s for two shots of 5 s."""
    text = as_markdown(SHOTS)
    assert "22.0 s of engine for 10.0 s accepted: 2.20 s for each, 27 % of it on" in text


def test_rates_are_counted_by_figure_language_character_and_engine() -> None:
    text = as_markdown(SHOTS)
    figures = {row[0]: row[1:] for row in rows(text, "Figure")}
    assert figures["`black`"] == ["3", "1", "1", "0", "80 %"]
    assert figures["`words_wrong`"] == ["3", "0", "2", "0", "60 %"]
    assert rows(text, "Language") == [
        ["de-DE", "0/2", "0 %", "0/1"],
        ["en", "2/3", "67 %", "1/2"],
    ]
    assert rows(text, "Character")[0] == ["MARA", "1/3", "33 %", "1/2"]
    assert rows(text, "Engine") == [["animatic", "2/5", "40 %", "1/3"]]


def test_the_worst_takes_come_first_with_their_reason() -> None:
    worst = rows(as_markdown(SHOTS), "Worst takes")
    assert [row[2] for row in worst] == ["retry", "retry", "retry", "doubtful", "pass"]
    assert worst[0][5].startswith(("black is 0.9", "words_wrong is"))
    assert [row[4] for row in worst] == ["", "", "", "yes", "yes"]
    assert len(rows(as_markdown(SHOTS * 6), "Worst takes")) == 10


def test_a_name_cannot_draw_in_the_report() -> None:
    text = as_markdown(SHOTS)
    assert "TOM \\| &lt;b>" in text
    assert "<b>" not in text


def test_nothing_at_the_gate_is_no_report() -> None:
    assert as_markdown(()) == ""
