"""Engines as a worker has them, without the rest of it; loopback may be reached, as tests must."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from shadow.plugins.source_aria2.daemon import Aria2Daemon
from shadow.plugins.source_aria2.settings import Aria2Settings
from shadow.plugins.source_aria2.source import Aria2Source
from shadow.plugins.source_http.settings import HttpSourceSettings
from shadow.plugins.source_http.source import HttpSource
from shadow.plugins.source_ytdlp.settings import YtdlpSettings
from shadow.plugins.source_ytdlp.source import YtdlpSource
from shadow.runtime.filter_proxy import FilterProxy
from shadow.runtime.http import HttpClients
from shadow.runtime.http_settings import NetworkSettings
from shadow.runtime.processes import find_ffmpeg

LOOPBACK = "127.0.0.1/32"


class Told:
    """A report that remembers."""

    def __init__(self) -> None:
        self.seen: dict[str, Any] = {}
        self.details: dict[str, Any] = {}
        self.messages: list[str] = []
        self.most_done = 0

    def __call__(
        self,
        *,
        bytes_done: int | None = None,
        bytes_total: int | None = None,
        message: str | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        if bytes_done is not None:
            self.most_done = max(self.most_done, bytes_done)
        self.seen |= {"bytes_done": bytes_done, "bytes_total": bytes_total}
        self.details |= details or {}
        if message:
            self.messages.append(message)


def clients(*, allowed: str = LOOPBACK, **settings: Any) -> HttpClients:
    values = {"allow_private": allowed, "read_seconds": 2, **settings}
    return HttpClients(NetworkSettings.model_validate(values))


def http_source(http: HttpClients | None = None, **settings: Any) -> HttpSource:
    quick: dict[str, Any] = {"pause_seconds": 0.01, "attempts": 2, **settings}
    return HttpSource(http or clients(), HttpSourceSettings(**quick))


@asynccontextmanager
async def aria2_source(
    folder: Path, *, http: HttpClients | None = None, **settings: Any
) -> AsyncIterator[Aria2Source]:
    """Open the engine; its daemon starts with the first download and ends with the block."""
    program = shutil.which("aria2c")
    assert program, "run tools/install_test_programs.py"
    quick: dict[str, Any] = {"dht": False, "timeout_seconds": 2, "peer_seconds": 5, **settings}
    checked = Aria2Settings(**quick)
    http = http or clients()
    daemon, proxy = Aria2Daemon(Path(program), folder, checked), FilterProxy(http)
    try:
        yield Aria2Source(daemon, checked, http=http, proxy=lambda: proxy)
    finally:
        await daemon.close()
        await proxy.close()


@asynccontextmanager
async def ytdlp_source(
    *, http: HttpClients | None = None, **settings: Any
) -> AsyncIterator[YtdlpSource]:
    """Open the engine, with a filtering proxy of its own."""
    quick: dict[str, Any] = {"timeout_seconds": 5, "attempts": 3, **settings}
    proxy = FilterProxy(http or clients())
    try:
        yield YtdlpSource(YtdlpSettings(**quick), ffmpeg=find_ffmpeg(), proxy=lambda: proxy)
    finally:
        await proxy.close()
