"""A local Telegram and a Runtime whose settings lead to it."""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from shadow.app.bootstrap import open_runtime, read_settings
from shadow.runtime.context import Runtime
from tests.support.telegram_dc import DataCentres, Options
from tests.support.telegram_dc.clients import API_HASH
from tests.support.telegram_dc.strings import API_ID

TOKENS = ("1001:token-of-the-first", "1002:token-of-the-second")
CHANNEL = -1001234567890

OpenRuntime = Callable[..., AbstractAsyncContextManager[Runtime]]


@pytest.fixture
async def dc() -> AsyncIterator[DataCentres]:
    """Two data centres; accounts are at home on 2, like their uploads."""
    async with DataCentres(Options(dcs=2, home=2)) as opened:
        yield opened


@pytest.fixture
def telegram(dc: DataCentres) -> dict[str, Any]:
    """The settings group `telegram`: two bots, the channel, no warming up."""
    for token in TOKENS:
        dc.add_bot(token)
    dc.add_channel(CHANNEL)
    places = {n: f"{at.host}:{at.port}" for n, at in dc.addresses.items()}
    return {
        "api_id": API_ID,
        "api_hash": API_HASH,
        "worker_tokens": list(TOKENS),
        "channel_logs": CHANNEL,
        "dc": dict(sorted(places.items(), key=lambda place: place[0] != dc.options.home)),
        "dc_key": str(dc.public_pem_file),
        "warm_up_hours": 0,
    }


@pytest.fixture
def opened(data_dir: Path, sqlite_file: Path, telegram: dict[str, Any]) -> OpenRuntime:
    """Open a Runtime on this test's data folder, as a start of the server does; again and again."""

    @asynccontextmanager
    async def start(**changes: Any) -> AsyncIterator[Runtime]:
        if not data_dir.exists():
            data_dir.mkdir()
            shutil.copy(sqlite_file, data_dir / "shadow.sqlite")
        group = {**telegram, **changes}
        async with open_runtime(
            read_settings({"data_dir": data_dir, "telegram": group})
        ) as runtime:
            yield runtime

    return start
