"""`shadow worker` and `shadow jobs` as processes."""

import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shadow.app.bootstrap import open_runtime, read_settings
from shadow.ingest import service as ingest
from shadow.runtime.job_engine import Role
from tests.support.media import film
from tests.support.programs import PIPE, Program, run

QUICK = {"SHADOW_JOBS__BEAT_SECONDS": "0.2", "SHADOW_LOG_LEVEL": "error"}


def shadow(*arguments: str, url: str) -> subprocess.CompletedProcess[str]:
    return run("shadow", *arguments, env={**QUICK, "SHADOW_DATABASE_URL": url})


@contextmanager
def working(folder: Path, url: str) -> Iterator[Program]:
    env = {**QUICK, "SHADOW_DATABASE_URL": url}
    process = Program("shadow", "worker", "--data-dir", folder, env=env, stdout=PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "Taking jobs.\n"
        yield process
    finally:
        process.kill()
        process.wait()


async def test_a_worker_takes_what_others_wrote_down_and_leaves_cleanly(
    tmp_path: Path, database_url: str
) -> None:
    library = tmp_path / "library"
    library.mkdir()
    shutil.copy(film(), library / "Film (2020).mp4")
    data = tmp_path / "data"
    settings = read_settings({"data_dir": data, "database_url": database_url})
    async with open_runtime(settings, role=Role.looks) as looking:
        job_id = await ingest.start_scan(looking, paths=[library])
        assert (await looking.jobs.get(job_id)).handed is False
        with working(data, database_url) as process:
            job = await looking.jobs.wait(job_id)
            assert (job.state, job.result and job.result["added"]) == ("done", 1)
            listed = shadow("jobs", "list", "--json", "--data-dir", str(data), url=database_url)
            assert job_id in {one["id"] for one in json.loads(listed.stdout)}
            log = shadow("jobs", "log", job_id, "--data-dir", str(data), url=database_url)
            assert "finding files" in log.stdout
            assert len(await looking.jobs.workers()) == 1
            for one in (await looking.jobs.list(limit=50)).items:  # pictures follow a scan
                await looking.jobs.wait(one.id)
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
        assert await looking.jobs.workers() == []


@pytest.mark.parametrize("action", ["cancel", "retry", "pause", "resume"])
def test_an_action_on_a_job_that_is_not_there_fails_in_one_line(
    tmp_path: Path, action: str
) -> None:
    done = shadow(
        "jobs",
        action,
        "nothing",
        "--data-dir",
        str(tmp_path),
        url=f"sqlite+aiosqlite:///{tmp_path}/x",
    )
    assert done.returncode in (1, 2)
    assert done.stderr.count("\n") == 1
