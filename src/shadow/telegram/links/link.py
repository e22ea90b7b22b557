"""One TCP connection to a data centre, in the intermediate transport.

Packets are received into one buffer that is kept, decrypted once, and an upload's bytes are handed
on as a view of the plain text. A call costs a future and an entry in a dictionary, no task.
"""

import asyncio
import os
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from shadow.telegram.errors import LinkLost
from shadow.telegram.library import TLObject, TLRequest
from shadow.telegram.links import wire
from shadow.telegram.links.keys import AuthKey, Tampered

TAG = b"\xee\xee\xee\xee"
SMALL_BUFFER = 64 << 10
LARGEST_PACKET = 17 << 20
CONNECT_SECONDS = 8.0
ANSWER_SECONDS = 15.0
"""A call that is not answered by then is lost; so is a connection that says nothing for as long."""
LOOK_SECONDS = 1.0
MOST_UNACKNOWLEDGED = 16
RESENDS = 3
CONTENT_MASK = 1
CLOCK_CODES = (16, 17)
SALT_CODE = 48


class KeyUnknown(LinkLost):
    """The data centre does not know the key (transport error -404)."""


class TransportFlood(LinkLost):
    """The data centre takes no more connections or packets for now (transport error -429)."""


@dataclass(slots=True)
class _Call:
    request: TLRequest
    parts: list[bytes]
    answer: "asyncio.Future[TLObject]"
    sent_at: float
    cost: int
    resent: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a data centre is, and what a connection there says of itself first."""

    dc: int
    host: str
    port: int
    opening: bytes = field(repr=False)


class Link(asyncio.BufferedProtocol):
    """A connection under one key; `send` makes a call on it.

    `cost` is the bytes under way, `received` and `sent` count bytes of packets, `idle_since` is the
    loop's time at which the last call ended, `begun` says that an answer has come: the opening of
    the session need not be repeated.
    """

    def __init__(self, place: Place, key: AuthKey | None, *, updates: bool = True) -> None:
        self.place = place
        self.key = key
        self.cost = self.received = self.sent = 0
        self.closed = False
        self.on_closed: Callable[[Link], None] | None = None
        self._prefix = b"" if updates else wire.WITHOUT_UPDATES
        self._loop = asyncio.get_running_loop()
        self.idle_since = self._heard = self._loop.time()
        self._transport: asyncio.Transport | None = None
        self._session = int.from_bytes(os.urandom(8), "little", signed=True)
        self._sequence = 0
        self.begun = False
        self._calls: dict[int, _Call] = {}
        self._seen: deque[int] = deque(maxlen=512)
        self._unacknowledged: list[int] = []
        self._plain: asyncio.Future[bytes] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._buffer = bytearray(SMALL_BUFFER)
        self._view = memoryview(self._buffer)
        self._filled = 0
        self._wanted = 4  # bytes of the buffer that make the next step possible

    # -- opening and closing ------------------------------------------------------------------

    async def connect(self) -> "Link":
        """Open the connection. Raises LinkLost."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._loop.create_connection(lambda: self, self.place.host, self.place.port)
        except OSError:  # TimeoutError is one
            self.closed = True
            raise LinkLost(f"Telegram's data centre {self.place.dc} cannot be reached.") from None
        return self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the transport (asyncio calls it)."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(TAG)
        self._heard = self._loop.time()

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail what is under way (asyncio calls it)."""
        self.close(LinkLost(f"The connection to data centre {self.place.dc} broke."))

    def eof_received(self) -> bool:
        """Close when the other side does (asyncio calls it)."""
        return False

    def close(self, why: LinkLost | None = None) -> None:
        """Cut the connection; calls under way fail with `why`. May be called twice."""
        if self.closed and self._transport is None:
            return
        self.closed = True
        if self._timer:
            self._timer.cancel()
        if self._transport:
            self._transport.abort()
            self._transport = None
        lost = why or LinkLost(f"The connection to data centre {self.place.dc} was closed.")
        for call in self._calls.values():
            if not call.answer.done():
                call.answer.set_exception(lost)
                call.answer.exception()  # somebody may have stopped waiting: no complaint then
        self._calls.clear()
        self.cost = 0
        if self._plain and not self._plain.done():
            self._plain.set_exception(lost)
        if self.on_closed:
            self.on_closed(self)

    @property
    def calls(self) -> int:
        """How many calls wait for their answers."""
        return len(self._calls)

    # -- calls --------------------------------------------------------------------------------

    def send(self, request: TLRequest, *, cost: int = 0) -> "asyncio.Future[TLObject]":
        """Make a call; `cost` is how many bytes it moves. The future raises RpcFailed, LinkLost."""
        parts = wire.request_parts(request)
        call = _Call(request, parts, self._loop.create_future(), self._loop.time(), cost)
        if self.closed or self._transport is None:
            call.answer.set_exception(LinkLost("The connection is closed."))
            return call.answer
        if not self._calls:
            self._heard = self._loop.time()
        self.cost += cost
        self._post(call)
        if self._timer is None:
            self._timer = self._loop.call_later(LOOK_SECONDS, self._look)
        return call.answer

    def _post(self, call: _Call) -> None:
        assert self.key is not None
        begin = [] if self.begun else [self.place.opening]
        body = [*begin, self._prefix, *call.parts]
        if self._unacknowledged:
            self._acknowledge()
        message = self.key.next_message()
        self._calls[message] = call
        self._write(message, body, content=True)

    def _write(self, message: int, body: list[bytes], *, content: bool) -> None:
        assert self.key is not None
        assert self._transport is not None
        number = self._sequence * 2 + content
        self._sequence += content
        length = sum(map(len, body))
        head = struct.pack("<qqqii", self.key.salt, self._session, message, number, length)
        packet = self.key.seal([head, *body])
        self.sent += len(packet)
        self._transport.writelines([struct.pack("<i", len(packet)), packet])

    def _acknowledge(self) -> None:
        assert self.key is not None
        known, self._unacknowledged = self._unacknowledged, []
        body = struct.pack(f"<IIi{len(known)}q", 0x62D6B459, 0x1CB5C415, len(known), *known)
        self._write(self.key.next_message(), [body], content=False)

    async def plain(self, request: TLRequest) -> TLObject:
        """Make a call that is not encrypted, as a handshake is. Raises LinkLost."""
        if self._transport is None:
            raise LinkLost("The connection is closed.")
        body = bytes(request)
        message = AuthKey(self.place.dc, bytes(256)).next_message()
        packet = struct.pack("<qqi", 0, message, len(body)) + body
        self._plain = self._loop.create_future()
        self._transport.writelines([struct.pack("<i", len(packet)), packet])
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await self._plain
        except TimeoutError:
            raise LinkLost(f"Data centre {self.place.dc} does not answer.") from None
        return wire.read_object(answer)

    def _look(self) -> None:
        """Give up what has waited too long."""
        now = self._loop.time()
        self._timer = None
        late = [n for n, call in self._calls.items() if now - call.sent_at > ANSWER_SECONDS]
        if late and now - self._heard > ANSWER_SECONDS:
            self.close(LinkLost(f"Data centre {self.place.dc} fell silent."))
            return
        for number in late:
            call = self._calls.pop(number)
            self._end(call, LinkLost(f"Data centre {self.place.dc} left a call unanswered."))
        if self._unacknowledged:
            self._acknowledge()
        if self._calls:
            self._timer = self._loop.call_later(LOOK_SECONDS, self._look)

    def _end(self, call: _Call, outcome: "TLObject | BaseException") -> None:
        self.cost -= call.cost
        self.idle_since = self._loop.time()
        if call.answer.done():
            return
        if isinstance(outcome, BaseException):
            call.answer.set_exception(outcome)
        else:
            call.answer.set_result(outcome)

    # -- what comes in ------------------------------------------------------------------------

    def get_buffer(self, sizehint: int) -> memoryview:
        """Give room for what comes: up to the end of a long packet, so that it is never moved."""
        if self._wanted > SMALL_BUFFER:
            return self._view[self._filled : self._wanted]
        return self._view[self._filled : SMALL_BUFFER]

    def buffer_updated(self, nbytes: int) -> None:
        """Take the packets that are whole (asyncio calls it)."""
        self._filled += nbytes
        self.received += nbytes
        self._heard = self._loop.time()
        if self._filled < self._wanted:
            return
        start = 0
        while self._filled - start >= 4 and not self.closed:
            length = int.from_bytes(self._view[start : start + 4], "little")
            if not 4 <= length <= LARGEST_PACKET:
                self.close(LinkLost("What came is no packet."))
                return
            end = start + 4 + length
            if end > self._filled:
                self._wanted = end - start
                break
            self._packet(self._view[start + 4 : end])
            start, self._wanted = end, 4
        self._keep_rest(start)

    def _keep_rest(self, start: int) -> None:
        rest = self._filled - start
        if self._wanted > len(self._buffer):
            grown = bytearray(self._wanted)
            grown[:rest] = self._view[start : self._filled]
            self._buffer, self._view = grown, memoryview(grown)
        elif start and rest:
            self._view[:rest] = bytes(self._view[start : self._filled])
        self._filled = rest

    def _packet(self, packet: memoryview) -> None:
        if len(packet) == 4:
            self._fail(int.from_bytes(packet, "little", signed=True))
        elif packet[:8] == bytes(8):
            if self._plain and not self._plain.done():
                self._plain.set_result(bytes(packet[20:]))
        elif self.key is not None:
            try:
                message, sequence, body = self.key.open(packet, self._session)
                self._message(message, sequence, body)
            except (Tampered, ValueError, IndexError, struct.error):
                self.close(LinkLost("What came could not be read."))

    def _fail(self, code: int) -> None:
        kinds: dict[int, type[LinkLost]] = {-404: KeyUnknown, -429: TransportFlood}
        kind = kinds.get(code, LinkLost)
        self.close(kind(f"Data centre {self.place.dc} closed the connection with {code}."))

    def _message(self, message: int, sequence: int, body: memoryview) -> None:
        if message in self._seen:
            return
        self._seen.append(message)
        if sequence & CONTENT_MASK:
            self._unacknowledged.append(message)
            if len(self._unacknowledged) >= MOST_UNACKNOWLEDGED:
                self._acknowledge()
        kind = wire.constructor(body)
        if kind == wire.RPC_RESULT:
            self._answer(body)
        elif kind == wire.CONTAINER:
            self._container(body)
        elif kind == wire.GZIP_PACKED:
            self._message(message + 1, 0, wire.unpacked(body))
        elif kind in (wire.BAD_SERVER_SALT, wire.BAD_MESSAGE):
            self._resend(message, body)
        elif kind == wire.NEW_SESSION and self.key:
            (self.key.salt,) = struct.unpack_from("<q", body, 20)

    def _container(self, body: memoryview) -> None:
        (count,) = struct.unpack_from("<i", body, 4)
        start = 8
        for _ in range(count):
            message, sequence, length = struct.unpack_from("<qii", body, start)
            start += 16
            if not 4 <= length <= len(body) - start:
                raise ValueError("a message longer than its container")
            self._message(message, sequence, body[start : start + length])
            start += length

    def _answer(self, body: memoryview) -> None:
        (number,) = struct.unpack_from("<q", body, 4)
        call = self._calls.pop(number, None)
        if call is None:
            return  # given up already
        outcome: Any
        try:
            outcome = wire.read_answer(call.request, body[12:])
            self.begun = True
        except wire.RpcFailed as failed:
            self.begun = self.begun or failed.name != "CONNECTION_NOT_INITED"
            outcome = failed
        except Exception:  # an answer of a newer schema, say
            outcome = wire.RpcFailed(500, "ANSWER_UNREADABLE")
        self._end(call, outcome)

    def _resend(self, message: int, body: memoryview) -> None:
        """Say again what was refused for its salt or its time, which the refusal tells."""
        number, _, code = struct.unpack_from("<qii", body, 4)
        assert self.key is not None
        if code == SALT_CODE and wire.constructor(body) == wire.BAD_SERVER_SALT:
            (self.key.salt,) = struct.unpack_from("<q", body, 20)
        elif code in CLOCK_CODES:
            self.key.correct_clock(message)
        call = self._calls.pop(number, None)
        if call is None:
            return
        call.resent += 1
        if code not in (*CLOCK_CODES, SALT_CODE) or call.resent > RESENDS:
            lost = LinkLost(f"Data centre {self.place.dc} refused a message ({code}).")
            self._end(call, lost)
            self.close(lost)  # a session that is out of step stays so: every call would be refused
            return
        self._post(call)
