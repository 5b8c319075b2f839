"""The one door to attention: who may see whom is a plan of blocks, made once per denoising loop.

Every block is an exact softmax of some queries over some keys, so several samples in one sequence
never see one another, and a local window is the softmax under its mask.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

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
    uniform: int
    """How many equal, whole samples the blocks are, 0 if they are anything else."""
    exchange: Exchange | None = None
    """Set where this process holds only some of the rows the blocks speak of."""

    def mask(self, length: int) -> Tensor:
        """The same plan as a dense mask, true where a row may see a column."""
        allowed = torch.zeros(length, length, dtype=torch.bool)
        for block in self.blocks:
            for start, stop in block.keys:
                allowed[slice(*block.queries), start:stop] = True
        return allowed


def _plan(blocks: list[Block]) -> Plan:
    whole = all(block.keys == (block.queries,) for block in blocks)
    lengths = {block.queries[1] - block.queries[0] for block in blocks}
    return Plan(tuple(blocks), len(blocks) if whole and len(lengths) == 1 else 0)


def full_plan(layout: Layout, *, samples_see_each_other: bool = False) -> Plan:
    """Every token sees every token of its own sample.

    `samples_see_each_other` repeats a fault of the published code, for comparison with it only.
    """
    if samples_see_each_other:
        everything = (0, layout.length)
        return _plan([Block(everything, (everything,))])
    samples = [(rows.start, rows.stop) for rows in layout.samples]
    return _plan([Block(rows, (rows,)) for rows in samples])


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
    if plan.uniform:
        samples = plan.uniform
        shape = (samples, -1)
        out = _softmax(q.unflatten(0, shape), k.unflatten(0, shape), v.unflatten(0, shape))
        return out.flatten(0, 1)
    if all(block.keys == (block.queries,) for block in plan.blocks):
        # Whole samples of several lengths; one split each, whose gradient is one join.
        lengths = [block.queries[1] - block.queries[0] for block in plan.blocks]
        own = zip(q.split(lengths), k.split(lengths), v.split(lengths), strict=True)
        return torch.cat([_softmax(a[None], b[None], c[None])[0] for a, b, c in own])
    pieces = [
        _softmax(
            q[slice(*block.queries)][None], _rows(k, block.keys)[None], _rows(v, block.keys)[None]
        )[0]
        for block in plan.blocks
    ]
    return torch.cat(pieces)


def _rows(x: Tensor, ranges: tuple[Rows, ...]) -> Tensor:
    if len(ranges) == 1:
        return x[slice(*ranges[0])]
    return torch.cat([x[slice(*rows)] for rows in ranges])


def _softmax(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """`[batch, tokens, heads, width]` in and out; query head j reads key head j // group."""
    out = functional.scaled_dot_product_attention(
        q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), enable_gqa=q.shape[2] != k.shape[2]
    )
    return out.transpose(1, 2)
