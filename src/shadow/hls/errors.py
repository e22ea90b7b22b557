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


class Indexing(ShadowError):
    """The file is being read for the first time, which takes longer than a request should."""

    kind = Kind.unavailable
    code = "hls.indexing"


class FarUnindexed(ShadowError):
    """The file lies far away, and could be cut only after all of it was read."""

    kind = Kind.invalid
    code = "hls.far_unindexed"


class HlsBusy(ShadowError):
    """More is being watched than this machine can encode at once."""

    kind = Kind.unavailable
    code = "hls.busy"


class CacheFull(ShadowError):
    """The disk of the segment cache is full."""

    kind = Kind.unavailable
    code = "hls.cache_full"


class NoRoomToPrepare(ShadowError):
    """The data folder has no room for more renditions made ahead of time."""

    kind = Kind.invalid
    code = "hls.no_room_to_prepare"


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


class SubtitleMissing(ShadowError):
    """There is no such subtitle, or not in that form."""

    kind = Kind.missing
    code = "hls.subtitle_missing"


class SubtitleUnreadable(ShadowError):
    """The file is no subtitle that can be read. The message says why."""

    kind = Kind.invalid
    code = "hls.subtitle_unreadable"


class SubtitleTooLarge(ShadowError):
    """The file is too long to be a subtitle."""

    kind = Kind.invalid
    code = "hls.subtitle_too_large"


class SubtitleFixed(ShadowError):
    """The subtitle belongs to the film's own files, which this server does not change."""

    kind = Kind.conflict
    code = "hls.subtitle_fixed"


class SubtitleNotYours(ShadowError):
    """Only an editor or who added it may remove this subtitle."""

    kind = Kind.denied
    code = "hls.subtitle_not_yours"


class TooManySubtitles(ShadowError):
    """The file has as many subtitles as it may have."""

    kind = Kind.exhausted
    code = "hls.too_many_subtitles"


class LanguageUnknown(ShadowError):
    """The language asked for is no BCP 47 tag."""

    kind = Kind.invalid
    code = "hls.language_unknown"
