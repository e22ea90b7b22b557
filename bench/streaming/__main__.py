"""`python -m bench.streaming`: ours beside nginx sendfile, on one file, over loopback.

Server and load are processes of their own; the two servers take turns and medians are shown.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from tests.support.nginx import running_nginx

from bench.streaming.app import FILE_ID
from shadow.streaming.signing import sign_link

SIZE = 1 << 30
TURNS = 7
SECRET = "known to both sides"
TIME_LIMIT = 180
LOAD = [sys.executable, "-m", "bench.streaming.load"]
NGINX = {
    "http": "sendfile on; tcp_nopush on; types { video/x-matroska mkv; }",
    "user": "root" if os.geteuid() == 0 else "",
}


@contextmanager
def running_ours(folder: Path, path: Path) -> Iterator[tuple[int, int]]:
    """Run the application on uvicorn; give its port and process id."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        descriptor = listening.fileno()
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.streaming.app", str(descriptor), str(path)],
            pass_fds=[descriptor],
            stdout=subprocess.PIPE,
            env={
                **os.environ,
                "SHADOW_DATA_DIR": str(folder / "data"),
                "SHADOW_STREAMING__SECURE_LINK_SECRET": SECRET,
            },
        )
    try:
        assert process.stdout
        if process.stdout.readline() != b"ready\n":
            raise SystemExit("the application did not start")
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(20)


def load(port: int, address: str, what: str) -> dict[str, float]:
    done = subprocess.run(
        [*LOAD, str(port), address, what],
        stdout=subprocess.PIPE,
        timeout=TIME_LIMIT,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def resident(pid: int) -> int:
    return int(psutil.Process(pid).memory_info().rss)


def stalled(port: int, pid: int, address: str) -> float:
    """Return the bytes resident for each client that asked for the file and does not read."""
    load(port, address, "seeks")  # warm: what the first requests load is not a stream's cost
    before = resident(pid)
    with subprocess.Popen(
        [*LOAD, str(port), address, "stalled"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as clients:
        assert clients.stdout
        assert clients.stdin
        count = json.loads(clients.stdout.readline())["clients"]
        after = resident(pid)
        clients.stdin.close()
        clients.wait(TIME_LIMIT)
    return (after - before) / count


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="shadow-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        path = folder / "film.mkv"
        piece = os.urandom(64 << 20)
        with path.open("wb") as file:
            for _ in range(SIZE // len(piece)):
                file.write(piece)
        with (
            running_nginx(folder, server=f"root {folder};", workers="auto", **NGINX) as theirs,
            running_ours(folder, path) as (ours, pid),
        ):
            expires = int(time.time()) + 3600
            link = sign_link(f"/stream/{FILE_ID}", expires=expires, secret=SECRET)
            report({theirs: "/film.mkv", ours: link}, theirs, ours, pid)


def report(addresses: dict[int, str], theirs: int, ours: int, pid: int) -> None:
    found: dict[tuple[str, int], list[dict[str, float]]] = {}
    for turn in range(TURNS):
        for what in ("download", "readers", "seeks"):
            for port in (theirs, ours) if turn % 2 else (ours, theirs):
                found.setdefault((what, port), []).append(load(port, addresses[port], what))

    def median(what: str, port: int, figure: str) -> float:
        return statistics.median(run[figure] for run in found[what, port])

    print(f"file 1 GiB in the page cache, {os.cpu_count()} cores, median of {TURNS} turns")
    print(f"{'':34}{'shadow':>10}{'nginx':>10}{'ratio':>8}")
    for what, label in (("download", "one download"), ("readers", "64 range readers")):
        us, them = (median(what, port, "bytes_per_second") / 1e9 for port in (ours, theirs))
        print(f"{label + ', GB/s':34}{us:10.2f}{them:10.2f}{us / them:8.2f}")
    for figure in ("p50_ms", "p99_ms"):
        us, them = (median("seeks", port, figure) for port in (ours, theirs))
        print(f"{f'seek, first byte, {figure[:3]}, ms':34}{us:10.2f}{them:10.2f}{us / them:8.2f}")
    held = stalled(ours, pid, addresses[ours])
    print(f"{'resident per stalled stream, KB':34}{held / 1000:10.0f}")


if __name__ == "__main__":
    main()
