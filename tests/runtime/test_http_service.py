"""Asking public services politely: pace, patience, and a cache."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shadow.runtime.http import AnswerRefused, HttpClients, Unreachable
from shadow.runtime.http_cache import AnswerCache
from shadow.runtime.http_service import ATTEMPTS, JsonService, Pace, ServiceDenied
from shadow.runtime.http_settings import NetworkSettings
from tests.support.wire import Answer, Asked, Served, always, plain, serving

DAY = timedelta(days=1)


class Time:
    """Time that passes only where somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 1_000_000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.seconds

    def clock(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)


@pytest.fixture
def time() -> Time:
    return Time()


Open = Callable[[Answer], Awaitable[tuple[JsonService, Served]]]


@pytest.fixture
async def service(tmp_path: Path, time: Time) -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        async def opened(answer: Answer) -> tuple[JsonService, Served]:
            served = await stack.enter_async_context(serving(answer))
            settings = NetworkSettings(allow_private=("127.0.0.0/8",))
            client = HttpClients(settings).client(base_url=served.url)
            await stack.enter_async_context(client)
            cache = AnswerCache(tmp_path / "c.sqlite", max_bytes=1 << 20, clock=time.clock)
            stack.push_async_callback(cache.close)
            pace = Pace(10, 10, now=time.now, sleep=time.sleep)
            secrets = {"api_key": "SECRET"}
            return JsonService(client, name="It", pace=pace, cache=cache, secrets=secrets), served

        yield opened


def row(*answers: bytes) -> Answer:
    left = list(answers)

    async def write(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(left.pop(0) if len(left) > 1 else left[0])

    return write


async def test_the_second_question_is_answered_from_the_cache(service: Open) -> None:
    asking, served = await service(always(plain(200, b'{"a": 1}')))
    assert await asking.get("x", {"q": "é", "p": "1"}, lifetime=DAY) == {"a": 1}
    assert await asking.get("x", {"p": "1", "q": "é"}, lifetime=DAY) == {"a": 1}
    assert len(served.asked) == 1
    await asking.get("x", {"q": "other"}, lifetime=DAY)
    await asking.get("x", {"q": "other"}, lifetime=DAY, fresh=True)
    assert len(served.asked) == 3


async def test_an_expired_answer_is_asked_for_again(service: Open, time: Time) -> None:
    asking, served = await service(row(plain(200, b"1"), plain(200, b"2")))
    assert await asking.get("x", {}, lifetime=DAY) == 1
    time.seconds += DAY.total_seconds() - 1
    assert await asking.get("x", {}, lifetime=DAY) == 1
    time.seconds += 2
    assert await asking.get("x", {}, lifetime=DAY) == 2
    assert len(served.asked) == 2


async def test_the_key_is_sent_and_never_kept(service: Open, tmp_path: Path) -> None:
    asking, served = await service(always(plain(200, b"{}")))
    await asking.get("x", {}, lifetime=DAY)
    assert served.asked[0].target == "/x?api_key=SECRET"
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"answers" in kept
    assert b"SECRET" not in kept


async def test_a_pause_that_is_asked_for_is_kept_by_everyone(service: Open, time: Time) -> None:
    asking, served = await service(row(plain(429, Retry_After="7"), plain(200, b"1")))
    started = time.seconds
    assert await asking.get("x", {}, lifetime=DAY) == 1
    assert time.seconds - started >= 7
    assert len(served.asked) == 2


async def test_a_pause_by_date_is_understood(service: Open, time: Time) -> None:
    past = "Wed, 21 Oct 2015 07:28:00 GMT"
    asking, _ = await service(row(plain(429, Retry_After=past), plain(200, b"1")))
    assert await asking.get("x", {}, lifetime=DAY) == 1
    assert sum(time.slept) < 5


async def test_a_long_pause_is_handed_to_the_caller(service: Open) -> None:
    asking, served = await service(always(plain(429, Retry_After="3600")))
    with pytest.raises(Unreachable) as busy:
        await asking.get("x", {}, lifetime=DAY)
    assert busy.value.retry_after == 3601
    assert len(served.asked) == 1


@pytest.mark.parametrize("answer", [plain(500), plain(503), plain(504), plain(429)])
async def test_trouble_that_may_pass_is_tried_again_with_growing_pauses(
    service: Open, time: Time, answer: bytes
) -> None:
    asking, served = await service(row(answer, answer, plain(200, b"1")))
    assert await asking.get("x", {}, lifetime=DAY) == 1
    assert len(served.asked) == 3
    assert len(time.slept) >= 2
    asking, served = await service(always(answer))
    with pytest.raises(Unreachable) as gone:
        await asking.get("y", {}, lifetime=DAY)
    assert len(served.asked) == ATTEMPTS
    assert "SECRET" not in gone.value.detail


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (plain(401), ServiceDenied),
        (plain(403), ServiceDenied),
        (plain(400), AnswerRefused),
        (plain(200, b"<html>"), AnswerRefused),
        (plain(200, b'{"cut": '), AnswerRefused),
        (plain(200, b"\xff\xfe"), AnswerRefused),
        (plain(200, b"[" * 100_000), AnswerRefused),
    ],
)
async def test_trouble_that_stays_is_told_at_once_and_not_kept(
    service: Open, answer: bytes, error: type[AnswerRefused]
) -> None:
    asking, served = await service(row(answer, plain(200, b"1")))
    with pytest.raises(error):
        await asking.get("x", {}, lifetime=DAY)
    assert len(served.asked) == 1
    assert await asking.get("x", {}, lifetime=DAY) == 1


async def test_what_is_not_there_is_none(service: Open) -> None:
    asking, _ = await service(always(plain(404, b"{}")))
    assert await asking.get("x", {}, lifetime=DAY) is None


async def test_a_burst_goes_through_and_the_rest_keeps_the_pace(time: Time) -> None:
    pace = Pace(10, 5, now=time.now, sleep=time.sleep)
    started = time.seconds
    for _ in range(5):
        await pace.turn()
    assert time.slept == []
    for _ in range(20):
        await pace.turn()
    assert time.seconds - started == pytest.approx(2.0, abs=0.01)


async def test_the_cache_stays_within_its_bounds_and_loses_the_oldest(
    tmp_path: Path, time: Time
) -> None:
    cache = AnswerCache(tmp_path / "c.sqlite", max_bytes=10_000, clock=time.clock)
    for number in range(200):
        time.seconds += 1
        await cache.put(f"k{number}", bytes(1_000), DAY)
    kept = [number for number in range(200) if await cache.get(f"k{number}")]
    await cache.close()
    assert 199 in kept
    assert 0 not in kept
    assert len(kept) < 10 + 64


async def test_a_broken_cache_file_is_begun_anew(tmp_path: Path, time: Time) -> None:
    path = tmp_path / "c.sqlite"
    path.write_bytes(b"this is no database " * 1000)
    cache = AnswerCache(path, max_bytes=10_000, clock=time.clock)
    assert await cache.get("k") is None
    await cache.put("k", b"v", DAY)
    assert await cache.get("k") == b"v"
    await cache.close()


async def test_a_cache_that_cannot_be_written_costs_only_the_cache(
    tmp_path: Path, time: Time
) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "c.sqlite").mkdir()
    cache = AnswerCache(tmp_path / "c.sqlite", max_bytes=10_000, clock=time.clock)
    await cache.put("k", b"v", DAY)
    assert await cache.get("k") is None
    await cache.close()


async def test_two_processes_may_share_the_cache(tmp_path: Path, time: Time) -> None:
    one = AnswerCache(tmp_path / "c.sqlite", max_bytes=10_000, clock=time.clock)
    await one.put("k", b"v", DAY)
    other = sqlite3.connect(tmp_path / "c.sqlite")
    assert other.execute("SELECT count(*) FROM answers").fetchone() == (1,)
    other.close()
    await one.close()
