"""A production by the joint engine at a tiny random size: words to films, every stage real."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from safetensors import safe_open

from flows.command_line.doctor import engines, examine
from flows.manifest import Manifest
from flows.planning import plan_of
from flows.settings import Settings
from media import probe
from tests.engine.joint.tiny import RENDER_SIZE, TINY_ENGINE
from tests.flows.runs import run

SCRIPT = """Title: The Cup
Language: en

[[character: ANNA; looks: woman, 30, red hair; voice: woman, calm]]

INT. KITCHEN - DAY

[[shot: wide; sound: a kettle]]
ANNA puts a cup on the table.

ANNA
The tea is ready now.
[[de: Der Tee ist jetzt fertig.]]
"""


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory, prefect_server: str) -> Iterator[Path]:
    """The cup in two languages, past the gate that every production passes."""
    folder = tmp_path_factory.mktemp("cup")
    script, vault = folder / "cup.fountain", folder / "vault"
    script.write_text(SCRIPT, encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")} | {
        "PREFECT_API_URL": prefect_server,
        "HOOFBEAT_HOME": str(folder / "home"),
        "OMP_NUM_THREADS": "1",
    }
    order = ["produce", script, "--engine", TINY_ENGINE, "--store", vault]
    done = run(order, environment)
    assert done.code == 0, done.said
    assert (done.count("preview", "made"), done.count("render", "made")) == (3, 3)
    yield vault
    shutil.rmtree(folder)


def test_films_of_noise_are_delivered_whole_in_both_languages(vault: Path) -> None:
    films = list((vault / "productions").rglob("*.mp4"))
    assert len(films) == 2
    for path in films:
        film = probe(path)
        assert film.picture and film.sound and film.faststart
        assert (film.picture.width, film.picture.height) == RENDER_SIZE
        assert film.picture.average_rate == 25
        assert abs(film.picture.seconds - film.sound.seconds) <= Fraction(1, 25)
        manifest = Manifest.model_validate_json((path.parent / "manifest.json").read_bytes())
        assert float(manifest.seconds) == pytest.approx(float(film.picture.seconds), abs=0.05)
        assert len(manifest.takes) == 2


def test_every_take_keeps_the_latents_its_render_came_from(vault: Path) -> None:
    takes = [path.parent for path in (vault / "takes").rglob("render.mp4")]
    assert len(takes) == 3, "the shot nobody speaks in is made once for both languages"
    for folder in takes:
        with safe_open(folder / "base.safetensors", "pt") as opened:
            about = json.loads(opened.metadata()["hoofbeat"])
        assert about["take"] == folder.name
        picture = probe(folder / "render.mp4").picture
        assert picture and picture.frames >= 125


def test_the_doctor_names_what_large_engines_lack_and_needs_none_of_it(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, engine="animatic", weights=None)
    found = {finding.what: finding for finding in examine(settings, str(tmp_path / "vault"))}
    lacks = found["engine magihuman-distill"]
    assert (lacks.fine, lacks.need) == (False, "optional")
    assert f"6 checkpoints missing in {tmp_path}/weights" in lacks.found
    assert "t5gemma-9b-9b-ul2 (text encoder; 40.7 GB; Gemma terms" in lacks.found
    takes = found["magihuman-distill on this machine"]
    assert takes.need == "optional"
    assert "base 30.6, upscale 30.6" in takes.found
    assert "to render at 1080x1920" in takes.found
    assert found["engine animatic"].need == "needed"
    named = Settings(home=tmp_path, engine="magihuman-distill", weights=tmp_path / "elsewhere")
    (needed,) = (each for each in engines(named) if each.what == "magihuman-distill")
    assert needed.need == "needed" and "elsewhere" in needed.found


def test_a_plan_for_a_large_engine_needs_no_weights(tmp_path: Path) -> None:
    (tmp_path / "cup.fountain").write_text(SCRIPT, encoding="utf-8")
    plan, _ = plan_of(tmp_path / "cup.fountain", ("en",), "magihuman-distill")
    assert plan.takes == 2
    assert plan.engine == "magihuman-distill"
    assert plan.render_seconds > plan.preview_seconds > 0
