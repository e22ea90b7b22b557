"""What a bare FFmpeg does instead: one process for one piece of work.

It runs at the priority of our own workers, so that other work on the machine slows both alike.
"""

import os
import resource
import subprocess
import time
from pathlib import Path

from shadow.runtime.processes import find_ffmpeg
from shadow.runtime.worker_main import NICENESS

PIPE = ("-f", "mp4", "-movflags", "frag_keyframe+empty_moov+default_base_moof", "pipe:1")
COPY = ("-map", "0:v:0", "-c", "copy", *PIPE)
AAC = ("-map", "0:a:0", "-c:a", "aac", "-ac", "2", "-ar", "48000", "-b:a", "160k", *PIPE)
LADDER_720 = (
    *("-map", "0:v:0", "-vf", "scale=1280:720", "-c:v", "libx264", "-preset", "veryfast"),
    *("-crf", "23", "-maxrate", "4M", "-bufsize", "4M", "-g", "100000", "-bf", "3"),
    *("-sc_threshold", "0", *PIPE),
)


def run(*args: str) -> tuple[float, float]:
    """Run it to the end; return seconds that passed, and seconds of processor time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    subprocess.run(
        ["nice", "-n", str(NICENESS), str(find_ffmpeg()), "-nostdin", "-v", "error", *args],
        stdout=subprocess.DEVNULL,
        check=True,
    )
    passed = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return passed, used


def piece(film: Path, start: float, seconds: float, work: tuple[str, ...]) -> tuple[float, float]:
    """Do some work on a piece of a film, see `run`."""
    span = ("-ss", f"{start:.3f}", "-t", f"{seconds:.3f}", "-i", os.fspath(film))
    return run(*span, *work)
