"""Requests and answers as bytes: what is hot is read and written by hand, the rest by Telethon."""

import struct
import zlib
from functools import cache
from typing import Any

from shadow.telegram.library import TLObject, TLRequest, functions, reading, schema, types

RPC_RESULT = 0xF35C6D01
RPC_ERROR = 0x2144CA19
GZIP_PACKED = 0x3072CFA1
CONTAINER = 0x73F1F8DC
UPLOAD_FILE = 0x096A18D5
BAD_SERVER_SALT = 0xEDAB447B
BAD_MESSAGE = 0xA7EFF811
NEW_SESSION = 0x9EC20908
SAVE_BIG_PART = 0xDE7B673D
SAVE_PART = 0xB304A621
TRUE, FALSE = 0x997275B5, 0xBC799737
WITHOUT_UPDATES = struct.pack("<I", 0xBF9459B7)
LARGEST_UNPACKED = 16 << 20


class RpcFailed(Exception):
    """A call was answered `rpc_error`: a status such as 420 and a name such as FLOOD_WAIT_3."""

    def __init__(self, status: int, name: str) -> None:
        super().__init__(f"{status} {name}")
        self.status = status
        self.name = name


class _Nothing:
    """Stands for the query at the end of a wrapper, to get the wrapper's own bytes."""

    def _bytes(self) -> bytes:
        return b""


def opening(api_id: int, version: str) -> bytes:
    """Return what stands before a connection's first calls: `invokeWithLayer`, `initConnection`."""
    begun = functions.InitConnectionRequest(
        api_id, "Shadow Systems", "server", version, "en", "", "en", _Nothing()
    )
    return bytes(functions.InvokeWithLayerRequest(schema.LAYER, begun))


def request_parts(request: TLRequest) -> list[bytes]:
    """Write a call; the bytes of an upload's part are not copied."""
    kind = request.CONSTRUCTOR_ID
    if kind == SAVE_BIG_PART:
        head = struct.pack(
            "<Iqii", kind, request.file_id, request.file_part, request.file_total_parts
        )
    elif kind == SAVE_PART:
        head = struct.pack("<Iqi", kind, request.file_id, request.file_part)
    else:
        return [bytes(request)]
    length = len(request.bytes)
    size = bytes([length]) if length < 254 else b"\xfe" + length.to_bytes(3, "little")
    return [head, size, request.bytes, bytes(-(len(size) + length) % 4)]


def method_name(kind: type) -> str:
    """Spell a kind of call as Telegram does: `upload.getFile`."""
    return _spelled(kind.__module__, kind.__name__)


@cache
def _spelled(module: str, name: str) -> str:
    space = module.removeprefix("telethon.tl.functions").lstrip(".")
    name = name.removesuffix("Request")
    name = name[0].lower() + name[1:]
    return f"{space}.{name}" if space else name


def _bytes_at(body: memoryview, start: int) -> memoryview:
    """Find a TL `bytes` that begins at an offset."""
    if body[start] == 254:
        length = int.from_bytes(body[start + 1 : start + 4], "little")
        start += 4
    else:
        length = body[start]
        start += 1
    if start + length > len(body):
        raise ValueError("a length that leads out of the message")
    return body[start : start + length]


def constructor(body: memoryview) -> int:
    """Return the number that says what a body is."""
    return int.from_bytes(body[:4], "little")


def unpacked(body: memoryview) -> memoryview:
    """Undo `gzip_packed`. Raises ValueError when it is larger than any answer is."""
    unpacking = zlib.decompressobj(wbits=31)
    try:
        plain = unpacking.decompress(_bytes_at(body, 4), LARGEST_UNPACKED)
    except zlib.error:
        raise ValueError("not gzip") from None
    if not unpacking.eof:
        raise ValueError("an answer larger than any is")
    return memoryview(plain)


def read_answer(request: TLRequest, body: memoryview) -> TLObject:
    """Read the inside of an `rpc_result`; an upload's bytes stay a view of the message.

    Raises:
        RpcFailed: it is an error.
    """
    kind = constructor(body)
    if kind == GZIP_PACKED:
        body = unpacked(body)
        kind = constructor(body)
    if kind == UPLOAD_FILE:
        return types.upload.File(None, 0, _bytes_at(body, 12))
    if kind == TRUE:
        return True
    if kind == FALSE:
        return False
    if kind == RPC_ERROR:
        (status,) = struct.unpack_from("<i", body, 4)
        raise RpcFailed(status, bytes(_bytes_at(body, 8)).decode(errors="replace"))
    return request.read_result(reading.BinaryReader(bytes(body)))


def read_object(body: bytes | memoryview) -> Any:
    """Read any object of the schema."""
    return reading.BinaryReader(bytes(body)).tgread_object()
