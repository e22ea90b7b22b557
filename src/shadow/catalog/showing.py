"""Turn rows into what people are shown: cards of titles, images, files."""

from collections.abc import Collection, Sequence
from typing import Any, cast

from sqlalchemy import Row as SqlRow
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from shadow.catalog.bulk import chunks
from shadow.catalog.cards import ImageOut, TitleCard
from shadow.catalog.models import (
    Episode,
    File,
    FileEpisode,
    Genre,
    Image,
    Stream,
    Title,
    TitleGenre,
)
from shadow.catalog.schemas import ChapterOut, MediaFileOut, StreamOut

_Poster = aliased(Image)
_Backdrop = aliased(Image)
_CARD = (
    select(
        *(Title.id, Title.public_id, Title.title, Title.year, Title.kind, Title.runtime_minutes),
        *(Title.rating, Title.review, Title.added_at, Title.season_count, Title.episode_count),
        Title.arriving,
        _Poster.public_id.label("poster"),
        _Poster.colour.label("colour"),
        _Poster.origin.label("origin"),
        _Backdrop.public_id.label("backdrop"),
    )
    .outerjoin(_Poster, _Poster.id == Title.poster_id)
    .outerjoin(_Backdrop, _Backdrop.id == Title.backdrop_id)
)


async def cards(session: AsyncSession, title_ids: Collection[int]) -> dict[int, TitleCard]:
    """Return the cards of titles by database id, in the order asked for; unknown ids are left out.

    Hidden titles have cards too: progress and history may speak of them.
    """
    rows: dict[int, SqlRow[Any]] = {}
    for piece in chunks(list(dict.fromkeys(title_ids))):
        for row in await session.execute(_CARD.where(Title.id.in_(piece))):
            rows[row.id] = cast("SqlRow[Any]", row)
    genres = await genres_of(session, list(rows))
    return {one: _card(rows[one], genres.get(one, [])) for one in title_ids if one in rows}


def _card(row: SqlRow[Any], genres: list[str]) -> TitleCard:
    is_show = row.kind == "show"
    artwork = image(row.poster, row.colour, row.origin)
    return TitleCard(
        id=row.public_id,
        title=row.title,
        year=row.year,
        kind=row.kind,
        poster=artwork.url if artwork else None,
        artwork=artwork,
        backdrop=image_url(row.backdrop),
        runtime_minutes=row.runtime_minutes,
        rating=row.rating,
        genres=genres,
        seasons=row.season_count if is_show else None,
        episodes=row.episode_count if is_show else None,
        review=row.review,
        arriving=row.arriving is not None,
        added_at=row.added_at,
    )


async def genres_of(session: AsyncSession, title_ids: Sequence[int]) -> dict[int, list[str]]:
    """Return the genre names of titles, by name."""
    genres: dict[int, list[str]] = {}
    for piece in chunks(title_ids):
        rows = await session.execute(
            select(TitleGenre.title_id, Genre.name)
            .join(Genre, Genre.id == TitleGenre.genre_id)
            .where(TitleGenre.title_id.in_(piece))
        )
        for title_id, name in rows:
            genres.setdefault(title_id, []).append(name)
    return {title_id: sorted(names) for title_id, names in genres.items()}


def image_url(public_id: str | None) -> str | None:
    """Return where an image is served, None without an image."""
    return f"/api/proxy/image/{public_id}" if public_id else None


def image(public_id: str | None, colour: str | None, origin: str | None) -> ImageOut | None:
    """Return an image as clients see it, None without an image."""
    url = image_url(public_id)
    return ImageOut(url=url, colour=colour, generated=origin == "generated") if url else None


async def media_files(session: AsyncSession, file_ids: Sequence[int]) -> dict[int, MediaFileOut]:
    """Return files by database id, in the order asked for, with streams and episodes."""
    files: dict[int, SqlRow[Any]] = {}
    streams: dict[int, list[StreamOut]] = {}
    episodes: dict[int, list[int]] = {}
    for piece in chunks(file_ids):
        for row in await session.execute(_FILE.where(File.id.in_(piece))):
            files[row.id] = cast("SqlRow[Any]", row)
        for stream in await session.execute(
            _STREAM.where(Stream.file_id.in_(piece)).order_by(Stream.file_id, Stream.index)
        ):
            shown = StreamOut.model_validate(stream, from_attributes=True)
            streams.setdefault(stream.file_id, []).append(shown)
        for file_id, number in await session.execute(
            select(FileEpisode.file_id, Episode.number)
            .join(Episode, Episode.id == FileEpisode.episode_id)
            .where(FileEpisode.file_id.in_(piece))
            .order_by(FileEpisode.file_id, FileEpisode.position)
        ):
            episodes.setdefault(file_id, []).append(number)
    return {
        one: _media_file(files[one], streams.get(one, []), episodes.get(one, []))
        for one in file_ids
        if one in files
    }


_FILE = select(
    *(File.id, File.public_id, File.shown_path, File.size, File.container, File.duration),
    *(File.bitrate, File.season_number, File.state, File.role, File.error, File.part),
    *(File.edition, File.resolution, File.source, File.release_group, File.probe_facts),
    *(File.added_at, Title.public_id.label("title")),
).outerjoin(Title, Title.id == File.title_id)
_STREAM = select(Stream.file_id, *(getattr(Stream, name) for name in StreamOut.model_fields))


def _media_file(row: SqlRow[Any], streams: list[StreamOut], episodes: list[int]) -> MediaFileOut:
    chapters = [ChapterOut.model_validate(one) for one in row.probe_facts.get("chapters", [])]
    return MediaFileOut(
        id=row.public_id,
        path=row.shown_path,
        size=row.size,
        container=row.container,
        duration=row.duration,
        bitrate=row.bitrate,
        streams=streams,
        title_id=row.title,
        season=row.season_number,
        episode=episodes[0] if episodes else None,
        episodes=episodes,
        state=row.state,
        role=row.role,
        error=row.error,
        part=row.part,
        edition=row.edition,
        resolution=row.resolution,
        source=row.source,
        group=row.release_group,
        chapters=chapters,
        added_at=row.added_at,
    )
