"""The last lesson of the picture decoder: what the transformer makes, beside what it should be."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from random import Random
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file

from engine.foal import dataset, learn_video_code, learn_video_decoder
from engine.foal.audio_code import AudioCode, AudioCodeConfig
from engine.foal.learn_video_code import (
    CROP,
    MOUTH_DOWN,
    begun,
    compared,
    distance,
    heads_of,
    loss_of,
    run,
    weights,
    window,
)
from engine.foal.learn_video_decoder import Made, read
from engine.foal.lessons import _code_shard, code_lessons
from engine.foal.plan import head_px, rehearse
from engine.foal.requests import sample_request
from engine.foal.settings import packaged
from engine.foal.video_code import VideoCode, VideoCodeConfig
from engine.foal.weights import FILES, opened, save
from engine.interface import EngineUnavailable
from engine.joint.config import SamplerConfig
from tests.engine.foal.small import small_model


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock by which every step takes a third of a second, on any machine."""
    clock = SimpleNamespace(time=count(0.0, 0.3).__next__)
    for lesson in (learn_video_code, learn_video_decoder):
        monkeypatch.setattr(lesson, "time", clock)


def shipped_code() -> VideoCode:
    return opened(VideoCode(VideoCodeConfig()), packaged().folder() / FILES["video_code"])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two shots of a data set, the first one denoised."""
    data = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dataset, "SHARD", 2)
        path = dataset.write_shard(data, 0, moving=True)
    (data / "lessons").mkdir()
    (data / "made").mkdir()
    audio = AudioCode(AudioCodeConfig())
    audio.fit(torch.randn(800, 82))
    _code_shard(path, data / "lessons" / path.name, (shipped_code(), audio))
    learn_video_decoder._make_shard(
        data / "lessons" / path.name, data / "made" / path.name, small_model(),
        SamplerConfig(steps=2, shift=3.0, guided=False), 1,
    )  # fmt: skip
    return data


@pytest.fixture(scope="module")
def made(data: Path) -> Made:
    (only,) = read(data)
    return only


def test_made_latents_stand_beside_the_shot_they_are_of(made: Made) -> None:
    assert made.made.shape == made.true.shape
    assert made.true.shape[1] == len(made.shot.latents) == len(made.shot.jpegs) // 4
    assert not torch.allclose(made.made.float(), made.true.float(), atol=0.1)


def test_a_crop_of_latents_is_of_the_same_place_as_its_picture(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learn_video_decoder, "TRUE_SHARE", 1.0)
    monkeypatch.setattr(learn_video_decoder, "NOISE", 0.0)
    code, chance = shipped_code(), Random(3)
    for _ in range(6):
        latents, (picture, weight) = learn_video_decoder._drawn(made, chance)
        assert latents.shape[1:] == (8, 8) and weight.shape == (128, 128)
        again = code.encode(picture[None])[0, :, 0]
        inner = (slice(None), slice(3, 5), slice(3, 5))  # out of reach of the edges of the crop
        assert torch.allclose(again[inner], latents[inner], atol=0.15)


def test_every_head_of_a_shot_weighs_more_and_its_mouth_most() -> None:
    """Where the plan has two people, each is looked at."""
    two_people = 4  # the seed of such a request
    stage = rehearse(sample_request(two_people)).stage
    shot = dataset.make_shot(two_people, moving=False)
    width, height = stage_size = sample_request(two_people).preview_size
    size = (height, width)
    marks = [head_px(stage, mark, shot.latents[0] * 0.32, stage_size) for mark in stage.marks]
    heads = heads_of(shot, 0, size)
    assert len(heads) == len(marks) == 2
    weight = weights(heads, size)
    for found, true in zip(heads, marks, strict=True):
        assert found == pytest.approx(true, rel=0.15, abs=1)
        x, y, scale = true
        mouth = weight[round(y + MOUTH_DOWN * scale), round(x)]
        assert mouth > weight[round(y - 60 * scale), round(x)] > weight.min() == 1
    crops = [window(heads, size, Random(i), 32) for i in range(40)]
    for x, y, _ in marks:
        assert any(top < y < top + CROP and left < x < left + CROP for top, left in crops)


def test_a_wrong_colour_costs_more_than_grain_of_its_size() -> None:
    true, weight = torch.zeros(1, 192, 8, 8), torch.ones(1, 8, 8)
    off = true + 0.1
    grain = off * torch.tensor([1.0, -1.0]).repeat(4)
    assert loss_of(off, true, weight) > 2 * loss_of(grain, true, weight)


@pytest.mark.usefixtures("hurried")
def test_only_the_decoder_learns(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch, "compile", lambda part: part)  # a minute of waiting, no difference
    out = tmp_path / "code.safetensors"
    before = load_file(packaged().folder() / FILES["video_code"])
    save({name: value.float() for name, value in before.items()}, out)
    learn_video_decoder.learn(data, out, minutes=0.1, batch=2)
    moved = {n for n, value in load_file(out).items() if not torch.equal(value, before[n].float())}
    assert moved and all(name.startswith("decoder.") for name in moved)


@pytest.mark.usefixtures("hurried")
def test_what_learns_gets_nearer_to_the_pictures(made: Made, tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = begun(packaged().folder() / FILES["video_code"])
    model.encoder.requires_grad_(False)
    drawn = [learn_video_decoder._drawn(made, Random(i)) for i in range(4)]
    true, weight = compared([pair for _, pair in drawn])
    errors = []

    def lose(step: int) -> tuple[torch.Tensor, torch.Tensor]:
        pictures = model.decoder(model.unscaled(torch.stack([latent for latent, _ in drawn])))
        errors.append(float(loss_of(pictures.detach(), true, weight)))
        return loss_of(pictures, true, weight), distance(pictures, true)

    run(model, lose, tmp_path / "code.safetensors", minutes=0.1, rate=1e-3)
    assert errors[-1] < errors[0]


def test_lessons_in_latents_of_another_code_are_not_gone_on_with(data: Path) -> None:
    audio = AudioCode(AudioCodeConfig())
    audio.fit(torch.randn(800, 82))
    video = shipped_code()
    code_lessons(data, (video, audio))
    for part in (video.decoder, audio.voice):
        torch.nn.init.ones_(next(part.parameters()))
    code_lessons(data, (video, audio))
    torch.nn.init.ones_(next(video.encoder.parameters()))
    with pytest.raises(EngineUnavailable, match="other codes"):
        code_lessons(data, (video, audio))
