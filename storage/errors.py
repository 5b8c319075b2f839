"""What can go wrong with the vault, each told in one sentence to the person who can mend it.

StoreError
├── LocationRefused      the --store names no place a vault can be
├── KeyRefused           a key that could leave the vault or would not survive a move to another
├── AssetMissing         nothing under this key
├── DigestMismatch       the bytes are not those that were put
├── StoreDenied          no credentials, wrong ones, or no right to read or write there
├── BucketMissing        the bucket is not there; says how to make it
├── StoreFull            no room left for the bytes
├── StoreUnreachable     the server does not answer, or says to come back later (retryable)
├── CatalogRefused       the catalog's file cannot be used; it can always be rebuilt
└── FetchFailed          an address that was to give a file gave none we can use
    └── AddressRefused   an address we do not go to
"""

from __future__ import annotations


class StoreError(Exception):
    """`retryable` says whether the same call can succeed later with nothing changed."""

    retryable = False


class LocationRefused(StoreError):
    pass


class KeyRefused(StoreError):
    pass


class AssetMissing(StoreError):
    pass


class DigestMismatch(StoreError):
    pass


class StoreDenied(StoreError):
    pass


class BucketMissing(StoreError):
    pass


class StoreFull(StoreError):
    pass


class StoreUnreachable(StoreError):
    retryable = True


class CatalogRefused(StoreError):
    pass


class FetchFailed(StoreError):
    pass


class AddressRefused(FetchFailed):
    pass
