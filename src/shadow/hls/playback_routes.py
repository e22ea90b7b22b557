"""HTTP: how a file is played."""

from fastapi import APIRouter

from shadow.hls.playback import answer_playback
from shadow.hls.playback_schemas import PlaybackIn, PlaybackOut
from shadow.runtime.web import CurrentRuntime, Streamer

router = APIRouter(tags=["hls"])


@router.post("/api/playback")
async def playback(asked: PlaybackIn, caller: Streamer, runtime: CurrentRuntime) -> PlaybackOut:
    """Decide how a file is played on a player, and why; and give the address that plays it.

    Every player is taken to play HLS with fMP4 segments. An address of HLS needs no credential
    but the token in it; ask again before it expires and go on with the new one.
    """
    return await answer_playback(runtime, asked, user_id=caller.user_id)
