"""Screenshots and samples of new files."""

import asyncio
import io
from pathlib import Path
from typing import Any

import av
import httpx
import pytest
import pyvips
from tests.support.hosting import hosting
from tests.support.media import AAC, H264, ffmpeg_made, film, song

from shadow.ingest import service as ingest
from shadow.ingest.places import screenshots_dir
from shadow.ingest.probing import MediaRefused
from shadow.ingest.samples import cut_sample
from shadow.ingest.screenshots import sweep_screenshots, take_screenshots
from shadow.runtime.context import Runtime
from shadow.runtime.jobs import Job


@pytest.fixture
def given_settings() -> dict[str, Any]:
    return {
        "network": {"allow_private": ("127.0.0.0/8",)},
        "ingest": {"policy": ("http",)},
        "hls": {"previews": "off", "index_after_scan": False},
        "generate_samples": True,
    }


def lavfi(name: str, seconds: int, picture: str) -> Path:
    """A film with a tone and this picture, at 5 pictures a second to keep it small."""
    return ffmpeg_made(
        name, "-f", "lavfi", "-i", f"{picture}:rate=5:duration={seconds}",
        "-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}", *H264, *AAC,
    )  # fmt: skip


def mostly_dark() -> Path:
    """Two minutes, of which only a fifth is lit: from 40 s to 64 s."""
    lit = "between(t,40,64)"
    return ffmpeg_made(
        "dark.mp4", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=5:duration=120",
        "-vf", f"drawbox=color=black:t=fill:enable='not({lit})'", "-c:v", "libx264",
        "-preset", "ultrafast", "-g", "10", "-pix_fmt", "yuv420p",
    )  # fmt: skip


def pictures(folder: Path) -> list[Any]:
    found = sorted(folder.glob("*.jpg"), key=lambda one: int(one.stem))
    assert [one.name for one in found] == [f"{number}.jpg" for number in range(1, len(found) + 1)]
    return [pyvips.Image.new_from_file(str(one)) for one in found]


async def leeched(runtime: Runtime, path: Path, name: str) -> Job:
    async with hosting({name: path.read_bytes()}) as host:
        job_id = await ingest.start_leech(runtime, ingest.Order(host.url(name)))
        return await asyncio.wait_for(runtime.jobs.wait(job_id), 90)


async def test_screenshots_are_spread_over_a_film(runtime: Runtime, tmp_path: Path) -> None:
    path = lavfi("long.mp4", 150, "testsrc2=size=1920x1080")
    into = tmp_path / "shots"
    assert await take_screenshots(runtime, path, into, duration=150, count=5) == 5
    made = pictures(into)
    assert {(one.width, one.height) for one in made} == {(1280, 720)}
    assert len({one.avg() for one in made}) == 5
    assert {one.name for one in tmp_path.iterdir()} == {"shots", "data"}


async def test_no_screenshot_is_black(runtime: Runtime, tmp_path: Path) -> None:
    count = await take_screenshots(runtime, mostly_dark(), tmp_path / "shots", duration=120)
    assert 1 <= count <= 4
    assert all(one.avg() > 20 and one.deviate() > 9 for one in pictures(tmp_path / "shots"))


@pytest.mark.parametrize("colour", ["black", "white", "blue"])
async def test_of_a_film_of_one_colour_there_are_none(
    runtime: Runtime, tmp_path: Path, colour: str
) -> None:
    path = lavfi(f"{colour}.mp4", 5, f"color=c={colour}:size=320x180")
    assert await take_screenshots(runtime, path, tmp_path / "shots", duration=5) == 0
    assert pictures(tmp_path / "shots") == []


async def test_what_is_there_stays_and_what_a_kill_left_is_made_anew(
    runtime: Runtime, tmp_path: Path
) -> None:
    into = tmp_path / "shots"
    path = film("ten seconds.mp4", seconds=10)
    count = await take_screenshots(runtime, path, into, duration=10)
    assert count == 3
    before = (into / "1.jpg").stat().st_mtime_ns
    assert await take_screenshots(runtime, path, into, duration=10) == count
    assert (into / "1.jpg").stat().st_mtime_ns == before
    (into / "1.jpg").unlink()  # moved in last, so a kill leaves the others
    (tmp_path / ".shots.1.abcd").mkdir()
    assert await take_screenshots(runtime, path, into, duration=10) == count
    assert len(pictures(into)) == count
    assert not (tmp_path / ".shots.1.abcd").exists()


async def test_what_is_no_film_is_refused(runtime: Runtime, tmp_path: Path) -> None:
    path = tmp_path / "x.mkv"
    path.write_bytes(b"\x1aE\xdf\xa3" + bytes(5000))
    for one in (path, song()):
        with pytest.raises(MediaRefused):
            await take_screenshots(runtime, one, tmp_path / "shots", duration=None)
    assert sorted(one.name for one in tmp_path.iterdir() if one.name != "data") == ["x.mkv"]


async def test_a_sample_is_half_a_minute_that_plays(runtime: Runtime, tmp_path: Path) -> None:
    path = lavfi("long.mp4", 150, "testsrc2=size=1920x1080")
    target = tmp_path / "a" / "sample.mp4"
    assert await cut_sample(runtime, path, target, duration=150) == target
    with av.open(io.BytesIO(target.read_bytes())) as container:
        assert container.duration is not None
        assert container.duration / 1e6 == pytest.approx(30, abs=1)
        assert [one.type for one in container.streams] == ["video", "audio"]
        assert container.streams.video[0].height == 480
    written = target.stat().st_mtime_ns
    assert await cut_sample(runtime, path, target, duration=150) == target
    assert target.stat().st_mtime_ns == written
    assert await cut_sample(runtime, film(), tmp_path / "b.mp4", duration=2) is None
    assert sorted(one.name for one in target.parent.iterdir()) == ["sample.mp4"]


async def test_a_new_film_has_screenshots_and_a_sample(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    job = await leeched(runtime, lavfi("long.mp4", 150, "testsrc2=size=1920x1080"), "F.2001.mp4")
    assert (job.state, job.error) == ("done", None)
    assert job.result is not None
    (file_id,) = job.result["files"]
    base = f"/api/files/{file_id}"
    assert (await client.get(f"{base}/screenshots")).json() == {"count": 4}
    for number, status in ((1, 200), (4, 200), (5, 404)):
        answer = await client.get(f"{base}/screenshots/{number}.jpg")
        assert answer.status_code == status
    shown = await client.get(f"{base}/screenshots/1.jpg")
    assert (shown.headers["content-type"], shown.content[:2]) == ("image/jpeg", b"\xff\xd8")
    played = await client.get(f"{base}/sample.mp4", headers={"Range": "bytes=4-7"})
    assert (played.status_code, played.content) == (206, b"ftyp")
    for wrong in ("..", "nothere", "x/../../y"):
        assert (await client.get(f"/api/files/{wrong}/screenshots")).status_code == 404
    stray = screenshots_dir(runtime) / "zzzzzzz"
    stray.mkdir()
    assert await sweep_screenshots(runtime) == 1
    assert (await client.get(f"{base}/screenshots")).json() == {"count": 4}
    await client.delete(base)
    assert (await client.get(f"{base}/screenshots")).status_code == 404


async def test_what_goes_wrong_with_pictures_does_not_end_the_job(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    screenshots_dir(runtime).write_text("a file where a folder is needed")
    job = await leeched(runtime, film(), "Film.2001.mp4")
    assert (job.state, job.error) == ("done", None)
    lines = [(line.level, line.text) for line in await runtime.jobs.lines(job.id)]
    assert any(level == "warning" and "No screenshots" in text for level, text in lines)
    assert job.result is not None
    answer = await client.get(f"/api/files/{job.result['files'][0]}/screenshots")
    assert answer.json() == {"count": 0}
