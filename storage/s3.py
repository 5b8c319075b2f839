"""The vault in a bucket of Amazon S3 or of any server that speaks its language.

Every object carries the sha256 of its bytes as metadata and is checked against it on the way back;
on the way there the server checks the transport's own checksum. The endpoint, the region and the
credentials are the S3 client's: environment variables, profile, or the machine's role.
"""

from __future__ import annotations

import base64
import contextlib
import datetime
import hashlib
import io
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.response import StreamingBody

from storage.errors import KeyRefused, LocationRefused, StoreUnreachable
from storage.folder import BLOCK, check_digest, opened, placed_whole
from storage.keys import check_key, check_prefix, safe_part
from storage.s3_errors import BROKEN_STREAM, Place, bucket_missing, explained, is_code
from storage.store import LONGEST_LINK_S, Asset, media_type_of

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

PART_BYTES = 8 << 20
"""Assets from this size travel in parts of it, several at once."""
_TRANSFER = TransferConfig(
    multipart_threshold=PART_BYTES,
    multipart_chunksize=PART_BYTES,
    max_concurrency=4,
    preferred_transfer_client="classic",  # the native client needs a library we do not ship
)
_PATIENT = Config(
    signature_version="s3v4",
    retries={"mode": "standard", "total_max_attempts": 5},
    connect_timeout=5,
    read_timeout=60,
    max_pool_connections=32,
    user_agent_extra="hoofbeat",
)
_BRISK = _PATIENT.merge(
    Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=3, read_timeout=5)
)
_READ_ATTEMPTS = 4
_WRITE_ATTEMPTS = 20
_PROBE = ".hoofbeat-check"


class S3Store:
    """A `Store` in `bucket`, all its keys below `prefix`."""

    def __init__(self, bucket: str, prefix: str = "", *, endpoint: str | None = None) -> None:
        self.bucket = bucket
        self.prefix = f"{prefix}/" if prefix else ""
        self.url = f"s3://{bucket}/{quote(prefix)}".rstrip("/")
        if endpoint:
            self.url += f"?endpoint={endpoint}"
        self._endpoint = endpoint
        self._bucket_seen = False
        # Until there is a client nothing is known of the place but what was asked for.
        self._place = Place(url=self.url, bucket=bucket, endpoint=endpoint or "S3", custom=False)
        with explained(self._place):
            self._session = boto3.session.Session()
        self._client = self._connect(_PATIENT)
        host = self._client.meta.endpoint_url
        self._place = Place(
            url=self.url, bucket=bucket, endpoint=host, custom=".amazonaws.com" not in host
        )

    def _connect(self, config: Config) -> S3Client:
        with explained(self._place):
            try:
                return self._session.client("s3", endpoint_url=self._endpoint, config=config)
            except BotoCoreError:
                raise  # some of these are ValueErrors too
            except ValueError as error:
                raise LocationRefused(
                    "The S3 endpoint is no address: set AWS_ENDPOINT_URL_S3 to http://host:port."
                ) from error

    def check(self) -> None:
        client, probe = self._connect(_BRISK), self.prefix + _PROBE
        with explained(self._place):
            client.list_objects_v2(Bucket=self.bucket, Prefix=self.prefix, MaxKeys=1)
            client.put_object(Bucket=self.bucket, Key=probe, Body=b"hoofbeat")
            client.delete_object(Bucket=self.bucket, Key=probe)
        self._bucket_seen = True

    def put(self, key: str, source: Path | bytes, *, media_type: str | None = None) -> Asset:
        name = self._name(key)
        with opened(source) as stream, explained(self._place, key):
            self._see_bucket()
            asset = _described(key, stream, media_type)
            if asset.size < PART_BYTES:
                self._put_object(name, stream, asset)
            else:
                self._client.upload_fileobj(
                    stream,
                    self.bucket,
                    name,
                    ExtraArgs={
                        "ContentType": asset.media_type,
                        "Metadata": {"sha256": asset.sha256 or ""},
                    },
                    Config=_TRANSFER,
                )
        return asset

    def put_new(self, key: str, source: Path | bytes, *, media_type: str | None = None) -> bool:
        name, writer = self._name(key), secrets.token_hex(8)
        with opened(source) as stream, explained(self._place, key):
            self._see_bucket()
            asset = _described(key, stream, media_type)
            for _ in range(_WRITE_ATTEMPTS):
                try:
                    self._put_object(name, stream, asset, writer=writer)
                    return True
                except ClientError as error:
                    if is_code(error, "PreconditionFailed", "412"):
                        # Ours, if the first answer was lost and the client asked again.
                        return self._writer(name) == writer
                    if not is_code(error, "ConditionalRequestConflict", "409"):
                        raise
                    time.sleep(0.1)  # another writer is at it; its outcome decides
        raise StoreUnreachable(f"Others keep writing {key} in {self.url}.")

    def read(self, key: str) -> bytes:
        sink = io.BytesIO()
        self._download(key, sink, sha256=None)
        return sink.getvalue()

    def fetch(self, key: str, path: Path, *, sha256: str | None = None) -> Path:
        with placed_whole(path) as sink:
            self._download(key, sink, sha256=sha256)
        return path

    def head(self, key: str) -> Asset | None:
        name = self._name(key)
        with explained(self._place, key):
            try:
                found = self._client.head_object(Bucket=self.bucket, Key=name)
            except ClientError as error:
                if not is_code(error, "404", "NoSuchKey"):
                    raise
                self._see_bucket()
                return None
        return Asset(
            key=key,
            sha256=found["Metadata"].get("sha256"),
            size=found["ContentLength"],
            media_type=found["ContentType"],
        )

    def keys(self, prefix: str = "") -> Iterator[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=self.prefix + check_prefix(prefix)
        )
        with explained(self._place, prefix):
            names = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
        # Not every server sorts as Amazon does: some list a folder's content before "folder-2".
        yield from sorted(filter(_is_key, (name[len(self.prefix) :] for name in names)))

    def delete(self, key: str) -> None:
        with explained(self._place, key):
            self._client.delete_object(Bucket=self.bucket, Key=self._name(key))

    def link(self, key: str, *, seconds: int, download_name: str | None = None) -> str:
        if not 0 < seconds <= LONGEST_LINK_S:
            raise ValueError(f"A link lives 1 to {LONGEST_LINK_S} seconds, not {seconds}.")
        request = {"Bucket": self.bucket, "Key": self._name(key)}
        if download_name is not None:
            request["ResponseContentDisposition"] = _disposition(download_name)
        with explained(self._place, key):
            return self._client.generate_presigned_url(
                "get_object", Params=request, ExpiresIn=seconds
            )

    def sweep(self, *, older_s: float = 86400.0) -> int:
        before = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=older_s)
        removed = 0
        with explained(self._place):
            pages = self._client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self.bucket, Prefix=self.prefix
            )
            for upload in [upload for page in pages for upload in page.get("Uploads", ())]:
                if upload["Initiated"] <= before:
                    self._client.abort_multipart_upload(
                        Bucket=self.bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                    )
                    removed += 1
        return removed

    def _name(self, key: str) -> str:
        return self.prefix + check_key(key)

    def _put_object(
        self, name: str, stream: BinaryIO, asset: Asset, *, writer: str | None = None
    ) -> None:
        """One request; the server compares the sha256 itself. With `writer` only if absent."""
        assert asset.sha256 is not None
        stream.seek(0)
        metadata = {"sha256": asset.sha256}
        checksum = base64.b64encode(bytes.fromhex(asset.sha256)).decode()
        if writer is None:
            self._client.put_object(
                Bucket=self.bucket,
                Key=name,
                Body=stream,
                ContentType=asset.media_type,
                Metadata=metadata,
                ChecksumSHA256=checksum,
            )
        else:
            self._client.put_object(
                Bucket=self.bucket,
                Key=name,
                Body=stream,
                ContentType=asset.media_type,
                Metadata=metadata | {"writer": writer},
                ChecksumSHA256=checksum,
                IfNoneMatch="*",
            )

    def _writer(self, name: str) -> str | None:
        found = self._client.head_object(Bucket=self.bucket, Key=name)
        return found["Metadata"].get("writer")

    def _download(self, key: str, sink: BinaryIO, *, sha256: str | None) -> None:
        """Fill `sink`, again from the start when the connection breaks in the middle."""
        name = self._name(key)
        with explained(self._place, key):
            for attempt in range(1, _READ_ATTEMPTS + 1):
                answer = self._client.get_object(Bucket=self.bucket, Key=name)
                try:
                    found = _pour(answer["Body"], sink)
                    break
                except BROKEN_STREAM:
                    if attempt == _READ_ATTEMPTS:
                        raise
                    time.sleep(0.2 * 2**attempt)
        for wanted in (sha256, answer["Metadata"].get("sha256")):
            check_digest(key, self.url, wanted=wanted, found=found)

    def _see_bucket(self) -> None:
        """BucketMissing when it is. Asked once: HEAD answers alike for a missing object and a
        missing bucket, and some servers make a bucket of any name that is written to.
        """
        if self._bucket_seen:
            return
        try:
            self._client.head_bucket(Bucket=self.bucket)
        except ClientError as error:
            if is_code(error, "404", "NoSuchBucket"):
                raise bucket_missing(self._place) from error
            return  # what these credentials may not do is told by the request that needs it
        self._bucket_seen = True


def _described(key: str, stream: io.BytesIO | io.BufferedReader, media_type: str | None) -> Asset:
    """What is about to be put; reads the stream to its end."""
    digest = hashlib.file_digest(stream, "sha256")
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    return Asset(
        key=key,
        sha256=digest.hexdigest(),
        size=size,
        media_type=media_type or media_type_of(key),
    )


def _pour(body: StreamingBody, sink: BinaryIO) -> str:
    """The sha256 of what the body holds, all of it now in `sink`."""
    sink.seek(0)
    sink.truncate()
    digest = hashlib.sha256()
    with contextlib.closing(body):
        for block in body.iter_chunks(BLOCK):
            digest.update(block)
            sink.write(block)
    return digest.hexdigest()


def _disposition(name: str) -> str:
    """Save as `name` (RFC 6266): the plain form for old readers, the full one for the rest."""
    stem, dot, suffix = name.rpartition(".")
    plain = f"{safe_part(stem)}{dot}{safe_part(suffix)}" if stem else safe_part(name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _is_key(name: str) -> bool:
    try:
        check_key(name)
    except KeyRefused:
        return False
    return True
