"""A Runtime with the TMDB plugin against the local TMDB."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.tmdb import KEY, Tmdb, running_tmdb


@pytest.fixture
async def tmdb() -> AsyncIterator[Tmdb]:
    async with running_tmdb() as running:
        yield running


@pytest.fixture
def tmdb_key() -> str:
    """The key that the Runtime has; override it with an empty one for none."""
    return KEY


@pytest.fixture
def given_settings(tmdb: Tmdb, tmdb_key: str) -> dict[str, Any]:
    return {
        "metadata": {"tmdb_key": tmdb_key, "tmdb_url": tmdb.url},
        "network": {"allow_private": "127.0.0.0/8", "read_seconds": 1},
        "hls": {"previews": "off", "index_after_scan": False},
    }
