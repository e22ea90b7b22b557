"""How playback's workers get at a file: a way to have it opened, wherever it lies."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial
from typing import Final

from shadow.catalog.service import FileBytes, lent_file, lies_here
from shadow.runtime.context import Runtime

Lend = Callable[[], AbstractAsyncContextManager[bytes]]
"""Gives what a worker opens the file by, good as long as the block runs. See `lent_file`."""
PLAYED_SECONDS: Final = 30.0
"""How long a far file that is played stays lent between two segments: workers keep it open."""


def lend(runtime: Runtime, file: FileBytes, *, linger: float = 0.0) -> Lend:
    """Return how a catalogued file is had."""
    if lies_here(file):
        return at_path(file.key)
    return partial(lent_file, runtime, file, linger=linger)


def at_path(path: bytes) -> Lend:
    """Return how a file of this machine is had, by its absolute path."""
    return lambda: nullcontext(path)
