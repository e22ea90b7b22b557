"""Making an authorisation key with a data centre."""

import os
import secrets
from hashlib import sha1
from types import SimpleNamespace
from typing import Any

import cryptg
import pytest
from telethon.tl import functions, types

from shadow.telegram.errors import LinkLost, TelegramUnavailable
from shadow.telegram.links import exchange, wire
from shadow.telegram.links.exchange import StepRefused, factors
from shadow.telegram.links.link import Link, Place
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


async def test_a_key_that_begins_with_a_zero_byte_is_a_key(
    dc: DataCentres, monkeypatch: pytest.MonkeyPatch
) -> None:
    halves = [awkward_half()]

    def urandom(size: int) -> bytes:
        return halves.pop() if size == 256 and halves else os.urandom(size)

    fixed = SimpleNamespace(randbits=lambda _: SECRET, token_bytes=secrets.token_bytes)
    monkeypatch.setattr(handshake, "secrets", fixed)
    monkeypatch.setattr(exchange, "os", SimpleNamespace(urandom=urandom))
    key = await make_key(place(dc))
    assert not halves
    assert len(key.key) == 256
    assert key.key[0] == 0
    assert dc.counters.connections == 1


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


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DH_PRIME", handshake.DH_PRIME - 2),
        ("G", 2),
        ("G", 1),
        ("P", 1_048_571),  # the factors sent are another number's
    ],
)
async def test_what_a_data_centre_offers_is_checked(
    dc: DataCentres, monkeypatch: pytest.MonkeyPatch, name: str, value: int
) -> None:
    monkeypatch.setattr(handshake, name, value)
    if name == "P":
        monkeypatch.setattr(handshake, "Q", 1)
    with pytest.raises(TelegramUnavailable, match="could not prove"):
        await make_key(place(dc))


@pytest.mark.parametrize("wrong", ["hash", "half", "nonce"])
async def test_an_answer_that_was_changed_under_way_is_refused(
    dc: DataCentres, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    send = handshake.Handshake._parameters

    def changed(self: handshake.Handshake, request: Any) -> Any:
        answer: Any = send(self, request)
        key, vector = self._key_and_vector()
        plain = bytearray(cryptg.decrypt_ige(answer.encrypted_answer, key, vector))
        if wrong == "half":  # g_a of 1, with a hash that is right
            inner = types.ServerDHInnerData(
                request.nonce, request.server_nonce, handshake.G,
                handshake.DH_PRIME.to_bytes(256, "big"), b"\x01", 0,
            )  # fmt: skip
            text = bytes(inner)
            plain = bytearray(sha1(text).digest() + text)
            plain += bytes(-len(plain) % 16)
        elif wrong == "hash":
            plain[0] ^= 1
        else:
            answer.server_nonce ^= 1
        answer.encrypted_answer = cryptg.encrypt_ige(bytes(plain), key, vector)
        return answer

    monkeypatch.setattr(handshake.Handshake, "_parameters", changed)
    with pytest.raises(TelegramUnavailable, match="could not prove"):
        await make_key(place(dc))


async def test_the_first_call_under_a_new_key_has_the_right_salt(dc: DataCentres) -> None:
    at = place(dc)
    key = await make_key(at)
    salt = key.salt
    link = await Link(at, key, updates=False).connect()
    await link.send(functions.help.GetConfigRequest())
    link.close()
    assert salt
    assert key.salt == salt


@pytest.mark.parametrize("pq", [0, 1, 3, 1_048_583, (1 << 61) - 1, 1 << 70])
def test_a_number_without_factors_is_refused_in_bounded_time(pq: int) -> None:
    with pytest.raises(StepRefused):
        factors(pq)


@pytest.mark.parametrize(
    ("p", "q"), [(1_229_739_323, 1_402_015_859), (2_147_483_629, 2_147_483_647)]
)
def test_numbers_of_telegrams_size_are_factored(p: int, q: int) -> None:
    assert factors(p * q) == (p, q)
