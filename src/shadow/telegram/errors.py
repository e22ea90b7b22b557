"""What may go wrong between us and Telegram."""

import math

from shadow.kit.errors import Kind, ShadowError


class TelegramUnavailable(ShadowError):
    """Telegram, or one of its data centres, does not answer."""

    kind = Kind.unavailable
    code = "telegram.unavailable"


class TelegramOff(TelegramUnavailable):
    """No Telegram account is set up."""

    code = "telegram.off"


class SwarmBusy(TelegramUnavailable):
    """Every session carries as many streams as it may."""

    code = "telegram.busy"


class LinkLost(TelegramUnavailable):
    """A connection broke, or an answer did not come in time. The call may be repeated."""

    code = "telegram.link_lost"


class SessionDead(TelegramUnavailable):
    """Telegram ended a log-in; what it did goes on with another session."""

    code = "telegram.session_dead"


class TelegramFlood(TelegramUnavailable):
    """Telegram asks an account to wait before it repeats a method: `seconds` from now."""

    code = "telegram.flood"

    def __init__(self, seconds: float, *, method: str = "", premium: bool = False) -> None:
        whole = max(1, math.ceil(seconds))
        super().__init__(f"Telegram asks to wait {whole} s before {method or 'the next call'}.",
                         retry_after=whole)  # fmt: skip
        self.seconds = seconds
        self.premium = premium


FloodWait = TelegramFlood


class TelegramRefused(ShadowError):
    """Telegram refused a call; `name` is its own word for why, such as `FILE_REFERENCE_EXPIRED`.

    `dc` is the number at the end of a name such as `FILE_MIGRATE_4`, else 0.
    """

    kind = Kind.upstream
    code = "telegram.refused"

    def __init__(self, name: str, *, status: int = 400, method: str = "") -> None:
        super().__init__(f"Telegram refused {method or 'a call'}: {name}.")
        self.name = name
        self.status = status
        number = name.rpartition("_")[2]
        self.dc = int(number) if "_MIGRATE_" in name and number.isdigit() else 0


Refused = TelegramRefused


class PeerUnknown(ShadowError):
    """An account does not know a channel, or is not in it."""

    kind = Kind.unavailable
    code = "telegram.peer_unknown"


class CredentialsInvalid(ShadowError):
    """A bot token or session string cannot be one; the message does not repeat it."""

    kind = Kind.invalid
    code = "telegram.credentials_invalid"
