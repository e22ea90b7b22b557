"""HTTP of Telegram: how sessions and channels fare, for admins."""

from dataclasses import asdict

from fastapi import APIRouter

from shadow.runtime.web import Admin, CurrentRuntime
from shadow.telegram.schemas import TelegramChannelOut, TelegramSessionOut, TelegramState
from shadow.telegram.swarm.states import SwarmState
from shadow.telegram.swarm.swarm import Swarm

router = APIRouter(tags=["telegram"])


def _shown(state: SwarmState) -> TelegramState:
    return TelegramState(
        items=[TelegramSessionOut(**asdict(one)) for one in state.sessions],
        channels=[TelegramChannelOut(**asdict(one)) for one in state.channels],
    )


@router.get("/api/telegram/sessions", name="list_telegram_sessions")
async def list_telegram_sessions(caller: Admin, runtime: CurrentRuntime) -> TelegramState:
    """List the Telegram sessions of this process and how each fares."""
    return _shown(await runtime.part(Swarm).state())


@router.post("/api/telegram/check", name="check_telegram")
async def check_telegram(caller: Admin, runtime: CurrentRuntime) -> TelegramState:
    """Ask Telegram about every session and channel now, and list them."""
    return _shown(await runtime.part(Swarm).check())
