"""The index of the vault in a database: what was made, what it is worth, where it lies.

Never the truth: everything in it is read from the vault, by `rebuild`, whenever it is lost, old or
doubted. So it has no migrations: when the tables change, an old catalog is emptied and refilled.
SQLite by default, shared by processes of one machine; PostgreSQL for a studio.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    Select,
    Subquery,
    and_,
    case,
    create_engine,
    delete,
    event,
    func,
    insert,
    inspect,
    make_url,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from storage import records
from storage.errors import (
    AssetMissing,
    CatalogRefused,
    DigestMismatch,
    StoreDenied,
    StoreError,
    StoreFull,
    StoreUnreachable,
)
from storage.store import Store
from storage.tables import SCHEMA, Deliverable, Production, Schema, Table, Take, Use, Verdict

BUSY_S = 60
"""How long a writer waits for another process to finish its transaction."""
_BATCH = 500
_READERS = 16
_RECORDS = ("preview.json", "render.json", "verdict.json", "manifest.json", "production.json")
"""In the order in which they are read: what a later one says counts."""
_MALFORMED = (ValueError, KeyError, TypeError, AttributeError, ArithmeticError)
_LOCK = 0x486F6F66  # "Hoof": the advisory lock of those who make the tables in PostgreSQL

Rows = dict[type[Table], dict[tuple[Any, ...], records.Row]]
"""Table to primary key to row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductionLine:
    """A production as `hoofbeat status` shows it."""

    slug: str
    version: str
    title: str
    engine: str | None
    status: str
    created: datetime | None
    finished: datetime | None
    spent: dict[str, Any]
    """By all its runs, as its record says: engine time and money."""
    takes: int
    """Asked for; more than `previewed` while some are still to be made."""
    previewed: int
    passed: int
    rendered: int
    deliverables: int
    """Masters delivered: languages times formats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverableLine:
    key: str
    language: str
    aspect: str
    sha256: str
    size: int
    media_type: str
    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What a rebuild found."""

    productions: int
    takes: int
    deliverables: int
    unreadable: tuple[str, ...]
    """Keys of records that are not what their name says; they were passed over."""


class Catalog:
    """Safe in threads and between processes. Recording the same thing twice changes nothing."""

    def __init__(self, engine: Engine, *, fresh: bool) -> None:
        self._engine = engine
        self.fresh = fresh
        """Made or emptied when it was opened: `rebuild` fills it from the vault."""

    def record_production(self, record: Mapping[str, Any]) -> None:
        """Keep {"slug", "version"} and any of {"title", "script", "engine", "settings", "created",
        "finished", "status", "spent", "takes"}; what is not given stays as it was. "takes" are
        the keys it asks for, added to those known.
        """
        with self._writing() as connection:
            _upsert(
                connection,
                Production,
                [records.production_row(record)],
                merge=lambda new: {name: new[name] for name in new.keys() & record.keys()},
            )
            _upsert(connection, Use, records.use_rows(record))

    def record_take(self, record: Mapping[str, Any]) -> None:
        """Keep what preview.json or render.json says; a rendered take stays rendered."""
        with self._writing() as connection:
            _upsert(connection, Take, [records.take_row(record)], merge=_later_take)

    def record_verdict(self, record: Mapping[str, Any]) -> None:
        """Keep what verdict.json says; the last one recorded counts."""
        with self._writing() as connection:
            _upsert(connection, Verdict, [records.verdict_row(record)])

    def record_deliverable(self, manifest: Mapping[str, Any]) -> None:
        """Keep what manifest.json says."""
        with self._writing() as connection:
            _upsert(connection, Deliverable, records.deliverable_rows(manifest))
            _upsert(connection, Use, records.use_rows(manifest))

    def productions(self) -> list[ProductionLine]:
        """Newest first."""
        with self._reading() as connection:
            return [ProductionLine(**row) for row in connection.execute(_lines()).mappings()]

    def deliverables(self, slug: str, version: str) -> list[DeliverableLine]:
        """In the order of their keys."""
        table = Deliverable.__table__
        found = (
            select(*(table.c[name] for name in DeliverableLine.__dataclass_fields__))
            .where(Deliverable.slug == slug, Deliverable.version == version)
            .order_by(Deliverable.key)
        )
        with self._reading() as connection:
            return [DeliverableLine(**row) for row in connection.execute(found).mappings()]

    def rebuild(self, store: Store) -> Rebuilt:
        """Make the catalog say what the vault says, no more and no less.

        Readers see the old until it is done. What another process records meanwhile stays.
        """
        with self._reading() as connection:
            known = {table: _primary_keys(connection, table) for table in _INDEXED}
        rows, unreadable = _read_vault(store)
        with self._writing() as connection:
            for table in _INDEXED:
                _remove(connection, table, known[table] - rows[table].keys())
            for table in reversed(_INDEXED):
                _upsert(connection, table, list(rows[table].values()))
        self.fresh = False
        return Rebuilt(
            productions=len(rows[Production]),
            takes=len(rows[Take]),
            deliverables=len(rows[Deliverable]),
            unreadable=tuple(unreadable),
        )

    def close(self) -> None:
        self._engine.dispose()

    def __enter__(self) -> Catalog:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Connection]:
        with _explained(self._engine.url), self._engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Connection]:
        """One transaction. Its first statement writes: SQLite refuses to turn a reader into a
        writer, however long it may wait.
        """
        with _explained(self._engine.url), self._engine.begin() as connection:
            yield connection


_INDEXED: tuple[type[Table], ...] = (Use, Deliverable, Verdict, Take, Production)
"""What a rebuild refills; a table before the one it refers to."""


def open_catalog(location: str | Path) -> Catalog:
    """The catalog in a SQLite file, made when missing, or at a URL such as
    `postgresql+psycopg://studio@host/hoofbeat`.

    CatalogRefused when it was made by a newer Hoofbeat or is no catalog.
    """
    url = _url(location)
    with _explained(url):
        engine = _engine(url)
        fresh = _with_tables(engine)
    return Catalog(engine, fresh=fresh)


def _url(location: str | Path) -> URL:
    if isinstance(location, Path) or "://" not in location:
        path = Path(location).expanduser().absolute()
        return URL.create("sqlite", database=str(path))
    try:
        url = make_url(location)
    except ArgumentError:
        url = URL.create("unknown")
    if url.get_backend_name() not in ("sqlite", "postgresql") or not url.database:
        raise CatalogRefused(
            f"{location.partition('://')[0]}://... is no catalog's URL: "
            "name a file, or postgresql+psycopg://user@host/database."
        )
    return url


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    assert url.database is not None
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_S})

    @event.listens_for(engine, "connect")
    def settle(connection: DBAPIConnection, _: object) -> None:
        """What SQLite forgets with each connection. NORMAL loses no more than the last moments
        in a power cut, and the vault still has them.
        """
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.close()

    _write_ahead(engine)
    return engine


def _write_ahead(engine: Engine) -> None:
    """Let readers and a writer work at once. The file remembers; changing it does not wait for
    others by itself.
    """
    deadline = time.monotonic() + BUSY_S
    while True:
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            return
        except OperationalError as error:
            if "locked" not in str(error.orig) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _with_tables(engine: Engine) -> bool:
    """Make or renew the tables where needed; whether they are empty now."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        elif engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        version = _version(connection)
        if version == SCHEMA:
            return False
        if version is not None and version > SCHEMA:
            raise CatalogRefused(
                f"The catalog {_shown(engine.url)} was made by a newer Hoofbeat (schema {version}, "
                f"this one knows {SCHEMA}): update Hoofbeat, or name another catalog."
            )
        if version is not None:
            Table.metadata.drop_all(connection)
        Table.metadata.create_all(connection)
        connection.execute(insert(Schema).values(version=SCHEMA))
        return True


def _version(connection: Connection) -> int | None:
    if not inspect(connection).has_table(Schema.__tablename__):
        return None
    return connection.scalar(select(func.max(Schema.version)))


def _upsert(
    connection: Connection,
    table: type[Table],
    rows: list[records.Row],
    *,
    merge: Callable[[Any], dict[str, Any]] | None = None,
) -> None:
    """Put rows in, in place of those with the same primary key.

    `merge` gives what the columns become, from the row that was to be inserted.
    """
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    key = _key_columns(table)
    for start in range(0, len(rows), _BATCH):
        new = dialect.insert(table).values(rows[start : start + _BATCH])
        columns = merge(new.excluded) if merge else dict(new.excluded)
        changed = {name: value for name, value in columns.items() if name not in key}
        connection.execute(
            new.on_conflict_do_update(index_elements=key, set_=changed)
            if changed
            else new.on_conflict_do_nothing(index_elements=key)
        )


def _later_take(new: Any) -> dict[str, Any]:
    """The preview's record must not undo what the render's said, whichever comes last."""
    worked = case(
        (new.engine_seconds > Take.engine_seconds, new.engine_seconds), else_=Take.engine_seconds
    )
    return dict(new) | {
        "rendered": or_(Take.rendered, new.rendered),
        "engine_seconds": worked,
        "created": func.coalesce(Take.created, new.created),
    }


def _key_columns(table: type[Table]) -> list[str]:
    return [column.name for column in inspect(table).primary_key]


def _primary_keys(connection: Connection, table: type[Table]) -> set[tuple[Any, ...]]:
    return {tuple(row) for row in connection.execute(select(*inspect(table).primary_key))}


def _remove(connection: Connection, table: type[Table], keys: set[tuple[Any, ...]]) -> None:
    gone = sorted(keys)
    for start in range(0, len(gone), _BATCH):
        some = tuple_(*inspect(table).primary_key).in_(gone[start : start + _BATCH])
        connection.execute(delete(table).where(some))


def _lines() -> Select[Any]:
    """Each production with what there is of it."""
    passed = case((Verdict.outcome == "pass", 1))
    made = (
        select(
            Use.slug,
            Use.version,
            func.count().label("takes"),
            func.count(Take.key).label("previewed"),
            func.count(passed).label("passed"),
            func.count(case((Take.rendered, 1))).label("rendered"),
        )
        .outerjoin(Take, Take.key == Use.take_key)
        .outerjoin(Verdict, Verdict.take_key == Use.take_key)
        .group_by(Use.slug, Use.version)
        .subquery()
    )
    masters = (
        select(Deliverable.slug, Deliverable.version, func.count().label("deliverables"))
        .where(Deliverable.key.endswith(".mp4", autoescape=True))
        .group_by(Deliverable.slug, Deliverable.version)
        .subquery()
    )
    counts = [
        func.coalesce(column, 0).label(column.name)
        for column in (made.c.takes, made.c.previewed, made.c.passed, made.c.rendered)
    ]
    return (
        select(
            Production.slug,
            Production.version,
            Production.title,
            Production.engine,
            Production.status,
            Production.created,
            Production.finished,
            Production.spent,
            *counts,
            func.coalesce(masters.c.deliverables, 0).label("deliverables"),
        )
        .outerjoin(made, _same(made))
        .outerjoin(masters, _same(masters))
        .order_by(Production.created.desc().nulls_last(), Production.slug, Production.version)
    )


def _same(counted: Subquery) -> ColumnElement[bool]:
    return and_(counted.c.slug == Production.slug, counted.c.version == Production.version)


def _read_vault(store: Store) -> tuple[Rows, list[str]]:
    """The rows of every record there, and the keys of those that cannot be read."""
    rows: Rows = {table: {} for table in _INDEXED}
    unreadable: list[str] = []
    names: list[tuple[int, str]] = []
    for key in (*store.keys("takes/"), *store.keys("productions/")):
        folder, _, name = key.rpartition("/")
        if name in _RECORDS:
            names.append((_RECORDS.index(name), key))
        elif name == "storyboard.yaml":
            slug, version = folder.split("/")[-2:]
            _add(rows, Production, [records.production_row({"slug": slug, "version": version})])
    in_order = [key for _, key in sorted(names)]
    with ThreadPoolExecutor(_READERS) as pool:
        found = pool.map(lambda key: _read(store, key), in_order)
        for key, record in zip(in_order, found, strict=True):
            try:
                _take_in(rows, key.rpartition("/")[2], record)
            except _MALFORMED:
                unreadable.append(key)
    return rows, unreadable


def _read(store: Store, key: str) -> Any:
    """The record; nothing, which no reader takes for a record, when it is gone or damaged."""
    try:
        return json.loads(store.read(key))
    except (AssetMissing, DigestMismatch, ValueError):
        return None


def _take_in(rows: Rows, name: str, record: Mapping[str, Any]) -> None:
    """Add what a record of this file name says, in place of what was known."""
    match name:
        case "preview.json" | "render.json":
            _add(rows, Take, [records.take_row(record)])
        case "verdict.json":
            _add(rows, Verdict, [records.verdict_row(record)])
        case "manifest.json":
            _add(rows, Deliverable, records.deliverable_rows(record))
            _add(rows, Production, [records.production_row({"status": "finished", **record})])
            _add(rows, Use, records.use_rows(record))
        case _:
            _add(rows, Production, [records.production_row(record)])
            _add(rows, Use, records.use_rows(record))


def _add(rows: Rows, table: type[Table], found: list[records.Row]) -> None:
    key = _key_columns(table)
    rows[table].update({tuple(row[column] for column in key): row for row in found})


@contextlib.contextmanager
def _explained(url: URL) -> Iterator[None]:
    """Say what the database's refusal means for a person."""
    shown = _shown(url)
    try:
        yield
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise CatalogRefused(
            f"The catalog {shown} needs a database driver that is not here: "
            "for PostgreSQL, pip install 'psycopg[binary]' and write postgresql+psycopg://..."
        ) from error
    except DBAPIError as error:
        raise _refused(str(error.orig), shown) from error
    except OSError as error:
        raise CatalogRefused(
            f"The catalog {shown} cannot be made ({error.strerror}): name another place for it."
        ) from error


def _refused(reason: str, shown: str) -> StoreError:
    reason = reason.strip().partition("\n")[0]
    if "locked" in reason:
        return StoreUnreachable(f"The catalog {shown} is kept busy by another process.")
    if "disk is full" in reason:
        return StoreFull(f"The disk that holds the catalog {shown} is full: free some.")
    if "readonly" in reason:
        return StoreDenied(f"The catalog {shown} cannot be written: change its permissions.")
    if "not a database" in reason or "malformed" in reason:
        return CatalogRefused(
            f"{shown} is no catalog, or a damaged one: move it away; it is rebuilt from the vault."
        )
    return CatalogRefused(f"The catalog {shown} cannot be used: {reason}.")


def _shown(url: URL) -> str:
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.render_as_string(hide_password=True)
