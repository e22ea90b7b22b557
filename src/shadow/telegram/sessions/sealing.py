"""Keys on disk: encrypted, because whoever has one is logged in."""

import json
import os
from collections.abc import Mapping
from typing import Any

import structlog
from Cryptodome.Cipher import AES
from Cryptodome.Hash import SHA256
from Cryptodome.Protocol.KDF import HKDF

from shadow.telegram.links.keys import AuthKey

log = structlog.get_logger(__name__)
NONCE_BYTES = 12
TAG_BYTES = 16
KEY_BYTES = 256


class Safe:
    """Encrypts with AES-256-GCM under a key made of the installation's secret key."""

    def __init__(self, secret_key: bytes) -> None:
        made = HKDF(secret_key, 32, b"", SHA256, 1, context=b"shadow telegram keys 1")
        assert isinstance(made, bytes)
        self._key = made

    def close(self, keys: Mapping[int, AuthKey], origin: str) -> bytes:
        """Encrypt keys, by data centre, of one token or session string; for another they are void.

        `origin` is its name, see `Credential`: rows cannot be exchanged behind our back.
        """
        text = json.dumps({dc: key.kept() for dc, key in keys.items()}).encode()
        nonce = os.urandom(NONCE_BYTES)
        sealed, tag = self._cipher(nonce, origin).encrypt_and_digest(text)
        return bytes(nonce + tag + sealed)

    def _cipher(self, nonce: bytes, origin: str) -> Any:
        cipher = AES.new(self._key, AES.MODE_GCM, nonce=nonce)
        cipher.update(origin.encode())
        return cipher

    def open(self, kept: bytes, origin: str) -> dict[int, AuthKey]:
        """Decrypt keys; none when another secret key closed them, or somebody changed them."""
        nonce, tag, sealed = kept[:12], kept[12:28], kept[28:]
        if not sealed:
            return {}
        try:
            text = self._cipher(nonce, origin).decrypt_and_verify(sealed, tag)
        except ValueError:
            log.warning("telegram.keys_unreadable", help="Has SHADOW_SECRET_KEY changed?")
            return {}
        found = {}
        for dc, one in json.loads(text).items():
            key = AuthKey(int(dc), bytes.fromhex(one["key"]), one["salt"], one["offset"])
            found[key.dc] = key
        return found
