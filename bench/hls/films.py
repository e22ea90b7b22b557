"""The films that playback is measured on: made once by FFmpeg, looped without encoding again."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shadow.runtime.processes import find_ffmpeg

CLIP_SECONDS = 60
LOOPS = 120
PICTURE = (
    "testsrc2=size=1920x1080:rate=24000/1001:duration={seconds},noise=alls=12:allf=t",
    "anoisesrc=color=pink:duration={seconds}:amplitude=0.3,aformat=channel_layouts=5.1",
)
CODECS = (
    *("-c:v", "libx264", "-preset", "veryfast", "-b:v", "2700k", "-maxrate", "5M"),
    *("-bufsize", "8M", "-g", "120", "-keyint_min", "12", "-bf", "3", "-pix_fmt", "yuv420p"),
    *("-c:a", "ac3", "-b:a", "384k"),
)


def ffmpeg(*args: str) -> None:
    """Run the pinned FFmpeg to the end."""
    quiet = ("-hide_banner", "-loglevel", "error", "-nostdin", "-y")
    subprocess.run([str(find_ffmpeg()), *quiet, *args], check=True)


def two_hours(folder: Path) -> Path:
    """Return a film of 2 h and 2.8 GB: 1080p H.264 at 23.976 with grain, and AC-3 5.1."""
    film = folder / "two hours.mkv"
    if not film.exists():
        looped(folder, film, LOOPS)
    return film


def looped(folder: Path, film: Path, times: int) -> None:
    """Write the clip `times` over, made first if it is not there."""
    clip = folder / "clip.mkv"
    if not clip.exists():
        inputs = [("-f", "lavfi", "-i", one.format(seconds=CLIP_SECONDS)) for one in PICTURE]
        fresh = folder / "fresh.mkv"
        ffmpeg(*(part for one in inputs for part in one), *CODECS, str(fresh))
        fresh.replace(clip)
    fresh = film.with_name("fresh.mkv")
    ffmpeg("-stream_loop", str(times - 1), "-i", str(clip), "-c", "copy", str(fresh))
    fresh.replace(film)


@contextmanager
def film_folder() -> Iterator[Path]:
    """Give a folder for films: `SHADOW_BENCH_FILMS`, which keeps them, or one that goes."""
    kept = os.environ.get("SHADOW_BENCH_FILMS")
    if kept:
        folder = Path(kept)
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="shadow-bench-films-") as name:
        yield Path(name)


def warm(film: Path) -> None:
    """Read a film into the page cache."""
    buffer = bytearray(8 << 20)
    with film.open("rb", buffering=0) as file:
        while file.readinto(buffer):
            pass
