"""What a person writes after --store, and the store it means."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from urllib.request import url2pathname

from storage.errors import KeyRefused, LocationRefused
from storage.folder import FolderStore
from storage.keys import check_key
from storage.store import Store

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def open_store(location: str) -> Store:
    """The store at a folder ("out", "/vault", "file:///vault") or "s3://bucket/prefix".

    `?endpoint=http://127.0.0.1:9000` after an S3 location names a server other than the one the
    environment does. Nothing is touched or asked yet: call `check` on it.
    """
    if not location.strip() or "\x00" in location:
        raise LocationRefused("The store is empty: name a folder or s3://bucket/prefix.")
    scheme = location.partition("://")[0].lower() if "://" in location else ""
    if scheme == "s3":
        return _open_s3(location)
    if scheme == "file" and urlsplit(location).netloc in ("", "localhost"):
        return FolderStore(Path(url2pathname(urlsplit(location).path)))
    if scheme or location.lower().startswith("s3:"):
        raise LocationRefused(
            f"{location!r} is no store: name a folder, file:///folder or s3://bucket/prefix."
        )
    return FolderStore(Path(location))


def _open_s3(location: str) -> Store:
    from storage.s3 import S3Store  # boto3 takes 0.3 s to load, which a folder need not wait for

    parts = urlsplit(location, allow_fragments=False)
    bucket, prefix = parts.netloc.rpartition("@")[2], unquote(parts.path).strip("/")
    if bucket != parts.netloc:
        raise LocationRefused(
            f"Write s3://{bucket}/{prefix} without what stands before the @: credentials belong "
            "in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )
    if not _BUCKET.fullmatch(bucket):
        raise LocationRefused(
            f"{bucket!r} is no bucket name: 3 to 63 lower-case letters, digits, dots and hyphens, "
            "as in s3://bucket/prefix."
        )
    try:
        prefix = check_key(prefix) if prefix else ""
    except KeyRefused as error:
        raise LocationRefused(f"The prefix of {location!r} cannot be used. {error}") from error
    return S3Store(bucket, prefix, endpoint=_endpoint(location, parts.query))


def _endpoint(location: str, query: str) -> str | None:
    options = parse_qs(query)
    if unknown := sorted(set(options) - {"endpoint"}):
        raise LocationRefused(f"{location!r} has ?{unknown[0]}=; only ?endpoint= is known.")
    if "endpoint" not in options:
        return None
    endpoint = options["endpoint"][-1].rstrip("/")
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise LocationRefused(
            "?endpoint= needs the form http://host:port or https://host, without a user name; "
            "credentials belong in the environment."
        )
    return endpoint
