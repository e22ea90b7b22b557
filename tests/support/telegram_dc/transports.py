"""The four TCP transports of MTProto and the obfuscated wrapping, recognised by their first bytes.

core.telegram.org/mtproto/mtproto-transports. A transport only cuts the stream into packets; what
is in a packet is for others. A packet of 4 bytes is a transport error, such as -404.
"""

import asyncio
import secrets
import struct
from zlib import crc32

from tests.support.telegram_dc.crypto import Chunk, Cipher, counter_cipher

LARGEST_PACKET = 2 << 20


class BadPacket(Exception):
    """What came is no packet of the transport that the connection opened with."""


class Stream:
    """The bytes of one connection, deciphered when it is obfuscated."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self.decipher: Cipher | None = None
        self.encipher: Cipher | None = None

    async def read(self, length: int) -> bytes:
        if not 0 <= length <= LARGEST_PACKET:
            raise BadPacket(f"a packet of {length} bytes")
        received = await self._reader.readexactly(length)
        return self.decipher(received) if self.decipher else received

    def written(self, chunks: list[Chunk]) -> list[Chunk]:
        return [self.encipher(b"".join(chunks))] if self.encipher else chunks


class Transport:
    """One way of cutting a stream into packets."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream

    async def read(self) -> bytes:
        """Read the next packet, without its padding."""
        raise NotImplementedError

    def framed(self, chunks: list[Chunk]) -> list[Chunk]:
        """Put a packet's head and tail around it."""
        raise NotImplementedError


class Abridged(Transport):
    async def read(self) -> bytes:
        (words,) = await self.stream.read(1)
        if words >= 127:
            words = int.from_bytes(await self.stream.read(3), "little")
        return await self.stream.read(words * 4)

    def framed(self, chunks: list[Chunk]) -> list[Chunk]:
        words = sum(map(len, chunks)) // 4
        head = bytes([words]) if words < 127 else b"\x7f" + words.to_bytes(3, "little")
        return self.stream.written([head, *chunks])


class Intermediate(Transport):
    async def read(self) -> bytes:
        return await self.stream.read(int.from_bytes(await self.stream.read(4), "little"))

    def framed(self, chunks: list[Chunk]) -> list[Chunk]:
        return self.stream.written([struct.pack("<i", sum(map(len, chunks))), *chunks])


class PaddedIntermediate(Intermediate):
    async def read(self) -> bytes:
        packet = await super().read()
        if packet[:8] == bytes(8):  # not encrypted: it says its own length
            return packet[: 20 + int.from_bytes(packet[16:20], "little")]
        return packet[: len(packet) - (len(packet) - 24) % 16]

    def framed(self, chunks: list[Chunk]) -> list[Chunk]:
        # Up to 15 bytes are allowed; Telethon takes off no more than 3.
        return super().framed([*chunks, bytes(secrets.randbelow(4))])


class Full(Transport):
    def __init__(self, stream: Stream, start: bytes = b"") -> None:
        super().__init__(stream)
        self._start = start
        self._received = self._sent = 0

    async def read(self) -> bytes:
        head = self._start or await self.stream.read(8)
        self._start = b""
        length, number = struct.unpack("<ii", head)
        if length < 12 or number != self._received:
            raise BadPacket(f"packet {number} of {length} bytes, after {self._received}")
        self._received += 1
        body = await self.stream.read(length - 8)
        if crc32(body[:-4], crc32(head)) != int.from_bytes(body[-4:], "little"):
            raise BadPacket("the checksum is wrong")
        return body[:-4]

    def framed(self, chunks: list[Chunk]) -> list[Chunk]:
        head = struct.pack("<ii", sum(map(len, chunks)) + 12, self._sent)
        self._sent += 1
        checksum = crc32(head)
        for chunk in chunks:
            checksum = crc32(chunk, checksum)
        return [head, *chunks, struct.pack("<I", checksum)]


TAGGED: dict[bytes, type[Transport]] = {
    b"\xef" * 4: Abridged,
    b"\xee" * 4: Intermediate,
    b"\xdd" * 4: PaddedIntermediate,
}


async def recognise(reader: asyncio.StreamReader) -> Transport:
    """Tell the transport from the first bytes of a connection, as the real servers do."""
    stream = Stream(reader)
    first = await stream.read(1)
    if first == b"\xef":
        return Abridged(stream)
    first += await stream.read(3)
    if first in TAGGED:
        return TAGGED[first](stream)
    first += await stream.read(4)
    if first[4:] == bytes(4):
        return Full(stream, first)
    header = first + await stream.read(56)
    backwards = header[8:56][::-1]
    decipher = counter_cipher(header[8:40], header[40:56])
    tag = decipher(header)[56:60]
    if tag not in TAGGED:
        raise BadPacket("no known transport")
    stream.decipher = decipher
    stream.encipher = counter_cipher(backwards[:32], backwards[32:48])
    return TAGGED[tag](stream)
