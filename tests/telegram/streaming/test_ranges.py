"""RFC 9110's table of ranges and conditions: a film in Telegram answers as one on the disk does."""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from shadow.catalog.models import File
from shadow.runtime.context import Runtime
from shadow.telegram import service as telegram
from tests.support.range_table import BOUNDARY, CONDITIONS, ELEVEN, LARGE, M, given
from tests.support.storages import blocks
from tests.support.stored_files import catalogue_file
from tests.support.telegram_dc import DataCentres, Options
from tests.support.telegram_storage import add_bots, telegram_settings

HERE, FAR = "Here000", "Far0000"
SIZES = {"eleven bytes": 11, "large": 3 * M + 1234}
TABLE = {"eleven bytes": ELEVEN, "large": LARGE}
ALIKE = ("content-length", "content-range", "accept-ranges", "cache-control")


@pytest.fixture
async def dc() -> AsyncIterator[DataCentres]:
    async with DataCentres(Options(dcs=2, home=2)) as running:
        add_bots(running)
        yield running


@pytest.fixture
def given_settings(dc: DataCentres) -> dict[str, Any]:
    return {"telegram": telegram_settings(dc)}


@pytest.fixture(params=SIZES)
async def kind(request: pytest.FixtureRequest, runtime: Runtime, tmp_path: Path) -> str:
    """One content, as a file of this machine and as a document in Telegram."""
    kind: str = request.param
    content = random.Random(kind).randbytes(SIZES[kind])
    path = tmp_path / "library" / "film.mkv"
    path.parent.mkdir()
    path.write_bytes(content)
    os.utime(path, (time.time() - 60,) * 2)
    stored = await telegram.put_object(runtime, "film.mkv", blocks(content))
    async with runtime.database.transaction() as session:
        await catalogue_file(session, path, public_id=HERE)
        elsewhere = tmp_path / "elsewhere" / "film.mkv"
        await catalogue_file(session, elsewhere, public_id=FAR, storage="telegram")
        facts = {"size": stored.facts.size, "mtime_ns": stored.facts.mtime_ns}
        found = update(File).where(File.public_id == FAR)
        await session.execute(found.values(path=stored.key, **facts))
    # A date is no strong validator within its second: neither answer may fall into it.
    await asyncio.sleep(max(0.0, stored.facts.mtime_ns / 1e9 + 2 - time.time()))
    return kind


async def compare(client: httpx.AsyncClient, method: str, **conditions: str) -> None:
    """Ask for both files, each with its own ETag and date where those are meant."""
    answers = []
    for file_id in (HERE, FAR):
        facts = (await client.head(f"/stream/{file_id}")).headers
        asked = given(conditions, facts)
        answers.append(await client.request(method, f"/stream/{file_id}", headers=asked))
    here, far = answers
    assert far.status_code == here.status_code, conditions
    assert BOUNDARY.sub(b"", far.content) == BOUNDARY.sub(b"", here.content), conditions
    for name in ALIKE:
        assert far.headers.get(name) == here.headers.get(name), (name, conditions)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_every_range(client: httpx.AsyncClient, kind: str, method: str) -> None:
    await compare(client, method)
    for asked in TABLE[kind]:
        await compare(client, method, Range=asked)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_every_condition(client: httpx.AsyncClient, kind: str, method: str) -> None:
    for conditions in CONDITIONS:
        await compare(client, method, **conditions)
