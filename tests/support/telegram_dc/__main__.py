"""Run data centres as a process of their own: `python -m tests.support.telegram_dc`.

Prints one JSON line when it listens, and with `--control` takes commands on standard input (see
control.py), ending when that ends.
"""

import argparse
import asyncio
import contextlib
import json
import signal
import sys
from pathlib import Path
from typing import Any

import uvloop

from tests.support.telegram_dc.contents import Generated
from tests.support.telegram_dc.control import Control, described
from tests.support.telegram_dc.server import DataCentres, Options, bare


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.support.telegram_dc")
    parser.add_argument("--dcs", type=int, default=2)
    parser.add_argument("--home", type=int, default=1)
    parser.add_argument("--port", type=int, default=0, help="the same on 127.0.0.1, .2, …")
    parser.add_argument("--folder", type=Path, help="keeps everything for the next start")
    parser.add_argument("--serves", help="DCs that this process serves, as 2,4; all by default")
    parser.add_argument("--reference-seconds", type=float, default=14_400.0)
    parser.add_argument("--forget-uploads", action="store_true")
    parser.add_argument("--bot", action="append", default=[], metavar="TOKEN")
    parser.add_argument("--channel", action="append", default=[], type=int, metavar="ID")
    parser.add_argument(
        "--document",
        action="append",
        default=[],
        metavar="NAME=BYTES",
        help="generated, in the first channel",
    )
    parser.add_argument("--control", action="store_true")
    return parser.parse_args()


def _fill(dc: DataCentres, given: argparse.Namespace) -> None:
    """Add what the arguments ask for, but for what the folder has from a start before."""
    for token in given.bot:
        dc.add_bot(token)
    new = [channel for channel in given.channel if bare(channel) not in dc.world.channels]
    for channel in new:
        dc.add_channel(channel)
    if given.channel[:1] == new[:1]:
        for seed, document in enumerate(given.document, 1):
            name, _, size = document.rpartition("=")
            dc.put_document(given.channel[0], Generated(int(size), seed), name)


def _say(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


async def _controlled(dc: DataCentres) -> None:
    reader = asyncio.StreamReader(limit=1 << 24)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    control = Control(dc)
    while line := await reader.readline():
        _say(control.answer(line.decode()))


async def _main(given: argparse.Namespace) -> None:
    serves = tuple(map(int, given.serves.split(","))) if given.serves else None
    options = Options(
        given.dcs, given.home, given.port, given.folder, serves, given.reference_seconds,
        not given.forget_uploads,
    )  # fmt: skip
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with DataCentres(options) as dc:
        _fill(dc, given)
        _say(described(dc))
        waiting: list[asyncio.Future[Any]] = [asyncio.ensure_future(ended.wait())]
        if given.control:
            waiting.append(asyncio.ensure_future(_controlled(dc)))
        _, others = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in others:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


if __name__ == "__main__":
    uvloop.run(_main(_arguments()))
