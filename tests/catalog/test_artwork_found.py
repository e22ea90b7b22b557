"""Artwork that a scan finds: beside the film, in the season's folder, or not at all."""

import os
from pathlib import Path

from sqlalchemy import select

from shadow.catalog.artwork import Placement, store_image
from shadow.catalog.artwork_found import lacking_pictures, store_found_artwork
from shadow.catalog.found import ArtworkFound, LocalArtwork
from shadow.catalog.models import Episode, File, Image, Season, Title
from shadow.runtime.context import Runtime
from tests.catalog.matching.lookups import record, titles
from tests.support.pictures import png


def beside(folder: Path, name: str, kind: str, season: int | None = None) -> LocalArtwork:
    (folder / name).write_bytes(png(40, 60) if "poster" in name else png(80, 45))
    return LocalArtwork(kind, os.fsencode(folder / name), season)  # type: ignore[arg-type]  # a Literal as a parameter


async def test_pictures_beside_the_media_are_shown_where_they_belong(
    runtime: Runtime, tmp_path: Path
) -> None:
    await record(runtime, "Show/Season 1/Show.S01E01E02.mkv")
    async with runtime.database.session() as session:
        file = (await session.scalars(select(File))).one()
    assert file.title_id is not None
    artwork = (
        beside(tmp_path, "poster.png", "poster"),
        beside(tmp_path, "fanart.png", "backdrop"),
        beside(tmp_path, "thumb.png", "still"),
        beside(tmp_path, "season01-poster.png", "season_poster", 1),
        beside(tmp_path, "season77-poster.png", "season_poster", 77),
        LocalArtwork("poster", os.fsencode(tmp_path / "gone.png")),
    )
    found = [ArtworkFound(file.title_id, file.id, artwork, has_cover=False)]
    assert await store_found_artwork(runtime, found) == 5
    assert await store_found_artwork(runtime, found) == 0
    async with runtime.database.session() as session:
        title = (await session.scalars(select(Title))).one()
        poster = await session.get_one(Image, title.poster_id)
        assert (poster.origin, poster.width, poster.height) == ("local", 40, 60)
        assert title.backdrop_id is not None
        assert (await session.scalars(select(Season))).one().poster_id is not None
        assert None not in set(await session.scalars(select(Episode.still_id)))


async def test_a_changed_picture_is_read_again_and_a_broken_one_left_out(
    runtime: Runtime, tmp_path: Path
) -> None:
    await record(runtime, "Film (2001).mkv")
    title_id = (await titles(runtime))["Film"].id
    found = [
        ArtworkFound(title_id, 1, (beside(tmp_path, "poster.png", "poster"),), has_cover=False)
    ]
    assert await store_found_artwork(runtime, found) == 1
    (tmp_path / "poster.png").write_bytes(png(90, 90))
    assert await store_found_artwork(runtime, found) == 1
    (tmp_path / "poster.png").write_bytes(b"no picture")
    assert await store_found_artwork(runtime, found) == 0


async def test_what_lacks_a_picture_is_told_with_a_file_to_take_it_from(runtime: Runtime) -> None:
    await record(runtime, "Film (2001).mkv", "Show/Show.S01E01.mkv", "Show/Show.S01E02.mkv")
    held = await titles(runtime)
    ids = [title.id for title in held.values()]
    async with runtime.database.session() as session:
        lacking = await lacking_pictures(session, ids)
    places = {(one.owner, one.column, one.file.key) for one in lacking}
    film, first, second = (b"/library/" + name for name in (
        b"Film (2001).mkv", b"Show/Show.S01E01.mkv", b"Show/Show.S01E02.mkv"
    ))  # fmt: skip
    assert places == {
        ("title", "poster_id", film),
        ("title", "backdrop_id", film),
        ("title", "poster_id", first),
        ("title", "backdrop_id", first),
        ("episode", "still_id", first),
        ("episode", "still_id", second),
    }
    for one in lacking:
        place = Placement(one.owner, one.owner_id, one.column, "generated", "frame:1")
        assert await store_image(runtime, place, png(64, 36))
    async with runtime.database.session() as session:
        assert await lacking_pictures(session, ids) == []
