"""Answers of public services kept on disk until they expire, in one bounded SQLite file."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import structlog

from shadow.kit.clock import Clock

log = structlog.get_logger(__name__)
Result = TypeVar("Result")
SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, body BLOB NOT NULL, size INTEGER NOT NULL,
    kept_at REAL NOT NULL, expires_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS answers_by_age ON answers (kept_at);
"""
EVICTED_SHARE = 0.1  # of the limit, made free at a time, so that not every answer evicts
PUTS_BETWEEN_MEASURES = 64


class AnswerCache:
    """A cache that may lose anything at any time: a broken file is thrown away and begun anew.

    Keys must hold no credentials. Several processes may share the file.
    """

    def __init__(self, path: Path, *, max_bytes: int, clock: Clock) -> None:
        """Keep answers at `path`, at most about `max_bytes` of them, oldest thrown out first."""
        self._path = path
        self._max_bytes = max_bytes
        self._clock = clock
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None
        self._puts = 0

    async def get(self, key: str) -> bytes | None:
        """Return the answer kept under `key`, or None when there is none or it has expired."""
        now = self._now()

        def read(database: sqlite3.Connection) -> bytes | None:
            query = "SELECT body FROM answers WHERE key = ? AND expires_at > ?"
            row = database.execute(query, (key, now)).fetchone()
            return bytes(row[0]) if row else None

        return await self._call(read)

    async def put(self, key: str, body: bytes, lifetime: timedelta) -> None:
        """Keep an answer for `lifetime`."""
        now = self._now()

        def write(database: sqlite3.Connection) -> None:
            with database:
                database.execute(
                    "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)",
                    (key, body, len(body), now, now + lifetime.total_seconds()),
                )
                self._puts += 1
                if self._puts % PUTS_BETWEEN_MEASURES == 1:
                    self._evict(database, now)

        await self._call(write)

    async def close(self) -> None:
        """Close the file, after whoever is at it. Quick: the last close needs no thread."""
        with self._lock:
            self._close()

    def _now(self) -> float:
        moment: datetime = self._clock()
        return moment.timestamp()

    async def _call(self, work: Callable[[sqlite3.Connection], Result]) -> Result | None:
        return await asyncio.to_thread(self._guarded, work)

    def _guarded(self, work: Callable[[sqlite3.Connection], Result]) -> Result | None:
        with self._lock:
            try:
                return work(self._opened())
            except sqlite3.DatabaseError as error:
                log.warning("http.cache_failed", cache=self._path.name, error=str(error))
                broken = not isinstance(error, sqlite3.OperationalError)
                self._close()
                if broken:
                    self._forget()
                return None

    def _opened(self) -> sqlite3.Connection:
        if self._database is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            database = sqlite3.connect(self._path, timeout=5, check_same_thread=False)
            self._database = database
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA synchronous=OFF")  # nothing here is worth an fsync
            database.executescript(SCHEMA)
        return self._database

    def _evict(self, database: sqlite3.Connection, now: float) -> None:
        database.execute("DELETE FROM answers WHERE expires_at <= ?", (now,))
        (held,) = database.execute("SELECT coalesce(sum(size), 0) FROM answers").fetchone()
        excess = held - self._max_bytes
        if excess <= 0:
            return
        excess += int(self._max_bytes * EVICTED_SHARE)
        oldest = "SELECT key, size FROM answers ORDER BY kept_at"
        with closing(database.execute(oldest)) as rows:
            doomed: list[tuple[str]] = []
            for key, size in rows:
                doomed.append((key,))
                excess -= size
                if excess <= 0:
                    break
        database.executemany("DELETE FROM answers WHERE key = ?", doomed)

    def _close(self) -> None:
        if self._database is not None:
            with suppress(sqlite3.Error):
                self._database.close()
            self._database = None

    def _forget(self) -> None:
        for ending in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + ending).unlink(missing_ok=True)
