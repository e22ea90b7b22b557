"""Take an archive apart in a process of its own, which is killed when nobody waits any more."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict

from shadow.ingest.archives.errors import ArchiveRefused
from shadow.ingest.archives.limits import Limits
from shadow.runtime.workers import TaskFailed, TaskTimedOut, WorkerCrashed, WorkerPool

UNPACK = "shadow.ingest.archives.unpack:unpack"
MOST_SECONDS = 6 * 3600.0
LOOK_SECONDS = 1.0


class Unpacked(TypedDict):
    """A file that came out: its path relative to the target, its size in bytes."""

    path: str
    size: int


class Told(Protocol):
    """Who is told how many bytes came out."""

    def __call__(self, *, bytes_done: int) -> None:
        """Take the number."""
        ...


_ANSWER = TypeAdapter(list[Unpacked])


class UnpackFailed(ArchiveRefused):
    """Unpacking was refused or went wrong; `code` and `kind` say how."""

    def __init__(self, error: TaskFailed) -> None:
        super().__init__(error.detail)
        self.code = error.code
        self.kind = error.kind


async def unpack_in_worker(
    archive: Path, target: Path, *, endings: Iterable[str], limits: Limits, report: Told
) -> list[Unpacked]:
    """Unpack an archive into a folder, see `unpack.unpack`.

    Raises:
        UnpackFailed: with the code of what `unpack` raised.
        ArchiveRefused: the program that unpacks died or never ended.
    """
    async with WorkerPool(1, functions=(UNPACK,)) as pool:
        watching = asyncio.create_task(_watch(target, report))
        try:
            answer = await pool.call(
                UNPACK, str(archive), str(target), sorted(endings), asdict(limits),
                timeout=MOST_SECONDS,
            )  # fmt: skip
            return _ANSWER.validate_python(answer)
        except TaskFailed as error:
            raise UnpackFailed(error) from error
        except (TaskTimedOut, WorkerCrashed, ValidationError) as error:
            raise ArchiveRefused(
                "The archive made the program that unpacks it fail. Unpack it yourself and upload "
                "what is in it."
            ) from error
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching


async def _watch(target: Path, report: Told) -> None:
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        report(bytes_done=await asyncio.to_thread(_size, target))


def _size(folder: Path) -> int:
    total = 0
    with suppress(OSError):  # it comes and goes while we look
        total = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return total
