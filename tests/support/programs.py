"""Programs of ours as processes of their own: `shadow`, and the modules of tests that stand for it.

They are real processes with their own memory, files and end; only the importing is done for them
beforehand, see `fork_server`. `Program` is for tests that may block, `Running` for asyncio.
"""

import asyncio
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO, Final, Self

from tests.support.fork_server import NUMBER

ROOT: Final = Path(__file__).resolve().parents[2]
PIPE: Final = subprocess.PIPE
DEVNULL: Final = subprocess.DEVNULL
_STARTING: Final = threading.Lock()


@cache
def _start_server() -> socket.socket:
    """Start the fork server of this process; it ends when this process does."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        subprocess.Popen(  # it is never waited for: its socket outlives every test
            [sys.executable, "-m", "tests.support.fork_server", str(theirs.fileno())],
            pass_fds=[theirs.fileno()], cwd=ROOT, stdin=DEVNULL,
        )  # fmt: skip
    return ours


def _server() -> socket.socket:
    """Return the socket of the one fork server, also when several threads ask first."""
    with _STARTING:
        return _start_server()


class Program:
    """A process that runs `python -m MODULE ARGUMENTS`."""

    def __init__(
        self,
        *words: str | bytes | Path,
        env: Mapping[str, str] | None = None,
        cwd: Path = ROOT,
        stdin: IO[bytes] | None = None,
        stdout: int | IO[bytes] | None = None,
        stderr: int | IO[bytes] | None = None,
    ) -> None:
        """Start it. `env` comes on top of this process's; streams are as with `subprocess`."""
        self.returncode: int | None = None
        self.stdout: IO[str] | None = None
        self.stderr: IO[str] | None = None
        letter = {
            "words": [os.fsdecode(word) for word in words],
            "env": {**os.environ, **(env or {})},
            "folder": str(cwd),
        }
        with ExitStack() as passed:
            none = passed.enter_context(Path(os.devnull).open("r+b"))
            self.stdout, out = _stream(stdout, 1, none, passed)
            self.stderr, err = _stream(stderr, 2, none, passed)
            self._told, telling = os.pipe()
            passed.callback(os.close, telling)
            given = [(stdin or none).fileno(), out, err, telling]
            socket.send_fds(_server(), [json.dumps(letter).encode()], given)
        self.pid = self._number()

    def fileno(self) -> int:
        """Return a descriptor that can be read from once the process has ended."""
        return self._told

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while it runs."""
        if self.returncode is None and select.select([self._told], [], [], 0)[0]:
            self.returncode = self._number()
            os.close(self._told)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end. Raises `subprocess.TimeoutExpired`."""
        if self.returncode is None and not select.select([self._told], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        code = self.poll()
        assert code is not None
        return code

    def send_signal(self, sign: int) -> None:
        """Send a signal, unless the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, sign)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.send_signal(signal.SIGKILL)

    def __enter__(self) -> Self:
        """Wait for its end at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.wait()

    def _number(self) -> int:
        content = os.read(self._told, NUMBER.size)
        if len(content) < NUMBER.size:
            raise ProcessLookupError("The fork server has ended.")
        number: int = NUMBER.unpack(content)[0]
        return number


def _stream(
    wanted: int | IO[bytes] | None, number: int, none: IO[bytes], passed: ExitStack
) -> tuple[IO[str] | None, int]:
    """Return our end, if there is one, and the descriptor of the program's."""
    if wanted == PIPE:
        ours, theirs = os.pipe()
        passed.callback(os.close, theirs)
        return os.fdopen(ours, encoding="utf-8", errors="surrogateescape"), theirs
    if wanted == DEVNULL:
        return None, none.fileno()
    if wanted is None or isinstance(wanted, int):
        return None, number if wanted is None else wanted
    return None, wanted.fileno()


def run(
    *words: str | bytes | Path,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    given: bytes = b"",
    timeout: float = 180,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, with bytes on its standard input; returns what it printed."""
    with TemporaryFile() as stdin, TemporaryFile() as stdout, TemporaryFile() as stderr:
        stdin.write(given)
        stdin.seek(0)
        program = Program(*words, env=env, cwd=cwd, stdin=stdin, stdout=stdout, stderr=stderr)
        deadline = time.monotonic() + timeout
        try:
            code = program.wait(max(deadline - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()
            raise
        stdout.seek(0)
        stderr.seek(0)
        arguments = [os.fsdecode(word) for word in words]
        out, err = (os.fsdecode(stream.read()) for stream in (stdout, stderr))
        return subprocess.CompletedProcess(arguments, code, out, err)


class Running:
    """A program for asyncio; as `asyncio.subprocess.Process`, with `start` in place of `exec`."""

    def __init__(self, program: Program) -> None:
        """Take charge of a program; `start` also opens its streams."""
        self._program = program
        self.pid = program.pid
        self.stdout: asyncio.StreamReader | None = None
        self.stderr: asyncio.StreamReader | None = None

    @property
    def returncode(self) -> int | None:
        """Return the exit code, None while it runs."""
        return self._program.poll()

    def send_signal(self, sign: int) -> None:
        """Send a signal, unless the process has ended."""
        self._program.send_signal(sign)

    def terminate(self) -> None:
        """Ask it to end."""
        self._program.terminate()

    def kill(self) -> None:
        """End it as a power cut would."""
        self._program.kill()

    async def wait(self) -> int:
        """Wait for its end."""
        if self._program.poll() is None:
            loop, ended = asyncio.get_running_loop(), asyncio.Event()
            copy = os.dup(self._program.fileno())  # several may wait, one descriptor has one reader
            loop.add_reader(copy, ended.set)
            try:
                await ended.wait()
            finally:
                loop.remove_reader(copy)
                os.close(copy)
        return self._program.wait()

    async def communicate(self) -> tuple[bytes, bytes]:
        """Read its streams to their end and wait for its own."""
        out, err, _ = await asyncio.gather(_rest(self.stdout), _rest(self.stderr), self.wait())
        return out, err


async def start(
    *words: str | bytes | Path,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    stdout: int | None = None,
    stderr: int | None = None,
) -> Running:
    """Start a program; its streams are inherited, `PIPE` or `DEVNULL`."""
    program = Program(*words, env=env, cwd=cwd, stdout=stdout, stderr=stderr)
    running = Running(program)
    running.stdout = await _reading(program.stdout)
    running.stderr = await _reading(program.stderr)
    return running


async def _reading(pipe: IO[str] | None) -> asyncio.StreamReader | None:
    if pipe is None:
        return None
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, pipe)
    return reader


async def _rest(stream: asyncio.StreamReader | None) -> bytes:
    return b"" if stream is None else await stream.read()
