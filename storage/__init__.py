"""The vault: bytes with names, in a folder or in S3, and a catalog rebuilt from them."""

from storage.errors import (
    AssetMissing,
    BucketMissing,
    CatalogRefused,
    DigestMismatch,
    KeyRefused,
    LocationRefused,
    StoreDenied,
    StoreError,
    StoreFull,
    StoreUnreachable,
)
from storage.folder import FolderStore
from storage.location import open_store
from storage.store import Asset, Store

__all__ = [
    "Asset",
    "AssetMissing",
    "BucketMissing",
    "CatalogRefused",
    "DigestMismatch",
    "FolderStore",
    "KeyRefused",
    "LocationRefused",
    "Store",
    "StoreDenied",
    "StoreError",
    "StoreFull",
    "StoreUnreachable",
    "open_store",
]
