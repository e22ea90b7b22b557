"""What an outgoing request accepts as an answer: size, encoding, time."""

import asyncio
import gzip
import zlib

import httpx
import pytest

from shadow.runtime.http import AnswerRefused, HttpClients, OutgoingClient, Unreachable
from shadow.runtime.http_settings import NetworkSettings
from tests.support.wire import Answer, Asked, always, plain, serving

CAP = 10_000


def client(*, read_seconds: float = 15.0, total_seconds: float = 60.0) -> OutgoingClient:
    settings = NetworkSettings(
        allow_private=("127.0.0.0/8",), read_seconds=read_seconds, total_seconds=total_seconds
    )
    return HttpClients(settings).client(max_bytes=CAP)


async def fetch(answer: Answer, outgoing: OutgoingClient | None = None) -> bytes:
    async with serving(answer) as served, outgoing or client() as out:
        return (await out.get(served.url)).content


async def test_a_body_of_exactly_the_cap_is_accepted_and_one_byte_more_is_not() -> None:
    assert len(await fetch(always(plain(200, b"x" * CAP)))) == CAP
    with pytest.raises(AnswerRefused):
        await fetch(always(plain(200, b"x" * (CAP + 1))))


async def test_a_body_declared_too_long_is_not_read() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999999\r\n\r\n"
    with pytest.raises((AnswerRefused, Unreachable)):
        await fetch(always(head))
    with pytest.raises(AnswerRefused):
        await fetch(always(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"))


async def test_compressed_answers_are_unpacked() -> None:
    text = b"the same again and again " * 100
    assert await fetch(always(plain(200, gzip.compress(text), Content_Encoding="gzip"))) == text
    twice = gzip.compress(text[:100]) + gzip.compress(text[100:])
    assert await fetch(always(plain(200, twice, Content_Encoding="x-gzip"))) == text


async def test_a_compressed_bomb_stops_at_the_cap() -> None:
    bomb = gzip.compress(bytes(9_000_000))
    assert len(bomb) < CAP
    with pytest.raises(AnswerRefused):
        await fetch(always(plain(200, bomb, Content_Encoding="gzip")))


async def test_endless_compressed_nothing_stops_at_the_cap() -> None:
    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
        while True:
            writer.write(gzip.compress(b"") * 50)
            await writer.drain()

    with pytest.raises(AnswerRefused):
        await fetch(answer)


async def test_an_endless_body_stops_at_the_cap() -> None:
    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"400\r\n" + b"x" * 1024 + b"\r\n")
            await writer.drain()

    with pytest.raises(AnswerRefused):
        await fetch(answer)


async def test_the_cap_holds_for_streamed_answers() -> None:
    bomb = gzip.compress(bytes(9_000_000))
    seen = 0

    async def read(response: httpx.Response) -> None:
        nonlocal seen
        async for chunk in response.aiter_bytes():
            seen += len(chunk)

    answer = always(plain(200, bomb, Content_Encoding="gzip"))
    async with serving(answer) as served, client() as out, out.stream("GET", served.url) as got:
        with pytest.raises(AnswerRefused):
            await read(got)
    assert seen <= CAP


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip", "nonsense"])
async def test_an_encoding_that_was_not_asked_for_is_refused(encoding: str) -> None:
    with pytest.raises(AnswerRefused):
        await fetch(always(plain(200, zlib.compress(b"x"), Content_Encoding=encoding)))


async def test_broken_compression_is_refused() -> None:
    with pytest.raises(AnswerRefused):
        await fetch(always(plain(200, b"this is not gzip at all", Content_Encoding="gzip")))
    half = gzip.compress(b"a longer text than this, cut short")[:20]
    with pytest.raises(Unreachable):
        await fetch(always(plain(200, half, Content_Encoding="gzip")))


async def test_a_body_shorter_than_declared_is_an_error() -> None:
    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")
        await writer.drain()
        writer.close()

    with pytest.raises(Unreachable):
        await fetch(answer)


async def test_a_body_longer_than_declared_ends_where_it_was_declared_to() -> None:
    lie = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello and more"
    assert await fetch(always(lie)) == b"hello"


@pytest.mark.parametrize("head", [b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nbroken\r\n\r\n", b""])
async def test_what_is_not_http_is_unreachable(head: bytes) -> None:
    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        await writer.drain()
        writer.close()

    with pytest.raises(Unreachable):
        await fetch(answer)


async def test_a_silent_server_is_given_up() -> None:
    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    with pytest.raises(Unreachable):
        await fetch(answer, client(read_seconds=0.2))


async def test_a_server_that_sends_a_byte_at_a_time_is_given_up() -> None:
    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    with pytest.raises(Unreachable):
        await fetch(answer, client(read_seconds=5, total_seconds=0.3))


async def test_the_total_time_covers_redirects_too() -> None:
    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.target == "/":
            writer.write(plain(302, Location="/slow"))
        else:
            await asyncio.Event().wait()

    with pytest.raises(Unreachable):
        await fetch(answer, client(read_seconds=30, total_seconds=0.3))


async def test_head_answers_may_declare_any_length() -> None:
    answer = always(b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n")
    async with serving(answer) as served, client() as out:
        response = await out.head(served.url)
    assert response.headers["content-length"] == "999999"


async def test_a_connection_is_used_again_and_survives_a_refused_answer() -> None:
    async with serving(always(plain(200, b"ok"))) as served, client() as out:
        for _ in range(3):
            assert (await out.get(served.url)).text == "ok"
    with pytest.raises(AnswerRefused):
        await fetch(always(plain(200, b"x" * (CAP + 1))))
