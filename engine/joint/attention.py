"""The one door to attention: who may see whom is a plan of blocks, made once per denoising loop.

Every block is an exact softmax of some queries over some keys, so several samples in one sequence
never see one another, and a local window is the softmax under its mask. Blocks are worked out by
scaled_dot_product_attention, or by a card's own kernel where there is one (`kernels`), which takes
several samples of different lengths at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate, groupby
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from engine.joint import kernels, learnt_attention
from engine.joint.kernels import Kernel
from engine.joint.tokens import Layout, frame_windows

Rows = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Block:
    """Queries `start` to `stop` see exactly the rows of `keys`, ranges that do not overlap."""

    queries: Rows
    keys: tuple[Rows, ...]


class Exchange(Protocol):
    """Between processes that each hold some rows of the sequence (`parallel`)."""

    def gather(self, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Some rows of all heads into all rows of some heads."""

    def scatter(self, seen: Tensor) -> Tensor:
        """The way back."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Blocks in the order of their queries; together they cover every row once."""

    blocks: tuple[Block, ...]
    whole: bool
    """Whether every block is a sample that sees all of itself."""
    exchange: Exchange | None = None
    """Set where this process holds only some of the rows the blocks speak of."""
    hidden: Tensor | None = None
    """`[samples, tokens]`, true for the padding of samples of one length, which nobody sees."""

    @property
    def lengths(self) -> tuple[int, ...]:
        """Queries of each block."""
        return tuple(block.queries[1] - block.queries[0] for block in self.blocks)

    def mask(self, length: int) -> Tensor:
        """The same plan as a dense mask, true where a row may see a column."""
        allowed = torch.zeros(length, length, dtype=torch.bool)
        for block in self.blocks:
            for start, stop in block.keys:
                allowed[slice(*block.queries), start:stop] = True
        return allowed if self.hidden is None else allowed & ~self.hidden.flatten()


def _plan(blocks: list[Block]) -> Plan:
    return Plan(tuple(blocks), all(block.keys == (block.queries,) for block in blocks))


def full_plan(
    layout: Layout,
    *,
    samples_see_each_other: bool = False,
    real_text: Sequence[int] | None = None,
    device: torch.device | None = None,
) -> Plan:
    """Every token sees every token of its own sample.

    `samples_see_each_other` repeats a fault of the published code, for comparison with it only.
    `real_text` says how many text tokens of each sample are not padding; samples of one extent.
    """
    if samples_see_each_other:
        everything = (0, layout.length)
        return _plan([Block(everything, (everything,))])
    samples = [(rows.start, rows.stop) for rows in layout.samples]
    plan = _plan([Block(rows, (rows,)) for rows in samples])
    if real_text is None:
        return plan
    extent = layout.extents[0]
    assert layout.uniform, "padding is for samples of one extent"
    padding = torch.tensor([extent.text - count for count in real_text])
    hidden = torch.arange(extent.tokens) >= extent.tokens - padding[:, None]
    return replace(plan, hidden=hidden.to(device))


def local_plan(layout: Layout, radius: int) -> Plan:
    """Video sees video at most `radius` latent frames away, and all audio and text, which see all.

    A radius below zero, or one that reaches everywhere, is the full plan.
    """
    blocks: list[Block] = []
    for extent, rows in zip(layout.extents, layout.samples, strict=True):
        whole, video_end = (rows.start, rows.stop), rows.start + extent.video
        if radius < 0 or radius >= extent.frames - 1:
            blocks.append(Block(whole, (whole,)))
            continue
        windows = frame_windows(extent, radius)
        for (first, last), frames in groupby(windows, key=lambda w: (w[1].start, w[1].stop)):
            own = [frame for frame, _ in frames]
            queries = (rows.start + own[0].start, rows.start + own[-1].stop)
            seen = (rows.start + first, rows.start + last)
            blocks.append(Block(queries, _joined(seen, (video_end, rows.stop))))
        if rows.stop > video_end:
            blocks.append(Block((video_end, rows.stop), (whole,)))
    return _plan(blocks)


def _joined(first: Rows, second: Rows) -> tuple[Rows, ...]:
    if second[0] == second[1]:
        return (first,)
    return ((first[0], second[1]),) if first[1] == second[0] else (first, second)


def attend(q: Tensor, k: Tensor, v: Tensor, plan: Plan) -> Tensor:
    """Attention of queries `[tokens, heads, width]` to `[tokens, key heads, width]` by `plan`."""
    if plan.exchange:
        gathered = plan.exchange.gather(q, k, v)
        return plan.exchange.scatter(attend(*gathered, replace(plan, exchange=None)))
    kernel = kernels.fastest(q)
    if kernel and plan.whole and plan.hidden is None:
        return _several(kernel, q, k, v, plan.lengths, plan.lengths)
    if plan.whole and len(set(plan.lengths)) == 1:
        shape = (len(plan.blocks), -1)
        q, k, v = (x.unflatten(0, shape) for x in (q, k, v))
        return _softmax(q, k, v, plan.hidden).flatten(0, 1)
    if plan.whole and not kernel:
        # Whole samples of several lengths; one split each, whose gradient is one join.
        own = (x.split(plan.lengths) for x in (q, k, v))
        each = zip(*own, strict=True)
        return torch.cat([_softmax(*(part[None] for part in rows))[0] for rows in each])
    pieces = []
    for block in plan.blocks:
        rows = q[slice(*block.queries)], _rows(k, block.keys), _rows(v, block.keys)
        if kernel:
            pieces.append(_several(kernel, *rows, (len(rows[0]),), (len(rows[1]),)))
        else:
            pieces.append(_softmax(*(part[None] for part in rows))[0])
    return torch.cat(pieces)


def _several(
    kernel: Kernel, q: Tensor, k: Tensor, v: Tensor, queries: tuple[int, ...], keys: tuple[int, ...]
) -> Tensor:
    """Sequences of so many queries and keys, one after another, in one call."""
    asking, seen = (_bounds(lengths, q.device) for lengths in (queries, keys))
    return kernel(q, k, v, asking, seen, max(queries), max(keys))


@cache
def _bounds(lengths: tuple[int, ...], device: torch.device) -> Tensor:
    """Where each of several sequences begins and the last one ends; kept, since a loop asks for
    the same in every layer of every step."""
    return torch.tensor([*accumulate(lengths, initial=0)], dtype=torch.int32, device=device)


def _rows(x: Tensor, ranges: tuple[Rows, ...]) -> Tensor:
    if len(ranges) == 1:
        return x[slice(*ranges[0])]
    return torch.cat([x[slice(*rows)] for rows in ranges])


def _softmax(q: Tensor, k: Tensor, v: Tensor, hidden: Tensor | None = None) -> Tensor:
    """`[batch, tokens, heads, width]` in and out; query head j reads key head j // group."""
    grouped = q.shape[2] != k.shape[2]
    q, k, v = (x.transpose(1, 2) for x in (q, k, v))
    if q.device.type == "cpu" and q.requires_grad and torch.is_grad_enabled() and not grouped:
        return learnt_attention.attend(q, k, v, hidden).transpose(1, 2)
    mask = None if hidden is None else ~hidden[:, None, None]
    out = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=grouped)
    return out.transpose(1, 2)
