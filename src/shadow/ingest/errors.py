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


class ContentBlocked(ShadowError):
    """The content is on the blocklist."""

    kind = Kind.denied
    code = "ingest.content_blocked"


class BlockMissing(ShadowError):
    """The hash is not on the blocklist."""

    kind = Kind.missing
    code = "ingest.block_missing"


class HashInvalid(ShadowError):
    """The text is no SHA-256."""

    kind = Kind.invalid
    code = "ingest.hash_invalid"


class SubmissionMissing(ShadowError):
    """There is no such submission, or its files are gone."""

    kind = Kind.missing
    code = "ingest.submission_missing"


class SubmissionDecided(ShadowError):
    """Somebody decided already, or it is just being added."""

    kind = Kind.conflict
    code = "ingest.submission_decided"


class TooMuchWaiting(ShadowError):
    """A person has as much waiting for a decision as they may."""

    kind = Kind.exhausted
    code = "ingest.too_much_waiting"


class PictureMissing(ShadowError):
    """There is no such screenshot, preview picture or sample."""

    kind = Kind.missing
    code = "ingest.picture_missing"


class UploadElsewhere(ShadowError):
    """What was sent or proposed is not on this machine, or not any more."""

    kind = Kind.missing
    code = "ingest.upload_gone"


class CopyLeft(ShadowError):
    """A copy of what is to be taken down could not be deleted."""

    kind = Kind.conflict
    code = "ingest.copy_left"
