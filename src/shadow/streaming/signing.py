"""Signed links that an nginx in front can check by itself (`ngx_http_secure_link_module`).

The matching configuration:

    secure_link $arg_md5,$arg_expires;
    secure_link_md5 "$secure_link_expires$uri SECRET";

The secret comes last: a leading one could be extended without being known. MD5 is what nginx
offers; the scheme needs its preimage resistance only, which holds.
"""

import base64
import hashlib
import hmac
import re
from typing import Final

from shadow.streaming.errors import LinkExpired, LinkInvalid

_EXPIRES: Final = re.compile(r"[0-9]{1,18}")


def link_token(uri: str, expires: str, secret: str, *, address: str = "") -> str:
    """Return the URL-safe unpadded base64 of `md5("{expires}{uri}{address} {secret}")`.

    Args:
        uri: the path as nginx's `$uri` has it: decoded, dot segments and double slashes merged.
        expires: Unix time in decimal digits, exactly as it stands in the link.
        secret: shared with nginx.
        address: of the client, where the expression has `$remote_addr` after `$uri`.
    """
    digest = hashlib.md5(f"{expires}{uri}{address} {secret}".encode(), usedforsecurity=False)
    return base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()


def sign_link(uri: str, *, expires: int, secret: str) -> str:
    """Return `uri` with the `md5` and `expires` that open it until the Unix time `expires`."""
    return f"{uri}?md5={link_token(uri, str(expires), secret)}&expires={expires}"


def is_signed(query: str) -> bool:
    """Tell whether a raw query string claims to carry a signature."""
    return _argument(query, "md5") is not None or _argument(query, "expires") is not None


def check_link(uri: str, query: str, *, secret: str, now: float) -> None:
    """Return when the raw query string opens `uri` at the Unix time `now`.

    Arguments are read as nginx reads them: undecoded, the first of several counts.

    Raises:
        LinkInvalid: signature missing, malformed, or of another path, expiry or secret.
        LinkExpired: rightly signed, and its time is over.
    """
    token = _argument(query, "md5") or ""
    expires = _argument(query, "expires") or ""
    expected = link_token(uri, expires, secret).encode()
    if len(token) <= 24:  # nginx takes the padding that others append
        token = token.rstrip("=")
    genuine = hmac.compare_digest(token.encode("utf-8", "replace"), expected)
    if not genuine or not _EXPIRES.fullmatch(expires) or int(expires) == 0:
        raise LinkInvalid(LinkInvalid.said)
    if int(expires) < now:
        raise LinkExpired(LinkExpired.said)


def _argument(query: str, name: str) -> str | None:
    for pair in query.split("&"):
        key, equals, value = pair.partition("=")
        if equals and key.lower() == name:
            return value
    return None
