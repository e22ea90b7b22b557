"""Word of jobs that run in other processes, for who listens to this one."""

from datetime import datetime
from typing import TYPE_CHECKING

from shadow.runtime.job_registry import Registry, job_json

if TYPE_CHECKING:
    from shadow.runtime.context import Runtime

FEED_SECONDS = 1.0
MOST = 200
GOING = ("queued", "running", "paused")


class Feed:
    """What was last seen of unfinished jobs; changes are sent on."""

    def __init__(self, runtime: "Runtime", registry: Registry) -> None:
        self._live = runtime.live
        self._registry = registry
        self._seen: dict[str, datetime] = {}

    async def look(self) -> None:
        """Send every job that changed since the last look. Costs nothing while nobody listens."""
        if not self._live.heard:
            self._seen.clear()
            return
        page = await self._registry.page(limit=MOST, states=GOING)
        found = {job.id: job for job in page.items}
        for job_id in self._seen.keys() - found.keys():
            ended = await self._registry.get(job_id)
            self._live.send("job", job_json(ended))
            if ended.state == "done":
                self._live.send("library", {})
        for job in page.items:
            if self._seen.get(job.id) != job.updated_at:
                self._live.send("job", job_json(job))
        self._seen = {job_id: job.updated_at for job_id, job in found.items()}
