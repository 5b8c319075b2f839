"""Which shots characters are known by."""

from __future__ import annotations

from pathlib import Path

from engine import open_engine
from flows.anchors import find_known, sought
from flows.order import Order
from flows.prepare import Production, prepare
from review import Senses
from tests.flows.conftest import ENGINE

SCRIPT = """Title: Two
Language: en

INT. ROOM - DAY

[[shot: two-shot]]

ANNA
Is it still raining?

BEN
It has not stopped since noon.

INT. HALL - DAY

[[shot: close]]

ANNA
Then we wait until it does.

INT. YARD - DAY

[[shot: close]]

ANNA
Listen, it has stopped now.
"""


class Ears:
    name = "ears"

    def print(self, sound: object) -> object:
        raise AssertionError("nothing is listened to here")


class Eyes:
    name = "eyes"

    def find(self, frame: object) -> object:
        raise AssertionError("nothing is looked at here")


def laid_out(folder: Path) -> Production:
    (folder / "small.yaml").write_text(ENGINE)
    (folder / "two.fountain").write_text(SCRIPT)
    engine = open_engine(str(folder / "small.yaml"))
    return prepare(Order(script=folder / "two.fountain"), engine.capabilities, "x")


def test_a_voice_is_known_by_the_first_shot_in_which_it_is_alone(tmp_path: Path) -> None:
    production = laid_out(tmp_path)
    known = find_known(production)
    titles = {key: production.jobs[job].title for key, job in known.voices.items()}
    assert titles["ANNA", "en"].startswith("int-hall-day-01")
    assert ("BEN", "en") not in titles, "he never speaks alone"
    assert production.jobs[known.faces["ANNA"]].title.startswith("int-hall-day-01")


def test_only_what_something_can_compare_is_sought(tmp_path: Path) -> None:
    production = laid_out(tmp_path)
    known = find_known(production)
    last = production.request(list(production.jobs.values())[-1], 0)
    assert list(sought(known, Senses(), last)) == []
    everything = Senses(voices=Ears(), faces=Eyes())  # type: ignore[arg-type]
    found = {(each.kind, each.figure, each.job) for each in sought(known, everything, last)}
    assert found == {
        ("voice", 0, known.voices["ANNA", "en"]),
        ("face", 0, known.faces["ANNA"]),
    }
