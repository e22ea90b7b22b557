"""Encoding without a pause: one player that takes segments as they come, then two."""

import threading
from pathlib import Path

from bench.hls import bare, server
from bench.hls.tables import heading, median, row

SEGMENTS = 12
TURNS = 3
RENDITION = "v720"


def throughput(film: Path) -> None:
    """Print film seconds a second at 720p: a player following on, beside one FFmpeg."""
    ours, theirs = [], []
    with server.running(film) as running:
        player = running.player()
        durations = player.durations(RENDITION)
        player.get(f"{RENDITION}/0.m4s")
        running.rest()
        for turn in range(TURNS):
            first = 40 + turn * 100
            numbers = range(first, first + SEGMENTS)
            length = sum(durations[number] for number in numbers)
            took = sum(player.get(f"{RENDITION}/{number}.m4s").whole for number in numbers)
            ours.append(length / took)
            running.rest()
            begin = sum(durations[:first])
            theirs.append(length / bare.piece(film, begin, length, bare.LADDER_720)[0])
    heading("720p, sustained", "shadow", "bare ffmpeg", "ratio", "goal")
    us, them = median(ours), median(theirs)
    row("times playing speed", f"{us:.2f}", f"{them:.2f}", f"{us / them:.2f}", "≥ 0.95")


def viewers(film: Path) -> None:
    """Print processor time of one viewer, of two of one rendition, and of FFmpeg."""
    with server.running(film) as running:
        one = running.player(0)
        durations = one.durations(RENDITION)
        one.get(f"{RENDITION}/0.m4s")
        running.rest()
        alone = spent(running, [0], 100)
        both = spent(running, [0, 1], 300)
    begin = sum(durations[:100])
    length = sum(durations[100 : 100 + SEGMENTS])
    _, used = bare.piece(film, begin, length, bare.LADDER_720)
    heading("processor time of a minute at 720p", "seconds", "", "goal")
    row("bare ffmpeg", f"{used / length * 60:.1f}", "", "")
    row("one viewer", f"{alone:.1f}", "", "")
    row("two viewers", f"{both:.1f}", f"{(both / alone - 1) * 100:+.1f} %", "< +5 %")


def spent(running: server.Server, viewers: list[int], first: int) -> float:
    """Let viewers take the same segments at once; return seconds used for a minute of film."""
    players = [running.player(number) for number in viewers]
    durations = players[0].durations(RENDITION)
    before = running.cpu()

    def watch(number: int) -> None:
        for segment in range(first, first + SEGMENTS):
            players[number].get(f"{RENDITION}/{segment}.m4s")

    threads = [threading.Thread(target=watch, args=(number,)) for number in range(len(players))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    running.rest()
    made = durations[first : first + SEGMENTS + READ_AHEAD]
    return (running.cpu() - before) / sum(made) * 60


READ_AHEAD = 3
"""Segments that are made after the last one asked for: the default of the settings."""
