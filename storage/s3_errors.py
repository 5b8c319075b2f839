"""What the S3 client's errors mean for a person; the one place that knows their codes.

Only the code of an answer is used, never its text, which can hold what was signed with the secret.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from botocore import exceptions as boto
from s3transfer.exceptions import RetriesExceededError
from urllib3.exceptions import HTTPError

from storage.errors import (
    AssetMissing,
    BucketMissing,
    DigestMismatch,
    LocationRefused,
    StoreDenied,
    StoreError,
    StoreFull,
    StoreUnreachable,
)

BROKEN_STREAM = (
    boto.ReadTimeoutError,
    boto.ResponseStreamingError,
    boto.IncompleteReadError,
    HTTPError,
)
"""What reading a body raises when the connection is lost in the middle."""

_UNANSWERED = (
    boto.HTTPClientError,
    boto.ConnectionError,
    boto.IncompleteReadError,
    RetriesExceededError,
    HTTPError,
)
_NO_CREDENTIALS = (boto.NoCredentialsError, boto.NoAuthTokenError)
_BAD_CREDENTIALS = (
    boto.PartialCredentialsError,
    boto.CredentialRetrievalError,
    boto.ProfileNotFound,
    boto.ConfigParseError,
    boto.ConfigNotFound,
    boto.TokenRetrievalError,
    boto.MetadataRetrievalError,
    boto.SSOError,
    boto.LoginError,
)
_WRONG_KEY = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthFailure", "InvalidSecurity"}
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "InvalidToken", "TokenRefreshRequired"}
_FORBIDDEN = {"AccessDenied", "Forbidden", "403", "401", "Unauthorized", "AllAccessDisabled"}
_FULL = {"QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "EntityTooLarge", "507"}
_ELSEWHERE = {"PermanentRedirect", "AuthorizationHeaderMalformed", "301", "IllegalLocation"}
_DAMAGED = {"BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a sentence about a store may name."""

    url: str
    bucket: str
    endpoint: str
    custom: bool
    """The server is not Amazon's own."""


@contextlib.contextmanager
def explained(place: Place, key: str = "") -> Iterator[None]:
    """Turn what goes wrong inside into a StoreError about `key` at `place`."""
    try:
        yield
    except boto.ClientError as error:
        raise _refused(error, place, key) from error
    except _UNANSWERED as error:
        raise StoreUnreachable(_unanswered(error, place)) from error
    except boto.FlexibleChecksumError as error:
        raise DigestMismatch(
            f"{key} came damaged from {place.url}: its checksum is not the stored one."
        ) from error
    except boto.BotoCoreError as error:
        raise _unsent(error, place) from error


def is_code(error: boto.ClientError, *codes: str) -> bool:
    return _code(error) in codes


def _code(error: boto.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _status(error: boto.ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _refused(error: boto.ClientError, place: Place, key: str) -> StoreError:
    """The server answered, and the answer is no."""
    code, status = _code(error), _status(error)
    if code == "NoSuchBucket":
        return bucket_missing(place)
    if code == "404" and not key:
        return LocationRefused(
            f"{place.endpoint} answers, but not as an S3 server: check its address and port."
        )
    if code in ("NoSuchKey", "404"):
        return AssetMissing(f"There is no {key} in {place.url}.")
    if code in _DAMAGED:
        return DigestMismatch(f"{key} was damaged on its way to {place.endpoint} ({code}).")
    if code in _FULL or status == 507:
        return StoreFull(f"{place.endpoint} has no room left for {key} ({code}).")
    if code in _ELSEWHERE:
        return LocationRefused(
            f"Bucket {place.bucket} is in another region than the one asked: "
            "set AWS_DEFAULT_REGION to the bucket's own."
        )
    if (denied := _denied(code, status, place)) is not None:
        return denied
    if status >= 500 or code in ("SlowDown", "RequestTimeout", "TooManyRequests", "429"):
        return StoreUnreachable(f"{place.endpoint} cannot serve {place.url} now ({code}).")
    return StoreError(f"{place.endpoint} refused {key or place.url} ({code or status}).")


def _denied(code: str, status: int, place: Place) -> StoreDenied | None:
    if code in _WRONG_KEY:
        return StoreDenied(
            f"{place.endpoint} does not know these credentials ({code}): "
            "correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )
    if code in _EXPIRED:
        return StoreDenied(
            f"The session at {place.endpoint} has ended ({code}): sign in again, "
            "and renew AWS_SESSION_TOKEN if you set it."
        )
    if code == "RequestTimeTooSkewed":
        return StoreDenied(f"This machine's clock differs from {place.endpoint}'s: set it right.")
    if code in _FORBIDDEN or status in (401, 403):
        return StoreDenied(
            f"{place.endpoint} refuses these credentials for {place.url} ({code}): check "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and allow them s3:ListBucket, "
            "s3:GetObject, s3:PutObject and s3:DeleteObject there."
        )
    return None


def bucket_missing(place: Place) -> BucketMissing:
    there = f" --endpoint-url {place.endpoint}" if place.custom else ""
    return BucketMissing(
        f"Bucket {place.bucket} is not at {place.endpoint}; make it with: "
        f"aws s3 mb s3://{place.bucket}{there}"
    )


def _unanswered(error: Exception, place: Place) -> str:
    if isinstance(error, boto.SSLError):
        return (
            f"{place.endpoint} has no certificate this machine trusts: "
            "name the right https address, or your authority's file in AWS_CA_BUNDLE."
        )
    return (
        f"{place.endpoint} does not answer ({type(error).__name__}): "
        "check the address, the network and that the server runs."
    )


def _unsent(error: boto.BotoCoreError, place: Place) -> StoreError:
    """Nothing was asked yet: something is missing or wrong on this machine."""
    if isinstance(error, _NO_CREDENTIALS):
        return StoreDenied(
            f"No credentials for {place.url}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
            "or AWS_PROFILE."
        )
    if isinstance(error, _BAD_CREDENTIALS):
        return StoreDenied(
            f"The credentials for {place.url} cannot be used ({type(error).__name__}): correct "
            "AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in again."
        )
    return LocationRefused(f"{place.url} cannot be used as a store ({type(error).__name__}).")
