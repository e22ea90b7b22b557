"""The one way out: HTTP clients that reach public addresses only, within limits of time and size.

Every slice and plugin gets its client from `runtime.http.client(…)`. All failures of a request are
`RequestRefused`, `AnswerRefused` or `Unreachable`; texts name the host, never a query or header.
"""

import asyncio
import re
import ssl
from collections.abc import Mapping, Sequence
from functools import cached_property
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpcore
import httpx

from shadow.runtime.http_settings import NetworkSettings
from shadow.runtime.http_transport import (
    ADDRESSES_TRIED,
    AnswerRefused,
    BoundedTransport,
    PinningBackend,
    RequestRefused,
    Resolver,
    Unreachable,
    resolve_host,
)
from shadow.runtime.upstream import UpstreamBackend

__all__ = [
    "AnswerRefused",
    "HttpClients",
    "OutgoingClient",
    "RequestRefused",
    "Unreachable",
    "check_place",
    "checked_url",
]

MAX_REDIRECTS = 5
MAX_URL_LENGTH = 8_000
HOST = re.compile(r"[0-9a-z_](?:[0-9a-z_.-]{0,252})|[0-9a-f:.]{2,45}", re.IGNORECASE)
ODD_CHARACTERS = re.compile(r"[\x00-\x20\x7f\\]")
WELL_KNOWN_PORTS = frozenset({80, 443})
BAD_PORTS = frozenset(
    {1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6679, 6697, 10080}
    | set(range(6665, 6670))
)
"""Ports above 1023 that browsers refuse too, as other protocols can be spoken by a forged request
(WHATWG Fetch, "bad port")."""
KEPT_ACROSS_ORIGINS = frozenset(
    {"accept", "accept-encoding", "accept-language", "connection", "host", "range", "user-agent"}
)
USER_AGENT = "ShadowSystems/0.1"


def checked_url(text: str) -> httpx.URL:
    """Parse an address from outside, refusing forms that programs read differently.

    Allowed are `http` and `https`, a plain host, ports 80, 443 and most above 1023; the fragment
    is dropped. Whether the host may be reached is decided when a client connects.

    Raises:
        RequestRefused: for any other form.
    """
    if len(text) > MAX_URL_LENGTH or ODD_CHARACTERS.search(text):
        raise RequestRefused("The address is too long or holds characters that it must not.")
    try:
        url = httpx.URL(text).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError) as error:
        raise RequestRefused("The address is not a valid one.") from error
    _check(url)
    return url


def _check(url: httpx.URL) -> None:
    if url.scheme not in {"http", "https"}:
        raise RequestRefused("Only http:// and https:// addresses can be fetched.")
    if url.userinfo:
        raise RequestRefused("An address must not hold a user name or password.")
    check_place(url.raw_host.decode("ascii"), url.port if url.port is not None else 443)


def check_place(host: str, port: int, *, ports: frozenset[int] = WELL_KNOWN_PORTS) -> None:
    """Refuse a host that is no plain name or address, and a port of some other protocol.

    Args:
        host: without brackets.
        port: `ports` and most above 1023 are fine.
        ports: the well-known ones that may be used.

    Raises:
        RequestRefused: for what is not fine.
    """
    if not HOST.fullmatch(host):
        raise RequestRefused("The address has no valid host name.")
    if port not in ports and (port <= 1023 or port > 65535 or port in BAD_PORTS):
        raise RequestRefused(f"Port {port} is not one that web servers use.")


class OutgoingClient(httpx.AsyncClient):
    """An `httpx.AsyncClient` whose requests are checked, bounded, and keep no cookies.

    Redirects are followed up to five, each checked like the first request; to another origin
    only harmless headers go along, and a request with a body is not repeated there.
    """

    def __init__(
        self,
        transport: BoundedTransport,
        *,
        max_bytes: int,
        total_seconds: float,
        timeout: httpx.Timeout,
        base_url: str,
        headers: Mapping[str, str],
    ) -> None:
        """Prepare a client; `HttpClients.client` is the way to get one."""
        super().__init__(
            transport=transport,
            timeout=timeout,
            base_url=base_url,
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip", **headers},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=True,
            trust_env=False,
        )
        self._max_bytes = max_bytes
        self._total_seconds = total_seconds

    def build_request(self, method: str, url: httpx.URL | str, **options: Any) -> httpx.Request:
        """Build a request, refusing odd forms of address at once."""
        if ODD_CHARACTERS.search(str(url)):
            raise RequestRefused("The address holds characters that it must not.")
        try:
            return super().build_request(method, url, **options)
        except httpx.InvalidURL as error:
            raise RequestRefused("The address is not a valid one.") from error

    async def send(
        self,
        request: httpx.Request,
        *,
        stream: bool = False,
        auth: Any = httpx.USE_CLIENT_DEFAULT,
        follow_redirects: Any = httpx.USE_CLIENT_DEFAULT,
    ) -> httpx.Response:
        """Send a request and follow its redirects, all within one deadline.

        Raises:
            RequestRefused: the address, or one redirected to, is off limits.
            AnswerRefused: the answer is too long, garbled, or redirects too often.
            Unreachable: no connection, a broken one, or out of time.
        """
        request.extensions = {
            **request.extensions,
            "shadow_deadline": asyncio.get_running_loop().time() + self._total_seconds,
            "shadow_max_bytes": self._max_bytes,
        }
        response = await self._one_hop(request, auth)
        hops: list[httpx.Response] = []
        while follow_redirects is not False and response.next_request is not None:
            await response.aclose()
            hops.append(response)
            if len(hops) > MAX_REDIRECTS:
                raise AnswerRefused(f"“{request.url.host}” redirects too often.")
            request = _redirected(request, response.next_request)
            response = await self._one_hop(request, None)
        response.history = hops
        if not stream:
            try:
                await response.aread()
            finally:
                await response.aclose()
        return response

    async def _one_hop(self, request: httpx.Request, auth: Any) -> httpx.Response:
        _check(request.url)
        try:
            return await super().send(request, stream=True, auth=auth, follow_redirects=False)
        except httpx.RemoteProtocolError as error:
            raise AnswerRefused(f"“{request.url.host}” redirects to no valid address.") from error


def _redirected(before: httpx.Request, after: httpx.Request) -> httpx.Request:
    """Return the redirected request, stripped of what a new origin must not see."""
    if _origin(before.url) == _origin(after.url):
        return after
    if after.method not in {"GET", "HEAD"}:
        raise AnswerRefused(f"“{before.url.host}” redirects a request with a body elsewhere.")
    for name in set(after.headers) - KEPT_ACROSS_ORIGINS:
        del after.headers[name]
    return after


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return (url.scheme, url.host, url.port)  # httpx drops a scheme's own port


class HttpClients:
    """The factory of outgoing clients: one set of rules, one TLS context."""

    def __init__(
        self,
        settings: NetworkSettings,
        *,
        resolve: Resolver = resolve_host,
        backend: httpcore.AsyncNetworkBackend | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Take the rules; `resolve`, `backend` and `tls` replace name lookup, sockets and trust."""
        self._settings = settings
        self.upstream = settings.upstream
        inner = backend or httpcore.AnyIOBackend()
        if self.upstream is not None:
            inner = UpstreamBackend(self.upstream, inner)
        self._backend = PinningBackend(settings.allowed_networks, resolve, inner)
        self._given_tls = tls

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        """Look a host up and return its addresses: connect to no others, or only to these.

        Raises:
            RequestRefused: one of them is not on the public internet.
            Unreachable: there is no such host, or no answer in time.
        """
        try:
            found = await self._backend.addresses(host, port, self._settings.connect_seconds)
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            raise Unreachable(f"“{host}” cannot be reached: {error}.") from error
        if not found:
            raise Unreachable(f"“{host}” has no address.")
        return found[:ADDRESSES_TRIED]

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self._given_tls or httpx.create_ssl_context(trust_env=False)

    def client(
        self,
        *,
        base_url: str = "",
        headers: Mapping[str, str] | None = None,
        max_bytes: int = 8 << 20,
        total_seconds: float | None = None,
    ) -> OutgoingClient:
        """Return a client with its own connections; close it, or use it as `async with`.

        Args:
            base_url: what relative addresses are resolved against.
            headers: sent with every request, and not to other origins when redirected.
            max_bytes: most bytes an answer's body may have, packed and unpacked.
            total_seconds: longest time for a request, its redirects and its body together.

        Raises:
            RequestRefused: the base address is none.
        """
        limits = self._settings
        try:
            return OutgoingClient(
                BoundedTransport(self._backend, self._tls),
                max_bytes=max_bytes,
                total_seconds=total_seconds or limits.total_seconds,
                timeout=httpx.Timeout(limits.read_seconds, connect=limits.connect_seconds),
                base_url=base_url,
                headers=headers or {},
            )
        except httpx.InvalidURL as error:
            raise RequestRefused("The address is not a valid one.") from error
