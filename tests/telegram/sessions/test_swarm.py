"""Who carries the next stream, and what the swarm says of itself."""

import asyncio
import contextlib
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from telethon.tl import functions, types

from shadow.app.bootstrap import read_settings
from shadow.app.doctor import examine
from shadow.telegram.errors import (
    LinkLost,
    PeerUnknown,
    SwarmBusy,
    TelegramFlood,
    TelegramOff,
    TelegramUnavailable,
)
from shadow.telegram.links import link
from shadow.telegram.service import Duty, Session, Swarm, keep_apart
from shadow.telegram.settings import TelegramSettings
from shadow.telegram.swarm.warming import most_streams
from tests.support.telegram_dc import DataCentres
from tests.telegram.conftest import CHANNEL, TOKENS, OpenRuntime

SELF = functions.users.GetUsersRequest([types.InputUserSelf()])


async def test_streams_go_to_the_least_busy_session_and_come_back(opened: OpenRuntime) -> None:
    async with opened(streams_per_session=2, wait_seconds=0) as runtime:
        swarm = runtime.part(Swarm)
        async with swarm.session() as one, swarm.session() as two:
            assert {one.id, two.id} == {"bot-1001", "bot-1002"}
            async with swarm.session(avoid=[one.id]) as three:
                assert three.id == two.id
                async with swarm.session(avoid=[one.id]) as four:
                    assert four.id == one.id  # there is no other
                    with pytest.raises(SwarmBusy) as busy:
                        async with swarm.session():
                            pass
                    assert busy.value.retry_after
        assert [state.streams for state in swarm.describe()] == [0, 0]


async def test_a_stream_that_waits_has_the_next_place(opened: OpenRuntime) -> None:
    async with opened(worker_tokens=[TOKENS[0]], streams_per_session=1) as runtime:
        swarm = runtime.part(Swarm)
        order: list[int] = []

        async def stream(number: int) -> None:
            async with swarm.session():
                order.append(number)

        async with swarm.session():
            waiting = [asyncio.create_task(stream(number)) for number in range(4)]
            await asyncio.sleep(0)
            waiting[1].cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert order == [0, 2, 3]
        assert swarm.describe()[0].streams == 0


async def test_a_session_that_has_to_wait_is_chosen_last(
    dc: DataCentres, opened: OpenRuntime
) -> None:
    dc.faults.flood("users.getUsers", seconds=60, account=1001)
    async with opened() as runtime:
        swarm = runtime.part(Swarm)
        async with swarm.session() as session:
            assert session.id == "bot-1001"
            with pytest.raises(TelegramFlood):
                await session.call(SELF, max_wait=0)
        async with swarm.session() as one, swarm.session() as two:
            assert [one.id, two.id] == ["bot-1002", "bot-1002"]
        cooling = swarm.describe()[0]
        assert cooling.state == "cooling"
        assert [(wait.method, wait.dc) for wait in cooling.flood] == [("users.getUsers", 2)]


async def test_nothing_connects_before_it_is_used(dc: DataCentres, opened: OpenRuntime) -> None:
    async with opened() as runtime:
        await runtime.part(Swarm).state()
        assert [one.state for one in runtime.part(Swarm).describe()] == ["idle", "idle"]
    assert dc.counters.connections == 0


async def test_without_accounts_telegram_is_off(opened: OpenRuntime) -> None:
    async with opened(worker_tokens=[]) as runtime:
        swarm = runtime.part(Swarm)
        assert not swarm.configured
        with pytest.raises(TelegramOff):
            async with swarm.session():
                pass
        told = {found.name: found.state for found in await examine(runtime)}
        assert told["Telegram"] == "off"


async def test_a_new_account_carries_fewer_streams_until_it_has_warmed_up(
    opened: OpenRuntime,
) -> None:
    async with opened(warm_up_hours=48, warm_up_streams=2) as runtime:
        swarm = runtime.part(Swarm)
        async with swarm.session() as session:
            await session.verify()
        state = swarm.describe()[0]
        assert (state.state, state.most_streams) == ("warming", 2)
        assert state.warm_until
        settings = runtime.settings.group(TelegramSettings)
    now = datetime.now(UTC)
    ages = [(0, 2), (24, 8), (47, 14), (48, 15), (1000, 15), (-5, 2)]
    for hours, most in ages:
        assert most_streams(now - timedelta(hours=hours), now, settings) == most


# -- calls that do not go well ---------------------------------------------------------------------


@pytest.fixture
async def session(opened: OpenRuntime) -> Any:
    async with opened() as runtime, runtime.part(Swarm).session() as taken:
        await taken.verify()
        yield taken


async def test_a_short_flood_wait_is_waited_out(dc: DataCentres, session: Session) -> None:
    dc.faults.flood("users.getUsers", seconds=1, times=1)
    assert (await session.call(SELF))[0].id == 1001
    assert dc.counters.errors["FLOOD_WAIT_1"] == 1


async def test_calls_outlive_what_breaks_on_the_way(dc: DataCentres, session: Session) -> None:
    dc.faults.refuse("users.getUsers", 500, "INTERNAL", times=2)
    assert (await session.call(SELF))[0].id == 1001
    dc.drop_connections()
    assert (await session.call(SELF))[0].id == 1001
    dc.faults.transport_floods = 1
    assert (await session.call(SELF))[0].id == 1001


async def test_a_home_that_is_away_is_told_in_the_end(
    dc: DataCentres, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shadow.telegram.sessions.session.PAUSES", (0.01, 0.01))
    dc.faults.unreachable = {2}
    dc.drop_connections()
    with pytest.raises(TelegramUnavailable):
        await session.call(SELF)
    dc.faults.clear()
    assert (await session.call(SELF))[0].id == 1001


async def test_an_unanswered_call_is_lost_and_the_connection_stays(
    dc: DataCentres, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(link, "LOOK_SECONDS", 0.1)
    files = session.files(2)
    config = functions.help.GetConfigRequest()
    await files.send(config)
    dc.faults.ignore("help.getNearestDc")
    unanswered = asyncio.create_task(files.send(functions.help.GetNearestDcRequest()))
    await asyncio.sleep(0)
    while not unanswered.done():
        await files.send(config)
    with pytest.raises(LinkLost):
        await unanswered
    assert files.connections == 1


async def test_a_forgotten_key_of_another_data_centre_is_imported_again(
    dc: DataCentres, session: Session
) -> None:
    config = functions.help.GetNearestDcRequest()
    await session.files(1).send(config)
    for key in [key for key in dc.world.keys.values() if key.dc == 1]:
        del dc.world.keys[key.id]
    dc.drop_connections()
    answer = None
    for _ in range(3):  # the cut connection may be noticed first, then the missing key
        with contextlib.suppress(LinkLost):
            answer = await session.files(1).send(config)
    assert answer.this_dc == 1
    assert dc.counters.calls["auth.exportAuthorization"] == 2


async def test_a_channel_the_account_is_not_in_is_named(dc: DataCentres, session: Session) -> None:
    with pytest.raises(PeerUnknown, match=r"bot-1001.*-1009"):
        await session.input_channel(-1009999999999)


# -- health ----------------------------------------------------------------------------------------


async def test_the_doctor_names_tokens_channels_and_rights(
    dc: DataCentres, opened: OpenRuntime
) -> None:
    dc.add_bot("1003:token-of-the-third")
    wrong = "1009:nobody-has-this-token"
    tokens = [*TOKENS, "1003:token-of-the-third", wrong, "no token at all"]
    other = dc.add_channel(-1005555555555, admins=[dc.world.accounts[1001]])
    dc.set_role(CHANNEL, dc.world.accounts[1002], "member")
    async with opened(worker_tokens=tokens, channel_backup=other) as runtime:
        found = {one.name: one for one in await examine(runtime) if "Telegram" in one.name}
    assert found["Telegram bot-1001"].state == "fine"
    assert found["Telegram bot-1009"].state == "broken"
    assert "ACCESS_TOKEN" in found["Telegram bot-1009"].detail
    logs = found["Telegram channel logs"]
    assert logs.state == "broken"
    assert "bot-1002 may not post or delete" in logs.detail
    assert "bot-1003 does not know the channel" in logs.detail
    assert "bot-1001" not in logs.detail
    backup = found["Telegram channel backup"]
    assert "bot-1002 does not know the channel" in backup.detail
    told = " ".join(one.detail for one in found.values())
    assert "number 5" in told
    assert not any(token in told for token in tokens)


async def test_admins_see_sessions_and_channels(client: Any, app: Any) -> None:
    assert (await client.get("/api/telegram/sessions")).json() == {"items": [], "channels": []}
    assert (await client.post("/api/telegram/check")).json() == {"items": [], "channels": []}


class TestOverHttp:
    @pytest.fixture
    def given_settings(self, telegram: dict[str, Any]) -> dict[str, Any]:
        return {"telegram": telegram}

    async def test_a_check_tells_all(self, client: Any, anonymous: Any) -> None:
        said = (await client.post("/api/telegram/check")).json()
        assert [(one["id"], one["state"]) for one in said["items"]] == [
            ("bot-1001", "ready"),
            ("bot-1002", "ready"),
        ]
        [channel] = said["channels"]
        assert (channel["role"], channel["id"], channel["ok"]) == ("logs", CHANNEL, True)
        assert "token" not in str(said)
        again = (await client.get("/api/telegram/sessions")).json()
        assert again["channels"] == said["channels"]
        metrics = (await client.get("/metrics")).text
        assert 'shadow_telegram_sessions{state="ready"} 2.0' in metrics

    async def test_only_admins_may_look(self, anonymous: Any) -> None:
        assert (await anonymous.get("/api/telegram/sessions")).status_code == 401


# -- credentials apart -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("duty", "gone"),
    [
        (Duty.carries, {"SHADOW_TELEGRAM__BOT_TOKEN"}),
        (Duty.manages, {"SHADOW_TELEGRAM__WORKER_TOKENS", "SHADOW_TELEGRAM__WORKER_SESSIONS"}),
        (Duty.looks, set()),
    ],
)
def test_a_process_holds_only_the_credentials_of_its_duty(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, duty: Duty, gone: set[str]
) -> None:
    given = {
        "SHADOW_TELEGRAM__BOT_TOKEN": "1:manager-token",
        "SHADOW_TELEGRAM__WORKER_TOKENS": "2:worker-token,3:worker-token",
        "SHADOW_TELEGRAM__WORKER_SESSIONS": "a-session-string",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings = keep_apart(read_settings({"data_dir": tmp_path}), duty)
    assert {name for name in given if name not in os.environ} == gone
    group = settings.group(TelegramSettings)
    held = {
        "SHADOW_TELEGRAM__BOT_TOKEN": bool(group.bot_token.get_secret_value()),
        "SHADOW_TELEGRAM__WORKER_TOKENS": len(group.worker_tokens) == 2,
        "SHADOW_TELEGRAM__WORKER_SESSIONS": len(group.worker_sessions) == 1,
    }
    assert {name for name, there in held.items() if not there} == gone
