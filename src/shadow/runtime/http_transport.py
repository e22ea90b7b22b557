"""The transport under every outgoing request: resolve once, check every answer, pin, bound.

The name is looked up where the connection is opened, all addresses are judged, and the connection
goes to one of the addresses judged: a name that answers differently the next time (DNS rebinding)
gains nothing. Host header and TLS server name stay those of the URL.
"""

import asyncio
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpcore
import httpx

from shadow.kit.errors import Kind, ShadowError
from shadow.runtime.addresses import Network, is_forbidden

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
MAX_CONNECTIONS = 32  # of one client
ADDRESSES_TRIED = 4  # of one host, before it counts as unreachable
READ_BYTES = 1 << 18  # as much as the event loop reads at a time
DECODED_BLOCK = 1 << 16  # bytes decompressed at a time: a bomb is seen long before it is large
NO_BODY = frozenset({204, 304})


class RequestRefused(ShadowError):
    """The address is of a form, port or network that outgoing requests may not use."""

    kind = Kind.invalid
    code = "runtime.request_refused"


class AnswerRefused(ShadowError):
    """The server answered with too much, in an unknown encoding, or by endless redirects."""

    kind = Kind.upstream
    code = "runtime.answer_refused"


class Unreachable(ShadowError):
    """The server cannot be reached, breaks off, or is too slow: worth another try."""

    kind = Kind.unavailable
    code = "runtime.unreachable"


async def resolve_host(host: str, port: int) -> Sequence[str]:
    """Look a name up as the system does; a zone id stays attached, so that it can be refused."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [_with_zone(family, address) for family, _, _, _, address in found]


def _with_zone(family: int, address: tuple[Any, ...]) -> str:
    text = str(address[0])
    scoped = family == socket.AF_INET6 and len(address) == 4 and address[3]
    return f"{text}%{address[3]}" if scoped and "%" not in text else text


class _WideStream(httpcore.AsyncNetworkStream):
    """A connection whose reads take what is there, and not 64 KiB of it at the most.

    httpcore asks for that little, and each of its reads costs more than the bytes do.
    """

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 the shape is httpcore's
        return await self._inner.read(max(max_bytes, READ_BYTES), timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 httpcore's
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 httpcore's
    ) -> httpcore.AsyncNetworkStream:
        # Left as it is: a record of TLS has 16 KiB at the most.
        return await self._inner.start_tls(ssl_context, server_hostname, timeout)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class PinningBackend(httpcore.AsyncNetworkBackend):
    """Open connections to checked addresses only."""

    def __init__(
        self, allowed: Sequence[Network], resolve: Resolver, inner: httpcore.AsyncNetworkBackend
    ) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._inner = inner

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 the shape is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of the host that answers, if all of them are allowed."""
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in (await self.addresses(host, port, timeout))[:ADDRESSES_TRIED]:
            try:
                return _WideStream(
                    await self._inner.connect_tcp(
                        address, port, timeout, local_address, socket_options
                    )
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def addresses(self, host: str, port: int, seconds: float | None) -> list[str]:
        """Look a host up and return its addresses, if all of them may be reached.

        Raises:
            RequestRefused: one may not.
            httpcore.ConnectTimeout, httpcore.ConnectError: there is no answer to the lookup.
        """
        try:
            async with asyncio.timeout(seconds):
                addresses = list(dict.fromkeys(await self._resolve(host, port)))
        except TimeoutError as error:
            raise httpcore.ConnectTimeout("the name lookup took too long") from error
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("the name cannot be looked up") from error
        if any(is_forbidden(address, self._allowed) for address in addresses):
            raise RequestRefused(
                f"“{host}” is not on the public internet. If it is meant to be reached, the "
                "operator names its network in SHADOW_NETWORK__ALLOW_PRIVATE."
            )
        return addresses


class BoundedTransport(httpx.AsyncBaseTransport):
    """Send requests through pinned connections, with a deadline and a cap on the answer.

    Each request carries the extensions `shadow_deadline` (event loop time) and
    `shadow_max_bytes` (counted before and after decompression).
    """

    def __init__(self, backend: httpcore.AsyncNetworkBackend, tls: ssl.SSLContext) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=MAX_CONNECTIONS,
            keepalive_expiry=15.0,
            network_backend=backend,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the answer's body is bounded and already decompressed."""
        deadline: float = request.extensions["shadow_deadline"]
        limit: int = request.extensions["shadow_max_bytes"]
        url = request.url
        outgoing = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        async with _understood(url.host, deadline):
            answer = await self._pool.handle_async_request(outgoing)
        try:
            headers = httpx.Headers(answer.headers)
            bodyless = request.method == "HEAD" or answer.status in NO_BODY
            decoder = None if bodyless else _check_head(headers, limit)
        except ShadowError:
            await answer.aclose()
            raise
        return httpx.Response(
            answer.status,
            headers=headers,
            stream=_Body(answer, decoder, host=url.host, deadline=deadline, limit=limit),
            extensions=answer.extensions,
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()


@asynccontextmanager
async def _understood(host: str, deadline: float) -> AsyncIterator[None]:
    """Keep the deadline, and turn the library's failures into ours, which name no query."""
    try:
        async with asyncio.timeout_at(deadline):
            yield
    except (TimeoutError, httpcore.TimeoutException) as error:
        raise Unreachable(f"“{host}” did not answer in time.") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError) as error:
        raise Unreachable(f"“{host}” cannot be reached or broke off: {error}.") from error


def _check_head(headers: httpx.Headers, limit: int) -> "zlib._Decompress | None":
    """Refuse what is too long or oddly encoded; take the encoding off: the body will be plain."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:20]) > limit:
        raise _too_long(limit)
    if encoding in {"", "identity"}:
        return None
    if encoding not in {"gzip", "x-gzip"}:
        raise AnswerRefused("The server answered in an encoding that was not asked for.")
    del headers["content-encoding"]
    headers.pop("content-length", None)
    return _gunzip()


def _gunzip() -> "zlib._Decompress":
    return zlib.decompressobj(16 + zlib.MAX_WBITS)


def _too_long(limit: int) -> AnswerRefused:
    return AnswerRefused(f"The server sent more than the {limit} bytes that are accepted.")


class _Body(httpx.AsyncByteStream):
    """An answer's body, plain, at most `limit` bytes, until the deadline."""

    def __init__(
        self,
        answer: httpcore.Response,
        decoder: "zlib._Decompress | None",
        *,
        host: str,
        deadline: float,
        limit: int,
    ) -> None:
        self._answer = answer
        self._decoder = decoder
        self._host = host
        self._deadline = deadline
        self._limit = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = sent = 0
        async for chunk in self._received():
            received += len(chunk)
            if received > self._limit:
                raise _too_long(self._limit)
            for block in self._plain(chunk):
                sent += len(block)
                if sent > self._limit:
                    raise _too_long(self._limit)
                yield block
        if self._decoder is not None and received and not self._decoder.eof:
            raise Unreachable(f"“{self._host}” broke off within a compressed answer.")

    async def _received(self) -> AsyncIterator[bytes]:
        stream = self._answer.stream
        assert not isinstance(stream, Iterable)
        chunks = aiter(stream)
        while True:
            async with _understood(self._host, self._deadline):
                try:
                    chunk = await anext(chunks)
                except StopAsyncIteration:
                    return
            yield chunk

    def _plain(self, chunk: bytes) -> Iterable[bytes]:
        if self._decoder is None:
            yield chunk
            return
        try:
            while chunk:
                if self._decoder.eof:  # RFC 1952 allows several members, one after the other
                    self._decoder = _gunzip()
                yield self._decoder.decompress(chunk, DECODED_BLOCK)
                chunk = self._decoder.unconsumed_tail or self._decoder.unused_data
        except zlib.error as error:
            raise AnswerRefused(f"“{self._host}” sent broken compressed data.") from error

    async def aclose(self) -> None:
        await self._answer.aclose()
