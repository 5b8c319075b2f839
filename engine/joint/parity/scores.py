"""How far a result is from its golden value, beside how far it may be."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Score:
    """One comparison; `error` and `tolerance` are in the same measure."""

    what: str
    error: float
    tolerance: float

    @property
    def passes(self) -> bool:
        return self.error <= self.tolerance

    @property
    def strain(self) -> float:
        """How much of the tolerance is used; above 1 the comparison fails."""
        if self.tolerance > 0:
            return self.error / self.tolerance
        return 0.0 if self.error == 0 else float("inf")


@dataclass
class Scores:
    """All comparisons of one file, and what of it was left out and why. A golden value that the
    file does not hold (None) is not compared."""

    made: list[Score] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def exact(self, what: str, got: Tensor, want: Tensor | None) -> None:
        """Every element equal; the error is the largest difference."""
        self._compare(what, got, want, 0.0, lambda a, b: _largest(a - b))

    def close(
        self,
        what: str,
        got: Tensor,
        want: Tensor | None,
        tolerance: float,
        *,
        relative: float = 0.0,
    ) -> None:
        """The largest difference, as a part of the largest golden value; every element may differ
        by the part `relative` of itself besides, as some files state their tolerance."""

        def measure(a: Tensor, b: Tensor) -> float:
            largest = _largest(b) or 1.0
            return _largest((a - b) / (largest + relative / tolerance * b.abs()))

        self._compare(what, got, want, tolerance, measure)

    def near(self, what: str, got: Tensor, want: Tensor | None, tolerance: float) -> None:
        """The largest difference as it is."""
        self._compare(what, got, want, tolerance, lambda a, b: _largest(a - b))

    def rms(self, what: str, got: Tensor, want: Tensor | None, tolerance: float) -> None:
        """Root mean square of the difference, as a part of that of the golden value."""

        def measure(a: Tensor, b: Tensor) -> float:
            return _rms(a - b) / (_rms(b) or 1.0)

        self._compare(what, got, want, tolerance, measure)

    def pixels(
        self,
        what: str,
        got: Tensor,
        want: Tensor | None,
        values: tuple[Tensor, Tensor],
        reach: float,
    ) -> None:
        """Equal bytes, or one apart where the golden value before truncation is within `reach` of a
        whole number, or within the distance of our value from it (`values`, ours first), which is
        held to a tolerance of its own. The error is the largest difference not so excused."""

        def measure(a: Tensor, b: Tensor) -> float:
            difference = (a - b).abs()
            ours, value = (each.double() for each in values)
            edge = (value - value.round()).abs() <= (ours - value).abs().clamp(min=reach)
            return _largest(torch.where(edge, (difference - 1).clamp(min=0), difference))

        self._compare(what, got, want, 0.0, measure)

    def _compare(self, what, got, want, tolerance, measure) -> None:  # type: ignore[no-untyped-def]
        if want is None:
            return
        if got.shape != want.shape:
            what = f"{what} has shape {list(got.shape)}, not {list(want.shape)}"
            self.made.append(Score(what, float("inf"), tolerance))
            return
        error = measure(got.detach().double(), want.double()) if want.numel() else 0.0
        self.made.append(Score(what, float("inf") if error != error else error, tolerance))

    @property
    def worst(self) -> Score | None:
        return max(self.made, key=lambda score: score.strain, default=None)

    @property
    def passes(self) -> bool:
        return bool(self.made) and all(score.passes for score in self.made)


def _largest(x: Tensor) -> float:
    return float(x.abs().max()) if x.numel() else 0.0


def _rms(x: Tensor) -> float:
    return float(x.square().mean().sqrt())
