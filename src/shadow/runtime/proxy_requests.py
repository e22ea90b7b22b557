"""What a program asks of the filtering proxy: one request's head, read strictly."""

import base64
import binascii
import re
from dataclasses import dataclass

from shadow.runtime.http import WELL_KNOWN_PORTS, RequestRefused, check_place, checked_url

HEAD_LIMIT = 32 << 10  # bytes of a request's head
TUNNEL_PORTS = WELL_KNOWN_PORTS | {21}  # FTP's commands travel in a tunnel too
DROPPED = frozenset(
    {
        *("connection", "host", "keep-alive", "proxy-authorization", "proxy-connection"),
        *("te", "trailer", "upgrade"),
    }
)
FIELD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\x00\r\n]*")
METHOD = re.compile(r"[A-Z]{1,20}")
PLACE = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^:\[\]]+)):([0-9]{1,5})")


class BadRequest(Exception):
    """The request cannot be read."""


@dataclass(frozen=True, slots=True)
class ProxyRequest:
    """Where a request goes. `head` is what to send there first, empty for a tunnel.

    `body_bytes` are those of the request still to come, None when unknown or a tunnel.
    """

    host: str
    port: int
    head: bytes = b""
    body_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """A request's first line and fields, split."""

    method: str
    target: str
    fields: tuple[tuple[str, str], ...]

    def values(self, name: str) -> list[str]:
        """Return a field's values, by its name in lower case."""
        return [value for key, value in self.fields if key.lower() == name]


def read_head(text: bytes) -> Head:
    """Split a request's head, which ends with an empty line.

    Raises:
        BadRequest: it is none of HTTP/1.
    """
    first, *rest = text.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    parts = first.split(" ")
    if len(parts) != 3 or not METHOD.fullmatch(parts[0]) or not parts[2].startswith("HTTP/1."):
        raise BadRequest("That is no request of HTTP/1.")
    if not all(FIELD.fullmatch(line) for line in rest):
        raise BadRequest("A header field is malformed.")
    fields = (line.partition(":") for line in rest)
    return Head(parts[0], parts[1], tuple((name, value.strip()) for name, _, value in fields))


def credentials(head: Head) -> tuple[str, str]:
    """Return the user name and password that came along; empty ones when none did."""
    for value in head.values("proxy-authorization"):
        scheme, _, encoded = value.partition(" ")
        if scheme.lower() == "basic":
            try:
                user, _, password = base64.b64decode(encoded, validate=True).partition(b":")
            except binascii.Error:
                continue
            return user.decode("latin-1"), password.decode("latin-1")
    return "", ""


def understand(head: Head) -> ProxyRequest:
    """Return where a request goes.

    Raises:
        RequestRefused: to a place, scheme or port that is off limits whatever its address.
        BadRequest: it cannot be read in one way only.
    """
    if head.method == "CONNECT":
        place = PLACE.fullmatch(head.target)
        if place is None:
            raise RequestRefused("The address has no valid host name or no port.")
        host, port = place[1] or place[2], int(place[3])
        check_place(host, port, ports=TUNNEL_PORTS)
        return ProxyRequest(host, port)
    url = checked_url(head.target)
    if url.scheme != "http":
        raise RequestRefused("Only http:// addresses can be asked for without a tunnel.")
    lengths = set(head.values("content-length"))
    chunked = bool(head.values("transfer-encoding"))
    if len(lengths) > 1 or (lengths and chunked):
        raise BadRequest("The length of the request's body is not clear.")
    length = lengths.pop() if lengths else "0"
    if not (length.isascii() and length.isdigit() and len(length) < 19):
        raise BadRequest("The length of the request's body is no number.")
    kept = [f"{name}: {value}" for name, value in head.fields if name.lower() not in DROPPED]
    lines = [
        f"{head.method} {url.raw_path.decode('ascii')} HTTP/1.1",
        f"Host: {url.netloc.decode('ascii')}",
        *kept,
        "Connection: close",
    ]
    return ProxyRequest(
        url.raw_host.decode("ascii"),
        url.port or 80,
        "\r\n".join([*lines, "", ""]).encode("latin-1"),
        None if chunked else int(length),
    )
