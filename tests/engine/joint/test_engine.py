"""The joint engine's doors, at a tiny random size: every stage is the real one."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from pydantic import ValidationError
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from engine.interface import EngineUnavailable, GenerationFailed, RequestRefused
from engine.joint import sampler
from engine.joint.config import AudioVAEConfig
from engine.joint.crew import CrewLost
from engine.joint.cutting_room import frames_of, sound_of
from engine.joint.engine import Job, JointEngine, Made
from engine.joint.hashed import Hashed
from engine.joint.parts import Parts
from engine.joint.residency import Stage
from engine.joint.stills import crop_to_shape, still_tensor
from engine.joint.text import Remembered, T5Gemma
from engine.open import open_engine
from media.read import probe, read_frames, read_sound
from storyboard.request import Take, take_key
from tests.engine.joint.t5gemma import saved_model
from tests.engine.joint.tiny import (
    PREVIEW_SIZE,
    RENDER_SIZE,
    tiny_engine,
    tiny_file,
    tiny_settings,
    tiny_shot,
)


def silent(share: float) -> None:
    """Progress that nobody watches."""


@pytest.fixture(scope="module")
def engine() -> JointEngine:
    return tiny_engine()


def previewed(engine: JointEngine, folder: Path, **more: Any) -> Take:
    folder.mkdir(exist_ok=True)
    return engine.preview(tiny_shot(**more), folder, silent)


@pytest.fixture(scope="module")
def made(engine: JointEngine, tmp_path_factory: pytest.TempPathFactory) -> tuple[Take, Path]:
    """One take, previewed and rendered."""
    folder = tmp_path_factory.mktemp("take")
    take = previewed(engine, folder)
    return engine.render(take, tiny_shot(), folder, silent), folder


def digests(take: Take) -> dict[str, str]:
    return {file.name: file.sha256 for file in take.files}


def test_preview_and_render_are_films_of_the_house_exact_to_a_frame(
    made: tuple[Take, Path],
) -> None:
    take, folder = made
    for name, size in (("preview.mp4", PREVIEW_SIZE), ("render.mp4", RENDER_SIZE)):
        film = probe(folder / name)
        assert film.picture and film.sound
        assert (film.picture.width, film.picture.height) == size
        assert film.picture.frames == 125
        assert film.picture.frame_rate == film.picture.average_rate == 25
        assert (film.sound.rate_hz, film.sound.channels) == (48_000, 2)
        assert film.picture.seconds == film.sound.seconds == 5
    assert [file.name for file in take.files] == [
        "preview.mp4", "poster.jpg", "base.safetensors", "render.mp4",
    ]  # fmt: skip
    assert {path.name for path in folder.iterdir()} == digests(take).keys()
    assert take.engine_seconds.keys() == {"preview", "render"}
    assert Take.model_validate_json(take.model_dump_json()) == take


def test_the_render_has_the_very_sound_of_the_preview(made: tuple[Take, Path]) -> None:
    _, folder = made
    sounds = [read_sound(folder / name) for name in ("preview.mp4", "render.mp4")]
    assert np.array_equal(*sounds)
    assert np.abs(sounds[0]).max() > 0.01


def test_picture_and_sound_are_no_constants(made: tuple[Take, Path]) -> None:
    _, folder = made
    frames = list(read_frames(folder / "render.mp4"))
    assert frames[0].std() > 3
    assert np.abs(frames[0].astype(int) - frames[60]).mean() > 1


def test_a_film_of_random_weights_says_so(made: tuple[Take, Path]) -> None:
    _, folder = made
    assert "random weights: noise" in probe(folder / "render.mp4").tags["comment"]


def test_the_preview_leaves_its_base_latents(engine: JointEngine, made: tuple[Take, Path]) -> None:
    take, folder = made
    with safe_open(folder / "base.safetensors", "pt") as opened:
        shapes = {name: tuple(opened.get_tensor(name).shape) for name in opened.keys()}  # noqa: SIM118
        about = json.loads(opened.metadata()["hoofbeat"])
    assert shapes["video"] == (48, 32, 8, 4)
    assert shapes["audio"] == (126, 8)
    assert about == {"take": take.key, "fingerprint": engine.fingerprint, "seed": "5"}


@pytest.mark.parametrize("frames", [126, 139])
def test_a_shot_of_any_number_of_frames_has_exactly_these(
    engine: JointEngine, tmp_path: Path, frames: int
) -> None:
    take = previewed(engine, tmp_path, seconds=Fraction(frames, 25))
    film = probe(tmp_path / "preview.mp4")
    assert film.picture and film.sound
    assert film.picture.frames == frames
    assert film.sound.seconds == take.seconds == Fraction(frames, 25)


def test_the_same_request_gives_the_same_bytes(
    engine: JointEngine, made: tuple[Take, Path], tmp_path: Path
) -> None:
    take = previewed(engine, tmp_path)
    again = engine.render(take, tiny_shot(), tmp_path, silent)
    assert digests(again) == digests(made[0])


def test_another_seed_is_another_take(
    engine: JointEngine, made: tuple[Take, Path], tmp_path: Path
) -> None:
    other = digests(previewed(engine, tmp_path, seed=6))
    assert all(digests(made[0])[name] != sha for name, sha in other.items())


def test_other_words_are_another_take(
    engine: JointEngine, made: tuple[Take, Path], tmp_path: Path
) -> None:
    other = previewed(engine, tmp_path, prompt=tiny_shot().prompt.replace("speaks", "shouts"))
    assert digests(other)["preview.mp4"] != digests(made[0])["preview.mp4"]


def test_progress_is_told_at_every_denoising_step(engine: JointEngine, tmp_path: Path) -> None:
    shares: list[float] = []
    take = engine.preview(tiny_shot(), tmp_path, shares.append)
    assert shares[:4] == pytest.approx([0.2, 0.4, 0.6, 0.8])
    assert shares == sorted(shares) and shares[-1] == 1
    shares.clear()
    engine.render(take, tiny_shot(), tmp_path, shares.append)
    assert shares[:2] == pytest.approx([0.4, 0.8])
    assert shares == sorted(shares) and shares[-1] == 1


# --- several at once ----------------------------------------------------------------------------


def test_takes_asked_for_at_once_share_a_forward_and_are_those_made_alone(
    made: tuple[Take, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = tiny_engine(lambda s: s.update(batch=3))
    assert engine.capabilities.parallel == 3
    assert engine.fingerprint == made[0].fingerprint
    forwards: list[int] = []
    monkeypatch.setattr(sampler, "tokens_at_once", lambda _: 10_000)
    engine._parts.base().register_forward_hook(lambda _, given, __: forwards.append(len(given[0])))
    told: dict[str, list[float]] = {name: [] for name in ("same", "other", "long")}

    def take(name: str, **more: Any) -> Take:
        (tmp_path / name).mkdir()
        return engine.preview(tiny_shot(**more), tmp_path / name, told[name].append)

    with ThreadPoolExecutor(3) as pool, engine._device:
        same = pool.submit(take, "same")
        other = pool.submit(take, "other", seed=6, seconds=Fraction(6))
        long = pool.submit(take, "long", prompt="word " * 640)
        while len(engine._bases._waiting) < 3:
            time.sleep(0.01)
    assert forwards == [2, 2, 2, 2]
    with pytest.raises(RequestRefused, match="longer than the 640 tokens"):
        long.result()
    assert other.result().seconds == 6
    alone, together = (
        load_file(folder / "base.safetensors") for folder in (made[1], tmp_path / "same")
    )
    for name, tensor in alone.items():
        torch.testing.assert_close(together[name], tensor, rtol=1e-2, atol=1e-2)
    assert same.result().key == made[0].key
    for name in ("same", "other"):
        assert told[name][:4] == pytest.approx([0.2, 0.4, 0.6, 0.8]) and told[name][-1] == 1


def test_several_processes_make_the_take_of_one_and_their_loss_is_told(
    made: tuple[Take, Path], tmp_path: Path
) -> None:
    """Two of them share every clip. When one is killed the clip fails, and a new crew works."""
    engine = tiny_engine(lambda s: s.update(processes=2))
    assert engine.fingerprint == made[0].fingerprint
    try:
        take = previewed(engine, tmp_path / "take")
        alone, shared = (
            load_file(folder / "base.safetensors") for folder in (made[1], tmp_path / "take")
        )
        for name, tensor in alone.items():
            torch.testing.assert_close(shared[name], tensor, rtol=1e-2, atol=1e-2)
        take = engine.render(take, tiny_shot(), tmp_path / "take", silent)
        films = (read_frames(folder / "render.mp4") for folder in (tmp_path / "take", made[1]))
        assert all(np.abs(a.astype(int) - b).mean() < 2 for a, b in zip(*films, strict=True))
        assert engine._crew
        (led,) = engine._crew._led
        led.kill()
        with pytest.raises(CrewLost, match="one of its 2 processes ended") as lost:
            previewed(engine, tmp_path / "lost")
        assert lost.value.retryable
        again = previewed(engine, tmp_path / "again")
        assert again.key == take.key
        (led,) = engine._crew._led
    finally:
        engine.close()
    assert led.returncode == 0


# --- the render is of the take that was approved ------------------------------------------------


def copied(made: tuple[Take, Path], folder: Path) -> Path:
    (folder / "base.safetensors").write_bytes((made[1] / "base.safetensors").read_bytes())
    return folder / "base.safetensors"


def test_the_render_comes_from_the_base_latents(
    engine: JointEngine, made: tuple[Take, Path], tmp_path: Path
) -> None:
    path = copied(made, tmp_path)
    with safe_open(path, "pt") as opened:
        about = opened.metadata()
    latents = load_file(path)
    save_file(latents | {"video": latents["video"].flip(1)}, path, about)
    other = engine.render(made[0], tiny_shot(), tmp_path, silent)
    assert digests(other)["render.mp4"] != digests(made[0])["render.mp4"]


def test_a_take_of_another_request_is_not_rendered(
    engine: JointEngine, made: tuple[Take, Path], tmp_path: Path
) -> None:
    copied(made, tmp_path)
    request = tiny_shot(seed=99)
    for take in (
        made[0],
        made[0].model_copy(update={"key": take_key(request, engine.fingerprint)}),
    ):
        with pytest.raises(RequestRefused, match="was not made from this request"):
            engine.render(take, request, tmp_path, silent)
    assert not (tmp_path / "render.mp4").exists()


def test_a_take_of_another_engine_is_not_rendered(made: tuple[Take, Path], tmp_path: Path) -> None:
    copied(made, tmp_path)
    other = tiny_engine(lambda s: s["joint"]["sampler"].update(steps=3))
    with pytest.raises(RequestRefused, match="was not made from this request"):
        other.render(made[0], tiny_shot(), tmp_path, silent)


@pytest.mark.parametrize("content", [None, b"", b"torn", b"\x08" + b"\0" * 7 + b'{"a": 1}'])
def test_damaged_latents_are_refused(
    engine: JointEngine, made: tuple[Take, Path], tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "base.safetensors").write_bytes(content)
    with pytest.raises(RequestRefused, match=r"base.safetensors.*preview the shot again"):
        engine.render(made[0], tiny_shot(), tmp_path, silent)


# --- requests -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"language": "it"}, "it speaks en, .* not it"),
        ({"seconds": 9}, "5 to 8 s, not 9 s"),
        ({"frame_rate": 24}, "25 frames a second, not 24"),
        ({"preview_size": (64, 128)}, "sizes for 9:16"),
        ({"prompt": "word " * 640}, "longer than the 640 tokens"),
        ({"reference": "a" * 64}, "first frame .* cannot be read"),
    ],
)
def test_what_it_cannot_make_is_refused_with_the_reason(
    engine: JointEngine, tmp_path: Path, wrong: dict[str, object], reason: str
) -> None:
    with pytest.raises(RequestRefused, match=reason):
        engine.preview(tiny_shot(**wrong), tmp_path, silent)
    assert not list(tmp_path.iterdir())


def test_the_first_frame_is_the_reference_picture(engine: JointEngine, tmp_path: Path) -> None:
    """Its latent stands unchanged at the start of the clip, at both sizes."""
    pictures = tmp_path / "references"
    pictures.mkdir()
    noise = torch.randint(0, 255, (90, 60, 3), dtype=torch.uint8).numpy()
    Image.fromarray(noise).save(pictures / "face", format="PNG")
    request = tiny_shot(reference="face")
    take = engine.preview(request, tmp_path, silent)
    pixels = still_tensor(crop_to_shape(Image.fromarray(noise), 64, 128), 64, 128)
    latent = engine._parts.video_vae().encode(pixels[:, :, None])[0]
    base = load_file(tmp_path / "base.safetensors")["video"]
    assert torch.equal(base[:, :1], latent)
    with_face = engine.render(take, request, tmp_path, silent)
    (pictures / "face").unlink()
    with pytest.raises(RequestRefused, match="first frame"):
        engine.render(with_face, request, tmp_path, silent)


def test_numbers_that_run_away_are_a_failure_worth_another_seed(tmp_path: Path) -> None:
    engine = tiny_engine()
    engine._parts.base().final_linear_video.weight.data.fill_(float("nan"))
    with pytest.raises(GenerationFailed, match="another seed") as failed:
        previewed(engine, tmp_path)
    assert failed.value.retryable


def test_a_full_device_is_a_failure_that_trying_again_does_not_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Parts) -> None:
        raise torch.OutOfMemoryError("tried to allocate too much")

    monkeypatch.setattr(Parts, "base", full)
    with pytest.raises(GenerationFailed, match="ran out of the device's memory") as failed:
        previewed(tiny_engine(), tmp_path)
    assert not failed.value.retryable


def test_guided_sampling_reads_the_negative_prompt(tmp_path: Path) -> None:
    takes = []
    for negative in ("noise, blur", "other words"):

        def guided(settings: dict[str, Any], words: str = negative) -> None:
            settings["joint"]["sampler"].update(guided=True, steps=3)
            settings["joint"]["text"]["negative"] = words

        takes.append(digests(previewed(tiny_engine(guided), tmp_path)))
    assert takes[0]["preview.mp4"] != takes[1]["preview.mp4"]


def test_frames_are_decoded_as_they_are_taken() -> None:
    asked = 0

    def pieces() -> Any:
        nonlocal asked
        for _ in range(3):
            asked += 1
            yield torch.zeros(1, 3, 4, 32, 32)

    frames = frames_of(pieces(), (20, 10), 6)
    assert next(frames).shape == (10, 20, 3)
    assert asked == 1
    assert len(list(frames)) == 5
    assert asked == 2, "pieces beyond the last frame are not decoded"


def test_a_picture_is_cut_from_the_middle() -> None:
    piece = torch.full((1, 3, 1, 34, 36), -1.0)
    piece[..., 2:-2, 1:-1] = 1
    (frame,) = frames_of(iter([piece]), (34, 30), 1)
    assert (frame == 255).all()


def test_a_tone_at_the_models_clock_is_the_tone_at_the_films() -> None:
    class Tone:
        config = AudioVAEConfig()

        def decode(self, latent: Tensor) -> Tensor:
            times = torch.arange(latent.shape[-1] * 2048, dtype=torch.float64) / 51_200
            return torch.sin(2 * torch.pi * 1000 * times).expand(1, 2, -1)

    heard = sound_of(Tone(), torch.zeros(26, 64), 48_000, 48_000)  # type: ignore[arg-type]
    expected = np.sin(2 * np.pi * 1000 * np.arange(48_000) / 48_000)
    assert heard.shape == (2, 48_000)
    assert np.abs(heard - expected).max() < 1e-6


# --- what an engine is --------------------------------------------------------------------------


def test_whatever_changes_a_take_changes_the_fingerprint(engine: JointEngine) -> None:
    changes = (
        lambda s: s["joint"]["sampler"].update(steps=5),
        lambda s: s["joint"]["sampler"].update(shift=4.0),
        lambda s: s["joint"]["turbo_decoder"].update(window=6),
        lambda s: s["joint"]["upscalers"]["1080p"]["sampler"].update(noise_level=100),
        lambda s: s.update(upscale="540p"),
        lambda s: s.update(eight_bits=True),
    )
    prints = {tiny_engine(change).fingerprint for change in changes}
    assert len(prints | {engine.fingerprint}) == len(changes) + 1


def test_what_changes_no_take_leaves_the_fingerprint(engine: JointEngine) -> None:
    for change in (
        lambda s: s.update(preview_cost=9),
        lambda s: s.update(decode_strips=2),
        lambda s: s["joint"]["upscalers"]["540p"]["sampler"].update(steps=9),
    ):
        assert tiny_engine(change).fingerprint == engine.fingerprint


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"upscale": "4k"}, "there is no '4k' among joint.upscalers"),
        ({"render_costs": {"540p": 1}}, "says nothing of 1080p"),
        ({"aspects": {"1:1": {"preview": [64, 64]}}}, "1:1 has no size for 1080p"),
        (
            {"aspects": {"1:1": {"preview": [64, 64], "1080p": [64, 64], "4k": [64, 64]}}},
            "'4k', which is no upscaler",
        ),
        ({"colour": "blue"}, "Extra inputs"),
        ({"name": "Joint / tiny"}, "pattern"),
        ({"weights": "/weights"}, "names no weights for the base transformer"),
        ({"processes": 5}, "5 cannot share the 4 heads of the transformer"),
        ({"processes": 2, "device": "cuda:1"}, "cuda:1 is one card"),
    ],
)
def test_a_mistake_in_the_settings_is_told(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        tiny_settings(lambda s: s.update(change))


def test_random_weights_are_for_tiny_sizes(tmp_path: Path) -> None:
    def large(settings: dict[str, Any]) -> None:
        settings["joint"]["transformer"].update(layers=40, width=1024)

    with pytest.raises(EngineUnavailable, match="`weights: random` is for tiny sizes"):
        open_engine(tiny_file(tmp_path, large))


def test_random_weights_are_the_same_everywhere() -> None:
    made = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        made.append(Parts(tiny_settings(), None).base().final_linear_video.weight)
    assert torch.equal(*made)


def test_as_many_cards_as_processes_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(EngineUnavailable, match="has 0 cards"):
        tiny_engine(lambda s: s.update(device="cuda", processes=2))


def test_a_device_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    for device in ("warp", "cuda:7"):
        with pytest.raises(EngineUnavailable, match=device):
            tiny_engine(lambda s, d=device: s.update(device=d))


# --- weights from files -------------------------------------------------------------------------


def from_files(settings: dict[str, Any]) -> None:
    """The tiny engine with its checkpoints where the published ones would be."""
    settings.update(weights=None)
    settings["joint"]["upscalers"]["1080p"]["weights"] = "1080p_sr"
    settings["joint"]["weights"] = {
        "transformer": "distill",
        "turbo_decoder": "turbo_vae/checkpoint-340000.ckpt",
        "video_vae": "Wan2.2_VAE.pth",
        "audio_vae": "stable-audio-open-1.0/model.safetensors",
        "text": "t5gemma-9b-9b-ul2",
    }


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The random engine's weights, laid out and named as the published files are."""
    folder = tmp_path_factory.mktemp("weights")
    parts = Parts(tiny_settings(), None)
    for name, model in (("distill", parts.base()), ("1080p_sr", parts.upscaler())):
        (folder / name).mkdir()
        sharded({n: t.float() for n, t in model.state_dict().items()}, folder / name)
    (folder / "turbo_vae").mkdir()
    turbo = {f"module.{name}": tensor for name, tensor in parts.turbo().state_dict().items()}
    torch.save({"ema_state_dict": turbo}, folder / "turbo_vae" / "checkpoint-340000.ckpt")
    torch.save(parts.video_vae().state_dict(), folder / "Wan2.2_VAE.pth")
    (folder / "stable-audio-open-1.0").mkdir()
    sound = {f"pretransform.model.{n}": t for n, t in parts.audio_vae().state_dict().items()}
    save_file(sound, folder / "stable-audio-open-1.0" / "model.safetensors")
    (folder / "t5gemma-9b-9b-ul2").mkdir()
    saved_model(folder / "t5gemma-9b-9b-ul2")
    return folder


def sharded(state: dict[str, Tensor], folder: Path) -> None:
    placed = {name: f"model-0000{i % 2 + 1}-of-00002.safetensors" for i, name in enumerate(state)}
    for shard in set(placed.values()):
        save_file({n: t for n, t in state.items() if placed[n] == shard}, folder / shard)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": placed}))


def test_weights_from_files_give_the_take_of_the_weights_in_memory(
    checkpoints: Path, made: tuple[Take, Path], tmp_path: Path
) -> None:
    """The features of the prompt are remembered, so the text encoder is never opened."""
    engine = JointEngine(tiny_settings(from_files), checkpoints, features=tmp_path / "features")
    remembered = engine._parts._encode
    assert isinstance(remembered, Remembered)
    features = Hashed(engine._settings.joint.text)(tiny_shot().prompt)
    (tmp_path / "features").mkdir()
    known = tmp_path / "features" / f"{remembered.key(tiny_shot().prompt)}.safetensors"
    save_file({"features": features}, known)
    take = previewed(engine, tmp_path / "take")
    take = engine.render(take, tiny_shot(), tmp_path / "take", silent)
    for name in ("video", "audio", "text"):
        ours, theirs = (
            load_file(folder / "base.safetensors")[name] for folder in (tmp_path / "take", made[1])
        )
        assert torch.equal(ours, theirs)
    for name in ("preview.mp4", "render.mp4"):
        films = (read_frames(folder / name) for folder in (tmp_path / "take", made[1]))
        assert all(np.array_equal(*pair) for pair in zip(*films, strict=True))
        tags = probe(tmp_path / "take" / name).tags
        assert "generative model" in tags["comment"] and "random" not in tags["comment"]
    assert engine.fingerprint not in (made[0].fingerprint, "")
    assert engine._parts.resident and "text" not in engine._parts.resident
    engine.close()
    assert not engine._parts.resident


def test_the_text_encoder_s_own_weights_speak_through_the_doors(
    checkpoints: Path, tmp_path: Path
) -> None:
    """What it reads of the prompt is what the take was made from, and is read once: another
    engine finds it, and does not open the encoder."""
    where = {"weights": checkpoints, "features": tmp_path / "features"}
    engine = open_engine(tiny_file(tmp_path, from_files), **where)
    assert isinstance(engine, JointEngine)
    take = previewed(engine, tmp_path / "take")
    assert "text" in engine._parts.resident
    encoder = T5Gemma(checkpoints / "t5gemma-9b-9b-ul2", engine._settings.joint.text)
    text = load_file(tmp_path / "take" / "base.safetensors")["text"]
    assert torch.equal(text.float(), encoder(tiny_shot().prompt))
    other = tiny_shot().prompt.replace("He speaks", "The picture speaks")
    assert not torch.equal(encoder(other)[: len(text)], text.float())
    with pytest.raises(RequestRefused, match="longer than the 640 tokens"):
        previewed(engine, tmp_path / "long", prompt="Tom is in " * 214)
    engine.close()
    again = open_engine(tiny_file(tmp_path, from_files), **where)
    assert isinstance(again, JointEngine)
    assert digests(previewed(again, tmp_path / "again")) == digests(take)
    assert "text" not in again._parts.resident


def test_all_prompts_of_a_batch_are_read_before_the_first_is_denoised(
    checkpoints: Path, tmp_path: Path
) -> None:
    """Where text encoder and transformer do not fit together, each is loaded once for the batch."""
    engine = JointEngine(tiny_settings(from_files), checkpoints, features=tmp_path / "features")
    loaded: list[str] = []
    stages = engine._parts._stages._stages
    for name, stage in list(stages.items()):

        def load(name: str = name, load: Callable[[], nn.Module] = stage.load) -> nn.Module:
            loaded.append(name)
            return load()

        stages[name] = Stage(load, 10)
    engine._parts._stages._budget = 15
    jobs = [Job(tiny_shot(prompt=words), tmp_path, silent) for words in ("Tom", "He speaks.")]
    outcomes = engine._denoised(jobs)
    assert [type(each) for each in outcomes] == [Made, Made]
    assert loaded == ["text", "base"]


def test_other_numbers_in_the_same_layout_are_another_engine(
    checkpoints: Path, tmp_path: Path
) -> None:
    before = JointEngine(tiny_settings(from_files), checkpoints).fingerprint
    path = checkpoints / "stable-audio-open-1.0" / "model.safetensors"
    whole = path.read_bytes()
    try:
        save_file({name: tensor * 2 for name, tensor in load_file(path).items()}, path)
        assert len(path.read_bytes()) == len(whole)
        assert JointEngine(tiny_settings(from_files), checkpoints).fingerprint != before
    finally:
        path.write_bytes(whole)


def test_every_missing_checkpoint_is_named_with_size_licence_and_source(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable) as refused:
        open_engine("magihuman-distill", weights=tmp_path)
    said = str(refused.value)
    assert "\n" not in said
    assert f"6 checkpoints missing in {tmp_path}, 173 GB to get" in said
    for words in (
        "distill (base transformer; 61.2 GB; Apache-2.0; GAIR/daVinci-MagiHuman, distill/)",
        "1080p_sr (1080p transformer",
        "turbo_vae/checkpoint-340000.ckpt (picture decoder; 1.8 GB",
        "Wan2.2_VAE.pth (picture encoder; 2.8 GB",
        "Stability AI Community Licence",
        "t5gemma-9b-9b-ul2 (text encoder; 40.7 GB; Gemma terms",
        "docs/magihuman.md",
    ):
        assert words in said


def test_a_missing_shard_or_package_is_told(
    checkpoints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shard = checkpoints / "distill" / "model-00002-of-00002.safetensors"
    shard.rename(tmp_path / shard.name)
    settings = tiny_file(tmp_path, from_files)
    try:
        with pytest.raises(EngineUnavailable, match=r"1 checkpoint missing in .*: distill \("):
            open_engine(settings, weights=checkpoints)
    finally:
        (tmp_path / shard.name).rename(shard)
    assert JointEngine(tiny_settings(from_files), checkpoints).fingerprint
    monkeypatch.setattr("engine.joint.checkpoints.find_spec", lambda _: None)
    with pytest.raises(EngineUnavailable, match=r"pip install 'hoofbeat\[magihuman\]'"):
        open_engine(settings, weights=checkpoints)


def test_a_pointer_in_place_of_weights_is_named_when_the_engine_is_opened(
    checkpoints: Path,
) -> None:
    for name in ("distill/model-00001-of-00002.safetensors", "Wan2.2_VAE.pth"):
        path = checkpoints / name
        whole = path.read_bytes()
        path.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
        try:
            with pytest.raises(EngineUnavailable, match=rf"{path.name}: is a Git LFS pointer"):
                JointEngine(tiny_settings(from_files), checkpoints)
        finally:
            path.write_bytes(whole)


def test_without_a_folder_the_engine_says_how_to_name_one() -> None:
    with pytest.raises(EngineUnavailable, match="HOOFBEAT_WEIGHTS"):
        open_engine("magihuman-base")
