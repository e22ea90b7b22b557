"""Sending the parts of one document: several under way over several connections."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from shadow.storage.errors import StorageUnavailable
from shadow.telegram.errors import LinkLost, TelegramFlood, TelegramRefused
from shadow.telegram.library import TLObject, functions, types
from shadow.telegram.sessions.session import Session

AT_ONCE: Final = 16
"""Parts under way: 8 MiB, which is what an upload costs in memory."""
STALL_SECONDS: Final = 60.0
LONGEST_FLOOD: Final = 120.0
"""A longer flood wait is not waited out: the document is begun again with another session."""
SHORTEST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 2.0


@dataclass(frozen=True, slots=True)
class Part:
    """A part to be sent; `total` is how many there are, -1 while that is not known."""

    number: int
    content: bytes
    total: int


class PartsRefused(Exception):
    """Telegram takes no more parts under this file id: the document is to be begun anew."""


class Sending:
    """Sends parts under one file id. Failures are raised by the next call."""

    def __init__(
        self, session: Session, file_id: int, *, big: bool, confirmed: Callable[[int], None]
    ) -> None:
        """Take whose upload it is, its id, and whether it is a big file (above 10 MiB).

        `confirmed` is told the number of each part that Telegram has taken.
        """
        self._session = session
        self._file_id = file_id
        self._big = big
        self._running: set[asyncio.Task[None]] = set()
        self._failure: BaseException | None = None
        self._room = asyncio.Semaphore(AT_ONCE)
        self._loop = asyncio.get_running_loop()
        self._confirmed = confirmed

    async def add(self, part: Part) -> None:
        """Have a part sent; waits while as many as may be are under way."""
        await self._room.acquire()
        self._check()
        task = asyncio.create_task(self._deliver(part))
        self._running.add(task)
        task.add_done_callback(self._ended)

    async def finish(self) -> None:
        """Wait until all parts are confirmed."""
        while self._running and self._failure is None:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
        self._check()

    async def close(self) -> None:
        """End what is under way."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        self._room.release()
        if not task.cancelled() and self._failure is None:
            self._failure = task.exception()

    async def _deliver(self, part: Part) -> None:
        deadline = self._loop.time() + STALL_SECONDS
        pause = SHORTEST_PAUSE
        while True:
            try:
                await self._try(part)
            except TelegramFlood as flood:
                if flood.seconds > LONGEST_FLOOD:
                    raise
                await asyncio.sleep(flood.seconds)
                deadline = self._loop.time() + STALL_SECONDS
            except LinkLost as lost:
                if self._loop.time() + pause > deadline:
                    raise StorageUnavailable(
                        f"Telegram took no part of the file for {STALL_SECONDS:.0f} s. "
                        f"{lost.detail}",
                        retry_after=30,
                    ) from lost
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                self._confirmed(part.number)
                return

    async def _try(self, part: Part) -> None:
        links = self._session.files(self._session.login.home)
        request = self._request(part)
        try:
            taken = await links.send(request, size_hint=len(part.content))
        except TelegramRefused as refused:
            raise PartsRefused(refused.detail) from refused
        if not taken:
            raise LinkLost("Telegram did not take a part.")

    def _request(self, part: Part) -> TLObject:
        if not self._big:
            return functions.upload.SaveFilePartRequest(
                file_id=self._file_id, file_part=part.number, bytes=part.content
            )
        return functions.upload.SaveBigFilePartRequest(
            file_id=self._file_id,
            file_part=part.number,
            file_total_parts=part.total,
            bytes=part.content,
        )


def input_file(file_id: int, parts: int, *, name: str, md5: str | None) -> TLObject:
    """Return the uploaded file as a message takes it; a small one with its MD5."""
    if md5 is None:
        return types.InputFileBig(id=file_id, parts=parts, name=name)
    return types.InputFile(id=file_id, parts=parts, name=name, md5_checksum=md5)
