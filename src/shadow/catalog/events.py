"""What the catalogue tells the slices above, once it is committed. Ids are database ids."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FilesRecorded:
    """A scan recorded files: these titles are new, these had files added, changed or moved."""

    new_title_ids: tuple[int, ...]
    title_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TitlesChanged:
    """What people see of these titles changed: an edit, a match, art, or a file gone or back."""

    title_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ReadingFailed:
    """A file could not be read from one of its places (`place` is a storage or mirror).

    Told at most once in a while for each file and place.
    """

    file_id: int
    place: str


@dataclass(frozen=True, slots=True)
class FilesGone:
    """These files cannot be played any more: vanished from the disk, or taken out by a person."""

    file_ids: tuple[int, ...]
