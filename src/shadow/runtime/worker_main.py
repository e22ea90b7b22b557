"""The child side of `shadow.runtime.workers`: read a request, run the function, answer.

Started as `python -m shadow.runtime.worker_main PARENT_PID MEMORY_LIMIT MODULE:FUNCTION…`. It
imports a function's module when it is first called, so that a child costs what its work needs.
"""

import ctypes
import importlib
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from shadow.kit.errors import ShadowError
from shadow.runtime.worker_wire import (
    ANSWER_LIMIT,
    ERROR,
    HEADER,
    JSON,
    RAW,
    READY,
    decode_request,
    frame,
)

NICENESS = 5  # below the server's own loop, above nothing: playback comes first
PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    """Arrange to be killed when the parent is, even in the middle of a hung call (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it went before we could ask
        sys.exit(1)


def limit_resources(memory: int) -> None:
    """Cap memory, forbid core dumps, step behind the server, and ignore Ctrl-C.

    Ctrl-C reaches the whole terminal group; the pool ends its children itself.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        total = memory + pages * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (total, total))
    os.nice(NICENESS)


def serve(requests: BinaryIO, answer_fd: int, allowed: frozenset[str]) -> None:
    """Answer requests one after the other until the input ends."""
    functions: dict[str, Callable[..., Any]] = {}
    write_all(answer_fd, frame(READY, b""))
    while len(header := requests.read(HEADER)) == HEADER:
        name, args = decode_request(requests.read(int.from_bytes(header[:4], "big") - 1))
        write_all(answer_fd, answer(functions, allowed, name, args))


def answer(
    functions: dict[str, Callable[..., Any]], allowed: frozenset[str], name: str, args: list[Any]
) -> bytes:
    """Run one function and return the framed answer, whatever it raised."""
    try:
        function = functions.get(name)
        if function is None:
            function = functions[name] = find(name, allowed)
        result = function(*args)
        kind, payload = (RAW, result) if isinstance(result, bytes) else (JSON, orjson.dumps(result))
        if len(payload) + HEADER > ANSWER_LIMIT:
            return failure("runtime.answer_too_long", "exhausted", "The answer is too long.")
        return frame(kind, payload)
    except ShadowError as error:
        return failure(error.code, error.kind.name, error.detail)
    except MemoryError:
        return failure("runtime.task_memory", "exhausted", "It needed more memory than allowed.")
    except Exception as error:
        return failure("runtime.task_failed", "invalid", f"{type(error).__name__}: {error}")


def find(name: str, allowed: frozenset[str]) -> Callable[..., Any]:
    """Import an allow-listed `"module:function"`."""
    if name not in allowed:
        raise LookupError(f"{name} is not allowed in this worker")
    module, _, function = name.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


def failure(code: str, kind: str, detail: str) -> bytes:
    """Frame an error; unencodable characters in it are replaced."""
    clean = detail.encode("utf-8", "replace").decode()[:500]
    return frame(ERROR, orjson.dumps([code, kind, clean]))


def write_all(fd: int, message: bytes) -> None:
    """Write a message to a blocking pipe, in as many pieces as it takes."""
    rest = memoryview(message)
    while rest:
        rest = rest[os.write(fd, rest) :]


def main() -> None:
    """Run the worker until its parent closes the pipe."""
    parent, memory, *allowed = sys.argv[1:]
    die_with(int(parent))
    # Libraries that print must not end up in the answers.
    answer_fd = os.dup(1)
    os.dup2(2, 1)
    limit_resources(int(memory))
    with os.fdopen(0, "rb", buffering=1 << 16, closefd=False) as requests:
        serve(requests, answer_fd, frozenset(allowed))


if __name__ == "__main__":
    main()
