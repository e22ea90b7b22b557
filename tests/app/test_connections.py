"""A client that sends its request drop by drop does not hold a connection for ever."""

import asyncio

import pytest
import uvicorn

from shadow.app.connections import BoundedProtocol


async def nothing(scope, receive, send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("shadow.app.connections.HEAD_SECONDS", 0.05)
    config = uvicorn.Config(nothing, http=BoundedProtocol, ws="none", lifespan="off", port=0)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    yield server.servers[0].sockets[0].getsockname()[1]
    await server.shutdown()


@pytest.mark.parametrize("begun", [b"", b"GET / HT"])
async def test_a_request_that_never_comes_ends_its_connection(port: int, begun: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(begun)
    assert await reader.read() == b""
    writer.close()


async def test_a_request_that_came_has_all_the_time(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")
    told = await reader.readuntil(b"\r\n\r\n") + await reader.readuntil(b"\r\n\r\n")
    assert told.count(b"HTTP/1.1 204 ") == 2
    writer.close()
