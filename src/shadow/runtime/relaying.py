"""Carry bytes between two connected sockets, both ways, until both have said all."""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from functools import partial

from shadow.runtime.proxy_answers import ClosingAnswer
from shadow.runtime.splicing import splice_on

BLOCK = 256 << 10  # bytes a read takes at most: fewer rounds of the loop than with less
LARGE = 1 << 20  # bytes after which it pays to have the kernel carry the rest
Moved = Callable[[int, int], None]


async def relay(
    client: socket.socket,
    server: socket.socket,
    *,
    moved: Moved,
    from_client: int | None = None,
    answer: ClosingAnswer | None = None,
    splice: bool = False,
) -> None:
    """Carry bytes until both sides have ended, or one breaks off.

    Args:
        client: non-blocking, as `server` is.
        server: the far end.
        moved: told how many bytes came from the server and from the client, before they are
            passed on; what it raises ends the relay.
        from_client: after so many bytes nothing more of the client is passed on, and the relay
            ends with the server's side.
        answer: changes what the server says at first.
        splice: have the kernel carry what the server sends, once that is much. Takes two more
            file descriptors.
    """
    outwards = asyncio.ensure_future(_carry(client, server, partial(moved, 0), from_client))
    inwards = asyncio.ensure_future(
        _bring(server, client, lambda count: moved(count, 0), answer, splice=splice)
    )
    try:
        with contextlib.suppress(OSError):
            if from_client is None:
                await asyncio.gather(outwards, inwards)
            else:
                await inwards
    finally:
        for half in (outwards, inwards):
            half.cancel()
        await asyncio.gather(outwards, inwards, return_exceptions=True)


async def _bring(
    server: socket.socket,
    client: socket.socket,
    moved: Callable[[int], None],
    answer: ClosingAnswer | None,
    *,
    splice: bool,
) -> None:
    loop = asyncio.get_running_loop()
    while answer is not None and not answer.done:
        block = await loop.sock_recv(server, BLOCK)
        moved(len(block))
        await loop.sock_sendall(client, answer(block) if block else answer.rest())
        if not block:
            break
    await _carry(server, client, moved, None, splice=splice)


async def _carry(
    source: socket.socket,
    target: socket.socket,
    moved: Callable[[int], None],
    limit: int | None,
    *,
    splice: bool = False,
) -> None:
    loop = asyncio.get_running_loop()
    buffer = memoryview(bytearray(BLOCK))
    left, carried = limit, 0
    while left is None or left > 0:
        if splice and carried >= LARGE:
            if await splice_on(source, target, moved):
                break
            splice = False
        count = await loop.sock_recv_into(source, buffer if left is None else buffer[:left])
        if not count:
            break
        moved(count)
        await loop.sock_sendall(target, buffer[:count])
        carried += count
        left = left if left is None else left - count
    if limit is None:  # else the request is whole, and some servers take an end for an abort
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)


async def speaks_within(sock: socket.socket, seconds: float) -> bool:
    """Wait until there is something to read, or an end; tell whether it came in time."""
    loop = asyncio.get_running_loop()
    spoken = asyncio.Event()
    loop.add_reader(sock, spoken.set)
    try:
        async with asyncio.timeout(seconds):
            await spoken.wait()
    except TimeoutError:
        return False
    finally:
        loop.remove_reader(sock)
    return True
