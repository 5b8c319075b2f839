from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from storage import Store, open_store
from tests.seaweed import BUCKET, Seaweed


@pytest.fixture
def s3_location(s3_server: Seaweed, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty place in the bucket, with the environment set to reach it."""
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    return f"s3://{BUCKET}/tests/{secrets.token_hex(6)}"


@pytest.fixture(params=["folder", "s3"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """What a user writes after --store, for each kind of store."""
    if request.param == "folder":
        return str(tmp_path / "vault")
    return request.getfixturevalue("s3_location")


@pytest.fixture
def store(location: str) -> Store:
    return open_store(location)
