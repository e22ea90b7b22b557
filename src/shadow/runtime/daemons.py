"""Programs that stay: a daemon of ours, which ends with this process whatever ends it."""

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from shadow.runtime.processes import KEPT_ENVIRONMENT, ProgramMissing

ERROR_LIMIT = 8 << 10  # bytes of its last words that are kept
STOP_SECONDS = 2.0
"""How long it has to end by itself before it is killed."""


def find_program(name: str, setting: str = "") -> Path:
    """Return the absolute path of a program: the one a setting names, else the system's.

    Raises:
        ProgramMissing: there is none.
    """
    found = setting or shutil.which(name)
    if not found:
        raise ProgramMissing(f"The program {name} is not installed.")
    path = Path(found)
    if not (path.is_absolute() and path.is_file() and os.access(path, os.X_OK)):
        raise ProgramMissing(f"There is no program at {path}.")
    return path


class Daemon:
    """A running program in a process group of its own. Start it with `start`."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self._name = name
        self._process = process
        self._last_words = bytearray()
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def start(
        cls, args: Sequence[str | bytes | Path], *, environment: Mapping[str, str] | None = None
    ) -> "Daemon":
        """Start a program that stays; its secrets belong in files, which others cannot read.

        Args:
            args: the program by absolute path, then its arguments, passed on as they are.
            environment: variables beyond a minimal set.

        Raises:
            ProgramMissing: it cannot be started.
        """
        kept = {key: os.environ[key] for key in KEPT_ENVIRONMENT if key in os.environ}
        # A daemon must not outlive us: it would go on writing where our successor writes.
        leash = shutil.which("setpriv")
        tied = [leash, "--pdeathsig", "KILL", "--"] if leash else []
        name = Path(os.fsdecode(args[0])).name
        try:
            process = await asyncio.create_subprocess_exec(
                *tied,
                *args,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                env={**kept, **(environment or {})},
                start_new_session=True,
            )
        except OSError as error:
            raise ProgramMissing(f"{name} cannot be started: {error.strerror}.") from error
        return cls(name, process)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.returncode is None

    @property
    def last_words(self) -> str:
        """The last line that it wrote to its standard error."""
        lines = self._last_words.decode("utf-8", "replace").strip().splitlines()
        return lines[-1][:300] if lines else ""

    async def stop(self, *, at_once: bool = False) -> None:
        """End it, gently first unless it has nothing to tidy up."""
        for sign in (signal.SIGKILL,) if at_once else (signal.SIGTERM, signal.SIGKILL):
            if not self.alive:
                break
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, sign)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)

    async def _listen(self) -> None:
        assert self._process.stderr is not None
        while block := await self._process.stderr.read(4096):
            self._last_words += block
            del self._last_words[:-ERROR_LIMIT]
