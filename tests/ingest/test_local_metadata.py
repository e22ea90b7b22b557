"""What lies beside the media reaches the catalogue: `.nfo`, pictures, covers, frames."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.support.library import Library, counts
from tests.support.pictures import png

from shadow.app.bootstrap import read_settings
from shadow.catalog.models import Credit, Episode, Image, Person, Season, Title
from shadow.ingest.settings import LibrarySettings
from shadow.runtime.settings import SettingsInvalid

MOVIE = b"""<movie><title>Heat</title><year>1995</year><plot>Cops and robbers.</plot>
<uniqueid type="imdb">tt0113277</uniqueid>
<actor><name>Al Pacino</name><role>Vincent Hanna</role></actor></movie>"""
SHOW = b"<tvshow><title>Lost</title><year>2004</year><plot>An island.</plot></tvshow>"
EPISODE = (
    b"<episodedetails><title>Pilot</title><season>1</season><episode>1</episode></episodedetails>"
)


async def pictures_done(library: Library) -> None:
    """Wait until every picture of the last scan is made."""
    for job in (await library.runtime.jobs.list(limit=20)).items:
        if job.kind == "pictures":
            ended = await asyncio.wait_for(library.runtime.jobs.wait(job.id), 60)
            assert ended.state == "done", ended.error


async def origins(library: Library, *columns: Any) -> list[str | None]:
    """Return where the picture of each of these columns came from."""
    async with library.runtime.database.session() as session:
        return [
            await session.scalar(select(Image.origin).where(Image.id == image_id))
            for column in columns
            for image_id in await session.scalars(select(column))
        ]


async def test_an_nfo_beside_a_film_has_the_last_word(library: Library) -> None:
    library.put("Films/heat-bluray-remux/h-br.mkv.mp4")
    library.put("Films/heat-bluray-remux/h-br.mkv.nfo", MOVIE)
    await library.scan()
    async with library.runtime.database.session() as session:
        (title,) = list(await session.scalars(select(Title)))
        actor = await session.scalar(select(Person.name).join(Credit))
    assert (title.title, title.year, title.kind) == ("Heat", 1995, "movie")
    assert (title.overview, title.external_ids["imdb"]) == ("Cops and robbers.", "tt0113277")
    assert actor == "Al Pacino"


async def test_an_nfo_that_comes_later_is_noticed(small_library: Library) -> None:
    small_library.put("Heat (1995)/Heat.mp4")
    await small_library.scan()
    small_library.put("Heat (1995)/movie.nfo", MOVIE)
    assert counts(await small_library.scan())["files"] == 1
    async with small_library.runtime.database.session() as session:
        (title,) = list(await session.scalars(select(Title)))
    assert title.overview == "Cops and robbers."
    assert counts(await small_library.scan()) == {"files": 1, "unchanged": 1}


async def test_the_nfo_of_a_show_speaks_for_its_seasons(small_library: Library) -> None:
    small_library.put("lost/tvshow.nfo", SHOW)
    small_library.put("lost/Season 1/ep one.mp4")
    small_library.put("lost/Season 1/ep one.nfo", EPISODE)
    await small_library.scan()
    async with small_library.runtime.database.session() as session:
        (title,) = list(await session.scalars(select(Title)))
        (episode,) = list(await session.scalars(select(Episode)))
    assert (title.title, title.year, title.kind) == ("Lost", 2004, "show")
    assert title.overview == "An island."
    assert (episode.number, episode.name) == (1, "Pilot")


async def test_pictures_beside_the_media_are_shown(small_library: Library) -> None:
    for name in ("poster.png", "fanart.png"):
        small_library.put(f"Films/Heat (1995)/{name}", png(300, 450))
    small_library.put("Films/Heat (1995)/Heat (1995).mp4")
    await small_library.scan()
    await pictures_done(small_library)
    assert await origins(small_library, Title.poster_id, Title.backdrop_id) == ["local", "local"]


async def test_without_pictures_frames_of_the_film_are_shown(small_library: Library) -> None:
    small_library.put("Lost/Season 1/Lost S01E01.mp4")
    small_library.put("Lost/Season 1/poster.png", png(300, 450))
    await small_library.scan()
    await pictures_done(small_library)
    shown = await origins(
        small_library, Title.poster_id, Title.backdrop_id, Episode.still_id, Season.poster_id
    )
    assert shown == ["generated", "generated", "generated", "local"]


async def test_a_picture_that_is_none_harms_nothing(small_library: Library) -> None:
    small_library.put("Heat (1995)/Heat (1995).mp4")
    small_library.put("Heat (1995)/poster.png", b"no picture at all")
    os.mkfifo(small_library.place / "Heat (1995)" / "fanart.png")
    await small_library.scan()
    await pictures_done(small_library)
    assert await origins(small_library, Title.poster_id, Title.backdrop_id) == ["generated"] * 2


def test_library_settings_are_read_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHADOW_LIBRARY__PATHS", "/media/films:/media/shows:relative:")
    monkeypatch.setenv("SHADOW_LIBRARY__WATCH", "false")
    monkeypatch.setenv("SHADOW_LIBRARY__EXTENSIONS", "mkv, .MP4")
    settings = read_settings({"data_dir": tmp_path}).group(LibrarySettings)
    assert settings.paths == ("/media/films", "/media/shows", str(tmp_path / "relative"))
    assert settings.watch is False
    assert settings.extensions == {"mkv", "mp4"}
    monkeypatch.setenv("SHADOW_LIBRARY__POLL_SECONDS", "often")
    with pytest.raises(SettingsInvalid, match="SHADOW_LIBRARY__POLL_SECONDS"):
        read_settings({"data_dir": tmp_path})
