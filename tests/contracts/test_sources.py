"""What every engine promises, whichever program it is."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shadow.ingest.ports import Fetched, Link, NotForThisSource, Source, SourceRefused
from shadow.kit.errors import Kind, ShadowError
from tests.support.faulty_server import FaultyServer, faulty_server
from tests.support.sources import Told, aria2_source, http_source, ytdlp_source

FILM = os.urandom(2_000_000)


@pytest.fixture(params=["aria2", "http", "ytdlp"])
async def source(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Source]:
    if request.param == "http":
        yield http_source()
        return
    if request.param == "ytdlp":
        async with ytdlp_source() as finder:
            yield finder
        return
    async with aria2_source(tmp_path / "aria2") as opened:
        yield opened


@pytest.fixture
async def server() -> AsyncIterator[FaultyServer]:
    """Serves a film at every path."""
    async with faulty_server(FILM) as opened:
        yield opened


@pytest.fixture
def sandbox(tmp_path: Path) -> Path:
    folder = tmp_path / "sandbox"
    folder.mkdir()
    return folder


def content(sandbox: Path, fetched: Fetched) -> bytes:
    (name,) = fetched.files
    assert not Path(name).is_absolute()
    assert (sandbox / name).resolve().is_relative_to(sandbox)
    return (sandbox / name).read_bytes()


def test_it_fills_the_port(source: Source) -> None:
    assert isinstance(source, Source)
    assert source.name.isidentifier()


async def test_what_comes_is_what_the_server_has(
    source: Source, server: FaultyServer, sandbox: Path
) -> None:
    told = Told()
    link = Link(f"{server.url}/a/film.mkv")
    assert source.takes(link)
    fetched = await source.fetch(link, sandbox, told, key="job")
    assert content(sandbox, fetched) == FILM
    assert (fetched.engine, fetched.files) == (source.name, ("film.mkv",))
    assert told.seen == {"bytes_done": len(FILM), "bytes_total": len(FILM)}


async def test_the_name_that_is_asked_for_is_made_safe(
    source: Source, server: FaultyServer, sandbox: Path
) -> None:
    link = Link(f"{server.url}/x", name="../../Film: the\n\u202e film.mkv")
    fetched = await source.fetch(link, sandbox, Told(), key="job")
    assert fetched.files == ("_.._Film_ the  film.mkv",)
    assert content(sandbox, fetched) == FILM


async def test_a_call_repeated_after_its_end_fetches_nothing_again(
    source: Source, server: FaultyServer, sandbox: Path
) -> None:
    link = Link(f"{server.url}/film.mkv")
    first = await source.fetch(link, sandbox, Told(), key="job")
    asked = len(server.served.asked)
    assert await source.fetch(link, sandbox, Told(), key="job") == first
    assert len(server.served.asked) == asked


async def test_a_cancelled_fetch_stops_and_goes_on_later(
    source: Source, server: FaultyServer, sandbox: Path
) -> None:
    server.seconds_a_block = 0.05
    link, told = Link(f"{server.url}/film.mkv"), Told()
    fetching = asyncio.create_task(source.fetch(link, sandbox, told, key="job"))
    while told.most_done < 200_000:
        await asyncio.sleep(0.02)
    fetching.cancel()
    async with asyncio.timeout(60):
        await asyncio.gather(fetching, return_exceptions=True)
    before = sorted((one.name, one.stat().st_size) for one in sandbox.rglob("*"))
    await asyncio.sleep(0.2)  # would grow meanwhile
    assert before == sorted((one.name, one.stat().st_size) for one in sandbox.rglob("*"))
    server.seconds_a_block = 0
    assert content(sandbox, await source.fetch(link, sandbox, told, key="job")) == FILM


async def test_the_same_sandbox_is_never_fetched_into_twice_at_a_time(
    source: Source, server: FaultyServer, sandbox: Path
) -> None:
    server.seconds_a_block = 0.02
    link, told = Link(f"{server.url}/film.mkv"), Told()
    first = asyncio.create_task(source.fetch(link, sandbox, told, key="job"))
    while told.most_done == 0:
        await asyncio.sleep(0.02)
    with pytest.raises(ShadowError) as caught:
        await source.fetch(link, sandbox, Told(), key="job")
    assert caught.value.kind is Kind.unavailable
    assert content(sandbox, await first) == FILM


async def test_a_server_that_breaks_off_is_resumed(
    source: Source, server: FaultyServer, sandbox: Path
) -> None:
    server.breaks_after, server.breaks_off = 600_000, 1
    link = Link(f"{server.url}/film.mkv")
    assert content(sandbox, await source.fetch(link, sandbox, Told(), key="job")) == FILM


async def test_what_the_report_raises_ends_the_fetch(
    source: Source, server: FaultyServer, sandbox: Path
) -> None:
    class Enough(Exception):
        pass

    def tell(**values: object) -> None:
        raise Enough

    with pytest.raises(Enough):
        await source.fetch(Link(f"{server.url}/film.mkv"), sandbox, tell, key="job")
    assert not (sandbox / "film.mkv").exists()


async def test_a_missing_file_and_a_page_are_refused(
    source: Source, server: FaultyServer, sandbox: Path
) -> None:
    server.statuses["/gone.mkv"] = 404
    with pytest.raises(SourceRefused):
        await source.fetch(Link(f"{server.url}/gone.mkv"), sandbox, Told(), key="gone")
    server.content = b"<!doctype html><html><title>Wait 30 seconds</title></html>"
    with pytest.raises(SourceRefused, match="web page"):
        await source.fetch(Link(f"{server.url}/film.mkv"), sandbox, Told(), key="page")


async def test_private_addresses_are_refused_directly_and_by_redirect(
    source: Source, server: FaultyServer, sandbox: Path
) -> None:
    server.redirects["/away"] = "http://[::1]:8080/film.mkv"
    for url in ("http://10.0.0.1/film.mkv", "http://0x7f.2:8080/", f"{server.url}/away"):
        with pytest.raises(ShadowError) as caught:
            await source.fetch(Link(url), sandbox, Told(), key=url)
        assert caught.value.kind is Kind.invalid, url


async def test_links_of_other_kinds_are_not_for_it(source: Source, sandbox: Path) -> None:
    for url in ("file:///etc/passwd", "gopher://127.0.0.1/", "data:text/plain,x", "x"):
        assert not source.takes(Link(url))
        with pytest.raises(NotForThisSource):
            await source.fetch(Link(url), sandbox, Told(), key="job")
