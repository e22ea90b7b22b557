"""What the catalogue refuses, in words for people."""

from shadow.kit.errors import Kind, ShadowError


class TitleMissing(ShadowError):
    """No title has this id, or it has been taken out of the library."""

    kind = Kind.missing
    code = "catalog.title_missing"


class EpisodeMissing(ShadowError):
    """No episode has this id."""

    kind = Kind.missing
    code = "catalog.episode_missing"


class FileMissing(ShadowError):
    """No file has this id, or it is not there at present."""

    kind = Kind.missing
    code = "catalog.file_missing"


class PersonMissing(ShadowError):
    """No person has this id."""

    kind = Kind.missing
    code = "catalog.person_missing"


class EditRefused(ShadowError):
    """An edit names a field that cannot be edited or holds a value that cannot be kept."""

    kind = Kind.invalid
    code = "catalog.edit_refused"


class ListRefused(ShadowError):
    """A list was asked for with a sort order or filter that it does not have."""

    kind = Kind.invalid
    code = "catalog.list_refused"
