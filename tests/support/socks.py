"""A SOCKS 5 proxy and an HTTP proxy on loopback, as an operator may run them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class OperatorProxy:
    """Where it listens, and the places it was asked to connect to."""

    port: int = 0
    asked: list[tuple[str, int]] = field(default_factory=list)
    signed_in: list[tuple[str, str]] = field(default_factory=list)


@asynccontextmanager
async def socks_proxy(*, password: str = "", refuses: int = 0) -> AsyncIterator[OperatorProxy]:
    """Serve SOCKS 5; with a password it wants signing in, and `refuses` is the reply's code."""
    proxy = OperatorProxy()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, count = await reader.readexactly(2)
        offered = await reader.readexactly(count)
        method = 2 if password else 0
        assert method in offered
        writer.write(bytes([5, method]))
        if password:
            await reader.readexactly(1)
            user = await reader.readexactly((await reader.readexactly(1))[0])
            given = await reader.readexactly((await reader.readexactly(1))[0])
            proxy.signed_in.append((user.decode(), given.decode()))
            writer.write(b"\x01\x00" if given.decode() == password else b"\x01\x01")
            if given.decode() != password:
                writer.close()
                return
        _, _, _, kind = await reader.readexactly(4)
        assert kind == 1, "asked for a name, or for IPv6"
        host = ".".join(str(part) for part in await reader.readexactly(4))
        port = int.from_bytes(await reader.readexactly(2), "big")
        proxy.asked.append((host, port))
        writer.write(bytes([5, refuses, 0, 1]) + bytes(6))
        if refuses:
            writer.close()
            return
        await _join(reader, writer, host, port)

    async with _listening(converse, proxy):
        yield proxy


@asynccontextmanager
async def connect_proxy() -> AsyncIterator[OperatorProxy]:
    """Serve HTTP CONNECT."""
    proxy = OperatorProxy()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        host, _, port = head.split(" ")[1].partition(":")
        proxy.asked.append((host, int(port)))
        writer.write(b"HTTP/1.1 200 Fine\r\nVia: test\r\n\r\n")
        await _join(reader, writer, host, int(port))

    async with _listening(converse, proxy):
        yield proxy


async def _join(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int
) -> None:
    far_reader, far_writer = await asyncio.open_connection(host, port)

    async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while block := await source.read(65536):
            target.write(block)
            await target.drain()
        target.close()

    await asyncio.gather(carry(reader, far_writer), carry(far_reader, writer))


@asynccontextmanager
async def _listening(
    converse: Callable[..., Coroutine[Any, Any, None]], proxy: OperatorProxy
) -> AsyncIterator[None]:
    talks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.create_task(converse(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield
    finally:
        server.close()
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
