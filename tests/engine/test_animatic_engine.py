from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.__main__ import main
from engine.animatic.tone import level_dbfs
from engine.interface import Engine, RequestRefused
from engine.open import open_engine
from media.read import probe, read_frames, read_sound
from storyboard.request import Request, Take, take_key
from tests.engine.shots import shot, speech

SMALL = """\
kind: animatic
aspects:
  "9:16": {preview: [128, 224], render: [216, 384]}
  "16:9": {preview: [224, 128], render: [384, 216]}
  "1:1": {preview: [128, 128], render: [216, 216]}
"""
SIZES = {
    "9:16": ((256, 448), (1080, 1920)),
    "16:9": ((448, 256), (1920, 1080)),
    "1:1": ((256, 256), (1080, 1080)),
}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return open_engine("animatic")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """The same engine with small pictures."""
    path = tmp_path_factory.mktemp("settings") / "small.yaml"
    path.write_text(SMALL)
    return open_engine(str(path))


def small_shot(**more: object) -> Request:
    plain = {"preview_size": (128, 224), "render_size": (216, 384)}
    return shot(speech("Nobody sails here any more."), **plain | more)


def silent(share: float) -> None:
    """Progress that nobody watches."""


@pytest.mark.parametrize("aspect", SIZES)
def test_a_preview_is_a_film_of_the_house_exact_to_a_frame(
    engine: Engine, tmp_path: Path, aspect: str
) -> None:
    preview_size, render_size = SIZES[aspect]
    request = shot(
        speech("Nobody sails here any more."),
        aspect=aspect,
        preview_size=preview_size,
        render_size=render_size,
    )
    take = engine.preview(request, tmp_path, silent)
    film = probe(tmp_path / "preview.mp4")
    assert film.picture and film.sound
    assert (film.picture.width, film.picture.height) == preview_size
    assert film.picture.frames == request.frames == 125
    assert film.picture.frame_rate == film.picture.average_rate == 25
    assert (film.picture.codec, film.picture.profile) == ("h264", "High")
    assert (film.sound.codec, film.sound.rate_hz, film.sound.channels) == ("aac", 48_000, 2)
    assert abs(film.picture.seconds - film.sound.seconds) <= Fraction(1, 25)
    assert film.seconds == pytest.approx(5, abs=0.04)
    assert take.key == take_key(request, engine.fingerprint)
    assert [file.name for file in take.files] == ["preview.mp4", "poster.jpg"]


def test_a_take_tells_its_files_its_words_and_its_time(small: Engine, tmp_path: Path) -> None:
    request = small_shot()
    shares: list[float] = []
    take = small.preview(request, tmp_path, shares.append)
    for file in take.files:
        content = (tmp_path / file.name).read_bytes()
        assert file.sha256 == hashlib.sha256(content).hexdigest()
        assert file.size == len(content) > 1000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["poster.jpg", "preview.mp4"]
    assert shares == sorted(shares) and shares[-1] == 1
    assert take.seconds == 5 and take.seed == request.seed
    assert take.engine_seconds["preview"] > 0
    assert Take.model_validate_json(take.model_dump_json()) == take

    spoken = take.spoken[0]
    heard = read_sound(tmp_path / "preview.mp4")
    first, last = round(spoken.start * 48_000), round(spoken.end * 48_000)
    assert level_dbfs(heard[:, first:last]) > -26
    assert level_dbfs(heard[:, last + 24_000 :]) < -30


def test_the_film_says_in_itself_that_it_is_an_animatic(small: Engine, tmp_path: Path) -> None:
    small.preview(small_shot(), tmp_path, silent)
    tags = " ".join(probe(tmp_path / "preview.mp4").tags.values())
    assert "Animatic" in tags
    assert "Hoofbeat" in tags


def test_the_same_request_gives_the_same_bytes(small: Engine, tmp_path: Path) -> None:
    takes = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        takes.append(small.preview(small_shot(), tmp_path / name, silent))
    assert [file.sha256 for file in takes[0].files] == [file.sha256 for file in takes[1].files]
    assert takes[0].key == takes[1].key


def test_another_seed_is_another_take(small: Engine, tmp_path: Path) -> None:
    frames = []
    for seed in (1, 2):
        take = small.preview(small_shot(seed=seed), tmp_path, silent)
        frames.append(take.files[0].sha256)
    assert frames[0] != frames[1]


def test_the_render_is_the_take_the_preview_showed(small: Engine, tmp_path: Path) -> None:
    request = small_shot()
    take = small.preview(request, tmp_path, silent)
    done = small.render(take, request, tmp_path, silent)
    assert done.rendered and not take.rendered
    assert [file.name for file in done.files] == ["preview.mp4", "poster.jpg", "render.mp4"]
    assert set(done.engine_seconds) == {"preview", "render"}
    assert (done.key, done.spoken) == (take.key, take.spoken)

    sounds = [read_sound(tmp_path / name) for name in ("preview.mp4", "render.mp4")]
    assert np.array_equal(*sounds)
    picture = probe(tmp_path / "render.mp4").picture
    assert picture and (picture.width, picture.height, picture.frames) == (216, 384, 125)
    films = (
        read_frames(tmp_path / name, size=(128, 224)) for name in ("preview.mp4", "render.mp4")
    )
    apart = [
        float(np.abs(one.astype(int) - other).mean()) for one, other in zip(*films, strict=True)
    ]
    assert max(apart) < 8, "the render shows something else than the preview"


def test_a_take_of_another_request_is_not_rendered(small: Engine, tmp_path: Path) -> None:
    take = small.preview(small_shot(), tmp_path, silent)
    with pytest.raises(RequestRefused, match="was not made from this request"):
        small.render(take, small_shot(seed=99), tmp_path, silent)
    assert not (tmp_path / "render.mp4").exists()


def test_a_shot_nobody_speaks_in_needs_no_language(small: Engine, tmp_path: Path) -> None:
    request = shot(preview_size=(128, 224), render_size=(216, 384))
    take = small.preview(request, tmp_path, silent)
    assert take.spoken == ()
    assert level_dbfs(read_sound(tmp_path / "preview.mp4")) > -36


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"language": "it"}, "it speaks en, .* not it"),
        ({"language": None}, "not None"),
        ({"seconds": 4}, "5 to 8 s, not 4 s"),
        ({"seconds": Fraction("5.01")}, "no whole number of frames"),
        ({"frame_rate": 24}, "25 frames a second, not 24"),
        ({"preview_size": (130, 224)}, "sizes for 9:16"),
        ({"figures": ()}, "not among its figures"),
        ({"reference": "a" * 64}, "cannot follow reference pictures"),
    ],
)
def test_what_it_cannot_make_is_refused_with_the_reason(
    small: Engine, tmp_path: Path, wrong: dict[str, object], reason: str
) -> None:
    with pytest.raises(RequestRefused, match=reason):
        small.preview(small_shot(**wrong), tmp_path, silent)
    assert not list(tmp_path.iterdir())


def test_the_engine_can_be_used_alone_from_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL)
    (tmp_path / "shot.json").write_text(small_shot().model_dump_json())
    command = [
        sys.executable, "-m", "engine", "make", str(tmp_path / "shot.json"),
        "--engine", str(tmp_path / "small.yaml"), "--folder", str(tmp_path / "out"), "--render",
    ]  # fmt: skip
    made = subprocess.run(command, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    take = Take.model_validate(json.loads(made.stdout))
    assert take.rendered
    assert {file.name for file in take.files} == {
        path.name for path in (tmp_path / "out").iterdir()
    }


def test_a_mistake_at_the_command_line_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "shot.json").write_text('{"prompt": ""}')
    for wrong in (
        ["make", "gone.json"],
        ["make", str(tmp_path / "shot.json")],
        ["capabilities", "x"],
    ):
        assert main(wrong) == 1
        told = capsys.readouterr().err
        assert told.startswith("error: ") and told.count("\n") == 1
