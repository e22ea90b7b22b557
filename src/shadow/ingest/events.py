"""What ingestion tells, once it is committed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LibraryFolderAdded:
    """A person added a library folder."""

    root_id: int
