"""One download in the daemon: added, followed to its end, gone when it is cancelled."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

from shadow.ingest.ports import Report, SourceUnavailable
from shadow.plugins.source_aria2.daemon import Aria2Daemon, Aria2Error, Aria2Gone
from shadow.plugins.source_aria2.failures import failure

KEYS = ["status", "completedLength", "totalLength", "errorCode", "errorMessage", "connections"]
KEYS += ["numSeeders", "seeder", "downloadSpeed", "pieceLength", "bitfield"]
FIRST_LOOK, LONGEST_LOOK = 0.05, 0.2
"""Seconds between two looks: short for small files. What came since the last one is still to be
hashed when a download ends."""
MOST_RESTARTS = 5
"""Deaths of the daemon, one after the other, that a download survives."""
REMOVAL_SECONDS = 1.2
"""A daemon that takes longer to stop a download is killed: a cancelled job ends within 2 s."""
ENDED = ("complete", "error", "removed")
Status = Mapping[str, str]


class Transfer:
    """A download by its id, which is made of the job's key: there is never a second one."""

    def __init__(
        self, daemon: Aria2Daemon, gid: str, add: Callable[[], Awaitable[None]], *, swarm: bool
    ) -> None:
        """Describe it; `add` adds it to the daemon, and is called again if the daemon dies."""
        self.begun = 0
        """How often it was added to a daemon."""
        self._daemon = daemon
        self._gid = gid
        self._add = add
        self._swarm = swarm

    async def run(self, report: Report, seen: Callable[[Status], None] = lambda _: None) -> None:
        """Download to the end. However this ends, the daemon is no longer at it.

        `seen` is shown each status, as aria2 tells it.

        Raises:
            SourceUnavailable, SourceRefused: as `failures` says.
        """
        try:
            status = await self._follow(report, seen)
        finally:
            await asyncio.shield(asyncio.ensure_future(self._remove()))
        if status["status"] != "complete":
            raise failure(status)

    async def _follow(self, report: Report, seen: Callable[[Status], None]) -> Status:
        restarts, best, pause = 0, -1, FIRST_LOOK
        while True:
            try:
                status: Status = await self._daemon.call("tellStatus", self._gid, KEYS)
            except (Aria2Gone, Aria2Error) as error:
                if restarts > MOST_RESTARTS:
                    raise SourceUnavailable("aria2 dies again and again.") from error
                restarts += 1
                await self._begin()
                continue
            done = int(status["completedLength"])
            if done > best >= 0:
                restarts = 1  # it moves: earlier deaths are forgiven
            best = max(best, done)
            self._tell(report, status)
            seen(status)
            if status["status"] in ENDED:
                return status
            pause = min(pause * 1.5, LONGEST_LOOK, _seconds_left(status))
            await asyncio.sleep(pause)

    async def _begin(self) -> None:
        self.begun += 1
        await self._daemon.ensure()
        with suppress(Aria2Gone):  # it died at once: the next look tells
            await self._forget()
            try:
                await self._add()
            except Aria2Error as error:
                raise SourceUnavailable(f"aria2 does not take the download: {error}.") from error

    def _tell(self, report: Report, status: Status) -> None:
        connections, seeds = int(status.get("connections", "0")), int(status.get("numSeeders", "0"))
        details = {"connections": connections}
        if self._swarm:
            details |= {"peers": connections, "seeds": seeds}
        sharing = status.get("seeder") == "true" and status["status"] == "active"
        report(
            bytes_done=int(status["completedLength"]),
            bytes_total=int(status["totalLength"]) or None,
            message="Sharing with others." if sharing else None,
            details=details,
        )

    async def _remove(self) -> None:
        """Take the download out of the daemon, and the daemon out of the world if it refuses."""
        try:
            async with asyncio.timeout(REMOVAL_SECONDS):
                await self._forget()
        except TimeoutError:
            await self._daemon.kill()
        except Aria2Gone:
            return

    async def _forget(self) -> None:
        with suppress(Aria2Error):  # unknown, or ended already
            await self._daemon.call("forceRemove", self._gid)
        with suppress(Aria2Error):
            while (await self._daemon.call("tellStatus", self._gid, ["status"]))[
                "status"
            ] not in ENDED:
                await asyncio.sleep(0.02)
            await self._daemon.call("removeDownloadResult", self._gid)


def _seconds_left(status: Status) -> float:
    """Return when it will be done at this speed, but no sooner than a look makes sense."""
    left = int(status["totalLength"]) - int(status["completedLength"])
    return max(FIRST_LOOK, left / (int(status.get("downloadSpeed", "0")) or 1))
