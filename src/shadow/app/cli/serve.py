"""`shadow serve`: the server, with everything in one process, or one of many that only stream."""

import asyncio
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from enum import Enum
from pathlib import Path
from typing import Annotated

import structlog
import typer
import uvicorn
import uvloop
from fastapi import FastAPI

from shadow.accounts import service as accounts
from shadow.app.bootstrap import open_runtime
from shadow.app.cli.common import DataDir, say, settings_with
from shadow.app.connections import BoundedProtocol
from shadow.app.slices import SLICES, all_schedules
from shadow.app.web import build_app, build_stream_app
from shadow.ingest import service as ingest
from shadow.kit.errors import Kind, ShadowError
from shadow.runtime.context import Runtime
from shadow.runtime.events import Live
from shadow.runtime.job_engine import Role
from shadow.runtime.schedules import keep_schedules
from shadow.runtime.settings import Settings
from shadow.storage.service import store_trouble
from shadow.telegram import service as telegram

log = structlog.get_logger(__name__)
GRACE_SECONDS = 5
"""How long open streams may go on once the server is asked to stop."""
KEEP_ALIVE_SECONDS = 75
"""How long an idle connection stays: players ask for a segment every six seconds or so."""


class Part(Enum):
    """What of the server a process is: all of it, or one that only sends streams."""

    all = "all"
    stream = "stream"


class AddressTaken(ShadowError):
    """The address to listen on cannot be had."""

    kind = Kind.conflict
    code = "app.address_taken"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


def serve(  # noqa: PLR0917 -- a command has as many parameters as options
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8470,
    data_dir: DataDir = None,
    library: Annotated[
        list[Path] | None, typer.Option(help="A library folder; may be given several times.")
    ] = None,
    sample_if_empty: Annotated[
        bool, typer.Option(help="Make a small sample library when there is none at all.")
    ] = False,
    no_worker: Annotated[
        bool, typer.Option("--no-worker", help="Leave downloads to `shadow worker` elsewhere.")
    ] = False,
    role: Annotated[
        Part,
        typer.Option(
            help="`stream` sends files and HLS and does nothing else, beside a whole server; "
            "several may listen on one port."
        ),
    ] = Part.all,
) -> None:
    """Run the server: web, API, streams, scans and jobs."""
    given = {"library": {"paths": [str(path) for path in library]}} if library else {}
    settings = telegram.keep_apart(settings_with(data_dir, **given), telegram.Duty.carries)
    if role is Part.stream:
        uvloop.run(_stream(settings, _listen(host, port, shared=True)))
        return
    doing = Role.serves if no_worker else Role.works
    listener = _listen(host, port)
    uvloop.run(_serve(settings, listener, role=doing, sample_if_empty=sample_if_empty))


async def _serve(
    settings: Settings, listener: socket.socket, *, role: Role, sample_if_empty: bool
) -> None:
    async with open_runtime(settings, role=role) as runtime, AsyncExitStack() as companions:
        if trouble := await store_trouble(runtime):
            log.warning("storage.not_shared", detail=trouble)
        if sample_if_empty:
            await _add_sample_library(runtime)
        for part in SLICES:
            for companion in part.services:
                await companions.enter_async_context(companion(runtime))
        await companions.enter_async_context(keep_schedules(runtime, all_schedules()))
        server = _Server(
            _config(settings, build_app(runtime)),
            address=_address(settings, listener),
            live=runtime.live,
        )
        server.first_admin_token = await _first_admin_token(runtime)
        await ingest.start_scan(runtime)
        await server.serve(sockets=[listener])


async def _stream(settings: Settings, listener: socket.socket) -> None:
    """Send streams until told to stop; jobs that this gives rise to are left to the server."""
    async with open_runtime(settings, role=Role.looks) as runtime:
        server = _Server(
            _config(settings, build_stream_app(runtime)),
            address=_listening_at(listener),
            live=runtime.live,
        )
        await server.serve(sockets=[listener])


async def _add_sample_library(runtime: Runtime) -> None:
    """Make the sample beside the data folder, unless there is a library already."""
    async with runtime.database.session() as session:
        if ingest.pinned_paths(runtime) or await ingest.list_roots(session):
            return
    data_dir = runtime.settings.core.data_dir
    folder = data_dir.with_name(f"{data_dir.name}-sample")
    say("Making a small sample library (about 20 seconds)")
    await asyncio.to_thread(ingest.make_sample_library, folder, progress=say)
    async with runtime.database.transaction() as session:
        await ingest.add_root(session, path=str(folder), data_dir=data_dir, clock=runtime.clock)


def _listen(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """Take an address; `shared` lets others of the same account listen there too."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise AddressTaken(
            f"Cannot listen on {host}:{port}: {error.strerror}. Choose another with --port."
        ) from None
    return listener


def _address(settings: Settings, listener: socket.socket) -> str:
    return settings.core.public_url or _listening_at(listener)


def _listening_at(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 -- compared, not bound
    shown = f"[{shown}]" if ":" in shown else shown
    return f"http://{shown}:{port}"


def _config(settings: Settings, app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.core.trusted_proxies),
        forwarded_allow_ips=list(settings.core.trusted_proxies),
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )


async def _first_admin_token(runtime: Runtime) -> str | None:
    async with runtime.database.transaction() as session:
        return await accounts.ensure_first_admin_link(session, now=runtime.clock())


class _Server(uvicorn.Server):
    """uvicorn, saying where it is once it listens, and leaving the end of the process to us."""

    def __init__(self, config: uvicorn.Config, *, address: str, live: Live) -> None:
        super().__init__(config)
        self.address = address
        self.live = live
        self.first_admin_token: str | None = None

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop serving on SIGTERM and SIGINT, and then go on.

        uvicorn's own way is to send itself the signal again: the process would die before jobs,
        workers and the database are closed.
        """
        before = {
            number: signal.signal(number, self.handle_exit)
            for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the live feeds, which would never end by themselves, and then all the rest."""
        self.live.close()
        await super().shutdown(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then tell people the address and the first admin's link."""
        await super().startup(sockets)
        lines = [f"Shadow Systems is ready at {self.address}"]
        if self.first_admin_token:
            link = f"{self.address}/auth?token={self.first_admin_token}"
            lines = [f"{lines[0]} and has no admin yet.", f"Make the first one here: {link}"]
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()
