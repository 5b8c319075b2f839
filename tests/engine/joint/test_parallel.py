"""One sequence over several processes gives what one process gives."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine.joint.attention import Plan, attend, full_plan, local_plan
from engine.joint.config import SamplerConfig, TransformerConfig
from engine.joint.parallel import (
    Group,
    Heads,
    ParallelTransformer,
    joined,
    keys_for,
    part,
    shared_out,
)
from engine.joint.sampler import Sample, denoise
from engine.joint.tokens import Extent, extent_of, layout_of
from engine.joint.transformer import Latents, Transformer
from tests.engine.joint.conftest import TINY, randomised
from tests.engine.joint.test_transformer import samples

CONFIGS = {
    "full": TINY,
    "windows": replace(TINY, local_layers=(1, 2), window_frames=1),
    "one key head": replace(TINY, key_heads=1),
    "uneven heads": replace(TINY, heads=6, key_heads=2),
    "a key head each": replace(TINY, key_heads=4),
}
SHAPES = [(4, 4, 2, 5, 3), (2, 2, 6, 8, 1), (1, 2, 2, 1, 2)]
"""Neither one sample nor all three divide by four, nor do EXTENTS by two."""
EXTENTS = [Extent(5, 1, 3, 4, 2), Extent(2, 2, 2, 0, 5), Extent(1, 1, 1, 1, 1)]
WAYS = [2, 4]

Results = dict[str, Tensor]
Build = Callable[[TransformerConfig, torch.dtype], Transformer]
Attend = Callable[[Tensor, Tensor, Tensor, Plan], Tensor]


def velocities(build: Build, device: str = "cpu") -> Results:
    """What each configuration makes of one, and of several samples."""
    made = {}
    for name, config in CONFIGS.items():
        torch.manual_seed(3)
        model = randomised(build(config, torch.float32)).to(device)
        latents, texts = samples(*SHAPES)
        latents = [Latents(x.video.to(device), x.audio.to(device)) for x in latents]
        texts = [text.to(device) for text in texts]
        for count in (1, 3):
            extents = [
                extent_of(s.video, s.audio, t, config.patch)
                for s, t in zip(latents[:count], texts, strict=False)
            ]
            out = model(latents[:count], model.prepare(extents, texts[:count]))
            for number, each in enumerate(out):
                made[f"{name} {count} {number} video"] = each.video.cpu()
                made[f"{name} {count} {number} audio"] = each.audio.cpu()
    return made


def loop(build: Build) -> Results:
    """A guided loop, whose every step feeds the next, in bfloat16."""
    torch.manual_seed(4)
    model = randomised(build(TINY, torch.bfloat16))
    latents, texts = samples(*SHAPES[:2])
    jobs = [
        Sample(x, text, negative=text.flip(0)[:1]) for x, text in zip(latents, texts, strict=True)
    ]
    made = denoise(model, jobs, SamplerConfig(steps=3))
    return {f"{n} {k}": getattr(x, k) for n, x in enumerate(made) for k in ("video", "audio")}


def attention(heads: int, keys: int, run: Attend) -> Results:
    torch.manual_seed(5)
    layout = layout_of(EXTENTS)
    q = torch.randn(layout.length, heads, 8, dtype=torch.float64)
    k, v = torch.randn(2, layout.length, keys, 8, dtype=torch.float64)
    plans = {"full": full_plan(layout), "local": local_plan(layout, 1)}
    return {name: run(q, k, v, plan) for name, plan in plans.items()}


def exchanged(group: Group, rank: int, heads: int, keys: int) -> Results:
    """Attention of this process's rows."""
    rows = shared_out(layout_of(EXTENTS).length, group.size())
    own = slice(rows[rank].start, rows[rank].stop)
    heads_of_all = Heads(rows, heads, keys, group)

    def run(q: Tensor, k: Tensor, v: Tensor, plan: Plan) -> Tensor:
        return attend(q[own], k[own], v[own], replace(plan, exchange=heads_of_all))

    return attention(heads, keys, run)


def too_many(group: Group) -> str:
    model = ParallelTransformer(replace(TINY, heads=1, key_heads=1), group)
    try:
        model.prepare([Extent(1, 2, 2, 3, 3)], [torch.zeros(3, 10)])
    except ValueError as error:
        return str(error)
    return "nothing"


def keep(made: Results, path: Path) -> None:
    save_file({name: value.contiguous() for name, value in made.items()}, path)


def work(rank: int, ways: int, folder: Path) -> None:
    """What one process does, in a process of its own."""
    torch.set_num_threads(1)
    with (
        torch.no_grad(),
        joined("cpu", f"file://{folder}/meet", rank=rank, processes=ways) as group,
    ):

        def build(config: TransformerConfig, dtype: torch.dtype) -> Transformer:
            return ParallelTransformer(config, group, dtype)

        keep(velocities(build), folder / f"velocities{rank}")
        keep(loop(build), folder / f"loop{rank}")
        for heads, keys in ((4, 4), (6, 2), (4, 1)):
            keep(exchanged(group, rank, heads, keys), folder / f"attention{heads}{keys}{rank}")
        (folder / f"refusal{rank}").write_text(too_many(group))


def in_processes(target: Callable[..., None], ways: int, *args: object) -> None:
    """Run `target(rank, ways, ...)` in as many processes, which must all end well."""
    context: Any = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["engine.joint.parallel"])
    started = [context.Process(target=target, args=(rank, ways, *args)) for rank in range(ways)]
    for process in started:
        process.start()
    for process in started:
        process.join(240)
    codes = [process.exitcode for process in started]
    for process in started:
        process.kill()
    assert codes == [0] * ways


@pytest.fixture(scope="module", params=WAYS, ids=lambda ways: f"{ways} processes")
def worked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parallel")
    in_processes(work, request.param, folder)
    return folder


def by_rank(folder: Path, name: str) -> list[Results]:
    return [load_file(path) for path in sorted(folder.glob(f"{name}[0-9]"))]


def test_every_process_has_the_velocities_of_one_alone(worked: Path) -> None:
    alone = velocities(Transformer)
    ranks = by_rank(worked, "velocities")
    assert len(ranks) in WAYS
    for made in ranks:
        assert made.keys() == alone.keys()
        for name, value in alone.items():
            torch.testing.assert_close(made[name], value, rtol=1e-5, atol=1e-5, msg=name)


def test_processes_never_part_in_a_loop(worked: Path) -> None:
    """Each solves its own copy, so their latents must be equal to the bit."""
    first, *others = by_rank(worked, "loop")
    assert others
    for other in others:
        for name, value in first.items():
            assert torch.equal(other[name], value), name
    alone = loop(Transformer)
    for name, value in alone.items():
        error = (first[name] - value).square().mean() / value.square().mean()
        assert error.sqrt() < 0.03, name  # bfloat16, guided


@pytest.mark.parametrize(("heads", "keys"), [(4, 4), (6, 2), (4, 1)])
def test_attention_between_processes_is_exact(worked: Path, heads: int, keys: int) -> None:
    alone = attention(heads, keys, attend)
    ranks = by_rank(worked, f"attention{heads}{keys}")
    for name, value in alone.items():
        together = torch.cat([made[name] for made in ranks])
        torch.testing.assert_close(together, value, rtol=1e-13, atol=1e-13)


def test_more_processes_than_heads_are_refused(worked: Path) -> None:
    for path in worked.glob("refusal?"):
        assert "cannot share 1 heads" in path.read_text()


@given(st.integers(0, 200), st.integers(1, 9))
def test_shares_differ_by_at_most_one_and_leave_nothing_out(count: int, ways: int) -> None:
    shares = shared_out(count, ways)
    assert [thing for share in shares for thing in share] == list(range(count))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


@given(st.integers(1, 6), st.integers(1, 6), st.data())
def test_a_process_gets_the_key_heads_its_query_heads_read(
    keys: int, group: int, data: st.DataObject
) -> None:
    ways = data.draw(st.integers(1, keys * group))
    for queries in shared_out(keys * group, ways):
        held = keys_for(queries, group)
        each, rest = divmod(len(queries), len(held))
        assert rest == 0
        assert [held[i // each] for i in range(len(queries))] == [q // group for q in queries]


def test_the_published_heads_are_shared_without_a_copy_where_they_can_be() -> None:
    for ways in (1, 2, 4, 8):
        held = [keys_for(queries, 5) for queries in shared_out(40, ways)]
        assert [key for keys in held for key in keys] == list(range(8))


@given(st.lists(st.builds(Extent, *[st.integers(0, 3)] * 5), min_size=1, max_size=4), st.data())
def test_a_part_of_a_layout_has_the_modalities_of_those_rows(
    extents: list[Extent], data: st.DataObject
) -> None:
    whole = layout_of(extents)
    start = data.draw(st.integers(0, whole.length))
    stop = data.draw(st.integers(start, whole.length))
    held = part(whole, range(start, stop))
    assert held.length == stop - start
    assert torch.equal(held.modalities(), whole.modalities()[start:stop])


def on_cards(rank: int, ways: int, folder: Path) -> None:
    with (
        torch.no_grad(),
        joined(f"cuda:{rank}", f"file://{folder}/meet", rank=rank, processes=ways) as group,
    ):
        made = velocities(lambda c, d: ParallelTransformer(c, group, d), f"cuda:{rank}")
        keep(made, folder / f"velocities{rank}")


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="needs two CUDA devices")
def test_cards_give_what_one_processor_gives(tmp_path: Path) -> None:
    in_processes(on_cards, 2, tmp_path)
    alone = velocities(Transformer)
    for made in by_rank(tmp_path, "velocities"):
        for name, value in alone.items():
            torch.testing.assert_close(made[name], value, rtol=1e-4, atol=1e-4, msg=name)
