"""What can go wrong with accounts, in words for the person it happens to."""

from shadow.kit.errors import Kind, ShadowError


class WrongCredentials(ShadowError):
    """The name is unknown, the password wrong, or the person banned: never told apart."""

    kind = Kind.unauthenticated
    code = "accounts.wrong_credentials"

    def __init__(self) -> None:
        super().__init__("The name or the password is wrong.")


class WrongPassword(ShadowError):
    """A signed-in person gave a wrong present password."""

    kind = Kind.denied
    code = "accounts.wrong_password"

    def __init__(self) -> None:
        super().__init__("The present password is wrong. Nothing was changed.")


class TooManyAttempts(ShadowError):
    """Sign-in was tried too often from this address or for this name."""

    kind = Kind.exhausted
    code = "accounts.too_many_attempts"

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            f"Too many attempts. Try again in {retry_after} s.", retry_after=retry_after
        )


class LimitsUnavailable(ShadowError):
    """Attempts cannot be counted, so nobody may try."""

    kind = Kind.unavailable
    code = "accounts.limits_unavailable"


class NameInvalid(ShadowError):
    """The name has characters or a length that names may not have."""

    code = "accounts.name_invalid"

    def __init__(self) -> None:
        super().__init__(
            "A name has 1 to 64 letters, digits or the signs . _ @ + - and no spaces. "
            "Choose another one."
        )


class NameTaken(ShadowError):
    """Someone else has this name, or one that reads the same."""

    kind = Kind.conflict
    code = "accounts.name_taken"

    def __init__(self) -> None:
        super().__init__("This name is taken. Choose another one.")


class PasswordInvalid(ShadowError):
    """The new password is too short or too long."""

    code = "accounts.password_invalid"

    def __init__(self) -> None:
        super().__init__("A password has 8 to 1024 characters. Choose a longer one.")


class LinkInvalid(ShadowError):
    """The one-time link is unknown, used, revoked or expired: never told apart."""

    kind = Kind.missing
    code = "accounts.link_invalid"

    def __init__(self) -> None:
        super().__init__("This link does not work any more. Ask for a new one.")


class ClaimIncomplete(ShadowError):
    """Making the first admin needs a name and a password."""

    code = "accounts.claim_incomplete"

    def __init__(self) -> None:
        super().__init__("Give a name and a password for the first admin.")


class GuestsRefused(ShadowError):
    """Guests are switched off."""

    kind = Kind.denied
    code = "accounts.guests_refused"

    def __init__(self) -> None:
        super().__init__("Guests are not let in here. Sign in with a name and a password.")


class LastAdmin(ShadowError):
    """Nobody could administer the server afterwards."""

    kind = Kind.conflict
    code = "accounts.last_admin"

    def __init__(self) -> None:
        super().__init__("This is the only admin. Make someone else an admin first.")


class OwnPassword(ShadowError):
    """One's own password changes only with the present one."""

    kind = Kind.denied
    code = "accounts.own_password"

    def __init__(self) -> None:
        super().__init__("Change your own password under “Account”, with the present one.")


class UserMissing(ShadowError):
    """There is no such user."""

    kind = Kind.missing
    code = "accounts.user_missing"

    def __init__(self) -> None:
        super().__init__("There is no such user.")


class SessionMissing(ShadowError):
    """There is no such session, or it is someone else's."""

    kind = Kind.missing
    code = "accounts.session_missing"

    def __init__(self) -> None:
        super().__init__("There is no such session.")


class TokenMissing(ShadowError):
    """There is no such token, or it is someone else's."""

    kind = Kind.missing
    code = "accounts.token_missing"

    def __init__(self) -> None:
        super().__init__("There is no such token.")


class TokenInvalid(ShadowError):
    """The name, scopes or expiry of a new token cannot be used."""

    code = "accounts.token_invalid"


class ScopesExceeded(ShadowError):
    """A token tried to make one that may do more than itself."""

    kind = Kind.denied
    code = "accounts.scopes_exceeded"

    def __init__(self) -> None:
        super().__init__("A token can only make tokens with scopes of its own.")


class TooManyTokens(ShadowError):
    """The user holds as many tokens as anyone may."""

    kind = Kind.conflict
    code = "accounts.too_many_tokens"

    def __init__(self) -> None:
        super().__init__("You have as many tokens as anyone may. Delete one first.")
