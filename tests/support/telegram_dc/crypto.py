"""MTProto 2.0's cryptography, from the server's side."""

import functools
import os
import secrets
from collections.abc import Callable
from hashlib import sha1, sha256

import cryptg
import rsa

E = 65537
SMALL_PRIMES = [n for n in range(3, 2000) if all(n % d for d in range(2, int(n**0.5) + 1))]

Chunk = bytes | memoryview
Cipher = Callable[[bytes], bytes]


def message_key_and_vector(auth_key: bytes, message_key: bytes, x: int) -> tuple[bytes, bytes]:
    """Derive one message's AES key and IV; `x` is 0 from client to server, 8 back."""
    a = sha256(message_key + auth_key[x : x + 36]).digest()
    b = sha256(auth_key[x + 40 : x + 76] + message_key).digest()
    return a[:8] + b[8:24] + a[24:32], b[:8] + a[8:24] + b[24:32]


def seal(auth_key: bytes, key_id: bytes, chunks: list[Chunk]) -> list[Chunk]:
    """Encrypt one message of the server: what is joined here is the only copy made of a file."""
    length = sum(map(len, chunks))
    plain = b"".join([*chunks, os.urandom(-(length + 12) % 16 + 12)])
    digest = sha256(auth_key[96:128])
    digest.update(plain)
    message_key = digest.digest()[8:24]
    key, vector = message_key_and_vector(auth_key, message_key, 8)
    return [key_id + message_key, cryptg.encrypt_ige(plain, key, vector)]


def unseal(auth_key: bytes, packet: bytes) -> bytes | None:
    """Decrypt a client's message; None when its message key is not that of its text."""
    message_key = packet[8:24]
    if len(packet) < 56 or len(packet) % 16 != 8:
        return None
    key, vector = message_key_and_vector(auth_key, message_key, 0)
    plain: bytes = cryptg.decrypt_ige(packet[24:], key, vector)
    digest = sha256(auth_key[88:120])
    digest.update(plain)
    return plain if digest.digest()[8:24] == message_key else None


def key_fingerprint(auth_key: bytes) -> bytes:
    """Name an authorisation key as messages do: the last 8 bytes of its SHA-1."""
    return sha1(auth_key).digest()[-8:]


def _prime(bits: int) -> int:
    """Find a random prime; `rsa.newkeys` does the same in several seconds."""
    while True:
        n = secrets.randbits(bits) | (3 << (bits - 2)) | 1
        sieved = all(n % p for p in SMALL_PRIMES)
        if sieved and n % E != 1 and pow(2, n - 1, n) == 1 and pow(3, n - 1, n) == 1:
            return n


@functools.cache
def server_key() -> rsa.PrivateKey:
    """Make this process's RSA key of 2048 bits, once."""
    p, q = _prime(1024), _prime(1024)
    return rsa.PrivateKey(p * q, E, pow(E, -1, (p - 1) * (q - 1)), max(p, q), min(p, q))


def tl_bytes(value: bytes) -> bytes:
    """Write a TL `bytes`: length, text, padding to 4."""
    short = len(value) < 254
    head = bytes([len(value)]) if short else b"\xfe" + len(value).to_bytes(3, "little")
    return head + value + bytes(-(len(head) + len(value)) % 4)


def to_bytes(number: int) -> bytes:
    """Write a natural number big-endian in as few bytes as it needs."""
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def rsa_fingerprint(key: rsa.PrivateKey | rsa.PublicKey) -> int:
    """Name an RSA key as `resPQ` does: the end of the SHA-1 of its n and e, signed."""
    digest = sha1(tl_bytes(to_bytes(key.n)) + tl_bytes(to_bytes(key.e))).digest()
    return int.from_bytes(digest[-8:], "little", signed=True)


def open_rsa_block(key: rsa.PrivateKey, encrypted: bytes) -> tuple[bytes, bytes] | None:
    """Decrypt what a client encrypted to the server's key, in either form in use.

    RSA_PAD (core.telegram.org/mtproto/auth_key, 4.1) is tried first, then the old block, which
    Telethon and the Pyrogram family still send: 255 bytes of SHA-1, text and random padding.
    Returns the text with its padding and, in the old form, the SHA-1 the text must have.
    """
    number = int.from_bytes(encrypted, "big")
    by_p, by_q = pow(number, key.exp1, key.p), pow(number, key.exp2, key.q)
    block = (by_q + (by_p - by_q) * key.coef % key.p * key.q).to_bytes(256, "big")
    masked, aes_encrypted = block[:32], block[32:]
    temporary = bytes(a ^ b for a, b in zip(masked, sha256(aes_encrypted).digest(), strict=True))
    with_hash = cryptg.decrypt_ige(aes_encrypted, temporary, bytes(32))
    padded = with_hash[:192][::-1]
    if sha256(temporary + padded).digest() == with_hash[192:]:
        return padded, b""
    return None if block[0] else (block[21:], block[1:21])


def nonce_key_and_vector(server_nonce: bytes, new_nonce: bytes) -> tuple[bytes, bytes]:
    """Derive the AES key and IV that protect the Diffie-Hellman parameters."""
    new_server = sha1(new_nonce + server_nonce).digest()
    server_new = sha1(server_nonce + new_nonce).digest()
    new_new = sha1(new_nonce + new_nonce).digest()
    return new_server + server_new[:12], server_new[12:] + new_new + new_nonce[:4]


def counter_cipher(key: bytes, vector: bytes) -> Cipher:
    """Make AES-256-CTR that goes on where its last call stopped: about 10 MiB/s.

    cryptg has no counter mode, but one block of IGE with an empty vector is plain AES.
    """
    counter, left = int.from_bytes(vector, "big"), b""

    def cipher(text: bytes) -> bytes:
        nonlocal counter, left
        blocks = (len(text) - len(left) + 15) // 16
        stream = left + b"".join(
            cryptg.encrypt_ige((number % (1 << 128)).to_bytes(16, "big"), key, bytes(32))
            for number in range(counter, counter + blocks)
        )
        counter, left = counter + blocks, stream[len(text) :]
        number = int.from_bytes(text, "big") ^ int.from_bytes(stream[: len(text)], "big")
        return number.to_bytes(len(text), "big")

    return cipher
