"""A process that has imported the product once, and forks for every program that a test starts.

`python -m tests.support.fork_server FD`: on the socket FD comes one letter a program, with four
file descriptors: standard input, output and error, and a pipe that gets the program's process id
and, when it has ended, its status. The program then runs as `python -m` would run it, in a
process of its own; what is saved is the time to import everything anew, seconds on a busy machine.
"""

import gc
import json
import os
import runpy
import select
import signal
import socket
import struct
import sys
from dataclasses import dataclass
from typing import Any, Final

import shadow.app.cli  # noqa: F401  # what nearly every program needs

LETTER: Final = 256 << 10
NUMBER: Final = struct.Struct("i")


@dataclass(frozen=True)
class Asked:
    """What to run: `words` are a module and its arguments; `descriptors` become 0, 1 and 2."""

    words: list[str]
    env: dict[str, str]
    folder: str
    descriptors: list[int]

    def begin(self) -> None:
        """Make this process look as if it had just been started."""
        for number, descriptor in enumerate(self.descriptors):
            os.dup2(descriptor, number)
            os.close(descriptor)
        os.environ.clear()
        os.environ.update(self.env)
        os.chdir(self.folder)
        sys.path[0] = self.folder  # as -m has it
        sys.argv = list(self.words)


class Forking:
    """Forks until the socket closes."""

    def __init__(self, letters: socket.socket) -> None:
        """Take letters from a socket that keeps them apart."""
        self._letters = letters
        self._woken, self._waking = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._told: dict[int, int] = {}

    def serve(self) -> Asked | None:
        """Return in the child what it has to run, and None in this process when all is over."""
        signal.signal(signal.SIGCHLD, _nothing)
        signal.set_wakeup_fd(self._waking)
        while True:
            ready, _, _ = select.select([self._letters, self._woken], [], [])
            if self._woken in ready:
                os.read(self._woken, 4096)
                self._reap()
            if self._letters in ready:
                letter, given, _, _ = socket.recv_fds(self._letters, LETTER, 4)
                if not letter:
                    self._end()
                    return None
                asked = self._fork(json.loads(letter), given)
                if asked is not None:
                    return asked

    def _fork(self, letter: dict[str, Any], given: list[int]) -> Asked | None:
        *descriptors, told = given
        child = os.fork()
        if child == 0:
            os.close(told)
            self._leave()
            return Asked(letter["words"], letter["env"], letter["folder"], descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        self._told[child] = told
        os.write(told, NUMBER.pack(child))
        return None

    def _leave(self) -> None:
        """Let go of what is the server's, in the child."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._letters.close()
        for descriptor in (self._woken, self._waking, *self._told.values()):
            os.close(descriptor)

    def _end(self) -> None:
        """Leave nothing behind of tests that are gone, however they went."""
        for child in self._told:
            os.kill(child, signal.SIGKILL)

    def _reap(self) -> None:
        while self._told:
            child, status = os.waitpid(-1, os.WNOHANG)
            if child == 0:
                return
            told = self._told.pop(child)
            os.write(told, NUMBER.pack(os.waitstatus_to_exitcode(status)))
            os.close(told)


def _nothing(*_: object) -> None:
    """Have the signal, which wakes the loop."""


if __name__ == "__main__":
    gc.freeze()
    wanted = Forking(socket.socket(fileno=int(sys.argv[1]))).serve()
    if wanted is not None:
        wanted.begin()
        runpy.run_module(wanted.words[0], run_name="__main__", alter_sys=True)
