from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from storage import FolderStore, LocationRefused, open_store
from storage.s3 import S3Store
from tests.seaweed import Seaweed


def test_a_folder_is_named_in_three_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for location in ("out", str(tmp_path / "out"), (tmp_path / "out").as_uri()):
        store = open_store(location)
        assert isinstance(store, FolderStore)
        assert store.root == (tmp_path / "out").resolve()
    assert not (tmp_path / "out").exists(), "opening touches nothing"


def test_a_bucket_is_named_with_prefix_and_endpoint(
    s3_server: Seaweed, s3_location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3")
    location = f"s3://vault/films/2026%20b?endpoint={s3_server.url}"
    store = open_store(location)
    assert isinstance(store, S3Store)
    assert (store.bucket, store.prefix, store.url) == ("vault", "films/2026 b/", location)
    store.check()
    assert open_store("s3://vault").url == "s3://vault"


@pytest.mark.parametrize(
    "location",
    [
        *("", "  ", "ftp://host/x", "https://host/x", "s3:/bucket", "file://host/share"),
        *("s3://", "s3:///prefix", "s3://UPPER/x", "s3://b", "s3://a_b/x", "s3://bucket/a//b"),
        *("s3://bucket/../x", "s3://bucket/日本", "s3://bucket/x?region=eu", "out\x00"),
        *("s3://bucket/x?endpoint=host:9000", "s3://bucket/x?endpoint=ftp://host"),
    ],
)
def test_what_names_no_store_is_refused_in_a_sentence(location: str) -> None:
    with pytest.raises(LocationRefused) as caught:
        open_store(location)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "location",
    ["s3://KEY:hush@bucket/x", "s3://bucket/x?endpoint=http://KEY:hush@host"],
)
def test_a_secret_written_into_a_location_is_refused_and_not_repeated(location: str) -> None:
    with pytest.raises(LocationRefused, match="credentials belong") as caught:
        open_store(location)
    assert "hush" not in str(caught.value)


def test_a_vault_in_a_folder_loads_no_s3_client() -> None:
    code = (
        "import sys, storage; storage.open_store('x');"
        "print([name for name in ('boto3', 'torch', 'prefect') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
