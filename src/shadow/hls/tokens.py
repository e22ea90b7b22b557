"""Playback tokens: what stands in every HLS address instead of a cookie.

A token opens one file for one person until it expires, and says what was decided for the client
(`Grant`). It is signed, not secret-bearing: its content can be read by whoever holds it.
"""

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import astuple, dataclass
from typing import Any, Final

import orjson

from shadow.hls.errors import TokenExpired, TokenInvalid, TokenMissing

_FORM: Final = re.compile(r"([A-Za-z0-9_-]{2,1024})\.([A-Za-z0-9_-]{32})")
_MAC_BYTES: Final = 24


@dataclass(frozen=True, slots=True)
class Grant:
    """What a client may be given of a file; equal grants see equal playlists.

    `copy_video`: the client plays the source's pictures. `max_height` and `max_bitrate` (bits a
    second) bound the rungs. `audio_copies` are stream numbers of sound tracks the client plays as
    they are. `audio` is the stream played by default, None for the file's own default. `burn` is
    the subtitle stream drawn into the pictures, `tone_map` brings HDR to SDR in encoded rungs.
    """

    copy_video: bool = True
    max_height: int | None = None
    max_bitrate: int | None = None
    audio_copies: tuple[int, ...] = ()
    audio: int | None = None
    burn: int | None = None
    tone_map: bool = False


@dataclass(frozen=True, slots=True)
class Claims:
    """What a genuine token says. `user_id` None: no person is bound to it."""

    file_id: str
    user_id: int | None
    expires: int
    grant: Grant


def mint(secret: bytes, *, file_id: str, user_id: int | None, expires: int, grant: Grant) -> str:
    """Return a token for a file (public id) that is good until the Unix time `expires`.

    `secret` is `token_secret(runtime.secret_key)`.
    """
    content = _base64(orjson.dumps([user_id, expires, *astuple(grant)]))
    return f"{content}.{_mac(secret, file_id, content)}"


def read(secret: bytes, token: str, *, file_id: str, now: float) -> Claims:
    """Return what a token says.

    Raises:
        TokenMissing: this is no token at all.
        TokenInvalid: it was altered, or is of another file or server.
        TokenExpired: it was good until a while ago.
    """
    found = _FORM.fullmatch(token)
    if found is None:
        raise TokenMissing("There is nothing at this address.")
    content, mac = found.groups()
    if not hmac.compare_digest(mac, _mac(secret, file_id, content)):
        raise TokenInvalid("This address was altered or is incomplete. Press play again.")
    claims = _claims(file_id, content)
    if claims.expires <= now:
        raise TokenExpired("The time of this address is over. Press play again.")
    return claims


def token_secret(secret_key: bytes) -> bytes:
    """Return the key that tokens are signed with."""
    return hmac.digest(secret_key, b"shadow hls", hashlib.sha256)


def _claims(file_id: str, content: str) -> Claims:
    try:
        plain: list[Any] = orjson.loads(
            base64.urlsafe_b64decode(content + "=" * (-len(content) % 4))
        )
        user_id, expires, *granted = plain
        decided: list[Any] = [tuple(one) if isinstance(one, list) else one for one in granted]
        grant = Grant(*decided)
    except (binascii.Error, orjson.JSONDecodeError, ValueError, TypeError) as error:
        # Signed by us, so of another version of this server.
        raise TokenInvalid("This address is out of date. Press play again.") from error
    return Claims(file_id, user_id, expires, grant)


def _mac(secret: bytes, file_id: str, content: str) -> str:
    signed = hmac.digest(secret, f"{file_id}\n{content}".encode(), hashlib.sha256)
    return _base64(signed[:_MAC_BYTES])


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
