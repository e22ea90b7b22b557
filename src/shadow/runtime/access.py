"""Who is asking, and what a route says of who may call it."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol

from shadow.kit.errors import Kind, ShadowError


class Role(IntEnum):
    """What a person may do, each including those below it. Stored by name."""

    banned = 0
    guest = 10
    free = 20
    premium = 30
    moderator = 40
    admin = 50


class Unauthenticated(ShadowError):
    """Nobody is signed in, or the credential is unknown, expired or revoked."""

    kind = Kind.unauthenticated
    code = "accounts.unauthenticated"


class Denied(ShadowError):
    """The person is known and may not do this."""

    kind = Kind.denied
    code = "accounts.denied"


@dataclass(frozen=True, slots=True)
class Principal:
    """The person behind a request. `scopes` is None for a session: everything the role may."""

    user_id: int
    name: str
    role: Role
    via: str
    """`"cookie"` or `"token"`: only cookies need the CSRF check."""
    credential_id: int
    scopes: frozenset[str] | None = field(default=None)

    def require(self, role: Role, scope: str | None = None) -> None:
        """Raise `Denied` unless the person has the role and, with a token, the scope."""
        if self.role < role:
            raise Denied(f"This needs the role “{role.name}”; you have “{self.role.name}”.")
        if scope and self.scopes is not None and scope not in self.scopes:
            raise Denied(f"This token lacks the scope “{scope}”.")


class Authenticator(Protocol):
    """Filled by `accounts` at bootstrap: credentials in, person out."""

    async def __call__(self, *, cookie: str | None, bearer: str | None) -> Principal | None:
        """Return the person, or None when there is no valid credential."""
        ...
