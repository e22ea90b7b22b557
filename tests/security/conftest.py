"""What the suites on outgoing requests share."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.canary import Canary, canary, connections_seen
from tests.support.faulty_server import FaultyServer, faulty_server


@pytest.fixture
async def bird() -> AsyncIterator[Canary]:
    async with canary() as opened:
        yield opened


@pytest.fixture
def seen() -> Iterator[list[str]]:
    """Collect the addresses that this process connects to."""
    with connections_seen() as opened:
        yield opened


@pytest.fixture
async def server() -> AsyncIterator[FaultyServer]:
    async with faulty_server(b"film" * 100) as opened:
        yield opened


@pytest.fixture
def sandbox(tmp_path: Path) -> Path:
    folder = tmp_path / "sandbox"
    folder.mkdir()
    return folder
