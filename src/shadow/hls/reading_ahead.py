"""Make the next few segments before the player asks, and stop soon after the player does."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

import structlog

from shadow.hls.lanes import Urgency
from shadow.hls.making import SegmentMaker
from shadow.hls.renditions import Rendition
from shadow.kit.errors import ShadowError

log = structlog.get_logger(__name__)
IDLE_SECONDS: Final = 15.0


@dataclass(slots=True)
class _Following:
    """What is made ahead for one viewer's picture or sound, by segment number."""

    recipe: str
    timer: asyncio.TimerHandle
    making: dict[int, asyncio.Task[None]] = field(default_factory=dict)


class ReadAhead:
    """Follows every player of this process. A player is known by its token."""

    def __init__(self, maker: SegmentMaker, *, segments: int) -> None:
        self._maker = maker
        self._segments = segments
        self._following: dict[tuple[str, str], _Following] = {}

    def follow(self, viewer: str, rendition: Rendition, number: int) -> None:
        """Note which segment a player asked for, and see to the ones after it. Does not wait."""
        if not self._segments or rendition.kind == "keys":
            return
        place = (viewer, rendition.media_type)
        wanted = range(number + 1, min(number + 1 + self._segments, rendition.count))
        timer = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._stop, place)
        following = self._following.get(place)
        if following is None:
            following = self._following[place] = _Following(rendition.recipe, timer)
        else:
            following.timer.cancel()
            following.timer = timer
            self._drop_passed(following, rendition, wanted)
        for one in wanted:
            if one not in following.making and self._maker.known(rendition, one) is None:
                following.making[one] = self._start(following, viewer, rendition, one)

    def close(self) -> None:
        """Stop all of it."""
        for place in list(self._following):
            self._stop(place)

    def _drop_passed(self, following: _Following, rendition: Rendition, wanted: range) -> None:
        """Give up what the player jumped away from; what has begun is finished all the same."""
        moved = following.recipe != rendition.recipe
        for one in [one for one in following.making if moved or one not in wanted]:
            following.making.pop(one).cancel()
        following.recipe = rendition.recipe

    def _start(
        self, following: _Following, viewer: str, rendition: Rendition, number: int
    ) -> asyncio.Task[None]:
        async def make() -> None:
            try:
                await self._maker.get(rendition, number, viewer=viewer, urgency=Urgency.soon)
            except ShadowError as error:  # the player will hear of it when it asks
                log.debug("hls.not_made_ahead", code=error.code, detail=error.detail)
            except (OSError, ValueError) as error:
                log.warning("hls.not_made_ahead", reason=str(error))

        def made(task: asyncio.Task[None]) -> None:
            if following.making.get(number) is task:
                del following.making[number]

        task = asyncio.create_task(make())
        task.add_done_callback(made)
        return task

    def _stop(self, place: tuple[str, str]) -> None:
        following = self._following.pop(place)
        following.timer.cancel()
        for task in following.making.values():
            task.cancel()
