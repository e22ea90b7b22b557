"""`python -m bench.ingest.leech [GiB [JOBS]]`: links brought, beside curl, aria2c and sha256 alone.

One large file over HTTP from nginx on loopback, out of the page cache, to one disk, in turns; then
memory, many small links, the engine, and deaths. `BENCH_DIR` names a folder on the disk to use.
"""

import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.media import film
from tests.support.nginx import running_nginx

from bench.ingest.leech.films import big_film

TURNS = 3
MEMORY_TIMES = 4
"""The file whose memory is watched is so many times as large."""
ARIA2 = ["aria2c", "-q", "--no-conf", "-s4", "-x4", "-k8M", "--file-allocation=none"]
NGINX = {"http": "sendfile on; tcp_nopush on;", "user": "root" if os.geteuid() == 0 else ""}
Way = Callable[[], None]


def main() -> None:
    gib = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    jobs = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR", "/var/tmp")) as name:
        folder = Path(name)
        folder.chmod(0o755)
        throughput(folder, int(gib * (1 << 30)))
        many = measured("many", str(folder / "many"), str(jobs))
        gone = measured("gone", str(folder / "gone"))
    print(f"\n| {jobs} small links, and deaths | value | goal |")
    print("| --- | --- | --- |")
    print(f"| small links a minute, 3 of a host at a time | {many['minute']:,.0f} | |")
    print(f"| the same, 30 at a time | {many['crowd']:,.0f} | |")
    print(f"| a job without steps | {many['empty']:.1f} ms | |")
    print(f"| a step | {(many['stepped'] - many['empty']) / 10:.1f} ms | |")
    print(f"| killed and started again, until all is done | {gone['restart']:.1f} s | ≤ 10 s |")
    print(f"| of that until it takes jobs | {gone['start']:.1f} s | |")
    print(f"| killed for good, until done elsewhere | {gone['elsewhere']:.1f} s | ≤ 30 s |")


def throughput(folder: Path, size: int) -> None:
    """Print what one large file takes, and what memory."""
    web, out = folder / "web", folder / "out"
    web.mkdir()
    shutil.copy(film(), web / "small.mp4")
    big = big_film(web / "film.mp4", size)
    names = [f"Film{turn}.{1900 + turn}.mp4" for turn in range(TURNS)]
    for one in names:
        (web / one).hardlink_to(big)
    found: dict[str, list[float]] = {}
    with running_nginx(folder, server=f"root {web};", workers="auto", **NGINX) as port:
        base = f"http://127.0.0.1:{port}"
        alone: dict[str, Way] = {
            "curl": lambda: run("curl", "-s", "-o", str(out / "curl"), f"{base}/film.mp4"),
            "aria2c": lambda: run(*ARIA2, f"--dir={out}", "-o", "aria2c", f"{base}/film.mp4"),
            "sha256": lambda: digest(big),
        }
        with leeching(folder / "aria2", "aria2") as ours, leeching(folder / "http", "http") as http:
            for bring in (ours, http):
                bring(f"{base}/small.mp4")
            for one in names:
                for way, work in alone.items():
                    out.mkdir()
                    started = time.monotonic()
                    work()
                    found.setdefault(way, []).append(time.monotonic() - started)
                    shutil.rmtree(out)
                for way, bring in (("shadow, aria2", ours), ("shadow, http", http)):
                    found.setdefault(way, []).append(bring(f"{base}/{one}")["seconds"])
        report(size, found)
        big.unlink()
        for one in names:
            (web / one).unlink()
        large = big_film(web / "Large.1950.mp4", size * MEMORY_TIMES)
        memory(folder, base, size * MEMORY_TIMES)
        large.unlink()
        for episode in (1, 2):
            big_film(web / f"Show.S01E0{episode}.mp4", size * MEMORY_TIMES // 2)
        episodes = [f"{base}/Show.S01E0{episode}.mp4" for episode in (1, 2)]
        packed = measured("packed", str(folder / "packed"), *episodes)
        speed = packed["bytes"] / packed["seconds"] / 1e6
        print(
            f"| a season as zip, sent at {speed:,.0f} MB/s | {packed['added'] / 1e6:.0f} | ≤ 64 |"
        )


def report(size: int, found: dict[str, list[float]]) -> None:
    print(f"\n| {size / (1 << 30):g} GiB, median of {TURNS} | MB/s | of aria2c alone | goal |")
    print("| --- | ---: | ---: | --- |")
    peer = statistics.median(found["aria2c"])
    for way, seconds in found.items():
        median = statistics.median(seconds)
        goal = "≥ 0.8 ×" if way == "shadow, aria2" else ""
        print(f"| {way} | {size / median / 1e6:,.0f} | {peer / median:.2f} × | {goal} |")
    sys.stdout.flush()


def memory(folder: Path, base: str, size: int) -> None:
    print(f"\n| {size / (1 << 30):g} GiB | MB of memory added | goal |")
    print("| --- | ---: | --- |")
    ways = {"aria2": ("aria2", ""), "http": ("http", ""), "aria2, tee to rclone": ("aria2", "tee")}
    for title, (engine, also) in ways.items():
        with leeching(folder / f"memory-{engine}{also}", engine, also) as bring:
            bring(f"{base}/small.mp4")
            added = bring(f"{base}/Large.1950.mp4")["added"]
        print(f"| {title} | {added / 1e6:.0f} | ≤ 64 |", flush=True)


@contextmanager
def leeching(data_dir: Path, engine: str, also: str = "") -> Iterator[Callable[[str], dict]]:
    """Run a worker; the value brings a link with it and returns what it measured."""
    command = [sys.executable, "-m", "bench.ingest.leech.brought", engine, str(data_dir), also]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin
    assert process.stdout
    given, told = process.stdin, process.stdout

    def bring(url: str) -> dict:
        given.write(f"{url}\n")
        given.flush()
        return json.loads(told.readline())

    try:
        yield bring
    finally:
        given.close()
        process.wait(60)
        shutil.rmtree(data_dir, ignore_errors=True)


def measured(what: str, *arguments: str) -> dict[str, float]:
    command = [sys.executable, "-m", f"bench.ingest.leech.{what}", *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def digest(path: Path) -> None:
    with path.open("rb") as file:
        hashlib.file_digest(file, "sha256")


if __name__ == "__main__":
    main()
