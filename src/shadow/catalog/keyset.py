"""Pages that continue after the sort key of the last row seen, on both databases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.errors import ListRefused
from shadow.catalog.folding import clean
from shadow.kit.paging import CursorInvalid, Key, decode_cursor, encode_cursor

LARGEST_ID: Final = 2**63 - 1
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_INVALID: Final = "This page link is not valid here. Start again from the first page."


@dataclass(frozen=True, slots=True)
class Order:
    """A sort order: the expression compared, the row's id that breaks ties, the type of a key."""

    by: ColumnElement[Any]
    id: ColumnElement[int]
    key_type: type
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page begins: after the row with this key and id."""

    key: Any
    id: int


def find_order(sort: str, orders: Mapping[str, Order]) -> Order:
    """Return the order that a `sort` parameter names; a leading `-` reverses it.

    Raises:
        ListRefused: there is no such order.
    """
    order = orders.get(sort.removeprefix("-"))
    if order is None:
        raise ListRefused(f"This list can be sorted by {', '.join(orders)}, each also with “-”.")
    return Order(order.by, order.id, order.key_type, descending=sort.startswith("-"))


def opaque(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return an expression of equal value that no index serves.

    For queries that fetch few rows and sort them: without it, SQLite may walk the whole sort order
    to spare itself the sorting.
    """
    return func.coalesce(column, column)


async def keyset_page(
    session: AsyncSession,
    query: Select[Any],
    order: Order,
    after: Position | None,
    limit: int,
) -> list[Any]:
    """Return up to `limit` + 1 rows of `query` in order; one too many tells that there are more.

    Two statements where one would do: rows of the same key as the last one, then rows of later
    keys. Each is one range of the index, however many rows share a key.
    """
    by = order.by.desc() if order.descending else order.by
    by_id = order.id.desc() if order.descending else order.id
    ordered = query.order_by(by, by_id)
    if after is None:
        return list(await session.execute(ordered.limit(limit + 1)))
    later_id = order.id < after.id if order.descending else order.id > after.id
    later = order.by < after.key if order.descending else order.by > after.key
    same = query.where(order.by == after.key, later_id).order_by(by_id).limit(limit + 1)
    rows = list(await session.execute(same))
    if len(rows) <= limit:
        rest = ordered.where(later).limit(limit + 1 - len(rows))
        rows += list(await session.execute(rest))
    return rows


def next_cursor(sort: str, rows: Sequence[Any], limit: int) -> str | None:
    """Return the cursor after the last row shown; rows begin with id and key."""
    if len(rows) <= limit:
        return None
    row_id, key = rows[limit - 1][0], rows[limit - 1][1]
    if isinstance(key, datetime):
        key = (key - _EPOCH) // timedelta(microseconds=1)
    return encode_cursor(sort, key, row_id)


def decode_position(cursor: str, sort: str, order: Order) -> Position:
    """Return the position that a cursor holds.

    Raises:
        CursorInvalid: it was not made for this sort order.
    """
    key, row_id = decode_cursor(cursor, sort, 2)
    truths = isinstance(key, bool) or isinstance(row_id, bool)  # which Python takes for numbers
    if truths or not isinstance(row_id, int) or not 0 <= row_id <= LARGEST_ID:
        raise CursorInvalid(_INVALID)
    return Position(_typed(key, order.key_type), row_id)


def _typed(key: Key, wanted: type) -> Any:
    if wanted is str and isinstance(key, str) and key == clean(key):
        return key
    if wanted is datetime and isinstance(key, int):
        try:
            return _EPOCH + timedelta(microseconds=key)
        except OverflowError as error:
            raise CursorInvalid(_INVALID) from error
    if wanted is int and isinstance(key, int) and abs(key) <= 2**31 - 1:
        return key
    if wanted is float and isinstance(key, int | float) and abs(key) <= 1e9:
        return float(key)
    raise CursorInvalid(_INVALID)
