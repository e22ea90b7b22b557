"""Cursor pagination: opaque cursors that hold the sort key of the last row seen."""

import base64
import binascii
import json
import math
from dataclasses import dataclass
from typing import Generic, TypeVar

from shadow.kit.errors import Kind, ShadowError

T = TypeVar("T")
MAX_LIMIT = 200
Key = str | int | float | None


class CursorInvalid(ShadowError):
    """The cursor was not made by this server, or for another sort order."""

    kind = Kind.invalid
    code = "kit.cursor_invalid"


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page: `items`, the cursor of the next page (None at the end) and the total count."""

    items: list[T]
    next_cursor: str | None
    total: int


def encode_cursor(sort: str, *key: Key) -> str:
    """Return an opaque URL-safe cursor for the row with this sort key."""
    raw = json.dumps([sort, *key], separators=(",", ":"), ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode_cursor(cursor: str, sort: str, length: int) -> list[Key]:
    """Return the sort key held by `cursor`, `length` scalars made for the order `sort`.

    Raises:
        CursorInvalid: for anything else.
    """
    refused = CursorInvalid("This page link is not valid here. Start again from the first page.")
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        held = json.loads(raw)
    except (ValueError, binascii.Error, RecursionError) as error:
        raise refused from error
    if not isinstance(held, list) or len(held) != length + 1 or held[0] != sort:
        raise refused
    if not all(_can_be_stored(part) for part in held):
        raise refused
    key: list[Key] = held[1:]
    return key


def _can_be_stored(part: object) -> bool:
    """Tell whether a database could hold this: it cannot compare with what it cannot hold."""
    if isinstance(part, str):
        return "\0" not in part and not any("\ud800" <= sign <= "\udfff" for sign in part)
    if isinstance(part, float):
        return math.isfinite(part)
    return part is None or (isinstance(part, int) and abs(part) < 2**63)
