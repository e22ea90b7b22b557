"""Settings of accounts: `SHADOW_ACCOUNTS__…`."""

from pydantic import BaseModel, Field


class AccountsSettings(BaseModel):
    """Who gets in, how often they may try, and for how long they stay."""

    guests_allowed: bool = Field(
        default=False,
        description="Let anyone look and play as a guest. Off, because a server on the internet "
        "should show nothing until its owner says so. Switching it off puts guests out.",
    )
    session_days: int = Field(
        default=30,
        ge=1,
        le=365,
        description="Days without a visit after which a browser must sign in again.",
    )
    session_max_days: int = Field(
        default=365,
        ge=1,
        le=400,
        description="Days after which a browser must sign in again in any case, so that a stolen "
        "cookie does not live for ever. Browsers keep no cookie longer than 400 days.",
    )
    link_minutes: int = Field(
        default=15,
        ge=1,
        le=15,
        description="Minutes for which a sign-in link works. Short, because links are forwarded.",
    )
    first_admin_link_hours: int = Field(
        default=24,
        ge=1,
        le=168,
        description="Hours for which the link printed at the first start works. Each start prints "
        "a new one.",
    )
    login_attempts_per_minute: int = Field(
        default=10,
        ge=1,
        le=1000,
        description="Wrong passwords one address may try for one name in any minute.",
    )
    address_attempts_per_minute: int = Field(
        default=60,
        ge=1,
        le=10000,
        description="Sign-ins one address (IPv6: one /64 network) may try in any minute, whatever "
        "the names.",
    )
    account_attempts_per_minute: int = Field(
        default=60,
        ge=1,
        le=10000,
        description="Sign-ins all addresses together may try for one name in any minute. High, "
        "so that a stranger cannot easily lock somebody out.",
    )
