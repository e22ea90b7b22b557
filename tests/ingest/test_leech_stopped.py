"""Links that people stop: in every step, by every door, nothing stays behind; and they go on."""

import asyncio
import bz2
import hashlib
import io
import os
import tarfile
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from tests.support import programs
from tests.support.hosting import Host, hosting
from tests.support.media import film
from tests.support.memory_storage import MemoryStorage
from tests.support.swarm_of_peers import seeded

from shadow.app.cli import app as shadow
from shadow.catalog.models import File, Title
from shadow.ingest import service as ingest
from shadow.ingest.leeching.keeping import Keeper
from shadow.ingest.sandbox import Sandboxes
from shadow.runtime.context import Runtime
from shadow.runtime.jobs import Job, JobContext
from shadow.storage.ports import StoredObject
from shadow.storage.service import store_file

STEPS = (
    "downloading", "unpacking", "choosing files", "hashing", "checking the blocklist", "probing",
    "identifying", "storing", "processing", "finishing", "cleaning",
)  # fmt: skip
SOME = ("downloading", "storing")
"""Steps stopped by the command line too: it writes down a wish, whatever the step is."""
Act = Callable[[str, str], Awaitable[None]]


@pytest.fixture
def given_settings() -> dict[str, Any]:
    return {
        "network": {"allow_private": ("127.0.0.0/8",)},
        "ingest": {"policy": ("aria2", "http")},
        "aria2": {"dht": False, "peer_seconds": 60},
        "hls": {"previews": "off", "index_after_scan": False},
    }


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    async with hosting({}) as opened:
        yield opened


class Gate:
    """Holds jobs up before or after the work of one step, until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.place = ("", "")
        self.reached = asyncio.Event()
        self._open = asyncio.Event()
        stepped = JobContext.step

        async def step(ctx: JobContext, name: str, work: Any, *arguments: Any) -> Any:
            async def gated(*given: Any) -> Any:
                await self._pass("before", name)
                result = await work(*given)
                await self._pass("after", name)
                return result

            return await stepped(ctx, name, gated, *arguments)

        monkeypatch.setattr(JobContext, "step", step)

    def close(self, moment: str, step: str) -> None:
        self.place = (moment, step)
        self.reached.clear()
        self._open.clear()

    def open(self) -> None:
        self.place = ("", "")
        self._open.set()

    async def _pass(self, moment: str, step: str) -> None:
        if self.place == (moment, step):
            self.reached.set()
            await self._open.wait()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    return Gate(monkeypatch)


def over_http(client: httpx.AsyncClient) -> Act:
    async def act(action: str, job_id: str) -> None:
        answer = await client.post(f"/api/jobs/{job_id}/{action}")
        assert answer.status_code == 200, answer.text

    return act


def by_command(runtime: Runtime) -> Act:
    """Give the command: at first as people do, then without the seconds that a process takes."""
    folder = str(runtime.settings.core.data_dir)
    in_process = iter([True])

    async def act(action: str, job_id: str) -> None:
        words = ["jobs", action, job_id, "--data-dir", folder]
        if not next(in_process, False):
            await asyncio.to_thread(shadow, words, standalone_mode=False)
            return
        process = await programs.start("shadow", *words, stderr=programs.PIPE)
        _, said = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0, said

    return act


def movie(number: int) -> bytes:
    return film().read_bytes() + f"film {number}".encode() + bytes(1 << 20)


async def start(runtime: Runtime, url: str, **given: Any) -> str:
    return await ingest.start_leech(runtime, ingest.Order(url, **given))


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.01)


async def ended(runtime: Runtime, job_id: str, state: str) -> Job:
    job = await asyncio.wait_for(runtime.jobs.wait(job_id), 60)
    assert job.state == state, (job.phase, job.error)
    return job


async def check_whole(runtime: Runtime, host: Host) -> None:
    """Nothing of a job is under way; what the store has is what the catalogue shows."""
    assert list(runtime.part(Sandboxes).root.glob("*")) == []
    await until(lambda: host.at_work == 0)
    daemon = runtime.plugins.get("source", "aria2").daemon
    if daemon.pid is not None:
        assert await daemon.call("tellActive") == []
    store = runtime.settings.core.data_dir / "store"
    held = {str(path) for path in store.rglob("*") if path.is_file()}
    async with runtime.database.session() as session:
        files = list(await session.scalars(select(File)))
        titles = list(await session.scalars(select(Title)))
    assert {one.path.decode() for one in files} == held
    assert {one.id for one in titles} == {one.title_id for one in files}
    assert not any(one.arriving or one.hidden for one in titles)


@pytest.mark.parametrize("door", ["http", "command"])
async def test_a_job_cancelled_in_any_step_leaves_nothing_half_done(
    runtime: Runtime, client: httpx.AsyncClient, host: Host, gate: Gate, door: str
) -> None:
    act = {"http": over_http(client), "command": by_command(runtime)}
    steps = SOME if door == "command" else STEPS
    for number, (moment, step) in enumerate(
        (moment, step) for step in steps for moment in ("before", "after")
    ):
        host.files[f"Film.{2000 + number}.mp4"] = movie(number)
        gate.close(moment, step)
        job_id = await start(runtime, host.url(f"Film.{2000 + number}.mp4"))
        await asyncio.wait_for(gate.reached.wait(), 60)
        await act[door]("cancel", job_id)
        job = await ended(runtime, job_id, "cancelled")
        assert job.phase == step
        await check_whole(runtime, host)
        gate.open()


@pytest.mark.parametrize("door", ["http", "command"])
async def test_a_job_paused_in_any_step_goes_on_and_fetches_nothing_twice(
    runtime: Runtime, client: httpx.AsyncClient, host: Host, gate: Gate, door: str
) -> None:
    act = {"http": over_http(client), "command": by_command(runtime)}
    steps = SOME if door == "command" else STEPS
    for number, (moment, step) in enumerate(
        (moment, step) for step in steps for moment in ("before", "after")
    ):
        name = f"Film.{2000 + number}.mp4"
        host.files[name] = movie(number)
        gate.close(moment, step)
        job_id = await start(runtime, host.url(name))
        await asyncio.wait_for(gate.reached.wait(), 60)
        await act[door]("pause", job_id)
        await ended(runtime, job_id, "paused")
        if (moment, step) not in (("before", "downloading"), ("after", "cleaning")):
            assert [path.name for path in runtime.part(Sandboxes).root.glob("*")] == [job_id]
        asked = host.asked.get(name, 0)
        gate.open()
        await act[door]("resume", job_id)
        await ended(runtime, job_id, "done")
        await check_whole(runtime, host)
        if step != "downloading":
            assert host.asked[name] == asked, (moment, step)
        elif moment == "after":  # a look at what is behind the link, no more
            assert host.asked[name] == asked + 1
    async with runtime.database.session() as session:
        assert len(list(await session.scalars(select(File)))) == 2 * len(steps)


@pytest.mark.parametrize("engine", ["aria2", "http"])
async def test_a_download_that_was_stopped_half_way(
    runtime: Runtime, host: Host, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine == "http":
        aria2 = runtime.plugins.get("source", "aria2")
        monkeypatch.setattr(type(aria2), "takes", lambda self, link: False)
    host.files = {f"Film.200{number}.mp4": movie(number) + bytes(3 << 20) for number in (1, 2)}
    host.held, host.held_after = set(host.files), 2 << 20
    paused, cancelled = [await start(runtime, host.url(name)) for name in host.files]
    for job_id in (paused, cancelled):
        async with asyncio.timeout(60):
            while not (job := await runtime.jobs.get(job_id)).bytes_done:
                await asyncio.sleep(0.05)
        assert job.engine == engine
    await runtime.jobs.cancel(cancelled)
    await runtime.jobs.pause(paused)
    await ended(runtime, cancelled, "cancelled")
    await ended(runtime, paused, "paused")
    await until(lambda: host.at_work == 0)
    host.held = set()
    host.starts.clear()
    await runtime.jobs.resume(paused)
    await ended(runtime, paused, "done")
    await check_whole(runtime, host)
    look, *engine_asked = host.starts["Film.2001.mp4"]
    assert look == 0
    assert max(engine_asked) > 0


async def test_a_torrent_that_was_stopped_half_way(
    runtime: Runtime, host: Host, tmp_path: Path
) -> None:
    content = movie(1) + os.urandom(2 << 20)
    async with seeded(tmp_path, "Film.2001.mp4", {"Film.2001.mp4": content}, speed="300K") as swarm:
        job_id = await start(runtime, swarm.magnet)
        daemon = runtime.plugins.get("source", "aria2").daemon
        async with asyncio.timeout(60):
            while ((await runtime.jobs.get(job_id)).bytes_done or 0) < 1 << 18:
                await asyncio.sleep(0.05)
        await runtime.jobs.pause(job_id)
        await ended(runtime, job_id, "paused")
        assert await daemon.call("tellActive") == []
        await runtime.jobs.cancel(job_id)
        await ended(runtime, job_id, "cancelled")
        await until(lambda: not list(runtime.part(Sandboxes).root.glob("*")))
        await check_whole(runtime, host)


async def test_an_archive_that_was_being_unpacked(runtime: Runtime, host: Host) -> None:
    packed = io.BytesIO()
    with (
        bz2.open(packed, "wb", compresslevel=1) as squeezed,
        tarfile.open(fileobj=squeezed, mode="w") as archive,
    ):
        for number in range(2):
            item = tarfile.TarInfo(f"Film {number} (2001).mp4")
            item.size = 16 << 20
            archive.addfile(item, io.BytesIO(os.urandom(16 << 20)))
    host.files["films.tar.bz2"] = packed.getvalue()
    job_id = await start(runtime, host.url("films.tar.bz2"))
    unpacked = runtime.part(Sandboxes).root / job_id / "unpacked"
    await until(lambda: any(path.is_file() for path in unpacked.rglob("*")))
    await runtime.jobs.cancel(job_id)
    assert (await ended(runtime, job_id, "cancelled")).phase == "unpacking"
    await check_whole(runtime, host)


async def test_a_file_that_was_stored_and_not_yet_recorded(
    runtime: Runtime, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored, go = asyncio.Event(), asyncio.Event()
    record = Keeper._record

    async def slowly(self: Keeper, *given: Any) -> Any:
        stored.set()
        await go.wait()
        return await record(self, *given)

    monkeypatch.setattr(Keeper, "_record", slowly)
    host.files["Film.2001.mp4"] = movie(1)
    job_id = await start(runtime, host.url("Film.2001.mp4"))
    await asyncio.wait_for(stored.wait(), 60)
    await runtime.jobs.cancel(job_id)
    go.set()
    await ended(runtime, job_id, "cancelled")
    await check_whole(runtime, host)


async def test_a_file_that_was_being_copied_to_a_second_storage(
    runtime: Runtime, tmp_path: Path
) -> None:
    slow = SlowStorage()
    runtime.plugins._ready["storage"]["slow"] = slow
    path = tmp_path / "film.mkv"
    path.write_bytes(movie(1))
    sha256 = hashlib.sha256(movie(1)).hexdigest()
    for main in ("local", "memory"):
        memory = MemoryStorage()
        runtime.plugins._ready["storage"]["memory"] = memory
        slow.begun.clear()
        storing = asyncio.create_task(
            store_file(
                runtime, path, "Films/film.mkv", storage=main, also="slow", sha256=sha256,
                report=lambda **told: None,
            )
        )  # fmt: skip
        await asyncio.wait_for(slow.begun.wait(), 60)
        storing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await storing
        assert (slow.objects, memory.objects) == ({}, {})
        store = runtime.settings.core.data_dir / "store"
        assert [one for one in store.rglob("*") if one.is_file()] == []


class SlowStorage(MemoryStorage):
    """Takes one block and then no more until it is let go."""

    def __init__(self) -> None:
        super().__init__("slow")
        self.begun, self.go = asyncio.Event(), asyncio.Event()

    async def put(
        self, name: str, content: AsyncIterable[bytes], *, size: int | None = None
    ) -> StoredObject:
        async def dripping() -> AsyncIterator[bytes]:
            async for block in content:
                yield block
                self.begun.set()
                await self.go.wait()

        return await super().put(name, dripping(), size=size)


async def test_a_file_that_was_being_stored(runtime: Runtime, host: Host) -> None:
    slow = SlowStorage()
    runtime.plugins._ready["storage"]["slow"] = slow
    host.files["Film.2001.mp4"] = movie(1)
    for action, state in (("cancel", "cancelled"), ("pause", "paused")):
        slow.begun.clear()
        job_id = await start(runtime, host.url("Film.2001.mp4"), storage="slow")
        await asyncio.wait_for(slow.begun.wait(), 60)
        await getattr(runtime.jobs, action)(job_id)
        await ended(runtime, job_id, state)
        assert slow.objects == {}
        if state == "cancelled":
            await check_whole(runtime, host)
    slow.go.set()
    await runtime.jobs.resume(job_id)
    await ended(runtime, job_id, "done")
    assert [content for content, _ in slow.objects.values()] == [movie(1)]
