"""What only a server can do to us: refuse, die, lose an answer, damage bytes."""

from __future__ import annotations

import random
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage import (
    BucketMissing,
    DigestMismatch,
    LocationRefused,
    Store,
    StoreDenied,
    StoreError,
    StoreUnreachable,
    open_store,
)
from tests.seaweed import BUCKET, SECRET_KEY, Seaweed
from tests.storage.lossy import losing_one_answer

BIG = random.Random(3).randbytes(24_000_000)


def _name(location: str, key: str) -> str:
    return f"{location.removeprefix(f's3://{BUCKET}/')}/{key}"


def _get(url: str) -> tuple[int, bytes, str]:
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status, answer.read(), answer.headers.get("content-disposition", "")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, b"", ""


def _told(attempt: Callable[[], object], kind: type[StoreError]) -> str:
    """The one sentence, which came soon and holds no secret."""
    start = time.monotonic()
    with pytest.raises(kind) as caught:
        attempt()
    # The SDK's own patience is minutes; a busy machine's is a few seconds.
    assert time.monotonic() - start < 15
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert SECRET_KEY not in sentence
    return sentence


def test_a_link_serves_the_asset_under_its_name_until_it_expires(s3_location: str) -> None:
    store = open_store(s3_location)
    store.put("en/film.mp4", b"moving pictures")
    named = store.link("en/film.mp4", seconds=60, download_name='Mr. "Bob" 日本.mp4')
    status, body, disposition = _get(named)
    assert (status, body) == (200, b"moving pictures")
    assert "filename*=UTF-8''Mr.%20%22Bob%22%20%E6%97%A5%E6%9C%AC.mp4" in disposition
    brief = store.link("en/film.mp4", seconds=1)
    assert _get(brief.replace("film.mp4", "other.mp4"))[0] == 403
    time.sleep(2.2)
    assert _get(brief)[0] == 403
    with pytest.raises(ValueError, match="604800"):
        store.link("en/film.mp4", seconds=700_000)


def test_a_big_asset_travels_in_parts_and_carries_its_digest(
    s3_location: str, s3_server: Seaweed
) -> None:
    asset = open_store(s3_location).put("film.mp4", BIG)
    found = s3_server.client().head_object(Bucket=BUCKET, Key=_name(s3_location, "film.mp4"))
    assert found["ETag"].endswith('-3"')
    assert found["Metadata"]["sha256"] == asset.sha256
    assert found["ContentType"] == "video/mp4"


def test_bytes_changed_behind_our_back_are_noticed(
    s3_location: str, s3_server: Seaweed, tmp_path: Path
) -> None:
    store = open_store(s3_location)
    asset = store.put("film.mp4", b"original")
    s3_server.client().put_object(
        Bucket=BUCKET,
        Key=_name(s3_location, "film.mp4"),
        Body=b"0riginal",
        Metadata={"sha256": asset.sha256 or ""},
    )
    with pytest.raises(DigestMismatch, match=r"film\.mp4"):
        store.read("film.mp4")
    with pytest.raises(DigestMismatch, match=r"film\.mp4"):
        store.fetch("film.mp4", tmp_path / "film.mp4")
    assert list(tmp_path.iterdir()) == []


def test_a_commit_whose_answer_was_lost_is_still_known_as_ours(
    s3_location: str, s3_server: Seaweed
) -> None:
    """The client asks again by itself and is told that the name is taken, by itself."""
    with losing_one_answer(("127.0.0.1", s3_server.s3)) as (url, losing):
        store = open_store(f"{s3_location}?endpoint={url}")
        assert store.put_new("takes/preview.json", b"{}")
        assert losing.lost == 1
    again = open_store(s3_location)
    assert not again.put_new("takes/preview.json", b"{}")
    assert again.read("takes/preview.json") == b"{}"


def test_unfinished_uploads_are_swept(s3_location: str, s3_server: Seaweed) -> None:
    client = s3_server.client()
    started = client.create_multipart_upload(Bucket=BUCKET, Key=_name(s3_location, "film.mp4"))
    client.upload_part(
        Bucket=BUCKET,
        Key=_name(s3_location, "film.mp4"),
        UploadId=started["UploadId"],
        PartNumber=1,
        Body=b"x" * (5 << 20),
    )
    store = open_store(s3_location)
    assert store.head("film.mp4") is None
    assert store.sweep() == 0
    assert store.sweep(older_s=-5) == 1
    assert store.sweep(older_s=-5) == 0


def test_a_missing_bucket_is_named_with_the_command_that_makes_it(s3_location: str) -> None:
    store = open_store("s3://misspelt/films")
    for attempt in (
        store.check,
        lambda: store.head("a"),
        lambda: store.put("a", b"1"),
        lambda: store.put_new("a", b"1"),
        lambda: store.read("a"),
        lambda: list(store.keys()),
    ):
        sentence = _told(attempt, BucketMissing)
        assert "aws s3 mb s3://misspelt --endpoint-url http://127.0.0.1" in sentence


def _attempts(store: Store) -> list[Callable[[], object]]:
    return [store.check, lambda: store.put("a", b"1"), lambda: list(store.keys())]


def test_a_wrong_secret_is_told_in_a_sentence(
    s3_location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong-and-not-to-be-shown")
    for attempt in _attempts(open_store(s3_location)):
        sentence = _told(attempt, StoreDenied)
        assert "AWS_SECRET_ACCESS_KEY" in sentence
        assert "not-to-be-shown" not in sentence


def test_credentials_that_may_only_read_are_told_what_they_lack(
    s3_location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "visitor")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "only-looks")
    store = open_store(s3_location)
    assert list(store.keys()) == []
    assert "s3:PutObject" in _told(store.check, StoreDenied)


def test_missing_credentials_are_told_in_a_sentence(
    s3_location: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    _told(lambda: open_store(s3_location).check(), StoreDenied)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for attempt in _attempts(open_store(s3_location)):
        assert "AWS_ACCESS_KEY_ID" in _told(attempt, StoreDenied)
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert "AWS_PROFILE" in _told(lambda: open_store(s3_location), StoreDenied)


def test_a_dead_endpoint_is_named_and_worth_a_retry(s3_location: str) -> None:
    sentence = _told(
        open_store(f"{s3_location}?endpoint=http://127.0.0.1:9").check, StoreUnreachable
    )
    assert "http://127.0.0.1:9 does not answer" in sentence
    assert StoreUnreachable.retryable


def test_a_server_of_another_kind_is_told_apart(s3_location: str, s3_server: Seaweed) -> None:
    secure = s3_server.url.replace("http:", "https:")
    assert "AWS_CA_BUNDLE" in _told(
        open_store(f"{s3_location}?endpoint={secure}").check, StoreUnreachable
    )
    filer = f"http://127.0.0.1:{s3_server.master}"
    _told(open_store(f"{s3_location}?endpoint={filer}").check, StoreError)


def test_an_endpoint_that_is_no_address_is_refused(
    s3_location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "localhost:9000")
    assert "AWS_ENDPOINT_URL_S3" in _told(lambda: open_store(s3_location), LocationRefused)


def test_a_server_that_dies_in_the_middle_of_a_put_costs_a_retry_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Seaweed(tmp_path / "server") as server, ThreadPoolExecutor(1) as pool:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        store = open_store(f"s3://{BUCKET}/films")
        store.put("before", b"kept")
        put = pool.submit(store.put, "film.mp4", BIG)
        client = server.client()
        while not put.done() and not client.list_multipart_uploads(Bucket=BUCKET).get("Uploads"):
            time.sleep(0.005)
        server.kill()
        assert not put.done(), "the put is too quick for this test to say anything"
        server.start()
        try:
            put.result()
        except StoreUnreachable:
            assert store.head("film.mp4") is None
            store.put("film.mp4", BIG)
        assert store.read("film.mp4") == BIG
        assert store.read("before") == b"kept"
