"""The steps of making a key (core.telegram.org/mtproto/auth_key), each answer checked.

Whoever answers is a stranger until the last step: every number of theirs is bounded before it is
reckoned with.
"""

import asyncio
import os
import struct
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import sha1
from math import gcd
from typing import Any, Final

import cryptg

from shadow.telegram.library import TLObject, TLRequest, functions, reading, rsa, types

Send = Callable[[TLRequest], Awaitable[TLObject]]
PRIME: Final = int(
    "c71caeb9c6b1c9048e6c522f70f13f73980d40238e3e21c14934d037563d930f48198a0aa7c14058229493d22530f4"
    "dbfa336f6e0ac925139543aed44cce7c3720fd51f69458705ac68cd4fe6b6b13abdc9746512969328454f18faf8c59"
    "5f642477fe96bb2a941d5bcd1d4ac8cc49880708fa9b378e3c4f3a9060bee67cf9a4a4a695811051907e162753b56b"
    "0f6b410dba74d8a84b2a14b3144e0ef1284754fd17ed950d5965b4b9dd46582db1178d169c6bc465b0d6ff9ca3928f"
    "ef5b9ae4e418fc15e83ebea0f87fa9ff5eed70050ded2849f47bf959d956850ce929851f0d8115f635b105ee2e4e15"
    "d04b2454bf6f4fadf034b10403119cd8e3b92fcc5b",
    16,
)
"""Telegram's safe prime of 2048 bits. Another would have to be proven to be one first."""
GENERATORS: Final = frozenset({3, 4, 7})
"""Those that generate the subgroup of prime order modulo that prime."""
MARGIN: Final = 1 << (2048 - 64)
MOST_STEPS: Final = 1 << 19
"""Factors of 32 bits take some 2^16."""


class StepRefused(Exception):
    """A step is not as it should be."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """A key of 256 bytes, its first salt, and how many seconds the server's clock is ahead."""

    key: bytes = field(repr=False)
    salt: int
    offset: float


@dataclass(slots=True)
class _Nonces:
    ours: int
    server: int
    new: bytes = field(repr=False)

    def check(self, answer: TLObject, kind: Any, step: str) -> None:
        if not isinstance(answer, kind):
            raise StepRefused(f"{step} was answered {type(answer).__name__}")
        if (answer.nonce, answer.server_nonce) != (self.ours, self.server):
            raise StepRefused(f"{step} was answered to somebody else")

    def cipher(self) -> tuple[bytes, bytes]:
        server = self.server.to_bytes(16, "little", signed=True)
        one = sha1(self.new + server, usedforsecurity=False).digest()
        two = sha1(server + self.new, usedforsecurity=False).digest()
        three = sha1(self.new + self.new, usedforsecurity=False).digest()
        return one + two[:12], two[12:20] + three + self.new[:4]

    def salt(self) -> int:
        server = self.server.to_bytes(16, "little", signed=True)
        salt = bytes(a ^ b for a, b in zip(self.new[:8], server[:8], strict=True))
        return int.from_bytes(salt, "little", signed=True)


async def agree(send: Send) -> Agreed:
    """Agree on a key: three calls of `send`.

    Raises:
        StepRefused: an answer is wrong; it says which.
        Exception: what `send` raises.
    """
    nonce = _number(os.urandom(16))
    offered = await send(functions.ReqPqMultiRequest(nonce))
    if not isinstance(offered, types.ResPQ) or offered.nonce != nonce:
        raise StepRefused("the first step was answered to somebody else")
    nonces = _Nonces(nonce, offered.server_nonce, os.urandom(32))
    p, q = await asyncio.to_thread(factors, int.from_bytes(offered.pq, "big"))
    request = _parameters(nonces, offered, rsa.get_byte_array(p), rsa.get_byte_array(q))
    answer = await send(request)
    nonces.check(answer, types.ServerDHParamsOk, "the second step")
    inner = _opened(nonces, answer.encrypted_answer)
    offset = inner.server_time - time.time()
    theirs = _checked(inner)
    half = int.from_bytes(os.urandom(256), "big")
    ours = pow(inner.g, half, PRIME)
    if not MARGIN <= ours <= PRIME - MARGIN:
        raise StepRefused("our own half is unsafe")
    done = await send(_finish(nonces, ours))
    nonces.check(done, types.DhGenOk, "the last step")
    key = pow(theirs, half, PRIME).to_bytes(256, "big")
    short = sha1(key, usedforsecurity=False).digest()[:8]
    proof = sha1(nonces.new + b"\x01" + short, usedforsecurity=False).digest()[4:]
    if done.new_nonce_hash1 != _number(proof):
        raise StepRefused("the proof of the key is wrong")
    return Agreed(key, nonces.salt(), offset)


def factors(pq: int) -> tuple[int, int]:
    """Find two factors of a number below 2^64, smaller first. Raises StepRefused: it has none."""
    if not 3 < pq < 1 << 64:
        raise StepRefused("pq is out of bounds")
    if pq % 2 == 0:
        return 2, pq // 2
    slow = fast = 2
    product = 1
    for step in range(1, MOST_STEPS):
        slow = (slow * slow + 1) % pq
        fast = (fast * fast + 1) % pq
        fast = (fast * fast + 1) % pq
        product = product * (slow - fast) % pq or pq
        if step % 64 == 0 or product == pq:
            found = gcd(product, pq)
            if 1 < found < pq:
                return min(found, pq // found), max(found, pq // found)
            if found == pq:
                break
    raise StepRefused("pq is not made of two primes")


def _parameters(nonces: _Nonces, offered: TLObject, p: bytes, q: bytes) -> TLRequest:
    known = {"nonce": nonces.ours, "server_nonce": nonces.server, "p": p, "q": q}
    inner = types.PQInnerData(pq=offered.pq, new_nonce=_number(nonces.new), **known)
    for old in (False, True):
        for fingerprint in offered.server_public_key_fingerprints:
            sealed = rsa.encrypt(fingerprint, bytes(inner), use_old=old)
            if sealed is not None:
                return functions.ReqDHParamsRequest(
                    public_key_fingerprint=fingerprint, encrypted_data=sealed, **known
                )
    raise StepRefused("it has none of the public keys that are known here")


def _opened(nonces: _Nonces, sealed: bytes) -> Any:
    if not sealed or len(sealed) % 16:
        raise StepRefused("the second step's answer is no cipher text")
    plain = cryptg.decrypt_ige(sealed, *nonces.cipher())
    text = reading.BinaryReader(plain[20:])
    inner = text.tgread_object()
    if sha1(plain[20 : 20 + text.tell_position()], usedforsecurity=False).digest() != plain[:20]:
        raise StepRefused("the second step's answer was changed")
    nonces.check(inner, types.ServerDHInnerData, "the second step")
    return inner


def _checked(inner: TLObject) -> int:
    if int.from_bytes(inner.dh_prime, "big") != PRIME or inner.g not in GENERATORS:
        raise StepRefused("its prime is not Telegram's")
    theirs = int.from_bytes(inner.g_a, "big")
    if not MARGIN <= theirs <= PRIME - MARGIN:
        raise StepRefused("its half is unsafe")
    return theirs


def _finish(nonces: _Nonces, ours: int) -> TLRequest:
    inner = bytes(types.ClientDHInnerData(nonces.ours, nonces.server, 0, ours.to_bytes(256, "big")))
    text = struct.pack("20s", sha1(inner, usedforsecurity=False).digest()) + inner
    text += os.urandom(-len(text) % 16)
    sealed = bytes(cryptg.encrypt_ige(text, *nonces.cipher()))
    return functions.SetClientDHParamsRequest(nonces.ours, nonces.server, sealed)


def _number(content: bytes) -> int:
    return int.from_bytes(content, "little", signed=True)
