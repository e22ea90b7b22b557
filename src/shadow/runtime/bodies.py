"""How large a request may be: a stranger must not fill the memory with one."""

import re
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shadow.runtime.problems import framework_problem

BODY_LIMIT = 1 << 20
"""Bytes. Nearly everything people send is JSON of a few kilobytes; slices name what is not."""


class BodyTooLarge(HTTPException):
    """The body is longer than the limit.

    The framework's own class, because it turns any other error met while a body is read into 400.
    """

    def __init__(self, limit: int) -> None:
        said = f"A request to this address has at most {limit >> 20} MiB. Send less."
        super().__init__(413, said, headers={"Connection": "close"})


class BodyLimit:
    """ASGI middleware: refuses a body that says it is too long, and cuts one that turns out so."""

    def __init__(self, app: ASGIApp, larger: Mapping[str, int] | None = None) -> None:
        """Wrap an application; `larger` maps patterns of paths to the bytes they may be sent."""
        self.app = app
        self._larger = [(re.compile(path), limit) for path, limit in (larger or {}).items()]

    def _limit(self, path: str) -> int:
        return next((most for one, most in self._larger if one.fullmatch(path)), BODY_LIMIT)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self._limit(scope["path"])
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared) > limit:
            await framework_problem(BodyTooLarge(limit))(scope, receive, send)
            return
        taken = 0

        async def receive_bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise BodyTooLarge(limit)
            return message

        await self.app(scope, receive_bounded, send)
