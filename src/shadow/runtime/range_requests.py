"""What the range server is asked and answers: pure functions over one request's head.

A small part of RFC 9112 and 9110 on purpose: FFmpeg, and the reader of `far_bytes`, ask no more.
"""

import re
from dataclasses import dataclass
from typing import Final

from shadow.kit.ranges import select_ranges

ADDRESS: Final = re.compile(rb"http://127\.0\.0\.1:([1-9][0-9]{0,4})/([A-Za-z0-9_-]{43})")
"""What a lent file is read under."""
REQUEST: Final = re.compile(rb"(GET|HEAD) /([A-Za-z0-9_-]{43}) HTTP/1\.[01]")
MOST_FIELDS: Final = 64


def is_address(path: bytes) -> bool:
    """Tell whether a name is an address that a file is lent under, and no path."""
    return ADDRESS.fullmatch(path) is not None


class BadRequest(Exception):
    """The connection says something that no borrower says; it is cut."""


@dataclass(frozen=True, slots=True)
class Head:
    """A request: which file, which bytes (`range` as sent), and whether another may follow."""

    token: str
    whole_only: bool
    range: str | None
    keep_alive: bool


def parse_head(head: bytes) -> Head:
    """Read a request's head.

    Raises:
        BadRequest: it is not GET or HEAD of a token, or it carries a body.
    """
    first, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    asked = REQUEST.fullmatch(first)
    if asked is None or len(lines) > MOST_FIELDS:
        raise BadRequest
    fields: dict[bytes, bytes] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon:
            raise BadRequest
        fields[name.strip().lower()] = value.strip()
    if b"transfer-encoding" in fields or fields.get(b"content-length", b"0") != b"0":
        raise BadRequest
    wanted = fields.get(b"range")
    return Head(
        token=asked[2].decode(),
        whole_only=asked[1] == b"HEAD",
        range=None if wanted is None else wanted.decode("latin-1"),
        keep_alive=fields.get(b"connection", b"").lower() != b"close",
    )


def answer_to(head: Head, size: int) -> tuple[int, int, bytes]:
    """Return the bytes to send, from and to (not included), and the head of the answer.

    One range is served; several at once are answered with the whole file, as RFC 9110 (14.2)
    allows.
    """
    spans = None
    if head.range is not None and not head.whole_only:
        spans = select_ranges(head.range, size)
    kept = "keep-alive" if head.keep_alive else "close"
    common = f"Accept-Ranges: bytes\r\nConnection: {kept}\r\n\r\n"
    if spans == []:
        text = (
            "HTTP/1.1 416 Range Not Satisfiable\r\n"
            f"Content-Range: bytes */{size}\r\nContent-Length: 0\r\n{common}"
        )
        return 0, 0, text.encode()
    kind = "Content-Type: application/octet-stream\r\n"
    if spans is None or len(spans) > 1:
        text = f"HTTP/1.1 200 OK\r\n{kind}Content-Length: {size}\r\n{common}"
        return 0, 0 if head.whole_only else size, text.encode()
    ((start, stop),) = spans
    text = (
        f"HTTP/1.1 206 Partial Content\r\n{kind}Content-Length: {stop - start}\r\n"
        f"Content-Range: bytes {start}-{stop - 1}/{size}\r\n{common}"
    )
    return start, stop, text.encode()
