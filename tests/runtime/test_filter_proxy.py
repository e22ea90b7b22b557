"""The proxy that programs of others fetch through: whom it lets in, and where to."""

import asyncio
import base64
import errno
import os
import socket
from collections.abc import AsyncIterator, Sequence

import pytest

from shadow.runtime.filter_proxy import FilterProxy, Lease
from shadow.runtime.http import HttpClients
from shadow.runtime.http_settings import NetworkSettings
from shadow.runtime.http_transport import resolve_host
from shadow.runtime.proxy_answers import ClosingAnswer
from shadow.runtime.splicing import splice_on
from tests.support.socks import socks_proxy
from tests.support.wire import Answer, Asked, plain, serving

LOOPBACK = NetworkSettings(allow_private=("127.0.0.0/8",))
NOWHERE = NetworkSettings()


@pytest.fixture
async def proxy() -> AsyncIterator[FilterProxy]:
    """A proxy that may reach loopback, as tests must."""
    opened = FilterProxy(HttpClients(LOOPBACK))
    yield opened
    await opened.close()


def once(answer: bytes) -> Answer:
    """Answer and close the connection, as servers do that are asked to."""

    async def write(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        writer.close()

    return write


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


async def ask(lease: Lease, head: str, *, rest: bytes = b"", signed: bool = True) -> bytes:
    """Send a request to the proxy and return all that comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", lease.port)
    signature = f"Proxy-Authorization: {basic(lease.user, lease.password)}\r\n" if signed else ""
    writer.write(f"{head}\r\n{signature}\r\n".encode("latin-1") + rest)
    try:
        return await reader.read()
    finally:
        writer.close()


async def test_a_plain_request_goes_through_without_what_concerns_the_proxy(
    proxy: FilterProxy,
) -> None:
    async with serving(once(plain(200, b"hello"))) as served:
        async with proxy.lease() as lease:
            head = f"GET {served.url}/a?b=c HTTP/1.1\r\nHost: lies.example\r\nX-Mine: 1"
            answer = await ask(lease, head + "\r\nProxy-Connection: keep-alive")
        (asked,) = served.asked
    assert answer.endswith(b"\r\n\r\nhello")
    assert (asked.method, asked.target) == ("GET", "/a?b=c")
    assert asked.headers == {
        "host": f"127.0.0.1:{served.port}",
        "x-mine": "1",
        "connection": "close",
    }
    assert lease.received == len(plain(200, b"hello"))


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_an_answer_says_that_its_connection_ends_however_it_comes(step: int) -> None:
    """Else a program sends its next request into the connection that closes."""
    came = (
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
        b"HTTP/1.1 302 Found\r\nCONNECTION: keep-alive\r\nKeep-Alive: timeout=5\r\n"
        b"Location: /y\r\nContent-Length: 16\r\n\r\nConnection: mine"
    )
    answer, passed = ClosingAnswer(), b""
    for at in range(0, len(came), step):
        passed += answer(came[at : at + step])
    assert passed + answer.rest() == (
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
        b"HTTP/1.1 302 Found\r\nConnection: close\r\n"
        b"Location: /y\r\nContent-Length: 16\r\n\r\nConnection: mine"
    )


def test_what_is_no_answer_is_passed_on_as_it_is() -> None:
    for came in (b"", b"SSH-2.0-OpenSSH", b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000):
        answer = ClosingAnswer()
        assert answer(came) + answer.rest() == came


async def test_a_tunnel_carries_bytes_both_ways(proxy: FilterProxy) -> None:
    async with serving(once(plain(200, b"x" * 700_000))) as served, proxy.lease() as lease:
        reader, writer = await asyncio.open_connection("127.0.0.1", lease.port)
        writer.write(
            f"CONNECT 127.0.0.1:{served.port} HTTP/1.1\r\n"
            f"Proxy-Authorization: {basic(lease.user, lease.password)}\r\n\r\n".encode()
        )
        established = await reader.readuntil(b"\r\n\r\n")
        assert established.startswith(b"HTTP/1.1 200 ")
        writer.write(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        answer = await reader.readexactly(700_000)
        writer.close()
    assert b"xxxx" in answer


async def test_a_body_goes_along_and_nothing_after_it(proxy: FilterProxy) -> None:
    async with serving(once(plain(200, b"ok"))) as served:
        async with proxy.lease() as lease:
            second = f"GET {served.url}/smuggled HTTP/1.1\r\n\r\n".encode()
            head = f"POST {served.url}/ HTTP/1.1\r\nContent-Length: 4"
            await ask(lease, head, rest=b"body" + second)
        assert [(one.method, one.body) for one in served.asked] == [("POST", b"body")]


async def test_nobody_gets_in_without_a_lease(proxy: FilterProxy) -> None:
    async with serving(once(plain(200, b"ok"))) as served:
        async with proxy.lease() as lease:
            head = f"GET {served.url}/ HTTP/1.1"
            assert (await ask(lease, head, signed=False)).startswith(b"HTTP/1.1 407 ")
            for user, password in ((lease.user, "wrong"), ("x", lease.password), ("ü", "ü")):
                forged = f"{head}\r\nProxy-Authorization: {basic(user, password)}"
                assert (await ask(lease, forged, signed=False)).startswith(b"HTTP/1.1 407 ")
        async with proxy.lease() as other:
            assert other.port == lease.port
            assert (await ask(lease, head)).startswith(b"HTTP/1.1 407 ")  # it has ended
        assert served.asked == []


@pytest.mark.parametrize(
    "place",
    [
        *("127.0.0.1:8080", "127.1:8080", "2130706433:8080", "0x7f.1:8080", "localhost:8080"),
        *("0:8080", "[::1]:8080", "[::ffff:127.0.0.1]:8080", "[64:ff9b::7f00:1]:8080"),
        *("169.254.169.254:80", "100.64.0.1:443", "10.0.0.1:443"),
    ],
)
async def test_private_places_are_refused_in_every_form(place: str) -> None:
    proxy = FilterProxy(HttpClients(NOWHERE))
    try:
        async with proxy.lease() as lease:
            tunnel = await ask(lease, f"CONNECT {place} HTTP/1.1")
            request = await ask(lease, f"GET http://{place}/ HTTP/1.1")
        assert tunnel.startswith(b"HTTP/1.1 403 ")
        assert request.startswith(b"HTTP/1.1 403 ")
        assert {error.code for error in lease.refusals} == {"runtime.request_refused"}
    finally:
        await proxy.close()


async def test_a_name_that_is_rebound_is_connected_to_where_it_was_judged() -> None:
    looked_up = []

    async def rebinding(host: str, port: int) -> Sequence[str]:
        looked_up.append(host)
        return ["127.0.0.1"] if len(looked_up) == 1 else ["10.0.0.1"]

    proxy = FilterProxy(HttpClients(LOOPBACK, resolve=rebinding))
    async with serving(once(plain(200, b"first"))) as served, proxy.lease() as lease:
        head = f"GET http://rebinding.example:{served.port}/ HTTP/1.1"
        assert (await ask(lease, head)).endswith(b"first")
        assert (await ask(lease, head)).startswith(b"HTTP/1.1 403 ")
    assert len(looked_up) == 2
    await proxy.close()


async def test_one_private_address_among_public_ones_refuses_the_name() -> None:
    async def mixed(host: str, port: int) -> Sequence[str]:
        return ["93.184.216.34", "192.168.0.1"]

    proxy = FilterProxy(HttpClients(NOWHERE, resolve=mixed))
    async with proxy.lease() as lease:
        answer = await ask(lease, "CONNECT mixed.example:443 HTTP/1.1")
    assert answer.startswith(b"HTTP/1.1 403 ")
    await proxy.close()


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("GET ftp://127.0.0.1/x HTTP/1.1", 403),
        ("GET https://127.0.0.1/x HTTP/1.1", 403),
        ("GET http://a:b@127.0.0.1/ HTTP/1.1", 403),
        ("CONNECT 127.0.0.1:25 HTTP/1.1", 403),
        ("CONNECT 127.0.0.1:6667 HTTP/1.1", 403),
        ("CONNECT 127.0.0.1 HTTP/1.1", 403),
        ("CONNECT 127.0.0.1:99999 HTTP/1.1", 403),
        ("GET http://127.0.0.1:8080/\\@x HTTP/1.1", 403),
        ("GET  http://127.0.0.1:8080/ HTTP/1.1", 400),
        ("get http://127.0.0.1:8080/ HTTP/1.1", 400),
        ("GET http://127.0.0.1:8080/ SPDY/3", 400),
        ("GET http://127.0.0.1:8080/ HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2", 400),
        ("GET http://127.0.0.1:8080/ HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: x", 400),
        ("GET http://127.0.0.1:8080/ HTTP/1.1\r\nContent-Length: -1", 400),
        ("GET http://127.0.0.1:8080/ HTTP/1.1\r\n folded: x", 400),
    ],
)
async def test_odd_requests_are_refused(proxy: FilterProxy, head: str, status: int) -> None:
    async with proxy.lease() as lease:
        assert (await ask(lease, head)).startswith(b"HTTP/1.1 %d " % status)


async def test_a_head_without_end_is_cut_off(proxy: FilterProxy) -> None:
    async with proxy.lease() as lease:
        reader, writer = await asyncio.open_connection("127.0.0.1", lease.port)
        writer.write(b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 20_000)
        with pytest.raises(ConnectionError):
            while True:
                assert await reader.read(4096) or writer.is_closing()
                writer.write(b"x: y\r\n" * 1000)
                await writer.drain()


async def test_a_lease_spends_no_more_than_its_bytes(proxy: FilterProxy) -> None:
    async with serving(once(plain(200, b"x" * 3_000_000))) as served:
        async with proxy.lease(max_bytes=1_000_000) as lease:
            got = await ask(lease, f"GET {served.url}/ HTTP/1.1")
        assert len(got) <= 1_000_000
    assert [error.code for error in lease.refusals] == ["runtime.answer_refused"]


@pytest.mark.parametrize("most", [2_500_000, 20_000_000])
async def test_bytes_that_the_kernel_carries_are_counted_too(proxy: FilterProxy, most: int) -> None:
    """Beyond the first MiB of an answer they do not pass through this process."""
    async with (
        serving(once(plain(200, b"x" * 30_000_000))) as served,
        proxy.lease(max_bytes=most) as lease,
    ):
        got = await ask(lease, f"GET {served.url}/ HTTP/1.1")
    assert len(got) <= most < lease.received
    assert [error.code for error in lease.refusals] == ["runtime.answer_refused"]


@pytest.mark.parametrize("fault", [None, errno.EINVAL, errno.EMFILE])
async def test_a_large_answer_comes_whole_to_a_client_that_dawdles(
    proxy: FilterProxy, monkeypatch: pytest.MonkeyPatch, fault: int | None
) -> None:
    """Also where the kernel cannot carry it."""
    body, carried, asked_for = os.urandom(12_000_000), os.splice, []

    def splice(source: int, target: int, most: int, *, flags: int) -> int:
        asked_for.append(most)
        if fault is not None:
            raise OSError(fault, os.strerror(fault))
        return carried(source, target, most, flags=flags)

    monkeypatch.setattr(os, "splice", splice)
    async with serving(once(plain(200, body))) as served, proxy.lease() as lease:
        reader, writer = await asyncio.open_connection("127.0.0.1", lease.port, limit=1 << 12)
        signature = basic(lease.user, lease.password)
        head = f"GET {served.url}/ HTTP/1.1\r\nProxy-Authorization: {signature}\r\n\r\n"
        writer.write(head.encode())
        got = bytearray()
        while block := await reader.read(100_000):
            got += block
            await asyncio.sleep(0)
        writer.close()
    assert bytes(got).endswith(body)
    assert lease.received == len(plain(200, body))
    assert asked_for


async def test_ends_that_are_always_ready_leave_the_loop_to_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left, turns = [200], [0]

    def splice(source: int, target: int, most: int, *, flags: int) -> int:
        if target == far_end.fileno():
            return most
        left[0] -= 1
        return 1000 if left[0] >= 0 else 0

    async def others() -> None:
        while True:
            turns[0] += 1
            await asyncio.sleep(0)

    monkeypatch.setattr(os, "splice", splice)
    near_end, far_end = socket.socketpair()
    with near_end, far_end:
        other = asyncio.create_task(others())
        assert await splice_on(near_end, far_end, lambda count: None)
        other.cancel()
    assert turns[0] >= 200


async def test_connections_end_with_their_lease(proxy: FilterProxy) -> None:
    async def silent(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with serving(silent) as served:
        async with proxy.lease() as lease:
            waiting = asyncio.create_task(ask(lease, f"GET {served.url}/ HTTP/1.1"))
            while not served.asked:
                await asyncio.sleep(0.01)
        assert await waiting == b""


async def test_what_cannot_be_reached_is_a_bad_gateway(proxy: FilterProxy) -> None:
    async with serving(once(plain(200))) as served:
        port = served.port
    async with proxy.lease() as lease:
        assert (await ask(lease, f"CONNECT 127.0.0.1:{port} HTTP/1.1")).startswith(b"HTTP/1.1 502")
    assert lease.refusals == []


async def test_the_operators_own_proxy_is_asked_for_the_judged_address() -> None:
    async def named(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"] if host == "film.example" else await resolve_host(host, port)

    async with serving(once(plain(200, b"far"))) as served:
        async with socks_proxy(password="pass word") as operators:
            settings = NetworkSettings.model_validate(
                {
                    "allow_private": "127.0.0.0/8",
                    "proxy": f"socks5://ada:pass%20word@127.0.0.1:{operators.port}",
                }
            )
            proxy = FilterProxy(HttpClients(settings, resolve=named))
            async with proxy.lease() as lease:
                answer = await ask(lease, f"GET http://film.example:{served.port}/ HTTP/1.1")
            await proxy.close()
        assert answer.endswith(b"far")
        assert operators.asked == [("127.0.0.1", served.port)]
        assert operators.signed_in == [("ada", "pass word")]


async def test_a_server_that_speaks_first_is_heard_apart_from_the_proxys_answer(
    proxy: FilterProxy,
) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 welcome\r\n")
        writer.write(await reader.readline())
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, proxy.lease() as lease:
        reader, writer = await asyncio.open_connection("127.0.0.1", lease.port)
        writer.write(
            f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n"
            f"Proxy-Authorization: {basic(lease.user, lease.password)}\r\n\r\n".encode()
        )
        first = await reader.read(65536)
        assert first.endswith(b"\r\n\r\n")
        assert await reader.readline() == b"220 welcome\r\n"
        writer.write(b"echo\r\n")
        assert await reader.readline() == b"echo\r\n"
        writer.close()
