"""Store one large file in every way and print time and memory of each.

`python -m bench.storage [GiB]`. Each way runs in a process of its own.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

GOAL_MB = 64
WAYS = {
    "cp and fsync, for comparison": "cp",
    "sha256_of": "hash",
    "local, taken as it is": "taken",
    "local, copied": "copied",
    "s3": "s3",
    "rclone": "rclone",
    "local copied, tee to s3": "copied+s3",
    "local copied, tee to rclone": "copied+rclone",
    "s3, tee to rclone": "s3+rclone",
}


def main() -> None:
    """Print the table."""
    gib = float(sys.argv[1]) if len(sys.argv) > 1 else 4.0
    size = int(gib * (1 << 30))
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
        film = Path(folder) / "film.mkv"
        write(film, size)
        print(f"\n| {gib:g} GiB | seconds | MB/s | MB of memory added | goal |")
        print("| --- | ---: | ---: | ---: | ---: |", flush=True)
        for title, way in WAYS.items():
            run = [sys.executable, "-m", "bench.storage.measured", way, folder]
            said = json.loads(subprocess.run(run, check=True, stdout=subprocess.PIPE).stdout)
            speed = size / said["seconds"] / 1e6
            print(
                f"| {title} | {said['seconds']:.1f} | {speed:,.0f} | {said['added'] / 1e6:.0f} "
                f"| ≤ {GOAL_MB} |",
                flush=True,
            )


def write(film: Path, size: int) -> None:
    """Make a file whose bytes no disk and no service can leave out."""
    block = os.urandom(8 << 20)
    with film.open("wb") as file:
        for start in range(0, size, len(block)):
            file.write(block[: size - start])
        file.flush()
        os.fsync(file.fileno())


main()
