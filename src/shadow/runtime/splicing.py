"""Carry bytes from one connected socket to another within the kernel (Linux, splice(2)).

None of them passes through this process's memory, which halves what a relayed byte costs.
"""

import asyncio
import errno
import fcntl
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final

BLOCK: Final = 1 << 20  # bytes; as much as a pipe may hold without further rights
NO_SPLICE: Final = frozenset({errno.EINVAL, errno.ENOSYS, errno.EPERM, errno.EMFILE, errno.ENFILE})


async def splice_on(
    source: socket.socket, target: socket.socket, moved: Callable[[int], None]
) -> bool:
    """Carry bytes until the source has ended; tell whether that can be done here at all.

    Args:
        source: non-blocking, as `target` is.
        target: where all goes.
        moved: told how many bytes came, before they are passed on; what it raises ends it.

    Returns:
        False if nothing was carried, because this system or these sockets cannot.

    Raises:
        OSError: one of the two broke off.
    """
    if sys.platform != "linux":
        return False
    try:
        leaving, entering = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        with suppress(OSError):  # a smaller one does too
            fcntl.fcntl(entering, fcntl.F_SETPIPE_SZ, BLOCK)
        return await _carry(source, target, moved, (leaving, entering))
    finally:
        os.close(leaving)
        os.close(entering)


if sys.platform == "linux":

    async def _carry(
        source: socket.socket,
        target: socket.socket,
        moved: Callable[[int], None],
        pipe: tuple[int, int],
    ) -> bool:
        leaving, entering = pipe
        begun = False
        while True:
            try:
                count = _spliced(source.fileno(), entering, BLOCK)
            except OSError as error:
                if not begun and error.errno in NO_SPLICE:
                    return False
                raise
            if count is None:
                await _ready(source, to_write=False)
                continue
            if not count:
                return True
            begun = True
            moved(count)
            while count:
                sent = _spliced(leaving, target.fileno(), count)
                if sent is None:
                    await _ready(target, to_write=True)
                else:
                    count -= sent
            await asyncio.sleep(0)  # two fast ends must not keep the loop from everybody else

    def _spliced(source: int, target: int, most: int) -> int | None:
        """Move bytes; None when there are none yet, or no room for them."""
        try:
            return os.splice(source, target, most, flags=os.SPLICE_F_MOVE | os.SPLICE_F_NONBLOCK)
        except (BlockingIOError, InterruptedError):
            return None


async def _ready(sock: socket.socket, *, to_write: bool) -> None:
    loop = asyncio.get_running_loop()
    add, remove = (
        (loop.add_writer, loop.remove_writer) if to_write else (loop.add_reader, loop.remove_reader)
    )
    ready = asyncio.Event()
    add(sock, ready.set)
    try:
        await ready.wait()
    finally:
        remove(sock)
