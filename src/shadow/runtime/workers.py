"""Run functions on hostile input in separate processes that can be killed.

A decoder that hangs cannot be interrupted from inside its own process, and one that crashes takes
its process along. So such work goes to a child: `WorkerPool.call` names an allow-listed function,
the child runs it and answers over a pipe. The child is treated as hostile too: its answers are
size-capped JSON or raw bytes (see `shadow.runtime.worker_wire`), never pickles.
"""

import asyncio
import os
import sys
from collections import deque
from collections.abc import Iterable
from types import TracebackType
from typing import Any, cast

from shadow.kit.errors import Kind, ShadowError
from shadow.runtime.worker_wire import (
    Answer,
    AnswerReader,
    BadAnswer,
    TaskOutcome,
    encode_request,
)

PIPELINE_DEPTH = 4  # requests a child holds at once: it never waits for the parent's loop
START_SECONDS = 60.0  # from exec to the child's first word, on a machine that is swapping
KEPT_ENVIRONMENT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "TMPDIR", "SYSTEMROOT", "VIRTUAL_ENV")
# Media libraries allocate and free megabytes a file. Left alone, glibc hands the pages back and
# faults them in again each time: a small H.264 file took 140 page faults and 1.0 ms to open, and
# takes 0.7 ms with these. (32 MiB is the largest threshold that glibc accepts.)
MALLOC_ENVIRONMENT = {
    "MALLOC_TRIM_THRESHOLD_": "268435456",
    "MALLOC_MMAP_THRESHOLD_": "33554432",
    "MALLOC_TOP_PAD_": "16777216",
    "MALLOC_ARENA_MAX": "2",
}


class TaskTimedOut(ShadowError):
    """Say that a task did not finish in its time; its process was killed."""

    kind = Kind.invalid
    code = "runtime.task_timed_out"


class WorkerCrashed(ShadowError):
    """Say that the process running a task ended without an answer."""

    kind = Kind.invalid
    code = "runtime.worker_crashed"


class WorkerUnavailable(ShadowError):
    """Say that no worker process can be started, or that the pool is closed."""

    kind = Kind.unavailable
    code = "runtime.worker_unavailable"


class TaskFailed(ShadowError):
    """Carry the error that a task itself raised; `code` and `kind` are those of that error."""

    kind = Kind.invalid
    code = "runtime.task_failed"

    def __init__(self, detail: str, *, code: str, kind: Kind) -> None:
        super().__init__(detail)
        self.code = code
        self.kind = kind


class _Task:
    __slots__ = ("frame", "future", "name", "timeout")

    def __init__(self, name: str, frame: bytes, timeout: float, future: asyncio.Future[Any]):
        self.name = name
        self.frame = frame
        self.timeout = timeout
        self.future = future

    def fail(self, error: ShadowError) -> None:
        if not self.future.done():
            self.future.set_exception(error)

    def finish(self, answer: Answer) -> None:
        if self.future.done():
            return
        if answer.outcome is TaskOutcome.returned:
            self.future.set_result(answer.value)
        else:
            self.future.set_exception(
                TaskFailed(answer.detail, code=answer.code, kind=answer.kind or Kind.invalid)
            )


class _Child(asyncio.SubprocessProtocol):
    """One worker process: what it was asked, when it must answer, and how it ended."""

    def __init__(self, pool: "WorkerPool") -> None:
        self.pool = pool
        self.asked: deque[_Task] = deque()
        self.taken = 0
        self.ready = False
        self.retiring = False
        self.ended = pool.loop.create_future()
        self._reader = AnswerReader()
        self._process: asyncio.SubprocessTransport | None = None
        self._stdin: asyncio.WriteTransport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._killed_because: ShadowError | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._process = cast("asyncio.SubprocessTransport", transport)
        self._stdin = cast("asyncio.WriteTransport", self._process.get_pipe_transport(0))
        self._arm(START_SECONDS)

    def ask(self, task: _Task) -> None:
        """Send a task; several may be under way, and are answered in order."""
        assert self._stdin is not None
        self.asked.append(task)
        self.taken += 1
        self._stdin.write(task.frame)
        if len(self.asked) == 1 and self.ready:
            self._arm(task.timeout)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        try:
            for answer in self._reader.feed(data):
                self._take(answer)
        except BadAnswer as error:
            self.kill(WorkerCrashed(f"The worker process sent nonsense and was stopped: {error}"))
        self.pool.child_moved(self)

    def _take(self, answer: Answer) -> None:
        if answer.outcome is TaskOutcome.ready and not self.ready:
            self.ready = True
        elif self.asked and self.ready:
            self.asked.popleft().finish(answer)
        else:
            raise BadAnswer("an answer that nobody asked for")
        if self.asked:
            self._arm(self.asked[0].timeout)
        elif self._timer is not None:
            self._timer.cancel()

    def _arm(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.pool.loop.call_later(seconds, self._too_late, seconds)

    def _too_late(self, seconds: float) -> None:
        self.kill(TaskTimedOut(f"It took longer than {seconds:g} s and was stopped."))

    def kill(self, because: ShadowError) -> None:
        """Kill the process; the task it was at fails with the reason, later ones run elsewhere."""
        self._killed_because = self._killed_because or because
        self.retiring = True
        if self._process is not None and self._process.get_returncode() is None:
            self._process.kill()

    def retire(self) -> None:
        """Let an idle process go: at the end of its input it exits by itself."""
        self.retiring = True
        if self._stdin is not None:
            self._stdin.close()

    def connection_lost(self, exc: Exception | None) -> None:
        # Called once the process is reaped and its pipes are read to the end.
        if self._timer is not None:
            self._timer.cancel()
        if not self.ended.done():
            self.ended.set_result(None)
        code = self._process.get_returncode() if self._process is not None else None
        self.pool.child_ended(
            self, self._killed_because or WorkerCrashed(f"The worker process died ({_how(code)}).")
        )


def _how(returncode: int | None) -> str:
    if returncode is None:
        return "reason unknown"
    return f"signal {-returncode}" if returncode < 0 else f"exit status {returncode}"


class WorkerPool:
    """Keep up to `size` child processes, started when there is work and let go when idle.

    Use as `async with WorkerPool(2, functions=("package.module:function",)) as pool:`.
    """

    def __init__(
        self,
        size: int,
        *,
        functions: Iterable[str],
        task_timeout: float = 10.0,
        idle_seconds: float = 30.0,
        memory_limit: int = 1 << 30,
        max_tasks_per_child: int = 20_000,
    ) -> None:
        """Describe a pool; no process starts before the first call.

        Args:
            size: Most processes at one time.
            functions: The only `"module:function"` names that may be called.
            task_timeout: Seconds a task may take unless its call says otherwise.
            idle_seconds: A process without work for this long is let go.
            memory_limit: Bytes of address space a process may use beyond the interpreter's own.
            max_tasks_per_child: A process is replaced after this many tasks, against slow leaks.
        """
        self._size = size
        self._functions = frozenset(functions)
        self._task_timeout = task_timeout
        self._idle_seconds = idle_seconds
        self._memory_limit = memory_limit
        self._max_tasks = max_tasks_per_child
        self._waiting: deque[_Task] = deque()
        self._children: set[_Child] = set()
        self._starting: set[asyncio.Task[None]] = set()
        self._idle_timer: asyncio.TimerHandle | None = None
        self._open = False
        self.loop: asyncio.AbstractEventLoop

    async def __aenter__(self) -> "WorkerPool":
        self.loop = asyncio.get_running_loop()
        self._open = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def processes(self) -> int:
        """Count the worker processes alive now."""
        return len(self._children)

    async def call(self, function: str, *args: Any, timeout: float | None = None) -> Any:  # noqa: ASYNC109 the child is killed by it, not only the wait
        """Run an allow-listed function in a worker process and return its result.

        Arguments and result are JSON values; bytes are allowed as a whole argument or result.
        Many calls may wait at once: they share the processes, each process answering in order.

        Raises:
            ValueError: The name is not on the allow-list, or the arguments are not encodable.
            TaskFailed: The function raised; `code`, `kind` and `detail` are its error's.
            TaskTimedOut: It did not finish in `timeout` seconds; its process was killed.
            WorkerCrashed: Its process died, or answered nonsense.
            WorkerUnavailable: No process can be started, or the pool is closed.
        """
        if function not in self._functions:
            raise ValueError(f"{function!r} is not registered with this worker pool")
        if not self._open:
            raise WorkerUnavailable("The worker pool is closed.")
        frame = encode_request(function, args)
        seconds = self._task_timeout if timeout is None else timeout
        task = _Task(function, frame, seconds, self.loop.create_future())
        self._waiting.append(task)
        self._hand_out()
        return await task.future

    async def close(self) -> None:
        """Kill all processes, wait until each is reaped, and fail the calls still waiting."""
        self._open = False
        closed = WorkerUnavailable("The worker pool was closed.")
        while self._waiting:
            self._waiting.popleft().fail(closed)
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        if self._starting:
            await asyncio.wait(self._starting)
        children = list(self._children)
        for child in children:
            child.kill(closed)
        if children:
            await asyncio.wait([child.ended for child in children])

    def _hand_out(self) -> None:
        while self._waiting:
            if self._waiting[0].future.done():  # cancelled while it waited
                self._waiting.popleft()
                continue
            child = min(self._usable(), key=lambda one: len(one.asked), default=None)
            coming = len(self._children) + len(self._starting)
            if (child is None or child.asked) and coming < self._size:
                self._start_child()
            if child is None or len(child.asked) >= PIPELINE_DEPTH:
                return
            if child.asked and self._starting:
                return  # a fresh process will take it at once
            child.ask(self._waiting.popleft())

    def _usable(self) -> list[_Child]:
        return [
            child
            for child in self._children
            if not child.retiring and child.taken < self._max_tasks
        ]

    def _start_child(self) -> None:
        starting = self.loop.create_task(self._spawn())
        self._starting.add(starting)
        starting.add_done_callback(self._started)

    async def _spawn(self) -> None:
        environment = {key: os.environ[key] for key in KEPT_ENVIRONMENT if key in os.environ}
        _, child = await self.loop.subprocess_exec(
            lambda: _Child(self),
            sys.executable,
            "-P",
            "-m",
            "shadow.runtime.worker_main",
            str(os.getpid()),
            str(self._memory_limit),
            *sorted(self._functions),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"LC_ALL": "C.UTF-8", "PYTHONUTF8": "1", **MALLOC_ENVIRONMENT, **environment},
        )
        self._children.add(child)

    def _started(self, starting: asyncio.Task[None]) -> None:
        self._starting.discard(starting)
        failure = None if starting.cancelled() else starting.exception()
        if failure is None:
            self._settle()
        elif not self._children:  # else the others go on with what waits
            while self._waiting:
                self._waiting.popleft().fail(
                    WorkerUnavailable(f"No worker process can be started: {failure}")
                )

    def child_moved(self, child: _Child) -> None:
        """Note that a child answered: hand out more work, or let it go when it did its share."""
        if child.taken >= self._max_tasks and not child.asked and not child.retiring:
            child.retire()
        self._settle()

    def child_ended(self, child: _Child, reason: ShadowError) -> None:
        """Fail the task a dead child was at, and put those it had not begun first in the queue."""
        self._children.discard(child)
        if child.asked:
            child.asked.popleft().fail(reason)
        if self._open:
            self._waiting.extendleft(reversed(child.asked))
        else:
            for task in child.asked:
                task.fail(reason)
        self._settle()

    def _settle(self) -> None:
        if not self._open:
            return
        self._hand_out()
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None
        if any(not child.asked for child in self._usable()):
            self._idle_timer = self.loop.call_later(self._idle_seconds, self._release_idle)

    def _release_idle(self) -> None:
        for child in self._children:
            if not child.asked and not child.retiring:
                child.retire()
