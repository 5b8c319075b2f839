"""Who may see whom, each plan against a plain masked softmax."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from engine.joint.attention import Plan, attend, full_plan, local_plan
from engine.joint.tokens import Extent, layout_of

FOUR = [Extent(6, 1, 3, 4, 2), Extent(2, 2, 2, 0, 5), Extent(9, 1, 2, 3, 0), Extent(1, 1, 1, 1, 1)]
TWINS = [Extent(3, 2, 1, 4, 2)] * 2


def plain(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    """Every query head j with key head j // group, scores masked before one softmax."""
    group = q.shape[1] // k.shape[1]
    out = torch.empty_like(q)
    for head in range(q.shape[1]):
        scores = q[:, head] @ k[:, head // group].T * q.shape[-1] ** -0.5
        weights = scores.masked_fill(~mask, float("-inf")).softmax(dim=-1)
        out[:, head] = weights @ v[:, head // group]
    return out


def seen_by_rule(extents: list[Extent], radius: int | None) -> Tensor:
    """The mask written from the rule, token by token."""
    about = [
        (number, frame if token < extent.video else None)
        for number, extent in enumerate(extents)
        for token in range(extent.tokens)
        for frame in [token // extent.frame]
    ]
    return torch.tensor(
        [
            [
                mine == theirs
                and (radius is None or here is None or there is None or abs(here - there) <= radius)
                for theirs, there in about
            ]
            for mine, here in about
        ]
    )


@pytest.mark.parametrize("radius", [None, 0, 1, 3, 8])
@pytest.mark.parametrize("extents", [FOUR, FOUR[:1], TWINS], ids=["mixed", "one", "twins"])
@pytest.mark.parametrize("heads", [(4, 4), (6, 2)])
def test_attention_by_plan_is_the_masked_softmax(
    extents: list[Extent], radius: int | None, heads: tuple[int, int]
) -> None:
    layout = layout_of(extents)
    plan = full_plan(layout) if radius is None else local_plan(layout, radius)
    rule = seen_by_rule(extents, radius)
    assert torch.equal(plan.mask(layout.length), rule)
    q = torch.randn(layout.length, heads[0], 8)
    k, v = torch.randn(2, layout.length, heads[1], 8)
    torch.testing.assert_close(attend(q, k, v, plan), plain(q, k, v, rule), rtol=1e-5, atol=1e-5)


def test_every_row_is_asked_for_exactly_once() -> None:
    for plan in (full_plan(layout_of(FOUR)), local_plan(layout_of(FOUR), 1)):
        rows = [row for block in plan.blocks for row in range(*block.queries)]
        assert rows == list(range(layout_of(FOUR).length))


def test_samples_see_one_another_only_when_a_comparison_asks_for_it() -> None:
    layout = layout_of(TWINS)
    assert full_plan(layout, samples_see_each_other=True).mask(layout.length).all()
    assert not full_plan(layout).mask(layout.length).all()


def test_a_window_that_reaches_everywhere_costs_no_blocks() -> None:
    layout = layout_of(TWINS)
    assert local_plan(layout, 2) == full_plan(layout)
    assert isinstance(local_plan(layout, -1), Plan)
