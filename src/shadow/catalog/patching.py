"""Apply what a provider or an `.nfo` says of a title. What a person locked stays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog import folding
from shadow.catalog.bulk import Row, chunks, insert_ignoring, table_of, update_rows
from shadow.catalog.errors import TitleMissing
from shadow.catalog.events import TitlesChanged
from shadow.catalog.identity import insert_with_public_ids, person_key
from shadow.catalog.indexing import (
    episode_search_text,
    learn_words,
    person_search_text,
    title_search_text,
)
from shadow.catalog.models import (
    Collection,
    CollectionItem,
    Credit,
    Episode,
    Genre,
    Person,
    Season,
    Title,
    TitleGenre,
)
from shadow.catalog.placing import EpisodePlace, ensure_episodes, ensure_seasons
from shadow.catalog.ports import CreditPatch, EpisodePatch, SeasonPatch, TitlePatch
from shadow.kit.clock import Clock, utc_now
from shadow.runtime.events import publish

_TEXTS: Final = {
    "title": 400,
    "original_title": 400,
    "overview": 20_000,
    "tagline": 1_000,
    "certification": 16,
}
_PLAIN: Final = ("year", "runtime_minutes", "rating", "released")
MOST_CREDITS: Final = 200
MOST_EPISODES: Final = 5_000


@dataclass(frozen=True, slots=True)
class WantedImage:
    """A picture that a patch names: fetch it, and set it as this column of this row."""

    owner: Literal["title", "season", "episode", "person"]
    owner_id: int
    column: Literal["poster_id", "backdrop_id", "still_id", "photo_id"]
    url: str


async def apply_patch(
    session: AsyncSession, title_id: int, patch: TitlePatch, *, clock: Clock = utc_now
) -> list[WantedImage]:
    """Write what a patch says into a title (database id); return the pictures it names.

    Only what differs is written, and nothing that a person locked (`Title.locked`, which also
    keeps art out of the answer). Seasons and episodes that are not known yet are made: they are
    shown as not here. Publishes `TitlesChanged` when anything was written.

    Raises:
        TitleMissing: no title has this id.
    """
    title = await session.get(Title, title_id, populate_existing=True)
    if title is None:
        raise TitleMissing("No title has this id.")
    now = clock()
    changed = await _patch_fields(session, title, patch, now)
    if patch.genres and "genres" not in title.locked:
        changed |= await set_genres(session, title_id, patch.genres)
    wanted = _title_images(title, patch)
    if patch.credits:
        people, rewritten = await _patch_credits(session, title_id, patch.credits)
        wanted += people
        changed |= rewritten
    if patch.seasons and title.kind == "show":
        pictures, rewritten = await _patch_seasons(session, title_id, patch.seasons)
        wanted += pictures
        changed |= rewritten
    if patch.collection is not None:
        await _join_collection(session, title_id, patch.collection.name, patch)
    if changed:
        publish(session, TitlesChanged((title_id,)))
    return wanted


async def set_genres(session: AsyncSession, title_id: int, names: Sequence[str]) -> bool:
    """Give a title exactly these genres, in any order; tells whether that changed anything."""
    wanted = list(dict.fromkeys(clean for name in names if (clean := _text(name, 80))))
    await insert_ignoring(session, table_of(Genre), [{"name": name} for name in sorted(wanted)])
    ids = set(await session.scalars(select(Genre.id).where(Genre.name.in_(wanted))))
    held = set(
        await session.scalars(select(TitleGenre.genre_id).where(TitleGenre.title_id == title_id))
    )
    if stale := held - ids:
        await session.execute(
            delete(table_of(TitleGenre)).where(
                TitleGenre.title_id == title_id, TitleGenre.genre_id.in_(stale)
            )
        )
    await insert_ignoring(
        session,
        table_of(TitleGenre),
        [{"title_id": title_id, "genre_id": genre} for genre in sorted(ids - held)],
    )
    return held != ids


async def _patch_fields(
    session: AsyncSession, title: Title, patch: TitlePatch, now: datetime
) -> bool:
    said: Row = {name: _text(getattr(patch, name), longest) for name, longest in _TEXTS.items()}
    said |= {name: getattr(patch, name) for name in _PLAIN}
    values = {
        name: value
        for name, value in said.items()
        if value is not None and name not in title.locked and getattr(title, name) != value
    }
    ids = {
        **title.external_ids,
        **{folding.clean(k)[:40]: folding.clean(v)[:80] for k, v in patch.external_ids.items()},
    }
    if ids != title.external_ids:
        values["external_ids"] = ids
    if not values:
        return False
    if "title" in values and "sort_title" not in title.locked:
        values["sort_title"] = folding.sort_title(values["title"])
    if values.keys() & {"title", "original_title", "year"}:
        values["search_text"] = title_search_text(
            title.kind,
            values.get("title", title.title),
            values.get("original_title", title.original_title),
            values.get("year", title.year),
        )
        await learn_words(session, [values.get("title", ""), values.get("original_title", "")])
    for name, value in {**values, "updated_at": now}.items():
        setattr(title, name, value)
    await session.flush()
    return True


def _title_images(title: Title, patch: TitlePatch) -> list[WantedImage]:
    wanted = []
    if patch.poster_url and "poster" not in title.locked:
        wanted.append(WantedImage("title", title.id, "poster_id", patch.poster_url))
    if patch.backdrop_url and "backdrop" not in title.locked:
        wanted.append(WantedImage("title", title.id, "backdrop_id", patch.backdrop_url))
    return wanted


async def _patch_credits(
    session: AsyncSession, title_id: int, credits_: Sequence[CreditPatch]
) -> tuple[list[WantedImage], bool]:
    named = [credit for credit in credits_ if _text(credit.name, 400)][:MOST_CREDITS]
    people = await _people(session, named)
    rows: dict[tuple[int, str, str], Row] = {}
    for credit in named:
        person = people[person_key(credit.name, credit.provider_key)]
        job = _text(credit.job, 40) or "actor"
        character = _text(credit.character, 400) or ""
        rows.setdefault(
            (person, job, character),
            {
                "title_id": title_id,
                "person_id": person,
                "job": job,
                "character": character,
                "position": credit.position,
            },
        )
    held = {
        (row.person_id, row.job, row.character): row.position
        for row in await session.execute(
            select(Credit.person_id, Credit.job, Credit.character, Credit.position).where(
                Credit.title_id == title_id
            )
        )
    }
    changed = held != {key: row["position"] for key, row in rows.items()}
    if changed:
        await session.execute(delete(table_of(Credit)).where(Credit.title_id == title_id))
        await insert_ignoring(session, table_of(Credit), list(rows.values()))
    photos = {
        people[person_key(credit.name, credit.provider_key)]: credit.photo_url
        for credit in named
        if credit.photo_url
    }
    return [WantedImage("person", who, "photo_id", url) for who, url in photos.items()], changed


async def _people(session: AsyncSession, credits_: Sequence[CreditPatch]) -> dict[str, int]:
    keys = {
        person_key(credit.name, credit.provider_key): folding.clean(credit.name)[:400]
        for credit in credits_
    }
    ids: dict[str, int] = {}
    for piece in chunks(list(keys)):
        found = await session.execute(
            select(Person.match_key, Person.id).where(Person.match_key.in_(piece))
        )
        ids.update({row[0]: row[1] for row in found})
    new = {key: name for key, name in keys.items() if key not in ids}
    if new:
        made = await insert_with_public_ids(
            session,
            Person,
            [
                {"match_key": key, "name": name, "search_text": person_search_text(name)}
                for key, name in new.items()
            ],
            ("match_key",),
        )
        ids.update({key[0]: row_id for key, row_id in made.items()})
        await learn_words(session, new.values())
    return ids


async def _patch_seasons(
    session: AsyncSession, title_id: int, seasons: Mapping[int, SeasonPatch]
) -> tuple[list[WantedImage], bool]:
    ids = await ensure_seasons(session, {(title_id, number) for number in seasons})
    places = [
        EpisodePlace(title_id, season, number, patch.absolute, patch.air_date)
        for season, said in seasons.items()
        for number, patch in said.episodes.items()
    ][:MOST_EPISODES]
    episodes = await ensure_episodes(session, places) if places else {}
    wanted = [
        WantedImage("season", ids[title_id, number], "poster_id", said.poster_url)
        for number, said in seasons.items()
        if said.poster_url
    ]
    told = {row_id: seasons[place[1]].episodes[place[2]] for place, row_id in episodes.items()}
    wanted += [
        WantedImage("episode", row_id, "still_id", said.still_url)
        for row_id, said in told.items()
        if said.still_url
    ]
    by_id = {ids[title_id, number]: said for number, said in seasons.items()}
    changed = await _write_seasons(session, by_id)
    changed |= await _write_episodes(session, told)
    return wanted, changed


async def _write_seasons(session: AsyncSession, told: Mapping[int, SeasonPatch]) -> bool:
    rows = await session.execute(
        select(Season.id, Season.name, Season.overview).where(Season.id.in_(told))
    )
    changed = []
    for row in rows:
        said = told[row.id]
        name, overview = _text(said.name, 400), _text(said.overview, 20_000)
        new = {"id": row.id, "name": name or row.name, "overview": overview or row.overview}
        if new != row._asdict():
            changed.append(new)
    await update_rows(session, Season, changed)
    return bool(changed)


_EPISODE_FIELDS: Final = ("name", "overview", "air_date", "runtime_minutes", "absolute")


async def _write_episodes(session: AsyncSession, told: Mapping[int, EpisodePatch]) -> bool:
    changed = []
    for piece in chunks(sorted(told)):
        rows = await session.execute(
            select(Episode.id, *(getattr(Episode, name) for name in _EPISODE_FIELDS)).where(
                Episode.id.in_(piece)
            )
        )
        changed += [new for row in rows if (new := _episode_row(row._asdict(), told[row.id]))]
    await update_rows(session, Episode, changed)
    await learn_words(session, [row["name"] for row in changed if row["search_text"]])
    return bool(changed)


def _episode_row(held: Mapping[str, Any], said: EpisodePatch) -> Row | None:
    values: Row = {
        "name": _text(said.name, 400),
        "overview": _text(said.overview, 20_000),
        "air_date": said.air_date,
        "runtime_minutes": said.runtime_minutes,
        "absolute": said.absolute,
    }
    merged = {name: held[name] if value is None else value for name, value in values.items()}
    if all(held[name] == value for name, value in merged.items()):
        return None
    return {"id": held["id"], **merged, "search_text": episode_search_text(merged["name"])}


async def _join_collection(
    session: AsyncSession, title_id: int, name: str, patch: TitlePatch
) -> None:
    shown = _text(name, 400)
    if shown is None or patch.collection is None:
        return
    key = folding.clean(patch.collection.provider_key)[:400]
    row = {"match_key": key, "name": shown}
    held = await session.scalar(select(Collection.id).where(Collection.match_key == key))
    if held is None:
        made = await insert_with_public_ids(session, Collection, [row], ("match_key",))
        held = made[key,]
    await insert_ignoring(
        session,
        table_of(CollectionItem),
        [{"collection_id": held, "title_id": title_id, "position": 0}],
    )


def _text(value: str | None, longest: int) -> str | None:
    """Return a text cut to what its column holds, None when nothing is left of it."""
    return folding.clean(value).strip()[:longest] or None if value else None
