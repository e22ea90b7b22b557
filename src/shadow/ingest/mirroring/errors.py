"""What mirroring refuses, in words for the person who asked."""

from shadow.kit.errors import Kind, ShadowError


class MirrorMissing(ShadowError):
    """No working storage or mirror has that name."""

    kind = Kind.missing
    code = "ingest.mirror_missing"


class CopyRefused(ShadowError):
    """The file can have no copy there; the message says why."""

    kind = Kind.conflict
    code = "ingest.copy_refused"


class CopyMissing(ShadowError):
    """The file has no copy there."""

    kind = Kind.missing
    code = "ingest.copy_missing"
