"""Files that several processes reach for at once and one of them wins."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shadow.kit.errors import Kind, ShadowError

WRITTEN_AT_ONCE = 64 << 10
"""Bytes of one write. Larger ones have Linux look for as much memory in one piece for its cache:
128 KiB and more at a time cost ten times the processor time on ext4 (kernel 6.18, measured)."""


def write_all(descriptor: int, block: bytes | bytearray | memoryview) -> None:
    """Write all of a block where a file stands. Blocks.

    Raises:
        OSError: some of it may be written.
    """
    rest = memoryview(block)
    while rest:
        rest = rest[os.write(descriptor, rest[:WRITTEN_AT_ONCE]) :]


def make_once(path: Path, content: str) -> str:
    """Create `path` whole with `content` unless it exists; return what it holds (owner only).

    Raises:
        OSError: the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.link(fresh, path)  # never half-written, and only one of several processes wins
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text()


class Busy(ShadowError):
    """Another process, or another task of this one, is at work in that place."""

    kind = Kind.unavailable
    code = "runtime.busy"


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Hold a lock file as long as the block runs; the system lets go of it when a process dies.

    Raises:
        Busy: it is held.
    """
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise Busy("Another worker is still at this.", retry_after=5) from None
    try:
        yield
    finally:
        os.close(descriptor)
