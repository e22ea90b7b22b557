"""What the catalogue can do, for its routes and for other slices."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.arriving import (
    Arriving,
    announce_titles,
    awaited_jobs,
    end_arrivals,
    note_hashes,
)
from shadow.catalog.artwork import Origin, Placement, store_image
from shadow.catalog.artwork_found import Lacking, lacking_pictures, store_found_artwork
from shadow.catalog.artwork_rules import PictureRefused
from shadow.catalog.cards import TitleCard
from shadow.catalog.copies import (
    Copied,
    copies_of,
    file_row,
    forget_copies,
    good_copies,
    has_good_copy,
    mark_copy,
    note_sha256,
    record_copy,
)
from shadow.catalog.editing import accept_review, edit_title, list_review
from shadow.catalog.file_listing import FileFilter, list_files, show_file
from shadow.catalog.forgetting import files_with, forget_files, forget_pictures
from shadow.catalog.found import (
    ArtworkFound,
    ArtworkKind,
    FoundFile,
    KnownFile,
    LocalArtwork,
    MoveCandidate,
    RecordedBatch,
    Signature,
)
from shadow.catalog.identity import fix_slugs
from shadow.catalog.lending import lent_file, lent_object, lies_here
from shadow.catalog.listing import TitleFilter, genre_list, list_titles
from shadow.catalog.media_facts import MediaFacts, StreamFacts
from shadow.catalog.moves import choose_moves, find_moved
from shadow.catalog.patching import WantedImage, apply_patch
from shadow.catalog.presence import (
    files_of_folder,
    folders_of_root,
    mark_missing,
    note_found_again,
    remove_file,
    remove_title,
    restore_file,
    restore_title,
)
from shadow.catalog.ranking import Hit
from shadow.catalog.reading import FileBytes, bytes_of, open_file
from shadow.catalog.recording import record_files
from shadow.catalog.schemas import SearchHit, SearchOut, TitleEdit
from shadow.catalog.search import search
from shadow.catalog.showing import cards, media_files
from shadow.catalog.title_page import show_person, show_title
from shadow.kit.naming import ParsedName, understand

__all__ = [
    "Arriving",
    "ArtworkFound",
    "ArtworkKind",
    "Copied",
    "FileBytes",
    "FileFilter",
    "FoundFile",
    "Hit",
    "KnownFile",
    "Lacking",
    "LocalArtwork",
    "MediaFacts",
    "MoveCandidate",
    "Origin",
    "ParsedName",
    "PictureRefused",
    "Placement",
    "RecordedBatch",
    "Signature",
    "StreamFacts",
    "TitleCard",
    "TitleEdit",
    "TitleFilter",
    "WantedImage",
    "accept_review",
    "announce_titles",
    "apply_patch",
    "awaited_jobs",
    "bytes_of",
    "cards",
    "choose_moves",
    "copies_of",
    "edit_title",
    "end_arrivals",
    "file_row",
    "files_of_folder",
    "files_with",
    "find",
    "find_moved",
    "fix_slugs",
    "folders_of_root",
    "forget_copies",
    "forget_files",
    "forget_pictures",
    "genre_list",
    "good_copies",
    "has_good_copy",
    "lacking_pictures",
    "lent_file",
    "lent_object",
    "lies_here",
    "list_files",
    "list_review",
    "list_titles",
    "mark_copy",
    "mark_missing",
    "media_files",
    "note_found_again",
    "note_hashes",
    "note_sha256",
    "open_file",
    "record_copy",
    "record_files",
    "remove_file",
    "remove_title",
    "restore_file",
    "restore_title",
    "search",
    "show_file",
    "show_person",
    "show_title",
    "store_found_artwork",
    "store_image",
    "understand_path",
]


async def find(session: AsyncSession, query: str, *, limit: int = 20) -> SearchOut:
    """Return what a query finds, as cards, best first (see `search.search`)."""
    hits = await search(session, query, limit)
    shown = await cards(session, [hit.title_id for hit in hits])
    return SearchOut(
        items=[
            SearchHit(**shown[hit.title_id].model_dump(), matched=hit.matched, because=hit.because)
            for hit in hits
            if hit.title_id in shown
        ]
    )


def understand_path(path: str) -> ParsedName:
    """Return what a file or release name is understood as; folders before it are evidence too."""
    *folders, name = [part for part in path.split("/") if part] or [path]
    return replace(understand(name, folders=tuple(folders)), name=path)
