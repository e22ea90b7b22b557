"""Requests and their answers, between the messages below and the methods above."""

import gzip
import logging
import re
import struct
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from telethon.errors import TypeNotFoundError
from telethon.extensions import BinaryReader
from telethon.tl import TLObject, functions, types
from telethon.tl.alltlobjects import LAYER

from tests.support.telegram_dc.centre import Centre, Session, alive_after_all
from tests.support.telegram_dc.crypto import Chunk
from tests.support.telegram_dc.faults import RpcError
from tests.support.telegram_dc.world import Account, Channel

log = logging.getLogger(__name__)

RPC_RESULT = 0xF35C6D01
GZIP_PACKED = 0x3072CFA1
VECTOR = 0x1CB5C415
TRUE, FALSE = 0x997275B5, 0xBC799737

# What may be asked before logging in, and by a connection that only moves files.
OPEN = re.compile(r"help\..*|auth\.(importBot|import|export)Authorization|auth\.logOut")
FOR_FILES = re.compile(r"help\..*|upload\..*|auth\..*")


@dataclass
class Call:
    """One request of one client, and what a method needs to answer it."""

    centre: Centre
    session: Session
    message_id: int = 0

    viewer: Account | None = None  # whose eyes an answer is made for, when not who asks

    def seen_by(self, account: int) -> "Call":
        """Make the same call in another account's eyes: its access hashes, its references."""
        return replace(self, viewer=self.centre.world.accounts[account])

    @property
    def account(self) -> Account:
        """Who is asking; raises the 401 (or 406) that an ended or missing log-in deserves."""
        found = self.viewer or self.account_or_none()
        if found is None:
            raise RpcError(401, "AUTH_KEY_UNREGISTERED")
        return found

    def account_or_none(self) -> Account | None:
        world = self.centre.world
        login = world.logins.get(self.session.key.login or 0)
        if login is None:
            return None
        if login.ended:
            code = 406 if login.ended == "AUTH_KEY_DUPLICATED" else 401
            raise RpcError(code, login.ended)
        return world.accounts.get(login.account)

    def now(self) -> int:
        """Give the time as messages carry it, in seconds."""
        return int(time.time())

    def hash_of(self, kind: str, wanted: int) -> int:
        """Make the access hash of something for who is asking."""
        return self.centre.world.access_hash(self.account.id, kind, wanted)

    def channel(self, given: TLObject) -> Channel:
        """Find the channel of an InputChannel or InputPeerChannel that the account may see.

        A bot may leave the access hash 0; anybody's wrong hash is CHANNEL_INVALID, and a channel
        one is not in is CHANNEL_PRIVATE.
        """
        number = getattr(given, "channel_id", None)
        if number is None:
            raise RpcError(400, "PEER_ID_INVALID")
        channel = self.centre.world.channels.get(number)
        unhashed = self.account.bot and given.access_hash == 0
        if channel is None or not (
            unhashed or given.access_hash == self.hash_of("channel", number)
        ):
            raise RpcError(400, "CHANNEL_INVALID")
        if self.account.id not in channel.roles:
            raise RpcError(406 if self.account.bot else 400, "CHANNEL_PRIVATE")
        return channel


@dataclass
class FileBytes:
    """`upload.file` with its bytes not yet copied anywhere."""

    document: int
    content: Chunk

    def chunks(self) -> list[Chunk]:
        length = len(self.content)
        head = bytes([length]) if length < 254 else b"\xfe" + length.to_bytes(3, "little")
        kind = struct.pack("<III", types.upload.File.CONSTRUCTOR_ID, UNKNOWN_FILE, 0)
        return [kind + head, self.content, bytes(-(len(head) + length) % 4)]


UNKNOWN_FILE = types.storage.FileUnknown.CONSTRUCTOR_ID
Method = Callable[[Call, Any], Awaitable[Any]]
METHODS: dict[type[TLObject], Method] = {}


def answers(*requests: type[TLObject]) -> Callable[[Method], Method]:
    """Register a coroutine as what answers these requests."""

    def register(method: Method) -> Method:
        METHODS.update(dict.fromkeys(requests, method))
        return method

    return register


def method_name(request: TLObject) -> str:
    """Spell a request as Telegram's documentation does: `upload.getFile`."""
    kind = type(request)
    space = kind.__module__.removeprefix("telethon.tl.functions").lstrip(".")
    name = kind.__name__.removesuffix("Request")
    return f"{space}.{name[0].lower()}{name[1:]}" if space else f"{name[0].lower()}{name[1:]}"


def read_request(body: memoryview) -> TLObject:
    """Read a request; only what carries bytes keeps pointing into the message."""
    constructor = int.from_bytes(body[:4], "little")
    try:
        return BinaryReader(body if constructor in CARRIERS else bytes(body)).tgread_object()
    except TypeNotFoundError as error:
        raise RpcError(400, "INPUT_CONSTRUCTOR_INVALID") from error
    except Exception as error:
        raise RpcError(400, "INPUT_REQUEST_TOO_LONG") from error


CARRIERS = {
    functions.upload.SaveFilePartRequest.CONSTRUCTOR_ID,
    functions.upload.SaveBigFilePartRequest.CONSTRUCTOR_ID,
}


def _unwrapped(call: Call, request: TLObject) -> TLObject:
    while True:
        if isinstance(request, functions.InvokeWithLayerRequest):
            if request.layer != LAYER:
                raise RpcError(400, "CONNECTION_LAYER_INVALID")
            key = call.session.key
            if key.layer != request.layer:
                key.layer = request.layer
                call.centre.world.save_keys(call.centre.id)
        elif isinstance(request, functions.InvokeWithoutUpdatesRequest):
            call.session.updates = False
        elif not isinstance(request, WRAPPERS):
            return request
        request = request.query


WRAPPERS = (
    functions.InitConnectionRequest,
    functions.InvokeAfterMsgRequest,
    functions.InvokeAfterMsgsRequest,
)


async def _end_duplicates(call: Call, account: Account) -> None:
    """End a log-in that two clients use at its home for more than files (AUTH_KEY_DUPLICATED)."""
    call.session.main = True
    if call.centre.id != account.dc:
        return
    for other in list(call.centre.sessions.values()):
        same = other.key.login == call.session.key.login and other is not call.session
        if same and other.main and other.send not in {None, call.session.send}:
            if await alive_after_all(other):
                call.centre.world.logins[call.session.key.login or 0].ended = "AUTH_KEY_DUPLICATED"
                raise RpcError(406, "AUTH_KEY_DUPLICATED")
            other.main = False


def _asking(call: Call, name: str) -> Account | None:
    """Tell who asks; an ended log-in may still ask for what anybody may, a dead key nothing."""
    try:
        return call.account_or_none()
    except RpcError as error:
        if error.code == 401 and OPEN.fullmatch(name):
            return None
        raise


async def perform(call: Call, request: TLObject) -> Any:
    """Answer one request; None when a fault leaves it unanswered; raises RpcError."""
    centre = call.centre
    request = _unwrapped(call, request)
    name = method_name(request)
    centre.counters.calls[name] += 1
    centre.counters.calls_by_dc[f"{centre.id} {name}"] += 1
    account = _asking(call, name)
    if account:
        centre.counters.calls_by_account[f"{account.id} {name}"] += 1
    if centre.faults.check(name, account.id if account else None):
        return None
    method = METHODS.get(type(request))
    if method is None:
        raise RpcError(400, "METHOD_INVALID")
    if call.session.key.layer is None:
        raise RpcError(400, "CONNECTION_NOT_INITED")
    if not OPEN.fullmatch(name):
        account = call.account
        if not FOR_FILES.fullmatch(name):
            await _end_duplicates(call, account)
    return await method(call, request)


def serialised(answer: Any) -> list[Chunk]:
    """Write an answer in TL."""
    if isinstance(answer, bool):
        return [struct.pack("<I", TRUE if answer else FALSE)]
    if isinstance(answer, list):
        return [struct.pack("<Ii", VECTOR, len(answer)), *map(bytes, answer)]
    return [bytes(answer)]


async def result(call: Call, body: memoryview) -> tuple[list[Chunk], int] | None:
    """Answer a request with a whole `rpc_result`, and the document whose bytes are in it."""
    head = struct.pack("<Iq", RPC_RESULT, call.message_id)
    counters = call.centre.counters
    try:
        answer = await perform(call, read_request(body))
        if answer is None:
            return None
        if isinstance(answer, FileBytes):
            return [head, *answer.chunks()], answer.document
        return [head, *_packed(serialised(answer))], 0
    except RpcError as error:
        counters.errors[error.name] += 1
        return [head, bytes(types.RpcError(error.code, error.name))], 0
    except Exception:
        log.exception("a method of the local data centre failed")
        counters.errors["INTERNAL"] += 1
        return [head, bytes(types.RpcError(500, "INTERNAL"))], 0


def _packed(chunks: list[Chunk]) -> list[Chunk]:
    """Gzip a long answer, as the real servers do."""
    if sum(map(len, chunks)) <= 512:
        return chunks
    small = gzip.compress(b"".join(chunks), 1)
    return [struct.pack("<I", GZIP_PACKED), TLObject.serialize_bytes(small)]
