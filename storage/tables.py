"""The tables of the catalog. A change of any of them raises SCHEMA by one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Dialect, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import DateTime, TypeDecorator

SCHEMA = 2


class Moment(TypeDecorator[datetime]):
    """A time in UTC, with its zone on the way out also where the database keeps none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Table(DeclarativeBase):
    type_annotation_map = {dict[str, Any]: JSON, datetime: Moment, str: String()}


class Schema(Table):
    """One row: the version of the tables beside it."""

    __tablename__ = "hoofbeat_schema"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Production(Table):
    __tablename__ = "productions"

    slug: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    script: Mapped[str | None]
    engine: Mapped[str | None]
    settings: Mapped[dict[str, Any]]
    created: Mapped[datetime | None]
    finished: Mapped[datetime | None]
    status: Mapped[str]
    spent: Mapped[dict[str, Any]]
    """By all its runs: {"seconds": of engine time, "money": {currency: decimal as text}}."""


class Use(Table):
    """A production asked for a take, made or not; others may have asked for it too."""

    __tablename__ = "uses"
    slug: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    take_key: Mapped[str] = mapped_column(primary_key=True, index=True)


class Take(Table):
    __tablename__ = "takes"

    key: Mapped[str] = mapped_column(primary_key=True)
    engine: Mapped[str]
    fingerprint: Mapped[str]
    seed: Mapped[int] = mapped_column(BigInteger)
    seconds: Mapped[float]
    """Of film."""
    engine_seconds: Mapped[float]
    """Of work, all stages together."""
    rendered: Mapped[bool]
    created: Mapped[datetime | None]


class Verdict(Table):
    __tablename__ = "verdicts"

    take_key: Mapped[str] = mapped_column(primary_key=True)
    outcome: Mapped[str] = mapped_column(index=True)
    policy: Mapped[str]
    measurements: Mapped[Any] = mapped_column(JSON)
    by: Mapped[str]
    created: Mapped[datetime | None]


class Deliverable(Table):
    """One file of one language and format, as its manifest names it."""

    __tablename__ = "deliverables"

    key: Mapped[str] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(index=True)
    version: Mapped[str]
    language: Mapped[str]
    aspect: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str]
    seconds: Mapped[float | None]
    created: Mapped[datetime | None]
