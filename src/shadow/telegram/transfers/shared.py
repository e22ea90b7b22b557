"""What all transfers of this process share; a part of the Runtime."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import structlog

from shadow.kit.errors import ShadowError
from shadow.runtime.context import Runtime
from shadow.storage.errors import StorageUnavailable
from shadow.telegram.object_models import TelegramPart
from shadow.telegram.settings import TelegramSettings
from shadow.telegram.swarm.swarm import Swarm
from shadow.telegram.transfers.backups import has_document, main_post, mend
from shadow.telegram.transfers.limits import Limits
from shadow.telegram.transfers.locations import Locations
from shadow.telegram.transfers.posts import Post
from shadow.telegram.transfers.reading import Reads, Volume
from shadow.telegram.transfers.storing import Puts

log = structlog.get_logger(__name__)
SPOOL = "telegram/spool"


class Transfers:
    """Locations of documents, limits, and mending that runs beside the streams that asked."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._settings = runtime.settings.group(TelegramSettings)
        self._locations = Locations()
        self._limits = Limits()
        self._mending: dict[tuple[int, int], asyncio.Task[None]] = {}

    @property
    def swarm(self) -> Swarm:
        """The sessions of this process."""
        return self._runtime.part(Swarm)

    @property
    def backup(self) -> int | None:
        """The channel that every document is forwarded to."""
        return self._settings.channel_backup

    @property
    def puts(self) -> Puts:
        """What uploads share.

        Raises:
            StorageUnavailable: no channel is set.
        """
        if self._settings.channel_logs is None:
            raise StorageUnavailable("Set SHADOW_TELEGRAM__CHANNEL_LOGS to keep files in Telegram.")
        return Puts(
            database=self._runtime.database,
            clock=self._runtime.clock,
            swarm=self.swarm,
            limits=self._limits,
            spool=self._runtime.settings.core.data_dir / SPOOL,
            channel=self._settings.channel_logs,
            backup=self._settings.channel_backup,
        )

    def reads(self, object_id: int) -> Reads:
        """Return what a stream of an object reads with."""

        def lost(volume: Volume, post: Post) -> None:
            self._begin((object_id, volume.number), self._mend(object_id, volume.number, post))

        return Reads(self.swarm, self._locations, lost)

    def _begin(self, key: tuple[int, int], work: Coroutine[Any, Any, None]) -> None:
        if key in self._mending:
            work.close()
            return
        task = self._mending[key] = asyncio.create_task(work)
        task.add_done_callback(lambda _: self._mending.pop(key, None))

    async def _mend(self, object_id: int, number: int, lost: Post) -> None:
        """Put a document back whose main message is gone; a backup that is gone is swept up."""
        try:
            async with self._runtime.database.session() as session:
                part = await session.get(TelegramPart, (object_id, number))
            if part is None or main_post(part) != lost:
                return
            async with self.swarm.session() as carrier:
                if not await has_document(carrier, lost, part):
                    await mend(self._runtime.database, carrier, part)
        except ShadowError as error:
            log.warning("telegram.not_mended", object=object_id, reason=error.detail)
        except Exception:
            log.exception("telegram.not_mended", object=object_id)

    async def settled(self) -> None:
        """Wait until everything that is being mended is."""
        await asyncio.gather(*self._mending.values(), return_exceptions=True)

    async def close(self) -> None:
        """End what is being mended; the next stream begins it again."""
        for task in list(self._mending.values()):
            task.cancel()
        await self.settled()


@asynccontextmanager
async def transfers_open(runtime: Runtime) -> AsyncIterator[Transfers]:
    """Hold what transfers share as long as this process runs."""
    transfers = Transfers(runtime)
    try:
        yield transfers
    finally:
        await transfers.close()
