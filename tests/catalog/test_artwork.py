"""The artwork store: what is taken, what is refused, which picture is shown."""

import os
import struct
import zlib
from pathlib import Path

import pytest
from sqlalchemy import func, select

from shadow.catalog.artwork import (
    Placement,
    artwork_path,
    keep,
    local_source,
    store_image,
    store_local,
    wanted,
)
from shadow.catalog.artwork_rules import PictureRefused
from shadow.catalog.images import dominant_colour, inspect, render
from shadow.catalog.models import Image, Title
from shadow.runtime.context import Runtime
from tests.catalog.matching.lookups import record, titles
from tests.support.pictures import png, png_of

POSTER = png(300, 450, (200, 30, 40))


@pytest.fixture
async def title_id(runtime: Runtime) -> int:
    await record(runtime, "Film (2001).mkv")
    return (await titles(runtime))["Film"].id


def placement(title_id: int, origin: str = "provider", source: str = "http://a/1") -> Placement:
    return Placement("title", title_id, "poster_id", origin, source)  # type: ignore[arg-type]  # a Literal as a parameter


async def shown(runtime: Runtime) -> Image | None:
    async with runtime.database.session() as session:
        query = select(Image).join(Title, Title.poster_id == Image.id)
        return await session.scalar(query)


async def test_a_picture_is_kept_under_its_hash_and_shown(runtime: Runtime, title_id: int) -> None:
    assert await store_image(runtime, placement(title_id), POSTER)
    image = await shown(runtime)
    assert image is not None
    assert (image.width, image.height, image.origin) == (300, 450, "provider")
    assert image.colour == "#c81e28"
    kept = artwork_path(runtime.settings.core.data_dir, image.sha256)
    assert kept.read_bytes() == POSTER
    assert [path.name for path in kept.parent.iterdir()] == [image.sha256]


async def test_the_same_picture_again_changes_nothing(runtime: Runtime, title_id: int) -> None:
    assert await store_image(runtime, placement(title_id), POSTER)
    assert not await store_image(runtime, placement(title_id), POSTER)
    async with runtime.database.session() as session:
        assert await session.scalar(select(func.count()).select_from(Image)) == 1
        assert await wanted(session, [placement(title_id)]) == []
        changed = placement(title_id, source="http://a/2")
        assert await wanted(session, [placement(title_id), changed]) == [changed]


BETTER = [
    ("generated", "embedded"),
    ("embedded", "provider"),
    ("provider", "provider"),
    ("provider", "local"),
    ("local", "person"),
]


async def test_a_better_picture_wins_and_a_worse_one_does_not(
    runtime: Runtime, title_id: int
) -> None:
    for step, (before, after) in enumerate(BETTER):
        await store_image(runtime, placement(title_id, before, f"{step} before"), POSTER)
        new = placement(title_id, after, f"{step} after")
        assert await store_image(runtime, new, png(30, 45)), (before, after)
        image = await shown(runtime)
        assert image is not None
        assert (image.origin, image.source) == (after, new.source)
        if before != after:
            assert not await store_image(runtime, placement(title_id, before, "again"), POSTER)


async def test_a_locked_poster_gives_way_to_a_persons_choice_only(
    runtime: Runtime, title_id: int
) -> None:
    async with runtime.database.transaction() as session:
        (await session.get_one(Title, title_id)).locked = ["poster"]
    assert not await store_image(runtime, placement(title_id, "local"), POSTER)
    assert await store_image(runtime, placement(title_id, "person"), POSTER)


async def test_a_title_that_is_gone_is_no_error(runtime: Runtime) -> None:
    assert not await store_image(runtime, placement(424242), POSTER)


def bomb() -> bytes:
    """A PNG of 60,000 by 60,000 pixels in a few kilobytes."""
    return png_of(60_000, 60_000, zlib.compress(bytes(1_000_000)))


def svg_in_webp() -> bytes:
    body = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
    return b"RIFF" + struct.pack("<I", len(body)) + b"WEBP" + body


REFUSED = {
    "nothing": b"",
    "text": b"hello",
    "SVG": b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "GIF": b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
    "TIFF": b"II*\x00" + bytes(100),
    "PDF": b"%PDF-1.4 " + bytes(100),
    "BMP": b"BM" + bytes(100),
    "a broken PNG": b"\x89PNG\r\n\x1a\n" + b"x" * 1000,
    "a broken JPEG": b"\xff\xd8\xff\xe0" + b"x" * 1000,
    "SVG in a WebP coat": svg_in_webp(),
    "too many pixels": bomb(),
    "too many bytes": b"\x89PNG\r\n\x1a\n" + bytes(30_000_001),
    "no pixels": png_of(0, 0, zlib.compress(b"")),
}


async def test_what_is_no_safe_picture_is_refused_and_leaves_nothing(runtime: Runtime) -> None:
    for what, content in REFUSED.items():
        with pytest.raises(PictureRefused):
            pytest.fail(f"{what} was taken: {await keep(runtime, content)}")
    folder = runtime.settings.core.data_dir / "artwork"
    assert [path for path in folder.rglob("*") if path.is_file()] == []


async def test_a_file_beside_the_media_is_taken_by_its_exact_path(
    runtime: Runtime, title_id: int, tmp_path: Path
) -> None:
    path = os.fsencode(tmp_path) + b"/-p\xff\n.png"
    beside = Path(os.fsdecode(path))
    beside.write_bytes(POSTER)
    source = local_source(path, beside.stat())
    assert await store_local(runtime, placement(title_id, "local", source), path)
    image = await shown(runtime)
    assert image is not None
    assert "%FF%0A.png#" in image.source
    async with runtime.database.session() as session:
        assert await wanted(session, [placement(title_id, "local", source)]) == []


async def test_pipes_folders_and_missing_files_are_refused(
    runtime: Runtime, title_id: int, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    for name in ("pipe.png", "folder.png", "missing.png"):
        with pytest.raises(PictureRefused):
            await store_local(runtime, placement(title_id), os.fsencode(tmp_path / name))


async def test_a_store_that_cannot_be_written_says_so(runtime: Runtime, title_id: int) -> None:
    (runtime.settings.core.data_dir / "artwork").write_bytes(b"in the way")
    with pytest.raises(OSError, match="artwork"):
        await store_image(runtime, placement(title_id), POSTER)


def test_a_turned_picture_is_measured_as_it_is_shown(tmp_path: Path) -> None:
    import pyvips

    wide = pyvips.Image.black(40, 20, bands=3).copy()
    wide.set_type(pyvips.GValue.gint_type, "orientation", 6)
    wide.write_to_file(str(tmp_path / "t.jpg"))
    seen = inspect(str(tmp_path / "t.jpg"))
    assert (seen["width"], seen["height"]) == (20, 40)


def test_rendering_never_enlarges_and_drops_what_came_with_the_picture(tmp_path: Path) -> None:
    import pyvips

    noise = pyvips.Image.gaussnoise(900, 600, mean=128, sigma=40).cast("uchar")
    picture = noise.bandjoin([noise, noise]).copy(interpretation="srgb")
    picture.set_type(pyvips.GValue.gstr_type, "exif-ifd3-GPSLatitude", "51/1 30/1 0/1")
    path = str(tmp_path / "n.jpg")
    picture.write_to_file(path, Q=95)
    for width, shown_width in ((320, 320), (1920, 900)):
        packed = render(path, width, "full")
        made = pyvips.Image.new_from_buffer(packed, "")
        assert (packed[8:12], made.width) == (b"WEBP", shown_width)
        assert not any("exif" in name.lower() for name in made.get_fields())
    assert len(render(path, 780, "saver")) <= 0.35 * len(render(path, 780, "full"))


def test_the_dominant_colour_is_the_commonest_lively_one() -> None:
    assert dominant_colour(b"") == "#000000"
    assert dominant_colour(bytes((10, 10, 10)) * 60 + bytes((220, 20, 30)) * 40) == "#dc141e"
