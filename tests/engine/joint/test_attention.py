"""Who may see whom, each plan against a plain masked softmax."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from torch import Tensor

from engine.joint import kernels
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


@torch.enable_grad()
@pytest.mark.parametrize("real_text", [None, (2, 1)])
@pytest.mark.parametrize("extents", [TWINS, FOUR], ids=["twins", "mixed"])
def test_what_learns_has_the_gradients_of_the_masked_softmax(
    extents: list[Extent], real_text: tuple[int, int] | None
) -> None:
    if real_text and extents is FOUR:
        pytest.skip("padding is for samples of one extent")
    layout = layout_of(extents)
    plan = full_plan(layout, real_text=real_text)
    given = [torch.randn(layout.length, 3, 8, requires_grad=True) for _ in range(3)]
    wanted = torch.randn(layout.length, 3, 8)
    made = attend(*given, plan)
    expected = plain(*given, plan.mask(layout.length))
    torch.testing.assert_close(made, expected, rtol=1e-5, atol=1e-5)
    for one, two in zip(
        torch.autograd.grad(made, given, wanted),
        torch.autograd.grad(expected, given, wanted),
        strict=True,
    ):
        torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-5)


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


# --- a card's own kernel ------------------------------------------------------------------------


class Card:
    """A kernel of the kind that cards have, written plainly; knows how often it was asked."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(
        self, q: Tensor, k: Tensor, v: Tensor, q_bounds: Tensor, k_bounds: Tensor, most_q: int,
        most_k: int,
    ) -> Tensor:  # fmt: skip
        self.calls += 1
        assert q_bounds.dtype == k_bounds.dtype == torch.int32
        assert (q_bounds.diff().max(), k_bounds.diff().max()) == (most_q, most_k)
        assert (q_bounds[-1], k_bounds[-1]) == (len(q), len(k))
        pieces = []
        for n in range(len(q_bounds) - 1):
            asking = q[q_bounds[n] : q_bounds[n + 1]]
            rows = slice(k_bounds[n], k_bounds[n + 1])
            everything = torch.ones(len(asking), len(k[rows]), dtype=torch.bool)
            pieces.append(plain(asking, k[rows], v[rows], everything))
        return torch.cat(pieces)


@pytest.mark.parametrize("radius", [None, 1])
@pytest.mark.parametrize("extents", [FOUR, FOUR[:1], TWINS], ids=["mixed", "one", "twins"])
def test_a_card_s_kernel_is_given_what_makes_the_masked_softmax(
    extents: list[Extent], radius: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole samples, however many and of whatever lengths, in one call."""
    layout, card = layout_of(extents), Card()
    plan = full_plan(layout) if radius is None else local_plan(layout, radius)
    q = torch.randn(layout.length, 6, 8)
    k, v = torch.randn(2, layout.length, 2, 8)
    monkeypatch.setattr(kernels, "fastest", lambda _: card)
    wanted = plain(q, k, v, seen_by_rule(extents, radius))
    torch.testing.assert_close(attend(q, k, v, plan), wanted, rtol=1e-5, atol=1e-5)
    assert card.calls == (1 if radius is None else len(plan.blocks))


def on_card(dtype: torch.dtype, width: int) -> Tensor:
    """Queries as far as the choice of a kernel looks at them, on a card that is not here."""
    return SimpleNamespace(device=torch.device("cuda:0"), dtype=dtype, shape=(5, 4, width))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("capability", "installed", "chosen"),
    [
        ((9, 0), {"flash_attn_interface", "flash_attn"}, "flash_attn_interface"),
        ((8, 0), {"flash_attn_interface", "flash_attn"}, "flash_attn"),
        ((9, 0), {"flash_attn"}, "flash_attn"),
        ((9, 0), set(), "torch.nn.attention.varlen"),
    ],
)
def test_the_fastest_kernel_that_is_installed_is_taken(
    capability: tuple[int, int], installed: set[str], chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, asked = torch.ones(1), []

    def module(name: str) -> SimpleNamespace:
        def attention(*given: object, **more: object) -> object:
            asked.append((name, len(given), more))
            return (out, None) if name == "flash_attn" else out

        return SimpleNamespace(flash_attn_varlen_func=attention, varlen_attn=attention)

    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
    monkeypatch.setattr(kernels, "find_spec", lambda name: name in installed or None)
    monkeypatch.setattr(kernels, "import_module", module)
    kernels._installed.cache_clear()
    kernel = kernels.fastest(on_card(torch.bfloat16, 128))
    kernels._installed.cache_clear()
    assert kernel
    assert kernel(*[out] * 5, 1, 1) is out
    assert asked == [(chosen, 7, {"enable_gqa": True} if "torch" in chosen else {})]


def test_what_no_kernel_suits_is_left_to_torch() -> None:
    assert kernels.fastest(torch.zeros(3, 4, 128, dtype=torch.bfloat16)) is None
    for dtype, width in ((torch.float32, 128), (torch.bfloat16, 20), (torch.bfloat16, 264)):
        assert kernels.fastest(on_card(dtype, width)) is None
