"""The small engine behind the doors of the house."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from ruamel.yaml import YAML

from engine.animatic import pronunciation
from engine.foal.audio_code import AudioCodeConfig
from engine.foal.engine import LABEL, FoalEngine
from engine.foal.lessons import TEXT_FEATURES
from engine.foal.plan import FRAMES_PER_LATENT, VOCABULARY, latents_for, rehearse
from engine.foal.settings import packaged
from engine.foal.video_code import VideoCodeConfig
from engine.interface import EngineUnavailable, RequestRefused
from engine.joint import precision
from engine.joint.base_file import read_base
from engine.joint.sampler import denoise
from engine.joint.transformer import Latents
from engine.label import stamp
from engine.open import capabilities_of, open_engine
from media.read import probe, read_frames
from storyboard.request import Request
from tests.engine.foal.small import (
    CONFIG,
    PREVIEW,
    RENDER,
    small_engine,
    small_settings,
    small_shot,
    small_weights,
)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_weights(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="module")
def engine(weights: Path) -> FoalEngine:
    return small_engine(weights)


def nobody(_: float) -> None:
    pass


def previewed(engine: FoalEngine, request: Request, folder: Path) -> bytes:
    folder.mkdir()
    engine.preview(request, folder, nobody)
    return (folder / "preview.mp4").read_bytes()


def test_a_preview_and_its_render_are_films_of_the_lengths_and_sizes_asked_for(
    engine: FoalEngine, tmp_path: Path
) -> None:
    request, shares = small_shot(), []
    take = engine.preview(request, tmp_path, shares.append)
    done = engine.render(take, request, tmp_path, nobody)
    for name, size in (("preview.mp4", PREVIEW), ("render.mp4", RENDER)):
        facts = probe(tmp_path / name)
        assert facts.picture is not None and facts.sound is not None
        assert (facts.picture.width, facts.picture.height) == size
        assert len(list(read_frames(tmp_path / name))) == request.frames
    assert done.rendered and not take.rendered
    assert take.spoken and shares[-1] == 1.0 and shares == sorted(shares)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"device": "warp"}, "no device 'warp'"),
        ({"sampler": {"steps": 4, "guided": True}}, "sampler.guided"),
        ({"sampler": {"steps": 0, "guided": False}}, "sampler.steps"),
        ({"aspects": {"1:1": {"preview": [250, 250], "render": [1080, 1080]}}}, "by 32"),
        ({"aspects": {"1:1": {"preview": [256, 256], "render": [1082, 1082]}}}, "by 4"),
    ],
)
def test_settings_that_cannot_be_worked_with_are_refused_when_it_is_opened(
    settings: dict[str, object], said: str, weights: Path, tmp_path: Path
) -> None:
    file = tmp_path / "own.yaml"
    whole = small_settings(weights).model_dump(mode="json", exclude_unset=True) | settings
    YAML().dump(whole, file)
    with pytest.raises(EngineUnavailable, match=said):
        open_engine(str(file))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA card on this machine")
def test_on_a_card_it_makes_the_film_that_the_processor_makes(
    weights: Path, engine: FoalEngine, tmp_path: Path
) -> None:
    settings = small_settings(weights).model_copy(update={"device": "cuda"})
    frames = []
    for name, each in (("card", FoalEngine(settings)), ("processor", engine)):
        (tmp_path / name).mkdir()
        take = each.preview(small_shot(), tmp_path / name, nobody)
        each.render(take, small_shot(), tmp_path / name, nobody)
        frames.append(np.stack(list(read_frames(tmp_path / name / "render.mp4"))).astype(int))
    assert np.abs(frames[0] - frames[1]).mean() < 4


def test_without_voices_it_is_not_opened_and_another_voice_is_another_engine(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = small_engine(weights).fingerprint
    monkeypatch.setattr(pronunciation, "espeak_version", lambda: "2.0")
    assert small_engine(weights).fingerprint != known
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(EngineUnavailable, match=r"pip install 'hoofbeat\[voices\]'"):
        small_engine(weights)


def test_the_same_seed_gives_the_same_clip_and_another_seed_another(
    engine: FoalEngine, tmp_path: Path
) -> None:
    one = previewed(engine, small_shot(seed=5), tmp_path / "one")
    again = previewed(engine, small_shot(seed=5), tmp_path / "again")
    other = previewed(engine, small_shot(seed=6), tmp_path / "other")
    assert one == again
    assert one != other


def test_a_processor_without_units_for_bfloat16_does_not_imitate_them(
    engine: FoalEngine, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, "cpu_multiplies_bfloat16", lambda: False)
    wide = small_engine(weights)
    rehearsal = rehearse(small_shot())
    latents = denoise(wide.model, [wide.sample(rehearsal)], wide.settings.sampler)[0]
    seen: set[torch.dtype] = set()
    for module in (*wide.model.modules(), *wide.video_code.modules(), *wide.upscaler.modules()):
        module.register_forward_hook(lambda _, __, out: seen.update(_dtypes(out)))
    denoise(wide.model, [wide.sample(rehearsal)], wide.settings.sampler)
    next(wide.frames(latents, (128, 192)))
    assert seen == {torch.float32}
    quick = denoise(engine.model, [engine.sample(rehearsal)], engine.settings.sampler)[0]
    assert torch.allclose(quick.video, latents.video, atol=0.1)


def _dtypes(out: object) -> set[torch.dtype]:
    return {out.dtype} if isinstance(out, torch.Tensor) and out.is_floating_point() else set()


def test_a_sample_owes_nothing_to_its_batch(engine: FoalEngine) -> None:
    rehearsals = [rehearse(small_shot(seed=seed)) for seed in (1, 2)]
    config = engine.settings.sampler
    together = denoise(engine.model, [engine.sample(each) for each in rehearsals], config)
    alone = [denoise(engine.model, [engine.sample(each)], config)[0] for each in rehearsals]
    for one, two in zip(together, alone, strict=True):
        # Products are worked out in bfloat16, whose order of adding differs with the batch.
        assert torch.allclose(one.video, two.video, atol=0.02)
        assert torch.allclose(one.audio, two.audio, atol=0.02)


def test_a_reference_picture_is_what_the_first_frames_show(
    engine: FoalEngine, tmp_path: Path
) -> None:
    picture = tmp_path / "picture.png"
    noise = np.random.default_rng(5).integers(0, 256, (*PREVIEW[::-1], 3), dtype=np.uint8)
    Image.fromarray(noise).save(picture)
    name = hashlib.sha256(picture.read_bytes()).hexdigest()
    (tmp_path / "references").mkdir()
    picture.rename(tmp_path / "references" / name)
    request = small_shot(reference=name)
    engine.preview(request, tmp_path, nobody)
    latents = read_base(tmp_path)[0].latents
    coded = engine._first_frame(request, tmp_path)
    assert coded is not None
    assert torch.allclose(latents.video[:, :1], coded.float(), atol=1e-5)


def test_every_frame_carries_the_tag(engine: FoalEngine, tmp_path: Path) -> None:
    engine.preview(small_shot(), tmp_path, nobody)
    latents = read_base(tmp_path)[0].latents
    plain = next(engine.frames(latents, PREVIEW))
    shown = next(read_frames(tmp_path / "preview.mp4"))
    tagged = plain.copy()
    stamp(tagged, LABEL)
    there = (tagged != plain).any(axis=-1)
    assert there.any()
    near = np.abs(shown.astype(int) - tagged)[there].mean()
    assert near < np.abs(shown.astype(int) - plain)[there].mean()


def test_frames_are_made_for_the_whole_shot(engine: FoalEngine) -> None:
    rehearsal = rehearse(small_shot())
    latents = denoise(engine.model, [engine.sample(rehearsal)], engine.settings.sampler)[0]
    made = sum(1 for _ in engine.frames(latents, PREVIEW))
    assert made == latents_for(5.0) * FRAMES_PER_LATENT


def test_a_take_of_another_engine_is_not_rendered(engine: FoalEngine, tmp_path: Path) -> None:
    request = small_shot()
    take = engine.preview(request, tmp_path, nobody)
    other = take.model_copy(update={"key": "0" * 64})
    with pytest.raises(RequestRefused, match="preview it again"):
        engine.render(other, request, tmp_path, nobody)


def test_other_weights_are_another_engine(engine: FoalEngine, tmp_path: Path) -> None:
    folder = small_weights(tmp_path)
    audio = folder / "audio_code.safetensors"
    changed = bytearray(audio.read_bytes())
    changed[-1] ^= 1
    audio.write_bytes(bytes(changed))
    assert small_engine(folder).fingerprint != engine.fingerprint


def test_missing_and_damaged_weights_are_named(tmp_path: Path) -> None:
    folder = small_weights(tmp_path)
    (folder / "upscaler.safetensors").write_bytes(b"nothing")
    with pytest.raises(EngineUnavailable, match=r"upscaler\.safetensors cannot be used"):
        small_engine(folder)
    (folder / "upscaler.safetensors").unlink()
    with pytest.raises(EngineUnavailable, match=r"upscaler\.safetensors are missing"):
        small_engine(folder)


def test_it_is_opened_by_a_settings_file(weights: Path, tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    document = small_settings(weights).model_dump(mode="json")
    YAML(typ="safe").dump(document, path)
    engine = open_engine(str(path))
    assert engine.capabilities.engine == "foal-small"
    assert len(engine.capabilities.languages) == 7
    engine.close()


def test_what_it_can_serve_is_known_without_its_weights() -> None:
    can = capabilities_of("foal")
    assert can.aspects["9:16"] == ((256, 448), (1080, 1920))
    assert can.exact_render


def test_the_settings_of_the_house_are_of_the_size_that_plans_are_read_at() -> None:
    config = packaged().transformer
    assert config.text_features == TEXT_FEATURES >= len(VOCABULARY)
    assert config.video_features == 4 * VideoCodeConfig().latent_channels
    assert config.audio_features == AudioCodeConfig().latent_channels


def test_sound_too_loud_for_a_file_is_turned_down_not_clipped(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, request = small_engine(weights), small_shot()
    count = latents_for(float(request.seconds))
    loud = 3 * torch.sin(torch.arange(count * 8 * 640) / 20)
    monkeypatch.setattr(engine.audio_code, "decode", lambda *_: loud)
    latents = Latents(torch.zeros(24, count, 4, 6), torch.zeros(count * 8, CONFIG.audio_features))
    heard = engine.heard(request, latents)
    assert np.abs(heard).max() == pytest.approx(0.7, abs=1e-3)
    assert (np.abs(heard) > 0.69).mean() < 0.15, "a wave as it was, without plateaus"
