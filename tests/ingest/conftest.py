"""A runtime on both databases, and a library of real files."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.library import Library

from shadow.app.bootstrap import open_runtime, read_settings
from shadow.runtime.context import Runtime


@pytest.fixture
def given_settings() -> dict[str, Any]:
    """What follows a scan is tested with playback."""
    return {"hls": {"previews": "off", "index_after_scan": False}}


@pytest.fixture
async def on_both(
    data_dir: Path, database_url: str, given_settings: dict[str, Any]
) -> AsyncIterator[Runtime]:
    """A whole Runtime; the test runs on SQLite and on PostgreSQL."""
    given = {"data_dir": data_dir, "database_url": database_url, **given_settings}
    async with open_runtime(read_settings(given)) as opened:
        yield opened


@pytest.fixture
def library(on_both: Runtime, tmp_path: Path) -> Library:
    """An empty library folder, on both databases."""
    place = tmp_path / "library"
    place.mkdir()
    return Library(on_both, place)


@pytest.fixture
def small_library(runtime: Runtime, tmp_path: Path) -> Library:
    """An empty library folder, on SQLite."""
    place = tmp_path / "library"
    place.mkdir()
    return Library(runtime, place)
