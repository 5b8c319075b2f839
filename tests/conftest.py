"""Fixtures that more than one room's tests ask for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.seaweed import Seaweed

os.environ.setdefault("HOOFBEAT_DAILIES", "none")
"""Films of other tests are not listened to: a second of processor each, for what the tests of
listening look at."""

# A machine at other work may stand still for longer than an example may take.
settings.register_profile("house", deadline=None, derandomize=True)
settings.register_profile("wide", deadline=None, max_examples=2000)
settings.load_profile("house")
"""The same examples in every run; `scripts/test --hypothesis-profile wide` looks further."""


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    """A running S3 server with an empty bucket `vault`, one for each worker that asks."""
    with Seaweed(tmp_path_factory.mktemp("seaweed")) as server:
        yield server


@pytest.fixture(scope="session")
def waiting_vault(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vault with a production that waits for people; to look at. Who decides copies it."""
    from tests.review.screening import make_vault

    folder = tmp_path_factory.mktemp("waiting")
    make_vault(folder, folder / "vault")
    return folder / "vault"
