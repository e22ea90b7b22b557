"""Which accounts a process may log in with. A worker never holds the manager's, nor the reverse."""

import hmac
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from enum import Enum

from pydantic import SecretStr

from shadow.runtime.settings import Settings
from shadow.telegram.errors import CredentialsInvalid
from shadow.telegram.links.keys import AuthKey
from shadow.telegram.sessions.logins import Credential
from shadow.telegram.sessions.strings import read_session_string
from shadow.telegram.settings import NO_SECRET, TelegramSettings

TOKEN = re.compile(r"([1-9]\d{0,18}):[A-Za-z0-9_-]{6,120}")
VARIABLE = "SHADOW_TELEGRAM__"
CARRIERS = ("worker_tokens", "worker_sessions")


class Duty(Enum):
    """What a process is to Telegram: it `carries` files, `manages` (the bot), or only `looks`."""

    carries = "carries"
    manages = "manages"
    looks = "looks"


def keep_apart(settings: Settings, duty: Duty) -> Settings:
    """Return the settings without the credentials that are another process's business.

    They are taken out of this process's environment too, so that no child inherits them.
    """
    if duty is Duty.looks:
        return settings
    group = settings.group(TelegramSettings)
    if duty is Duty.carries:
        fewer = group.model_copy(update={"bot_token": NO_SECRET})
        names: Sequence[str] = ("bot_token",)
    else:
        fewer = group.model_copy(update=dict.fromkeys(CARRIERS, ()))
        names = CARRIERS
    for name in names:
        unwanted = (VARIABLE + name).upper()
        for variable in [one for one in os.environ if one.upper() == unwanted]:
            del os.environ[variable]
    return replace(settings, groups={**settings.groups, TelegramSettings: fewer})


def carriers(group: TelegramSettings, secret: bytes) -> tuple[list[Credential], list[str]]:
    """Return the accounts that carry files, and what is wrong with those that cannot be used."""
    found: dict[str, Credential] = {}
    wrong = []
    for number, token in enumerate(group.worker_tokens, 1):
        try:
            credential = bot_credential(token, secret)
            found[credential.account] = credential
        except CredentialsInvalid as error:
            wrong.append(f"SHADOW_TELEGRAM__WORKER_TOKENS, number {number}: {error.detail}")
    for number, text in enumerate(group.worker_sessions, 1):
        try:
            credential = string_credential(text, secret)
            found[credential.origin] = credential
        except CredentialsInvalid as error:
            wrong.append(f"SHADOW_TELEGRAM__WORKER_SESSIONS, number {number}: {error.detail}")
    if found and not (group.api_id and group.api_hash.get_secret_value()):
        wrong.append("SHADOW_TELEGRAM__API_ID and SHADOW_TELEGRAM__API_HASH are not set.")
        found = {}
    return list(found.values()), wrong


def bot_credential(token: SecretStr, secret: bytes) -> Credential:
    """Return what logs a bot in. Raises CredentialsInvalid."""
    text = token.get_secret_value()
    match = TOKEN.fullmatch(text)
    if not match:
        raise CredentialsInvalid("A bot token has the form 123456:letters.")
    return Credential(_origin(text.encode(), secret), bot=True, account=f"bot-{match[1]}",
                      token=token)  # fmt: skip


def string_credential(text: SecretStr, secret: bytes) -> Credential:
    """Return what a session string logs in. Raises CredentialsInvalid."""
    read = read_session_string(text.get_secret_value())
    kind = "bot" if read.bot else "user"
    account = f"{kind}-{read.user_id}" if read.user_id else ""
    key = AuthKey(read.dc, read.key)
    origin = _origin(read.key, secret)
    return Credential(origin, bot=read.bot, account=account, key=key, api_id=read.api_id)


def _origin(what: bytes, secret: bytes) -> str:
    return hmac.digest(secret, b"telegram origin\0" + what, "sha256").hex()[:32]
