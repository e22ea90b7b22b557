"""Which slices there are, how large, and which goes first when there must be room.

One SQLite file for all processes of the machine. Each slice file has its row: it is written before
the file is made, and deleted after it. So a process may be killed at any time.

A slice begins on probation. Used again a minute later it is kept, and so is one that comes back
soon after it had to go. Slices on probation go first, the one longest unused of them; kept ones
only when they have more than their share. So what is watched once does not drive out what is
watched again and again (2Q: Johnson and Shasha, 1994, with an LRU list in place of its FIFO).
"""

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

import structlog

from shadow.runtime.files import Busy, alone
from shadow.storage.slices.layout import (
    FULL,
    HEAD,
    Version,
    object_id,
    path_below,
    paths_below,
)
from shadow.storage.slices.metrics import BYTES, EVICTIONS, LIMIT

log = structlog.get_logger(__name__)
Result = TypeVar("Result")
SPARE: Final = 1 << 30
"""Bytes of the disk that are left to others."""
KEPT_AFTER: Final = 60.0
"""Seconds after which a second use is not the same viewer's."""
KEPT_SHARE: Final = 0.8
BATCH: Final = 64
"""Slices deleted at a time: other processes wait meanwhile."""
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS slices (
    object BLOB NOT NULL, version BLOB NOT NULL, number INTEGER NOT NULL, bytes INTEGER NOT NULL,
    made REAL NOT NULL, used REAL NOT NULL, kept INTEGER NOT NULL,
    PRIMARY KEY (object, version, number)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS slices_by_use ON slices (kept, used);
CREATE TABLE IF NOT EXISTS ghosts (
    object BLOB NOT NULL, version BLOB NOT NULL, number INTEGER NOT NULL, gone REAL NOT NULL,
    PRIMARY KEY (object, version, number)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ghosts_by_age ON ghosts (gone);
CREATE TABLE IF NOT EXISTS sums (kept INTEGER PRIMARY KEY, bytes INTEGER NOT NULL);
INSERT OR IGNORE INTO sums VALUES (0, 0), (1, 0);
CREATE TRIGGER IF NOT EXISTS slices_made AFTER INSERT ON slices BEGIN
    UPDATE sums SET bytes = bytes + new.bytes WHERE kept = new.kept; END;
CREATE TRIGGER IF NOT EXISTS slices_gone AFTER DELETE ON slices BEGIN
    UPDATE sums SET bytes = bytes - old.bytes WHERE kept = old.kept; END;
CREATE TRIGGER IF NOT EXISTS slices_changed AFTER UPDATE OF bytes, kept ON slices BEGIN
    UPDATE sums SET bytes = bytes - old.bytes WHERE kept = old.kept;
    UPDATE sums SET bytes = bytes + new.bytes WHERE kept = new.kept; END;
"""
_GROW: Final = """
INSERT INTO slices VALUES (:object, :version, :number, :head + :more, :now, :now, EXISTS (
    SELECT 1 FROM ghosts WHERE object = :object AND version = :version AND number = :number
)) ON CONFLICT DO UPDATE SET bytes = min(bytes + :more, :full), used = :now
"""
_HAUNT: Final = "INSERT OR REPLACE INTO ghosts VALUES (?, ?, ?, ?)"
_LAY: Final = """
DELETE FROM ghosts
WHERE gone <= (SELECT gone FROM ghosts ORDER BY gone DESC LIMIT 1 OFFSET ?)
"""
_USE: Final = """
UPDATE slices SET used = max(used, :now), kept = kept OR made <= :now - :after
WHERE object = :object AND version = :version AND number = :number
"""
_IS_THERE: Final = "SELECT 1 FROM slices WHERE object = ? AND version = ? AND number = ?"
_DELETE: Final = "DELETE FROM slices WHERE object = ? AND version = ? AND number = ?"


class Use(NamedTuple):
    """That a slice was read from, at a time in seconds since 1970."""

    object: bytes
    version: bytes
    number: int
    now: float
    after: float = KEPT_AFTER


class SliceIndex:
    """The index. All calls block; several threads may call."""

    def __init__(
        self, folder: Path, *, limit: int, spare: int = SPARE, now: Callable[[], float] = time.time
    ) -> None:
        """Take the folder of the slices, and the bytes that they may have."""
        self.folder = folder
        self._path = folder / "index.sqlite"
        self._limit = limit
        self._spare = spare
        self._now = now
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None
        self._inode = 0
        self._closed = False
        self.allowed = limit
        """The bytes that slices may have now: fewer than the limit on a disk nearly full."""
        self.evicted = False
        """Whether slices were deleted since somebody set this to false."""

    def reserve(self, version: Version, more: Mapping[int, int]) -> bool:
        """Make room for more bytes of slices, by number; false when there is none.

        Raises:
            OSError, sqlite3.Error: the disk is full or broken.
        """
        one = {"object": version.object_id, "version": version.version_id, "now": self._now()}
        one |= {"head": HEAD, "full": FULL}
        rows = [one | {"number": number, "more": size} for number, size in more.items()]
        return self._make_room(sum(more.values()) + HEAD * len(more), rows)

    def trim(self) -> None:
        """Keep to the limit."""
        self._make_room(0, [])

    def sweep(self) -> None:
        """Delete files without a row: those of an index that was lost, by a power cut say.

        Takes a second for some 30,000 files, in which others may use the index. `close` ends it.
        """
        with suppress(Busy), alone(self.folder / "sweep.lock"):
            self._sweep()

    def use(self, uses: Iterable[Use]) -> None:
        """Note that slices were read from."""
        with self._writing() as database:
            database.executemany(_USE, [one._asdict() for one in uses])

    def purge(self, storage: str, key: bytes) -> None:
        """Delete all slices of an object, whatever version they are of."""
        name = object_id(storage, key)
        with self._writing() as database:
            found = database.execute(
                "SELECT object, version, number FROM slices WHERE object = ?", (name,)
            ).fetchall()
            self._delete(database, found)
            self._tell(database)

    def clear(self) -> None:
        """Delete all slices of all objects."""
        found = True
        while found:
            with self._writing() as database:
                query = "SELECT object, version, number FROM slices LIMIT ?"
                rows = database.execute(query, (BATCH,)).fetchall()
                self._delete(database, rows)
                self._tell(database)
                found = bool(rows)

    def sizes(self) -> tuple[int, int]:
        """Return how many slices there are, and their bytes."""
        with self._writing() as database:
            (count,) = database.execute("SELECT count(*) FROM slices").fetchone()
            return count, sum(_sums(database))

    def close(self) -> None:
        """Close the file, and stop looking for what has no row."""
        self._closed = True
        with self._lock:
            self._close()

    def _make_room(self, wanted: int, rows: Sequence[Mapping[str, object]]) -> bool:
        """Evict until so many bytes more are allowed, then note that they are taken."""
        allowed = -1
        while True:
            with self._writing() as database:
                unkept, kept = _sums(database)
                if allowed < 0:  # once: what is evicted may take its room until readers let go
                    allowed = self.allowed = self._allowed(unkept + kept)
                excess = unkept + kept + wanted - allowed
                if excess <= 0:
                    database.executemany(_GROW, rows)
                    self._tell(database)
                    return True
                if wanted > allowed or not self._evict(database, excess, kept):
                    return False
                self.evicted = True

    def _allowed(self, held: int) -> int:
        disk = os.statvfs(self.folder)
        return max(0, min(self._limit, held + disk.f_bavail * disk.f_frsize - self._spare))

    def _evict(self, database: sqlite3.Connection, excess: int, kept: int) -> int:
        """Delete some slices of those that go first; return how many."""
        query = (
            "SELECT object, version, number, bytes FROM slices WHERE kept = ? ORDER BY used LIMIT ?"
        )
        order = (1, 0) if kept > KEPT_SHARE * self.allowed else (0, 1)
        for kind in order:
            victims = []
            for row in database.execute(query, (kind, BATCH)):
                victims.append(row[:3])
                excess -= row[3]
                if excess <= 0:
                    break
            if victims:
                self._delete(database, victims)
                if not kind:
                    now = self._now()
                    database.executemany(_HAUNT, [(*row, now) for row in victims])
                    database.execute(_LAY, (self._limit // FULL,))
                EVICTIONS.inc(len(victims))
                return len(victims)
        return 0

    def _delete(
        self, database: sqlite3.Connection, rows: Sequence[tuple[bytes, bytes, int]]
    ) -> None:
        """Delete slices: first the files, for a file without a row would never be found again."""
        for one in rows:
            with suppress(FileNotFoundError):
                path_below(self.folder, *one).unlink()
        database.executemany(_DELETE, rows)

    def _sweep(self) -> None:
        for path, one in paths_below(self.folder):
            if self._closed:
                return
            with self._writing() as database:
                if database.execute(_IS_THERE, one).fetchone() is None:
                    path.unlink(missing_ok=True)

    def _tell(self, database: sqlite3.Connection) -> None:
        BYTES.set(sum(_sums(database)))
        LIMIT.set(self.allowed)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Hold the index alone, in one transaction."""
        with self._lock:
            try:
                database = self._opened()
                database.execute("BEGIN IMMEDIATE")
                try:
                    yield database
                except BaseException:
                    database.execute("ROLLBACK")
                    raise
                database.execute("COMMIT")
            except sqlite3.DatabaseError as error:
                self._close()
                if not isinstance(error, sqlite3.OperationalError):
                    self._begin_anew()
                raise

    def _opened(self) -> sqlite3.Connection:
        if self._database is not None and self._inode != _inode(self._path):
            self._close()  # another process found it broken
        if self._database is None:
            for name in range(256):
                (self.folder / f"{name:02x}").mkdir(mode=0o700, parents=True, exist_ok=True)
            with _one_process(self.folder):
                try:
                    self._database = self._open()
                finally:
                    self._inode = _inode(self._path)
        return self._database

    def _open(self) -> sqlite3.Connection:
        if not self._path.exists():
            for path, _ in paths_below(self.folder):
                path.unlink(missing_ok=True)  # slices of an index that is lost
        database = sqlite3.connect(
            self._path, timeout=5, check_same_thread=False, isolation_level=None
        )
        try:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA synchronous=OFF")  # nothing here is worth an fsync
            database.executescript(_SCHEMA)
        except sqlite3.Error:
            database.close()
            raise
        return database

    def _begin_anew(self) -> None:
        """Throw a broken index away. Who opens the next one deletes the slices."""
        log.warning("storage.cache_index_broken")
        with _one_process(self.folder):
            if self._inode != _inode(self._path):
                return  # another process has done so
            for name in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + name).unlink(missing_ok=True)

    def _close(self) -> None:
        if self._database is not None:
            with suppress(sqlite3.Error):
                self._database.close()
            self._database = None


@contextmanager
def _one_process(folder: Path) -> Iterator[None]:
    """Let one process at a time open the index.

    SQLite does not wait but fails when two turn to a write-ahead log at once; and who finds no
    index would delete the first slices of who is just making it.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _inode(path: Path) -> int:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return -1


def _sums(database: sqlite3.Connection) -> tuple[int, int]:
    """Return the bytes on probation and the bytes kept."""
    (unkept,), (kept,) = database.execute("SELECT bytes FROM sums ORDER BY kept").fetchall()
    return unkept, kept
