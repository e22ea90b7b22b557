"""What an admin is told of the slice cache, and clearing it."""

from pathlib import Path

import httpx
import pytest
from tests.support.far import MIB, FarStorage, cache_at, film, read_range, slice_files

from shadow.runtime.context import Runtime
from shadow.storage.service import SliceCache

KEY = b"film.mkv"
PATH = "/api/storages/cache"


async def test_who_reads_while_the_cache_is_cleared_goes_on(tmp_path: Path) -> None:
    content, far = film(3 * MIB), FarStorage()
    far.hold(KEY, content)
    async with cache_at(tmp_path) as cache:
        reader = await cache.open_from(far, "far", KEY)
        assert await reader.read(0, 65_536) == content[:65_536]  # nothing is fetched ahead yet
        await cache.clear()
        assert not slice_files(tmp_path)
        assert (await cache.stats()).bytes == 0
        assert await read_range(reader, 0, 3 * MIB, 65_536) == content
        await reader.close()
        assert (await cache.stats()).bytes > 0


async def test_a_cache_that_was_never_used_makes_no_files(tmp_path: Path) -> None:
    async with cache_at(tmp_path / "slices") as cache:
        assert (await cache.stats()).bytes == 0
        await cache.clear()
        await cache.purge("far", b"0")
    assert not (tmp_path / "slices").exists()


async def test_the_figures_follow_what_is_read(
    client: httpx.AsyncClient, runtime: Runtime, far_film: FarStorage
) -> None:
    before = (await client.get(PATH)).raise_for_status().json()
    reader = await runtime.part(SliceCache).open_from(far_film, "far", KEY)
    await read_range(reader, 0, MIB, 65_536)
    await read_range(reader, 0, MIB, 65_536)
    await reader.close()
    after = (await client.get(PATH)).raise_for_status().json()
    assert after["served_bytes"] - before["served_bytes"] == 2 * MIB
    assert after["upstream_bytes"] - before["upstream_bytes"] >= MIB
    assert after["hits"] > before["hits"]
    assert after["misses"] > before["misses"]
    assert 0 < after["hit_ratio"] < 1
    assert 0 < after["bytes"] <= after["limit"]
    assert (await client.delete(PATH)).status_code == 204
    assert (await client.get(PATH)).json()["bytes"] == 0


@pytest.fixture
def far_film() -> FarStorage:
    far = FarStorage()
    far.hold(KEY, film(MIB))
    return far


async def test_only_an_admin_may_look_and_clear(anonymous: httpx.AsyncClient) -> None:
    assert (await anonymous.get(PATH)).status_code == 401
    assert (await anonymous.delete(PATH)).status_code in (401, 403)
