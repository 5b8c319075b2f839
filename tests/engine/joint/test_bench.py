"""The plain implementation agrees with ours, so that the two may be compared."""

from __future__ import annotations

import pytest
import torch

from engine.joint.bench.plain import Plain
from engine.joint.bench.run import _counted, expected_flops
from engine.joint.bench.work import SIZES, WAYS, model_of, sample_of, step_of


def test_every_way_gives_the_same_guided_velocity() -> None:
    size = SIZES["tiny"]
    model, sample = model_of(size), sample_of(size)
    made = [step_of(way, model, sample)() for way in WAYS]
    for other in made[1:]:
        torch.testing.assert_close(other.video, made[0].video, rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(other.audio, made[0].audio, rtol=1e-4, atol=1e-4)


def test_operations_are_counted_and_expected_alike() -> None:
    size = SIZES["tiny"]
    step = step_of("ours", model_of(size), sample_of(size))
    assert _counted(step) == pytest.approx(expected_flops(size), rel=0.01)


def test_the_plain_way_knows_modalities_apart() -> None:
    size = SIZES["tiny"]
    model, sample = model_of(size), sample_of(size)
    plain = Plain(model)
    before = plain(sample.start, sample.text)
    weight = model.block.layers[0].attention.q_norm.weight
    weight[2 * size.config.head_width :] += 1  # of text alone
    after = Plain(model)(sample.start, sample.text)
    assert not torch.equal(before.video, after.video)
