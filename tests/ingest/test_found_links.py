"""Links that lead to a file only by a detour, all the way to a title in the library."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.support.hosts.archive_org import ArchiveOrg, Item, archive_org
from tests.support.media import film
from tests.support.video_site import VideoSite, video_site

from shadow.ingest import service as ingest
from shadow.ingest.leeching.errors import LinkRefused
from shadow.runtime.context import Runtime
from shadow.runtime.jobs import Job

FINDER = (
    "import sys; print(sys.argv[1] + '/Nosferatu.1922.mp4' * (sys.argv[-1] == 'nosferatu 1922'))"
)


@pytest.fixture
async def site() -> AsyncIterator[VideoSite]:
    async with video_site() as opened:
        opened.files["/Nosferatu.1922.mp4"] = film().read_bytes()
        yield opened


@pytest.fixture
async def archive() -> AsyncIterator[ArchiveOrg]:
    async with archive_org() as opened:
        yield opened


@pytest.fixture
def given_settings(site: VideoSite, archive: ArchiveOrg) -> dict[str, Any]:
    command = {"name": "films", "command": [sys.executable, "-c", FINDER, site.url, "{query}"]}
    return {
        "network": {"allow_private": "127.0.0.1/32"},
        "ingest": {"policy": ("http", "ytdlp"), "spare_bytes": 0},
        "external": {"commands": json.dumps([command])},
        "source_archive_org": {"url": archive.url},
    }


async def leech(runtime: Runtime, url: str) -> Job:
    job_id = await ingest.start_leech(runtime, ingest.Order(url))
    return await asyncio.wait_for(runtime.jobs.wait(job_id), 60)


def titles(job: Job) -> list[str]:
    assert job.result is not None, job.error
    return [one["title"] for one in job.result["titles"]]


async def test_a_video_on_a_web_page_becomes_a_title(runtime: Runtime, site: VideoSite) -> None:
    video = '<video src="/Nosferatu.1922.mp4"></video>'
    job = await leech(runtime, site.page("/watch", video, title="Nosferatu (1922)"))
    assert (job.state, job.engine) == ("done", "ytdlp")
    assert titles(job) == ["Nosferatu"]


async def test_words_for_the_operators_program_become_a_title(runtime: Runtime) -> None:
    job = await leech(runtime, "external:films?nosferatu%201922")
    assert (job.state, job.engine) == ("done", "http")
    assert titles(job) == ["Nosferatu"]
    job = await leech(runtime, "external:others?nosferatu")
    assert job.state == "failed"
    assert "SHADOW_EXTERNAL__COMMANDS" in (job.error or "")


async def test_an_item_of_the_internet_archive_becomes_its_titles(
    runtime: Runtime, archive: ArchiveOrg
) -> None:
    content = film().read_bytes()
    archive.items["nosferatu"] = Item(
        {"Nosferatu (1922).mp4": content, "Nosferatu.ogv": b"x"}, derived={"Nosferatu.ogv"}
    )
    job = await leech(runtime, "https://archive.org/details/nosferatu")
    assert (job.state, job.error) == ("done", None)
    assert titles(job) == ["Nosferatu"]


async def test_what_names_no_program_is_no_link(runtime: Runtime) -> None:
    for url in (
        "external:",
        "external:films",
        "external:films?",
        "external:../x?y",
        "external:A?y",
    ):
        with pytest.raises(LinkRefused, match="external:NAME"):
            await ingest.start_leech(runtime, ingest.Order(url))
