"""How many streams an account carries: a new one fewer, for Telegram limits it sooner.

This only asks for less while an account is new. Nothing is done to make it look used.
"""

from datetime import datetime, timedelta

from shadow.telegram.settings import TelegramSettings


def warm_until(first_login: datetime | None, settings: TelegramSettings) -> datetime | None:
    """Return when an account has warmed up; None when it has not logged in yet."""
    return first_login and first_login + timedelta(hours=settings.warm_up_hours)


def most_streams(first_login: datetime | None, now: datetime, settings: TelegramSettings) -> int:
    """Return how many streams an account may carry now, growing evenly while it warms up."""
    full, first = settings.streams_per_session, settings.warm_up_streams
    if not settings.warm_up_hours or first >= full:
        return full
    if first_login is None:
        return first
    share = (now - first_login) / timedelta(hours=settings.warm_up_hours)
    return full if share >= 1 else first + int((full - first) * max(0.0, share))
