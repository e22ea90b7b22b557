"""Films far away are indexed by their own tables: the same plan as here, and little is read."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from shadow.hls.errors import FarUnindexed
from shadow.hls.segments import indexing
from shadow.hls.segments.facts import FileIndex
from shadow.hls.segments.indexing import index_file
from shadow.hls.segments.plan import plan_file
from tests.support.hls_fixtures import AAC, PLAIN, picture, tone
from tests.support.lent_files import FarFile, far, lending, named
from tests.support.media import ffmpeg_made

Media = Callable[[str], Path]
LONG = (*picture(seconds=120, size="640x360"), *tone(120), "-c:v", "libx264", "-preset")
LONG = (*LONG, "ultrafast", "-b:v", "4M", "-minrate", "4M", "-maxrate", "4M", "-bufsize", "4M")
LONG = (*LONG, "-g", "50", "-bf", "2", "-x264-params", "nal-hrd=cbr", *AAC)


@pytest.fixture
def _by_own_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let small files be treated as films of gigabytes."""
    monkeypatch.setattr(indexing, "SMALL", 0)
    monkeypatch.setattr(indexing, "BEARABLE", 0)


async def both(path: Path) -> tuple[FileIndex, FileIndex, FarFile]:
    """Return the index of a film here, the one of the same film far away, and that one."""
    file = far(path)
    here = await asyncio.to_thread(index_file, named(path))
    async with lending() as server, server.lend("a", file.open, size=len(file.content)) as address:
        there = await asyncio.to_thread(index_file, address)
    return FileIndex.from_bytes(here), FileIndex.from_bytes(there), file


@pytest.mark.usefixtures("_by_own_index")
@pytest.mark.parametrize(
    "name",
    [
        "h264_mp4", "h264_bframes_irregular_mp4", "hevc_mp4", "vfr_mp4", "fps2997", "no_audio",
        "rotated_mp4", "no_video", "cover_mp4", "_faststart",
    ],
)  # fmt: skip
async def test_an_mp4_s_own_tables_give_the_index_that_reading_it_gives(
    media: Media, name: str
) -> None:
    here, there, _ = await both(media(name))
    assert there == here


@pytest.mark.usefixtures("_by_own_index")
@pytest.mark.parametrize(
    "name",
    ["h264_mkv", "h264_bframes_irregular_mkv", "vfr_mkv", "fps60", "two_audio", "opus_mkv"],
)
async def test_a_matroska_film_s_cues_give_the_plan_that_reading_it_gives(
    media: Media, name: str
) -> None:
    here, there, _ = await both(media(name))
    assert plan_file(there, "k") == plan_file(here, "k")
    assert there.duration == here.duration
    for a, b in zip(here.audio, there.audio, strict=True):
        assert (a.regular, a.anchor, a.first, a.packets) == (
            b.regular,
            b.anchor,
            b.first,
            b.packets,
        )
        assert b.bitrate == pytest.approx(a.bitrate, rel=0.25)


@pytest.mark.usefixtures("_by_own_index")
@pytest.mark.parametrize("name", ["h264_open_gop", "hevc_mkv"])
async def test_cues_alone_never_have_an_open_group_copied(media: Media, name: str) -> None:
    here, there, _ = await both(media(name))
    assert here.video is not None
    is_open = any(one.start < one.key for one in here.video.gops)
    plan = plan_file(there, "k")
    assert not (is_open and plan.can_copy)
    if is_open:
        assert "shown before them" in (plan.why_no_copy or "")
    assert plan.duration == pytest.approx(plan_file(here, "k").duration, abs=0.001)


@pytest.mark.parametrize("name", ["long.mkv", "long.mp4"])
async def test_most_of_a_long_film_is_not_fetched_for_its_index(name: str) -> None:
    here, there, file = await both(ffmpeg_made(name, *LONG))
    size = len(file.content)
    assert size > 50 << 20
    assert file.read_bytes < size // 4
    assert plan_file(there, "k") == plan_file(here, "k")


@pytest.mark.usefixtures("_by_own_index")
@pytest.mark.parametrize("name", ["h264_ts", "single_keyframe", "fragments", "unlisted"])
async def test_a_long_film_without_a_list_of_its_own_is_refused_with_the_reason(
    media: Media, name: str
) -> None:
    made = {
        "fragments": ("f.mp4", *picture(), *PLAIN, "-movflags", "frag_keyframe+empty_moov"),
        "unlisted": ("u.mkv", *picture(), *PLAIN, "-f", "matroska", "-live", "1"),
    }
    path = ffmpeg_made(*made[name]) if name in made else media(name)
    file = far(path)
    async with lending() as server, server.lend("a", file.open, size=len(file.content)) as address:
        with pytest.raises(FarUnindexed, match="storage far away"):
            await asyncio.to_thread(index_file, address)


async def test_a_short_film_without_one_is_read_to_its_end(
    media: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "SMALL", 0)
    here, there, _ = await both(media("h264_ts"))
    assert there == here


@pytest.mark.usefixtures("_by_own_index")
@pytest.mark.parametrize("name", ["truncated_mkv", "truncated_mp4", "corrupt_middle"])
async def test_a_damaged_film_far_away_is_no_worse_than_here(media: Media, name: str) -> None:
    file = far(media(name))
    async with lending() as server, server.lend("a", file.open, size=len(file.content)) as address:
        try:
            index = FileIndex.from_bytes(await asyncio.to_thread(index_file, address))
        except FarUnindexed:
            return
    assert plan_file(index, "k").duration > 0
