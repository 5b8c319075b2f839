"""A script that gives a shot its first frame, from the words to the film."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from media.read import read_frames
from tests.flows.runs import run

SCRIPT = """Title: The Card
Language: en

INT. KITCHEN - DAY

[[shot: insert; seconds: 5; ref: card.png]]
A card lies on the table.

[[shot: close]]
ANNA
It was here all the time.
"""


def card() -> Image.Image:
    """Red above, blue below, white in the middle."""
    picture = Image.new("RGB", (360, 640), (190, 50, 60))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 320, 360, 640), fill=(40, 60, 180))
    draw.ellipse((90, 230, 270, 410), fill=(250, 250, 245))
    return picture


def test_a_shot_begins_with_the_picture_its_script_names(
    tmp_path: Path, small_engine: Path, environment: dict[str, str]
) -> None:
    script = tmp_path / "card.fountain"
    script.write_text(SCRIPT, encoding="utf-8")
    card().save(tmp_path / "card.png")
    order = ["produce", script, "--engine", small_engine, "--store", tmp_path / "vault"]
    done = run(order, environment)
    assert done.code == 0, done.said
    [master] = (tmp_path / "vault" / "productions").rglob("*.mp4")
    film = list(read_frames(master, size=(180, 320)))
    wanted = np.asarray(card().resize((180, 320), Image.Resampling.BOX), int)
    assert np.abs(film[0].astype(int) - wanted)[30:].mean() < 8
    assert np.abs(film[-1].astype(int) - wanted)[30:].mean() > 40
