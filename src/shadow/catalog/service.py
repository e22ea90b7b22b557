"""What the catalogue can do, for its routes and for other slices."""

from shadow.catalog.cards import TitleCard
from shadow.catalog.found import (
    ArtworkFound,
    FoundFile,
    KnownFile,
    LocalArtwork,
    MoveCandidate,
    RecordedBatch,
    Signature,
)
from shadow.catalog.media_facts import MediaFacts, StreamFacts
from shadow.catalog.moves import choose_moves, find_moved
from shadow.catalog.presence import files_of_folder, folders_of_root, mark_missing
from shadow.catalog.recording import record_files

__all__ = [
    "ArtworkFound",
    "FoundFile",
    "KnownFile",
    "LocalArtwork",
    "MediaFacts",
    "MoveCandidate",
    "RecordedBatch",
    "Signature",
    "StreamFacts",
    "TitleCard",
    "choose_moves",
    "files_of_folder",
    "find_moved",
    "folders_of_root",
    "mark_missing",
    "record_files",
]
