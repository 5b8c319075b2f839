"""Packing, order and places."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.joint.pointwise import rotate
from engine.joint.rotary import angles, bands
from engine.joint.tokens import (
    AUDIO,
    TEXT,
    VIDEO,
    Extent,
    by_modality,
    coordinates,
    extent_of,
    layout_of,
    pack_video,
    pad_or_trim,
    unpack_video,
)

small = st.integers(1, 4)
patches = st.tuples(st.integers(1, 2), st.integers(1, 2), st.integers(1, 3))


@settings(max_examples=50)
@given(channels=small, grid=st.tuples(small, small, small), patch=patches)
def test_packing_and_unpacking_differ_by_the_order_of_features_alone(
    channels: int, grid: tuple[int, int, int], patch: tuple[int, int, int]
) -> None:
    """The model reads channels slowest and writes them fastest; reordering one gives the other."""
    shape = [g * p for g, p in zip(grid, patch, strict=True)]
    latent = torch.arange(channels * shape[0] * shape[1] * shape[2]).view(channels, *shape)
    tokens = pack_video(latent, patch)
    offsets = patch[0] * patch[1] * patch[2]
    written = tokens.view(-1, channels, offsets).transpose(1, 2).flatten(1)
    assert torch.equal(unpack_video(written, Extent(*grid, 1, 1), patch), latent)


def test_features_of_a_token_are_where_the_specification_says() -> None:
    latent = torch.zeros(3, 2, 4, 6)
    latent[2, 1, 3, 4] = 1  # channel 2, frame 1, patch row 1 offset 1, patch column 2 offset 0
    token, feature = pack_video(latent, (1, 2, 2)).nonzero()[0].tolist()
    assert (token, feature) == (1 * 6 + 1 * 3 + 2, 2 * 4 + 1 * 2 + 0)
    tokens = torch.zeros(12, 12)
    tokens[token, (1 * 2 + 0) * 3 + 2] = 1
    out = unpack_video(tokens, Extent(2, 2, 3, 1, 1), (1, 2, 2))
    assert out.nonzero().tolist() == [[2, 1, 3, 4]]


def test_a_latent_that_does_not_divide_is_refused() -> None:
    with pytest.raises(ValueError, match="does not divide"):
        extent_of(torch.zeros(1, 1, 3, 2), torch.zeros(1, 1), torch.zeros(1, 1), (1, 2, 2))


@settings(max_examples=30)
@given(st.lists(st.builds(Extent, small, small, small, st.integers(0, 5), st.integers(0, 5)),
                min_size=1, max_size=3))  # fmt: skip
def test_work_by_modality_puts_every_row_back_where_it_was(extents: list[Extent]) -> None:
    layout = layout_of(extents)
    rows = torch.arange(layout.length)[:, None]
    made = by_modality(rows, layout, lambda x, modality: x * 10 + modality)
    assert torch.equal(made, rows * 10 + layout.modalities()[:, None])


def test_runs_are_video_audio_text_sample_by_sample() -> None:
    layout = layout_of([Extent(2, 1, 2, 3, 1), Extent(1, 1, 1, 1, 2)])
    assert layout.modalities().tolist() == [
        *[VIDEO] * 4, *[AUDIO] * 3, TEXT, VIDEO, AUDIO, *[TEXT] * 2,
    ]  # fmt: skip
    assert [(s.start, s.stop) for s in layout.samples] == [(0, 8), (8, 12)]


def test_text_of_the_base_model_stands_still_and_that_of_the_upscaler_spreads() -> None:
    extent = Extent(3, 2, 2, 9, 5)
    one = bands(1)
    base = angles(coordinates(extent, "v2"), one)[-5:, 0]
    spread = angles(coordinates(extent, "v1"), one)[-5:, 0]
    assert base.abs().max() == 0
    assert torch.allclose(spread, torch.tensor([0, 0.25, 0.5, 0.75, 1]))


def test_sound_keeps_time_with_the_picture() -> None:
    theta = angles(coordinates(Extent(26, 1, 1, 101, 2), "v2"), bands(1))[:, 0]
    assert torch.equal(theta[26 : 26 + 101 : 4], theta[:26])


def test_a_single_text_token_of_the_base_model_stands_one_before_the_start() -> None:
    """Where several would stand still, one turns: published weights met both."""
    assert angles(coordinates(Extent(1, 1, 1, 1, 1), "v2"), bands(1))[-1, 0] == -1


@pytest.mark.parametrize(("audio", "frames"), [(1, 1), (4, 1), (5, 2), (100, 25), (126, 32)])
def test_sound_of_the_base_model_spans_as_many_latent_frames_as_it_lasts(
    audio: int, frames: int
) -> None:
    """Counted from the sound itself, whatever the picture is: its last moment is frames - 1."""
    places = coordinates(Extent(3, 1, 1, audio, 1), "v2")[3:-1]
    assert places[:, 6].unique().tolist() == [frames]
    assert angles(places, bands(1))[-1, 0] == pytest.approx(max(0, frames - 1), abs=1e-4)


def test_a_single_text_token_does_not_divide_by_zero_in_the_upscaler() -> None:
    assert angles(coordinates(Extent(2, 1, 1, 1, 1), "v1"), bands(4)).isfinite().all()


def test_rotation_keeps_lengths_and_leaves_the_rest_alone() -> None:
    x = torch.randn(5, 2, 16)
    theta = angles(coordinates(Extent(5, 1, 1, 0, 0), "v2"), bands(2))
    turned = rotate(x.clone(), theta.cos(), theta.sin())
    assert torch.allclose(turned.norm(dim=-1), x.norm(dim=-1))
    assert torch.equal(turned[..., 12:], x[..., 12:])
    assert torch.equal(turned[0], x[0])


@pytest.mark.parametrize(("given", "length"), [(3, 5), (5, 5), (7, 5)])
def test_text_is_cut_or_filled_to_length(given: int, length: int) -> None:
    rows, real = pad_or_trim(torch.ones(given, 2), length)
    assert rows.shape == (length, 2)
    assert real == min(given, length)
    assert rows.sum() == 2 * real
