"""The storage `telegram` over local data centres, for tests of what all storages promise."""

import itertools
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

from shadow.app.bootstrap import open_runtime, read_settings
from shadow.plugins.storage_telegram.storage import TelegramStorage
from shadow.runtime.job_engine import Role
from tests.support.telegram_dc import DataCentres, Options

TOKENS = ("1001:token-of-the-first", "1002:token-of-the-second")
LOGS, BACKUP = -1001234567890, -1001234567891
Put = Callable[[str, bytes], bytes]


def telegram_settings(dc: DataCentres, tokens: tuple[str, ...] = TOKENS) -> dict[str, object]:
    """Return the settings of a Runtime that keeps files there."""
    centres = sorted(dc.addresses.items(), key=lambda one: one[0] != dc.options.home)
    return {
        "api_id": 1,
        "api_hash": "0123456789abcdef0123456789abcdef",
        "worker_tokens": ",".join(tokens),
        "channel_logs": LOGS,
        "channel_backup": BACKUP,
        "dc": {number: f"{at.host}:{at.port}" for number, at in centres},
        "dc_key": str(dc.public_pem_file),
        "wait_seconds": 1.0,
    }


def add_bots(dc: DataCentres) -> None:
    """Add two bots that are admins of both channels."""
    for token in TOKENS:
        dc.add_bot(token)
    dc.add_channel(LOGS)
    dc.add_channel(BACKUP)


@asynccontextmanager
async def telegram_storage(
    data_dir: Path, template: Path
) -> AsyncIterator[tuple[TelegramStorage, Put]]:
    """Open the storage, and a way to put an object into it behind its back."""
    data_dir.mkdir()
    shutil.copy(template, data_dir / "shadow.sqlite")
    async with DataCentres(Options(dcs=2, home=2)) as dc:
        add_bots(dc)
        given = {"data_dir": data_dir, "telegram": telegram_settings(dc)}
        async with open_runtime(read_settings(given), role=Role.looks) as runtime:
            yield TelegramStorage(runtime), _behind(dc, data_dir / "shadow.sqlite")


def _behind(dc: DataCentres, database: Path) -> Put:
    clock = itertools.count(1_700_000_000_000_000_000)

    def put(name: str, content: bytes) -> bytes:
        with closing(sqlite3.connect(database, isolation_level=None)) as rows:
            rows.execute("PRAGMA foreign_keys=ON")
            old = rows.execute(
                "SELECT channel, message_id, document_id FROM telegram_parts JOIN telegram_objects "
                "ON object_id = id WHERE name = ?", (name,),
            ).fetchall()  # fmt: skip
            for channel, message, document in old:
                dc.delete_message(channel, message)
                del dc.world.documents[document]
            rows.execute("DELETE FROM telegram_objects WHERE name = ?", (name,))
            made = rows.execute(
                "INSERT INTO telegram_objects (name, state, size, mtime_ns, changed_at) "
                "VALUES (?, 'stored', ?, ?, '2026-01-01 00:00:00')",
                (name, len(content), next(clock)),
            ).lastrowid  # fmt: skip
            if content:
                posted = dc.put_document(LOGS, content, name)
                rows.execute(
                    "INSERT INTO telegram_parts (object_id, number, offset, size, channel, "
                    "message_id, document_id, dc) VALUES (?, 0, 0, ?, ?, ?, ?, 2)",
                    (made, len(content), LOGS, posted.message, posted.document),
                )  # fmt: skip
        return name.encode()

    return put
