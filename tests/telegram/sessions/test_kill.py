"""A process that dies without a word leaves its log-ins to the next one at once."""

import asyncio
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from shadow.telegram.service import Swarm
from tests.support.telegram_dc import DataCentres
from tests.telegram.conftest import OpenRuntime

ROOT = Path(__file__).parents[3]


async def killed_holder(data_dir: Path, sqlite_file: Path, group: dict[str, Any]) -> None:
    """Run a process until it holds a session, then end it as the kernel does."""
    data_dir.mkdir()
    shutil.copy(sqlite_file, data_dir / "shadow.sqlite")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.telegram.sessions.holder", str(data_dir),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(group).encode())
    process.stdin.close()
    while not (line := await process.stdout.readline()).startswith(b"holding"):
        assert line, "the process ended"
    process.kill()
    await process.wait()


@pytest.mark.parametrize("kind", ["bot", "user"])
async def test_the_log_in_of_a_killed_process_is_taken_over(
    dc: DataCentres,
    opened: OpenRuntime,
    telegram: dict[str, Any],
    data_dir: Path,
    sqlite_file: Path,
    kind: str,
) -> None:
    if kind == "user":
        string = dc.session_string(dc.add_user(555))
        telegram |= {"worker_tokens": [], "worker_sessions": [string]}
    await killed_holder(data_dir, sqlite_file, telegram)
    dc.counters.clear()
    async with opened() as runtime, runtime.part(Swarm).session() as session:
        await session.verify()
        assert session.login.slot == 0
    assert dc.counters.handshakes == 0
    assert dc.counters.calls["auth.importBotAuthorization"] == 0
    assert dc.counters.errors == {}
