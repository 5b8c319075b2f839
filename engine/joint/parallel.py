"""One sequence over several processes: rows are shared out, and heads while rows meet.

Every process calls the model with the same samples. It embeds all tokens and keeps a run of rows,
works them through the layers, and before attention trades them for all rows of a few heads. The
velocities of every process are whole and equal, so each can solve its own copy of the step.
Weights are held whole by each; text and autoencoders know nothing of this.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

import torch
import torch.distributed as dist
from torch import Tensor

from engine.joint.attention import Plan
from engine.joint.config import TransformerConfig
from engine.joint.tokens import AUDIO, VIDEO, Clock, Extent, Layout, layout_of, unpack_video
from engine.joint.transformer import Context, Latents, Transformer, Watch, _unwatched

Group = dist.ProcessGroup


@contextmanager
def joined(
    device: torch.device | str, meeting: str = "env://", *, rank: int = -1, processes: int = -1
) -> Iterator[Group]:
    """All processes as one group, for as long as the block lasts; each with a device of its own.

    Started by `torchrun` they meet by themselves; otherwise they need the same `meeting`
    (`file:///...`), and every one its own `rank` of so many `processes`.
    """
    at = torch.device(device)
    if at.type == "cuda":
        torch.cuda.set_device(at)
    backend = "nccl" if at.type == "cuda" else "gloo"
    dist.init_process_group(backend, init_method=meeting, rank=rank, world_size=processes)
    try:
        assert dist.group.WORLD is not None
        yield dist.group.WORLD
    finally:
        dist.destroy_process_group()


def shared_out(count: int, ways: int) -> tuple[range, ...]:
    """`count` things in `ways` runs whose lengths differ by at most one, the longer ones first."""
    sizes = [count // ways + (way < count % ways) for way in range(ways)]
    return tuple(range(a, b) for a, b in pairwise(accumulate(sizes, initial=0)))


def keys_for(queries: range, group: int) -> list[int]:
    """The key heads that these query heads read, `group` query heads to a key head, in an order
    that attention can share out evenly: a head is repeated where the queries are uneven."""
    read = [query // group for query in queries]
    once = list(dict.fromkeys(read))
    even = len({read.count(key) for key in once}) == 1
    return once if even else read


def part(layout: Layout, rows: range) -> Layout:
    """Those rows of a layout as a layout: what is left of every sample's runs, without its grid."""
    extents = []
    for start in range(0, len(layout.runs), 3):
        left = [
            max(0, min(run.stop, rows.stop) - max(run.start, rows.start))
            for run in layout.runs[start : start + 3]
        ]
        extents.append(Extent(left[0], 1, 1, left[1], left[2]))
    return layout_of(extents)


def trade(
    pieces: Sequence[Tensor], shapes: Sequence[tuple[int, ...]], group: Group
) -> list[Tensor]:
    """Give each process its piece, and get one of the given shape from each, in their order."""
    out = torch.cat([piece.reshape(-1) for piece in pieces])
    sizes = [torch.Size(shape).numel() for shape in shapes]
    got = out.new_empty(sum(sizes))
    dist.all_to_all_single(got, out, sizes, [piece.numel() for piece in pieces], group=group)
    return [flat.view(shape) for flat, shape in zip(got.split(sizes), shapes, strict=True)]


class Heads:
    """The exchange around attention: `rows` of every process, for query heads of every process."""

    def __init__(self, rows: Sequence[range], heads: int, key_heads: int, group: Group) -> None:
        if heads < len(rows):
            raise ValueError(f"{len(rows)} processes cannot share {heads} heads; use at most that")
        self._rows, self._group, self._rank = rows, group, dist.get_rank(group)
        self._queries = shared_out(heads, len(rows))
        self._keys = [keys_for(queries, heads // key_heads) for queries in self._queries]

    def gather(self, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """My rows of all heads into all rows of my heads."""
        pieces = [
            torch.cat(
                [
                    q[:, queries.start : queries.stop],
                    *(k[:, key : key + 1] for key in keys),
                    *(v[:, key : key + 1] for key in keys),
                ],
                dim=1,
            )
            for queries, keys in zip(self._queries, self._keys, strict=True)
        ]
        mine = [len(self._queries[self._rank]), *[len(self._keys[self._rank])] * 2]
        shapes = [(len(rows), sum(mine), q.shape[-1]) for rows in self._rows]
        whole = torch.cat(trade(pieces, shapes, self._group))
        q, k, v = whole.split(mine, dim=1)
        return q, k, v

    def scatter(self, seen: Tensor) -> Tensor:
        """All rows of my heads into my rows of all heads."""
        pieces = [seen[rows.start : rows.stop] for rows in self._rows]
        mine = len(self._rows[self._rank])
        shapes = [(mine, len(queries), seen.shape[-1]) for queries in self._queries]
        return torch.cat(trade(pieces, shapes, self._group), dim=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedContext(Context):
    """A context whose layout, tables and plans are of this process's rows."""

    whole: Layout
    rows: tuple[range, ...]
    """The rows of every process."""
    number: int = 0
    """Which of its loop's contexts it is, where one process leads the others (`crew`)."""


class ParallelTransformer(Transformer):
    """The transformer, same keys and same velocities, spread over the processes of a group.

    Raises ValueError where there are more processes than query heads or than tokens.
    """

    def __init__(
        self, config: TransformerConfig, group: Group, dtype: torch.dtype = torch.bfloat16
    ) -> None:
        super().__init__(config, dtype)
        self._group = group
        self._rank, self._ways = dist.get_rank(group), dist.get_world_size(group)

    def prepare(
        self,
        extents: Sequence[Extent],
        texts: Sequence[Tensor],
        *,
        clocks: Sequence[Clock | None] | None = None,
        samples_see_each_other: bool = False,
    ) -> SharedContext:
        if clocks is not None:
            raise ValueError("models that need a clock are too small to be worth sharing")
        context = super().prepare(extents, texts, samples_see_each_other=samples_see_each_other)
        whole = context.layout
        if whole.length < self._ways:
            raise ValueError(f"{self._ways} processes cannot share {whole.length} tokens")
        rows = shared_out(whole.length, self._ways)
        mine = rows[self._rank]
        own = slice(mine.start, mine.stop)
        heads = Heads(rows, self.config.heads, self.config.key_heads, self._group)
        return SharedContext(
            layout=part(whole, mine),
            text=context.text,
            cosine=context.cosine[own],
            sine=context.sine[own],
            modalities=context.modalities[own],
            full=_over(context.full, heads),
            local=_over(context.local, heads),
            whole=whole,
            rows=rows,
        )

    def embed(
        self, samples: Sequence[Latents], context: Context, sigmas: Tensor | None = None
    ) -> Tensor:
        """This process's rows of the stream."""
        assert isinstance(context, SharedContext)
        mine = context.rows[self._rank]
        return super().embed(samples, context, sigmas)[mine.start : mine.stop].clone()

    def heads(self, x: Tensor, context: Context, watch: Watch = _unwatched) -> list[Latents]:
        """The whole velocities, from every process's rows."""
        assert isinstance(context, SharedContext)
        video = self._whole(self._head(x, context, VIDEO, watch), context, VIDEO)
        audio = self._whole(self._head(x, context, AUDIO, watch), context, AUDIO)
        return [
            Latents(unpack_video(seen, extent, self.config.patch), heard)
            for seen, heard, extent in zip(video, audio, context.whole.extents, strict=True)
        ]

    def _whole(self, mine: Sequence[Tensor], context: SharedContext, modality: int) -> list[Tensor]:
        """Every sample's rows of one modality, from the rows of them that each process has."""
        rows = torch.cat(tuple(mine))
        counts = [
            [run.stop - run.start for run in part(context.whole, theirs).of(modality)]
            for theirs in context.rows
        ]
        shapes = [(sum(each), rows.shape[-1]) for each in counts]
        got = trade([rows] * self._ways, shapes, self._group)
        pieces = [held.split(each) for held, each in zip(got, counts, strict=True)]
        return [torch.cat(sample) for sample in zip(*pieces, strict=True)]


def _over(plan: Plan, heads: Heads) -> Plan:
    return replace(plan, exchange=heads)
