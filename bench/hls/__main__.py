"""`python -m bench.hls [PART…]`: playback beside a bare FFmpeg doing the same work.

Everything is on one film of two hours, 2.8 GB, 1080p H.264 and AC-3 5.1, in the page cache. Ours
and theirs take turns, in one run.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import psutil

from bench.hls import first_segments, memory, sustained, trickplay
from bench.hls.films import film_folder, two_hours, warm

PARTS: dict[str, Callable[[Path], None]] = {
    "index": first_segments.index,
    "resting": first_segments.resting,
    "segments": first_segments.segments,
    "playlists": first_segments.playlists,
    "sustained": sustained.throughput,
    "viewers": sustained.viewers,
    "memory": memory.viewers,
    "trickplay": lambda film: trickplay.pictures(film.parent),
}


def main() -> None:
    """Measure the named parts, or all, and print."""
    wanted = sys.argv[1:] or list(PARTS)
    if unknown := set(wanted) - set(PARTS):
        raise SystemExit(f"Unknown: {', '.join(unknown)}. There are: {', '.join(PARTS)}")
    with film_folder() as folder:
        film = two_hours(folder)
        warm(film)
        busy = psutil.getloadavg()[0]
        print(f"{film.stat().st_size / 1e9:.1f} GB, 2 h, 1080p; load before: {busy:.1f}")
        for name in wanted:
            PARTS[name](film)


if __name__ == "__main__":
    main()
