"""The real server as people start it: a process of `shadow serve` on a free port."""

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.postgres import free_port
from tests.support.programs import PIPE, Program

READY = re.compile(r"ready at (\S+)")
FIRST_ADMIN = re.compile(r"(http\S+/auth\?token=\S+)")


@dataclass
class Server:
    """A running server. `admin_link` is None once an admin exists."""

    process: Program
    url: str
    admin_link: str | None

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


def start_server(data_dir: Path, *arguments: str, port: int | None = None, **env: str) -> Server:
    """Start `shadow serve` and wait until it says where it is."""
    words = ("serve", "--data-dir", data_dir, "--port", str(port or free_port()), *arguments)
    env = {"SHADOW_LOG_LEVEL": "warning", **env}
    process = Program("shadow", *words, stdout=PIPE, env=env)
    assert process.stdout is not None
    told = process.stdout.readline()
    ready = READY.search(told)
    assert ready, f"the server ended with {process.wait(10)}"
    link = FIRST_ADMIN.search(process.stdout.readline()) if "no admin yet" in told else None
    return Server(process, ready.group(1), link.group(1) if link else None)


@contextmanager
def running_server(data_dir: Path, *arguments: str, **env: str) -> Iterator[Server]:
    """Run a server for the length of a block."""
    server = start_server(data_dir, *arguments, **env)
    try:
        yield server
    finally:
        server.process.terminate()
        try:
            server.process.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()
