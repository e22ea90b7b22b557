"""Ask a worker process about media files, and believe its answers only after checking them."""

from typing import Any

from pydantic import TypeAdapter, ValidationError

from shadow.ingest.probe_facts import MediaFacts
from shadow.kit.errors import Kind
from shadow.runtime.media_errors import MediaError
from shadow.runtime.workers import TaskFailed, TaskTimedOut, WorkerCrashed, WorkerPool

PROBE = "shadow.ingest.probe:probe"
GRAB_FRAME = "shadow.ingest.frames:grab_frame"
COVER_ART = "shadow.ingest.frames:cover_art"
WORKER_FUNCTIONS = (PROBE, GRAB_FRAME, COVER_ART)
"""What a `WorkerPool` must allow for the functions of this module."""

_FACTS = TypeAdapter(MediaFacts)


class MediaRefused(MediaError):
    """A worker could not make sense of a file; `code` says which kind of trouble it had."""

    def __init__(self, detail: str, *, code: str, kind: Kind = Kind.invalid) -> None:
        super().__init__(detail)
        self.code = code
        self.kind = kind


async def probe_in(
    pool: WorkerPool, path: bytes | str, *, seconds: float | None = None
) -> MediaFacts:
    """Read a file's technical facts in a worker process, by path or the address it is lent under.

    It may take `seconds`; None is what suits a file on a disk.

    Raises:
        MediaRefused: The file is missing, empty, damaged, of no known kind, too slow to read, or
            it crashed the reader. The detail is a sentence for the file's owner.
        WorkerUnavailable: No worker can be started.
    """
    answer = await _ask(pool, PROBE, path, seconds=seconds)
    try:
        return facts_from_json(answer)
    except ValidationError as error:
        raise MediaRefused(
            "Reading the file gave impossible values.", code="runtime.media_damaged"
        ) from error


async def grab_frame_in(
    pool: WorkerPool, path: bytes | str, *, height: int = 720, seconds: float | None = None
) -> bytes:
    """Take a WebP picture from a film in a worker process: see `frames.grab_frame`.

    Raises:
        MediaRefused: There is none to take; the detail says why.
        WorkerUnavailable: No worker can be started.
    """
    return _webp(await _ask(pool, GRAB_FRAME, path, None, height, seconds=seconds))


async def cover_art_in(
    pool: WorkerPool, path: bytes | str, *, seconds: float | None = None
) -> bytes:
    """Take the embedded cover as WebP in a worker process: see `frames.cover_art`.

    Raises:
        MediaRefused: There is none (`code` is `runtime.no_picture`), or it is damaged.
        WorkerUnavailable: No worker can be started.
    """
    return _webp(await _ask(pool, COVER_ART, path, seconds=seconds))


def _webp(answer: Any) -> bytes:
    if not isinstance(answer, bytes) or answer[:4] != b"RIFF" or answer[8:12] != b"WEBP":
        raise MediaRefused("Reading the file gave no picture.", code="runtime.media_damaged")
    return answer


def facts_from_json(value: Any) -> MediaFacts:
    """Check decoded JSON and build the facts. Raises pydantic's ValidationError."""
    return _FACTS.validate_python(value)


def facts_to_json(facts: MediaFacts) -> dict[str, Any]:
    """Turn facts into plain JSON values, for a database column or an answer."""
    return _FACTS.dump_python(facts, mode="json")  # type: ignore[no-any-return] # a dataclass dumps to a dict


async def _ask(pool: WorkerPool, function: str, *args: Any, seconds: float | None = None) -> Any:
    try:
        return await pool.call(function, *args, timeout=seconds)
    except TaskFailed as error:
        raise MediaRefused(error.detail, code=error.code, kind=error.kind) from error
    except TaskTimedOut as error:
        raise MediaRefused(
            f"Reading the file was given up: {error.detail}", code="ingest.media_hangs"
        ) from error
    except WorkerCrashed as error:
        raise MediaRefused(
            f"Reading the file made the reader fail: {error.detail}", code="ingest.media_crashes"
        ) from error
