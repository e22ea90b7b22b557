"""Making an authorisation key with a data centre."""

import os
import secrets
from types import SimpleNamespace
from typing import Any

import pytest
from telethon.network import authenticator

from shadow.telegram.errors import LinkLost, TelegramUnavailable
from shadow.telegram.links import wire
from shadow.telegram.links.link import Place
from shadow.telegram.links.shaking import TRIES, make_key
from tests.support.telegram_dc import DataCentres, clients, handshake
from tests.support.telegram_dc.strings import API_ID

SECRET = 1 << 255 | 12345
"""The data centre's half, so that a client's half can be found that makes an awkward key."""


def place(dc: DataCentres) -> Place:
    at = dc.addresses[2]
    clients.trust(dc)
    return Place(2, at.host, at.port, wire.opening(API_ID, "1"))


def awkward_half() -> bytes:
    """Find a client's half with which the key begins with a zero byte."""
    prime = handshake.DH_PRIME
    half = 1 << 2000
    key, step = pow(handshake.G, SECRET * half, prime), pow(handshake.G, SECRET, prime)
    while key >> 2040:
        key, half = key * step % prime, half + 1
    return half.to_bytes(256, "big")


async def test_a_key_that_begins_with_a_zero_byte_costs_another_handshake(
    dc: DataCentres, monkeypatch: pytest.MonkeyPatch
) -> None:
    halves = [awkward_half()]

    def urandom(size: int) -> bytes:
        return halves.pop() if size == 256 and halves else os.urandom(size)

    fixed = SimpleNamespace(randbits=lambda _: SECRET, token_bytes=secrets.token_bytes)
    monkeypatch.setattr(handshake, "secrets", fixed)
    monkeypatch.setattr(authenticator, "os", SimpleNamespace(urandom=urandom))
    key = await make_key(place(dc))
    assert not halves
    assert len(key.key) == 256
    assert dc.counters.connections == 2


async def test_a_data_centre_that_proves_nothing_is_given_up(
    dc: DataCentres, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = handshake.Handshake._finish

    def lie(self: handshake.Handshake, request: Any) -> Any:
        answer: Any = finish(self, request)
        answer.new_nonce_hash1 ^= 1
        return answer

    monkeypatch.setattr(handshake.Handshake, "_finish", lie)
    with pytest.raises(TelegramUnavailable, match="could not prove") as refused:
        await make_key(place(dc))
    assert not isinstance(refused.value, LinkLost)
    assert dc.counters.connections == TRIES
