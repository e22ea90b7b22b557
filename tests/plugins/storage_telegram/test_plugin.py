"""The plugin `telegram`: off with a reason until it can keep files, and read through the cache."""

from pathlib import Path
from typing import Any

import pytest

from shadow.app.bootstrap import open_runtime, read_settings
from shadow.runtime.job_engine import Role
from shadow.runtime.plugins import PluginStatus
from shadow.storage.ports import NamesObjects, Ranged, WritableStorage

TOKEN = "1001:token-of-the-first"


async def status(data_dir: Path, settings: dict[str, Any]) -> PluginStatus:
    given = {"data_dir": data_dir, "telegram": settings}
    async with open_runtime(read_settings(given), role=Role.looks) as runtime:
        (found,) = [
            one
            for one in runtime.plugins.statuses
            if (one.port, one.name) == ("storage", "telegram")
        ]
        if found.state == "ready":
            storage = runtime.plugins.get("storage", "telegram")
            assert isinstance(storage, WritableStorage)
            assert isinstance(storage, Ranged)
            assert isinstance(storage, NamesObjects)
            assert storage.name_of(b"\xff") is None
        return found


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        ({}, "SHADOW_TELEGRAM__WORKER_TOKENS"),
        ({"worker_tokens": TOKEN}, "SHADOW_TELEGRAM__CHANNEL_LOGS"),
    ],
)
async def test_what_is_missing_is_named(
    data_dir: Path, settings: dict[str, Any], missing: str
) -> None:
    found = await status(data_dir, settings)
    assert found.state == "off"
    assert missing in (found.reason or "")


async def test_it_is_ready_without_a_word_to_telegram(data_dir: Path) -> None:
    """Nothing answers where the data centre is said to be: starting does not mind."""
    nowhere = {"dc": {1: "127.0.0.1:1"}, "worker_tokens": TOKEN, "channel_logs": -1001234567890}
    assert (await status(data_dir, nowhere)).state == "ready"
