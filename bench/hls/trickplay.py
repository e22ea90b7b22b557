"""Preview pictures: our key pictures by the index, beside FFmpeg in two ways."""

import asyncio
import os
import tempfile
import time
from pathlib import Path

from bench.hls import bare
from bench.hls.films import looped
from bench.hls.tables import heading, row
from shadow.hls.previews.layout import COLUMNS, lay_out
from shadow.hls.previews.making import MAKE_SHEET
from shadow.hls.segments.facts import FileIndex
from shadow.runtime.workers import WorkerPool

INDEX_FILE = "shadow.hls.segments.index:index_file"
MINUTES = 10
TILES = ("-vf", "fps=1/10,scale=320:180,tile=10x10", "-q:v", "4", "-an")


def pictures(folder: Path) -> None:
    """Print how long the pictures of ten minutes take, and of the whole film."""
    short = folder / "ten minutes.mkv"
    if not short.exists():
        looped(folder, short, MINUTES)
    with tempfile.TemporaryDirectory(prefix="shadow-bench-") as name:
        place = Path(name)
        out = str(place / "%d.jpg")
        ours, size = asyncio.run(sheets(short, place))
        every, _ = bare.run("-i", str(short), *TILES, out)
        keys, _ = bare.run("-skip_frame", "nokey", "-i", str(short), *TILES, "-y", out)
        whole, whole_size = asyncio.run(sheets(folder / "two hours.mkv", place))
    heading("preview pictures, 320 px, each 10 s", "10 min", "times ours", "goal")
    row("shadow, index included, worker up", f"{ours:.2f} s", "1.0", "")
    row("ffmpeg, every picture decoded", f"{every:.2f} s", f"{every / ours:.1f}", "≥ 15")
    row("ffmpeg, -skip_frame nokey", f"{keys:.2f} s", f"{keys / ours:.1f}", "")
    print(
        f"\nThe film of two hours: {whole:.1f} s, {whole_size / 1e6:.1f} MB. "
        f"Ten minutes: {size / 1e6:.2f} MB.",
        flush=True,
    )


async def sheets(film: Path, place: Path) -> tuple[float, int]:
    """Make all sheets of a film in one worker process; return seconds and bytes."""
    functions = (INDEX_FILE, MAKE_SHEET)
    async with WorkerPool(1, functions=functions, task_timeout=900) as pool:
        await make(pool, film, place / f"{film.stem} warm", 1)  # process up, libraries loaded
        begun = time.perf_counter()
        total = await make(pool, film, place / film.stem, 1 << 30)
        return time.perf_counter() - begun, total


async def make(pool: WorkerPool, film: Path, target: Path, most: int) -> int:
    """Index a film and make its first pictures, `most` of each sheet; return their bytes."""
    path, seen = os.fsencode(film), film.stat()
    index = FileIndex.from_bytes(await pool.call(INDEX_FILE, path))
    layout = lay_out(index)
    assert index.video is not None
    total = 0
    for number in range(layout.sheets):
        order = {
            "stream": index.video.stream,
            "file_key": f"{seen.st_size}-{seen.st_mtime_ns}-",
            "keys": layout.keys_of(number)[:most],
            "width": layout.width,
            "height": layout.height,
            "columns": COLUMNS,
        }
        made = await pool.call(MAKE_SHEET, path, order, os.fsencode(f"{target} {number}"))
        total += made["size"]
    return total
