"""The plain engine: resuming, lying and stalling servers, pages instead of films, names."""

import asyncio
import errno
import gzip
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from tests.support.faulty_server import faulty_server
from tests.support.sources import Told, clients, http_source
from tests.support.wire import plain, serving

from shadow.ingest.ports import (
    Link,
    NoRoom,
    NotForThisSource,
    SourceRefused,
    SourceUnavailable,
    TooLarge,
    WrongContent,
)
from shadow.runtime import files as module
from shadow.runtime.http import RequestRefused

FILM = os.urandom(3_000_000)


@pytest.fixture
def sandbox(tmp_path: Path) -> Path:
    folder = tmp_path / "sandbox"
    folder.mkdir()
    return folder


async def test_a_broken_download_goes_on_where_it_was(sandbox: Path) -> None:
    async with faulty_server(FILM, breaks_after=500_000, breaks_off=4) as server:
        link = Link(f"{server.url}/film.mkv", sha256=hashlib.sha256(FILM).hexdigest())
        fetched = await http_source().fetch(link, sandbox, Told(), key="job")
        starts = [one.headers.get("range", "bytes=0-") for one in server.served.asked]
    assert (sandbox / fetched.files[0]).read_bytes() == FILM
    assert len(starts) == 5
    assert starts == sorted(set(starts), key=lambda text: int(text[6:-1]))
    assert server.served.asked[1].headers["if-range"] == '"one"'


async def test_a_fetch_that_was_killed_goes_on_with_the_next_call(sandbox: Path) -> None:
    async with faulty_server(FILM, stalls_after=1_000_000) as server:
        link, told = Link(f"{server.url}/film.mkv"), Told()
        fetching = asyncio.create_task(http_source().fetch(link, sandbox, told, key="job"))
        while (there := sum(one.stat().st_size for one in sandbox.glob(".http.part"))) < 900_000:
            await asyncio.sleep(0.02)
        fetching.cancel()
        await asyncio.gather(fetching, return_exceptions=True)
        server.stalls_after = None
        await http_source().fetch(link, sandbox, told, key="job")
        again = server.served.asked[-1].headers["range"]
    assert int(again.removeprefix("bytes=").removesuffix("-")) >= there
    assert (sandbox / "film.mkv").read_bytes() == FILM


async def test_another_job_in_the_same_folder_begins_anew(sandbox: Path) -> None:
    (sandbox / ".http.part").write_bytes(b"of something else")
    (sandbox / ".http.json").write_text('{"key": "other", "url": "http://x/"}')
    async with faulty_server(FILM) as server:
        await http_source().fetch(Link(f"{server.url}/f.mkv"), sandbox, Told(), key="job")
        assert "range" not in server.served.asked[0].headers
    assert (sandbox / "f.mkv").read_bytes() == FILM


@pytest.mark.parametrize("faults", [{"ranges": False}, {"etag": ""}, {"etag": 'W/"weak"'}])
async def test_a_server_that_cannot_resume_is_asked_from_the_beginning(
    sandbox: Path, faults: dict[str, Any]
) -> None:
    async with faulty_server(FILM, breaks_after=500_000, breaks_off=2, **faults) as server:
        fetched = await http_source().fetch(Link(f"{server.url}/f"), sandbox, Told(), key="job")
    assert (sandbox / fetched.files[0]).read_bytes() == FILM


async def test_a_file_that_changed_meanwhile_is_never_mixed(sandbox: Path) -> None:
    other = os.urandom(len(FILM))
    async with faulty_server(FILM, breaks_after=500_000, breaks_off=1) as server:

        class Changing(Told):
            def __call__(self, **values: Any) -> None:
                super().__call__(**values)
                if "message" in values:  # the break is noticed
                    server.content, server.etag = other, '"two"'

        await http_source().fetch(Link(f"{server.url}/f.mkv"), sandbox, Changing(), key="job")
    assert (sandbox / "f.mkv").read_bytes() == other


async def test_a_server_that_ignores_if_range_does_not_get_versions_mixed(sandbox: Path) -> None:
    other = os.urandom(len(FILM))
    asked_with_range = 0

    async def answer(asked: Any, writer: asyncio.StreamWriter) -> None:
        nonlocal asked_with_range
        if "range" in asked.headers:
            asked_with_range += 1
            start = int(asked.headers["range"][6:-1])
            where = f"bytes {start}-{len(other) - 1}/{len(other)}"
            writer.write(plain(206, other[start:], ETag='"two"', Content_Range=where))
        elif asked_with_range:
            writer.write(plain(200, other, ETag='"two"'))
        else:
            writer.write(plain(200, FILM, ETag='"one"')[:1_000_000])
            await writer.drain()
            writer.close()

    async with serving(answer) as served:
        await http_source().fetch(Link(f"{served.url}/f.mkv"), sandbox, Told(), key="job")
    assert asked_with_range == 1
    assert (sandbox / "f.mkv").read_bytes() == other


async def test_a_server_that_announces_more_than_it_sends_is_given_up(sandbox: Path) -> None:
    async with faulty_server(FILM[:1000], announced=5000, ranges=False) as server:
        with pytest.raises(SourceUnavailable):
            await http_source().fetch(Link(f"{server.url}/f"), sandbox, Told(), key="job")


async def test_a_server_that_announces_less_than_it_sends_brings_only_that(sandbox: Path) -> None:
    async with faulty_server(FILM, announced=1000, ranges=False) as server:
        await http_source().fetch(Link(f"{server.url}/f"), sandbox, Told(), key="job")
    assert (sandbox / "f").read_bytes() == FILM[:1000]


async def test_an_answer_without_end_ends_when_the_report_says_so(sandbox: Path) -> None:
    class Strict(Told):
        def __call__(self, **values: Any) -> None:
            super().__call__(**values)
            if (values.get("bytes_done") or 0) > 1_000_000:
                raise TooLarge("enough")

    async with faulty_server(b"", endless=True, seconds_a_block=0.001) as server:
        with pytest.raises(TooLarge):
            await http_source().fetch(Link(f"{server.url}/f"), sandbox, Strict(), key="job")


async def test_a_stalled_server_is_given_up(sandbox: Path) -> None:
    async with faulty_server(FILM, stalls_after=100_000, ranges=False) as server:
        source = http_source(clients(read_seconds=0.2))
        with pytest.raises(SourceUnavailable, match="in time"):
            await source.fetch(Link(f"{server.url}/f"), sandbox, Told(), key="job")


async def test_a_server_that_dribbles_is_given_up(sandbox: Path) -> None:
    async with faulty_server(FILM, seconds_a_block=0.05, ranges=False) as server:
        source = http_source(slow_bytes_per_second=100_000_000, slow_seconds=0.1, attempts=1)
        with pytest.raises(SourceUnavailable, match="too slow"):
            await source.fetch(Link(f"{server.url}/f"), sandbox, Told(), key="job")


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"<!DOCTYPE html><title>Log in</title>", "video/x-matroska"),
        (b"\xef\xbb\xbf\n <HTML><body>gone", "application/octet-stream"),
        (b"Sorry, the file was removed.", "text/html; charset=utf-8"),
        (b'<?xml version="1.0"?><html xmlns="x">', ""),
    ],
)
async def test_a_page_instead_of_a_film_is_refused(
    sandbox: Path, content: bytes, content_type: str
) -> None:
    async with faulty_server(content, content_type=content_type) as server:
        with pytest.raises(SourceRefused, match="web page"):
            await http_source().fetch(Link(f"{server.url}/f.mkv"), sandbox, Told(), key="job")


async def test_a_film_that_is_called_a_page_is_fetched(sandbox: Path) -> None:
    film = b"\x1aE\xdf\xa3\0\0\0" + FILM[:1000]
    async with faulty_server(film, content_type="text/html") as server:
        await http_source().fetch(Link(f"{server.url}/f.mkv"), sandbox, Told(), key="job")
    assert (sandbox / "f.mkv").read_bytes() == film


@pytest.mark.parametrize(
    ("path", "disposition", "name"),
    [
        ("/film.mkv", "", "film.mkv"),
        ("/d%C3%A9j%C3%A0%20vu.mkv?x=/y.exe", "", "déjà vu.mkv"),
        ("/get?id=1", 'attachment; filename="Film (2020).mkv"', "Film (2020).mkv"),
        ("/get", "attachment; filename=a.mkv; filename*=UTF-8''%E2%82%AC.mkv", "€.mkv"),
        ("/get", 'attachment; filename="../../etc/passwd"', "passwd"),
        ("/get", 'attachment; filename="..\\\\..\\\\evil.mkv"', "evil.mkv"),
        ("/get", 'attachment; filename=".."', "get"),
        ("/get", "attachment; filename*=nonsense''%ff", "get"),
        ("/%2e%2e%2f%2e%2e%2fevil", "", "evil"),
        ("/", "", "download"),
        ("/con.mkv", "", "_con.mkv"),
        ("/" + "n" * 400 + ".mkv", "", "n" * 196 + ".mkv"),
    ],
)
async def test_the_files_name_is_offered_and_harmless(
    sandbox: Path, path: str, disposition: str, name: str
) -> None:
    async with faulty_server(FILM[:1000], disposition=disposition) as server:
        fetched = await http_source().fetch(Link(server.url + path), sandbox, Told(), key="job")
    assert fetched.files == (name,)
    assert (sandbox / name).read_bytes() == FILM[:1000]


async def test_a_wrong_hash_leaves_nothing_behind(sandbox: Path) -> None:
    async with faulty_server(FILM) as server:
        link = Link(f"{server.url}/f.mkv", sha256="0" * 64)
        with pytest.raises(WrongContent, match=hashlib.sha256(FILM).hexdigest()):
            await http_source().fetch(link, sandbox, Told(), key="job")
    assert not [one for one in sandbox.iterdir() if one.stat().st_size > 1000]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        *((404, SourceRefused), (403, SourceRefused), (204, SourceRefused), (451, SourceRefused)),
        *((429, SourceUnavailable), (500, SourceUnavailable), (503, SourceUnavailable)),
    ],
)
async def test_a_status_is_told_in_words(
    sandbox: Path, status: int, error: type[Exception]
) -> None:
    async with faulty_server(FILM, statuses={"/f": status}) as server:
        with pytest.raises(error, match=str(status)):
            await http_source().fetch(Link(f"{server.url}/f"), sandbox, Told(), key="job")


async def test_secret_headers_do_not_follow_a_redirect(sandbox: Path) -> None:
    async with faulty_server(FILM) as far, faulty_server(b"") as near:
        near.redirects["/f"] = f"{far.url}/f.mkv"
        link = Link(f"{near.url}/f", headers={"Cookie": "token=secret", "X-Key": "secret"})
        await http_source().fetch(link, sandbox, Told(), key="job")
        assert near.served.asked[0].headers["cookie"] == "token=secret"
        assert "secret" not in str(far.served.asked[0].headers)
    assert (sandbox / "f.mkv").read_bytes() == FILM


async def test_private_addresses_and_redirects_to_them_are_refused(sandbox: Path) -> None:
    async with faulty_server(FILM) as server:
        server.redirects["/away"] = "http://127.0.0.2:8080/"
        server.redirects["/file"] = "file:///etc/passwd"
        for url in (f"{server.url}/away", f"{server.url}/file", "http://127.0.0.2:8080/"):
            with pytest.raises((RequestRefused, SourceRefused)):
                await http_source().fetch(Link(url), sandbox, Told(), key=url)
    with pytest.raises(NotForThisSource):
        await http_source().fetch(Link("ftp://127.0.0.1/x"), sandbox, Told(), key="ftp")


async def test_a_full_disk_is_told_as_such_and_leaves_no_gap(
    sandbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks are written behind the receiving: the one after the failure must not be."""
    write, full = os.write, iter([*[False] * 20, True])  # in the second block

    def fills_up(descriptor: int, block: bytes | memoryview) -> int:
        if next(full, False):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, block)

    monkeypatch.setattr(module.os, "write", fills_up)
    async with faulty_server(FILM) as server:
        with pytest.raises(NoRoom):
            await http_source().fetch(Link(f"{server.url}/f"), sandbox, Told(), key="job")
        monkeypatch.undo()
        left = (sandbox / ".http.part").read_bytes()
        fetched = await http_source().fetch(Link(f"{server.url}/f"), sandbox, Told(), key="job")
    assert FILM.startswith(left)
    assert (sandbox / fetched.files[0]).read_bytes() == FILM


async def test_a_file_is_hashed_while_it_comes_also_when_it_comes_in_parts(sandbox: Path) -> None:
    async with faulty_server(FILM, breaks_after=500_000, breaks_off=3) as server:
        fetched = await http_source().fetch(Link(f"{server.url}/f.mkv"), sandbox, Told(), key="job")
    assert fetched.sha256 == {"f.mkv": hashlib.sha256(FILM).hexdigest()}


async def test_what_came_before_a_kill_is_not_hashed_unseen(sandbox: Path) -> None:
    async with faulty_server(FILM, stalls_after=1_500_000) as server:
        link = Link(f"{server.url}/film.mkv")
        fetching = asyncio.create_task(http_source().fetch(link, sandbox, Told(), key="job"))
        while not sum(one.stat().st_size for one in sandbox.glob(".http.part")):
            await asyncio.sleep(0.02)
        fetching.cancel()
        await asyncio.gather(fetching, return_exceptions=True)
        server.stalls_after = None
        fetched = await http_source().fetch(link, sandbox, Told(), key="job")
    assert (sandbox / "film.mkv").read_bytes() == FILM
    assert fetched.sha256 == {}


async def test_a_packed_answer_that_was_not_asked_for_is_unpacked(sandbox: Path) -> None:
    async def answer(asked: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(plain(200, gzip.compress(FILM), Content_Encoding="gzip", ETag='"one"'))

    async with serving(answer) as served:
        await http_source().fetch(Link(f"{served.url}/f.mkv"), sandbox, Told(), key="job")
    assert (sandbox / "f.mkv").read_bytes() == FILM


async def test_an_empty_file_is_refused(sandbox: Path) -> None:
    async with faulty_server(b"") as server:
        with pytest.raises(SourceRefused, match="empty"):
            await http_source().fetch(Link(f"{server.url}/f"), sandbox, Told(), key="job")
