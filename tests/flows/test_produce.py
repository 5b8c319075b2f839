"""A whole production at a tenth of its size: real engine, real ffmpeg, real Prefect server."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from flows.manifest import Manifest
from media import measure_loudness, probe
from storyboard import read
from tests.flows.conftest import ENGINE, SCRIPT
from tests.flows.runs import Run, run


@dataclass(frozen=True)
class Made:
    run: Run
    vault: Path
    script: Path
    order: list[str | Path]
    environment: dict[str, str]

    @property
    def production(self) -> Path:
        """The folder of the script's first version."""
        folders = (self.vault / "productions" / "the-kettle").iterdir()
        return min(folders, key=lambda folder: (folder / "production.json").stat().st_ctime)

    def manifest(self, language: str) -> Manifest:
        path = self.production / language / "9x16" / "manifest.json"
        return Manifest.model_validate_json(path.read_bytes())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, prefect_server: str) -> Iterator[Made]:
    """The kettle in two languages, produced once."""
    import os

    folder = tmp_path_factory.mktemp("kettle")
    script, engine, vault = folder / "kettle.fountain", folder / "small.yaml", folder / "vault"
    script.write_text(SCRIPT, encoding="utf-8")
    engine.write_text(ENGINE, encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    environment |= {
        "PREFECT_API_URL": prefect_server,
        "HOOFBEAT_HOME": str(folder / "home"),
        "COLUMNS": "200",
    }
    order = ["produce", script, "--engine", engine, "--store", vault]
    done = run(order, environment)
    assert done.code == 0, done.said
    yield Made(run=done, vault=vault, script=script, order=order, environment=environment)
    shutil.rmtree(folder)


def test_a_film_is_delivered_whole_in_every_language(made: Made) -> None:
    for language in ("en", "de-DE"):
        folder = made.production / language / "9x16"
        names = {path.name for path in folder.iterdir()}
        stem = f"the-kettle.{language}.9x16"
        assert names == {f"{stem}{end}" for end in (".mp4", ".srt", ".vtt", ".otio")} | {
            "manifest.json"
        }
        assert {file.name for file in made.manifest(language).files} == names - {"manifest.json"}


def test_the_master_is_what_platforms_take(made: Made) -> None:
    for path in made.production.rglob("*.mp4"):
        found = probe(path)
        picture, sound = found.picture, found.sound
        assert picture is not None and sound is not None
        shape = (picture.codec, picture.profile, picture.pixel_format, picture.matrix)
        assert shape == ("h264", "High", "yuv420p", "bt709")
        assert picture.average_rate == picture.frame_rate == 25
        assert picture.seconds is not None and sound.seconds is not None
        assert abs(picture.seconds - sound.seconds) <= Fraction(1, 25)
        assert (sound.codec, sound.rate_hz, sound.channels) == ("aac", 48000, 2)
        assert found.faststart
        assert abs(measure_loudness(path).integrated_lufs + 14) <= 1


def test_the_film_is_as_long_as_planned(made: Made) -> None:
    plan = json.loads(
        run(["check", made.script, "--engine", "animatic", "--json"], made.environment).said
    )
    for each in plan["languages"]:
        film = float(made.manifest(each["language"]).seconds)
        assert film == pytest.approx(each["film_s"], rel=0.05)


def test_a_shot_nobody_speaks_in_is_made_once_for_all_languages(made: Made) -> None:
    takes = {language: made.manifest(language).takes for language in ("en", "de-DE")}
    assert len(takes["en"]) == len(takes["de-DE"]) == 3
    assert len({*takes["en"], *takes["de-DE"]}) == 5
    assert made.run.count("preview", "made") == made.run.count("render", "made") == 5


def test_every_line_is_captioned_verbatim(made: Made) -> None:
    board = read(made.script).board
    for language in ("en", "de-DE"):
        captions = "".join(caption.text for caption in made.manifest(language).captions)
        for shot in board.shots():
            for line in shot.lines:
                assert line.text[language] in captions


def test_the_timeline_names_the_takes_where_they_lie(made: Made) -> None:
    (path,) = (made.production / "en").rglob("*.otio")
    timeline = otio.adapters.read_from_file(str(path))
    clips = list(timeline.video_tracks()[0].find_clips())
    assert len(clips) == 3
    for clip in clips:
        assert (path.parent / clip.media_reference.target_url).resolve().is_file()


def test_masters_are_the_only_films_among_productions(made: Made) -> None:
    assert len(list((made.vault / "productions").rglob("*.mp4"))) == 2


def test_the_page_shows_both_films_and_links_to_what_is_there(made: Made) -> None:
    page = (made.production / "index.html").read_text(encoding="utf-8")
    for path in made.production.rglob("*.mp4"):
        assert path.relative_to(made.production).as_posix() in page
    assert "The Kettle" in page
    posters = list((made.production / "posters").iterdir())
    assert len(posters) == 5


def test_the_run_ends_by_saying_where_to_look(made: Made) -> None:
    assert (made.production / "index.html").as_uri() in made.run.said


def test_status_counts_what_the_vault_has(made: Made) -> None:
    found = json.loads(run(["status", "--store", made.vault, "--json"], made.environment).said)
    (line,) = found
    assert (line["takes"], line["rendered"], line["status"]) == (5, 5, "delivered")
    shutil.rmtree(Path(made.environment["HOOFBEAT_HOME"]) / "catalogs")
    again = json.loads(run(["status", "--store", made.vault, "--json"], made.environment).said)
    assert again == found, "the catalog is rebuilt from the vault"


def test_a_finished_film_asks_for_no_work(made: Made) -> None:
    done = run(made.order, made.environment)
    assert done.code == 0, done.said
    assert not re.search(r"(preview|render|stitch) +\d", done.said)


def test_a_changed_line_remakes_only_its_own_shot_in_its_own_language(made: Made) -> None:
    changed = made.script.with_name("changed.fountain")
    changed.write_text(SCRIPT.replace("Das Wasser ist jetzt fertig", "Das Wasser kocht jetzt"))
    done = run(["produce", changed, *made.order[2:]], made.environment)
    assert done.code == 0, done.said
    assert (done.count("preview", "made"), done.count("preview", "found")) == (1, 4)
    assert (done.count("render", "made"), done.count("render", "found")) == (1, 4)


def test_a_line_edited_by_people_remakes_only_its_own_shot_in_its_own_language(made: Made) -> None:
    """Out as XLIFF, edited, back: the engine is asked once, for the one shot with that line."""
    script = made.script.with_name("edited.fountain")
    script.write_text(SCRIPT, encoding="utf-8")
    out = run(["dialogue", "export", script, "--languages", "de"], made.environment)
    assert out.code == 0, out.said
    (file,) = script.parent.glob("*.de-DE.xlf")
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("den Tee trinken", "einen Tee trinken"), encoding="utf-8")
    back = run(["dialogue", "import", script, file, "--approve"], made.environment)
    assert "0 edited, 1 approved, 1 unchanged" in back.said
    order = ["produce", script, *made.order[2:], "--translations", "approved"]
    done = run(order, made.environment)
    assert done.code == 0, done.said
    assert (done.count("preview", "made"), done.count("preview", "found")) == (1, 4)
    assert (done.count("render", "made"), done.count("render", "found")) == (1, 4)
    (remade,) = re.findall(r"render +\S+ +made +(\S.*\S)", done.said)
    assert "de-DE" in remade
    assert "office" in remade
    assert script.read_text(encoding="utf-8") == SCRIPT, "the script itself is nobody's to change"


def test_a_lost_master_is_made_again_from_the_takes(made: Made) -> None:
    (master,) = (made.production / "en").rglob("*.mp4")
    before = Fraction(made.manifest("en").seconds)
    master.unlink()
    done = run(made.order, made.environment)
    assert done.code == 0, done.said
    assert master.is_file()
    assert (done.count("render", "made"), done.count("stitch", "made")) == (0, 1)
    assert made.manifest("en").seconds == before


def test_prefect_has_the_run_and_every_task_of_it_on_record(made: Made) -> None:
    import urllib.request

    url = f"{made.environment['PREFECT_API_URL']}/task_runs/count"
    finished = {"state": {"type": {"any_": ["COMPLETED"]}}}
    produce = {"name": {"any_": ["produce"]}}
    body = json.dumps({"task_runs": finished, "flows": produce}).encode()
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        assert json.loads(answer.read()) >= 5 + 5 + 5 + 2
