"""What ingestion refuses, in words for the person who asked."""

from shadow.kit.errors import Kind, ShadowError


class FolderMissing(ShadowError):
    """There is no library folder of that id."""

    kind = Kind.missing
    code = "ingest.folder_missing"


class FolderRefused(ShadowError):
    """The path cannot be a library folder; the message says why and what to do."""

    kind = Kind.invalid
    code = "ingest.folder_refused"


class FolderTaken(ShadowError):
    """The path is a library folder already, or holds or lies in one."""

    kind = Kind.conflict
    code = "ingest.folder_taken"


class FolderPinned(ShadowError):
    """The settings name this folder, so only the settings can take it out."""

    kind = Kind.conflict
    code = "ingest.folder_pinned"
