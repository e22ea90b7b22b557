"""Run the application, and look at what it and its processes use."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.hls.player import Player


@dataclass(frozen=True)
class Server:
    """A running application. `addresses` holds the film's, one for each viewer."""

    port: int
    process: psutil.Process
    addresses: list[str]

    def player(self, viewer: int = 0) -> Player:
        """Return a player with a connection of its own."""
        return Player(self.port, self.addresses[viewer])

    def cpu(self) -> float:
        """Return seconds of processor time of it and its processes, those that ended included."""
        own = self.process.cpu_times()
        total = own.user + own.system + own.children_user + own.children_system
        for child in self.process.children(recursive=True):
            times = child.cpu_times()
            total += times.user + times.system
        return float(total)

    def resident(self) -> int:
        """Return bytes resident of the server's own process."""
        return int(self.process.memory_info().rss)

    def rest(self) -> None:
        """Return once none of its processes has done anything for a second."""
        before = -1.0
        while (now := self.cpu()) - before > 0.03:
            before = now
            time.sleep(1)


@contextmanager
def running(film: Path, *, viewers: int = 8, **settings: object) -> Iterator[Server]:
    """Run the application on a film, with a data folder of its own."""
    with tempfile.TemporaryDirectory(prefix="shadow-bench-") as data:
        with socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
            port, descriptor = listening.getsockname()[1], listening.fileno()
            environment = {f"SHADOW_{name.upper()}": str(value) for name, value in settings.items()}
            process = subprocess.Popen(
                [sys.executable, "-m", "bench.hls.app", str(descriptor), str(film), str(viewers)],
                pass_fds=[descriptor],
                stdout=subprocess.PIPE,
                env={
                    **os.environ,
                    "SHADOW_DATA_DIR": data,
                    "SHADOW_LOG_LEVEL": "error",
                    "SHADOW_HLS__PREVIEWS": "off",
                    **environment,
                },
            )
        try:
            assert process.stdout
            told = process.stdout.readline()
            if not told:
                raise SystemExit("the application did not start")
            yield Server(port, psutil.Process(process.pid), json.loads(told))
        finally:
            process.terminate()
            process.wait(30)
