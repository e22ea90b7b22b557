"""The making of an authorisation key: core.telegram.org/mtproto/auth_key."""

import secrets
import struct
import time
from hashlib import sha1

import cryptg
import rsa
from telethon.extensions import BinaryReader
from telethon.tl import TLObject, types
from telethon.tl.functions import ReqDHParamsRequest, ReqPqMultiRequest, SetClientDHParamsRequest

from tests.support.telegram_dc import crypto

# Telegram's own prime: the Pyrogram family compares it.
DH_PRIME = int(
    "C71CAEB9C6B1C9048E6C522F70F13F73980D40238E3E21C14934D037563D930F48198A0AA7C14058229493D22530F4"
    "DBFA336F6E0AC925139543AED44CCE7C3720FD51F69458705AC68CD4FE6B6B13ABDC9746512969328454F18FAF8C59"
    "5F642477FE96BB2A941D5BCD1D4AC8CC49880708FA9B378E3C4F3A9060BEE67CF9A4A4A695811051907E162753B56B"
    "0F6B410DBA74D8A84B2A14B3144E0EF1284754FD17ED950D5965B4B9DD46582DB1178D169C6BC465B0D6FF9CA3928F"
    "EF5B9AE4E418FC15E83EBEA0F87FA9FF5EED70050DED2849F47BF959D956850CE929851F0D8115F635B105EE2E4E15"
    "D04B2454BF6F4FADF034B10403119CD8E3B92FCC5B",
    16,
)
G = 3
# Both factors below 2^32, their product below 2^63: Telethon reads pq as signed. Far smaller than
# Telegram's, so that a client finds them at once.
P, Q = 1_048_583, 1_048_661
INNER = {
    kind.CONSTRUCTOR_ID
    for kind in (types.PQInnerData, types.PQInnerDataDc, types.PQInnerDataTempDc)
}


class BadHandshake(Exception):
    """A step out of order, or a value that does not fit the one before."""


class Handshake:
    """One client's way from a nonce to a key; `key` and `salt` are set when it is done."""

    def __init__(self, private: rsa.PrivateKey) -> None:
        self._private = private
        self._nonce = self._server_nonce = self._new_nonce = b""
        self._secret = 0
        self.key = b""
        self.salt = 0

    def answer(self, packet: bytes) -> bytes:
        """Answer one unencrypted packet; raises BadHandshake."""
        (length,) = struct.unpack_from("<i", packet, 16)
        try:
            request = BinaryReader(packet[20 : 20 + length]).tgread_object()
        except Exception as error:
            raise BadHandshake(str(error)) from error
        return bytes(self._step(request))

    def _step(self, request: TLObject) -> TLObject:
        if isinstance(request, ReqPqMultiRequest):
            return self._offer(request)
        if self._nonce != _bytes(request.nonce, 16):
            raise BadHandshake("another nonce")
        if self._server_nonce != _bytes(request.server_nonce, 16):
            raise BadHandshake("another server nonce")
        if isinstance(request, ReqDHParamsRequest):
            return self._parameters(request)
        if isinstance(request, SetClientDHParamsRequest) and self._secret:
            return self._finish(request)
        raise BadHandshake(type(request).__name__)

    def _offer(self, request: ReqPqMultiRequest) -> TLObject:
        self._nonce, self._server_nonce = _bytes(request.nonce, 16), secrets.token_bytes(16)
        fingerprint = crypto.rsa_fingerprint(self._private)
        return types.ResPQ(
            request.nonce, _number(self._server_nonce), crypto.to_bytes(P * Q), [fingerprint]
        )

    def _parameters(self, request: ReqDHParamsRequest) -> TLObject:
        opened = crypto.open_rsa_block(self._private, request.encrypted_data)
        if opened is None:
            raise BadHandshake("not encrypted to this key")
        self._new_nonce = self._inner_nonce(opened, request)
        self._secret = secrets.randbits(256)  # short, for speed: nobody has to be kept out here
        inner = bytes(
            types.ServerDHInnerData(
                request.nonce,
                request.server_nonce,
                G,
                crypto.to_bytes(DH_PRIME),
                pow(G, self._secret, DH_PRIME).to_bytes(256, "big"),
                int(time.time()),
            )
        )
        answer = sha1(inner).digest() + inner  # the hash is of the text without its padding
        answer += secrets.token_bytes(-len(answer) % 16)
        encrypted = cryptg.encrypt_ige(answer, *self._key_and_vector())
        return types.ServerDHParamsOk(request.nonce, request.server_nonce, encrypted)

    def _inner_nonce(self, opened: tuple[bytes, bytes], request: ReqDHParamsRequest) -> bytes:
        text, digest = opened
        if int.from_bytes(text[:4], "little") not in INNER:
            raise BadHandshake("no inner data")
        reader = BinaryReader(text)
        inner = reader.tgread_object()
        if digest and sha1(text[: reader.tell_position()]).digest() != digest:
            raise BadHandshake("the hash is wrong")
        if inner.nonce != request.nonce or inner.server_nonce != request.server_nonce:
            raise BadHandshake("another nonce inside")
        factors = [int.from_bytes(f, "big") for f in (request.p, request.q, inner.p, inner.q)]
        if factors != [P, Q, P, Q]:
            raise BadHandshake("the factors are wrong")
        return _bytes(inner.new_nonce, 32)

    def _finish(self, request: SetClientDHParamsRequest) -> TLObject:
        plain = cryptg.decrypt_ige(request.encrypted_data, *self._key_and_vector())
        reader = BinaryReader(plain[20:])
        inner = reader.tgread_object()
        if sha1(plain[20 : 20 + reader.tell_position()]).digest() != plain[:20]:
            raise BadHandshake("the hash is wrong")
        shared = pow(int.from_bytes(inner.g_b, "big"), self._secret, DH_PRIME)
        self.key = shared.to_bytes(256, "big")
        pairs = zip(self._new_nonce[:8], self._server_nonce[:8], strict=True)
        self.salt = int.from_bytes(bytes(a ^ b for a, b in pairs), "little", signed=True)
        auxiliary = sha1(self.key).digest()[:8]
        proof = sha1(self._new_nonce + b"\x01" + auxiliary).digest()[4:20]
        return types.DhGenOk(request.nonce, request.server_nonce, _number(proof))

    def _key_and_vector(self) -> tuple[bytes, bytes]:
        return crypto.nonce_key_and_vector(self._server_nonce, self._new_nonce)


def _bytes(number: int, length: int) -> bytes:
    return number.to_bytes(length, "little", signed=True)


def _number(value: bytes) -> int:
    return int.from_bytes(value, "little", signed=True)
