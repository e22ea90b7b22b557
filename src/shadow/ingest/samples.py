"""Samples: half a minute of a film as a small MP4 that every browser plays."""

import asyncio
import os
import secrets
from pathlib import Path
from typing import Final

from shadow.ingest.screenshots import drop_unfinished
from shadow.runtime.context import Runtime
from shadow.runtime.processes import INPUT_RULES, find_ffmpeg, media_argument, run_ffmpeg

SECONDS: Final = 30
SHORTEST: Final = 90.0
"""Seconds of a film that a sample is cut from; of shorter ones it would be most of the film."""
PLACE: Final = 0.3
"""Of the film: past the opening, before what must not be given away."""
TIMEOUT: Final = 600.0
HEIGHT: Final = 480
_PICTURE: Final = (
    *("-map", "0:v:0", "-map", "0:a:0?", "-sn", "-dn", "-map_metadata", "-1"),
    *("-map_chapters", "-1", "-threads", "1"),
    *("-vf", f"scale=-2:'min({HEIGHT},ih)':flags=area,format=yuv420p"),
    *("-c:v", "libx264", "-preset", "veryfast", "-crf", "26", "-profile:v", "high"),
    *("-c:a", "aac", "-b:a", "96k", "-ac", "2", "-movflags", "+faststart", "-f", "mp4"),
)


async def cut_sample(
    runtime: Runtime, path: Path, into: Path, *, duration: float | None
) -> Path | None:
    """Cut 30 s of a local film into the file `into`; None where the film is too short for one.

    Safe to repeat: a sample that is there stays. A kill leaves no half one under the name.

    Raises:
        ProgramMissing, ProgramTimedOut, ProgramFailed.
    """
    if await asyncio.to_thread(into.is_file):
        return into
    if duration is None or duration < SHORTEST:
        return None
    fresh = into.with_name(f".{into.name}.{os.getpid()}.{secrets.token_hex(4)}")
    await asyncio.to_thread(into.parent.mkdir, mode=0o700, parents=True, exist_ok=True)
    await asyncio.to_thread(drop_unfinished, into)
    start = f"{duration * PLACE:.3f}"
    try:
        await run_ffmpeg(
            find_ffmpeg(),
            [
                *INPUT_RULES, "-ss", start, "-i", media_argument(path), "-t", str(SECONDS),
                *_PICTURE, media_argument(fresh),
            ],
            timeout=TIMEOUT,
        )  # fmt: skip
        await asyncio.to_thread(fresh.replace, into)
    finally:
        await asyncio.to_thread(fresh.unlink, missing_ok=True)
    return into
