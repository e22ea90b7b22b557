"""What a scan hands to the catalogue and what it gets back: plain values, no tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from shadow.catalog.media_facts import MediaFacts
from shadow.catalog.ports import TitlePatch
from shadow.kit.naming.facts import ParsedName

FileState = Literal["present", "missing", "failed", "removed"]
ArtworkKind = Literal["poster", "backdrop", "still", "season_poster", "cover"]


class Signature(NamedTuple):
    """Content identity of a file: `size` in bytes, `head_tail` the hash of its ends (hex)."""

    size: int
    head_tail: str


@dataclass(frozen=True, slots=True)
class LocalArtwork:
    """A picture beside the file, by exact path. `season` is set for a season's poster."""

    kind: ArtworkKind
    path: bytes
    season: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """One file as a scan found it.

    Exactly one of `facts` and `error` is set: `error` says in a sentence why the file cannot be
    read as media. `moved_from` is the id that `choose_moves` gave for this path. `patch` is what
    an `.nfo` beside the file says of its title; `artwork` the pictures that belong to it.
    """

    storage: str = "local"
    root_id: int | None
    folder: bytes
    """Relative to the library folder, exact bytes, empty for the top."""
    path: bytes
    """Absolute, exact bytes."""
    shown_path: str
    size: int
    mtime_ns: int
    head_tail: str
    parsed: ParsedName
    facts: MediaFacts | None = None
    error: str | None = None
    moved_from: int | None = None
    patch: TitlePatch | None = None
    artwork: tuple[LocalArtwork, ...] = ()

    @property
    def signature(self) -> Signature:
        """Return what makes this content equal to that of a moved file."""
        return Signature(self.size, self.head_tail)


@dataclass(frozen=True, slots=True)
class ArtworkFound:
    """Pictures of a scan and what they belong to, for the artwork store.

    A still belongs to the episodes of the file. Given again for every recorded file, changed or
    not, so that an interrupted scan loses none. `has_cover`: the file carries a picture inside.
    """

    title_id: int
    file_id: int
    artwork: tuple[LocalArtwork, ...]
    has_cover: bool


@dataclass(frozen=True, slots=True)
class RecordedBatch:
    """What `record_files` did, counted in files.

    `failed` counts files with an `error`, which are also in `added` or `updated` when their row
    changed. `new_title_ids` and `title_ids` (all that the batch touched or changed) are database
    ids. `file_ids` has the id of each found file by path.
    """

    added: int
    updated: int
    moved: int
    unchanged: int
    failed: int
    new_title_ids: tuple[int, ...]
    title_ids: tuple[int, ...]
    file_ids: Mapping[bytes, int]
    artwork: tuple[ArtworkFound, ...]


class KnownFile(NamedTuple):
    """What the catalogue knows of a file, as little as a rescan needs to compare."""

    id: int
    path: bytes
    size: int
    mtime_ns: int
    state: str
    """One of `FileState`."""


class MoveCandidate(NamedTuple):
    """A known file with the content of a new one: where it was, and its state."""

    id: int
    storage: str
    path: bytes
    root_id: int | None
    state: str
    """`missing`: gone already. Else the caller has to look whether the old path still exists."""
