"""What one gets who names no engine: the small joint engine, with the weights in the package."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from flows.manifest import Manifest
from flows.order import CampaignOrder, Order
from flows.settings import Settings
from media import probe
from tests.flows.runs import run

SCRIPT = """Title: The Cup
Language: en

[[character: ANNA; looks: woman, 30, red hair, green dress; voice: woman, calm]]

INT. KITCHEN - DAY

ANNA
The tea is ready now.
"""


@pytest.fixture
def unnamed(environment: dict[str, str]) -> dict[str, str]:
    """An environment in which nobody names an engine."""
    return {name: value for name, value in environment.items() if name != "HOOFBEAT_ENGINE"}


@pytest.mark.slow
def test_a_film_by_default_is_of_the_small_engine_and_says_so(
    tmp_path: Path, unnamed: dict[str, str]
) -> None:
    script, vault = tmp_path / "cup.fountain", tmp_path / "vault"
    script.write_text(SCRIPT, encoding="utf-8")
    order = ["produce", script, "--aspect", "1:1", "--store", vault]
    done = run(order, unnamed)
    assert done.code == 0, done.said
    (path,) = (vault / "productions").rglob("*.mp4")
    manifest = Manifest.model_validate_json((path.parent / "manifest.json").read_bytes())
    assert manifest.engine == "foal"
    assert list((vault / "takes").rglob(f"{manifest.shots[0].take}/base.safetensors")), (
        "picture and sound came from one set of latents"
    )
    film = probe(path)
    assert film.picture and film.sound
    assert (film.picture.width, film.picture.height) == (1080, 1080)


@pytest.mark.slow
def test_a_picture_that_gives_way_to_a_cartoon_is_told_and_stops_no_film(
    tmp_path: Path, unnamed: dict[str, str]
) -> None:
    script, vault = tmp_path / "cup.fountain", tmp_path / "vault"
    noise = np.random.default_rng(5).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "photo.png")
    text = SCRIPT.replace("ANNA\nThe", "[[shot: medium; ref: photo.png]]\nANNA\nThe")
    script.write_text(text, encoding="utf-8")
    done = run(["produce", script, "--aspect", "1:1", "--store", vault], unnamed)
    assert done.code == 0, done.said
    assert "if the first frame (photo.png) is another picture" in done.said
    (report,) = (vault / "productions").rglob("gate.md")
    assert "cuts is 1" in report.read_text(encoding="utf-8"), "the jump is marked for people"


def test_the_engine_of_a_quote_is_the_one_that_would_make_it(
    tmp_path: Path, unnamed: dict[str, str]
) -> None:
    script, sheet = tmp_path / "cup.fountain", tmp_path / "spring.csv"
    script.write_text(SCRIPT, encoding="utf-8")
    sheet.write_text("product,price\nLamp,20 EUR\n", encoding="utf-8")
    for what, engine in ((script, "foal"), (sheet, "animatic")):
        for more, quoted in (
            ([], engine),
            (["--engine", "magihuman-distill"], "magihuman-distill"),
        ):
            done = run(["plan", what, *more, "--json"], unnamed)
            assert done.code == 0, done.said
            assert f'"engine": "{quoted}"' in done.said


def test_campaigns_begin_with_photos_and_so_with_another_engine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("HOOFBEAT_ENGINE", raising=False)
    assert (Settings().engine, Settings().campaign_engine) == ("foal", "animatic")
    assert Order(script=tmp_path / "a.fountain").engine == "foal"
    assert CampaignOrder(script=tmp_path / "a.csv").engine == "animatic"
    monkeypatch.setenv("HOOFBEAT_ENGINE", "magihuman-distill")
    named = Settings()
    assert named.engine == named.campaign_engine == "magihuman-distill"
