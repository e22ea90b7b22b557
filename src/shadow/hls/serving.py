"""What playback holds in each process: files, workers, cache, and the segments on their way."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

from shadow.hls.access import Access
from shadow.hls.cache import SegmentCache
from shadow.hls.encoders import EncoderSettings, working
from shadow.hls.externals import Externals
from shadow.hls.files import Files
from shadow.hls.functions import LOAD, WORKER_FUNCTIONS
from shadow.hls.indexing import Indexer
from shadow.hls.lanes import Lanes
from shadow.hls.making import SegmentMaker
from shadow.hls.offering import Offer
from shadow.hls.playlists import Playlists
from shadow.hls.prepared import PreparedStore
from shadow.hls.reading_ahead import ReadAhead
from shadow.hls.settings import HlsSettings
from shadow.runtime.context import Runtime
from shadow.runtime.workers import WorkerPool
from shadow.streaming.service import StreamingSettings

log = structlog.get_logger(__name__)
LIGHT_LANES: Final = 2
"""For copying and sound: a player asks for a picture and a sound segment at once."""
INDEXERS: Final = 2
"""The background takes one at a time, so a person who presses play need not wait for it."""
SWEEP_SECONDS: Final = 300.0
INDEXER_IDLE_SECONDS: Final = 20.0


class Hls:
    """Everything that serving takes. One per Runtime: `runtime.part(Hls)`."""

    def __init__(self, runtime: Runtime, encoder: EncoderSettings) -> None:
        settings = runtime.settings.group(HlsSettings)
        folder = runtime.settings.core.data_dir
        limit = runtime.settings.group(StreamingSettings).cache_bytes
        self.heavy = Lanes(
            "heavy",
            settings.encoders or os.cpu_count() or 1,
            functions=WORKER_FUNCTIONS,
            most_waiting=settings.waiting,
        )
        self.light = Lanes(
            "light", LIGHT_LANES, functions=WORKER_FUNCTIONS, most_waiting=settings.waiting
        )
        self.index_workers = WorkerPool(
            INDEXERS, functions=WORKER_FUNCTIONS, idle_seconds=INDEXER_IDLE_SECONDS
        )
        self.indexer = Indexer(runtime, self.index_workers)
        self.files = Files(runtime, self.indexer)
        self.cache = SegmentCache(folder / "cache" / "hls", limit)
        self.prepared = PreparedStore(folder / "prepared")
        self.maker = SegmentMaker(
            cache=self.cache, prepared=self.prepared, heavy=self.heavy, light=self.light
        )
        self.ahead = ReadAhead(self.maker, segments=settings.read_ahead)
        self.access = Access(runtime)
        texts = folder / "cache" / "drawn-subtitles"
        self.externals = Externals(runtime, encoder, texts)
        self.offer = Offer(
            self.index_workers,
            folder,
            heavy=self.heavy,
            by_hardware=encoder.hardware != "off",
        )
        self.playlists = Playlists(runtime, self.maker, self.externals, self.offer)

    @property
    def demanded(self) -> bool:
        """Whether somebody is watching: jobs should leave them the machine."""
        return self.heavy.demanded or self.light.demanded

    def warm(self, *, encodes: bool) -> None:
        """Have processes ready for somebody who is about to play, and needs encoding or not."""
        self.light.warm(LOAD)
        if encodes:
            self.heavy.warm(LOAD)


@asynccontextmanager
async def hls_open(runtime: Runtime) -> AsyncIterator[Hls]:
    """Open playback for a process: folders, queues, and no worker before there is work."""
    held = Hls(runtime, await working(runtime.settings.group(HlsSettings)))
    await asyncio.to_thread(held.cache.prepare)
    sweeping = asyncio.create_task(_sweep_now_and_then(held.cache))
    try:
        async with held.heavy, held.light, held.index_workers:
            try:
                yield held
            finally:
                held.ahead.close()
                await held.offer.close()
                await held.maker.close()
                await held.files.close()
                await held.indexer.close()
    finally:
        held.cache.close()
        sweeping.cancel()
        with suppress(asyncio.CancelledError):
            await sweeping


async def _sweep_now_and_then(cache: SegmentCache) -> None:
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        try:
            await cache.sweep()
        except OSError as error:
            log.warning("hls.cache_not_swept", reason=str(error))
