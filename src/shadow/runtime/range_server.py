"""Lend files that lie far away to FFmpeg, in this process and its children, over loopback HTTP.

FFmpeg's libraries cannot be handed a `Reader`. So a file is lent under an address that nobody can
guess, `http://127.0.0.1:PORT/TOKEN`, which answers GET and HEAD with ranges of that one file, never
redirects, and is gone when the last borrower is. Whatever goes wrong with reading is told to the
borrowers at their end: what FFmpeg made of a body that broke off must not be taken for the film.
"""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from shadow.kit.errors import Kind, ShadowError
from shadow.runtime.range_requests import BadRequest, Head, answer_to, parse_head

log = structlog.get_logger(__name__)
FIRST_BLOCK: Final = 32 << 10
"""Bytes read first of an answer: FFmpeg asks to the end of the file and takes what it needs."""
MOST_BLOCK: Final = 512 << 10
SEND_BUFFER: Final = 64 << 10
"""Bytes that the kernel holds for a player of one connection; more would be read for nothing."""
MOST_CONNECTIONS: Final = 64
MOST_IDLE_READERS: Final = 3
HEAD_SECONDS: Final = 60.0
"""How long a connection may be silent between two requests."""
BLOCK_SECONDS: Final = 80.0
"""How long one block may take, with all tries: whoever borrows waits 90 s, then takes the file for
ended (`FAR_SILENCE`)."""
TRIES: Final = 2
MOST_HEAD: Final = 8 << 10


class Readable(Protocol):
    """A file opened far away; see `storage.ports.Reader`."""

    async def read(self, offset: int, length: int) -> bytes | bytearray | memoryview:
        """Return 1 to `length` bytes from `offset`, nothing at the end."""
        ...

    async def close(self) -> None:
        """Let go of it."""
        ...


Block = bytes | bytearray | memoryview
Open = Callable[[], Awaitable[Readable]]
"""Opens the file anew; raises a `ShadowError` when it cannot, or when it is another file now."""


class EndedEarly(ShadowError):
    """The file ended before its size."""

    kind = Kind.unavailable
    code = "runtime.far_file_ended"


class TooSlow(ShadowError):
    """The file could not be read in time."""

    kind = Kind.unavailable
    code = "runtime.far_file_slow"


@dataclass(eq=False)
class _Opening:
    """One file on loan: who has it, what is open of it, and what went wrong."""

    token: str
    key: Hashable
    size: int
    open: Open
    borrowers: int = 0
    idle: list[Readable] = field(default_factory=list)
    connections: set["asyncio.Task[None]"] = field(default_factory=set)
    failure: ShadowError | None = None
    timer: asyncio.TimerHandle | None = None


class RangeServer:
    """The files that one process lends. No port is open before the first is lent."""

    def __init__(self) -> None:
        """Lend nothing yet."""
        self._server: asyncio.Server | None = None
        self._starting = asyncio.Lock()
        self._port = 0
        self._by_key: dict[Hashable, _Opening] = {}
        self._by_token: dict[str, _Opening] = {}
        self._connections: set[asyncio.Task[None]] = set()
        self._ending: set[asyncio.Task[None]] = set()

    @property
    def lent(self) -> int:
        """Count the addresses that answer now."""
        return len(self._by_token)

    @property
    def connected(self) -> int:
        """Count the connections that are open now."""
        return len(self._connections)

    @asynccontextmanager
    async def lend(
        self, key: Hashable, open_file: Open, *, size: int, linger: float = 0.0
    ) -> AsyncIterator[bytes]:
        """Lend a file as long as the block runs; yields its address.

        Several who borrow `key` at once share the address. It is kept for `linger` seconds after
        the last of them, so that a process that keeps the file open may go on with it.

        Args:
            key: what identifies the bytes.
            open_file: opens the file; called once for each connection at a time.
            size: bytes of the file.
            linger: seconds that the address is good for after its last borrower.

        Raises:
            ShadowError: at the end, whatever the block made: reading failed meanwhile.
        """
        await self._listen()
        opening = self._borrowed(key, open_file, size)
        try:
            yield f"http://127.0.0.1:{self._port}/{opening.token}".encode()
        except Exception as error:
            if opening.failure is not None:  # whatever FFmpeg thought of it
                raise opening.failure from error
            raise
        finally:
            opening.borrowers -= 1
            self._given_back(opening, linger)
        if opening.failure is not None:
            raise opening.failure

    async def close(self) -> None:
        """Take every file back and stop listening."""
        for opening in list(self._by_token.values()):
            self._end(opening)
        if self._server is not None:
            self._server.close()
        going = [*self._connections, *self._ending]
        for one in self._connections:
            one.cancel()
        await asyncio.gather(*going, return_exceptions=True)

    async def _listen(self) -> None:
        async with self._starting:
            if self._server is not None:
                return
            listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            try:
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
                listening.bind(("127.0.0.1", 0))
            except BaseException:
                listening.close()
                raise
            self._server = await asyncio.start_server(self._met, sock=listening, limit=MOST_HEAD)
            self._port = listening.getsockname()[1]

    def _borrowed(self, key: Hashable, open_file: Open, size: int) -> _Opening:
        opening = self._by_key.get(key)
        if opening is None:
            opening = _Opening(secrets.token_urlsafe(32), key, size, open_file)
            self._by_key[key] = self._by_token[opening.token] = opening
        if opening.timer is not None:
            opening.timer.cancel()
            opening.timer = None
        opening.borrowers += 1
        return opening

    def _given_back(self, opening: _Opening, linger: float) -> None:
        if opening.borrowers:
            return
        if linger and opening.failure is None:
            loop = asyncio.get_running_loop()
            opening.timer = loop.call_later(linger, self._end, opening)
        else:
            self._end(opening)

    def _failed(self, opening: _Opening, error: ShadowError) -> None:
        """Note what went wrong. Those who have the file will hear of it; others open it anew."""
        log.warning("range_server.reading_failed", code=error.code, reason=error.detail)
        opening.failure = opening.failure or error
        if self._by_key.get(opening.key) is opening:
            del self._by_key[opening.key]

    def _end(self, opening: _Opening) -> None:
        self._by_token.pop(opening.token, None)
        if self._by_key.get(opening.key) is opening:
            del self._by_key[opening.key]
        if opening.timer is not None:
            opening.timer.cancel()
        for one in opening.connections:
            one.cancel()
        ending = asyncio.ensure_future(_closed(opening))
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            if len(self._connections) <= MOST_CONNECTIONS:
                await self._serve(reader, writer, task)
        except (OSError, asyncio.IncompleteReadError, TimeoutError, BadRequest):
            pass  # FFmpeg left, as it does at every seek, or it is nobody whom we know
        except asyncio.CancelledError:
            pass  # the file was taken back: the task ends here, and asyncio would complain
        finally:
            self._connections.discard(task)
            if not writer.is_closing():
                writer.transport.abort()

    async def _serve(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        task: "asyncio.Task[None]",
    ) -> None:
        writer.transport.set_write_buffer_limits(high=SEND_BUFFER)
        while True:
            async with asyncio.timeout(HEAD_SECONDS):
                try:
                    head = parse_head(await reader.readuntil(b"\r\n\r\n"))
                except asyncio.LimitOverrunError as error:
                    raise BadRequest from error
            opening = self._by_token.get(head.token)
            if opening is None or opening.failure is not None:
                writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
                return
            opening.connections.add(task)
            try:
                await self._answer(opening, head, writer)
            finally:
                opening.connections.discard(task)
            if not head.keep_alive:
                await _finished(writer)
                return

    async def _answer(self, opening: _Opening, head: Head, writer: asyncio.StreamWriter) -> None:
        start, stop, answer = answer_to(head, opening.size)
        writer.write(answer)
        reading = _Reading(opening)
        try:
            block_size = FIRST_BLOCK
            while start < stop:
                block = await _in_time(reading.block(start, min(block_size, stop - start)))
                start += len(block)
                if writer.is_closing():  # uvloop's transports raise RuntimeError then
                    raise ConnectionResetError("FFmpeg left while the block was fetched")
                writer.write(block)
                await writer.drain()
                block_size = min(2 * block_size, MOST_BLOCK)
            await writer.drain()
        except ShadowError as error:
            self._failed(opening, error)
            raise ConnectionAbortedError from error
        finally:
            await reading.end()


class _Reading:
    """Blocks of one opening for one answer."""

    def __init__(self, opening: _Opening) -> None:
        self._opening = opening
        self._file: Readable | None = None
        self._sound = True

    async def block(self, offset: int, length: int) -> Block:
        """Return the next bytes; a place that did not answer is opened once more."""
        for left in reversed(range(TRIES)):
            try:
                return await self._once(offset, length)
            except ShadowError as error:
                if error.kind not in {Kind.unavailable, Kind.upstream} or not left:
                    raise
        raise AssertionError("the last try returns or raises")

    async def _once(self, offset: int, length: int) -> Block:
        opening = self._opening
        if self._file is None:
            self._file = opening.idle.pop() if opening.idle else await opening.open()
        self._sound = False
        try:
            block = await self._file.read(offset, length)
            if not block:
                raise EndedEarly("The file ended before its size.")
        except ShadowError:
            await self.end()
            raise
        self._sound = True
        return block

    async def end(self) -> None:
        """Keep the file for the next answer, unless it is in an unknown state."""
        file, self._file = self._file, None
        if file is None:
            return
        opening = self._opening
        lent = opening.borrowers or opening.timer is not None
        if self._sound and lent and len(opening.idle) < MOST_IDLE_READERS:
            opening.idle.append(file)
            return
        with suppress(ShadowError):
            await file.close()


async def _in_time(reading: Awaitable[Block]) -> Block:
    try:
        async with asyncio.timeout(BLOCK_SECONDS):
            return await reading
    except TimeoutError as error:
        raise TooSlow("The storage that holds the file does not send it. Try again.") from error


async def _closed(opening: _Opening) -> None:
    await asyncio.gather(*opening.connections, return_exceptions=True)
    while opening.idle:
        with suppress(ShadowError):
            await opening.idle.pop().close()


async def _finished(writer: asyncio.StreamWriter) -> None:
    """Let the last bytes out before the connection is cut."""
    await writer.drain()
    writer.close()
    await writer.wait_closed()
