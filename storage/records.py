"""The records that lie in the vault as JSON, read as rows of the catalog.

Keys this version does not know are passed over: a record may be newer than its reader.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from storage.keys import deliverable_prefix

Row = dict[str, Any]


def production_row(record: Mapping[str, Any]) -> Row:
    """From {"slug", "version", "title", "script", "engine", "settings", "created", "finished",
    "status", "spent"}; all but the first two may be missing.
    """
    return {
        "slug": str(record["slug"]),
        "version": str(record["version"]),
        "title": str(record.get("title") or record["slug"]),
        "script": record.get("script"),
        "engine": record.get("engine"),
        "settings": dict(record.get("settings") or {}),
        "created": moment(record.get("created")),
        "finished": moment(record.get("finished")),
        "status": str(record.get("status") or "running"),
        "spent": dict(record.get("spent") or {}),
    }


def use_rows(record: Mapping[str, Any]) -> list[Row]:
    """The takes that a production's record or a deliverable's manifest lists under "takes"."""
    slug, version = str(record["slug"]), str(record["version"])
    keys = dict.fromkeys(str(take) for take in record.get("takes") or ())
    return [{"slug": slug, "version": version, "take_key": key} for key in keys]


def take_row(record: Mapping[str, Any]) -> Row:
    """From a take's preview.json or render.json."""
    return {
        "key": str(record["key"]),
        "engine": str(record["engine"]),
        "fingerprint": str(record["fingerprint"]),
        "seed": whole(record["seed"]),
        "seconds": seconds(record["seconds"]),
        "engine_seconds": sum(
            float(each) for each in (record.get("engine_seconds") or {}).values()
        ),
        "rendered": any(file["name"] == "render.mp4" for file in record.get("files") or ()),
        "created": moment(record.get("created")),
    }


def verdict_row(record: Mapping[str, Any]) -> Row:
    """From a take's verdict.json."""
    return {
        "take_key": str(record["take"]),
        "outcome": str(record["outcome"]),
        "policy": str(record.get("policy") or ""),
        "measurements": finite(record.get("measurements") or []),
        "by": str(record.get("by") or ""),
        "created": moment(record.get("at")),
    }


def deliverable_rows(manifest: Mapping[str, Any]) -> list[Row]:
    """From a manifest.json, one row for each file it names."""
    slug, version = str(manifest["slug"]), str(manifest["version"])
    language, aspect = str(manifest["language"]), str(manifest["aspect"])
    folder = deliverable_prefix(slug, version, language, aspect)
    length = manifest.get("seconds")
    return [
        {
            "key": f"{folder}{file['name']}",
            "slug": slug,
            "version": version,
            "language": language,
            "aspect": aspect,
            "sha256": str(file["sha256"]),
            "size": whole(file["size"]),
            "media_type": str(file.get("media_type") or ""),
            "seconds": None if length is None else seconds(length),
            "created": moment(manifest.get("created") or manifest.get("at")),
        }
        for file in manifest["files"]
    ]


def seconds(value: object) -> float:
    """Records write lengths exactly: 6, "29/5" or "5.8"."""
    return float(Fraction(str(value)))


def whole(value: object) -> int:
    """A number a database can hold; ValueError for others."""
    number = int(str(value))
    if not -(2**63) <= number < 2**63:
        raise ValueError(f"{number} is no 64-bit number")
    return number


def finite(value: Any) -> Any:
    """Null for what JSON in a database cannot hold, such as the loudness of silence."""
    if isinstance(value, dict):
        return {str(name): finite(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def moment(value: object) -> datetime | None:
    """A time written as ISO 8601; without a zone it is UTC."""
    if value is None:
        return None
    when = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)
