"""Places where nobody may knock, and a record of every connection that this process makes."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

PLACES = ("127.0.0.1", "127.0.0.2", "::1")


@dataclass
class Canary:
    """One port of several loopback addresses, over TCP and UDP, and who knocked there."""

    port: int
    knocks: list[str] = field(default_factory=list)


class _Ear(asyncio.DatagramProtocol):
    def __init__(self, canary: Canary, place: str) -> None:
        self._canary = canary
        self._place = place

    def datagram_received(self, content: bytes, address: Any) -> None:
        self._canary.knocks.append(f"{self._place} over UDP: {content[:40]!r}")


@asynccontextmanager
async def canary(port: int = 0, places: Sequence[str] = PLACES) -> AsyncIterator[Canary]:
    """Listen until the block ends, on a free port unless one is named."""
    if not port:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
    bird = Canary(port)
    with ExitStack() as stack:
        for place in places:
            try:
                await _listen(bird, place, stack)
            except OSError:
                if place != "::1":  # a machine may have no IPv6
                    raise
        yield bird


async def _listen(bird: Canary, place: str, stack: ExitStack) -> None:
    def knocked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        bird.knocks.append(f"{place} over TCP")
        writer.close()

    server = await asyncio.start_server(knocked, place, bird.port)
    stack.callback(server.close)
    loop = asyncio.get_running_loop()
    ear, _ = await loop.create_datagram_endpoint(
        lambda: _Ear(bird, place), local_addr=(place, bird.port)
    )
    stack.callback(ear.close)


_seen: list[str] | None = None


def _note(event: str, given: tuple[Any, ...]) -> None:
    if _seen is not None and event in {"socket.connect", "socket.sendto"}:
        address = given[-1]
        if isinstance(address, tuple):
            _seen.append(str(address[0]))


sys.addaudithook(_note)


@contextmanager
def connections_seen() -> Iterator[list[str]]:
    """Collect the address of every connection and packet of this process, as they are made."""
    global _seen
    _seen = []
    try:
        yield _seen
    finally:
        _seen = None
