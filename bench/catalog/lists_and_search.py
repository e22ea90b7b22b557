"""`python -m bench.catalog.lists_and_search [TITLES…]`: list pages and search on both databases.

Milliseconds, 50th and 99th percentile, of the service call that a request makes (statements, rows
and answer; not HTTP), after a warm-up, one after the other. 10,000, 100,000 and 1,000,000 titles.
"""

import asyncio
import gc
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any

from bench.catalog.filling import GENRES, RARE_GENRE, Library, fill
from sqlalchemy.ext.asyncio import AsyncSession
from tests.support.postgres import running_postgres

from shadow.catalog.service import FileFilter, TitleFilter, find, list_files, list_titles
from shadow.kit.paging import encode_cursor
from shadow.runtime.database import Database
from shadow.runtime.migrations import migrate

SIZES = (10_000, 100_000, 1_000_000)
ROUNDS = 200
Call = Callable[[AsyncSession], Awaitable[Any]]


def calls(library: Library) -> dict[str, Callable[[], Call]]:
    """Return the measured calls by name; each makes a new one every time."""
    dice = random.Random(3)
    common, rare = library.words[:12], library.words[200:30_000]

    def misspelt() -> str:
        word = dice.choice([one for one in dice.choices(rare, k=20) if len(one) > 5] or ["wondel"])
        at = dice.randrange(1, len(word) - 1)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    def page(kind: str = "movie", **wanted: Any) -> Call:
        options = {name: wanted.pop(name) for name in ("sort", "cursor") if name in wanted}
        return lambda session: list_titles(
            session, TitleFilter(kind, **wanted), limit=50, **options
        )

    def seek(text: str) -> Call:
        return lambda session: find(session, text, limit=20)

    deep = {sort: deep_cursors(library, sort, dice) for sort in ("title", "-year", "-rating")}
    return {
        "films by title, first page": page,
        "films newest first": lambda: page(sort="-added"),
        "films by title, deep page": lambda: page(sort="title", cursor=next(deep["title"])),
        "films by year, deep page": lambda: page(sort="-year", cursor=next(deep["-year"])),
        "films by rating, deep page": lambda: page(sort="-rating", cursor=next(deep["-rating"])),
        "films of a genre": lambda: page(genre=dice.choice(GENRES)),
        "films of a rare genre": lambda: page(genre=RARE_GENRE),
        "films of a year": lambda: page(year=dice.randint(1930, 2024)),
        "films of a genre and a year": lambda: page(
            genre=dice.choice(GENRES), year=dice.randint(1930, 2024)
        ),
        "films filtered by a word": lambda: page(q=dice.choice(rare)),
        "films filtered by a common word": lambda: page(q=dice.choice(common)),
        "files, first page": lambda: lambda session: list_files(session, FileFilter()),
        "failed files": lambda: lambda session: list_files(session, FileFilter(state="failed")),
        "search: two words": lambda: seek(library.name(2, 2)),
        "search: a rare word": lambda: seek(dice.choice(rare)),
        "search: a common word": lambda: seek(dice.choice(common)),
        "search: two common words": lambda: seek(" ".join(dice.sample(common, 2))),
        "search: first letters": lambda: seek(dice.choice(rare)[: dice.randint(1, 3)]),
        "search: a misspelt word": lambda: seek(misspelt()),
        "search: nothing there": lambda: seek(f"qx{dice.randint(0, 10**9)}"),
    }


def deep_cursors(library: Library, sort: str, dice: random.Random) -> Iterator[str]:
    """Yield cursors from all over a list, made without reading it."""
    while True:
        match sort:
            case "title":
                key: Any = library.words[dice.randrange(2_000)]
            case "-year":
                key = dice.randint(1930, 2024)
            case _:
                key = round(dice.random() * 9, 1) if dice.random() < 0.7 else 0
        yield encode_cursor(sort, key, dice.randrange(library.titles))


async def measure(database: Database, call: Callable[[], Call]) -> tuple[float, float]:
    """Return the 50th and 99th percentile in milliseconds."""
    taken = []
    for turn in range(ROUNDS + 10):
        one = call()
        began = time.perf_counter()
        async with database.session() as session:
            await one(session)
        if turn >= 10:
            taken.append((time.perf_counter() - began) * 1000)
    cuts = quantiles(taken, n=100, method="inclusive")
    return cuts[49], cuts[98]


async def measured(urls: dict[str, str], titles: int) -> dict[str, dict[str, tuple[float, float]]]:
    """Fill the databases and measure every call, on one right after the other."""
    opened = {name: Database(url) for name, url in urls.items()}
    for database in opened.values():
        await migrate(database)
    library = await fill(list(opened.values()), titles)
    gc.collect()
    gc.freeze()  # the library's words are the benchmark's, not the server's, to collect
    results: dict[str, dict[str, tuple[float, float]]] = {name: {} for name in opened}
    for call_name in calls(library):
        for name, database in opened.items():
            results[name][call_name] = await measure(database, calls(library)[call_name])
    for database in opened.values():
        await database.close()
    return results


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """Yield the URL of an empty database of each kind."""
    with tempfile.TemporaryDirectory() as folder, running_postgres() as postgresql:
        yield {
            "SQLite": f"sqlite+aiosqlite:///{Path(folder) / 'bench.sqlite'}",
            "PostgreSQL": postgresql,
        }


def main() -> None:
    """Measure each size and print its table."""
    for titles in [int(size) for size in sys.argv[1:]] or SIZES:
        with databases() as urls:
            results = asyncio.run(measured(urls, titles))
        print(f"\n{titles:,} titles, ms (p50 / p99)\n")
        print(f"| call | {' | '.join(results)} |\n| --- |{' --- |' * len(results)}")
        for name in next(iter(results.values())):
            cells = [f"{got[name][0]:.1f} / {got[name][1]:.1f}" for got in results.values()]
            print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
