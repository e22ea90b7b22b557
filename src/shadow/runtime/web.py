"""Web plumbing for routes: sessions, who may call, and the request's own id in every log line."""

import re
import time
import uuid
from collections.abc import AsyncIterator
from typing import Annotated

import structlog
from fastapi import Depends, Request
from prometheus_client import Counter, Histogram
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shadow.runtime.access import Denied, Principal, Role, Unauthenticated
from shadow.runtime.context import Runtime
from shadow.runtime.problems import crash_problem

log = structlog.get_logger(__name__)
SESSION_COOKIE = "shadow_session"
CSRF_HEADER = "x-shadow-csrf"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
REQUEST_ID = re.compile(r"^[\w.-]{1,64}$")
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; "
    # WebAssembly draws the styles of ASS subtitles; no text is ever compiled to JavaScript.
    "script-src 'self' 'wasm-unsafe-eval'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
}
REQUESTS = Counter(
    "shadow_http_requests_total", "Requests answered.", ["method", "route", "status"]
)
SECONDS = Histogram(
    "shadow_http_request_seconds", "Seconds until the answer began.", ["method", "route"]
)


async def current_runtime(request: Request) -> Runtime:
    """Return the Runtime that the application was built with."""
    runtime: Runtime = request.app.state.runtime
    return runtime


CurrentRuntime = Annotated[Runtime, Depends(current_runtime)]


async def _reading(runtime: CurrentRuntime) -> AsyncIterator[AsyncSession]:
    async with runtime.database.session() as session:
        yield session


async def _writing(runtime: CurrentRuntime) -> AsyncIterator[AsyncSession]:
    async with runtime.database.transaction() as session:
        yield session


Reading = Annotated[AsyncSession, Depends(_reading, scope="function")]
"""A session to read with."""
Writing = Annotated[AsyncSession, Depends(_writing, scope="function")]
"""A session that commits after the route returns and before the answer is sent."""


class CrossSite(Denied):
    """A browser sent this from another site."""

    code = "runtime.cross_site"


class AccessRule:
    """Base of dependencies that say who may call a route. Every route has one."""


class Allow(AccessRule):
    """What a route says of who may call it; as a dependency it returns the caller."""

    def __init__(self, role: Role, scope: str) -> None:
        self.role = role
        self.scope = scope

    async def __call__(self, request: Request, runtime: CurrentRuntime) -> Principal:
        """Return the caller. Raises `Unauthenticated`, `Denied` or `CrossSite`."""
        caller = await identify(request, runtime)
        if caller is None:
            raise Unauthenticated("Sign in, or send a valid token.")
        caller.require(self.role, self.scope)
        if caller.via == "cookie":
            refuse_cross_site(request)
        return caller


class AllowAnyone(AccessRule):
    """A route that needs no credential says so with this."""

    async def __call__(self) -> None:
        """Let everyone in."""


async def identify(request: Request, runtime: Runtime) -> Principal | None:
    """Return the person whom the request's cookie or bearer token names, if any."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    bearer = token.strip() if scheme.lower() == "bearer" else None
    cookie = request.cookies.get(SESSION_COOKIE)
    return await runtime.authenticate(cookie=cookie, bearer=bearer)


def refuse_cross_site(request: Request) -> None:
    """Raise `CrossSite` for a changing request that a page of another site could have sent.

    Our own client sends the `X-Shadow-CSRF` header, which a foreign page cannot add without a
    preflight that we do not answer; browsers also tell the truth in `Sec-Fetch-Site`.
    """
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("sec-fetch-site")
    if CSRF_HEADER not in request.headers or site not in (None, "same-origin", "none"):
        raise CrossSite("This request came from another site. Open Shadow Systems itself.")


public = Depends(AllowAnyone())
Viewer = Annotated[Principal, Depends(Allow(Role.guest, "read"))]
Streamer = Annotated[Principal, Depends(Allow(Role.guest, "stream"))]
Member = Annotated[Principal, Depends(Allow(Role.free, "write"))]
Editor = Annotated[Principal, Depends(Allow(Role.moderator, "write"))]
Admin = Annotated[Principal, Depends(Allow(Role.admin, "admin"))]


class Observed:
    """ASGI middleware: request id, one log line and metrics a request, security headers.

    It also answers crashes, so that those carry the headers and their log line the request id.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        started = time.perf_counter()
        status = 500
        begun = False

        async def send_observed(message: Message) -> None:
            nonlocal status, begun
            if message["type"] == "http.response.start":
                begun = True
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                SECONDS.labels(scope["method"], _route(scope)).observe(
                    time.perf_counter() - started
                )
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, send_observed)
            except Exception:
                log.exception("web.crashed")
                if begun:
                    raise  # the server drops the connection: half an answer must not look whole
                await crash_problem()(scope, receive, send_observed)
            finally:
                route = _route(scope)
                REQUESTS.labels(scope["method"], route, status).inc()
                log.debug(
                    "web.request",
                    method=scope["method"],
                    route=route,
                    status=status,
                    seconds=round(time.perf_counter() - started, 4),
                )


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and REQUEST_ID.match(text := value.decode("latin-1")):
            return str(text)
    return uuid.uuid4().hex


def _route(scope: Scope) -> str:
    """Return the route's template, never the path: paths hold ids and would flood the metrics."""
    route = scope.get("route")
    return str(getattr(route, "path", "other"))
