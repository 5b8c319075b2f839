"""A small studio: three shots, the animatic at a tenth of its size, one Prefect server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.schedules.server import prefect_server as own_server

SCRIPT = """Title: The Kettle
Language: en

[[character: ANNA; looks: woman, 30, red hair, green dress; voice: woman, calm]]
[[character: BEN; looks: man, 40, black hair, blue shirt; voice: man, low]]

INT. KITCHEN - DAY

[[shot: wide; sound: a kettle]]
ANNA puts the kettle on.

ANNA
The water is ready now.
[[de: Das Wasser ist jetzt fertig.]]

INT. OFFICE - NIGHT

BEN
Then we should drink the tea.
[[de: Dann sollten wir den Tee trinken.]]
"""

ENGINE = """kind: animatic
aspects:
  "9:16": {preview: [128, 224], render: [180, 320]}
parallel: 2
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "kettle.fountain"
    path.write_text(SCRIPT, encoding="utf-8")
    return path


@pytest.fixture
def small_engine(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(ENGINE, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Prefect server with a database of its own."""
    home = tmp_path_factory.mktemp("prefect")
    with own_server(home / "server.log", of_a_server(home)) as url:
        yield url


def of_a_server(home: Path) -> dict[str, str]:
    """What a Prefect server with its database there is started with."""
    return os.environ | {
        "PREFECT_HOME": str(home),
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_ENABLED": "false",
    }


@pytest.fixture
def environment(prefect_server: str, tmp_path: Path) -> dict[str, str]:
    """What a `hoofbeat` process of the test's own is started with."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {
        "PREFECT_API_URL": prefect_server,
        "HOOFBEAT_HOME": str(tmp_path / "home"),
        "COLUMNS": "200",
    }
