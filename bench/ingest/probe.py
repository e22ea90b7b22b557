"""`python -m bench.ingest.probe`: files probed a second, beside ffprobe and PyAV's defaults.

Each way takes its turn on the same small files (H.264 and AAC, mp4 and mkv), warm, and the medians
of the turns are shown. Then what the worker pool itself costs.
"""

import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import av
from tests.support.media import film

from shadow.ingest.probing import WORKER_FUNCTIONS, probe_in
from shadow.runtime.processes import find_ffmpeg
from shadow.runtime.workers import WorkerPool

FILES = 600
TOOL_FILES = 40  # a process a file is slow: a part tells its rate as well
TURNS = 5
CALLS = 20_000
ECHO = "os.path:basename"
AT_ONCE = 32  # calls that wait at one time, as in a scan


def pyav_defaults(files: list[Path]) -> None:
    """Open each file in this process with PyAV as it is, and look at its streams."""
    for path in files:
        with av.open(str(path)) as container:
            for stream in container.streams:
                stream.codec_context.name, stream.metadata.get("language")


def tool_loop(command: list[str]) -> Callable[[list[Path]], None]:
    """Run a program on one file after the other."""

    def run(files: list[Path]) -> None:
        for path in files:
            subprocess.run([*command, str(path)], capture_output=True, check=False)

    return run


def workers(size: int) -> Callable[[list[Path]], None]:
    """Probe through a pool of that many processes, its start included."""

    async def run(files: list[Path]) -> None:
        turn = asyncio.Semaphore(AT_ONCE)

        async def one(pool: WorkerPool, path: Path) -> None:
            async with turn:
                await probe_in(pool, os.fsencode(path))

        async with WorkerPool(size, functions=WORKER_FUNCTIONS) as pool:
            await asyncio.gather(*(one(pool, path) for path in files))

    return lambda files: asyncio.run(run(files))


def make_files(folder: Path) -> list[Path]:
    """Copy small films under many names."""
    files = []
    for number in range(FILES):
        original = film("bench.mp4" if number % 2 else "bench.mkv")
        path = folder / f"{number:04d}{original.suffix}"
        shutil.copyfile(original, path)
        files.append(path)
    return files


def ways() -> dict[str, tuple[Callable[[list[Path]], None], int]]:
    """Name what is compared, with how many files each gets."""
    found: dict[str, tuple[Callable[[list[Path]], None], int]] = {
        "worker pool, 2 processes": (workers(2), FILES),
        "worker pool, 1 process": (workers(1), FILES),
        "PyAV defaults, in process": (pyav_defaults, FILES),
    }
    if ffprobe := shutil.which("ffprobe"):
        shown = ["-v", "error", "-show_format", "-show_streams", "-show_chapters", "-of", "json"]
        found["ffprobe loop"] = (tool_loop([ffprobe, *shown]), TOOL_FILES)
    else:
        print("(no ffprobe on this machine: `apt-get install ffmpeg` adds its row)\n")
    found["ffmpeg -i loop (pinned)"] = (tool_loop([str(find_ffmpeg()), "-i"]), TOOL_FILES)
    return found


def rates(folder: Path) -> None:
    """Print files a second for each way."""
    files = make_files(folder)
    compared = ways()
    measured: dict[str, list[float]] = {name: [] for name in compared}
    for _ in range(TURNS):
        for name, (run, count) in compared.items():
            started = time.perf_counter()
            run(files[:count])
            measured[name].append(count / (time.perf_counter() - started))
    slowest = min(statistics.median(values) for values in measured.values())
    print(f"{FILES} files of {files[0].stat().st_size >> 10} KiB, {TURNS} turns\n")
    print("| way | files/s | times the slowest |\n| --- | ---: | ---: |")
    for name, values in measured.items():
        rate = statistics.median(values)
        print(f"| {name} | {rate:,.0f} | {rate / slowest:.1f} |")


async def pool_costs() -> None:
    """Print what a call costs when the work is nothing, and how long a process takes to start."""
    async with WorkerPool(2, functions=[ECHO]) as pool:
        started = time.perf_counter()
        await pool.call(ECHO, "/a")
        first = time.perf_counter() - started
        started = time.perf_counter()
        for _ in range(CALLS // 10):
            await pool.call(ECHO, "/a")
        alone = (time.perf_counter() - started) / (CALLS // 10)
        started = time.perf_counter()
        await asyncio.gather(*(pool.call(ECHO, "/a") for _ in range(CALLS)))
        together = (time.perf_counter() - started) / CALLS
    print("\n| worker pool | |\n| --- | ---: |")
    print(f"| first call, process start included | {first * 1e3:.0f} ms |")
    print(f"| a call, one at a time | {alone * 1e6:.0f} µs |")
    print(f"| a call, many at a time | {together * 1e6:.0f} µs |")


def main() -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="shadow-bench-") as folder:
        rates(Path(folder))
    asyncio.run(pool_costs())
    return 0


if __name__ == "__main__":
    sys.exit(main())
