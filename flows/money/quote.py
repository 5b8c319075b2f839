"""What a production will cost before it is begun: engine time, wall time and money, per language.

The plan says what has to be made (`storyboard.plan`), the gate's policy how often a preview is
made for it, the price table what the time costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flows.money.amounts import Amount, Rate, amount, shown
from review import Policy
from storyboard import Plan
from storyboard.request import Capabilities

PASSING = 0.9
"""Of ten previews the gate is taken to pass nine; see docs/budget.md."""

SHARED = "all"
"""What the line of the shots is called that serve every language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteLine:
    """The takes of one language, or those that all languages share."""

    language: str
    takes: int
    film: Fraction
    """Seconds of film those takes are, once."""
    previews: float
    """Seconds of engine time, with those the gate is likely to send back."""
    renders: float
    most: float
    """Seconds of engine time if the gate used up every attempt of every shot."""

    @property
    def seconds(self) -> float:
        return self.previews + self.renders

    def __add__(self, other: QuoteLine) -> QuoteLine:
        return QuoteLine(
            language=self.language,
            takes=self.takes + other.takes,
            film=self.film + other.film,
            previews=self.previews + other.previews,
            renders=self.renders + other.renders,
            most=self.most + other.most,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What will be spent if nothing of it has been made before."""

    title: str
    engine: str
    lines: tuple[QuoteLine, ...]
    rate: Rate | None
    prices: str
    """The price table and its day."""
    parallel: int
    longest: float
    """Seconds of engine time of the longest single shot, which no second card shortens."""

    @property
    def seconds(self) -> float:
        """Engine time that is likely."""
        return sum(line.seconds for line in self.lines)

    @property
    def likely(self) -> Amount:
        return amount(self.seconds, self.rate)

    @property
    def most(self) -> Amount:
        """If the gate used up every attempt of every shot."""
        return amount(sum(line.most for line in self.lines), self.rate)

    def wall(self, cards: int) -> float:
        """Seconds on the clock with so many cards, each with an engine of its own, the cutting
        left out."""
        return max(self.seconds / (self.parallel * cards), self.longest)


def quote(
    plan: Plan,
    capabilities: Capabilities,
    policy: Policy,
    *,
    aspects: int = 1,
    rate: Rate | None,
    prices: str,
) -> Quote:
    """The quote for a plan in so many aspects, each of which has takes of its own."""
    own = [
        (each.language, each.shots - each.silent_shots, each.own)
        for each in plan.languages
        if not each.missing
    ]
    shared = (
        SHARED,
        plan.takes - sum(takes for _, takes, _ in own),
        plan.made - sum((film for _, _, film in own), Fraction(0)),
    )
    lines = [
        _line(*each, capabilities=capabilities, policy=policy, aspects=aspects)
        for each in (*own, shared)
        if each[1]
    ]
    longest = capabilities.preview_time(plan.longest) + capabilities.render_time(plan.longest)
    return Quote(
        title=plan.title,
        engine=plan.engine,
        lines=tuple(lines),
        rate=rate,
        prices=prices,
        parallel=plan.parallel,
        longest=longest,
    )


def _line(
    language: str,
    takes: int,
    film: Fraction,
    *,
    capabilities: Capabilities,
    policy: Policy,
    aspects: int,
) -> QuoteLine:
    once = capabilities.preview_time(film * aspects)
    renders = capabilities.render_time(film * aspects)
    return QuoteLine(
        language=language,
        takes=takes * aspects,
        film=film * aspects,
        previews=once * previews_per_shot(policy),
        renders=renders,
        most=once * policy.candidates * policy.attempts + renders,
    )


def previews_per_shot(policy: Policy) -> float:
    """How many previews the gate is likely to look at before it passes a shot: another round
    follows where all candidates of one fail."""
    failing = (1 - PASSING) ** policy.candidates
    rounds = (1 - failing**policy.attempts) / (1 - failing)
    return policy.candidates * rounds


def total(lines: Iterable[QuoteLine]) -> QuoteLine:
    empty = QuoteLine(
        language="together", takes=0, film=Fraction(0), previews=0.0, renders=0.0, most=0.0
    )
    return sum(lines, empty)


COLUMNS = ("language", "#takes", "#made", "#previews", "#renders", "#engine", "#at most", "#cost")


def rows(found: Quote) -> Iterator[tuple[str, ...]]:
    """One row per language, one for what they share, one of the sum."""
    for line in (*found.lines, total(found.lines)):
        yield (
            line.language,
            str(line.takes),
            *(
                f"{float(each):.1f} s"
                for each in (line.film, line.previews, line.renders, line.seconds, line.most)
            ),
            _cost(line.seconds, found.rate),
        )


def _cost(seconds: float, rate: Rate | None) -> str:
    return str(rate.of(seconds)) if rate else "unknown"


def summary(found: Quote, cards: int) -> str:
    """What it will take, in sentences."""
    clock = f"{found.wall(cards):.0f} s on the clock with {cards} card{'s' * (cards > 1)}"
    if found.rate is None:
        money = f"the price table {found.prices} does not know the {found.engine} engine"
    else:
        money = (
            f"{_cost(found.seconds, found.rate)} at {shown(found.rate.per_hour)} "
            f"{found.rate.currency} an hour (prices: {found.prices}), at most "
            f"{_cost(total(found.lines).most, found.rate)} if every shot used up its attempts"
        )
    return f"About {found.seconds:.0f} s of the {found.engine} engine, {clock}; {money}."


def as_json(found: Quote, cards: int) -> dict[str, Any]:
    """The quote for machines; lengths in seconds, money as decimal text."""
    return {
        "title": found.title,
        "engine": found.engine,
        "prices": found.prices,
        "per_hour": found.rate.model_dump(mode="json") if found.rate else None,
        "likely": found.likely.model_dump(mode="json"),
        "most": found.most.model_dump(mode="json"),
        "cards": cards,
        "wall_s": found.wall(cards),
        "lines": [
            {
                "language": line.language,
                "takes": line.takes,
                "made_s": float(line.film),
                "preview_s": line.previews,
                "render_s": line.renders,
                "most_s": line.most,
                "cost": amount(line.seconds, found.rate).model_dump(mode="json")["money"],
            }
            for line in found.lines
        ],
    }
