"""What comes round, and what the live feed tells to whom."""

import asyncio
import os
import time
from typing import Any

from shadow.app.jobs_routes import _is_told
from shadow.app.slices import all_schedules
from shadow.ingest.housekeeping import HOURLY, HOUSEKEEPING
from shadow.ingest.places import quarantine_dir, screenshots_dir, torrents_dir, uploads_dir
from shadow.runtime.access import Principal, Role
from shadow.runtime.context import Runtime


async def test_housekeeping_comes_round_and_takes_what_nobody_needs(runtime: Runtime) -> None:
    assert HOURLY in all_schedules()
    for folder in (uploads_dir, quarantine_dir, screenshots_dir, torrents_dir):
        folder(runtime).mkdir()
    stray = [
        uploads_dir(runtime) / ("f" * 32),
        quarantine_dir(runtime) / ".nobody",
        screenshots_dir(runtime) / "zzzzzzz",
        torrents_dir(runtime) / f"{'a' * 40}.torrent",
    ]
    for path in stray:
        if path.parent in (quarantine_dir(runtime), screenshots_dir(runtime)):
            path.mkdir()
        else:
            path.write_bytes(b"x")
    long_ago = time.time() - 400 * 86_400
    os.utime(stray[-1], (long_ago, long_ago))
    job_id = await runtime.jobs.start(HOUSEKEEPING.name, {})
    job = await asyncio.wait_for(runtime.jobs.wait(job_id), 60)
    assert (job.state, job.error) == ("done", None)
    assert [path for path in stray if path.exists()] == []


def person(user_id: int, role: Role) -> Principal:
    return Principal(user_id, "x", role, via="cookie", credential_id=1)


def test_the_feed_tells_people_of_their_own_jobs_and_moderators_of_all() -> None:
    job: dict[str, Any] = {"id": "a", "user_id": 7}
    told = {
        (user_id, role): _is_told("job", job, person(user_id, role))
        for user_id in (7, 8)
        for role in (Role.guest, Role.free, Role.moderator, Role.admin)
    }
    assert {who for who, is_told in told.items() if not is_told} == {
        (8, Role.guest), (8, Role.free),
    }  # fmt: skip
    nobodys = {"id": "a", "user_id": None}
    assert not _is_told("job", nobodys, person(7, Role.premium))
    alert = {"message": "x", "role": "moderator"}
    assert not _is_told("alert", alert, person(7, Role.premium))
    assert _is_told("alert", alert, person(7, Role.moderator))
    assert _is_told("alert", {"message": "x"}, person(7, Role.guest))
    assert _is_told("library", {}, person(7, Role.guest))
