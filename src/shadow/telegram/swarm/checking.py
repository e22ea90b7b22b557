"""Looking after sessions and channels: what each can do, said in words an operator can act on."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from shadow.kit.errors import ShadowError
from shadow.telegram import metrics
from shadow.telegram.settings import TelegramSettings
from shadow.telegram.swarm.seats import Seat
from shadow.telegram.swarm.states import CentreState, ChannelState, FloodState, SessionState
from shadow.telegram.swarm.warming import warm_until

CARRIED = ("logs", "backup")
"""The channels that files lie in; the others are the manager bot's."""
NEEDED = ("post", "delete")
STATES = ("ready", "cooling", "warming", "idle", "elsewhere", "dead")
CHECK_SECONDS = 30.0


def described(seat: Seat, most: int, now: datetime, settings: TelegramSettings) -> SessionState:
    """Say how a session fares."""
    session, login = seat.session, seat.session.login
    flood = [FloodState(*wait) for wait in session.floods.all()]
    dcs = [CentreState(dc, count) for dc, count in sorted(session.connections().items())]
    warm = warm_until(login.first_login_at, settings)
    warming = warm is not None and warm > now and most < settings.streams_per_session
    state, reason = "ready", seat.trouble
    if login.dead_reason:
        state, reason = "dead", login.dead_reason
    elif session.keyring.elsewhere:
        state, reason = "elsewhere", "in use by another process"
    elif flood:
        state = "cooling"
    elif warming:
        state = "warming"
    elif not session.connected:
        state = "idle"
    return SessionState(
        id=session.id,
        kind="bot" if login.bot else "user",
        name=login.name,
        state=state,
        slot=login.slot,
        streams=seat.streams,
        most_streams=most,
        flood=flood,
        dcs=dcs,
        bytes_down=session.traffic.down,
        bytes_up=session.traffic.up,
        warm_until=warm if warming else None,
        reason=reason,
    )


async def check(seats: Sequence[Seat], settings: TelegramSettings) -> list[ChannelState]:
    """Ask Telegram about every session, then about the channels that files lie in."""
    await asyncio.gather(*[_check_session(seat) for seat in seats])
    wanted = [(role, number) for role, number in settings.channels().items() if role in CARRIED]
    return [await _check_channel(role, number, seats) for role, number in wanted]


async def _check_session(seat: Seat) -> None:
    keyring = seat.session.keyring
    if keyring.elsewhere:
        return
    keyring.revive()
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await seat.session.verify()
        seat.trouble = ""
    except TimeoutError:
        seat.trouble = "Telegram does not answer."
    except ShadowError as error:
        seat.trouble = error.detail


async def _check_channel(role: str, number: int, seats: Sequence[Seat]) -> ChannelState:
    looking = [seat for seat in seats if seat.usable and not seat.trouble]
    found = await asyncio.gather(*[_look(seat, number) for seat in looking])
    troubles = [trouble for _, trouble in found if trouble]
    if not looking:
        troubles = ["No session can look."]
    title = next((title for title, _ in found if title), "")
    detail = " ".join(troubles) or f"{len(looking)} sessions can use it."
    return ChannelState(role, number, title, not troubles, detail)


async def _look(seat: Seat, number: int) -> tuple[str, str]:
    """Return the channel's title, and what the session cannot do there."""
    who = seat.session.id
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            known = await seat.session.channel(number, fresh=True)
    except TimeoutError:
        return "", f"{who} got no answer."
    except ShadowError as error:
        return "", error.detail if error.detail.startswith(who) else f"{who}: {error.detail}"
    missing = [right for right in NEEDED if right not in known.rights]
    if missing:
        return (
            known.title,
            f"{who} may not {' or '.join(missing)} messages there: make it an admin.",
        )
    return known.title, ""


def count(states: Iterable[SessionState]) -> None:
    """Tell the metrics how many sessions are in which state."""
    counted = Counter(state.state for state in states)
    for state in STATES:
        metrics.SESSIONS.labels(state).set(counted[state])
