"""Write many rows in few statements, on both databases."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, cast

import orjson
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Table,
    any_,
    bindparam,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

Row = dict[str, Any]
CHUNK: Final = 500
"""Rows or values a statement: below every driver's limit of parameters."""


def chunks(rows: Sequence[Any], size: int = CHUNK) -> list[Sequence[Any]]:
    """Cut a sequence into pieces of at most `size`."""
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def table_of(model: type) -> Table:
    """Return the table of a model, for statements that go past the ORM."""
    return cast(Table, model.__table__)  # type: ignore[attr-defined]  # set by the ORM


def among(
    session: AsyncSession, column: ColumnElement[int], values: Sequence[int]
) -> ColumnElement[bool]:
    """Return the condition that a column is one of many numbers, sent as one parameter."""
    if session.get_bind().dialect.name == "postgresql":
        return column == any_(bindparam(None, list(values), ARRAY(BigInteger)))
    packed = func.json_each(orjson.dumps(list(values)).decode()).table_valued("value")
    return column.in_(select(packed.c.value))


async def insert_ignoring(session: AsyncSession, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows of equal columns; those that a unique key refuses are left out silently.

    Python-side column defaults do not apply: name every column that has no null.
    """
    if not rows:
        return
    connection = await session.connection()
    if connection.dialect.name == "postgresql":
        columns = ", ".join(f'"{name}"' for name in rows[0])
        await _send(
            connection,
            f'INSERT INTO "{table.name}" ({columns}) SELECT {columns} '  # noqa: S608 our names
            f'FROM json_populate_recordset(NULL::"{table.name}", :rows) ON CONFLICT DO NOTHING',
            rows,
        )
        return
    statement = sqlite.insert(table).on_conflict_do_nothing()
    await connection.execute(statement, list(rows))


async def update_rows(session: AsyncSession, model: type, rows: Sequence[Row]) -> None:
    """Write rows of equal columns back by their `id`."""
    if not rows:
        return
    table = table_of(model)
    connection = await session.connection()
    if connection.dialect.name == "postgresql":
        columns = ", ".join(f'"{name}" = new."{name}"' for name in rows[0] if name != "id")
        await _send(
            connection,
            f'UPDATE "{table.name}" AS old SET {columns} '  # noqa: S608 our names
            f'FROM json_populate_recordset(NULL::"{table.name}", :rows) AS new '
            "WHERE old.id = new.id",
            rows,
        )
        return
    statement = update(table).where(table.c.id == bindparam("row_id"))
    renamed = [{("row_id" if name == "id" else name): row[name] for name in row} for row in rows]
    await connection.execute(statement, renamed)


async def _send(connection: AsyncConnection, statement: str, rows: Sequence[Row]) -> None:
    """Run a PostgreSQL statement with all rows in one JSON parameter.

    Ten times as fast as as many parameters as there are values, and one call of each trigger.
    """
    for piece in chunks(rows, 5_000):
        packed = orjson.dumps(piece, default=_as_json, option=orjson.OPT_PASSTHROUGH_DATETIME)
        await connection.execute(text(statement), {"rows": packed.decode()})


def _as_json(value: Any) -> Any:
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, date):  # a moment too
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a column")
