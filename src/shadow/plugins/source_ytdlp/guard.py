"""Run yt-dlp so that it can only do what it is for, whatever a web page makes of it.

A program of its own, started by path in an isolated interpreter: it imports nothing of `shadow`.
Standard input holds a JSON object: `port` of the filtering proxy on loopback, `folder` that may be
written, `ffmpeg` that may be started, and yt-dlp's `arguments`. They are not on the command line,
where every user of the machine could read the proxy's password.

An audit hook (PEP 578), which cannot be taken off, refuses connections and name lookups beside the
proxy, files written outside the folder, and programs other than FFmpeg, which gets local files
only. It stands behind yt-dlp's own options, against the kinds of fault that yt-dlp had: names that
leave the folder, programs started with a page's words, downloaders that know no proxy.
"""

import contextlib
import ctypes
import json
import os
import resource
import runpy
import signal
import sys
from collections.abc import Callable
from itertools import pairwise
from typing import Any

MOST_MEMORY = 4 << 30  # bytes of address space, of yt-dlp and of each FFmpeg
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
NEVER = (
    *("os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "pty.spawn"),
    *("os.link", "os.symlink", "os.chown", "os.setxattr", "os.kill", "os.killpg"),
    *("socket.bind", "socket.sendto", "socket.sendmsg", "socket.gethostbyname"),
    *("socket.gethostbyaddr", "socket.getnameinfo", "socket.sethostname"),
)
CHANGES = ("os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.chmod", "os.utime")


class Guard:
    """The audit hook."""

    def __init__(self, port: int, folder: str, ffmpeg: str) -> None:
        """Allow one port of loopback, one folder to write in, one program."""
        self._proxy = ("127.0.0.1", port)
        self._folder = os.path.realpath(folder)
        self._ffmpeg = ffmpeg
        self._checks: dict[str, Callable[..., None]] = {
            "open": self._open,
            "os.rename": lambda source, target, *rest: self._inside(source, target),
            "socket.connect": self._connect,
            "socket.getaddrinfo": self._look_up,
            "subprocess.Popen": self._start,
        }
        self._checks |= dict.fromkeys(CHANGES, lambda path, *rest: self._inside(path))
        self._checks |= dict.fromkeys(NEVER, self._never)

    def __call__(self, event: str, given: tuple[Any, ...]) -> None:
        """Let an event pass, or raise `PermissionError`."""
        check = self._checks.get(event)
        if check is not None:
            check(*given)

    def _never(self, *given: Any) -> None:
        raise PermissionError("The guard allows no such thing.")

    def _connect(self, sock: Any, address: Any) -> None:
        if tuple(address[:2]) != self._proxy:
            raise PermissionError("The guard allows connections to the proxy only.")

    def _look_up(self, host: Any, *rest: Any) -> None:
        name = host.decode("latin-1") if isinstance(host, bytes) else host
        if name != self._proxy[0]:
            raise PermissionError("The guard allows no name lookup beside the proxy.")

    def _open(self, path: Any, mode: Any, flags: int) -> None:
        if flags & WRITES and not isinstance(path, int):
            self._inside(path)

    def _inside(self, *paths: Any) -> None:
        for path in paths:
            if isinstance(path, int):
                continue
            real = os.path.realpath(os.fsdecode(path))
            if real != os.devnull and not real.startswith(self._folder + os.sep):
                raise PermissionError("The guard allows no writing outside the download's folder.")

    def _start(self, program: Any, arguments: Any, *rest: Any) -> None:
        words = [os.fsdecode(one) for one in arguments]
        inputs = [after for word, after in pairwise(words) if word == "-i"]
        local = all(one.startswith("file:") for one in inputs)
        if os.fsdecode(program) != self._ffmpeg or words[0] != self._ffmpeg or not local:
            raise PermissionError("The guard allows FFmpeg on local files and no other program.")


def main() -> None:
    """Shut the doors, and become yt-dlp."""
    task = json.load(sys.stdin)
    with contextlib.suppress(OSError, AttributeError):  # Linux only
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    os.chdir(task["folder"])
    sys.argv = ["yt-dlp", *task["arguments"]]
    sys.addaudithook(Guard(task["port"], task["folder"], task["ffmpeg"]))
    runpy.run_module("yt_dlp", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
