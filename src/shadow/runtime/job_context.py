"""What a running job holds in its hands: durable steps, progress, and word of a stop."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import Context, ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import structlog
from dbos import DBOS
from typing_extensions import TypedDict, Unpack

from shadow.kit.errors import Kind, ShadowError
from shadow.runtime.smoothing import Speed

if TYPE_CHECKING:
    from shadow.runtime.context import Runtime

Result = TypeVar("Result")
RETRIED = (Kind.unavailable, Kind.upstream)
ATTEMPTS = 4
FIRST_PAUSE_SECONDS = 1.0
MOST_TEXT = 1000  # characters of one line of a job's log
HOME: ContextVar[str | None] = ContextVar("home", default=None)
"""The home of the job that this is part of: what it starts belongs there too."""


class JobStopped(Exception):
    """A person asked for this job to end (`cancelled`) or to wait (`paused`)."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class Progress(TypedDict, total=False):
    """What `JobContext.progress` takes; each value stays until it is given again."""

    phase: str
    message: str | None
    engine: str
    items_done: int
    items_total: int
    bytes_done: int
    bytes_total: int
    title_id: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class JobKind:
    """A sort of durable work. `run(context, arguments)` returns a JSON object.

    The body of `run` between steps must do the same each time it is replayed: no clock, no random
    numbers, no reading or writing outside steps.
    """

    name: str
    run: "Callable[[JobContext, dict[str, Any]], Awaitable[dict[str, Any]]]"
    heavy: bool = False
    """Whether it waits its turn in the queue of heavy jobs: few of those run at a time."""


@dataclass(slots=True)
class JobContext:
    """A running job's hands. Made by the engine."""

    runtime: "Runtime"
    job_id: str
    task: "asyncio.Task[Any]"
    lease: str = ""
    """The incarnation of this worker; another one in the registry means that the job moved."""
    seen: dict[str, Any] = field(default_factory=dict)
    """The latest progress."""
    changed: bool = False
    """Whether `seen` holds what the registry does not."""
    stop: "asyncio.Future[str]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    speed: Speed = field(default_factory=Speed)
    lines: list[tuple[str, str]] = field(default_factory=list)
    """Level and text of lines not yet written."""

    async def step(
        self, name: str, work: Callable[..., Awaitable[Result]], *arguments: Any
    ) -> Result:
        """Run `work(*arguments)` once and keep its JSON result: a restart does not repeat it.

        A crash in the middle does repeat it, so `work` must be safe to repeat. `unavailable` and
        `upstream` errors are retried with growing pauses. A stop asked for by a person cancels
        the work at its next await.

        Raises:
            JobStopped: the job was cancelled or paused.
            ShadowError: what `work` raised.
        """
        self.progress(phase=name, message=None)  # what the last step said is over
        self.note(name)
        result: Result = await DBOS.run_step_async({"name": name}, self._guarded, work, arguments)
        return result

    async def _guarded(
        self, work: Callable[..., Awaitable[Any]], arguments: tuple[Any, ...]
    ) -> Any:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._stoppable(work(*arguments))
            except ShadowError as error:
                if error.kind not in RETRIED or attempt == ATTEMPTS:
                    raise
                pause = error.retry_after or FIRST_PAUSE_SECONDS * 4 ** (attempt - 1)
                self.progress(message=f"{error.detail} Trying again in {pause:.0f} s.")
                self.note(f"{error.detail} Trying again in {pause:.0f} s.", level="warning")
                await self._stoppable(asyncio.sleep(pause))
        raise AssertionError("the last attempt returns or raises")

    async def _stoppable(self, work: Awaitable[Result]) -> Result:
        task = asyncio.get_running_loop().create_task(_apart(work), context=Context())
        either: set[asyncio.Future[Any]] = {task, self.stop}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                task.cancel()
                await asyncio.wait({task})
                raise JobStopped(self.stop.result())
            return task.result()
        finally:
            if not task.done():  # the process is closing: nothing may outlive its database
                task.cancel()
                await asyncio.wait({task})

    def progress(self, **values: Unpack[Progress]) -> None:
        """Note how far the job is. Cheap: written and shown a few times a second at most."""
        self.seen.update(values)
        self.changed = True
        done = values.get("bytes_done", values.get("items_done"))
        total = self.seen.get("bytes_total") or self.seen.get("items_total")
        if done is not None:
            self.speed.note(done)
            self.seen["speed"] = self.speed.per_second
            self.seen["eta"] = self.speed.seconds_until(total)

    def note(self, text: str, *, level: str = "info") -> None:
        """Add a line to the job's log, which people read. `level` is info, warning or error."""
        self.lines.append((level, text[:MOST_TEXT]))
        self.changed = True

    @property
    def stopping(self) -> bool:
        """Whether a person asked for a stop: loops without awaits should look."""
        return self.stop.done()


def _apart(work: Awaitable[Result]) -> Coroutine[Any, Any, Result]:
    """Wrap work for a context of its own that keeps only the job's home and what log lines carry.

    A job started inside another job's step would become part of that step, which the engine
    refuses; what a scan records may start the job that looks titles up.
    """
    carried = structlog.contextvars.get_contextvars()
    home = HOME.get()

    async def run() -> Result:
        HOME.set(home)
        with structlog.contextvars.bound_contextvars(**carried):
            return await work

    return run()
