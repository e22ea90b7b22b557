"""A worker that is told to stop parks what it has under way; no byte is fetched twice."""

import asyncio
import json
import signal
from pathlib import Path
from typing import Any

import pytest
from tests.support.hosting import Host, hosting
from tests.support.media import film
from tests.support.swarm import Machine

NAME = "Nosferatu.1922.mp4"


async def job_of(machine: Machine, job_id: str) -> Any:
    return json.loads((await machine.run("jobs", "show", job_id))[1])


async def until_half_way(host: Host, machine: Machine, job_id: str) -> None:
    async with asyncio.timeout(60):
        while not (await job_of(machine, job_id))["bytes_done"]:
            await asyncio.sleep(0.1)
        assert host.at_work > 0


@pytest.mark.parametrize("engine", ["aria2", "http"])
async def test_a_download_that_was_parked_goes_on_where_it_was(tmp_path: Path, engine: str) -> None:
    machine = Machine(tmp_path, {"SHADOW_INGEST__POLICY": engine})
    async with hosting({NAME: film().read_bytes() + bytes(6 << 20)}) as host:
        host.held, host.held_after = {NAME}, 4 << 20
        code, out, _ = await machine.run("leech", host.url(NAME), "--json")
        assert code == 0
        job_id = json.loads(out)["id"]
        async with machine.working() as process:
            await until_half_way(host, machine, job_id)
            process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.communicate(), 60)
            assert process.returncode == 0
        async with asyncio.timeout(60):
            while host.at_work:
                await asyncio.sleep(0.02)
        assert (await job_of(machine, job_id))["state"] == "running"
        host.held = set()
        host.starts.clear()
        async with machine.working(), asyncio.timeout(60):
            while (await job_of(machine, job_id))["state"] != "done":
                await asyncio.sleep(0.1)
        assert max(host.starts[NAME]) > 0
        (kept,) = (tmp_path / "store").rglob("*.mp4")
        assert kept.read_bytes() == host.files[NAME]
        assert list((tmp_path / "sandbox").iterdir()) == []
