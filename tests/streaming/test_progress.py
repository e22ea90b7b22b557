"""Progress: resume, watched, what comes next; it hangs on what is watched, not on the file."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from tests.support.catalogue import MOMENT, add_file, add_show, add_title, add_user

from shadow.catalog.models import File
from shadow.runtime.context import Runtime
from shadow.runtime.database import Database
from shadow.streaming.errors import EpisodeMissing, FileMissing, TitleMissing
from shadow.streaming.models import Progress
from shadow.streaming.next_up import continue_watching, part_to_play, parts_of_title
from shadow.streaming.progress import dismiss, find_playable, record_progress, set_watched


async def play(
    session: AsyncSession, user_id: int, file: File, position: float, minute: int = 0
) -> None:
    playable = await find_playable(session, file_id=file.public_id)
    await record_progress(
        session, user_id=user_id, playable=playable, position=position, duration=100.0,
        now=MOMENT + timedelta(minutes=minute),
    )  # fmt: skip


async def to_play(session: AsyncSession, user_id: int, title_id: int) -> str | None:
    part = part_to_play(await parts_of_title(session, user_id=user_id, title_id=title_id))
    return part.file_id if part else None


async def continuing(session: AsyncSession, user_id: int) -> list[tuple[int, str, float]]:
    entries = await continue_watching(session, user_id=user_id, limit=20)
    return [(e.title_id, e.part.file_id, e.part.position) for e in entries]


async def test_a_film_is_continued_where_it_was_left(database: Database) -> None:
    async with database.transaction() as session:
        ada = await add_user(session)
        film = await add_title(session, "A Trip to the Moon")
        file = await add_file(session, film)
        assert await continuing(session, ada.id) == []
        await play(session, ada.id, file, 40.0)
        await play(session, ada.id, file, 42.5, minute=1)
        assert await continuing(session, ada.id) == [(film.id, file.public_id, 42.5)]
        rows = (await session.scalars(select(Progress))).all()
        assert len(rows) == 1


async def test_progress_of_one_person_is_not_shown_to_another(database: Database) -> None:
    async with database.transaction() as session:
        ada, bob = await add_user(session, "ada"), await add_user(session, "bob")
        film = await add_title(session, "Metropolis")
        await play(session, ada.id, await add_file(session, film), 40.0)
        assert await continuing(session, bob.id) == []
        parts = await parts_of_title(session, user_id=bob.id, title_id=film.id)
        assert [part.position for part in parts] == [0.0]


async def test_a_film_seen_to_its_credits_is_watched_and_not_continued(database: Database) -> None:
    async with database.transaction() as session:
        ada = await add_user(session)
        film = await add_title(session, "Nosferatu")
        file = await add_file(session, film)
        await play(session, ada.id, file, 91.0)
        row = (await session.scalars(select(Progress))).one()
        assert (row.watched, row.position) == (True, 0.0)
        assert await continuing(session, ada.id) == []
        assert await to_play(session, ada.id, film.id) == file.public_id


async def test_a_peek_is_not_continued(database: Database) -> None:
    async with database.transaction() as session:
        ada = await add_user(session)
        film = await add_title(session, "The General")
        await play(session, ada.id, await add_file(session, film), 3.0)
        assert await continuing(session, ada.id) == []


async def test_after_an_episode_comes_the_next_and_specials_come_last(database: Database) -> None:
    async with database.transaction() as session:
        ada = await add_user(session)
        show, parts = await add_show(session, "Les Vampires", {0: 1, 1: 2, 2: 1})
        files = [file for _, file in parts]
        special, first, second, third = files
        assert await to_play(session, ada.id, show.id) == first.public_id
        await play(session, ada.id, first, 95.0)
        assert await continuing(session, ada.id) == [(show.id, second.public_id, 0.0)]
        await play(session, ada.id, second, 95.0, minute=1)
        assert await to_play(session, ada.id, show.id) == third.public_id
        await play(session, ada.id, third, 95.0, minute=2)
        assert await to_play(session, ada.id, show.id) == special.public_id
        await play(session, ada.id, special, 95.0, minute=3)
        assert await continuing(session, ada.id) == []
        assert await to_play(session, ada.id, show.id) == first.public_id


async def test_an_episode_begun_again_is_resumed_though_it_was_watched(database: Database) -> None:
    async with database.transaction() as session:
        ada = await add_user(session)
        show, parts = await add_show(session, "Judex", {1: 2})
        await play(session, ada.id, parts[0][1], 95.0)
        await play(session, ada.id, parts[0][1], 20.0, minute=1)
        assert await continuing(session, ada.id) == [(show.id, parts[0][1].public_id, 20.0)]


async def test_a_double_episode_moves_both(database: Database) -> None:
    async with database.transaction() as session:
        ada = await add_user(session)
        show, parts = await add_show(session, "Fantômas", {1: 3})
        episodes = tuple(episode for episode, _ in parts[:2])
        await session.execute(delete(File).where(File.id.in_([file.id for _, file in parts[:2]])))
        double = await add_file(session, show, episodes=episodes)
        await play(session, ada.id, double, 95.0)
        rows = (await session.scalars(select(Progress).order_by(Progress.id))).all()
        assert [(row.episode_id, row.watched) for row in rows] == [
            (episodes[0].id, True),
            (episodes[1].id, True),
        ]
        assert await to_play(session, ada.id, show.id) == parts[2][1].public_id


async def test_a_better_version_of_a_file_keeps_the_progress(database: Database) -> None:
    async with database.transaction() as session:
        ada = await add_user(session)
        film = await add_title(session, "Häxan")
        old = await add_file(session, film, size=700)
        await play(session, ada.id, old, 40.0)
        better = await add_file(session, film, size=9000)
        await session.delete(old)
        await session.flush()
        assert await continuing(session, ada.id) == [(film.id, better.public_id, 40.0)]


async def test_a_dismissed_title_comes_back_when_it_is_played(database: Database) -> None:
    async with database.transaction() as session:
        ada = await add_user(session)
        film = await add_title(session, "Faust")
        file = await add_file(session, film)
        await play(session, ada.id, file, 40.0)
        await dismiss(session, user_id=ada.id, title_id=film.public_id)
        assert await continuing(session, ada.id) == []
        await play(session, ada.id, file, 41.0, minute=1)
        assert await continuing(session, ada.id) == [(film.id, file.public_id, 41.0)]


async def test_what_is_missing_or_hidden_is_not_offered(database: Database) -> None:
    async with database.transaction() as session:
        ada = await add_user(session)
        film = await add_title(session, "Sunrise")
        file = await add_file(session, film)
        await play(session, ada.id, file, 40.0)
        file.state = "missing"
        await session.flush()
        assert await continuing(session, ada.id) == []
        assert await to_play(session, ada.id, film.id) is None


async def test_a_show_is_marked_whole_or_by_episode(database: Database) -> None:
    async with database.transaction() as session:
        ada = await add_user(session)
        show, parts = await add_show(session, "Homunculus", {1: 2})
        mark = {"user_id": ada.id, "title_id": show.public_id, "now": MOMENT}
        await set_watched(session, episode_id=parts[0][0].public_id, watched=True, **mark)
        assert await to_play(session, ada.id, show.id) == parts[1][1].public_id
        await set_watched(session, episode_id=None, watched=True, **mark)
        watched = (await session.scalars(select(Progress.watched))).all()
        assert watched == [True, True]
        await set_watched(session, episode_id=None, watched=False, **mark)
        session.expire_all()
        assert set(await session.scalars(select(Progress.watched))) == {False}


async def test_unknown_ids_are_missing(database: Database) -> None:
    async with database.transaction() as session:
        ada = await add_user(session)
        show, _ = await add_show(session, "Homunculus", {1: 1})
        _, parts = await add_show(session, "Judex", {1: 1})
        with pytest.raises(FileMissing):
            await find_playable(session, file_id="nothing")
        with pytest.raises(TitleMissing):
            await dismiss(session, user_id=ada.id, title_id="nothing")
        with pytest.raises(EpisodeMissing):
            await set_watched(
                session, user_id=ada.id, title_id=show.public_id,
                episode_id=parts[0][0].public_id, watched=True, now=MOMENT,
            )  # fmt: skip


async def test_progress_over_http(client: httpx.AsyncClient, runtime: Runtime) -> None:
    async with runtime.database.transaction() as session:
        show, parts = await add_show(session, "Les Vampires", {1: 2})
        first, second = parts[0], parts[1]
    sent = {"position": 30.0, "duration": 100.0}
    answer = await client.put(f"/api/progress/{first[1].public_id}", json=sent)
    assert answer.status_code == 200, answer.text
    assert answer.json()["episode_id"] == first[0].public_id
    shown = (await client.get("/api/continue")).json()["items"]
    assert [(item["file_id"], item["season"], item["episode"]) for item in shown] == [
        (first[1].public_id, 1, 1)
    ]
    marked = await client.post(
        f"/api/titles/{show.public_id}/watched",
        json={"watched": True, "episode_id": first[0].public_id},
    )
    assert marked.json()["next_file_id"] == second[1].public_id
    assert (await client.delete(f"/api/continue/{show.public_id}")).status_code == 204
    assert (await client.get("/api/continue")).json()["items"] == []


@pytest.mark.parametrize(
    "sent", [{"position": -1, "duration": 5}, {"position": 1, "duration": 0}, {"position": "x"}]
)
async def test_impossible_progress_is_refused(client: httpx.AsyncClient, sent: dict) -> None:
    assert (await client.put("/api/progress/abcdefg", json=sent)).status_code == 422
