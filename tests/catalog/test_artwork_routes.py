"""`/api/proxy/image/{id}`: sizes, caching, limits, and who may look."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
import pyvips
from sqlalchemy import select

from shadow.catalog.artwork import Placement, artwork_path, store_image
from shadow.catalog.artwork_variants import LADDER, ImageMissing, Variants, rung
from shadow.catalog.models import Image
from shadow.runtime.context import Runtime
from tests.catalog.matching.lookups import record, titles
from tests.support.pictures import png


@pytest.fixture
async def image(runtime: Runtime) -> Image:
    """The 2000 pixels wide poster of a title."""
    noise = pyvips.Image.perlin(2000, 1000, cell_size=40, uchar=True)
    colours = noise.bandjoin([noise.rot180(), noise.fliphor()]).copy(interpretation="srgb")
    await record(runtime, "Film (2001).mkv")
    title_id = (await titles(runtime))["Film"].id
    place = Placement("title", title_id, "poster_id", "provider", "http://a/1")
    await store_image(runtime, place, bytes(colours.jpegsave_buffer(Q=92)))
    async with runtime.database.session() as session:
        return (await session.scalars(select(Image))).one()


def variants_on_disk(runtime: Runtime) -> list[Path]:
    return list((runtime.settings.core.data_dir / "cache" / "images").rglob("*.webp"))


def width_of(answer: httpx.Response) -> int:
    made = pyvips.Image.new_from_buffer(answer.content, "")
    return int(made.width)


async def test_a_picture_is_answered_as_webp_to_be_kept_for_ever(
    client: httpx.AsyncClient, image: Image
) -> None:
    answer = await client.get(f"/api/proxy/image/{image.public_id}?width=320")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["etag"].startswith('"')
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert width_of(answer) == 320


async def test_widths_are_rounded_up_to_the_ladder(client: httpx.AsyncClient, image: Image) -> None:
    widths = {1: 160, 160: 160, 161: 320, 700: 780, 1921: 1920, 10_000: 1920}
    for asked, got in widths.items():
        assert rung(asked) == got
        answer = await client.get(f"/api/proxy/image/{image.public_id}?width={asked}")
        assert width_of(answer) == got


async def test_no_number_of_widths_makes_more_than_the_ladders_files(
    client: httpx.AsyncClient, runtime: Runtime, image: Image
) -> None:
    for width in (*range(1, 400, 37), 5_000):
        await client.get(f"/api/proxy/image/{image.public_id}?width={width}")
    assert len(variants_on_disk(runtime)) <= len(LADDER)


async def test_odd_sizes_and_qualities_are_refused(client: httpx.AsyncClient) -> None:
    for query in ("width=0", "width=-5", "width=10001", "width=x", "quality=best"):
        answer = await client.get(f"/api/proxy/image/abcdefg?{query}")
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"


async def test_saver_pictures_are_much_smaller(client: httpx.AsyncClient, image: Image) -> None:
    for width in (320, 780):
        path = f"/api/proxy/image/{image.public_id}?width={width}"
        full, saver = await client.get(path), await client.get(path + "&quality=saver")
        assert len(saver.content) < 0.3 * len(full.content)
        assert saver.headers["etag"] != full.headers["etag"]


async def test_a_known_picture_is_not_sent_again(
    client: httpx.AsyncClient, runtime: Runtime, image: Image
) -> None:
    path = f"/api/proxy/image/{image.public_id}?width=160"
    etag = (await client.get(path)).headers["etag"]
    for sent in (etag, f'"x", {etag}', f"W/{etag}", "*"):
        answer = await client.get(path, headers={"If-None-Match": sent})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
    assert (await client.get(path, headers={"If-None-Match": '"x"'})).status_code == 200


async def test_there_is_no_picture_of_another_id(client: httpx.AsyncClient) -> None:
    for name in ("zzzzzzz", "..", "%2e%2e%2fsecret.key", "a", "x" * 300, "ü"):
        answer = await client.get(f"/api/proxy/image/{name}")
        assert answer.status_code == 404


async def test_pictures_are_for_those_who_may_look(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.get("/api/proxy/image/abcdefg")
    assert answer.status_code == 401


async def test_a_picture_whose_file_is_gone_or_broken_is_missing(
    client: httpx.AsyncClient, runtime: Runtime, image: Image
) -> None:
    path = artwork_path(runtime.settings.core.data_dir, image.sha256)
    path.write_bytes(b"\xff\xd8\xff broken")
    assert (await client.get(f"/api/proxy/image/{image.public_id}")).status_code == 404
    path.unlink()
    assert (await client.get(f"/api/proxy/image/{image.public_id}")).status_code == 404


class Counting:
    """A worker pool that counts what it is asked to render."""

    def __init__(self, size: int = 10_000) -> None:
        self.rendered: list[tuple[Any, ...]] = []
        self.go = asyncio.Event()
        self.size = size

    async def call(self, _: str, *args: Any, **__: Any) -> bytes:
        self.rendered.append(args[1:])
        await self.go.wait()
        return bytes(self.size)


async def test_many_requests_for_one_picture_render_it_once(tmp_path: Path) -> None:
    pool: Any = Counting()
    variants = Variants(tmp_path, pool, max_bytes=1 << 20)
    asking = [asyncio.create_task(variants.get("ab" * 32, 320, "full")) for _ in range(20)]
    while not pool.rendered:
        await asyncio.sleep(0)
    asking[0].cancel()  # a client that leaves
    pool.go.set()
    assert {len(await task) for task in asking[1:]} == {10_000}
    assert len(await variants.get("ab" * 32, 320, "full")) == 10_000
    assert pool.rendered == [(320, "full")]


async def test_the_cache_stays_within_its_bound_and_keeps_what_is_used(tmp_path: Path) -> None:
    pool: Any = Counting()
    pool.go.set()
    variants = Variants(tmp_path, pool, max_bytes=100_000)
    for number in range(40):
        await variants.get(f"{number:064x}", 320, "full")
        await variants.get("f" * 64, 320, "full")  # asked for all the time
    held = list(tmp_path.rglob("*.webp"))
    assert sum(path.stat().st_size for path in held) <= 100_000
    assert any(path.name.startswith("f" * 64) for path in held)
    assert len(pool.rendered) == 41


async def test_the_cache_is_counted_again_after_a_restart(tmp_path: Path) -> None:
    pool: Any = Counting()
    pool.go.set()
    for start in (0, 8):
        variants = Variants(tmp_path, pool, max_bytes=100_000)
        for number in range(start, start + 8):
            await variants.get(f"{number:064x}", 320, "full")
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.webp")) <= 100_000


async def test_a_variant_that_another_process_threw_out_is_made_again(tmp_path: Path) -> None:
    pool: Any = Counting()
    pool.go.set()
    variants = Variants(tmp_path, pool, max_bytes=100_000)
    await variants.get("a" * 64, 320, "full")
    for path in tmp_path.rglob("*.webp"):
        path.unlink()
    assert len(await variants.get("a" * 64, 320, "full")) == 10_000
    assert len(pool.rendered) == 2


async def test_a_cache_that_cannot_be_written_still_answers(tmp_path: Path) -> None:
    (tmp_path / "cache").write_bytes(b"in the way")
    pool: Any = Counting()
    pool.go.set()
    variants = Variants(tmp_path, pool, max_bytes=100_000)
    assert len(await variants.get("a" * 64, 320, "full")) == 10_000


async def test_a_failed_rendering_is_tried_again_by_the_next_request(
    runtime: Runtime, image: Image
) -> None:
    folder = runtime.settings.core.data_dir
    variants = Variants(folder, runtime.workers, max_bytes=1 << 20)
    path = artwork_path(folder, image.sha256)
    whole = path.read_bytes()
    path.write_bytes(b"")
    with pytest.raises(ImageMissing):
        await variants.get(image.sha256, 320, "full")
    path.write_bytes(whole)
    assert await variants.get(image.sha256, 320, "full")


def test_png_support_makes_real_pictures(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(png(7, 9))
    made = pyvips.Image.new_from_file(str(tmp_path / "x.png"))
    assert (made.width, made.height) == (7, 9)
