"""Send what a plan says: from an open object to one client, at the client's pace."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import structlog
from prometheus_client import Counter
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from shadow.kit.errors import ShadowError
from shadow.kit.preconditions import strong_etag
from shadow.kit.ranges import Plan, Representation, plan_response
from shadow.storage.errors import ObjectChanged
from shadow.storage.ports import Reader

log = structlog.get_logger(__name__)
SENT: Final = Counter("shadow_streaming_sent_bytes_total", "Bytes of files sent to clients.")
BLOCK: Final = 128 * 1024
"""Bytes read at a time. Two at most are held for a client who does not read, and one as a rule."""
LARGE_BLOCK: Final = 512 * 1024
"""The same for a client who keeps up with the disk: fewer, larger writes are a third faster."""
PROVEN_BYTES: Final = 16 * 1024 * 1024
"""What a client must take without a pause for that: more than all buffers on the way hold."""
PAUSE_SECONDS: Final = 0.005
Block = bytes | bytearray | memoryview


class RangeResponse(Response):
    """Answer a GET or HEAD with the bytes of a stored object, by range (RFC 9110).

    The object is opened when the response is sent and closed when it ends, however it ends; errors
    of opening and of its first bytes are raised before anything is sent. If the object changes
    while it is sent, the answer is cut short: the client sees a broken transfer, never bytes of
    two versions.
    """

    def __init__(
        self,
        open_object: Callable[[], Awaitable[Reader]],
        *,
        media_type: str,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """Take how to open the object, and the headers (lower-case names) of a 200."""
        self.status_code = 200
        self.background = None
        self.raw_headers = []
        self._open = open_object
        self._type = media_type
        self._fields = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as an ASGI application."""
        reader = await self._open()
        try:
            plan = self._plan(scope, reader)
            first = await _first_block(plan, reader)
            self.status_code = plan.status
            await send(
                {
                    "type": "http.response.start",
                    "status": plan.status,
                    "headers": [(name.encode(), value.encode()) for name, value in plan.headers],
                }
            )
            try:
                await _send_body(_Body(plan, reader, first), receive, send)
            except ShadowError as error:
                # Ending without the last message makes the server drop the connection.
                log.warning("streaming.cut", reason=error.detail)
        finally:
            await reader.close()

    def _plan(self, scope: Scope, reader: Reader) -> Plan:
        facts = reader.facts
        file = Representation(
            size=facts.size,
            etag=strong_etag(facts.size, facts.mtime_ns),
            last_modified=facts.mtime_ns // 1_000_000_000,
            media_type=self._type,
            headers=self._fields,
        )
        boundary = secrets.token_hex(16)
        asked = joined_headers(scope["headers"])
        return plan_response(scope["method"], asked, file, boundary=boundary, now=int(time.time()))


def joined_headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return request headers as text by lower-case name, repeated ones joined (RFC 9110, 5.2)."""
    joined: dict[str, str] = {}
    for name_bytes, value_bytes in raw:
        name, value = name_bytes.decode("latin-1").lower(), value_bytes.decode("latin-1")
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


@dataclass(slots=True)
class _Body:
    """What is to be sent: the parts of a plan. The first block of them was read already."""

    plan: Plan
    reader: Reader
    first: Block

    async def read(self, offset: int, length: int) -> Block:
        """Return the next block. Raises what reading does, `ObjectChanged` at an early end."""
        block, self.first = self.first, b""
        block = block or await self.reader.read(offset, length)
        if not block:
            raise ObjectChanged("The object ended before its size.")
        return block


async def _first_block(plan: Plan, reader: Reader) -> Block:
    """Read what is sent first: a storage that cannot be read is told of in the status."""
    if not plan.parts:
        return b""
    part = plan.parts[0]
    return await reader.read(part.start, min(BLOCK, part.stop - part.start))


async def _send_body(body: _Body, receive: Receive, send: Send) -> None:
    """Send parts and tail, stopping as soon as the client is gone."""
    total = sum(part.stop - part.start for part in body.plan.parts)
    if total <= BLOCK:  # over before anyone could leave
        await _send_parts(body, send, lambda: False)
        return
    watch = asyncio.create_task(until_gone(receive))
    try:
        await _send_parts(body, send, watch.done)
    finally:
        watch.cancel()


async def until_gone(receive: Receive) -> None:
    """Return once the client has gone away."""
    while (await receive())["type"] != "http.disconnect":
        pass


class _Pace:
    """How much to read at a time for one client."""

    def __init__(self) -> None:
        self._taken = 0

    def block(self) -> int:
        return LARGE_BLOCK if self._taken >= PROVEN_BYTES else BLOCK

    def note(self, sent: int, seconds: float) -> None:
        """Remember how long the client took to make room for `sent` bytes."""
        self._taken = self._taken + sent if seconds < PAUSE_SECONDS else 0


async def _send_parts(body: _Body, send: Send, gone: Callable[[], bool]) -> None:
    pace = _Pace()
    for part in body.plan.parts:
        if part.prefix:
            await send(body_part(part.prefix))
        offset = part.start
        while offset < part.stop:
            block = await body.read(offset, min(pace.block(), part.stop - offset))
            size = len(block)
            offset += size
            begun = time.monotonic()
            await send(body_part(block))
            SENT.inc(size)
            del block  # the transport has it; two at once would double the memory of a slow client
            await send(body_part(b""))  # returns once the client has taken enough
            pace.note(size, time.monotonic() - begun)
            await asyncio.sleep(0)  # a client as fast as the disk must not starve the others
            if gone():
                return
    await send({"type": "http.response.body", "body": body.plan.tail, "more_body": False})


def body_part(piece: bytes | bytearray | memoryview) -> Message:
    """Return the ASGI message of a piece of a body that has more to come."""
    return {"type": "http.response.body", "body": piece, "more_body": True}
