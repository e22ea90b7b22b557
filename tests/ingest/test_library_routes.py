"""Library folders and scans over HTTP."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.library import Library

from shadow.catalog.events import FilesRecorded
from shadow.runtime.context import Runtime


@pytest.fixture
def given_settings(tmp_path: Path) -> dict[str, Any]:
    return {"library": {"paths": [str(tmp_path / "pinned")]}}


async def followed(client: httpx.AsyncClient, job_id: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            job: dict[str, Any] = (await client.get(f"/api/jobs/{job_id}")).json()
            if job["state"] not in ("queued", "running"):
                return job
            await asyncio.sleep(0.05)


async def test_a_folder_is_added_scanned_listed_and_taken_out(
    client: httpx.AsyncClient, small_library: Library
) -> None:
    small_library.put("Heat (1995).mp4")
    small_library.put("Junk (1996).mp4", b"no film" * 100)
    added = await client.post("/api/library/folders", json={"path": str(small_library.place)})
    assert added.status_code == 201, added.text
    folder = added.json()
    assert (folder["available"], folder["from_settings"], folder["files"]) == (True, False, 0)
    started = await client.post("/api/scan", json={"folder_ids": [folder["id"]]})
    assert started.status_code == 202
    job = await followed(client, started.json()["id"])
    assert job["state"] == "done"
    listed = {one["id"]: one for one in (await client.get("/api/library/folders")).json()["items"]}
    scanned = listed[folder["id"]]
    assert (scanned["files"], scanned["failed"], scanned["warning"]) == (1, 1, None)
    assert scanned["last_scan_at"] is not None
    problems = (await client.get("/api/scan/problems")).json()
    assert (problems["total"], problems["next_cursor"]) == (1, None)
    assert problems["items"][0]["path"] == str(small_library.place / "Junk (1996).mp4")
    assert "damaged" in problems["items"][0]["error"]
    removed = await client.delete(f"/api/library/folders/{folder['id']}")
    assert removed.status_code == 204
    assert (small_library.place / "Heat (1995).mp4").exists()
    assert (await small_library.states())["Heat (1995).mp4"] == "missing"
    assert (await client.delete(f"/api/library/folders/{folder['id']}")).status_code == 404


async def test_a_folder_that_comes_back_brings_its_files_back(
    client: httpx.AsyncClient, small_library: Library
) -> None:
    small_library.put("Heat (1995).mp4")
    await small_library.scan()
    known = (await small_library.rows())["Heat (1995).mp4"]
    listed = (await client.get("/api/library/folders")).json()["items"]
    (folder,) = [one for one in listed if not one["from_settings"]]
    assert (await client.delete(f"/api/library/folders/{folder['id']}")).status_code == 204
    await small_library.scan()
    assert (await small_library.rows())["Heat (1995).mp4"] == known


async def test_paths_that_cannot_be_library_folders_are_refused_with_a_reason(
    client: httpx.AsyncClient, small_library: Library, data_dir: Path, tmp_path: Path
) -> None:
    file = tmp_path / "a file"
    file.touch()
    inside = small_library.place / "inside"
    inside.mkdir()
    await small_library.scan()
    link = tmp_path / "link"
    link.symlink_to(small_library.place)
    expected = {
        "relative/path": (422, "absolute path"),
        "/nowhere/at/all": (422, "does not exist"),
        str(file): (422, "is a file"),
        str(data_dir): (422, "data folder"),
        str(data_dir / "artwork" / ".."): (422, "data folder"),
        str(small_library.place): (409, "already"),
        str(small_library.place / "inside" / ".."): (409, "already"),
        str(link): (409, "already"),
        str(inside): (409, "lies in"),
        str(tmp_path): (409, "holds"),
        "/with\0nul": (422, "absolute path"),
        "/" + "x" * 300: (422, "cannot be read"),
    }
    for path, (status, words) in expected.items():
        answer = await client.post("/api/library/folders", json={"path": path})
        assert (answer.status_code, words in answer.json()["detail"]) == (status, True), answer.text


async def test_a_folder_of_the_settings_is_shown_with_a_warning_and_stays(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    job_id = (await client.post("/api/scan")).json()["id"]
    job = await followed(client, job_id)
    assert "is not there" in job["result"]["warnings"][0]
    (folder,) = (await client.get("/api/library/folders")).json()["items"]
    assert folder["path"] == str(tmp_path / "pinned")
    assert (folder["from_settings"], folder["available"]) == (True, False)
    assert "is not there" in folder["warning"]
    refused = await client.delete(f"/api/library/folders/{folder['id']}")
    assert refused.status_code == 409
    assert "SHADOW_LIBRARY__PATHS" in refused.json()["detail"]


async def test_two_requests_for_a_whole_scan_are_one_scan(client: httpx.AsyncClient) -> None:
    first, second = await asyncio.gather(client.post("/api/scan"), client.post("/api/scan"))
    assert first.json() == second.json()


async def test_a_running_scan_is_cancelled_and_the_next_one_finishes_the_work(
    client: httpx.AsyncClient, small_library: Library
) -> None:
    # Files that changed just now get a second look a second later: the scan is surely at work.
    for number in range(5):
        small_library.put(f"Film {number} (2001).mp4", age=0)
    await client.post("/api/library/folders", json={"path": str(small_library.place)})
    running = next(
        job for job in (await client.get("/api/jobs")).json()["items"] if job["kind"] == "scan"
    )
    assert (await client.post(f"/api/jobs/{running['id']}/cancel")).status_code == 200
    assert (await followed(client, running["id"]))["state"] == "cancelled"
    assert await small_library.rows() == {}
    result = await small_library.scan()
    assert result["added"] == 5


async def test_strangers_and_guests_start_nothing(
    anonymous: httpx.AsyncClient, runtime: Runtime
) -> None:
    for method, path in (
        ("GET", "/api/library/folders"),
        ("POST", "/api/library/folders"),
        ("DELETE", "/api/library/folders/1"),
        ("POST", "/api/scan"),
        ("GET", "/api/scan/problems"),
    ):
        answer = await anonymous.request(method, path, json={"path": "/media"})
        assert answer.status_code == 401, path
    assert (await runtime.jobs.list(limit=1)).items == []


async def test_what_a_scan_records_may_start_another_job(small_library: Library) -> None:
    runtime = small_library.runtime
    states: list[str] = []

    async def look_up(event: FilesRecorded) -> None:
        job_id = await runtime.jobs.start("pictures", {}, key="of this test")
        states.append((await asyncio.wait_for(runtime.jobs.wait(job_id), 60)).state)

    runtime.events.subscribe(FilesRecorded, look_up)
    small_library.put("Heat (1995).mp4")
    await small_library.scan()
    assert states == ["done"]
