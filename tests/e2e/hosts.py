"""What runs in a thread of its own, for tests that drive a browser step by step: a file host."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TypeVar

from tests.support.hosting import Host, hosting

Held = TypeVar("Held")


@contextmanager
def in_thread(make: Callable[[], AbstractAsyncContextManager[Held]]) -> Iterator[Held]:
    """Hold something asynchronous open beside a test that is not."""
    held: list[Held] = []
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    over = asyncio.Event()

    async def hold() -> None:
        async with make() as opened:
            held.append(opened)
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(hold()), daemon=True)
    thread.start()
    assert ready.wait(20)
    try:
        yield held[0]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(20)


class HostInThread:
    """A `Host` of which files can be held up in the middle, and let go."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._ready = threading.Event()
        self._over: asyncio.Event
        self._loop: asyncio.AbstractEventLoop
        self._host: Host
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def start(self) -> None:
        """Serve from now on."""
        self._thread.start()
        assert self._ready.wait(10)

    def stop(self) -> None:
        """Serve no more."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    def url(self, path: str) -> str:
        """Return the address of a file."""
        return self._host.url(path)

    def hold(self, *paths: str) -> None:
        """Send no more than the first block of these files until `let_go`."""
        self._loop.call_soon_threadsafe(self._host.gate.clear)
        self._host.held.update(paths)

    def let_go(self) -> None:
        """Send everything to its end."""
        self._host.held.clear()
        self._loop.call_soon_threadsafe(self._host.gate.set)

    def slow(self, seconds: float) -> None:
        """Let each block of a file take so long."""
        self._host.seconds_a_block = seconds

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        async with hosting(self._files) as self._host:
            self._ready.set()
            await self._over.wait()
            self._host.gate.set()


@contextmanager
def host_in_thread(files: Mapping[str, bytes]) -> Iterator[HostInThread]:
    """Serve files for the length of a block."""
    host = HostInThread(files)
    host.start()
    try:
        yield host
    finally:
        host.stop()
