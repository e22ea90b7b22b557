"""Why a file cannot be used as media, in words for the person whose file it is."""

from shadow.kit.errors import Kind, ShadowError


class MediaError(ShadowError):
    """Base of the reasons; as itself: the file is damaged beyond reading."""

    kind = Kind.invalid
    code = "runtime.media_damaged"


class MediaGone(MediaError):
    """The file is not there any more."""

    kind = Kind.missing
    code = "runtime.media_gone"


class MediaForbidden(MediaError):
    """The server may not read the file, or the disk fails to."""

    kind = Kind.unavailable
    code = "runtime.media_forbidden"


class NotAFile(MediaError):
    """A folder, pipe, socket or device bears the name."""

    code = "runtime.not_a_file"


class MediaEmpty(MediaError):
    """The file has no content."""

    code = "runtime.media_empty"


class NotMedia(MediaError):
    """The content is of no kind that can be played."""

    code = "runtime.not_media"


class NothingToSee(MediaError):
    """The file has no picture to take."""

    kind = Kind.missing
    code = "runtime.no_picture"
