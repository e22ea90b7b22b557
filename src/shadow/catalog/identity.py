"""Who is who: the keys under which two scans meet in one row, and short public ids."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Table, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog import folding
from shadow.catalog.bulk import Row, chunks, insert_ignoring, table_of
from shadow.catalog.models import Collection, Episode, File, Image, Person, Title
from shadow.kit.ids import ALPHABET, PUBLIC_ID_LENGTH, is_public_id, new_public_id

_HAVE_PUBLIC_IDS: Final = (Title, Episode, File, Person, Collection, Image)


def match_key(kind: str, title: str, year: int | None) -> str:
    """Return the key of a title as a name tells it: kind, folded title and year.

    `match_key("movie", "Amélie", 2001)` is `movie:amelie:2001`. At most 400 characters.
    """
    return f"{kind}:{folding.name_key(title)}:{year if year is not None else ''}"


def path_key(path: bytes) -> bytes:
    """Return 16 bytes that stand for a path of any length and any bytes in an index."""
    return hashlib.blake2b(path, digest_size=16).digest()


def person_key(name: str, provider_key: str | None) -> str:
    """Return the key of a person: the provider's when it has one, else the folded name."""
    return provider_key[:400] if provider_key else f"name:{folding.name_key(name)}"


def new_public_ids(count: int) -> list[str]:
    """Return random public ids as `kit.ids.new_public_id` makes them, much faster together."""
    letters: list[str] = []
    while len(letters) < count * PUBLIC_ID_LENGTH:
        # The rest of 256 after the last whole alphabet is thrown away: no letter is likelier.
        letters += [ALPHABET[byte % 62] for byte in secrets.token_bytes(count * 8) if byte < 248]
    text = "".join(letters)
    return [text[at * 7 : at * 7 + 7] for at in range(count)]


async def insert_with_public_ids(
    session: AsyncSession, model: type, rows: Sequence[Row], key: tuple[str, ...]
) -> dict[tuple[Any, ...], int]:
    """Insert rows, each under a free public id; return database ids by the unique columns `key`.

    A row whose key another writer has just inserted is not inserted again: the result names the
    other's row. Rows go in by order of their key, so that two writers cannot lock each other out.
    The first column of the key is the one that an index finds rows by.
    """
    table = table_of(model)
    columns = [table.c[name] for name in key]
    waiting = {tuple(row[name] for name in key): row for row in rows}
    ids: dict[tuple[Any, ...], int] = {}
    while waiting:
        # Either the key or the public id may be taken; the latter gets another one next time round.
        ordered = [waiting[one] for one in sorted(waiting)]
        slugs = new_public_ids(len(ordered))
        await insert_ignoring(
            session,
            table,
            [{**row, "public_id": slug} for row, slug in zip(ordered, slugs, strict=True)],
        )
        for piece in chunks(list({one[0] for one in waiting})):
            found = await session.execute(select(table.c.id, *columns).where(columns[0].in_(piece)))
            ids.update({tuple(row[1:]): row[0] for row in found})
        waiting = {one: row for one, row in waiting.items() if one not in ids}
    return ids


async def fix_slugs(session: AsyncSession) -> int:
    """Give a valid public id to every row that lacks one; return how many were given."""
    fixed = 0
    for model in _HAVE_PUBLIC_IDS:
        table = table_of(model)
        last = 0
        while rows := await _some_public_ids(session, table, last):
            last = max(rows)
            for row_id in [row for row, slug in rows.items() if not is_public_id(slug)]:
                await _give_public_id(session, table, row_id)
                fixed += 1
    return fixed


async def _some_public_ids(session: AsyncSession, table: Table, after: int) -> Mapping[int, str]:
    statement = (
        select(table.c.id, func.coalesce(table.c.public_id, ""))
        .where(table.c.id > after)
        .order_by(table.c.id)
        .limit(10_000)
    )
    return dict((await session.execute(statement)).all())


async def _give_public_id(session: AsyncSession, table: Table, row_id: int) -> None:
    while True:
        slug = new_public_id()
        taken = await session.scalar(select(table.c.id).where(table.c.public_id == slug))
        if taken is None:
            break
    await session.execute(update(table).where(table.c.id == row_id).values(public_id=slug))
