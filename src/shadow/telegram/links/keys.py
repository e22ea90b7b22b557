"""Authorisation keys, and MTProto 2.0's encryption under them.

core.telegram.org/mtproto/description. AES-IGE is cryptg's; it holds the interpreter's lock for
about 2 ms a MiB.
"""

import os
import struct
import time
from dataclasses import dataclass, field
from hashlib import sha1, sha256
from typing import Any

import cryptg

HEAD = struct.Struct("<qqqii")


class Tampered(Exception):
    """What came does not stand under the key, or belongs to another session."""


@dataclass
class AuthKey:
    """One key on one data centre, with what all connections under it share.

    `offset` is how many seconds the server's clock is ahead of ours.
    """

    dc: int
    key: bytes = field(repr=False)
    salt: int = 0
    offset: float = 0.0
    _last: int = 0

    def __post_init__(self) -> None:
        self.id = sha1(self.key, usedforsecurity=False).digest()[-8:]  # the protocol's name of it
        self._outward = sha256(self.key[88:120])
        self._inward = sha256(self.key[96:128])

    def next_message(self) -> int:
        """Make a message id: server time in 2^-32 s, rising, a multiple of four."""
        now = int((time.time() + self.offset) * (1 << 32)) & ~3
        self._last = max(now, self._last + 4)
        return self._last

    def correct_clock(self, server_message: int) -> None:
        """Take the server's time from a message id of its own."""
        self.offset = (server_message >> 32) - time.time()
        self._last = 0

    def _cipher(self, message_key: bytes, x: int) -> tuple[bytes, bytes]:
        a = sha256(message_key + self.key[x : x + 36]).digest()
        b = sha256(self.key[x + 40 : x + 76] + message_key).digest()
        return a[:8] + b[8:24] + a[24:32], b[:8] + a[8:24] + b[24:32]

    def seal(self, parts: list[bytes]) -> bytes:
        """Encrypt the parts of one plain text, which are joined and padded here."""
        length = sum(map(len, parts))
        plain = b"".join([*parts, os.urandom(-(length + 12) % 16 + 12)])
        digest = self._outward.copy()
        digest.update(plain)
        message_key = digest.digest()[8:24]
        key, vector = self._cipher(message_key, 0)
        return self.id + message_key + bytes(cryptg.encrypt_ige(plain, key, vector))

    def open(self, packet: memoryview, session: int) -> tuple[int, int, memoryview]:
        """Decrypt a packet of a session: its message's id, sequence number and body.

        Raises:
            Tampered: it is not from the holder of this key, or not for this session.
        """
        if len(packet) < 56 or len(packet) % 16 != 8 or packet[:8] != self.id:
            raise Tampered
        message_key = bytes(packet[8:24])
        key, vector = self._cipher(message_key, 8)
        plain = cryptg.decrypt_ige(bytes(packet[24:]), key, vector)
        digest = self._inward.copy()
        digest.update(plain)
        if digest.digest()[8:24] != message_key:
            raise Tampered
        _, mine, message, sequence, length = HEAD.unpack_from(plain)
        padding = len(plain) - HEAD.size - length
        if mine != session or not message & 1 or length < 4 or length % 4:
            raise Tampered
        if not 12 <= padding <= 1024:
            raise Tampered
        return message, sequence, memoryview(plain)[HEAD.size : HEAD.size + length]

    def kept(self) -> dict[str, Any]:
        """Return what the next start needs, as JSON. A secret."""
        return {"key": self.key.hex(), "salt": self.salt, "offset": round(self.offset, 3)}
