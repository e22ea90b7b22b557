"""What can go wrong between a file and a player."""

from shadow.kit.errors import Kind, ShadowError


class TokenMissing(ShadowError):
    """The address holds no playback token."""

    kind = Kind.missing
    code = "hls.missing"


class TokenInvalid(ShadowError):
    """The playback token was altered, or belongs to another file or server."""

    kind = Kind.denied
    code = "hls.token_invalid"


class TokenExpired(ShadowError):
    """The playback token was good until a while ago."""

    kind = Kind.denied
    code = "hls.token_expired"


class AccessEnded(ShadowError):
    """The person whom the token belongs to may not watch any more."""

    kind = Kind.denied
    code = "hls.access_ended"


class RenditionMissing(ShadowError):
    """There is no such rendition or segment, or the token does not open it."""

    kind = Kind.missing
    code = "hls.rendition_missing"


class FileChanged(ShadowError):
    """The file is not the one that the playlist was made from."""

    kind = Kind.missing
    code = "hls.file_changed"


class NotIndexed(ShadowError):
    """The file cannot be played: its packets could not be read. The message says why."""

    kind = Kind.invalid
    code = "hls.not_indexed"


class NotLocal(ShadowError):
    """The file lies in a storage that segments cannot be made from."""

    kind = Kind.invalid
    code = "hls.not_local"


class HlsBusy(ShadowError):
    """More is being watched than this machine can encode at once."""

    kind = Kind.unavailable
    code = "hls.busy"


class CacheFull(ShadowError):
    """The disk of the segment cache is full."""

    kind = Kind.unavailable
    code = "hls.cache_full"


class EncodingFailed(ShadowError):
    """A segment could not be made, twice."""

    kind = Kind.unavailable
    code = "hls.encoding_failed"


class TitleMissing(ShadowError):
    """There is no such title, or it has no file to prepare."""

    kind = Kind.missing
    code = "hls.title_missing"


class HeightRefused(ShadowError):
    """No rung of that height can be made of this title."""

    kind = Kind.invalid
    code = "hls.height_refused"


class MarkersRefused(ShadowError):
    """These stretches cannot be of this file. The message says why."""

    kind = Kind.invalid
    code = "hls.markers_refused"
