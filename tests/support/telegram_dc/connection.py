"""One connection of one client: packets in, messages out, and the faults of the wire."""

import asyncio
import contextlib
import gzip
import logging
import struct
import time
from collections import deque
from collections.abc import Iterator

from telethon.extensions import BinaryReader
from telethon.tl import TLObject, functions, types

from tests.support.telegram_dc import rpc
from tests.support.telegram_dc.centre import Centre, Outgoing, Session
from tests.support.telegram_dc.crypto import Chunk, seal, unseal
from tests.support.telegram_dc.handshake import BadHandshake, Handshake
from tests.support.telegram_dc.transports import BadPacket, Transport, recognise
from tests.support.telegram_dc.world import AuthKey

log = logging.getLogger(__name__)

CONTAINER = 0x73F1F8DC
SMALL = 16 << 10
SLICE = 64 << 10
Message = tuple[int, int, memoryview]  # id, sequence number, body


class Connection:
    """Serves one client until either side leaves."""

    def __init__(
        self, centre: Centre, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._centre = centre
        self._faults = centre.faults
        self._reader = reader
        self._writer = writer
        self._transport: Transport | None = None
        self._handshake: Handshake | None = None
        self._sessions: list[Session] = []
        self._arrived: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        self._outgoing: deque[Outgoing | list[Chunk]] = deque()
        self._wake = asyncio.Event()
        self._calls: set[asyncio.Task[None]] = set()
        self._running: dict[int, asyncio.Task[None]] = {}
        self._free_in = self._free_out = 0.0
        self._sent = 0

    async def serve(self) -> None:
        """Serve until the client or a fault ends it."""
        counters = self._centre.counters
        counters.connections += 1
        counters.open_connections += 1
        number = str(self._centre.id)
        counters.open_by_dc[number] += 1
        workers = [asyncio.create_task(self._receiving()), asyncio.create_task(self._sending())]
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, OSError, BadPacket):
                await self._reading(workers)
        finally:
            counters.open_connections -= 1
            counters.open_by_dc[number] -= 1
            tasks = [*workers, *self._calls]
            for task in tasks:
                task.cancel()
            for ended in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(ended, Exception) and not isinstance(ended, OSError):
                    log.error("a connection failed", exc_info=ended)
            for session in self._sessions:
                if session.send == self._send:
                    session.send = None
            self._writer.transport.abort()

    def cut(self) -> None:
        """End the connection at once, as a broken network does."""
        self._writer.transport.abort()

    def _left(self) -> bool:
        return self._reader.at_eof() or self._writer.is_closing()

    def _broken(self) -> bool:
        return self._centre.id in self._faults.unreachable

    # -- in -------------------------------------------------------------------------------

    async def _reading(self, workers: list[asyncio.Task[None]]) -> None:
        if self._broken():
            return
        self._transport = await recognise(self._reader)
        while not self._broken() and not any(worker.done() for worker in workers):
            packet = await self._transport.read()
            self._free_in = await self._pace(self._free_in, len(packet))
            self._arrived.put_nowait((self._faults.arrival(), packet))

    async def _pace(self, free: float, length: int) -> float:
        """Wait until a line of limited speed has moved `length` bytes; returns when it is free."""
        speed = self._faults.bytes_per_second
        if not speed:
            return 0.0
        free = max(free, time.monotonic()) + length / speed
        await asyncio.sleep(free - time.monotonic())
        return free

    async def _receiving(self) -> None:
        while True:
            due, packet = await self._arrived.get()
            if due:
                await asyncio.sleep(max(0.0, due - time.monotonic()))
            if self._centre.id in self._faults.half_open:
                continue
            if self._faults.transport_floods > 0:
                self._faults.transport_floods -= 1
                self._fail(-429)
                continue
            try:
                self._receive(packet)
            except (BadPacket, BadHandshake, struct.error):
                self.cut()
            except Exception:
                log.exception("a packet could not be read")
                self.cut()

    def _receive(self, packet: bytes) -> None:
        if packet[:8] == bytes(8):
            self._shake(packet)
            return
        key = self._centre.key(packet[:8])
        if key is None:
            self._fail(-404)
            return
        plain = unseal(key.key, packet)
        if plain is None:
            raise BadPacket("the message key is wrong")
        salt, number, message_id, sequence, length = struct.unpack_from("<qqqii", plain)
        session, new = self._centre.session(key, number)
        session.send, session.left = self._send, self._left
        if session not in self._sessions:
            self._sessions.append(session)
        if salt not in self._centre.world.good_salts(key):
            fresh = self._centre.world.salt(key, int(time.time()) // 1800)
            self._notify(session, types.BadServerSalt(message_id, sequence, 48, fresh))
            if new:  # nothing of it was taken
                del self._centre.sessions[key.id, number]
                session.send = None
            return
        if new:
            self._notify(session, types.NewSessionCreated(message_id, session.unique, salt))
        body = memoryview(plain)[32 : 32 + length]
        for message in _messages(message_id, sequence, body):
            self._take(session, message)

    def _shake(self, packet: bytes) -> None:
        if self._handshake is None:
            self._handshake = Handshake(self._centre.private)
        answer = self._handshake.answer(packet)
        if self._handshake.key:
            centre = self._centre
            key = AuthKey(self._handshake.key, centre.id, first_salt=self._handshake.salt)
            centre.world.keys[key.id] = key
            centre.world.save_keys(centre.id)
            # Telethon drops the leading zero of one key in 256, sees no proof and begins anew.
            centre.counters.handshakes += self._handshake.key[0] != 0
            self._handshake = None
        head = struct.pack("<qqi", 0, self._centre.message_id(reply=True), len(answer))
        self._put([head, answer])

    def _take(self, session: Session, message: Message) -> None:
        message_id, sequence, body = message
        refusal = self._refusal(session, message)
        if refusal:
            refused = types.BadMsgNotification(message_id, sequence, refusal)
            self._notify(session, refused)
            return
        if message_id in session.seen:
            return
        session.seen.append(message_id)
        constructor = int.from_bytes(body[:4], "little")
        if constructor in SERVICE:
            service = BinaryReader(bytes(body)).tgread_object()
            self._serve(session, message_id, service)
        else:
            task = asyncio.create_task(self._call(session, message_id, body))
            self._calls.add(task)
            self._running[message_id] = task
            task.add_done_callback(self._calls.discard)
            task.add_done_callback(lambda _: self._running.pop(message_id, None))

    def _refusal(self, session: Session, message: Message) -> int:
        """Check an id and a sequence number: the code of a `bad_msg_notification`, or 0."""
        message_id, sequence, body = message
        if message_id % 4:
            return 18
        age = time.time() - (message_id >> 32)
        if age > 300:
            return 16
        if age < -30:
            return 17
        constructor = int.from_bytes(body[:4], "little")
        if constructor == types.MsgsAck.CONSTRUCTOR_ID:
            return 34 if sequence % 2 else 0
        return 35 if constructor not in SERVICE and not sequence % 2 else 0

    def _serve(self, session: Session, message_id: int, service: TLObject) -> None:
        """Answer a message about messages."""
        if isinstance(service, functions.PingRequest | functions.PingDelayDisconnectRequest):
            self._notify(session, types.Pong(message_id, service.ping_id), reply=True)
        elif isinstance(service, functions.GetFutureSaltsRequest):
            self._notify(session, self._salts(session.key, message_id, service.num), reply=True)
        elif isinstance(service, functions.RpcDropAnswerRequest):
            task = self._running.pop(service.req_msg_id, None)
            if task:
                task.cancel()
            dropped = types.RpcAnswerDroppedRunning() if task else types.RpcAnswerUnknown()
            head = struct.pack("<Iq", rpc.RPC_RESULT, message_id)
            self._send(Outgoing(session, [head, bytes(dropped)], reply=True))
        elif isinstance(service, functions.DestroySessionRequest):
            self._notify(session, types.DestroySessionNone(service.session_id), reply=True)

    def _salts(self, key: AuthKey, message_id: int, wanted: int) -> TLObject:
        now = int(time.time())
        hours = range(now // 1800, now // 1800 + min(wanted, 64))
        salt = self._centre.world.salt
        salts = [types.FutureSalt(h * 1800, h * 1800 + 3600, salt(key, h)) for h in hours]
        return types.FutureSalts(message_id, now, salts)

    async def _call(self, session: Session, message_id: int, body: memoryview) -> None:
        answered = await rpc.result(rpc.Call(self._centre, session, message_id), body)
        if answered is not None:
            chunks, document = answered
            self._send(Outgoing(session, chunks, reply=True, document=document))

    # -- out ------------------------------------------------------------------------------

    def _put(self, message: Outgoing | list[Chunk]) -> None:
        self._outgoing.append(message)
        self._wake.set()

    def _send(self, message: Outgoing) -> None:
        self._put(message)

    def _notify(self, session: Session, message: TLObject, *, reply: bool = False) -> None:
        self._send(Outgoing(session, [bytes(message)], content=False, reply=reply))

    def _fail(self, code: int) -> None:
        self._put([struct.pack("<i", code)])

    async def _sending(self) -> None:
        while True:
            while not self._outgoing:
                self._wake.clear()
                await self._wake.wait()
            message = self._outgoing.popleft()
            if self._transport is None or self._centre.id in self._faults.half_open:
                continue
            if isinstance(message, Outgoing):
                key = message.session.key
                text = self._text(message)
                await self._write(self._transport.framed(seal(key.key, key.id, text)))
                if message.document:
                    size = len(message.body[2])
                    self._centre.counters.bytes_sent[message.document] += size
                continue
            await self._write(self._transport.framed(message))
            if len(message) == 1:  # a transport error is a server's last word
                await self._writer.drain()
                self._writer.close()

    def _text(self, message: Outgoing) -> list[Chunk]:
        """Put a message's head before it; short ones that wait share a container."""
        session, centre = message.session, self._centre
        fresh = centre.world.salt(session.key, int(time.time()) // 1800)
        together = [message, *self._waiting(message)]
        bodies: list[Chunk] = []
        for part in together:
            number = session.number(content=part.content)
            head = struct.pack(
                "<qii", centre.message_id(reply=part.reply), number, sum(map(len, part.body))
            )
            bodies += [head, *part.body]
        if len(together) > 1:
            inner = sum(map(len, bodies)) + 8
            number = session.number(content=False)
            head = struct.pack("<qii", centre.message_id(reply=True), number, inner)
            bodies = [head, struct.pack("<Ii", CONTAINER, len(together)), *bodies]
        return [struct.pack("<qq", fresh, session.id), *bodies]

    def _waiting(self, first: Outgoing) -> list[Outgoing]:
        """Take the short messages that wait behind a short one."""
        taken: list[Outgoing] = []
        room = SMALL - sum(map(len, first.body))
        while self._outgoing and room > 0 and len(taken) < 20:
            following = self._outgoing[0]
            if not isinstance(following, Outgoing) or following.session is not first.session:
                break
            room -= sum(map(len, following.body))
            if room > 0:
                taken.append(following)
                self._outgoing.popleft()
        return taken

    async def _write(self, chunks: list[Chunk]) -> None:
        limit, speed = self._faults.drop_after, self._faults.bytes_per_second
        length = sum(map(len, chunks))
        if self._broken():
            self.cut()
        elif limit and self._sent + length > limit:
            self._writer.write(b"".join(chunks)[: max(0, limit - self._sent)])
            await asyncio.sleep(0.01)  # what was written is read before the reset
            self.cut()
        elif speed:
            whole = memoryview(b"".join(chunks))
            for start in range(0, length, SLICE):
                piece = whole[start : start + SLICE]
                self._free_out = await self._pace(self._free_out, len(piece))
                self._writer.write(piece)
        else:
            self._writer.writelines(chunks)
        self._sent += length
        await self._writer.drain()


SERVICE = {
    kind.CONSTRUCTOR_ID
    for kind in (
        functions.PingRequest,
        functions.PingDelayDisconnectRequest,
        functions.GetFutureSaltsRequest,
        functions.RpcDropAnswerRequest,
        functions.DestroySessionRequest,
        types.MsgsAck,
        types.MsgsStateReq,
        types.MsgsAllInfo,
        types.HttpWait,
    )
}


def _messages(message_id: int, sequence: int, body: memoryview) -> Iterator[Message]:
    """Take containers and gzip apart, down to the messages in them."""
    constructor = int.from_bytes(body[:4], "little")
    if constructor == rpc.GZIP_PACKED:
        packed = BinaryReader(body[4:]).tgread_bytes()
        yield from _messages(message_id, sequence, memoryview(gzip.decompress(packed)))
    elif constructor == CONTAINER:
        (count,) = struct.unpack_from("<i", body, 4)
        start = 8
        for _ in range(count):
            inner_id, inner_sequence, length = struct.unpack_from("<qii", body, start)
            start += 16
            yield from _messages(inner_id, inner_sequence, body[start : start + length])
            start += length
    else:
        yield message_id, sequence, body
