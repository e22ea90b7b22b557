"""How large a request may be: a stranger must not fill the memory with one."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shadow.runtime.problems import framework_problem

BODY_LIMIT = 1 << 20
"""Bytes. Everything people send is JSON of a few kilobytes."""


class BodyTooLarge(HTTPException):
    """The body is longer than the limit.

    The framework's own class, because it turns any other error met while a body is read into 400.
    """

    def __init__(self) -> None:
        said = f"A request has at most {BODY_LIMIT >> 20} MiB. Send less."
        super().__init__(413, said, headers={"Connection": "close"})


class BodyLimit:
    """ASGI middleware: refuses a body that says it is too long, and cuts one that turns out so."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared) > BODY_LIMIT:
            await framework_problem(BodyTooLarge())(scope, receive, send)
            return
        taken = 0

        async def receive_bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > BODY_LIMIT:
                raise BodyTooLarge
            return message

        await self.app(scope, receive_bounded, send)
