"""A log-in as it is kept: whose it is, its keys, when it began."""

from dataclasses import dataclass, field
from datetime import datetime

from pydantic import SecretStr

from shadow.telegram.library import TLObject
from shadow.telegram.links.keys import AuthKey


@dataclass(frozen=True)
class Credential:
    """What logs in: a bot's token, or the key of a session string.

    `origin` names it without telling it: a keyed hash. `account` is the stable id such as
    `bot-1001`; empty while only Telegram knows whose a session string is.
    """

    origin: str
    bot: bool
    account: str = ""
    token: SecretStr = field(default=SecretStr(""), repr=False)
    key: AuthKey | None = field(default=None, repr=False)
    api_id: int = 0


@dataclass
class Login:
    """One login slot of an account, and its keys by data centre (the home's among them)."""

    account: str
    slot: int
    bot: bool
    user_id: int = 0
    name: str = ""
    premium: bool = False
    home: int = 0
    keys: dict[int, AuthKey] = field(default_factory=dict, repr=False)
    first_login_at: datetime | None = None
    row: int = 0
    dead_reason: str = ""
    retry_at: datetime | None = None

    def learn(self, user: TLObject) -> bool:
        """Take what Telegram says of the account itself; True when any of it is new."""
        names = (user.first_name, getattr(user, "last_name", None))
        before = (self.account, self.user_id, self.name, self.premium, self.bot)
        self.user_id, self.bot = user.id, bool(user.bot)
        self.account = f"{'bot' if self.bot else 'user'}-{user.id}"
        self.name = " ".join(name for name in names if name)[:100]
        self.premium = bool(user.premium)
        return before != (self.account, self.user_id, self.name, self.premium, self.bot)
