"""The rclone daemon of this process: started when needed, again when it dies, spoken to by HTTP.

Whoever knows its password can read and write as this user: it is new with every start and the
daemon listens on loopback alone.
"""

import asyncio
import base64
import os
import secrets
import socket
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import httpx
import orjson

from shadow.plugins.storage_rclone.places import Place
from shadow.runtime.daemons import Daemon
from shadow.runtime.http import AnswerRefused, HttpClients, OutgoingClient, Unreachable
from shadow.runtime.http_settings import NetworkSettings
from shadow.storage.errors import StorageUnavailable

CALL_SECONDS: Final = 60.0
STREAM_SECONDS: Final = 7 * 24 * 3600.0
"""A film is read or written in one request."""
SILENCE_SECONDS: Final = 300.0
DEATH_SECONDS: Final = 0.1
"""How long it may take until the system has told that the daemon died."""
START_SECONDS: Final = 20.0
STARTS: Final = 3
ANSWER_LIMIT: Final = 16 << 20
NO_LIMIT: Final = 1 << 60
LOOPBACK: Final = NetworkSettings(allow_private=("127.0.0.1/32",), read_seconds=SILENCE_SECONDS)


class RcloneError(Exception):
    """rclone answers with an error: what it says, and the HTTP status."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status

    @property
    def missing(self) -> bool:
        """Whether it says that the object, the folder or the remote is not there."""
        text = str(self)
        return self.status == 404 or "not found" in text or "not a directory" in text


class RcloneDaemon:
    """The daemon and the ways to speak to it."""

    def __init__(self, program: Path, folder: Path) -> None:
        """Describe it; `folder` holds the configuration, which all processes share."""
        self._program = program
        self._folder = folder
        self._starting = asyncio.Lock()
        self._daemon: Daemon | None = None
        self._clients = HttpClients(LOOPBACK)
        self._address = ""
        self._password = ""

    @property
    def pid(self) -> int | None:
        """The daemon's process id while it runs."""
        return self._daemon.pid if self._daemon is not None and self._daemon.alive else None

    @property
    def folder(self) -> Path:
        """Where the configuration lies."""
        return self._folder

    async def call(self, command: str, seconds: float = CALL_SECONDS, **given: Any) -> Any:
        """Run a command such as `operations/stat` and return its answer.

        Raises:
            RcloneError: rclone says no.
            StorageUnavailable: the daemon cannot be started or does not answer.
        """
        for last in (False, True):
            await self._ensure()
            try:
                async with self._client(seconds, ANSWER_LIMIT) as client:
                    answer = await client.post(f"/{command}", content=orjson.dumps(given))
                return _checked(answer)
            except (Unreachable, AnswerRefused) as error:
                await asyncio.sleep(DEATH_SECONDS)
                if last or self._runs():
                    raise StorageUnavailable("rclone does not answer.") from error
        raise AssertionError("the second try returns or raises")

    async def send(self, place: Place, content: AsyncIterable[bytes]) -> None:
        """Store content under a name, streamed. Broken off, a part of it may be left there.

        Raises:
            RcloneError, StorageUnavailable, and what `content` raises.
        """
        await self._ensure()
        boundary = secrets.token_hex(24)
        form = _Form(content, boundary, place.remote.rpartition("/")[2])
        try:
            async with self._client(STREAM_SECONDS, ANSWER_LIMIT) as client:
                answer = await client.post(
                    "/operations/uploadfile",
                    params={"fs": place.fs, "remote": place.folder},
                    headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
                    content=form.stream(),
                )
        except (Unreachable, AnswerRefused) as error:
            raise form.failure or StorageUnavailable("rclone broke off.") from error
        _checked(answer)

    @asynccontextmanager
    async def reading(self, place: Place, start: int, stop: int) -> AsyncIterator[httpx.Response]:
        """Ask for bytes of an object; the answer is read inside.

        Raises:
            RcloneError, StorageUnavailable.
        """
        await self._ensure()
        try:
            async with (
                self._client(STREAM_SECONDS, NO_LIMIT) as client,
                client.stream(
                    "GET", place.address, headers={"Range": f"bytes={start}-{stop - 1}"}
                ) as answer,
            ):
                if answer.status_code != 206:
                    raise RcloneError("The object cannot be read.", answer.status_code)
                yield answer
        except (Unreachable, AnswerRefused) as error:
            raise StorageUnavailable("rclone broke off.") from error

    async def close(self) -> None:
        """Stop the daemon."""
        async with self._starting:
            await self._stop()

    def _runs(self) -> bool:
        return self.pid is not None

    async def _ensure(self) -> None:
        if self._runs():
            return
        async with self._starting:
            if self._runs():
                return
            said = ""
            for _ in range(STARTS):
                await self._stop()
                if await self._start():
                    return
                said = self._daemon.last_words if self._daemon else ""
            await self._stop()
            raise StorageUnavailable(f"rclone does not start. {said}".strip())

    async def _start(self) -> bool:
        spool = self._folder / "spool"
        await asyncio.to_thread(_make_private, self._folder, spool)
        port = _free_port()
        self._password = secrets.token_hex(32)
        self._daemon = await Daemon.start(
            [
                *(self._program, "rcd", "--rc-serve", f"--rc-addr=127.0.0.1:{port}"),
                *(f"--config={self._folder / 'rclone.conf'}", f"--cache-dir={spool}"),
                *("--buffer-size=1M", "--retries=1", "--low-level-retries=4"),
                *("--contimeout=15s", "--timeout=60s", "--log-level=ERROR"),
            ],
            environment={
                "RCLONE_RC_USER": "shadow",
                "RCLONE_RC_PASS": self._password,
                "TMPDIR": str(spool),
            },
        )
        self._address = f"http://127.0.0.1:{port}"
        with suppress(TimeoutError):
            async with asyncio.timeout(START_SECONDS):
                while self._daemon.alive:
                    with suppress(Unreachable, AnswerRefused, RcloneError):
                        async with self._client(CALL_SECONDS, ANSWER_LIMIT) as client:
                            _checked(await client.post("/rc/noopauth", content=b"{}"))
                        return True
                    await asyncio.sleep(0.02)
        return False

    async def _stop(self) -> None:
        if self._daemon is not None:
            await self._daemon.stop(at_once=True)  # the configuration is all it keeps
            self._daemon = None

    def _client(self, seconds: float, most: int) -> OutgoingClient:
        """Return a client of its own for one request: nobody waits for another's film."""
        secret = base64.b64encode(f"shadow:{self._password}".encode()).decode()
        return self._clients.client(
            base_url=self._address,
            headers={"Authorization": f"Basic {secret}", "Content-Type": "application/json"},
            max_bytes=most,
            total_seconds=seconds,
        )


class _Form:
    """Content as the one file of a form (RFC 7578), and what went wrong with it."""

    def __init__(self, content: AsyncIterable[bytes], boundary: str, name: str) -> None:
        self._content = content
        self._boundary = boundary
        self._name = name
        self.failure: BaseException | None = None

    async def stream(self) -> AsyncIterator[bytes]:
        yield (
            f"--{self._boundary}\r\n"
            f'Content-Disposition: form-data; name="file"; filename="{self._name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        try:
            async for block in self._content:
                yield block
        except Exception as error:
            self.failure = error
            raise
        yield f"\r\n--{self._boundary}--\r\n".encode()


def _checked(answer: httpx.Response) -> Any:
    try:
        said = orjson.loads(answer.content or b"{}")
    except orjson.JSONDecodeError:
        said = {}
    if answer.status_code != 200:
        text = said.get("error") if isinstance(said, dict) else None
        raise RcloneError(str(text or "It failed."), answer.status_code)
    return said


def _make_private(*folders: Path) -> None:
    for folder in folders:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.chmod(folder, 0o700)  # noqa: PTH101 beside mkdir


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
