"""What ordinary people propose waits until somebody decides."""

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, update
from tests.support.hosting import Host, hosting
from tests.support.media import film
from tests.support.people import browser_of

from shadow.catalog.models import File, Title
from shadow.ingest.models import Submission
from shadow.ingest.places import quarantine_dir, uploads_dir
from shadow.ingest.quarantine import sweep_quarantine
from shadow.ingest.sandbox import Sandboxes
from shadow.runtime.access import Role
from shadow.runtime.context import Runtime
from shadow.runtime.jobs import Job


@pytest.fixture
def given_settings() -> dict[str, Any]:
    return {
        "network": {"allow_private": ("127.0.0.0/8",)},
        "ingest": {"policy": ("http",)},
        "submissions": {"waiting": 2, "waiting_bytes": 5_000_000},
        "hls": {"previews": "off", "index_after_scan": False},
    }


@pytest.fixture
async def bob(app: FastAPI, runtime: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    async with browser_of(app, runtime, "bob", Role.free) as browser:
        yield browser


@pytest.fixture
async def mod(app: FastAPI, runtime: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    async with browser_of(app, runtime, "mod", Role.moderator) as browser:
        yield browser


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    async with hosting({"Film.2001.mp4": film("ten seconds.mp4", seconds=10).read_bytes()}) as made:
        yield made


async def proposed(bob: httpx.AsyncClient, runtime: Runtime, url: str, **more: Any) -> Job:
    answer = await bob.post("/api/jobs/leech", json={"url": url, **more})
    assert answer.status_code == 202, answer.text
    return await asyncio.wait_for(runtime.jobs.wait(answer.json()["id"]), 60)


async def submitted(bob: httpx.AsyncClient, runtime: Runtime, host: Host, **more: Any) -> str:
    job = await proposed(bob, runtime, host.url("Film.2001.mp4"), **more)
    assert (job.state, job.error) == ("done", None)
    assert job.result is not None
    return str(job.result["submission"])


async def state(client: httpx.AsyncClient, one: str) -> str:
    items = (await client.get("/api/submissions")).json()["items"]
    return str(next(item["state"] for item in items if item["id"] == one))


async def known(runtime: Runtime) -> tuple[list[str], int]:
    """The titles, and how many files there are."""
    async with runtime.database.session() as session:
        titles = [one.title for one in await session.scalars(select(Title))]
        return titles, len(list(await session.scalars(select(File))))


def left(runtime: Runtime) -> list[str]:
    sandboxes = runtime.part(Sandboxes).root.glob("*")
    return [one.name for one in (*sandboxes, *quarantine_dir(runtime).glob("*"))]


async def test_what_is_proposed_waits_with_pictures_and_is_no_title_yet(
    bob: httpx.AsyncClient, mod: httpx.AsyncClient, runtime: Runtime, host: Host
) -> None:
    queue = runtime.live.listen()
    title = "<b>A Film</b> (2001)"
    one = await submitted(bob, runtime, host, title=title, priority=40, storage="nowhere")
    assert await known(runtime) == ([], 0)
    assert left(runtime) == [one]
    page = (await mod.get("/api/submissions", params={"state": "waiting"})).json()
    (item,) = page["items"]
    content = host.files["Film.2001.mp4"]
    assert item["files"] == [
        {"name": "Film.2001.mp4", "size": len(content), "duration": pytest.approx(10, abs=0.2),
         "width": 320, "height": 180}
    ]  # fmt: skip
    assert (item["title"], item["year"], item["user"]) == ("<b>A Film</b>", 2001, "bob")
    assert (item["origin"], item["pictures"]) == (host.url("Film.2001.mp4"), 3)
    picture = await mod.get(f"/api/submissions/{one}/pictures/3.jpg")
    assert (picture.status_code, picture.content[:2]) == (200, b"\xff\xd8")
    assert "sandbox" in picture.headers["content-security-policy"]
    assert (await mod.get(f"/api/submissions/{one}/pictures/4.jpg")).status_code == 404
    part = await mod.get(f"/api/submissions/{one}/files/1", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, content[10:20])
    assert part.headers["content-type"] == "video/mp4"
    assert (await mod.get(f"/api/submissions/{one}/files/2")).status_code == 404
    alerts = []
    while not queue.empty():
        name, told = queue.get_nowait()
        alerts += [told] if name == "alert" else []
    assert [(a["submission"], a["role"]) for a in alerts] == [(one, "moderator")]


async def test_an_approved_submission_becomes_a_title_without_a_second_download(
    bob: httpx.AsyncClient, mod: httpx.AsyncClient, runtime: Runtime, host: Host
) -> None:
    one = await submitted(bob, runtime, host)
    asked = dict(host.asked)
    answers = await asyncio.gather(
        *(mod.post(f"/api/submissions/{one}/approve", json={"title": "Nice (2002)"}) for _ in "ab")
    )
    assert {answer.status_code for answer in answers} <= {202, 409}
    job_id = next(answer.json()["id"] for answer in answers if answer.status_code == 202)
    job = await asyncio.wait_for(runtime.jobs.wait(job_id), 60)
    assert (job.state, job.error, job.engine) == ("done", None, "submission")
    assert host.asked == asked
    assert await known(runtime) == (["Nice"], 1)
    assert left(runtime) == []
    assert await state(bob, one) == "approved"
    assert (await bob.get(f"/api/jobs/{job_id}")).status_code == 200
    for verb in ("approve", "reject"):
        again = await mod.post(f"/api/submissions/{one}/{verb}")
        assert (again.status_code, again.json()["code"]) == (409, "ingest.submission_decided")


async def test_a_rejected_submission_is_wiped_and_its_content_blocked_if_asked(
    bob: httpx.AsyncClient, mod: httpx.AsyncClient, runtime: Runtime, host: Host
) -> None:
    one = await submitted(bob, runtime, host)
    said = {"reason": "not ours", "block": True}
    assert (await mod.post(f"/api/submissions/{one}/reject", json=said)).status_code == 204
    assert left(runtime) == []
    (item,) = (await bob.get("/api/submissions")).json()["items"]
    assert (item["state"], item["reason"], item["pictures"]) == ("rejected", "not ours", 0)
    assert (await mod.post(f"/api/submissions/{one}/approve")).status_code == 409
    assert (await mod.get(f"/api/submissions/{one}/files/1")).status_code == 404
    again = await proposed(bob, runtime, host.url("Film.2001.mp4"))
    assert (again.state, again.error_code) == ("failed", "ingest.content_blocked")
    assert await known(runtime) == ([], 0)


async def test_people_see_their_own_submissions_and_jobs_only(
    bob: httpx.AsyncClient, app: FastAPI, runtime: Runtime, host: Host
) -> None:
    answer = await bob.post("/api/jobs/leech", json={"url": host.url("Film.2001.mp4")})
    job_id = answer.json()["id"]
    job = await asyncio.wait_for(runtime.jobs.wait(job_id), 60)
    assert job.result is not None
    one = job.result["submission"]
    assert (await bob.get(f"/api/jobs/{job_id}")).json()["state"] == "done"
    assert (await bob.get(f"/api/jobs/{job_id}/log")).json()["lines"]
    assert [item["id"] for item in (await bob.get("/api/jobs")).json()["items"]] == [job_id]
    assert (await bob.get(f"/api/submissions/{one}/pictures/1.jpg")).status_code == 200
    for path in (f"{one}/approve", f"{one}/reject"):
        assert (await bob.post(f"/api/submissions/{path}")).status_code == 403
    assert (await bob.get(f"/api/submissions/{one}/files/1")).status_code == 403
    for verb in ("pause", "resume", "retry"):
        assert (await bob.post(f"/api/jobs/{job_id}/{verb}")).status_code == 403
    async with browser_of(app, runtime, "eve", Role.premium) as eve:
        for path in ("", "/log"):
            assert (await eve.get(f"/api/jobs/{job_id}{path}")).status_code == 404
        assert (await eve.post(f"/api/jobs/{job_id}/cancel")).status_code == 404
        assert (await eve.get("/api/jobs")).json()["total"] == 0
        assert (await eve.get("/api/submissions")).json()["items"] == []
        assert (await eve.get(f"/api/submissions/{one}/pictures/1.jpg")).status_code == 404
    async with browser_of(app, runtime, "guest", Role.guest) as guest:
        assert (await guest.get("/api/submissions")).status_code == 403
        assert (await guest.post("/api/jobs/leech", json={"url": "http://x/"})).status_code == 403


async def test_a_person_cancels_their_own_job_and_nothing_is_left(
    bob: httpx.AsyncClient, runtime: Runtime, host: Host
) -> None:
    host.held = {"Film.2001.mp4"}
    answer = await bob.post("/api/jobs/leech", json={"url": host.url("Film.2001.mp4")})
    job_id = answer.json()["id"]
    async with asyncio.timeout(60):
        while host.asked.get("Film.2001.mp4", 0) < 2:
            await asyncio.sleep(0.02)
    assert (await bob.post(f"/api/jobs/{job_id}/cancel")).status_code == 200
    assert (await runtime.jobs.wait(job_id)).state == "cancelled"
    assert left(runtime) == []


async def test_only_so_much_may_wait(
    bob: httpx.AsyncClient, mod: httpx.AsyncClient, runtime: Runtime, host: Host
) -> None:
    content = host.files["Film.2001.mp4"]
    host.files |= {f"{mark}.2001.mp4": content + bytes([8, 0, 0, 0]) for mark in "ab"}
    first = await submitted(bob, runtime, host)
    assert (await proposed(bob, runtime, host.url("a.2001.mp4"))).state == "done"
    asked = {"url": host.url("b.2001.mp4")}
    full = await bob.post("/api/jobs/leech", json=asked)
    assert (full.status_code, full.json()["code"]) == (429, "ingest.too_much_waiting")
    assert (await mod.post(f"/api/submissions/{first}/reject")).status_code == 204
    assert (await proposed(bob, runtime, host.url("b.2001.mp4"))).state == "done"
    assert (await mod.post("/api/jobs/leech", json=asked)).status_code == 202


async def test_a_submission_that_is_too_large_is_not_fetched(
    bob: httpx.AsyncClient, runtime: Runtime, host: Host
) -> None:
    host.files["huge.mp4"] = bytes(5_000_001)
    job = await proposed(bob, runtime, host.url("huge.mp4"))
    assert (job.state, job.error_code) == ("failed", "ingest.too_large")
    assert "that you may propose" in (job.error or "")
    assert left(runtime) == []


async def test_an_upload_of_an_ordinary_person_is_a_submission(
    bob: httpx.AsyncClient, runtime: Runtime, host: Host
) -> None:
    content = host.files["Film.2001.mp4"]
    name = base64.b64encode(b"Mine.2001.mp4").decode()
    told = {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(content))}
    made = await bob.post("/api/uploads", headers=told | {"Upload-Metadata": f"filename {name}"})
    sent = await bob.patch(
        made.headers["location"], content=content,
        headers={
            "Tus-Resumable": "1.0.0", "Upload-Offset": "0",
            "Content-Type": "application/offset+octet-stream",
        },
    )  # fmt: skip
    job = await asyncio.wait_for(runtime.jobs.wait(sent.headers["shadow-job"]), 60)
    assert (job.state, job.error) == ("done", None)
    (item,) = (await bob.get("/api/submissions")).json()["items"]
    assert (item["title"], item["year"], item["origin"]) == ("Mine", 2001, "Mine.2001.mp4")
    assert await known(runtime) == ([], 0)
    assert list(uploads_dir(runtime).iterdir()) == []
    too_large = told | {"Upload-Length": "5000001"}
    assert (await bob.post("/api/uploads", headers=too_large)).status_code == 413


async def test_a_submission_whose_job_fails_waits_again(
    bob: httpx.AsyncClient, mod: httpx.AsyncClient, runtime: Runtime, host: Host
) -> None:
    one = await submitted(bob, runtime, host)
    store = runtime.settings.core.data_dir / "store"
    store.mkdir(exist_ok=True)
    (store / "Films").write_text("a file where a folder is needed")
    job_id = (await mod.post(f"/api/submissions/{one}/approve")).json()["id"]
    assert (await asyncio.wait_for(runtime.jobs.wait(job_id), 60)).state == "failed"
    assert await state(mod, one) == "waiting"
    (store / "Films").unlink()
    job_id = (await mod.post(f"/api/submissions/{one}/approve")).json()["id"]
    assert (await asyncio.wait_for(runtime.jobs.wait(job_id), 60)).state == "done"
    assert (await state(mod, one), left(runtime)) == ("approved", [])
    assert await known(runtime) == (["Film"], 1)


async def test_what_kills_leave_in_quarantine_is_swept(
    bob: httpx.AsyncClient, mod: httpx.AsyncClient, runtime: Runtime, host: Host
) -> None:
    one = await submitted(bob, runtime, host)
    for name in (".nobodys-job", "zzzzzzz"):
        (quarantine_dir(runtime) / name / "files").mkdir(parents=True)
    async with runtime.database.transaction() as session:  # killed before its job was started
        await session.execute(update(Submission).values(state="approved"))
    await sweep_quarantine(runtime)
    assert left(runtime) == [one]
    assert await state(mod, one) == "waiting"
    async with runtime.database.transaction() as session:  # killed before the files were wiped
        await session.execute(update(Submission).values(state="rejected"))
    await sweep_quarantine(runtime)
    assert left(runtime) == []


async def test_submissions_are_paged(mod: httpx.AsyncClient, runtime: Runtime) -> None:
    async with runtime.database.transaction() as session:
        session.add_all(
            Submission(
                public_id=f"aaaaaa{number}", job_id=f"{number}" * 36, origin="x", state="waiting",
                title=f"Film {number}", files=[], created_at=runtime.clock(),
            )
            for number in range(7)
        )  # fmt: skip
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await mod.get("/api/submissions", params={"limit": "3"} | cursor)).json()
        seen += [item["title"] for item in page["items"]]
        assert page["total"] == 7
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == [f"Film {number}" for number in range(6, -1, -1)]
    assert (await mod.get("/api/submissions", params={"cursor": "x"})).status_code == 422
