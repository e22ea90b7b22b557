"""Data centres in processes of their own, so that a client's speed is the client's."""

import asyncio
import contextlib
import json
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from tests.support.telegram_dc.server import Options


class ServedCentres:
    """Data centres served by other processes; the first of them has the home DC."""

    def __init__(self, processes: list[asyncio.subprocess.Process], said: dict[str, Any]) -> None:
        self._processes = processes
        self.addresses: dict[str, str] = said["addresses"]
        self.public_pem: str = said["public_key"]
        self.settings: dict[str, str] = said["settings"]

    async def do(self, command: str, **given: Any) -> Any:
        """Have the home process do a command of `control.Control`, and return its answer."""
        return await _ask(self._processes[0], command, given)

    async def everywhere(self, command: str, **given: Any) -> list[Any]:
        """Have every process do it: faults and revocations are each process's own."""
        return [await _ask(process, command, given) for process in self._processes]

    async def counters(self) -> dict[str, Any]:
        """Give the counters of all processes, added up; see `faults.Counters`."""
        total: dict[str, Any] = {}
        for counted in await self.everywhere("counters"):
            for name, value in counted.items():
                if isinstance(value, dict):
                    total[name] = total.get(name, Counter()) + Counter(value)
                else:
                    total[name] = total.get(name, 0) + value
        return total


async def _ask(process: asyncio.subprocess.Process, command: str, given: dict[str, Any]) -> Any:
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps({"do": command, "with": given}).encode() + b"\n")
    await process.stdin.drain()
    answered = json.loads(await process.stdout.readline())
    if "error" in answered:
        raise RuntimeError(answered["error"])
    return answered["answer"]


def free_port(dcs: int) -> int:
    """Find a port that is free on the loopback address of every DC."""
    while True:
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            port = 0
            for number in range(1, dcs + 1):
                tried = stack.enter_context(socket.socket())
                tried.bind((f"127.0.0.{number}", port))
                port = tried.getsockname()[1]
            return int(port)


async def _started(
    options: Options, port: int, serves: tuple[int, ...]
) -> tuple[asyncio.subprocess.Process, dict[str, Any]]:
    arguments = [
        f"--dcs={options.dcs}",
        f"--home={options.home}",
        f"--port={port}",
        f"--serves={','.join(map(str, serves))}",
        f"--reference-seconds={options.reference_seconds}",
        "--control",
    ]
    if options.folder:
        arguments.append(f"--folder={options.folder}")
    if not options.keep_uploads:
        arguments.append("--forget-uploads")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.telegram_dc", *arguments,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[3], limit=1 << 24,
    )  # fmt: skip
    assert process.stdout
    return process, json.loads(await process.stdout.readline())


@contextlib.asynccontextmanager
async def served(options: Options, *, split: bool = False) -> AsyncIterator[ServedCentres]:
    """Serve data centres from one other process or, when `split`, from one for each DC.

    Split ones share what they know through `options.folder`, which they then need.
    """
    port = options.port or free_port(options.dcs)
    numbers = sorted(range(1, options.dcs + 1), key=lambda number: number != options.home)
    shares = [(number,) for number in numbers] if split else [tuple(numbers)]
    processes: list[asyncio.subprocess.Process] = []
    first: dict[str, Any] = {}
    try:
        for share in shares:
            process, said = await _started(options, port, share)
            processes.append(process)
            first = first or said
        yield ServedCentres(processes, first)
    finally:
        for process in processes:
            if process.stdin:
                process.stdin.close()
        for process in processes:
            await process.wait()
