"""`shadow leech` as people type it: done here, left to a worker, refused, interrupted."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support import programs
from tests.support.hosting import Host, hosting
from tests.support.media import film
from tests.support.programs import PIPE

SETTINGS = {
    "SHADOW_JOBS__BEAT_SECONDS": "0.2",
    "SHADOW_LOG_LEVEL": "error",
    "SHADOW_NETWORK__ALLOW_PRIVATE": "127.0.0.0/8",
    "SHADOW_INGEST__POLICY": "http",
    "COLUMNS": "200",
}
NAME = "Nosferatu.1922.mp4"


async def start(data: Path, *arguments: str) -> programs.Running:
    words = ("shadow", *arguments, "--data-dir", data)
    return await programs.start(*words, env=SETTINGS, stdout=PIPE, stderr=PIPE)


async def shadow(data: Path, *arguments: str) -> tuple[int | None, str, str]:
    process = await start(data, *arguments)
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, out.decode(), err.decode()


async def job_of(data: Path, job_id: str) -> Any:
    return json.loads((await shadow(data, "jobs", "show", job_id))[1])


@asynccontextmanager
async def working(data: Path) -> AsyncIterator[None]:
    process = await start(data, "worker")
    try:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"Taking jobs.\n"
        yield
    finally:
        process.kill()
        await process.communicate()


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    async with hosting({NAME: film().read_bytes() + bytes(1 << 20)}) as opened:
        yield opened


async def test_with_nobody_else_there_it_does_the_work_itself(tmp_path: Path, host: Host) -> None:
    given = ("--title", "Nosferatu [restored] (1922)")
    code, out, err = await shadow(tmp_path, "leech", host.url(NAME), "--wait", *given)
    assert (code, out) == (0, ""), err
    assert "In the library: Nosferatu [restored] (" in err
    (kept,) = (tmp_path / "store").rglob("*.mp4")
    assert kept.stat().st_size == len(host.files[NAME])
    assert list((tmp_path / "sandbox").iterdir()) == []


async def test_a_worker_does_what_was_noted_before_it_came(tmp_path: Path, host: Host) -> None:
    code, out, err = await shadow(tmp_path, "leech", host.url(NAME), "--json", "--priority", "7")
    assert code == 0, err
    noted = json.loads(out)
    assert (noted["state"], noted["priority"]) == ("queued", 7)
    async with working(tmp_path):
        code, out, err = await shadow(tmp_path, "leech", host.url(NAME), "--wait", "--json")
        assert code == 0, err
        done = json.loads(out)
    assert done["state"] == "done"
    assert done["id"] == noted["id"] or len(list((tmp_path / "store").rglob("*.mp4"))) == 1
    assert done["worker"], "a worker did it"


async def test_a_failure_is_told_in_a_sentence(tmp_path: Path, host: Host) -> None:
    code, _, err = await shadow(tmp_path, "leech", host.url("nothing.mkv"), "--wait")
    assert code == 1
    assert err.strip().splitlines()[-1].startswith("shadow: Downloading failed: ")


@pytest.mark.parametrize(
    ("link", "words"),
    [("file:///etc/passwd", "Only http"), ("http://x/ y", "no link"), ("magnet:?dn=x", "magnet")],
)
async def test_a_link_that_cannot_be_fetched_is_refused_at_once(
    tmp_path: Path, link: str, words: str
) -> None:
    code, out, err = await shadow(tmp_path, "leech", link, "--wait")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert words in err


async def test_after_ctrl_c_the_job_goes_on_where_it_was(tmp_path: Path, host: Host) -> None:
    host.held = {NAME}
    process = await start(tmp_path, "leech", host.url(NAME), "--wait")
    async with asyncio.timeout(60):
        while host.asked.get(NAME, 0) < 2:
            await asyncio.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 130, err
    job_id = err.decode().partition("Job ")[2].partition(" goes on")[0]
    assert (await job_of(tmp_path, job_id))["state"] == "running"
    host.gate.set()
    async with working(tmp_path), asyncio.timeout(60):
        while (await job_of(tmp_path, job_id))["state"] != "done":
            await asyncio.sleep(0.2)
