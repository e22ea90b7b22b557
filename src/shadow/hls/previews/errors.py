"""Why a film has no preview pictures."""

from shadow.kit.errors import Kind, ShadowError


class NoPreviews(ShadowError):
    """There are no preview pictures of this film, or not yet."""

    kind = Kind.missing
    code = "hls.no_previews"


class NoRoomForPreviews(ShadowError):
    """The data folder has no room for more pictures."""

    kind = Kind.unavailable
    code = "hls.no_room_for_previews"
