"""The one family of errors that a person may see, whatever protocol carries them."""

from enum import Enum


class Kind(Enum):
    """What sort of failure it is, with the HTTP status each protocol starts from."""

    missing = 404
    conflict = 409
    gone = 410
    denied = 403
    unauthenticated = 401
    invalid = 422
    exhausted = 429
    unavailable = 503
    upstream = 502


class ShadowError(Exception):
    """Base of every error with a code. The message is for people: what happened and what to do.

    Subclasses set `kind` and `code` (`"slice.name"`); `retry_after` is in seconds.
    """

    kind: Kind = Kind.invalid
    code: str = "kit.invalid"

    def __init__(self, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after
