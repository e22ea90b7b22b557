"""Everything a title's page and a person's page show, in a handful of queries."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from shadow.catalog.cards import ImageOut
from shadow.catalog.errors import PersonMissing, TitleMissing
from shadow.catalog.folding import clean
from shadow.catalog.models import (
    Collection,
    CollectionItem,
    Credit,
    Episode,
    File,
    FileEpisode,
    Image,
    Person,
    Season,
    Title,
)
from shadow.catalog.schemas import (
    CollectionRef,
    CreditOut,
    EpisodeOut,
    MediaFileOut,
    PersonOut,
    SeasonOut,
    TitleOut,
)
from shadow.catalog.showing import cards, image, image_url, media_files

MOST_CREDITS = 200
MOST_TITLES = 500
MOST_FILES = 5_000


async def show_title(session: AsyncSession, public_id: str) -> TitleOut:
    """Return all that a title's page shows, removed files included (they can be restored).

    Raises:
        TitleMissing: no title has this public id.
    """
    title = await find_title(session, public_id)
    backdrop = None
    if title.backdrop_id is not None:
        backdrop = await session.get(Image, title.backdrop_id)
    card = (await cards(session, [title.id]))[title.id]
    file_ids = await session.scalars(
        select(File.id)
        .where(File.title_id == title.id)
        .order_by(File.role != "main", File.season_number, File.sort_path, File.id)
        .limit(MOST_FILES)
    )
    files = await media_files(session, list(file_ids))
    return TitleOut(
        **card.model_dump(),
        original_title=title.original_title,
        overview=title.overview,
        tagline=title.tagline,
        certification=title.certification,
        released=title.released,
        external_ids=title.external_ids,
        locked=sorted(title.locked),
        confidence=title.confidence,
        review_reason=title.review_reason,
        backdrop_image=_shown(backdrop),
        season_list=await _seasons(session, title.id, files) if title.kind == "show" else [],
        files=list(files.values()),
        people=await _people(session, title.id),
        collections=await _collections(session, title.id),
    )


async def show_person(session: AsyncSession, public_id: str) -> PersonOut:
    """Return a person and the visible titles with them, newest first.

    Raises:
        PersonMissing: no person has this public id.
    """
    found = (
        await session.execute(
            select(Person.id, Person.public_id, Person.name, Image.public_id.label("photo"))
            .outerjoin(Image, Image.id == Person.photo_id)
            .where(Person.public_id == clean(public_id))
        )
    ).first()
    if found is None:
        raise PersonMissing("No person has this id.")
    titles = await session.scalars(
        select(Title.id)
        .where(
            Title.id.in_(select(Credit.title_id).where(Credit.person_id == found.id)),
            Title.hidden.is_(False),
        )
        .order_by(Title.year.desc(), Title.id.desc())
        .limit(MOST_TITLES)
    )
    shown = await cards(session, list(titles))
    return PersonOut(
        id=found.public_id,
        name=found.name,
        photo=image_url(found.photo),
        titles=list(shown.values()),
    )


async def find_title(session: AsyncSession, public_id: str) -> Title:
    """Return the row of a title.

    Raises:
        TitleMissing: no title has this public id.
    """
    title = await session.scalar(
        select(Title)
        .where(Title.public_id == clean(public_id))
        .execution_options(populate_existing=True)
    )
    if title is None:
        raise TitleMissing("No title has this id.")
    return title


async def _seasons(
    session: AsyncSession, title_id: int, files: dict[int, MediaFileOut]
) -> list[SeasonOut]:
    poster, still = aliased(Image), aliased(Image)
    seasons = await session.execute(
        select(Season, poster)
        .outerjoin(poster, poster.id == Season.poster_id)
        .where(Season.title_id == title_id)
        .order_by(Season.number)
    )
    episodes = await session.execute(
        select(Episode, still)
        .outerjoin(still, still.id == Episode.still_id)
        .where(Episode.title_id == title_id)
        .order_by(Episode.season_id, Episode.number)
    )
    held = await session.execute(
        select(FileEpisode.episode_id, FileEpisode.file_id)
        .join(Episode, Episode.id == FileEpisode.episode_id)
        .where(Episode.title_id == title_id)
        .order_by(FileEpisode.file_id)
    )
    playable: dict[int, list[str]] = {}
    for episode_id, file_id in held:
        file = files.get(file_id)
        if file is not None and file.state == "present" and file.role == "main":
            playable.setdefault(episode_id, []).append(file.id)
    by_season: dict[int, list[EpisodeOut]] = {}
    for episode, picture in episodes:
        shown = _episode(episode, picture, playable.get(episode.id, []))
        by_season.setdefault(episode.season_id, []).append(shown)
    return [
        SeasonOut(
            number=season.number,
            title=season.name,
            overview=season.overview,
            poster=_shown(picture),
            episodes=by_season.get(season.id, []),
        )
        for season, picture in seasons
    ]


def _episode(episode: Episode, still: Image | None, file_ids: Sequence[str]) -> EpisodeOut:
    return EpisodeOut(
        id=episode.public_id,
        number=episode.number,
        absolute=episode.absolute,
        title=episode.name,
        overview=episode.overview,
        air_date=episode.air_date,
        runtime_minutes=episode.runtime_minutes,
        still=_shown(still),
        file_ids=list(file_ids),
    )


def _shown(picture: Image | None) -> ImageOut | None:
    return image(picture.public_id, picture.colour, picture.origin) if picture else None


async def _people(session: AsyncSession, title_id: int) -> list[CreditOut]:
    rows = await session.execute(
        select(Person.public_id, Person.name, Credit.job, Credit.character, Image.public_id)
        .join(Person, Person.id == Credit.person_id)
        .outerjoin(Image, Image.id == Person.photo_id)
        .where(Credit.title_id == title_id)
        .order_by(Credit.position, Credit.id)
        .limit(MOST_CREDITS)
    )
    return [
        CreditOut(
            id=person, name=name, job=job, character=character or None, photo=image_url(photo)
        )
        for person, name, job, character, photo in rows
    ]


async def _collections(session: AsyncSession, title_id: int) -> list[CollectionRef]:
    rows = await session.execute(
        select(Collection.public_id, Collection.name)
        .join(CollectionItem, CollectionItem.collection_id == Collection.id)
        .where(CollectionItem.title_id == title_id)
        .order_by(Collection.name)
    )
    return [CollectionRef(id=public_id, name=name) for public_id, name in rows]
