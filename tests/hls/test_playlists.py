"""Master playlists while the cache is swept."""

import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest

from shadow.hls.tokens import Grant
from shadow.runtime.context import Runtime
from tests.hls.test_routes import SETTINGS, add, player


@pytest.fixture
def given_settings() -> dict[str, Any]:
    return SETTINGS


async def test_a_master_is_sent_though_the_init_segment_it_reads_was_swept(
    runtime: Runtime, anonymous: httpx.AsyncClient, tmp_path: Path, data_dir: Path
) -> None:
    library = tmp_path / "library"
    library.mkdir()
    await add(runtime, library, "h264_mkv")
    film = player(runtime, anonymous, Grant(copy_video=False))
    await film.ok("v360/init.mp4")  # the server remembers where it lies
    for shard in (data_dir / "cache" / "hls" / "segments").iterdir():
        shutil.rmtree(shard)

    master = await film.ok("master.m3u8")

    assert "v360/index.m3u8" in master.text
