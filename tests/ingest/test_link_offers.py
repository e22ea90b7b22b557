"""What torrents and magnet links offer, before and after a person chose from it."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from tests.support.media import film
from tests.support.people import browser_of
from tests.support.swarm_of_peers import make_torrent, seeded

from shadow.catalog.models import File
from shadow.ingest import offering
from shadow.ingest.places import torrents_dir
from shadow.ingest.torrent_files import KEPT_SECONDS, sweep_torrents
from shadow.kit.torrents import read_torrent
from shadow.runtime.access import Role
from shadow.runtime.context import Runtime

TORRENT = {"Content-Type": "application/x-bittorrent"}


@pytest.fixture
def given_settings() -> dict[str, Any]:
    return {
        "network": {"allow_private": ("127.0.0.0/8",)},
        "ingest": {"policy": ("aria2", "http")},
        "aria2": {"dht": False, "timeout_seconds": 2, "peer_seconds": 20},
        "hls": {"previews": "off", "index_after_scan": False},
    }


def episodes() -> dict[str, bytes]:
    content = film().read_bytes()
    return {f"Show.S01E0{number}.mp4": content + b"%d" % number for number in (1, 2, 3)}


async def test_of_a_torrent_file_the_chosen_files_become_titles(
    client: httpx.AsyncClient, runtime: Runtime, tmp_path: Path
) -> None:
    async with seeded(tmp_path, "Show.S01", episodes()) as swarm:
        answer = await client.post("/api/links/torrent", content=swarm.torrent, headers=TORRENT)
        assert answer.status_code == 200, answer.text
        offer = answer.json()
        assert (offer["name"], [one["number"] for one in offer["items"]]) == ("Show.S01", [1, 2, 3])
        assert [one["path"] for one in offer["items"]] == [f"Show.S01/{one}" for one in episodes()]
        listed = await client.post("/api/links/files", json={"url": offer["url"]})
        assert listed.json()["items"] == offer["items"]
        asked = {"url": offer["url"], "files": [2]}
        job_id = (await client.post("/api/jobs/leech", json=asked)).json()["id"]
        job = await asyncio.wait_for(runtime.jobs.wait(job_id), 60)
    assert (job.state, job.error) == ("done", None)
    async with runtime.database.session() as session:
        (row,) = await session.scalars(select(File))
    assert Path(row.path.decode()).read_bytes() == episodes()["Show.S01E02.mp4"]


async def test_a_magnet_link_offers_what_peers_say(
    client: httpx.AsyncClient, runtime: Runtime, tmp_path: Path
) -> None:
    async with seeded(tmp_path, "Show.S01", episodes()) as swarm:
        answer = await client.post("/api/links/files", json={"url": swarm.magnet})
    assert [one["number"] for one in answer.json()["items"]] == [1, 2, 3]
    assert list(torrents_dir(runtime).iterdir()) == []


async def test_a_magnet_link_that_nobody_answers_is_given_up_in_time(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offering, "SECONDS", 0.5)
    url = f"magnet:?xt=urn:btih:{'a' * 40}"
    answer = await client.post("/api/links/files", json={"url": url})
    assert (answer.status_code, answer.json()["code"]) == (503, "ingest.source_unavailable")


async def test_where_there_is_no_choice_none_is_offered(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/links/files", json={"url": "http://127.0.0.1:1/film.mkv"})
    assert answer.json() == {"items": []}
    for wrong in ("file:///etc/passwd", "magnet:?dn=x", "x"):
        answer = await client.post("/api/links/files", json={"url": wrong})
        assert (answer.status_code, answer.json()["code"]) == (422, "ingest.link_refused")


async def test_what_is_no_torrent_file_is_refused(client: httpx.AsyncClient) -> None:
    for content in (b"", b"x", b"d4:infod4:name1:xee", b"<!doctype html>", bytes(1000)):
        answer = await client.post("/api/links/torrent", content=content, headers=TORRENT)
        assert (answer.status_code, answer.json()["code"]) == (422, "ingest.link_refused")
    huge = await client.post("/api/links/torrent", content=bytes((10 << 20) + 1), headers=TORRENT)
    assert huge.status_code == 413


async def test_hostile_names_in_a_torrent_are_only_names(client: httpx.AsyncClient) -> None:
    content = make_torrent("../../x", {"../../../etc/passwd": b"a", "<b>.mkv": b"b"})
    offer = (await client.post("/api/links/torrent", content=content, headers=TORRENT)).json()
    assert offer["url"].startswith(f"magnet:?xt=urn:btih:{read_torrent(content).info_hash}&dn=")
    for one in offer["items"]:
        assert ".." not in one["path"].split("/")
        assert "<" not in one["path"]


async def test_only_editors_look_into_links(
    client: httpx.AsyncClient, app: FastAPI, runtime: Runtime
) -> None:
    async with browser_of(app, runtime, "bob", Role.premium) as bob:
        for path in ("files", "torrent"):
            assert (await bob.post(f"/api/links/{path}", json={"url": "x"})).status_code == 403


async def test_torrent_files_are_not_kept_for_ever(
    client: httpx.AsyncClient, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    await client.post("/api/links/torrent", content=make_torrent("x", {"x": b"a"}), headers=TORRENT)
    sweep_torrents(runtime)
    assert len(list(torrents_dir(runtime).iterdir())) == 1
    monkeypatch.setattr("shadow.ingest.torrent_files.KEPT_SECONDS", -KEPT_SECONDS)
    sweep_torrents(runtime)
    assert list(torrents_dir(runtime).iterdir()) == []
