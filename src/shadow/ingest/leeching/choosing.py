"""Choose, of all that came, what becomes part of the library, and the subtitles that belong to it.

Blocks: it reads the first bytes of files.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from typing_extensions import TypedDict

from shadow.ingest.leeching.errors import NothingToPlay
from shadow.ingest.leeching.pieces import Piece, ending_of, read_head, sniffed_ending
from shadow.ingest.leeching.tidying import tidy
from shadow.ingest.sidecars import SUBTITLE_ENDINGS
from shadow.kit.file_names import looks_like_a_page
from shadow.kit.naming import Hints, ParsedName, understand

MOST_SUBTITLES: Final = 60
SUBTITLE_BYTES: Final = 50 << 20
_SUBTITLES: Final = frozenset(ending.decode() for ending in SUBTITLE_ENDINGS)
_WORD: Final = re.compile(r"[^\w-]+")
_GIVEN_YEAR: Final = re.compile(r"^(.*\S)\s*[(\[](\d{4})[)\]]\s*$")


class Media(TypedDict):
    """A chosen file, and its ending, which its content may have told."""

    piece: Piece
    ending: str


class Subtitle(TypedDict):
    """A subtitle file. `of` counts the chosen media; `words` follow the medium's name."""

    piece: Piece
    of: int
    words: str


class Chosen(TypedDict):
    """What is to be kept."""

    media: list[Media]
    subtitles: list[Subtitle]


@dataclass(frozen=True, slots=True)
class Taste:
    """What counts as media: endings without the dot; at most so many files; brands to take out."""

    endings: frozenset[str]
    most: int
    brands: tuple[str, ...] = ()


def choose(sandbox: Path, pieces: Sequence[Piece], taste: Taste) -> Chosen:
    """Return the media files of the sandbox without samples and extras, and their subtitles.

    Raises:
        NothingToPlay: there are none, or far too many; the text says what came instead.
    """
    media = [
        Media(piece=one, ending=ending_of(one["name"]))
        for one in pieces
        if one["size"] and ending_of(one["name"]) in taste.endings
    ]
    if not media:
        media = [
            Media(piece=one, ending=ending)
            for one in pieces
            if one["size"] and (ending := sniffed_ending(sandbox / one["path"]))
        ]
    if not media:
        raise NothingToPlay(_what_came(sandbox, pieces))
    main = [one for one in media if meaning(one, taste.brands).kind != "extra"]
    media = sorted(main or media, key=lambda one: one["piece"]["name"])
    if len(media) > taste.most:
        raise NothingToPlay(
            f"{len(media)} files came, more than {taste.most} (SHADOW_INGEST__MAX_FILES). Choose "
            "some of them, or raise the limit."
        )
    return Chosen(media=media, subtitles=_subtitles(pieces, media))


def meaning(one: Media, brands: Sequence[str] = (), *, title: str | None = None) -> ParsedName:
    """Return what a file's name and the folders it came in are understood as.

    `title` is what a person calls it, with the year in brackets if they know it.
    """
    *folders, name = one["piece"]["name"].split("/")
    if ending_of(name) != one["ending"]:
        name = f"{name}.{one['ending']}"
    hints = None
    if title and title.strip():
        found = _GIVEN_YEAR.match(title)
        hints = Hints(title=found[1], year=int(found[2])) if found else Hints(title=title)
    tidied = [tidy(folder, brands) for folder in folders]
    return understand(tidy(name, brands), folders=tidied, hints=hints)


def _subtitles(pieces: Sequence[Piece], media: Sequence[Media]) -> list[Subtitle]:
    found = []
    for one in pieces:
        if ending_of(one["name"]) not in _SUBTITLES or not 0 < one["size"] <= SUBTITLE_BYTES:
            continue
        of = _owner(one["name"], media)
        if of is not None:
            words = _words(one["name"], media[of]["piece"]["name"])
            found.append(Subtitle(piece=one, of=of, words=words))
    return found[: MOST_SUBTITLES * len(media)]


def _owner(name: str, media: Sequence[Media]) -> int | None:
    """Return which medium a subtitle file is named after; the only one there is takes all."""
    own = _stem(name)
    named = [
        (len(stem), number)
        for number, one in enumerate(media)
        if own.startswith(stem := _stem(one["piece"]["name"]))
    ]
    if named:
        return max(named)[1]
    return 0 if len(media) == 1 else None


def _words(name: str, medium: str) -> str:
    """Return what stands between the medium's name and the ending: `.en.forced`, or nothing."""
    own, stem = _stem(name), _stem(medium)
    rest = own.removeprefix(stem)
    words = [_WORD.sub("", part)[:24] for part in rest.split(".")]
    return "".join(f".{word}" for word in [word for word in words if word][-3:])


def _stem(name: str) -> str:
    last = name.rpartition("/")[2]
    return last.rpartition(".")[0] or last


def _what_came(sandbox: Path, pieces: Sequence[Piece]) -> str:
    if pieces and looks_like_a_page(read_head(sandbox / pieces[0]["path"], 1024)):
        return (
            "The link leads to a web page and not to a film, series or audio. Give the address of "
            "the file itself."
        )
    names = ", ".join(f"“{one['name'].rpartition('/')[2][:60]}”" for one in pieces[:3])
    more = f" and {len(pieces) - 3} more" if len(pieces) > 3 else ""
    came = f"What came is {names}{more}" if pieces else "What came is empty"
    return f"{came}: no film, series or audio is among it."
