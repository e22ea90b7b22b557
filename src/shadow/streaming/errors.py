"""What can go wrong between a person and a stream."""

from shadow.kit.errors import Kind, ShadowError


class FileMissing(ShadowError):
    """There is no such file, or it has vanished from its library folder."""

    kind = Kind.missing
    code = "streaming.file_missing"


class LinkInvalid(ShadowError):
    """The signature of a link does not belong to its address and expiry."""

    said = "This link was altered or is incomplete. Ask for a new one."
    kind = Kind.denied
    code = "streaming.link_invalid"


class LinkExpired(ShadowError):
    """The signature is right and its time is over."""

    said = "This link has expired. Ask for a new one."
    kind = Kind.gone
    code = "streaming.link_expired"


class TooManyLinks(ShadowError):
    """This person had as many links signed in the last minute as one may."""

    kind = Kind.exhausted
    code = "streaming.too_many_links"


class TitleMissing(ShadowError):
    """There is no such title."""

    kind = Kind.missing
    code = "streaming.title_missing"


class SeasonEmpty(ShadowError):
    """Nothing of the season is in the library."""

    kind = Kind.missing
    code = "streaming.season_empty"


class EpisodeMissing(ShadowError):
    """There is no such episode in this title."""

    kind = Kind.missing
    code = "streaming.episode_missing"


class LimitsUnavailable(ShadowError):
    """Links cannot be counted, so none is signed."""

    kind = Kind.unavailable
    code = "streaming.limits_unavailable"


class NothingPlayable(ShadowError):
    """The player takes neither what is in the file nor what could be made of it."""

    kind = Kind.invalid
    code = "streaming.nothing_playable"
