"""Why an archive is not taken apart, in words for the person who sent it."""

from shadow.kit.errors import Kind, ShadowError


class ArchiveRefused(ShadowError):
    """The archive tries what none should: links, names that lead out, a bomb."""

    kind = Kind.invalid
    code = "ingest.archive_refused"


class ArchiveLocked(ArchiveRefused):
    """The archive asks for a password."""

    code = "ingest.archive_locked"


class ArchiveDamaged(ArchiveRefused):
    """The archive is cut short or broken."""

    code = "ingest.archive_damaged"


class ArchiveUnknown(ArchiveRefused):
    """This machine lacks what opens such an archive."""

    code = "ingest.archive_unknown"


class NoRoom(ShadowError):
    """The disk that work is done on is full."""

    kind = Kind.exhausted
    code = "ingest.no_room_to_unpack"
