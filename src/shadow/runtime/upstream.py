"""The operator's own proxy: every outgoing connection of a process goes through it, if it is set.

The proxy is asked for an address that was judged here, never for a name: what it would make of a
name is out of our hands. SOCKS 5 (RFC 1928, RFC 1929) and HTTP CONNECT (RFC 9110, 9.3.6).
"""

import base64
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, ip_address
from typing import Any
from urllib.parse import unquote, urlsplit

import httpcore

ANSWER_LIMIT = 8192  # bytes of an HTTP proxy's answer
PORTS = {"socks5": 1080, "http": 8080}
REASONS = {
    1: "it failed",
    2: "its rules forbid it",
    3: "the network cannot be reached",
    4: "the host cannot be reached",
    5: "the host refuses",
    6: "it took too long",
}


class UpstreamRefused(Exception):
    """The operator's proxy does not do what it was asked, for the reason in the text."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """A proxy: `scheme` is socks5 or http; `user` is empty when it wants none."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)


def parse_upstream(text: str) -> Upstream:
    """Return the proxy of `socks5://user:password@host:port` or `http://…`.

    Raises:
        ValueError: for anything else; the message never repeats the text.
    """
    parts = urlsplit(text)
    if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("is like socks5://host:1080 or http://user:password@host:3128")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if len(user.encode()) > 255 or len(password.encode()) > 255 or (password and not user):
        raise ValueError("has a user name and password of at most 255 bytes")
    port = parts.port or PORTS[parts.scheme]
    return Upstream(parts.scheme, parts.hostname, port, user, password)


Send = Callable[[bytes], Awaitable[None]]
Receive = Callable[[int], Awaitable[bytes]]
"""Returns so many bytes, never fewer: it raises when the connection ends before."""


async def ask_upstream(
    proxy: Upstream, address: str, port: int, *, send: Send, receive: Receive
) -> None:
    """Have a proxy that is connected open a way to an address; what follows is that connection.

    Raises:
        UpstreamRefused: it does not.
    """
    if proxy.scheme == "http":
        await _ask_http(proxy, address, port, send=send, receive=receive)
    else:
        await _ask_socks(proxy, address, port, send=send, receive=receive)


async def _ask_socks(
    proxy: Upstream, address: str, port: int, *, send: Send, receive: Receive
) -> None:
    await send(b"\x05\x02\x00\x02" if proxy.user else b"\x05\x01\x00")
    version, method = await receive(2)
    if version != 5 or method not in ((0, 2) if proxy.user else (0,)):
        raise UpstreamRefused("the proxy speaks no SOCKS 5 or wants another way of signing in")
    if method == 2:
        user, password = proxy.user.encode(), proxy.password.encode()
        await send(b"\x01" + bytes([len(user)]) + user + bytes([len(password)]) + password)
        if (await receive(2))[1] != 0:
            raise UpstreamRefused("the proxy refuses the user name or password")
    target = ip_address(address)
    kind = b"\x01" if isinstance(target, IPv4Address) else b"\x04"
    await send(b"\x05\x01\x00" + kind + target.packed + port.to_bytes(2, "big"))
    _, reply, _, bound = await receive(4)
    if reply != 0:
        raise UpstreamRefused(f"the proxy did not connect: {REASONS.get(reply, 'it failed')}")
    length = {1: 4, 4: 16}.get(bound) or (await receive(1))[0]
    await receive(length + 2)


async def _ask_http(
    proxy: Upstream, address: str, port: int, *, send: Send, receive: Receive
) -> None:
    place = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    head = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
    if proxy.user:
        pair = base64.b64encode(f"{proxy.user}:{proxy.password}".encode()).decode()
        head.append(f"Proxy-Authorization: Basic {pair}")
    await send("\r\n".join([*head, "", ""]).encode())
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):  # byte by byte: what follows belongs to the server
        answer += await receive(1)
        if len(answer) > ANSWER_LIMIT:
            raise UpstreamRefused("the proxy's answer has no end")
    status = answer.split(b" ", 2)[1:2]
    if not status or not status[0].startswith(b"2"):
        shown = status[0].decode("latin-1")[:3] if status else "no status"
        raise UpstreamRefused(f"the proxy did not connect: it answered {shown}")


class UpstreamBackend(httpcore.AsyncNetworkBackend):
    """Open connections through a proxy. The addresses asked for are judged ones."""

    def __init__(self, proxy: Upstream, inner: httpcore.AsyncNetworkBackend) -> None:
        self._proxy = proxy
        self._inner = inner

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 the shape is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to an address by way of the proxy."""
        stream = await self._inner.connect_tcp(
            self._proxy.host, self._proxy.port, timeout, local_address, socket_options
        )

        async def send(content: bytes) -> None:
            await stream.write(content, timeout)

        async def receive(count: int) -> bytes:
            received = b""
            while len(received) < count:
                block = await stream.read(count - len(received), timeout)
                if not block:
                    raise httpcore.ConnectError("the proxy broke off")
                received += block
            return received

        try:
            await ask_upstream(self._proxy, host, port, send=send, receive=receive)
        except UpstreamRefused as error:
            await stream.aclose()
            raise httpcore.ConnectError(str(error)) from error
        except BaseException:
            await stream.aclose()
            raise
        return stream
