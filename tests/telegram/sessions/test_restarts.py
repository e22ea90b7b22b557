"""What outlives a process: log-ins, keys, channels; and who may use them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from telethon.tl import functions

from shadow.kit.clock import utc_now
from shadow.runtime.context import Runtime
from shadow.telegram.errors import SessionDead, SwarmBusy
from shadow.telegram.links.keys import AuthKey
from shadow.telegram.links.link import Link
from shadow.telegram.models import TelegramSession
from shadow.telegram.service import Session, Swarm
from shadow.telegram.sessions import store
from shadow.telegram.sessions.sealing import Safe
from tests.support.telegram_dc import DataCentres
from tests.telegram.conftest import CHANNEL, TOKENS, OpenRuntime
from tests.telegram.sessions.test_reading import FILM, whole

LOGGING_IN = (
    "auth.importBotAuthorization",
    "auth.exportAuthorization",
    "auth.importAuthorization",
)


async def test_a_restart_logs_in_to_nothing_again(dc: DataCentres, opened: OpenRuntime) -> None:
    stored = dc.put_document(CHANNEL, FILM, "film.mkv", dc=1)
    async with opened() as runtime, runtime.part(Swarm).session() as session:
        assert await whole(session, stored, 1) == FILM.read(0, FILM.size)
    assert dc.counters.handshakes == 2
    assert [dc.counters.calls[name] for name in LOGGING_IN] == [1, 1, 1]
    dc.counters.clear()
    async with opened() as runtime, runtime.part(Swarm).session() as session:
        assert await whole(session, stored, 1) == FILM.read(0, FILM.size)
    assert dc.counters.handshakes == 0
    assert [dc.counters.calls[name] for name in LOGGING_IN] == [0, 0, 0]
    assert dc.counters.calls["channels.getChannels"] == 0


@asynccontextmanager
async def another_process(runtime: Runtime) -> AsyncIterator[Swarm]:
    """Open a swarm beside the process's own, as a second process on the same database has it."""
    swarm = Swarm(runtime)
    try:
        yield swarm
    finally:
        await swarm.close()


async def test_two_processes_have_a_log_in_each(dc: DataCentres, opened: OpenRuntime) -> None:
    async with (
        opened() as runtime,
        another_process(runtime) as other,
        runtime.part(Swarm).session() as first,
        other.session() as second,
    ):
        await asyncio.gather(first.verify(), second.verify())
        assert first.id == second.id
        assert {first.login.slot, second.login.slot} == {0, 1}
    assert dc.counters.errors == {}


async def test_keys_lie_encrypted(dc: DataCentres, opened: OpenRuntime) -> None:
    async with opened() as runtime, runtime.part(Swarm).session() as session:
        await session.verify()
        key = session.login.keys[2].key
        async with runtime.database.session() as database:
            rows = list(await database.scalars(select(TelegramSession)))
        assert len(rows) == 2
        assert all(key not in row.keys and key.hex().encode() not in row.keys for row in rows)
        told = repr([session, session.login, session.keyring, rows, runtime.settings])
        assert key.hex() not in told
        assert repr(key) not in told
        assert not any(token in told for token in TOKENS)


async def test_a_new_token_of_the_same_bot_logs_in_anew(
    dc: DataCentres, opened: OpenRuntime
) -> None:
    async with opened() as runtime, runtime.part(Swarm).session() as session:
        await session.verify()
    fresh = "1001:another-token"
    bot = dc.world.accounts[1001]
    dc.revoke(bot)
    bot.token = fresh
    async with opened(worker_tokens=[fresh]) as runtime, runtime.part(Swarm).session() as session:
        await session.verify()
        assert session.login.slot == 0


async def test_a_log_in_that_telegram_ended_is_made_again(
    dc: DataCentres, opened: OpenRuntime
) -> None:
    async with (
        opened(worker_tokens=[TOKENS[0]]) as runtime,
        runtime.part(Swarm).session() as session,
    ):
        await session.verify()
        dc.revoke(dc.world.accounts[1001])
        await session.verify()
    assert dc.counters.calls["auth.importBotAuthorization"] == 2


async def test_a_wrong_token_is_dead_and_the_swarm_says_so(
    dc: DataCentres, opened: OpenRuntime
) -> None:
    async with opened(worker_tokens=["1009:nobody-has-this-token"]) as runtime:
        swarm = runtime.part(Swarm)
        async with swarm.session() as session:
            with pytest.raises(SessionDead, match="ACCESS_TOKEN"):
                await session.verify()
        with pytest.raises(SwarmBusy):
            async with swarm.session():
                pass
        [state] = swarm.describe()
        assert state.state == "dead"
        assert "ACCESS_TOKEN" in state.reason


async def test_a_flood_wait_for_logging_in_outlives_the_process(
    dc: DataCentres, opened: OpenRuntime
) -> None:
    dc.faults.flood("auth.importBotAuthorization", seconds=900)
    for _ in range(3):
        async with (
            opened(worker_tokens=[TOKENS[0]]) as runtime,
            runtime.part(Swarm).session() as session,
        ):
            with pytest.raises(Exception, match="wait"):
                await session.call(functions.help.GetConfigRequest())
    assert dc.counters.calls["auth.importBotAuthorization"] == 1


FORMS: list[Any] = ["telethon", "new", "64", "old"]


@pytest.mark.parametrize("form", FORMS)
async def test_a_session_string_of_any_kind_reads_files(
    dc: DataCentres, opened: OpenRuntime, form: str
) -> None:
    user = dc.add_user(555, premium=True)
    dc.set_role(CHANNEL, user, "admin")
    stored = dc.put_document(CHANNEL, FILM, "film.mkv", dc=1)
    string = dc.session_string(user, form)
    for _ in range(2):
        async with (
            opened(worker_tokens=[], worker_sessions=[string]) as runtime,
            runtime.part(Swarm).session() as session,
        ):
            assert session.id == "user-555"
            assert await whole(session, stored, 1) == FILM.read(0, FILM.size)
    assert dc.counters.handshakes == 1
    assert dc.counters.calls["messages.getDialogs"] == 1


async def test_a_session_string_has_one_owner_at_a_time(
    dc: DataCentres, opened: OpenRuntime
) -> None:
    user = dc.add_user(555)
    string = dc.session_string(user)
    async with (
        opened(worker_tokens=[], worker_sessions=[string]) as runtime,
        another_process(runtime) as other,
    ):
        async with runtime.part(Swarm).session() as session:
            await session.verify()
        with pytest.raises(SwarmBusy):
            async with other.session():
                pass
        assert [state.state for state in other.describe()] == ["elsewhere"]
        await runtime.part(Swarm).close()
        await other.renew()
        async with other.session() as session:
            await session.verify()
    assert dc.counters.errors == {}


@pytest.mark.parametrize("hours", [-1, 0, 24])
async def test_a_lease_that_nobody_renews_is_taken_over_whatever_the_clocks_say(
    dc: DataCentres, opened: OpenRuntime, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    string = dc.session_string(dc.add_user(555))
    async with opened(worker_tokens=[], worker_sessions=[string]) as runtime:
        async with another_process(runtime) as gone, gone.session() as session:
            await session.verify()
        lease = {"lease_owner": "f" * 32, "lease_until": utc_now() + timedelta(hours=hours)}
        async with runtime.database.transaction() as database:
            await database.execute(update(TelegramSession).values(**lease))
        swarm = runtime.part(Swarm)
        await swarm.open()
        states = [one.state for one in swarm.describe()]
        assert states == (["idle"] if hours < 0 else ["elsewhere"])
        monkeypatch.setattr(store, "LEASE", timedelta(0))
        await swarm.renew()
        async with swarm.session() as session:
            await session.verify()


async def test_a_revoked_session_string_stays_dead(dc: DataCentres, opened: OpenRuntime) -> None:
    user = dc.add_user(555)
    string = dc.session_string(user, "new")
    dc.revoke(user)
    for _ in range(2):
        async with opened(worker_tokens=[], worker_sessions=[string]) as runtime:
            swarm = runtime.part(Swarm)
            with pytest.raises(SwarmBusy):
                async with swarm.session():
                    pass
            assert [(one.state, one.reason) for one in swarm.describe()] == [
                ("dead", "SESSION_REVOKED")
            ]
    assert dc.counters.errors["SESSION_REVOKED"] == 1


async def test_an_account_that_does_not_say_who_it_is_holds_nothing_up(
    dc: DataCentres, opened: OpenRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shadow.telegram.swarm.swarm.MEETING_SECONDS", 0.1)
    string = dc.session_string(dc.add_user(555))
    dc.faults.half_open = {2}
    async with opened(worker_tokens=[], worker_sessions=[string]) as runtime:
        swarm = runtime.part(Swarm)
        async with asyncio.timeout(60):
            await swarm.open()
            await swarm.renew()
        dc.faults.clear()
        await swarm.check()
        async with swarm.session() as session:
            assert session.id == "user-555"


async def test_leases_are_given_back_after_an_opening_that_was_cancelled(
    dc: DataCentres, opened: OpenRuntime
) -> None:
    string = dc.session_string(dc.add_user(555))
    dc.faults.half_open = {2}
    async with opened(worker_tokens=[], worker_sessions=[string]) as runtime:
        async with another_process(runtime) as other:
            opening = asyncio.create_task(other.open())
            while not dc.counters.connections:
                await asyncio.sleep(0.01)
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)
        async with runtime.database.session() as database:
            [row] = await database.scalars(select(TelegramSession))
        assert row.lease_owner is None


async def test_a_lease_that_was_renewed_in_the_last_moment_is_not_taken(
    opened: OpenRuntime,
) -> None:
    async with opened() as runtime:
        old, new = utc_now() - timedelta(hours=1), utc_now() + timedelta(seconds=30)
        row = TelegramSession(account="user-5", slot=0, kind="user", origin="x")
        row.lease_owner, row.lease_until = "somebody", old
        async with runtime.database.transaction() as database:
            database.add(row)
        async with runtime.database.transaction() as database:
            await database.execute(update(TelegramSession).values(lease_until=new))
        async with runtime.database.transaction() as database:
            assert not await store.LoginStore(runtime)._taken(database, row)


def test_keys_of_another_account_do_not_open() -> None:
    safe = Safe(b"secret" * 8)
    sealed = safe.close({2: AuthKey(2, bytes(range(256)), 7)}, "one")
    assert safe.open(sealed, "one")[2].key == bytes(range(256))
    assert safe.open(sealed, "two") == {}


async def test_a_connection_made_while_the_lease_was_lost_is_closed(
    dc: DataCentres, opened: OpenRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect, made = Link.connect, []

    async def late(self: Link) -> Link:
        made.append(await connect(self))
        session.keyring.elsewhere = True
        return made[-1]

    async with opened() as runtime, runtime.part(Swarm).session() as session:
        await session.verify()
        session.close()
        monkeypatch.setattr(Link, "connect", late)
        with pytest.raises(SessionDead):
            await session.verify()
        assert [link.closed for link in made] == [True]


async def test_leases_are_held_even_if_tidying_fails(
    opened: OpenRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    tidied = asyncio.Semaphore(0)

    def tidy(self: Session) -> None:
        tidied.release()
        raise RuntimeError

    monkeypatch.setattr(Session, "tidy", tidy)
    monkeypatch.setattr("shadow.telegram.swarm.swarm.RENEW_SECONDS", 0.05)
    async with opened() as runtime:
        await runtime.part(Swarm).open()
        async with asyncio.timeout(60):
            await tidied.acquire()
            await tidied.acquire()
