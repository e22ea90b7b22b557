"""Segments of subtitle renditions, and subtitles moved into the time of the playlists."""

import asyncio
import os
import re
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from shadow.catalog.models import File
from shadow.hls.errors import RenditionMissing, SubtitleMissing
from shadow.hls.lending import at_path
from shadow.hls.segments.plan import Plan
from shadow.hls.subtitles.cues import Cue, webvtt, webvtt_part
from shadow.hls.subtitles.showing import (
    hls_shift,
    keep_texts,
    locate,
    moved_pictures,
    pictures_path,
    vtt_segment,
    whole_ass,
    whole_vtt,
)
from shadow.hls.subtitles.store import SubtitleStore
from shadow.hls.subtitles.tracks import subtitle_tracks
from shadow.kit.errors import ShadowError
from shadow.runtime.context import Runtime
from tests.hls.subtitles.conftest import SRT, known, lay
from tests.support.media import ffmpeg_made

CUES = [Cue(0, 1000, "", "a"), Cue(5000, 7000, "line:0", "b"), Cue(6000, 13_000, "", "c")]
TIMING = re.compile(r"(\S+) --> (\S+)")


def plan(*boundaries: int, origin: Fraction = Fraction(0)) -> Plan:
    """Only what subtitles need of a plan."""
    ends = tuple(map(Fraction, boundaries))
    return Plan(None, (), False, None, float(ends[-1]), ends, origin, "")


def texts(vtt: str) -> list[str]:
    return [block.split("\n")[1] for block in vtt.split("\n\n")[1:]]


def test_a_cue_is_in_every_segment_it_touches_and_in_no_other() -> None:
    spans = [(0, 6000), (6000, 12_000), (12_000, 18_000)]
    assert [texts(webvtt_part(CUES, *one)) for one in spans] == [["a", "b"], ["b", "c"], ["c"]]
    whole = {one for span in spans for one in TIMING.findall(webvtt_part(CUES, *span))}
    assert whole == set(TIMING.findall(webvtt(CUES)))
    assert webvtt_part(CUES, 20_000, 26_000) == "WEBVTT\n"


def test_times_are_moved_before_they_are_cut() -> None:
    assert texts(webvtt_part(CUES, 0, 6000, shift=-5500)) == ["b", "c"]
    assert texts(webvtt_part(CUES, 0, 6000, shift=6000)) == []
    assert webvtt(CUES, shift=-5500).startswith("WEBVTT\n\n00:00:00.000 --> 00:00:01.500 line:0\nb")


def served(file_id: str) -> Any:
    return SimpleNamespace(public_id=file_id)


async def test_segments_are_in_the_time_of_the_playlist(
    runtime: Runtime, place: Path, ids: Any
) -> None:
    source = place / "Texts" / "Texts.mkv"
    late = ffmpeg_made("shifted.mkv", "-itsoffset", "10", "-i", str(source), "-map", "0:v",
                       "-map", "0:s", "-c", "copy")  # fmt: skip
    lay(place, "Late/Late.mkv", late.read_bytes())
    lay(place, "Late/Late.de.srt", SRT)
    film = served(await known(runtime, place / "Late" / "Late.mkv"))
    # The container says 10 s; the first picture comes half a second later.
    cut = plan(0, 6, 12, 24, origin=Fraction(21, 2))
    parts = [(await vtt_segment(runtime, film, "e1", k, cut)).decode() for k in range(3)]
    assert TIMING.findall(parts[0]) == [
        ("00:00:00.500", "00:00:02.500"),
        ("00:00:05.000", "00:00:07.500"),
    ]
    assert [len(TIMING.findall(one)) for one in parts] == [2, 1, 1]
    located = await locate(runtime, film.public_id, "e2")
    shift = await hls_shift(runtime, located, cut)
    assert shift == -500
    script = await whole_ass(runtime, located, shift=shift)
    assert "Dialogue: 0,0:00:00.50,0:00:02.50,Default" in script
    assert TIMING.findall(await whole_vtt(runtime, located))[0] == ("00:00:01.000", "00:00:03.000")
    (beside,) = [one for one in await _tracks(runtime, film.public_id) if one.startswith("x")]
    part = (await vtt_segment(runtime, film, beside, 0, cut)).decode()
    assert TIMING.findall(part) == [("00:00:01.000", "00:00:02.500")]


async def _tracks(runtime: Runtime, file_id: str) -> list[str]:
    async with runtime.database.session() as session:
        row_id = await session.scalar(select(File.id).where(File.public_id == file_id))
        assert row_id is not None
        assert await subtitle_tracks(session, 424_242) == []
        return [one.id for one in await subtitle_tracks(session, row_id)]


async def test_what_is_no_text_or_no_segment_has_none(runtime: Runtime, ids: Any) -> None:
    pictures, texts_ = served(ids["Images"]), served(ids["Texts"])
    (pgs, _) = await _tracks(runtime, ids["Images"])
    with pytest.raises(SubtitleMissing):
        await vtt_segment(runtime, pictures, pgs, 0, plan(0, 6))
    for k in (-1, 1, 99):
        with pytest.raises(RenditionMissing):
            await vtt_segment(runtime, texts_, "e2", k, plan(0, 6))


async def test_pictures_are_moved_too(runtime: Runtime, ids: Any) -> None:
    for track, part in zip(await _tracks(runtime, ids["Images"]), ("sup", "idx"), strict=True):
        located = await locate(runtime, ids["Images"], track)
        assert await hls_shift(runtime, located, plan(0, 6, origin=Fraction(1, 4))) == -250
        path = await pictures_path(runtime, located, part)  # type: ignore[arg-type]  # of a zip
        later = b"".join(moved_pictures(path, part, 1000))  # type: ignore[arg-type]  # likewise
        assert later != path.read_bytes()
        assert len(later) == path.stat().st_size


async def test_many_who_ask_at_once_share_one_pass(runtime: Runtime, ids: Any) -> None:
    film = served(ids["Texts"])
    cut = plan(0, 6, 12, 18, 24)
    parts = await asyncio.gather(
        *(vtt_segment(runtime, film, f"e{n}", k, cut) for n in (2, 3) for k in range(4))
    )
    assert all(part.startswith(b"WEBVTT\n") for part in parts)
    assert runtime.part(SubtitleStore).passes.processes == 1
    place = runtime.settings.core.data_dir / "cache" / "subtitles"
    assert len(list(place.iterdir())) == 1


async def test_texts_are_kept_ahead_where_there_are_any(runtime: Runtime, ids: Any) -> None:
    place = runtime.settings.core.data_dir / "cache" / "subtitles"
    async with runtime.database.session() as session:
        rows = {one.public_id: one for one in await session.scalars(select(File))}
    await keep_texts(runtime, rows[ids["Images"]])
    assert not place.exists()
    await keep_texts(runtime, rows[ids["Texts"]])
    assert len(list(place.iterdir())) == 1


async def test_a_file_that_is_refused_leaves_nothing_behind_and_the_next_one_works(
    runtime: Runtime, place: Path, ids: Any
) -> None:
    store = runtime.part(SubtitleStore)
    path = place / "Texts" / "Texts.mkv"
    slow = place / "Texts" / "slow.mkv"
    os.mkfifo(slow)
    with pytest.raises(ShadowError):
        await store.embedded(at_path(bytes(slow)), "0-0-0", "text")
    folder = runtime.settings.core.data_dir / "cache" / "subtitles"
    assert list(folder.iterdir()) == []
    status = path.stat()
    key = f"{status.st_size}-{status.st_mtime_ns}-x"
    entry = await store.embedded(at_path(bytes(path)), key, "text")
    assert len(entry.manifest.tracks) == 2
