"""The vault: bytes with names, in a folder or in S3, and a catalog rebuilt from them."""

from storage.addresses import Address, Checked, MayReach, host_header, is_public
from storage.book import Book
from storage.catalog import Catalog, DeliverableLine, ProductionLine, open_catalog
from storage.download import Downloads, Fetched
from storage.errors import (
    AddressRefused,
    AssetMissing,
    BucketMissing,
    CatalogRefused,
    DigestMismatch,
    FetchFailed,
    KeyRefused,
    LocationRefused,
    StoreDenied,
    StoreError,
    StoreFull,
    StoreUnreachable,
)
from storage.folder import FolderStore
from storage.keys import (
    aspect_part,
    decision_key,
    decisions_prefix,
    deliverable_key,
    deliverable_prefix,
    edit_key,
    edits_prefix,
    manifest_key,
    production_prefix,
    safe_part,
    sheet_key,
    take_key_prefix,
)
from storage.location import open_store
from storage.store import Asset, Store, media_type_of

__all__ = [
    "Address",
    "AddressRefused",
    "Asset",
    "AssetMissing",
    "Book",
    "BucketMissing",
    "Catalog",
    "CatalogRefused",
    "Checked",
    "DeliverableLine",
    "DigestMismatch",
    "Downloads",
    "FetchFailed",
    "Fetched",
    "FolderStore",
    "KeyRefused",
    "LocationRefused",
    "MayReach",
    "ProductionLine",
    "Store",
    "StoreDenied",
    "StoreError",
    "StoreFull",
    "StoreUnreachable",
    "aspect_part",
    "decision_key",
    "decisions_prefix",
    "deliverable_key",
    "deliverable_prefix",
    "edit_key",
    "edits_prefix",
    "host_header",
    "is_public",
    "manifest_key",
    "media_type_of",
    "open_catalog",
    "open_store",
    "production_prefix",
    "safe_part",
    "sheet_key",
    "take_key_prefix",
]
