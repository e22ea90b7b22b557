"""From a link to a title that plays, and what becomes of links that lead to none."""

import asyncio
import io
import shutil
import tarfile
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from tests.conftest import PASSWORD
from tests.support.hosting import Host, hosting
from tests.support.media import film

from shadow.accounts import service as accounts
from shadow.catalog.models import File, Title
from shadow.ingest import service as ingest
from shadow.ingest.events import LinkBrought
from shadow.ingest.leeching.errors import LinkRefused
from shadow.ingest.sandbox import Sandboxes
from shadow.runtime.access import Role
from shadow.runtime.context import Runtime
from shadow.runtime.jobs import Job

LOOPBACK = {"allow_private": ("127.0.0.0/8",)}


@pytest.fixture
def given_settings() -> dict[str, Any]:
    return {"network": LOOPBACK, "ingest": {"policy": ("http",)}}


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    async with hosting({}) as opened:
        yield opened


def movie(mark: str = "") -> bytes:
    """A small film, unlike others by its mark: a box that players pass by."""
    free = mark.encode()
    return film().read_bytes() + (8 + len(free)).to_bytes(4, "big") + b"free" + free


async def leech(runtime: Runtime, url: str, **given: Any) -> Job:
    job_id = await ingest.start_leech(runtime, ingest.Order(url, **given))
    return await asyncio.wait_for(runtime.jobs.wait(job_id), 60)


async def titles(runtime: Runtime) -> dict[str, tuple[str, int | None, bool]]:
    """Kind, year and whether they show, of all titles."""
    async with runtime.database.session() as session:
        rows = await session.scalars(select(Title))
        return {one.title: (one.kind, one.year, not one.hidden) for one in rows}


async def files(runtime: Runtime) -> list[str]:
    """The relative names of what the catalogue has."""
    store = runtime.settings.core.data_dir / "store"
    async with runtime.database.session() as session:
        rows = await session.scalars(select(File).where(File.state == "present"))
        return sorted(str(Path(one.path.decode()).relative_to(store)) for one in rows)


def stored(runtime: Runtime) -> list[str]:
    store = runtime.settings.core.data_dir / "store"
    return sorted(str(path.relative_to(store)) for path in store.rglob("*") if path.is_file())


def left(runtime: Runtime) -> list[Path]:
    return list(runtime.part(Sandboxes).root.glob("*"))


async def test_a_link_becomes_a_title_that_plays(
    runtime: Runtime, client: httpx.AsyncClient, host: Host
) -> None:
    host.files["[spam.to] Nosferatu.1922.1080p.mp4"] = movie()
    told: list[LinkBrought] = []

    async def hear(event: LinkBrought) -> None:
        told.append(event)

    runtime.events.subscribe(LinkBrought, hear)
    url = host.url("%5Bspam.to%5D%20Nosferatu.1922.1080p.mp4")
    answer = await client.post("/api/jobs/leech", json={"url": url, "priority": 3})
    assert answer.status_code == 202, answer.text
    job = await asyncio.wait_for(runtime.jobs.wait(answer.json()["id"]), 60)
    assert (job.state, job.error, job.engine, job.priority) == ("done", None, "http", 3)
    assert await files(runtime) == ["Films/Nosferatu (1922)/Nosferatu (1922).mp4"]
    assert stored(runtime) == await files(runtime)
    assert left(runtime) == []
    page = (await client.get("/api/library/movies")).json()
    (card,) = page["items"]
    assert (card["title"], card["year"], card["arriving"]) == ("Nosferatu", 1922, False)
    assert job.title_id == card["id"]
    assert job.result is not None
    assert job.result["titles"] == [{"id": card["id"], "title": "Nosferatu"}]
    assert [event.job_id for event in told] == [job.id]
    (file_id,) = job.result["files"]
    streamed = await client.get(f"/stream/{file_id}", headers={"Range": "bytes=0-99"})
    assert (streamed.status_code, streamed.content) == (206, movie()[:100])
    async with runtime.database.session() as session:
        (one,) = await session.scalars(select(File))
    assert (one.sha256 or "").isalnum()
    assert one.duration == pytest.approx(2.0, abs=0.2)


async def test_a_scan_that_comes_by_finds_nothing_new(runtime: Runtime, host: Host) -> None:
    host.files["Show.S01E02.mp4"] = movie()
    assert (await leech(runtime, host.url("Show.S01E02.mp4"))).state == "done"
    before = await titles(runtime)
    job = await runtime.jobs.wait(await ingest.start_scan(runtime))
    assert job.result is not None
    counted = {name: job.result[name] for name in ("files", "added", "updated", "moved", "missing")}
    assert counted == {"files": 1, "added": 0, "updated": 0, "moved": 0, "missing": 0}
    assert await titles(runtime) == before == {"Show": ("show", None, True)}


async def test_the_same_link_twice_at_once_is_one_job(runtime: Runtime, host: Host) -> None:
    host.files["Film.2001.mp4"] = movie()
    orders = [ingest.Order(host.url("Film.2001.mp4") + end) for end in ("", "#t=10", "")]
    ids = await asyncio.gather(*(ingest.start_leech(runtime, one) for one in orders))
    assert len(set(ids)) == 1
    assert (await runtime.jobs.wait(ids[0])).state == "done"
    again = await leech(runtime, host.url("Film.2001.mp4"))
    assert (again.state, again.id in ids) == ("done", False)
    assert len(stored(runtime)) == len(await files(runtime)) == 1


async def test_the_same_name_with_other_content_is_kept_beside(
    runtime: Runtime, host: Host
) -> None:
    host.files |= {"a/Film.2001.mp4": movie("a"), "b/Film.2001.mp4": movie("bb")}
    for path in host.files:
        assert (await leech(runtime, host.url(path))).state == "done"
    folder = "Films/Film (2001)"
    assert await files(runtime) == [f"{folder}/Film (2001) (2).mp4", f"{folder}/Film (2001).mp4"]
    assert await titles(runtime) == {"Film": ("movie", 2001, True)}


async def test_what_a_person_calls_it_wins(runtime: Runtime, host: Host) -> None:
    host.files["x264.mp4"] = movie()
    job = await leech(runtime, host.url("x264.mp4"), title="Mission: Impossible? (1996)")
    assert job.state == "done"
    assert await titles(runtime) == {"Mission: Impossible?": ("movie", 1996, True)}
    name = "Films/Mission - Impossible (1996)/Mission - Impossible (1996).mp4"
    assert await files(runtime) == [name]


async def test_a_season_in_an_archive_in_an_archive_comes_with_its_subtitles(
    runtime: Runtime, host: Host
) -> None:
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w:gz") as archive:
        for number in (1, 2):
            for name, content in (
                (f"Show.S01E0{number}.1080p.mp4", movie(str(number))),
                (f"Show.S01E0{number}.1080p.en.srt", b"1\n00:00:01,000 --> 00:00:02,000\nHi\n"),
                (f"sample/show.s01e0{number}.sample.mp4", movie("sample")),
                (f"Show.S01E0{number}.nfo", b"<episodedetails/>"),
            ):
                item = tarfile.TarInfo(name)
                item.size = len(content)
                archive.addfile(item, io.BytesIO(content))
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w") as packed:
        packed.writestr("Show.S01.1080p.tar.gz", inner.getvalue())
        packed.writestr("READ ME.txt", b"visit us")
    host.files["Show.S01.zip"] = outer.getvalue()
    job = await leech(runtime, host.url("Show.S01.zip"))
    assert (job.state, job.error) == ("done", None)
    folder = "Series/Show/Season 01"
    assert await files(runtime) == [f"{folder}/Show - S01E0{number}.mp4" for number in (1, 2)]
    assert stored(runtime) == sorted(
        f"{folder}/Show - S01E0{number}{end}" for number in (1, 2) for end in (".mp4", ".en.srt")
    )
    assert await titles(runtime) == {"Show": ("show", None, True)}
    assert left(runtime) == []


BAD = {
    "page.mkv": (b"<!doctype html><title>Sign in</title>", "ingest.source_refused", "web page"),
    "read me.zip": (b"PK\3\4 and so on", "ingest.archive_damaged", "damaged or incomplete"),
    "Film.2001.mkv": (b"\x1aE\xdf\xa3" + bytes(5000), "ingest.nothing_to_play", "cannot be played"),
    "notes.txt": (b"just words", "ingest.nothing_to_play", "“notes.txt”: no film"),
}
STEPS = ("Downloading", "Unpacking", "Choosing files", "Probing")


async def test_what_is_no_film_is_told_of_and_leaves_nothing(runtime: Runtime, host: Host) -> None:
    host.files |= {name: content for name, (content, *_) in BAD.items()}
    for name, (_, code, words) in BAD.items():
        job = await leech(runtime, host.url(name.replace(" ", "%20")))
        assert (job.state, job.error_code) == ("failed", code)
        assert words in (job.error or "")
        assert (job.error or "").partition(" failed: ")[0] in STEPS
        assert (left(runtime), stored(runtime), await titles(runtime)) == ([], [], {})
        log = [(line.level, line.text) for line in await runtime.jobs.lines(job.id)]
        assert log[-1] == ("error", job.error)


async def test_a_trap_in_an_archive_ends_the_job(runtime: Runtime, host: Host) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../../store/evil.mp4", movie())
    host.files["a.zip"] = packed.getvalue()
    job = await leech(runtime, host.url("a.zip"))
    assert (job.state, job.error_code) == ("failed", "ingest.archive_refused")
    assert "leads out of its folder" in (job.error or "")
    assert (left(runtime), stored(runtime)) == ([], [])


NO_LINKS = (
    "file:///etc/passwd", "gopher://x/", "javascript:alert(1)", "http://", "https:///x", "ftp:",
    "http://x/ y", "http://x\ny", "magnet:?xt=urn:btih:short", "magnet:?dn=x", "x", "",
    "http://[::1", "http://x:99999/", "data:text/html,x", "http://x/" + "a" * 9000, "//x/y",
)  # fmt: skip


async def test_what_is_no_link_is_refused_at_once(runtime: Runtime) -> None:
    for url in NO_LINKS:
        with pytest.raises(LinkRefused):
            await ingest.start_leech(runtime, ingest.Order(url))
    assert (await runtime.jobs.list(limit=1)).total == 0


async def test_one_torrent_in_two_spellings_is_one_job(runtime: Runtime) -> None:
    spelt = "magnet:?dn=a&xt=urn:btih:", "magnet:?xt=urn:btih:"
    hashes = "c9e15763f722f23e98a29decdfae341b98d53056", "ZHQVOY7XELZD5GFCTXWN7LRUDOMNKMCW"
    ids = [
        await ingest.start_leech(runtime, ingest.Order(head + one))
        for head, one in zip(spelt, hashes, strict=True)
    ]
    assert ids[0] == ids[1]
    await runtime.jobs.cancel(ids[0])
    await runtime.jobs.wait(ids[0])


async def test_a_cancelled_job_leaves_nothing_and_a_paused_one_goes_on(
    runtime: Runtime, host: Host
) -> None:
    host.files["Film.2001.mp4"] = movie() + bytes(1 << 20)
    host.held = {"Film.2001.mp4"}
    job_id = await ingest.start_leech(runtime, ingest.Order(host.url("Film.2001.mp4")))
    await _until_it_downloads(host, "Film.2001.mp4")
    await runtime.jobs.pause(job_id)
    assert (await runtime.jobs.wait(job_id)).state == "paused"
    assert [path.name for path in left(runtime)] == [job_id]
    await runtime.jobs.resume(job_id)
    host.gate.set()
    assert (await runtime.jobs.wait(job_id)).state == "done"
    host.gate.clear()
    host.files = {"Film.2002.mp4": movie() + bytes(1 << 20)}
    host.held = {"Film.2002.mp4"}
    job_id = await ingest.start_leech(runtime, ingest.Order(host.url("Film.2002.mp4")))
    await _until_it_downloads(host, "Film.2002.mp4")
    await runtime.jobs.cancel(job_id)
    assert (await runtime.jobs.wait(job_id)).state == "cancelled"
    assert left(runtime) == []
    assert list(await titles(runtime)) == ["Film"]


async def _until_it_downloads(host: Host, name: str) -> None:
    async with asyncio.timeout(60):
        while host.asked.get(name, 0) < 2:  # after the first look, the engine
            await asyncio.sleep(0.02)


async def test_a_retry_goes_on_although_the_sandbox_is_gone(runtime: Runtime, host: Host) -> None:
    host.files["Film.2001.mp4"] = movie()
    store = runtime.settings.core.data_dir / "store"
    store.mkdir(exist_ok=True)
    (store / "Films").write_text("a file where a folder is needed")
    failed = await leech(runtime, host.url("Film.2001.mp4"))
    assert (failed.state, left(runtime), await titles(runtime)) == ("failed", [], {})
    assert (failed.error or "").startswith("Storing failed: ")
    (store / "Films").unlink()
    fetched = host.asked["Film.2001.mp4"]
    job = await runtime.jobs.wait((await runtime.jobs.retry(failed.id)).id)
    assert (job.state, job.error) == ("done", None)
    assert host.asked["Film.2001.mp4"] > fetched
    assert list(await titles(runtime)) == ["Film"]
    texts = [line.text for line in await runtime.jobs.lines(job.id)]
    assert "What was fetched is gone: fetching it again." in texts


async def test_a_retry_notices_that_the_link_leads_to_something_else(
    runtime: Runtime, host: Host
) -> None:
    host.files["Film.2001.mp4"] = movie()
    store = runtime.settings.core.data_dir / "store"
    store.mkdir(exist_ok=True)
    (store / "Films").write_text("in the way")
    failed = await leech(runtime, host.url("Film.2001.mp4"))
    (store / "Films").unlink()
    host.files["Film.2001.mp4"] = movie("longer")
    job = await runtime.jobs.wait((await runtime.jobs.retry(failed.id)).id)
    assert (job.state, job.error_code) == ("failed", "ingest.source_changed")
    assert stored(runtime) == []


async def test_guests_may_not_add_links(runtime: Runtime, anonymous: httpx.AsyncClient) -> None:
    asked = {"url": "http://x/"}
    assert (await anonymous.post("/api/jobs/leech", json=asked)).status_code == 401
    async with runtime.database.transaction() as session:
        await accounts.create_user(session, name="bob", password=PASSWORD, role=Role.guest)
    await anonymous.post("/api/auth/login", json={"username": "bob", "password": PASSWORD})
    answer = await anonymous.post("/api/jobs/leech", json=asked)
    assert (answer.status_code, answer.json()["code"]) == (403, "accounts.denied")


async def test_sandboxes_of_jobs_that_are_over_are_swept(runtime: Runtime, host: Host) -> None:
    host.files["Film.2001.mp4"] = movie()
    over = await leech(runtime, host.url("Film.2001.mp4"))
    sandboxes = runtime.part(Sandboxes)
    for name in (over.id, "nobody-knows"):
        (sandboxes.root / name / "download").mkdir(parents=True)
    (sandboxes.root / "file").write_text("x")
    host.files["Film.2002.mp4"] = movie() + bytes(1 << 20)
    host.held = {"Film.2002.mp4"}
    going = await ingest.start_leech(runtime, ingest.Order(host.url("Film.2002.mp4")))
    await _until_it_downloads(host, "Film.2002.mp4")
    await sandboxes.sweep()
    assert [path.name for path in left(runtime)] == [going]
    host.gate.set()
    assert (await runtime.jobs.wait(going)).state == "done"


async def test_a_full_disk_ends_the_job_in_plain_words(
    runtime: Runtime, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.files["Film.2001.mp4"] = movie()
    monkeypatch.setattr(
        shutil,
        "disk_usage",
        lambda _: shutil._ntuple_diskusage(1 << 40, 1 << 40, 0),  # type: ignore[attr-defined] # what disk_usage returns
    )
    monkeypatch.setattr("shadow.runtime.job_context.FIRST_PAUSE_SECONDS", 0.01)
    job = await leech(runtime, host.url("Film.2001.mp4"))
    assert (job.state, job.error_code) == ("failed", "ingest.no_room")
    assert "Make room" in (job.error or "")
    assert left(runtime) == []
