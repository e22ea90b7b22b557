"""`make bench [ARGS="streaming start"]`: run the benchmarks in turn and print their tables."""

import platform
import subprocess
import sys
import time

import psutil

BENCHMARKS = {
    "start": ["-m", "bench.app.start"],
    "naming": ["-m", "bench.kit.naming"],
    "lists": ["-m", "bench.catalog.lists_and_search"],
    "probe": ["-m", "bench.ingest.probe"],
    "scan": ["-m", "bench.ingest.scan"],
    "ingest": ["-m", "bench.ingest.leech"],
    "storage": ["-m", "bench.storage"],
    "streaming": ["-m", "bench.streaming"],
    "hls": ["-m", "bench.hls"],
    "slices": ["-m", "bench.storage.slices"],
    "telegram": ["-m", "bench.telegram.transfers"],
    "links": ["-m", "bench.telegram.links"],
}


def machine() -> str:
    """Return the machine and the commit in one line."""
    commit = ["git", "rev-parse", "--short", "HEAD"]
    known = subprocess.run(commit, capture_output=True, text=True, check=False).stdout.strip()
    memory = psutil.virtual_memory().total >> 30
    return (
        f"{psutil.cpu_count()} cores, {memory} GiB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, commit {known or 'unknown'}"
    )


def main() -> int:
    """Run the named benchmarks, or all."""
    wanted = sys.argv[1:] or list(BENCHMARKS)
    unknown = [name for name in wanted if name not in BENCHMARKS]
    if unknown:
        print(f"Unknown: {', '.join(unknown)}. There are: {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    print(machine(), flush=True)
    failed = []
    for name in wanted:
        started = time.monotonic()
        print(f"\n## {name}\n", flush=True)
        if subprocess.run([sys.executable, *BENCHMARKS[name]], check=False).returncode:
            failed.append(name)
        print(f"\n({time.monotonic() - started:.0f} s)", flush=True)
    if failed:
        print(f"Failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


sys.exit(main())
