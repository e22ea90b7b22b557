"""The responder alone and over real HTTP: right bytes, little memory, and an end in every case."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from tests.support.memory_storage import MemoryReader, MemoryStorage
from tests.support.storages import local_storage

from shadow.plugins.storage_local.storage import LocalReader
from shadow.storage.ports import ObjectFacts, Reader
from shadow.streaming.responder import BLOCK, LARGE_BLOCK, PROVEN_BYTES, RangeResponse

KEY = b"film"
LARGE = bytes(i * 7 % 251 for i in range(1_000_003))
Open = Callable[[], Awaitable[Reader]]


@pytest.fixture
def memory() -> MemoryStorage:
    storage = MemoryStorage()
    storage.hold(KEY, LARGE)
    return storage


class Client:
    """An ASGI server with one client, who takes `allowed` bytes of the body and then stalls."""

    def __init__(self, allowed: int, method: str = "GET", **headers: str) -> None:
        self.scope: dict[str, Any] = {
            "type": "http",
            "method": method,
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
        self.allowed = allowed
        self.body = bytearray()
        self.status = 0
        self.complete = False
        self.stalled = asyncio.Event()
        self.gone = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        if len(self.body) > self.allowed:  # the transport is full: wait as the server would
            self.stalled.set()
            await self.gone.wait()
        self.body += message["body"]
        self.complete = not message["more_body"]

    def play(self, storage: MemoryStorage) -> Awaitable[None]:
        response = RangeResponse(lambda: storage.open(KEY), media_type="video/mp4")
        return response(self.scope, self.receive, self.send)


async def test_the_whole_object_arrives(memory: MemoryStorage) -> None:
    client = Client(len(LARGE))
    await client.play(memory)
    assert (client.status, client.complete) == (200, True)
    assert client.body == LARGE
    assert memory.opened == 0


async def test_no_more_than_a_block_is_held_for_a_client_who_does_not_read(
    memory: MemoryStorage,
) -> None:
    client = Client(0)
    playing = asyncio.ensure_future(client.play(memory))
    await client.stalled.wait()
    assert len(client.body) == BLOCK
    client.gone.set()
    await playing
    assert client.body == LARGE[:BLOCK]


async def test_reading_stops_and_the_object_is_closed_once_the_client_is_gone(
    memory: MemoryStorage,
) -> None:
    client = Client(BLOCK)
    playing = asyncio.ensure_future(client.play(memory))
    await client.stalled.wait()
    client.gone.set()
    await playing
    assert memory.opened == 0
    assert not client.complete
    assert len(client.body) <= 2 * BLOCK


async def test_the_object_is_closed_when_sending_is_cancelled(memory: MemoryStorage) -> None:
    client = Client(0)
    playing = asyncio.ensure_future(client.play(memory))
    await client.stalled.wait()
    playing.cancel()
    await asyncio.wait([playing])
    assert playing.cancelled()
    assert memory.opened == 0


async def test_an_object_that_changes_is_cut_not_mixed(memory: MemoryStorage) -> None:
    client = Client(0)
    playing = asyncio.ensure_future(client.play(memory))
    await client.stalled.wait()
    memory.hold(KEY, bytes(len(LARGE)))
    client.allowed = len(LARGE)
    client.stalled.clear()
    client.gone.set()
    await playing
    assert not client.complete
    assert client.body == LARGE[: len(client.body)]
    assert memory.opened == 0


async def test_an_object_shorter_than_it_said_is_cut(memory: MemoryStorage) -> None:
    memory.objects[KEY] = LARGE[:BLOCK], memory.objects[KEY][1]
    client = Client(len(LARGE))
    await client.play(memory)
    assert not client.complete
    assert client.body == LARGE[:BLOCK]


async def test_a_fast_client_leaves_turns_to_others(memory: MemoryStorage) -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await Client(len(LARGE)).play(memory)
    counting.cancel()
    assert turns >= len(LARGE) // BLOCK


async def test_a_head_and_a_304_read_nothing(
    memory: MemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = Client(0, "HEAD")
    await head.play(memory)
    assert (head.status, bytes(head.body), head.complete) == (200, b"", True)
    unchanged = Client(0, **{"if-none-match": "*"})
    await unchanged.play(memory)
    assert (unchanged.status, bytes(unchanged.body), unchanged.complete) == (304, b"", True)


class Sizes(MemoryReader):
    """Remembers how much was asked for at a time, of an object as large as one likes."""

    def __init__(self, size: int) -> None:
        super().__init__(MemoryStorage(), KEY, ObjectFacts(size, 0))
        self.asked: list[int] = []

    async def read(self, offset: int, length: int) -> bytes:
        self.asked.append(length)
        return bytes(length)


async def sizes_asked(monkeypatch: pytest.MonkeyPatch, pauses: dict[int, float]) -> list[int]:
    """Send 32 MiB to a client who pauses after so many blocks for so many seconds."""
    reader = Sizes(2 * PROVEN_BYTES)
    now = 0.0

    async def send(message: Any) -> None:
        nonlocal now
        now += pauses.pop(len(reader.asked), 0.0)

    async def open_it() -> Reader:
        return reader

    monkeypatch.setattr(time, "monotonic", lambda: now)
    client = Client(0)
    await RangeResponse(open_it, media_type="video/mp4")(client.scope, client.receive, send)
    return reader.asked


async def test_large_blocks_are_read_only_while_a_client_takes_all_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proven = PROVEN_BYTES // BLOCK
    fast = await sizes_asked(monkeypatch, {})
    assert set(fast[:proven]) == {BLOCK}
    assert set(fast[proven:]) == {LARGE_BLOCK}
    late = await sizes_asked(monkeypatch, {proven + 2: 1.0})
    assert late[proven : proven + 3] == [LARGE_BLOCK, LARGE_BLOCK, BLOCK]
    slow = await sizes_asked(monkeypatch, {proven - 1: 1.0})
    assert slow[proven : 2 * proven - 1] == [BLOCK] * (proven - 1)


async def test_repeated_header_lines_count_as_one_list(memory: MemoryStorage) -> None:
    client = Client(len(LARGE))
    etag = f'"{len(LARGE):x}-{memory.objects[KEY][1].mtime_ns:x}"'
    client.scope["headers"] = [(b"If-None-Match", b'"x"'), (b"if-none-match", etag.encode())]
    await client.play(memory)
    assert client.status == 304


class Served:
    """A uvicorn with the responder on a free port, and a raw connection to it."""

    def __init__(self, port: int, path: Path) -> None:
        self.port = port
        self.path = path
        self.closed = asyncio.Event()

    async def ask(
        self, method: str = "GET", *fields: str, receive_buffer: int = 0
    ) -> tuple[str, dict[str, str], asyncio.StreamReader, asyncio.StreamWriter]:
        made = socket.socket()
        if receive_buffer:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        made.setblocking(False)
        await asyncio.get_running_loop().sock_connect(made, ("127.0.0.1", self.port))
        reader, writer = await asyncio.open_connection(sock=made, limit=2**16)
        lines = [f"{method} / HTTP/1.1", "Host: test", *fields, "", ""]
        writer.write("\r\n".join(lines).encode())
        first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        return first, dict(line.lower().split(": ", 1) for line in rest), reader, writer


@pytest.fixture
async def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    path = tmp_path / "film.mkv"
    path.write_bytes(LARGE)

    storage = local_storage(tmp_path)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        response = RangeResponse(
            lambda: storage.open(os.fsencode(path)), media_type="video/x-matroska"
        )
        await response(scope, receive, send)

    listening = socket.create_server(("127.0.0.1", 0))
    there = Served(listening.getsockname()[1], path)
    close = LocalReader.close

    async def close_and_tell(reader: LocalReader) -> None:
        await close(reader)
        there.closed.set()

    monkeypatch.setattr(LocalReader, "close", close_and_tell)
    config = uvicorn.Config(app, http="httptools", lifespan="off", log_level="critical")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    yield there
    server.should_exit = server.force_exit = True
    await serving
    storage.close()


async def test_over_http_a_range_arrives_to_the_byte(served: Served) -> None:
    status, headers, reader, writer = await served.ask("GET", "Range: bytes=100000-600000")
    assert status == "HTTP/1.1 206 Partial Content"
    assert headers["content-range"] == f"bytes 100000-600000/{len(LARGE)}"
    assert headers["content-length"] == "500001"
    assert await reader.readexactly(500_001) == LARGE[100_000:600_001]
    writer.close()


async def test_over_http_several_ranges_arrive_in_parts(served: Served) -> None:
    status, headers, reader, writer = await served.ask("GET", "Range: bytes=5-8,-3")
    boundary = headers["content-type"].removeprefix("multipart/byteranges; boundary=")
    body = await reader.readexactly(int(headers["content-length"]))
    assert status == "HTTP/1.1 206 Partial Content"
    assert body.split(b"\r\n") == [
        f"--{boundary}".encode(), b"Content-Type: video/x-matroska",
        f"Content-Range: bytes 5-8/{len(LARGE)}".encode(), b"", LARGE[5:9],
        f"--{boundary}".encode(), b"Content-Type: video/x-matroska",
        f"Content-Range: bytes {len(LARGE) - 3}-{len(LARGE) - 1}/{len(LARGE)}".encode(), b"",
        LARGE[-3:], f"--{boundary}--".encode(), b"",
    ]  # fmt: skip
    writer.close()


@pytest.mark.parametrize(
    ("method", "fields", "status"),
    [
        ("HEAD", ["Range: bytes=0-1"], "200 OK"),
        ("GET", ["Range: bytes=9999999-"], "416 Requested Range Not Satisfiable"),
        ("GET", ["If-None-Match: *"], "304 Not Modified"),
        ("GET", ['If-Match: "other"'], "412 Precondition Failed"),
        ("GET", ["Range: bytes=" + "0-0," * 8000], "200 OK"),
    ],
)
async def test_over_http_the_connection_survives_every_answer(
    served: Served, method: str, fields: list[str], status: str
) -> None:
    first, headers, reader, writer = await served.ask(method, *fields)
    assert first == f"HTTP/1.1 {status}"
    if method == "GET":
        await reader.readexactly(int(headers.get("content-length", 0)))
    writer.write(b"GET / HTTP/1.1\r\nHost: test\r\nRange: bytes=0-9\r\n\r\n")
    second = await reader.readuntil(b"\r\n\r\n")
    assert second.startswith(b"HTTP/1.1 206 ")
    assert await reader.readexactly(10) == LARGE[:10]
    writer.close()


async def test_over_http_a_file_cut_short_breaks_the_transfer(served: Served) -> None:
    with served.path.open("r+b") as file:
        file.truncate(200 << 20)  # holes: too much for the buffers between us and the server
    _, headers, reader, writer = await served.ask(receive_buffer=4096)
    with served.path.open("r+b") as file:
        file.truncate(1000)
    body = await reader.read(-1)
    assert int(headers["content-length"]) == 200 << 20
    assert len(body) < 200 << 20
    assert body[: len(LARGE)] == LARGE[: len(body)]
    await served.closed.wait()
    writer.close()


async def test_over_http_a_file_is_closed_when_the_client_leaves(served: Served) -> None:
    with served.path.open("r+b") as file:
        file.truncate(200 << 20)
    _, _, reader, writer = await served.ask(receive_buffer=4096)
    await reader.readexactly(1000)
    assert not served.closed.is_set()
    writer.transport.abort()
    await served.closed.wait()
