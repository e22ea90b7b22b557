"""A large synthetic library, the same for the same size: titles, people, episodes, files.

Words are drawn by Zipf's law from a made-up vocabulary of 60,000, so that some stand in a third
of all names and most in a few, as in real libraries.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate, count

from sqlalchemy import text

from shadow.catalog import folding
from shadow.catalog.bulk import Row, insert_ignoring, table_of
from shadow.catalog.identity import match_key, path_key
from shadow.catalog.indexing import (
    episode_search_text,
    is_spellable,
    person_search_text,
    spellings,
    title_search_text,
)
from shadow.catalog.models import (
    Credit,
    Episode,
    File,
    Genre,
    Person,
    Season,
    Spelling,
    Stream,
    Title,
    TitleGenre,
)
from shadow.kit.ids import ALPHABET, PUBLIC_ID_LENGTH
from shadow.runtime.database import Database

COMMON = [
    "the",
    "of",
    "and",
    "love",
    "night",
    "man",
    "day",
    "life",
    "dead",
    "last",
    "house",
    "city",
]
GENRES = ["Drama", "Comedy", "Action", "Horror", "Romance", "Thriller", "Crime", "Animation"]
RARE_GENRE = "Silent"
BEGIN = datetime(2015, 1, 1, tzinfo=UTC)
STEP = 20_000


def vocabulary(random_: random.Random) -> list[str]:
    """Make words that can be spoken, the commonest first."""
    made = dict.fromkeys(COMMON)
    while len(made) < 60_000:
        syllables = random_.choices((1, 2, 3, 4), (2, 5, 4, 2))[0]
        made[
            "".join(
                random_.choice("bcdfghjklmnprstvwz")
                + random_.choice("aeiou")
                + random_.choice(["", "", "n", "r", "s", "l"])
                for _ in range(syllables)
            )
        ] = None
    return list(made)


def slug(serial: int) -> str:
    """Make a public id of a number: random ones would collide at this size, and be looked up."""
    letters = []
    for _ in range(PUBLIC_ID_LENGTH):
        serial, letter = divmod(serial, len(ALPHABET))
        letters.append(ALPHABET[letter])
    return "".join(letters)


class Library:
    """Rows for a library of `titles` titles, in batches."""

    def __init__(self, titles: int) -> None:
        self.titles = titles
        self.random = random.Random(7)
        self.words = vocabulary(self.random)
        self.weights = list(accumulate(1 / (rank + 3) for rank in range(len(self.words))))

    def name(self, shortest: int, longest: int) -> str:
        """Make a name of this many words."""
        count = self.random.randint(shortest, longest)
        chosen = self.random.choices(self.words, cum_weights=self.weights, k=count)
        return " ".join(word.title() for word in chosen)

    def batches(self) -> Iterator[dict[type, list[Row]]]:
        """Yield rows by model, a few thousand titles at a time."""
        genres = [*GENRES, RARE_GENRE]
        yield {
            Genre: [{"id": at + 1, "name": name} for at, name in enumerate(genres)],
            Spelling: [
                {"spelling": spelling, "word": word}
                for word in self.words
                if is_spellable(word)
                for spelling in spellings(word)
            ],
        }
        for first in range(0, self.titles, STEP):
            numbers = range(first, min(first + STEP, self.titles))
            rows: dict[type, list[Row]] = {
                model: []
                for model in (Person, Title, TitleGenre, Season, Episode, Credit, File, Stream)
            }
            slugs = (slug(serial) for serial in count(first * 4))
            for number in numbers:
                self._title(rows, number + 1, slugs)
            yield rows

    def _title(self, rows: dict[type, list[Row]], number: int, slugs: Iterator[str]) -> None:
        kind = "show" if number % 10 == 0 else "movie"
        name, year = self.name(1, 5), 1930 + int(95 * self.random.random() ** 0.4)
        added = BEGIN + timedelta(seconds=number * 60)
        rows[Title].append(
            {
                "id": number,
                "public_id": next(slugs),
                "kind": kind,
                "match_key": f"{match_key(kind, name, year)}:{number}",
                "name_key": folding.name_key(name),
                "title": name,
                "sort_title": folding.sort_title(name),
                "search_text": title_search_text(kind, name, None, year),
                "year": year,
                "rating": round(self.random.random() * 10, 1) if number % 3 else None,
                "review": "ok",
                "confidence": 0.9,
                "external_ids": {},
                "locked": [],
                "hidden": number % 50 == 1,
                "season_count": int(kind == "show"),
                "episode_count": int(kind == "show"),
                "added_at": added,
                "updated_at": added,
            }
        )
        genre = self.random.randrange(len(GENRES))
        chosen = {genre + 1, self.random.randrange(len(GENRES)) + 1}
        chosen |= {len(GENRES) + 1} if number % 2_000 == 2 else set()
        rows[TitleGenre] += [{"title_id": number, "genre_id": one} for one in sorted(chosen)]
        if number % 5 == 1:
            person = self.name(2, 2)
            rows[Person].append(
                {
                    "id": number,
                    "public_id": next(slugs),
                    "match_key": f"bench:{number}",
                    "name": person,
                    "search_text": person_search_text(person),
                }
            )
        rows[Credit].append(
            {
                "title_id": number,
                "person_id": number - (number - 1) % 5,
                "job": "actor",
                "character": "",
                "position": 0,
            }
        )
        if kind == "show":
            self._episode(rows, number, next(slugs))
        self._file(rows, number, next(slugs), added)

    def _episode(self, rows: dict[type, list[Row]], number: int, slug: str) -> None:
        name = self.name(2, 4)
        rows[Season].append({"id": number, "title_id": number, "number": 1})
        rows[Episode].append(
            {
                "id": number,
                "public_id": slug,
                "title_id": number,
                "season_id": number,
                "number": 1,
                "name": name,
                "search_text": episode_search_text(name),
            }
        )

    def _file(self, rows: dict[type, list[Row]], number: int, slug: str, added: datetime) -> None:
        folder = rows[Title][-1]["match_key"].encode()
        path = b"/library/" + folder + b"/film.mkv"
        shown = path.decode()
        rows[File].append(
            {
                "id": number,
                "public_id": slug,
                "title_id": number,
                "storage": "local",
                "root_id": 1,
                "folder": folder,
                "folder_key": path_key(folder),
                "path": path,
                "path_key": path_key(path),
                "shown_path": shown,
                "sort_path": folding.fold("/".join(shown.split("/")[-2:])),
                "size": 1_000_000 + number,
                "mtime_ns": number,
                "head_tail": f"{number:032x}",
                "state": "failed" if number % 5_000 == 0 else "present",
                "role": "main",
                "container": "matroska",
                "duration": 5400.0,
                "understood": "",
                "facts_key": "",
                "probe_facts": {},
                "added_at": added,
                "updated_at": added,
            }
        )
        rows[Stream].append(
            {
                "file_id": number,
                "index": 0,
                "type": "video",
                "codec": "h264",
                "default": True,
                "forced": False,
                "details": {},
            }
        )


async def fill(databases: Sequence[Database], titles: int) -> Library:
    """Fill empty databases with one library of so many titles."""
    library = Library(titles)
    for rows in library.batches():
        for database in databases:
            async with database.transaction() as session:
                for model, some in rows.items():
                    await insert_ignoring(session, table_of(model), some)
    for database in databases:
        await analyse(database)
    return library


async def analyse(database: Database) -> None:
    """Let the database look at what it holds, as it does by itself sooner or later."""
    if database.dialect == "sqlite":  # nothing analyses it in a real installation either
        return
    async with database.engine.connect() as connection:
        free = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await free.execute(text("VACUUM ANALYZE"))
