"""Several machines, one database, one bucket: workers share the links, and one dies over them."""

import asyncio
import itertools
import re
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.databases import postgres_clone
from tests.support.hosting import Host, hosting
from tests.support.media import film
from tests.support.s3 import running_s3
from tests.support.storages import s3_settings
from tests.support.swarm import Machine, end

PASSWORD = "correct horse battery"
FILMS = 8
MOST_FILMS = 40
HELD = ("Film 2.2002.mp4", "Film 5.2005.mp4")
"""Two that do not end before the test lets them."""


@pytest.fixture
def url(postgres_server: str, postgres_model: str) -> Iterator[str]:
    with postgres_clone(postgres_server, postgres_model) as clone:
        yield clone


@pytest.fixture
def shared(url: str, tmp_path: Path) -> Iterator[dict[str, str]]:
    """What all machines of the swarm are told: the database and the bucket."""
    with running_s3(tmp_path / "s3.log") as endpoint:
        bucket = s3_settings(endpoint)
        yield {
            "SHADOW_DATABASE_URL": url,
            "SHADOW_STORAGE__DEFAULT": "s3",
            "SHADOW_S3__BUCKET": bucket.bucket,
            "SHADOW_S3__ENDPOINT": endpoint,
            "SHADOW_S3__ACCESS_KEY": bucket.access_key,
            "SHADOW_S3__SECRET_KEY": bucket.secret_key.get_secret_value(),
        }


@asynccontextmanager
async def served(machine: Machine) -> AsyncIterator[httpx.AsyncClient]:
    """Run a server that takes no downloads; the value is a client in which its admin is."""
    process = await machine.start("serve", "--no-worker", "--port", "0")
    assert process.stdout is not None
    try:
        words = (await process.stdout.readline() + await process.stdout.readline()).decode()
        address, token = re.findall(r"http://[\d.:]+", words)[0], re.findall(r"token=(\S+)", words)
        async with httpx.AsyncClient(
            base_url=address, headers={"X-Shadow-CSRF": "1"}, timeout=30
        ) as client:
            account = {"token": token[0], "username": "ada", "password": PASSWORD}
            (await client.post("/api/auth/claim", json=account)).raise_for_status()
            yield client
    finally:
        await end(process, signal.SIGTERM)


async def jobs(client: httpx.AsyncClient) -> dict[str, Any]:
    items = (await client.get("/api/jobs?limit=100")).raise_for_status().json()["items"]
    return {one["id"]: one for one in items if one["kind"] == "leech"}


async def leech(client: httpx.AsyncClient, host: Host, name: str) -> None:
    link = {"url": host.url(name.replace(" ", "%20"))}
    assert (await client.post("/api/jobs/leech", json=link)).status_code == 202


async def until_shared(
    client: httpx.AsyncClient, host: Host, one_more: Iterator[str]
) -> dict[str, Any]:
    """Wait until all but the held ones are done, giving links until both workers took some.

    One may take all of the first ones while the other gets no processor. Returns the jobs.
    """
    while True:
        found = await until_held(client)
        if len({one["worker"] for one in found.values()}) == 2:
            return found
        await leech(client, host, next(one_more))


async def until_held(client: httpx.AsyncClient) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            found = await jobs(client)
            counted = Counter(one["state"] for one in found.values())
            if counted == {"done": len(found) - len(HELD), "running": len(HELD)}:
                return found
            assert not counted["failed"], [one["error"] for one in found.values()]
            await asyncio.sleep(0.05)


async def test_two_workers_share_the_links_and_one_goes_on_when_the_other_dies(
    tmp_path: Path, shared: dict[str, str]
) -> None:
    original = film().read_bytes()
    films = {f"Film {n}.{2000 + n}.mp4": original + f"film {n}".encode() for n in range(MOST_FILMS)}
    films |= {name: films[name] + bytes(1 << 20) for name in HELD}
    few = {**shared, "SHADOW_JOBS__HEAVY": "4", "SHADOW_JOBS__PER_SOURCE": "4"}
    one, two, front = (Machine(tmp_path / name, few) for name in ("one", "two", "front"))
    async with (
        hosting(films) as host,
        served(front) as client,
        one.working() as first,
        two.working() as second,
    ):
        host.held = set(HELD)
        names = iter(films)
        for name in itertools.islice(names, FILMS):
            await leech(client, host, name)
        found = await until_shared(client, host, names)
        executors = {one["worker"] for one in found.values()}
        workers = (await client.get("/api/workers")).json()["items"]
        assert {item["id"] for item in workers} > executors
        unfinished = {key: item for key, item in found.items() if item["state"] == "running"}
        victim = next(iter(unfinished.values()))["worker"]
        process, rest = (first, one) if executor_of(one) == victim else (second, two)
        await end(process)
        host.gate.set()
        async with asyncio.timeout(90):
            while {item["state"] for item in (await jobs(client)).values()} != {"done"}:
                await asyncio.sleep(0.05)
        after = await jobs(client)
        assert {after[key]["worker"] for key in unfinished} == executors - {victim}
        given = dict(itertools.islice(films.items(), len(found)))
        await check_library(client, given, after)
        for machine in (one, two):
            if machine is not rest:
                assert list((machine.data_dir / "sandbox").glob("*")) == []
    # What the dead one left is swept when it comes back.
    async with rest.working():
        assert list((rest.data_dir / "sandbox").glob("*")) == []


def executor_of(machine: Machine) -> str:
    return f"{(machine.data_dir / 'executors' / 'machine').read_text()}-0"


async def check_library(
    client: httpx.AsyncClient, films: dict[str, bytes], done: dict[str, Any]
) -> None:
    """Each title is there once, and the server streams its bytes out of the bucket."""
    page = (await client.get("/api/library/movies")).json()
    titles = sorted(one["title"] for one in page["items"])
    assert titles == sorted(name.partition(".")[0] for name in films)
    assert not any(one["arriving"] for one in page["items"])
    listed = (await client.get("/api/library/media-files")).json()
    assert listed["total"] == len(films)
    contents = Counter(films.values())
    for job in done.values():
        (file_id,) = job["result"]["files"]
        streamed = await client.get(f"/stream/{file_id}")
        assert streamed.status_code == 200
        contents[streamed.content] -= 1
        part = await client.get(f"/stream/{file_id}", headers={"Range": "bytes=1000-1999"})
        assert (part.status_code, part.content) == (206, streamed.content[1000:2000])
    assert set(contents.values()) == {0}


async def test_machines_that_do_not_share_the_folder_for_new_files_are_told_so(
    tmp_path: Path, url: str
) -> None:
    only = {"SHADOW_DATABASE_URL": url}
    together = {**only, "SHADOW_STORAGE__LOCAL_ROOT": str(tmp_path / "nas")}
    async with Machine(tmp_path / "one", only).working():
        code, _, err = await Machine(tmp_path / "two", only).run("worker")
        assert code == 2
        assert "SHADOW_STORAGE__LOCAL_ROOT" in err
        code, out, _ = await Machine(tmp_path / "three", only).run("doctor", "--json")
        assert code == 1
        assert "what one machine stores, another could not read" in " ".join(out.split())
    async with (
        Machine(tmp_path / "four", together).working(),
        Machine(tmp_path / "five", together).working(),
    ):
        code, out, _ = await Machine(tmp_path / "six", together).run("doctor", "--json")
        assert "another could not read" not in out
