"""`python -m bench.ingest.scan`: files scanned a second beside minidlna and an ffprobe loop.

The same short films and songs (mp4, mkv, mov, avi, mp3, flac) lie in folders as people keep them,
each with a content of its own; once with pictures of 720 and 1080 lines, as libraries have them,
and once of 180 lines, where opening a file costs hardly more than noting it down. Ours is
`shadow scan --json` on an empty data folder, by its own count of seconds and as the whole command;
minidlna from its start to the line of its log that says it has finished.

Then the rescan of an unchanged library, and the peak of memory of all processes together (private
pages: the database file, which SQLite maps, is not counted).
"""

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from tests.support.media import AAC, TONE, ffmpeg_made

FILES, MANY_FILES = 2000, 20_000
PROBED_FILES = 60  # a process a file is slow: a part tells its rate as well
TURNS = 3
USUAL, SMALL = (720, 1080), (180, 180)
SHADOW = Path(sys.executable).with_name("shadow")
PATIENCE = 300.0


def originals(lines: tuple[int, int]) -> list[Path]:
    """Make one file of each kind, of one second; the films have so many lines in turn."""
    tone = [part.format(seconds=1) for part in TONE]
    films = []
    for number, ending in enumerate(("mp4", "mkv", "mov", "avi")):
        high = lines[number % 2]
        picture = f"mandelbrot=size={high * 16 // 9}x{high}:rate=24"
        films.append(
            ffmpeg_made(
                f"bench {high}.{ending}",
                *("-f", "lavfi", "-i", picture, *tone, "-t", "1", "-pix_fmt", "yuv420p"),
                *("-c:v", "libx264", "-preset", "veryfast", *AAC),
            )
        )
    return films + [ffmpeg_made(f"bench one second.{ending}", *tone) for ending in ("mp3", "flac")]


def fill(folder: Path, count: int, lines: tuple[int, int]) -> None:
    """Lay out films, episodes and songs, each unlike every other."""
    kinds = [(path.suffix, path.read_bytes()) for path in originals(lines)]
    films, songs = kinds[:4], kinds[4:]
    then = time.time() - 86_400
    for number in range(count):
        if number % 3 == 2:
            ending, content = songs[number // 3 % 2]
            name = f"Music/Band {number // 120}/Album {number // 36}/{number % 12:02} Song{ending}"
        else:
            ending, content = films[number // 3 % 4]
            show, season = number // 90, number // 30 % 3 + 1
            name = (
                f"Films/Film {number} (2001)/Film.{number}.2001.1080p.BluRay.x264-GRP{ending}"
                if number % 3
                else f"Shows/Show {show}/Season {season:02}/Show {show} - S{season:02}E"
                f"{number % 30:02} - The Title{ending}"
            )
        path = folder / name
        while path.exists():
            path = path.with_name("x" + path.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content + b"%016d" % number)
        os.utime(path, (then, then))


def private(process: psutil.Process) -> int:
    """Return the bytes resident in a process that no file backs."""
    seen = process.memory_info()
    return int(seen.rss - seen.shared)


@contextmanager
def peak_memory(process: "subprocess.Popen[bytes]") -> Iterator[list[int]]:
    """Note the most private bytes of a process and its children at one time."""
    peak = [0]
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.02):
            try:
                whole = psutil.Process(process.pid)
                family = [whole, *whole.children(recursive=True)]
                peak[0] = max(peak[0], sum(private(one) for one in family))
            except psutil.Error:
                continue

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()


def shadow_scan(library: Path, data: Path) -> tuple[float, float, int]:
    """Run `shadow scan`; returns its own seconds, those of the whole command, and peak bytes."""
    command = [str(SHADOW), "scan", str(library), "--json", "--data-dir", str(data)]
    started = time.perf_counter()
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **quiet) as process, peak_memory(process) as peak:
        told, _ = process.communicate()
    whole = time.perf_counter() - started
    result = json.loads(told)
    assert not result["failed"], result["failed"][:3]
    return result["seconds"], whole, peak[0]


def minidlna(library: Path, folder: Path, count: int) -> float:
    """Run minidlna on an empty database until it has scanned all; returns seconds."""
    folder.mkdir()
    settings = folder / "minidlna.conf"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings.write_text(
        f"media_dir={library}\ndb_dir={folder}\nlog_dir={folder}\nport={port}\ninotify=no\n"
        "network_interface=lo\n"
    )
    log = folder / "minidlna.log"
    command = ["minidlnad", "-S", "-f", str(settings), "-P", str(folder / "pid")]
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as daemon:
        try:
            while daemon.poll() is None and time.perf_counter() - started < PATIENCE:
                if log.exists() and f"finished ({count} files)" in log.read_text():
                    return time.perf_counter() - started
                time.sleep(0.005)
        finally:
            daemon.terminate()
    raise RuntimeError(f"minidlna did not find {count} files; see {log}")


def ffprobe_loop(library: Path) -> float:
    """Run ffprobe on one file after the other; returns files a second."""
    command = ["ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json"]
    files = sorted(path for path in library.rglob("*") if path.is_file())
    some = files[:: len(files) // PROBED_FILES][:PROBED_FILES]
    started = time.perf_counter()
    for path in some:
        subprocess.run([*command, str(path)], capture_output=True, check=True)
    return len(some) / (time.perf_counter() - started)


def first_scans(place: Path, lines: tuple[int, int]) -> None:
    """Print the table of first scans, each way in turn."""
    library = place / "library"
    fill(library, FILES, lines)
    rates: dict[str, list[float]] = {}

    def note(name: str, rate: float) -> None:
        rates.setdefault(name, []).append(rate)

    for turn in range(TURNS):
        data = place / f"data {turn}"
        seconds, whole, _ = shadow_scan(library, data)
        note("shadow scan", FILES / seconds)
        note("shadow scan, the whole command", FILES / whole)
        shutil.rmtree(data)
        if shutil.which("minidlnad"):
            folder = place / f"minidlna {turn}"
            note("minidlna", FILES / minidlna(library, folder, FILES))
            shutil.rmtree(folder)
        if shutil.which("ffprobe"):
            note("ffprobe loop", ffprobe_loop(library))
    shown = " and ".join(f"{one}p" for one in sorted(set(lines)))
    print(f"\nFirst scan of {FILES} files ({shown}), medians of {TURNS} turns\n")
    print("| way | files/s | `shadow scan` is |\n| --- | ---: | ---: |")
    ours = statistics.median(rates["shadow scan"])
    for name, values in rates.items():
        rate = statistics.median(values)
        print(f"| {name} | {rate:,.0f} | {ours / rate:.1f} × |")
    shutil.rmtree(library)


def growth(place: Path) -> None:
    """Print rescans and memory at both sizes."""
    print("\n| files | first scan, files/s | unchanged rescan, files/s | peak memory |")
    print("| ---: | ---: | ---: | ---: |")
    for count in (FILES, MANY_FILES):
        library, data = place / f"library {count}", place / f"data {count}"
        fill(library, count, SMALL)
        seconds, _, peak = shadow_scan(library, data)
        again = statistics.median(shadow_scan(library, data)[0] for _ in range(TURNS))
        print(
            f"| {count:,} | {count / seconds:,.0f} | {count / again:,.0f} | {peak >> 20} MiB |",
            flush=True,
        )
        shutil.rmtree(library)


def main() -> None:
    """Run it all in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="shadow-bench-") as folder:
        first_scans(Path(folder), USUAL)
        first_scans(Path(folder), SMALL)
        growth(Path(folder))


main()
