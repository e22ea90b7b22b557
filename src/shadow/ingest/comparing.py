"""Compare a walk with what the last scan remembers, and keep only what differs."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from shadow.ingest.signatures import Entry, listing_hash
from shadow.ingest.walking import Content, Folder, Walk

FILES_A_CHUNK, FOLDERS_A_CHUNK = 2000, 256


class Remembered(NamedTuple):
    """What a scan keeps of a folder: see `models.FolderMemory`."""

    signature: bytes
    sidecars: bytes


@dataclass(frozen=True, slots=True)
class Listing:
    """A folder that is not as remembered.

    `unsettled` are names of media files that may still be being written; they are not in `media`.
    `recent` says that some of `media` changed moments before `seen` (monotonic seconds), so that
    a second look is due. `sidecars_changed` asks to read files again that did not change.
    """

    folder: bytes
    media: list[Entry]
    unsettled: list[bytes]
    here: list[Entry]
    above: list[Entry]
    recent: bool
    seen: float
    now: Remembered
    sidecars_changed: bool

    @property
    def names(self) -> set[bytes]:
        """Return the names of all media files that are there, settled or not."""
        return {*self.unsettled, *(entry.name for entry in self.media)}


@dataclass(slots=True)
class Chunk:
    """A stretch of the walk. `unchanged` counts media files in folders that are as remembered.

    `unsettled` has, for each file left because it changed just now, its folder, relative.
    """

    listings: list[Listing] = field(default_factory=list)
    unchanged: int = 0
    unsettled: list[bytes] = field(default_factory=list)
    folders: int = 0
    files: int = 0


@dataclass(frozen=True, slots=True)
class Patience:
    """When a file counts as finished.

    A file that changed less than `stable_seconds` ago is left for later when `waits`, and else
    taken if a second look a moment later finds it the same.
    """

    stable_seconds: float
    waits: bool

    def settle(self, content: Content, now: float) -> tuple[list[Entry], set[bytes], bool]:
        """Split media into what to take, names to leave, and whether a second look is due."""
        young = [one for one in content.media if now - one.mtime_ns / 1e9 < self.stable_seconds]
        if not young:
            return content.media, set(), False
        # Waiting helps only if the time is sane: a clock that runs years ahead stays ahead.
        left = {
            one.name
            for one in young
            if self.waits and one.mtime_ns / 1e9 - now < max(self.stable_seconds, 60.0)
        }
        taken = [one for one in content.media if one.name not in left]
        return taken, left, len(left) < len(young)


def changed_folders(
    walk: Walk, memory: Mapping[bytes, Remembered], patience: Patience
) -> Iterator[Chunk]:
    """Walk and hand over what differs, a bounded stretch at a time."""
    chunk = Chunk()
    for folder in walk.folders():
        _compare(folder, memory.get(folder.path), patience, chunk)
        if chunk.files >= FILES_A_CHUNK or chunk.folders >= FOLDERS_A_CHUNK:
            yield chunk
            chunk = Chunk()
    yield chunk


def _compare(folder: Folder, before: Remembered | None, patience: Patience, chunk: Chunk) -> None:
    content = folder.content
    media, left, recent = patience.settle(content, time.time())
    chunk.folders += 1
    chunk.files += len(media)
    chunk.unsettled += [folder.path] * len(left)
    if not media and before is None:
        return
    signature = listing_hash([*media, *content.sidecars], folder.above)
    if before is not None and signature == before.signature:
        chunk.unchanged += len(media)
        return
    now = Remembered(signature, listing_hash(content.sidecars, folder.above))
    chunk.listings.append(
        Listing(
            folder=folder.path,
            media=sorted(media),
            unsettled=[*content.unfinished, *left],
            here=content.sidecars,
            above=folder.above,
            recent=recent,
            seen=time.monotonic(),
            now=now,
            sidecars_changed=before is not None and before.sidecars != now.sidecars,
        )
    )
