"""Why a link became no title, in words for the person who gave it."""

from shadow.kit.errors import Kind, ShadowError


class LinkRefused(ShadowError):
    """The link is none that could be fetched."""

    kind = Kind.invalid
    code = "ingest.link_refused"


class NothingToPlay(ShadowError):
    """What came holds no film, series or audio."""

    kind = Kind.invalid
    code = "ingest.nothing_to_play"


class SourceChanged(ShadowError):
    """What lies behind the link is not what was there before."""

    kind = Kind.conflict
    code = "ingest.source_changed"


class LeechFailed(ShadowError):
    """A step failed: `code` and `kind` are the cause's, the text says which step and why."""

    def __init__(self, phase: str, cause: str, *, code: str, kind: Kind) -> None:
        super().__init__(f"{phase[:1].upper()}{phase[1:]} failed: {cause}")
        self.code = code
        self.kind = kind
