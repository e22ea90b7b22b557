"""The aria2 daemon of this process: started when needed, again when it dies, spoken to by JSON-RPC.

Whoever knows the RPC secret can write anywhere as this user: the secret is new with every start,
lies in a file that only we can read, and the daemon listens on loopback alone.
"""

import asyncio
import os
import secrets
import shutil
import socket
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, TextIO

import orjson

from shadow.ingest.ports import SourceUnavailable
from shadow.plugins.source_aria2.settings import Aria2Settings
from shadow.runtime.daemons import Daemon
from shadow.runtime.files import Busy, alone
from shadow.runtime.http import AnswerRefused, HttpClients, OutgoingClient, Unreachable
from shadow.runtime.http_settings import NetworkSettings

ANSWER_LIMIT = 16 << 20
CALL_SECONDS = 10.0
START_SECONDS = 20.0
STARTS = 3
LOOPBACK = NetworkSettings(allow_private=("127.0.0.1/32",), total_seconds=CALL_SECONDS)


class Aria2Gone(Exception):
    """The daemon does not answer: it died, or was started anew."""


class Aria2Error(Exception):
    """The daemon answers with an error, such as for an id that it does not know."""


class Aria2Daemon:
    """The daemon and the way to speak to it."""

    def __init__(self, program: Path, folder: Path, settings: Aria2Settings) -> None:
        """Describe it; `folder` is where the daemons of all processes keep theirs."""
        self._program = program
        self._folder = folder
        self._settings = settings
        self._starting = asyncio.Lock()
        self._daemon: Daemon | None = None
        self._client: OutgoingClient | None = None
        self._secret = ""
        self._own: Path | None = None
        self._held = ExitStack()

    @property
    def pid(self) -> int | None:
        """The daemon's process id while it runs."""
        return self._daemon.pid if self._daemon is not None and self._daemon.alive else None

    async def call(self, method: str, *arguments: Any) -> Any:
        """Call a method of the `aria2` namespace; the secret goes along.

        Raises:
            Aria2Gone, Aria2Error.
        """
        if self._client is None or self._daemon is None or not self._daemon.alive:
            raise Aria2Gone
        asked = {
            "jsonrpc": "2.0",
            "id": "1",
            "method": f"aria2.{method}",
            "params": [f"token:{self._secret}", *arguments],
        }
        try:
            answer = await self._client.post("/jsonrpc", content=orjson.dumps(asked))
            said = orjson.loads(answer.content)
        except (Unreachable, AnswerRefused, orjson.JSONDecodeError) as error:
            raise Aria2Gone from error
        if "error" in said:
            raise Aria2Error(str(said["error"].get("message", "unknown")))
        return said["result"]

    async def ensure(self) -> None:
        """Have a daemon that runs.

        Raises:
            SourceUnavailable: it cannot be started.
        """
        async with self._starting:
            if self.pid is not None:
                return
            await self._stop()
            for _ in range(STARTS):
                if await self._start():
                    return
                said = self._daemon.last_words if self._daemon else ""
                await self._stop()
            raise SourceUnavailable(f"aria2 does not start. {said}".strip())

    async def kill(self) -> None:
        """End a daemon that does not answer; downloads of others go on with the next."""
        async with self._starting:
            await self._stop()

    async def close(self) -> None:
        """Stop the daemon and remove its folder."""
        await self.kill()
        if self._own is not None:
            await asyncio.to_thread(shutil.rmtree, self._own, ignore_errors=True)
        self._held.close()

    async def _start(self) -> bool:
        own = self._prepare()
        port = _free_port()
        self._secret = secrets.token_hex(32)
        configuration = own / "aria2.conf"
        text = "".join(f"{name}={value}\n" for name, value in self._options(port, own).items())
        with _private(configuration) as file:
            file.write(text)
        self._daemon = await Daemon.start([self._program, f"--conf-path={configuration}"])
        self._client = HttpClients(LOOPBACK).client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Content-Type": "application/json"},
            max_bytes=ANSWER_LIMIT,
        )
        with suppress(TimeoutError):
            async with asyncio.timeout(START_SECONDS):
                while self._daemon.alive:
                    with suppress(Aria2Gone):
                        await self.call("getVersion")
                        return True
                    await asyncio.sleep(0.02)
        return False

    async def _stop(self) -> None:
        if self._daemon is not None:
            await self._daemon.stop(at_once=True)  # control files are all it keeps
            self._daemon = None
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _prepare(self) -> Path:
        """Return the folder of this process; those of processes that are gone are removed."""
        if self._own is not None:
            return self._own
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in self._folder.iterdir():
            with suppress(Busy, OSError), alone(left / ".lock"):
                shutil.rmtree(left)
        own = self._folder / f"{os.getpid()}-{secrets.token_hex(4)}"
        own.mkdir(mode=0o700)
        self._held.enter_context(alone(own / ".lock"))
        self._own = own
        return own

    def _options(self, port: int, own: Path) -> Mapping[str, str]:
        """Return the daemon's settings. They come from this file alone, never from the user's."""
        settings = self._settings
        return {
            "enable-rpc": "true",
            "rpc-listen-all": "false",
            "rpc-listen-port": str(port),
            "rpc-secret": self._secret,
            "rpc-max-request-size": "32M",
            "no-netrc": "true",
            "quiet": "true",
            "stop-with-process": str(os.getpid()),
            "dir": str(own),
            "max-concurrent-downloads": "1000",  # the queue of jobs decides, not aria2
            "auto-save-interval": "1",
            # What a control file calls done must be on the disk when this process is killed.
            "disk-cache": "0",
            "file-allocation": "none",
            "follow-torrent": "false",
            "follow-metalink": "false",
            "bt-enable-lpd": "false",
            "enable-dht": "true" if settings.dht else "false",
            "enable-dht6": "false",
            "dht-file-path": str(own / "dht.dat"),
            "listen-port": settings.listen_ports,
            "dht-listen-port": settings.listen_ports,
            "async-dns": "false",
        }


def _private(path: Path) -> TextIO:
    """Open a file for writing that its owner alone can read."""
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
