"""The database behaves the same on SQLite and PostgreSQL."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, StatementError

from shadow.accounts.models import User
from shadow.runtime.database import Database, DatabaseUnavailable
from shadow.runtime.events import publish
from shadow.runtime.migrations import is_current, migrate, newest_revision
from tests.support.databases import postgres_clone


@dataclass(frozen=True)
class SomethingHappened:
    what: str


def user(name: str) -> User:
    return User(name=name, name_key=name, role_name="free", created_at=datetime.now(UTC))


COUNTING = text(
    "WITH RECURSIVE counting(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counting "
    "WHERE n < :most) INSERT INTO counted SELECT n FROM counting RETURNING n"
)
"""Holds the write lock until its rows are read."""


async def test_a_fresh_database_is_at_the_newest_revision(database: Database) -> None:
    assert await is_current(database)
    assert not await migrate(database)
    assert newest_revision().isdigit()


async def test_an_empty_database_is_not_current(tmp_path) -> None:
    empty = Database(f"sqlite+aiosqlite:///{tmp_path}/empty.sqlite")
    assert not await is_current(empty)
    assert await migrate(empty)
    assert await is_current(empty)
    await empty.close()


async def test_a_transaction_commits_at_its_end(database: Database) -> None:
    async with database.transaction() as session:
        session.add(user("ada"))
    async with database.session() as session:
        assert (await session.scalars(select(User.name))).all() == ["ada"]


async def test_a_failing_block_leaves_nothing_behind(database: Database) -> None:
    with pytest.raises(RuntimeError):
        async with database.transaction() as session:
            session.add(user("ada"))
            await session.flush()
            raise RuntimeError("half-way")
    async with database.session() as session:
        assert (await session.scalars(select(User.name))).all() == []


async def test_events_are_told_after_the_commit_and_only_then(database_url: str) -> None:
    told: list[tuple[object, list[str]]] = []

    async def deliver(events: list[object]) -> None:
        async with database.session() as session:
            names = list(await session.scalars(select(User.name)))
        told.extend((event, names) for event in events)

    database = Database(database_url, deliver=deliver)
    async with database.transaction() as session:
        session.add(user("ada"))
        publish(session, SomethingHappened("ada came"))
        assert told == []
    with pytest.raises(RuntimeError):
        async with database.transaction() as session:
            publish(session, SomethingHappened("never"))
            raise RuntimeError("half-way")
    assert told == [(SomethingHappened("ada came"), ["ada"])]
    await database.close()


async def test_foreign_keys_are_kept(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            await session.execute(
                text(
                    "INSERT INTO sessions (user_id, secret_hash, created_at, last_seen_at,"
                    " expires_at) VALUES (99, 'x', :now, :now, :now)"
                ),
                {"now": datetime.now(UTC)},
            )


async def test_moments_come_back_aware_and_in_utc(database: Database) -> None:
    moment = datetime(2026, 2, 3, 4, 5, 6, tzinfo=timezone(timedelta(hours=5)))
    async with database.transaction() as session:
        person = user("ada")
        person.last_seen_at = moment
        session.add(person)
    async with database.session() as session:
        seen = await session.scalar(select(User.last_seen_at))
    assert seen == moment
    assert seen is not None
    assert seen.utcoffset() == timedelta(0)


async def test_a_naive_moment_is_refused(database: Database) -> None:
    with pytest.raises(StatementError):
        async with database.transaction() as session:
            person = user("ada")
            person.last_seen_at = datetime(2026, 2, 3)  # noqa: DTZ001 -- the mistake under test
            session.add(person)


async def test_an_unreachable_database_says_so() -> None:
    gone = Database("postgresql+psycopg://nobody@127.0.0.1:9/none")
    with pytest.raises(DatabaseUnavailable):
        await gone.ping()
    await gone.close()


async def test_a_locked_sqlite_file_says_so(sqlite_file, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("shadow.runtime.database.BUSY_TIMEOUT_SECONDS", 0)
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/locked.sqlite")
    async with database.transaction():
        with pytest.raises(DatabaseUnavailable):
            async with database.transaction():
                pass
    await database.close()


async def test_a_cancelled_writer_leaves_no_lock_behind(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(text("CREATE TABLE counted (n INTEGER)"))

    async def write(most: int) -> None:
        async with database.transaction() as session:
            await session.execute(COUNTING, {"most": most})

    writing = asyncio.create_task(write(1_000_000))
    await asyncio.sleep(0.3)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError) as kept:
        await writing
    await asyncio.wait_for(write(1), 10)
    assert kept.tb, "with the error's frames live its cursors"


async def test_a_damaged_sqlite_file_says_so(tmp_path) -> None:
    (tmp_path / "damaged.sqlite").write_bytes(b"this is not a database" * 1000)
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/damaged.sqlite")
    with pytest.raises(DatabaseUnavailable):
        await database.ping()
    await database.close()


async def test_a_read_only_sqlite_file_says_so(sqlite_file) -> None:
    database = Database(f"sqlite+aiosqlite:///file:{sqlite_file}?mode=ro&immutable=1&uri=true")
    with pytest.raises(DatabaseUnavailable):
        async with database.transaction() as session:
            session.add(user("ada"))
    await database.close()


async def test_a_clash_of_names_is_no_outage(database: Database) -> None:
    """SQLite tells the column, whose name may hold a word such as “full”."""
    async with database.transaction() as session:
        await session.execute(text("CREATE TABLE hall (full_name VARCHAR(9) UNIQUE)"))
        await session.execute(text("INSERT INTO hall VALUES ('ada')"))
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            await session.execute(text("INSERT INTO hall VALUES ('ada')"))


async def test_more_sessions_than_connections_say_so(database_url: str, monkeypatch) -> None:
    database = Database(database_url, pool_size=1)
    monkeypatch.setattr(database.engine.sync_engine.pool, "_timeout", 0.01)
    async with database.session() as first, database.session() as second:
        await first.execute(text("SELECT 1"))
        await second.execute(text("SELECT 1"))
        with pytest.raises(DatabaseUnavailable):
            await database.ping()
    await database.close()


async def test_a_writer_that_stands_still_lets_go_of_its_rows(
    postgres_server: str, postgres_model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shadow.runtime.database.FROZEN_SECONDS", 1)
    with postgres_clone(postgres_server, postgres_model) as url:
        frozen, other = Database(url), Database(url)
        with pytest.raises(DatabaseUnavailable):
            async with frozen.transaction() as session:
                await session.execute(text("LOCK TABLE users"))
                async with asyncio.timeout(60), other.transaction() as waiting:
                    await waiting.execute(text("LOCK TABLE users"))
        for one in (frozen, other):
            await one.ping()
            await one.close()
