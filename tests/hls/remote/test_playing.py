"""Films in a bucket play by HLS like films here: every rendition, subtitles, previews, the end."""

import asyncio
import io
import re
from pathlib import Path
from typing import Any

import av
import httpx
import pytest

from shadow.hls.lending import PLAYED_SECONDS
from shadow.hls.serving import Hls
from shadow.runtime.context import Runtime
from shadow.runtime.range_server import RangeServer
from tests.support.far_films import Bucket
from tests.support.hls_fixtures import AAC, ASS, PLAIN, SRT, fixture_file, picture, tone
from tests.support.media import ffmpeg_made, media_folder

CHROME: dict[str, Any] = {
    "prefer": "hls",
    "containers": ["mp4"],
    "video": [{"codec": "h264", "max_level": 52}],
    "audio": [{"codec": "aac"}],
    "subtitles": ["webvtt", "ass", "pgs"],
}


async def ask(
    client: httpx.AsyncClient, file_id: str, said: dict[str, Any] = CHROME, **wish: Any
) -> dict[str, Any]:
    body = {"file_id": file_id, "client": said, **wish}
    answer = await client.post("/api/playback", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def ok(client: httpx.AsyncClient, url: str) -> httpx.Response:
    answer = await client.get(url)
    assert answer.status_code == 200, (url, answer.text[:300])
    return answer


async def segments(client: httpx.AsyncClient, master: str, name: str) -> tuple[str, list[str]]:
    """Return the addresses of a rendition's init segment and segments."""
    text = (await ok(client, f"{master.rpartition('/')[0]}/{name}/index.m3u8")).text
    folder = f"{master.rpartition('/')[0]}/{name}"
    init = re.search(r'#EXT-X-MAP:URI="([^"]+)"', text)
    assert init is not None
    named = [line for line in text.splitlines() if line and not line.startswith("#")]
    return f"{folder}/{init[1]}", [f"{folder}/{one}" for one in named]


def pictures(*content: bytes) -> int:
    with av.open(io.BytesIO(b"".join(content))) as container:
        return sum(1 for _ in container.decode(video=0))


def samples(*content: bytes) -> int:
    with av.open(io.BytesIO(b"".join(content))) as container:
        return sum(frame.samples for frame in container.decode(audio=0))


@pytest.mark.parametrize("name", ["h264_mkv", "h264_mp4"])
async def test_a_film_in_a_bucket_plays_in_every_rendition(
    client: httpx.AsyncClient, runtime: Runtime, bucket: Bucket, name: str
) -> None:
    file_id = await bucket.add(fixture_file(name))
    answer = await ask(client, file_id)
    assert answer["method"] == "remux"
    master = answer["url"]
    listed = (await ok(client, master)).text
    assert "vsource/index.m3u8" in listed
    made = {}
    for rendition in ("vsource", "v360", "a1source", "a1"):
        init, named = await segments(client, master, rendition)
        first = (await ok(client, init)).content
        # From the end on, as a viewer who seeks: nothing may depend on what came before.
        contents = [(await ok(client, one)).content for one in reversed(named)]
        made[rendition] = [first, *reversed(contents)]
    assert pictures(*made["vsource"]) == pictures(*made["v360"]) == 24 * 25
    for sound in ("a1source", "a1"):
        assert samples(*made[sound]) == pytest.approx(24 * 48_000, abs=4800)
    assert runtime.part(RangeServer).lent == 1, "one address for all that was played"


@pytest.fixture
def subtitled() -> Path:
    folder = media_folder()
    (folder / "far.srt").write_text(SRT)
    (folder / "far.ass").write_text(ASS)
    inputs = [*picture(), *tone(), "-i", str(folder / "far.srt"), "-i", str(folder / "far.ass")]
    maps = ["-map", "0:v", "-map", "1:a", "-map", "2", "-map", "3"]
    return ffmpeg_made(
        "subtitled.mkv", *inputs, *maps, *PLAIN, *AAC, "-c:s:0", "srt", "-c:s:1", "ass"
    )


async def test_subtitles_inside_a_film_in_a_bucket_are_shown(
    client: httpx.AsyncClient, bucket: Bucket, subtitled: Path
) -> None:
    file_id = await bucket.add(subtitled)
    answer = await ask(client, file_id)
    first, second = answer["subtitles"]
    assert "Good evening." in (await ok(client, first["url"])).text
    assert "Guten Abend." in (await ok(client, second["url"])).text
    part = await ok(client, answer["url"].replace("master.m3u8", "se2/0.vtt"))
    assert "Good evening." in part.text


async def test_subtitles_are_drawn_into_a_film_in_a_bucket(
    client: httpx.AsyncClient, bucket: Bucket, subtitled: Path
) -> None:
    file_id = await bucket.add(subtitled)
    bare = {**CHROME, "subtitles": []}
    answer = await ask(client, file_id, bare, subtitle_index=2)
    assert answer["method"] == "transcode"
    init, named = await segments(client, answer["url"], "v360")
    first = (await ok(client, init)).content
    assert pictures(first, (await ok(client, named[1])).content) > 100


async def test_previews_of_a_film_in_a_bucket_are_made_when_somebody_plays_it(
    client: httpx.AsyncClient, bucket: Bucket, runtime: Runtime
) -> None:
    file_id = await bucket.add(fixture_file("h264_mkv"))
    url = f"/api/files/{file_id}/previews/index.vtt"
    await ask(client, file_id)
    job_id = await runtime.jobs.start("previews", {}, key="all")
    job = await asyncio.wait_for(runtime.jobs.wait(job_id), 60)
    assert (job.state, job.result) == ("done", {"made": 1, "refused": 0})
    listed = (await ok(client, url)).text
    sheet = re.search(r"^(\S+)#xywh", listed, re.MULTILINE)
    assert sheet is not None
    assert (await ok(client, httpx.URL(url).join(sheet[1]).path)).content.startswith(b"\xff\xd8")


async def test_a_film_without_a_list_of_its_pictures_is_played_as_it_is_with_the_reason(
    client: httpx.AsyncClient, bucket: Bucket
) -> None:
    file_id = await bucket.add(ffmpeg_made("long.ts", *LONG_TS))
    answer = await ask(client, file_id)
    assert answer["method"] == "direct"
    (reason,) = [one for one in answer["reasons"] if one["code"] == "direct_only"]
    assert "storage far away" in reason["text"]
    again = await ask(client, file_id, preview=True)
    assert (again["method"], again["reasons"]) == ("direct", answer["reasons"])
    part = await client.get(answer["url"], headers={"Range": "bytes=0-9"})
    assert (part.status_code, len(part.content)) == (206, 10)


LONG_TS = (
    "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=40", *PLAIN,
    "-muxrate", "42M", "-f", "mpegts",
)  # fmt: skip


async def test_a_film_that_is_deleted_while_it_plays_gives_a_clear_error(
    client: httpx.AsyncClient, bucket: Bucket, runtime: Runtime
) -> None:
    file_id = await bucket.add(fixture_file("h264_mkv"))
    master = (await ask(client, file_id))["url"]
    init, named = await segments(client, master, "vsource")
    await ok(client, init)
    first = await ok(client, named[0])
    await bucket.remove(file_id)
    for rendition in ("vsource", "v360", "a1"):
        answer = await client.get(named[-1].replace("vsource", rendition))
        assert answer.status_code == 404, answer.text
        assert answer.json()["code"] in {"streaming.file_missing", "storage.object_missing"}
        assert answer.headers["content-type"] == "application/problem+json"
    again = await client.get(named[0])
    assert again.status_code == 404 or again.content == first.content
    answer = await client.post("/api/playback", json={"file_id": file_id, "client": CHROME})
    assert answer.status_code in {200, 404}


@pytest.mark.parametrize("name", ["h264_mkv", "h264_mp4"])
async def test_a_film_whose_bucket_is_emptied_plays_on_from_a_copy(
    client: httpx.AsyncClient, bucket: Bucket, name: str
) -> None:
    file_id = await bucket.add(fixture_file(name))
    await bucket.copy(file_id, fixture_file(name))
    master = (await ask(client, file_id))["url"]
    init, named = await segments(client, master, "vsource")
    made = [(await ok(client, init)).content, (await ok(client, named[0])).content]
    await bucket.remove(file_id)
    made += [(await ok(client, one)).content for one in named[1:]]
    assert pictures(*made) == 24 * 25


async def test_nothing_stays_lent_when_a_viewer_leaves(
    client: httpx.AsyncClient, bucket: Bucket, runtime: Runtime
) -> None:
    assert PLAYED_SECONDS > 0
    file_id = await bucket.add(fixture_file("h264_mp4"))
    server = runtime.part(RangeServer)
    assert server.lent == 0, "what probing and cataloguing borrowed is given back"
    file = await runtime.part(Hls).files.get(file_id)
    assert server.lent == 0, "and what indexing did"
    begun = asyncio.Event()

    async def hang() -> None:
        async with file.lend():
            begun.set()
            await asyncio.sleep(60)

    viewer = asyncio.create_task(hang())
    await begun.wait()
    assert server.lent == 1
    viewer.cancel()
    await asyncio.gather(viewer, return_exceptions=True)
    assert server.lent == 1, "for as long as workers may go on with it"
    await server.close()
    assert server.lent == 0
