"""Worker functions that stand in for encoders: they run in child processes of tests."""

import errno
import os
import signal
import time
from pathlib import Path


def _write(target: bytes, content: bytes) -> dict[str, int]:
    fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    with os.fdopen(fd, "wb") as file:
        file.write(content)
    return {"size": len(content)}


def repeat(text: str, times: int, target: bytes) -> dict[str, int]:
    """Write a text many times."""
    return _write(target, text.encode() * times)


def noted(log: bytes, text: str, target: bytes) -> dict[str, int]:
    """Write a text, and a line in a log that says so."""
    with Path(os.fsdecode(log)).open("ab") as file:
        file.write(f"{text} {os.getpid()}\n".encode())
    return _write(target, text.encode())


def wait_for(gate: bytes, text: str, target: bytes) -> dict[str, int]:
    """Write half of a text, wait until the file `gate` is there, and write the rest."""
    half = len(text) // 2
    begun = Path(os.fsdecode(gate) + ".begun")
    fresh = begun.with_suffix(f".{os.getpid()}")
    fresh.write_text(str(os.getpid()))
    fresh.rename(begun)
    with Path(os.fsdecode(target)).open("xb") as file:
        file.write(text[:half].encode())
        file.flush()
        while not Path(os.fsdecode(gate)).exists():
            time.sleep(0.01)
        file.write(text[half:].encode())
    return {"size": len(text)}


def die_once(mark: bytes, text: str, target: bytes) -> dict[str, int]:
    """Be killed half-way the first time, and write a text the second time."""
    if not os.path.exists(mark):  # noqa: PTH110 bytes
        Path(os.fsdecode(mark)).touch()
        Path(os.fsdecode(target)).write_text(text[:1])
        os.kill(os.getpid(), signal.SIGKILL)
    return _write(target, text.encode())


def die(target: bytes) -> dict[str, int]:
    """Be killed half-way."""
    Path(os.fsdecode(target)).write_text("x")
    os.kill(os.getpid(), signal.SIGKILL)
    return {"size": 1}


def fill_disk(mark: bytes, text: str, target: bytes) -> dict[str, int]:
    """Find the disk full as long as `mark` is not there; say so once in `mark`.tried."""
    with Path(os.fsdecode(mark) + ".tried").open("ab") as file:
        file.write(b"x")
    if not os.path.exists(mark):  # noqa: PTH110 bytes
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return _write(target, text.encode())


def process_id() -> int:
    """Return which process this is."""
    return os.getpid()


FUNCTIONS = tuple(
    f"{__name__}:{function.__name__}"
    for function in (repeat, noted, wait_for, die_once, die, fill_disk, process_id)
)
