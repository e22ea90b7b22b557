"""A proxy on loopback for programs that fetch by themselves: aria2, yt-dlp, FFmpeg, rclone.

They know nothing of which addresses may be reached, so they are made to come through here. Each
connection's name is looked up once, every address judged as for our own requests, and the
connection goes to an address that was judged; redirects come back as new connections and are judged
again. Nobody gets in without the credentials of a lease, which are random and end with it.
"""

import asyncio
import contextlib
import hmac
import secrets
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog

from shadow.kit.errors import ShadowError
from shadow.runtime.http import AnswerRefused, HttpClients, RequestRefused, Unreachable
from shadow.runtime.proxy_answers import ClosingAnswer
from shadow.runtime.proxy_requests import (
    HEAD_LIMIT,
    BadRequest,
    ProxyRequest,
    credentials,
    read_head,
    understand,
)
from shadow.runtime.relaying import relay, speaks_within
from shadow.runtime.upstream import UpstreamRefused, ask_upstream

log = structlog.get_logger(__name__)
MOST_CONNECTIONS = 256
FEW_CONNECTIONS = 64  # up to so many the kernel carries, which takes more file descriptors
HEAD_SECONDS = 10.0
CONNECT_SECONDS = 10.0
IDLE_SECONDS = 120.0
"""A connection without a byte for so long is closed."""
GREETING_SECONDS = 0.25
"""How long the far end's words wait in a tunnel whose client does not speak first."""
MOST_REFUSALS = 20  # kept of a lease


@dataclass(eq=False, slots=True)
class Lease:
    """The right of one program to use the proxy. `received` counts the bytes that came in.

    `refusals` says what the proxy did not let through, the reasons in words for people: programs
    report it as some failed request.
    """

    port: int
    user: str
    password: str = field(repr=False)
    max_bytes: int | None = None
    received: int = 0
    refusals: list[ShadowError] = field(default_factory=list)
    connections: set["asyncio.Task[None]"] = field(default_factory=set, repr=False)

    @property
    def url(self) -> str:
        """The proxy's address with the credentials, as programs take it."""
        return f"http://{self.user}:{self.password}@127.0.0.1:{self.port}"

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that most programs look at."""
        names = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy")
        given = dict.fromkeys(names, self.url) | {"no_proxy": ""}
        return given | {name.upper(): value for name, value in given.items()}

    def count(self, received: int) -> None:
        """Note bytes that came in. Raises `AnswerRefused` when they are too many."""
        self.received += received
        if self.max_bytes is not None and self.received > self.max_bytes:
            raise AnswerRefused(f"More than the {self.max_bytes} bytes that are accepted came in.")

    def refuse(self, error: ShadowError) -> None:
        """Note what was not let through."""
        if len(self.refusals) < MOST_REFUSALS:
            self.refusals.append(error)


class FilterProxy:
    """The proxy of this process. It listens from the first lease on; close it at the end."""

    def __init__(self, http: HttpClients) -> None:
        """Judge as `http` does, and go through the operator's own proxy if it does."""
        self._http = http
        self._leases: dict[str, Lease] = {}
        self._listening: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._talks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def lease(self, *, max_bytes: int | None = None) -> AsyncIterator[Lease]:
        """Let a program through as long as the block runs; its connections end with it.

        Args:
            max_bytes: after so many bytes from outside everything of this lease is cut off.
        """
        user, password = secrets.token_hex(8), secrets.token_hex(16)
        lease = Lease(self._listen(), user, password, max_bytes)
        self._leases[user] = lease
        try:
            yield lease
        finally:
            del self._leases[user]
            await _stop(lease.connections)

    async def close(self) -> None:
        """Stop listening and end every connection."""
        if self._accepting is not None:
            await _stop({self._accepting})
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        await _stop(self._talks)

    def _listen(self) -> int:
        if self._listening is None:
            self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
            self._listening.settimeout(0)
            self._accepting = asyncio.create_task(self._accept(self._listening))
        port: int = self._listening.getsockname()[1]
        return port

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                client, _ = await loop.sock_accept(listening)
            except OSError as error:  # out of file descriptors: it passes
                log.warning("filter_proxy.not_accepted", detail=str(error))
                await asyncio.sleep(0.1)
                continue
            if len(self._talks) >= MOST_CONNECTIONS:
                client.close()
                continue
            talk = loop.create_task(self._converse(client))
            self._talks.add(talk)
            talk.add_done_callback(self._talks.discard)

    async def _converse(self, client: socket.socket) -> None:
        client.settimeout(0)
        with client, contextlib.suppress(OSError):
            try:
                async with asyncio.timeout(HEAD_SECONDS):
                    text, rest = await _read_head(client)
                head = read_head(text)
                lease = self._lease_of(*credentials(head))
                if lease is None:
                    await _answer(client, 407, "The proxy wants the credentials of a lease.")
                    return
            except (BadRequest, TimeoutError) as error:
                await _answer(client, 400, str(error) or "The request did not come in time.")
                return
            talk = asyncio.current_task()
            assert talk is not None
            lease.connections.add(talk)
            try:
                await self._serve(client, lease, understand(head), rest)
            except BadRequest as error:
                await _answer(client, 400, str(error))
            except RequestRefused as error:
                lease.refuse(error)
                await _answer(client, 403, error.detail)
            finally:
                lease.connections.discard(talk)

    def _lease_of(self, user: str, password: str) -> Lease | None:
        lease = self._leases.get(user)
        if lease is None or not hmac.compare_digest(lease.password.encode(), password.encode()):
            return None
        return lease

    async def _serve(
        self, client: socket.socket, lease: Lease, request: ProxyRequest, rest: bytes
    ) -> None:
        try:
            addresses = await self._http.addresses(request.host, request.port)
            server = await self._connect(addresses, request.port)
        except Unreachable as error:
            await _answer(client, 502, error.detail)
            return
        with server:
            await self._pass_on(client, server, lease, (request, rest))

    async def _pass_on(
        self,
        client: socket.socket,
        server: socket.socket,
        lease: Lease,
        asked: tuple[ProxyRequest, bytes],
    ) -> None:
        loop = asyncio.get_running_loop()
        request, rest = asked
        left = request.body_bytes
        if request.head:
            rest = rest if left is None else rest[:left]
            await loop.sock_sendall(server, request.head + rest)
            left = left if left is None else left - len(rest)
        else:
            await loop.sock_sendall(client, b"HTTP/1.1 200 Connection established\r\n\r\n")
            await loop.sock_sendall(server, rest)
            # A greeting that comes in one piece with our own answer is lost on aria2 (FTP).
            await speaks_within(client, GREETING_SECONDS)
        try:
            async with asyncio.timeout(IDLE_SECONDS) as patience:

                def moved(received: int, sent: int) -> None:
                    lease.count(received)
                    patience.reschedule(loop.time() + IDLE_SECONDS)

                answer = ClosingAnswer() if request.head else None
                await relay(
                    client, server, moved=moved, from_client=left, answer=answer,
                    splice=len(self._talks) <= FEW_CONNECTIONS,
                )  # fmt: skip
        except TimeoutError:
            return
        except AnswerRefused as error:
            lease.refuse(error)

    async def _connect(self, addresses: Sequence[str], port: int) -> socket.socket:
        """Connect to the first judged address that answers, as the operator's proxy allows."""
        failure = "it does not answer in time"
        for address in addresses:
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    return await self._connect_one(address, port)
            except TimeoutError:
                continue
            except (OSError, UpstreamRefused) as error:
                failure = str(error)
        raise Unreachable(f"The server cannot be reached: {failure}.")

    async def _connect_one(self, address: str, port: int) -> socket.socket:
        loop = asyncio.get_running_loop()
        upstream = self._http.upstream
        if upstream is None:
            return await _connected(address, port)
        found = await loop.getaddrinfo(upstream.host, upstream.port, type=socket.SOCK_STREAM)
        server = await _connected(str(found[0][4][0]), upstream.port)

        async def send(content: bytes) -> None:
            await loop.sock_sendall(server, content)

        async def receive(count: int) -> bytes:
            received = b""
            while len(received) < count:
                block = await loop.sock_recv(server, count - len(received))
                if not block:
                    raise UpstreamRefused("the proxy broke off")
                received += block
            return received

        try:
            await ask_upstream(upstream, address, port, send=send, receive=receive)
        except BaseException:
            server.close()
            raise
        return server


async def _connected(address: str, port: int) -> socket.socket:
    """Connect to an address, which is no name: nothing is looked up again."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    server = socket.socket(family, socket.SOCK_STREAM)
    server.settimeout(0)
    try:
        await asyncio.get_running_loop().sock_connect(server, (address, port))
    except BaseException:
        server.close()
        raise
    return server


async def _read_head(client: socket.socket) -> tuple[bytes, bytes]:
    """Return a request's head and what came with it of what follows."""
    loop = asyncio.get_running_loop()
    received = b""
    while b"\r\n\r\n" not in received:
        block = await loop.sock_recv(client, 4096)
        if not block:
            raise ConnectionResetError
        received += block
        if len(received) > HEAD_LIMIT:
            raise BadRequest("The request's head is too long.")
    head, end, rest = received.partition(b"\r\n\r\n")
    return head + end, rest


async def _answer(client: socket.socket, status: int, text: str) -> None:
    body = text.encode()
    challenge = 'Proxy-Authenticate: Basic realm="lease"\r\n' if status == 407 else ""
    head = (
        f"HTTP/1.1 {status} Refused\r\nContent-Type: text/plain; charset=utf-8\r\n{challenge}"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    await asyncio.get_running_loop().sock_sendall(client, head.encode() + body)
    client.shutdown(socket.SHUT_WR)


async def _stop(tasks: "set[asyncio.Task[None]]") -> None:
    """End tasks and wait for them."""
    stopped = list(tasks)
    for task in stopped:
        task.cancel()
    await asyncio.gather(*stopped, return_exceptions=True)
