"""The catalogue's database: async SQLAlchemy on SQLite or PostgreSQL, one Alembic history."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import DateTime, Dialect, MetaData, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from shadow.kit.errors import Kind, ShadowError
from shadow.runtime.events import take_published

BUSY_TIMEOUT_SECONDS = 15
"""How long a SQLite writer waits for another one before it gives up."""

FROZEN_SECONDS = 20
"""How long a PostgreSQL transaction may rest before the server ends it.

A process that stops in the middle of one (suspended, swapped out, its machine cut off) would hold
its rows, and who takes over its jobs would wait for them as long as it is away.
"""

SQLITE_OUTAGES = (
    "locked",
    "full",
    "unable to open",
    "disk I/O",
    "readonly",
    "malformed",
    "not a database",
)
"""What stands in SQLite's messages when not the statement but the file or its disk is at fault."""


class DatabaseUnavailable(ShadowError):
    """The database does not answer, is locked for too long, or its disk is full."""

    kind = Kind.unavailable
    code = "runtime.database_unavailable"


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, always aware and in UTC, on databases that would forget the zone (SQLite)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive datetimes; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime has no place in the database")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back that SQLite dropped."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of all tables. Constraint names are fixed so that one Alembic history fits both."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime}


class Database:
    """An engine and its sessions. `dialect` is `"sqlite"` or `"postgresql"`."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 8,
        deliver: Callable[[list[object]], Awaitable[None]] | None = None,
    ) -> None:
        """Describe the database; nothing connects before the first session.

        Args:
            url: `sqlite+aiosqlite:///…` or `postgresql+psycopg://…`.
            pool_size: Connections kept; twice as many at peaks.
            deliver: Told the events published in a transaction once it has committed.
        """
        self._deliver = deliver
        self.url = make_url(url)
        self.dialect = self.url.get_backend_name()
        options: dict[str, Any] = {"pool_pre_ping": self.dialect == "postgresql"}
        if self.dialect == "sqlite":
            options["connect_args"] = {"timeout": BUSY_TIMEOUT_SECONDS}
            if self.url.database and self.url.database != ":memory:":
                Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        options |= {"pool_size": pool_size, "max_overflow": pool_size}
        self.engine: AsyncEngine = create_async_engine(self.url, **options)
        if self.dialect == "sqlite":
            _tune_sqlite(self.engine)
        else:
            _tune_postgresql(self.engine)
        self._reading = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """Open a session for reading. Nothing is committed; a commit is the caller's act.

        Raises:
            DatabaseUnavailable: the database is gone, locked for too long, or its disk is full.
        """
        try:
            async with self._reading() as session:
                yield session
        except PoolTimeout as error:
            raise DatabaseUnavailable(
                "The database has more to do than it can. Try again in a little while.",
                retry_after=5,
            ) from error
        except DBAPIError as error:
            if _is_outage(error):
                raise DatabaseUnavailable(
                    "The database does not answer. Check that it runs, that its files can be "
                    "written and that its disk has room, then try again.",
                    retry_after=5,
                ) from error
            raise

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Open a session that commits at the end, or rolls back when the block raises.

        Events published in it are delivered after the commit.
        On SQLite the write lock is taken at once (`BEGIN IMMEDIATE`), so two writers queue
        instead of failing half-way.
        """
        async with self.session() as session:
            await session.connection(execution_options={"shadow_writes": True})
            yield session
            await session.commit()
            told = take_published(session)
        if told and self._deliver:
            await self._deliver(told)

    async def ping(self) -> None:
        """Ask the database one trivial question; raises when it does not answer."""
        async with self.session() as session:
            await session.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def _tune_postgresql(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, record: Any) -> None:
        """Set the time here and not at login: a connection pooler would refuse it there."""
        cursor = connection.cursor()
        cursor.execute(f"SET idle_in_transaction_session_timeout = {FROZEN_SECONDS * 1000}")
        cursor.close()
        connection.commit()


def _tune_sqlite(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy's BEGIN below is the only one
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_TIMEOUT_SECONDS * 1000}",
            "temp_store=MEMORY",
            "cache_size=-16000",
            "mmap_size=268435456",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Any) -> None:
        writes = connection.get_execution_options().get("shadow_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    @event.listens_for(engine.sync_engine, "invalidate")
    def on_invalidate(connection: Any, record: Any, error: BaseException | None) -> None:
        """Roll back what a cancelled task was at, before its connection is closed.

        SQLite keeps a closed connection, with its locks, for as long as one of its statements
        lives; and the frames of the error that cancelled it keep those, in cycles.
        """
        if isinstance(error, asyncio.CancelledError):
            rollback = asyncio.ensure_future(_roll_back(connection.driver_connection))
            _rolling_back.add(rollback)
            rollback.add_done_callback(_rolling_back.discard)


_rolling_back: set["asyncio.Future[None]"] = set()


async def _roll_back(connection: Any) -> None:
    with suppress(sqlite3.Error, ValueError):  # gone already, and its lock with it
        await connection.rollback()


def _is_outage(error: DBAPIError) -> bool:
    if error.connection_invalidated:
        return True
    if type(error.orig) in (sqlite3.OperationalError, sqlite3.DatabaseError):
        message = str(error.orig)
        return any(sign in message for sign in SQLITE_OUTAGES)
    return type(error.orig).__name__ in {"OperationalError", "AdminShutdown", "DiskFull"}
