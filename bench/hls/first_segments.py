"""How long a player waits: first segments at the start and anywhere, playlists, cached ones."""

import asyncio
import os
import random
import time
from pathlib import Path

from bench.hls import bare, server
from bench.hls.player import Player
from bench.hls.tables import heading, median, milliseconds, percentile, row
from shadow.runtime.workers import WorkerPool

INDEX_FILE = "shadow.hls.segments.index:index_file"
PLACES = 9
CACHED = 1500
TURNS = 3


def index(film: Path) -> None:
    """Print how long one packet pass takes in a worker, beside FFmpeg reading all packets."""

    async def ours() -> list[float]:
        took = []
        async with WorkerPool(1, functions=(INDEX_FILE,), task_timeout=600) as pool:
            for _ in range(TURNS):
                begun = time.perf_counter()
                content = await pool.call(INDEX_FILE, os.fsencode(film))
                took.append(time.perf_counter() - begun)
                theirs.append(bare.run("-i", str(film), "-map", "0", "-c", "copy", *NULL)[0])
        sizes.append(len(content))
        return took

    theirs: list[float] = []
    sizes: list[int] = []
    found = asyncio.run(ours())
    heading("index of the film, warm", "shadow", "ffmpeg, all packets", "goal")
    row("one pass", f"{min(found):.2f} s", f"{min(theirs):.2f} s", "≤ 2.5 s")
    print(f"\nThe stored index takes {sizes[0] / 1024:.0f} KiB.", flush=True)


NULL = ("-f", "null", "-")


def resting(film: Path) -> None:
    """Print what happens when somebody presses play on a server that has just started."""
    heading("pressing play, server at rest", "shadow")
    with server.running(film, hls__read_ahead=0) as running:
        player = running.player()
        row(
            "master playlist: file indexed, workers started",
            milliseconds(player.get("master.m3u8").whole),
        )
        listed = player.get("vsource/index.m3u8").whole
        row("media playlist", milliseconds(listed))
        row(
            "init, worker process started first", milliseconds(player.get("vsource/init.mp4").whole)
        )
        row("first segment, copied", milliseconds(player.get("vsource/0.m4s").whole))


def segments(film: Path) -> None:
    """Print first segments, ours and a bare FFmpeg's in turn, each place asked for once."""
    heading("first segment, whole", "shadow", "bare ffmpeg", "ratio", "goal")
    with server.running(film, hls__read_ahead=0) as running:
        player = running.player()
        sound = player.sound()
        kinds = (
            ("remux", "vsource", bare.COPY, "≤ 60 ms"),
            ("720p", "v720", bare.LADDER_720, "≤ 1.15 ×"),
            ("AAC from AC-3 5.1", sound, bare.AAC, "≤ 300 ms"),
        )
        for label, rendition, work, goal in kinds:
            durations = player.durations(rendition)
            player.get(f"{rendition}/init.mp4")
            for where in ("at the start", "anywhere"):
                numbers = places(len(durations), where)
                ours, theirs = [], []
                for number in numbers:
                    ours.append(player.get(f"{rendition}/{number}.m4s").whole)
                    begin = sum(durations[:number])
                    theirs.append(bare.piece(film, begin, durations[number], work)[0])
                us, them = median(ours), median(theirs)
                shown = (milliseconds(us), milliseconds(them), f"{us / them:.2f}", goal)
                row(f"{label}, {where}", *shown)


def places(count: int, where: str) -> list[int]:
    """Choose segments that nobody asked for before and that do not follow each other."""
    if where == "at the start":
        return [0, 2, 4]
    return random.Random(5).sample(range(20, count - 1, 2), PLACES)


def playlists(film: Path) -> None:
    """Print playlists and cached segments: by one player, then by eight at the same moment."""
    heading("answers, p50 / p99", "first byte", "whole", "whole, 8 at once", "goal p99")
    with server.running(film, hls__read_ahead=0) as running:
        players = [running.player(number) for number in range(8)]
        for name in ("master.m3u8", "vsource/index.m3u8", "v720/index.m3u8", "vsource/3.m4s"):
            goal = "≤ 5 ms" if name.endswith("m4s") else "≤ 20 ms"
            players[0].get(name)
            size = players[0].get(name).body.nbytes / 1024
            alone = [players[0].get(name) for _ in range(CACHED)]
            first = pair([one.first for one in alone])
            whole = pair([one.whole for one in alone])
            row(f"{name}, {size:,.0f} KiB", first, whole, pair(crowd(players, name)), goal)


def crowd(players: list[Player], name: str) -> list[float]:
    """Let all players ask for something at once, again and again; return times to the last byte."""
    took = []
    for _ in range(CACHED // len(players)):
        for player in players:
            player.ask(name)
        took += [player.answer().whole for player in players]
    return took


def pair(times: list[float]) -> str:
    """Show the median and the 99th percentile."""
    return f"{percentile(times, 0.5) * 1000:.2f} / {percentile(times, 0.99) * 1000:.2f} ms"
