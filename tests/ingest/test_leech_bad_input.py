"""Links that lead to trouble: each ends in words that a person understands and leaves nothing."""

import asyncio
import io
import os
import tarfile
import zipfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.support.copied_files import plug
from tests.support.faulty_server import faulty_server
from tests.support.hosting import Host, hosting
from tests.support.media import film
from tests.support.memory_storage import MemoryStorage

from shadow.catalog.models import File, Title
from shadow.ingest import service as ingest
from shadow.ingest.ports import Link
from shadow.ingest.sandbox import Sandboxes
from shadow.runtime import job_context
from shadow.runtime.context import Runtime
from shadow.runtime.jobs import Job
from shadow.storage.errors import StorageReadOnly

MOST = 3_000_000


@pytest.fixture
def given_settings() -> dict[str, Any]:
    return {
        "network": {"allow_private": ("127.0.0.0/8",), "read_seconds": 0.5},
        "ingest": {"policy": ("http",), "max_bytes": MOST, "unpack_ratio": 20},
        "http": {"attempts": 2, "pause_seconds": 0.01, "slow_seconds": 0.5},
        "hls": {"previews": "off", "index_after_scan": False},
    }


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_context, "FIRST_PAUSE_SECONDS", 0.01)


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    async with hosting({}) as opened:
        yield opened


def movie(mark: str = "") -> bytes:
    free = mark.encode()
    return film().read_bytes() + (8 + len(free)).to_bytes(4, "big") + b"free" + free


async def leech(runtime: Runtime, url: str, **given: Any) -> Job:
    job_id = await ingest.start_leech(runtime, ingest.Order(url, **given))
    return await asyncio.wait_for(runtime.jobs.wait(job_id), 60)


async def check_failed(runtime: Runtime, job: Job, code: str, words: str, step: str) -> None:
    """The job says what went wrong, in which step, and nothing of it is left anywhere."""
    assert (job.state, job.error_code) == ("failed", code), job.error
    assert words in (job.error or "")
    assert (job.error or "").startswith(f"{step} failed: ")
    data_dir = runtime.settings.core.data_dir
    assert list(runtime.part(Sandboxes).root.glob("*")) == []
    places = ("store", "quarantine", "uploads", "screenshots", "torrents")
    left = [path for place in places for path in (data_dir / place).rglob("*") if path.is_file()]
    assert left == []
    async with runtime.database.session() as session:
        assert list(await session.scalars(select(Title))) == []
        assert list(await session.scalars(select(File))) == []


async def test_a_page_that_says_it_is_a_film(runtime: Runtime) -> None:
    page = b"<!DOCTYPE html><html><body>Please sign in</body></html>"
    async with faulty_server(page, content_type="video/x-matroska") as server:
        job = await leech(runtime, f"{server.url}/Film.2001.mkv")
    await check_failed(runtime, job, "ingest.source_refused", "web page", "Downloading")


async def test_a_page_in_an_archive(runtime: Runtime, host: Host) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("Film.2001.mkv", b"<html><body>Please sign in</body></html>" * 100)
    host.files["a.zip"] = packed.getvalue()
    job = await leech(runtime, host.url("a.zip"))
    await check_failed(runtime, job, "ingest.nothing_to_play", "cannot be played", "Probing")


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"announced": 2_000_000}, "ingest.source_unavailable", "does not fit together"),
    ({"announced": MOST + 1}, "ingest.too_large", f"the {MOST} bytes that are accepted"),
    ({"endless": True}, "ingest.too_large", f"the {MOST} bytes that are accepted"),
    ({"stalls_after": 65536, "ranges": False}, "ingest.source_unavailable", ""),
    ({"breaks_after": 65536, "ranges": False}, "ingest.source_unavailable", ""),
    ({"statuses": {"/Film.2001.mp4": 404}}, "ingest.source_refused", "404"),
    ({"statuses": {"/Film.2001.mp4": 500}}, "ingest.source_unavailable", "500"),
    ({"redirects": {"/Film.2001.mp4": "/Film.2001.mp4"}}, "ingest.source_refused", ""),
    ({"redirects": {"/Film.2001.mp4": "http://[::1]/x"}}, "runtime.request_refused", ""),
    ({"redirects": {"/Film.2001.mp4": "file:///etc/passwd"}}, "runtime.request_refused", ""),
]


@pytest.mark.parametrize(("faults", "code", "words"), FAULTS)
async def test_a_server_that_lies_stalls_or_never_ends(
    runtime: Runtime, faults: dict[str, Any], code: str, words: str
) -> None:
    async with faulty_server(movie() + bytes(200_000), **faults) as server:
        job = await leech(runtime, f"{server.url}/Film.2001.mp4")
    await check_failed(runtime, job, code, words, "Downloading")


@pytest.mark.parametrize("given_settings", [
    {
        "network": {"allow_private": ("127.0.0.0/8",)},
        "ingest": {"policy": ("http",), "spare_bytes": 1 << 60},
    }
])  # fmt: skip
async def test_a_disk_that_is_full(runtime: Runtime, host: Host) -> None:
    host.files["Film.2001.mp4"] = movie()
    job = await leech(runtime, host.url("Film.2001.mp4"))
    await check_failed(runtime, job, "ingest.no_room", "Make room", "Downloading")


class Promising:
    """A resolver that says which hash the content behind a link must have."""

    name = "promising"

    def takes(self, link: Link) -> bool:
        return "promised" in link.url

    async def resolve(self, link: Link) -> tuple[Link, ...]:
        return (Link(link.url, sha256="0" * 64),)


async def test_content_with_another_hash_than_promised(runtime: Runtime, host: Host) -> None:
    plug(runtime, "resolver", Promising())
    host.files["promised.2001.mp4"] = movie()
    job = await leech(runtime, host.url("promised.2001.mp4"))
    await check_failed(runtime, job, "ingest.wrong_content", "", "Downloading")


async def test_a_store_without_room(runtime: Runtime, host: Host) -> None:
    store = MemoryStorage("small", room=1000)
    plug(runtime, "storage", store)
    host.files["Film.2001.mp4"] = movie()
    job = await leech(runtime, host.url("Film.2001.mp4"), storage="small")
    await check_failed(runtime, job, "storage.full", "no room", "Storing")
    assert store.objects == {}


async def test_a_store_that_takes_nothing(runtime: Runtime) -> None:
    class ReadOnly:
        name = "old"

    plug(runtime, "storage", ReadOnly())
    with pytest.raises(StorageReadOnly, match="takes no new files"):
        await leech(runtime, "http://127.0.0.1/x.mkv", storage="old")


def zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def locked(files: dict[str, bytes]) -> bytes:
    content = bytearray(zipped(files))
    content[content.index(b"PK\1\2") + 8] |= 1  # the flags of its entry in the directory
    return bytes(content)


def linked(target: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        item = tarfile.TarInfo("Film.2001.mkv")
        item.type, item.linkname = tarfile.SYMTYPE, target
        archive.addfile(item)
    return packed.getvalue()


TRAPS: list[tuple[str, Callable[[], bytes], str, str]] = [
    ("bomb.zip", lambda: zipped({"a.mkv": bytes(100 << 20)}), "ingest.archive_refused", ""),
    ("many.zip", lambda: zipped({"a.mkv": os.urandom(2 << 20), "b.mkv": os.urandom(2 << 20)}),
     "ingest.too_large", ""),
    ("locked.zip", lambda: locked({"a.mkv": movie()}), "ingest.archive_locked", "password"),
    ("cut.zip", lambda: zipped({"a.mkv": movie()})[:-200], "ingest.archive_damaged", "damaged"),
    ("link.tar", lambda: linked("/etc/passwd"), "ingest.archive_refused", "link"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "made", "code", "words"), TRAPS)
async def test_a_trap_in_an_archive(
    runtime: Runtime, host: Host, name: str, made: Callable[[], bytes], code: str, words: str
) -> None:
    host.files[name] = made()
    step = "Downloading" if code == "ingest.too_large" else "Unpacking"
    job = await leech(runtime, host.url(name))
    await check_failed(runtime, job, code, words, step)


MARKUP = "<img src=x onerror=alert(1)> & “Quotes” '; DROP TABLE titles;-- (2001)"


async def test_titles_with_markup_are_only_text(runtime: Runtime, host: Host) -> None:
    host.files["a b/<script>alert(1)<'.2001.mp4"] = movie("a")
    host.files["x.mp4"] = movie("b")
    quoted = "a%20b/%3Cscript%3Ealert(1)%3C'.2001.mp4"
    assert (await leech(runtime, host.url(quoted))).state == "done"
    assert (await leech(runtime, host.url("x.mp4"), title=MARKUP)).state == "done"
    async with runtime.database.session() as session:
        titles = {one.title for one in await session.scalars(select(Title))}
        files = [Path(one.path.decode()) for one in await session.scalars(select(File))]
    assert MARKUP.removesuffix(" (2001)") in titles
    assert len(titles) == 2
    store = runtime.settings.core.data_dir / "store"
    assert all(one.is_file() and one.is_relative_to(store / "Films") for one in files)
    assert not any(set('<>"|?*') & set(str(one.relative_to(store))) for one in files)


async def test_one_link_that_fails_harms_no_other(runtime: Runtime, host: Host) -> None:
    host.files |= {"good.2001.mp4": movie(), "bad.zip": locked({"a.mkv": movie()})}
    jobs = await asyncio.gather(
        *(leech(runtime, host.url(name)) for name in ("bad.zip", "good.2001.mp4", "gone.mp4"))
    )
    assert [job.state for job in jobs] == ["failed", "done", "failed"]
    assert list(runtime.part(Sandboxes).root.glob("*")) == []
