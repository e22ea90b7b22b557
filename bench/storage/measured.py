"""Store a file in one way and print `{"seconds", "added"}`: bytes resident beyond a small file."""

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import psutil

from bench.storage import sink
from shadow.plugins.storage_local.folders import KnownFolders
from shadow.plugins.storage_local.storage import LocalStorage
from shadow.plugins.storage_rclone.daemon import RcloneDaemon
from shadow.plugins.storage_rclone.settings import RcloneSettings
from shadow.plugins.storage_rclone.storage import RcloneStorage
from shadow.plugins.storage_s3.settings import S3Settings
from shadow.plugins.storage_s3.storage import S3Storage
from shadow.plugins.storage_s3.stores import stores
from shadow.runtime.context import Runtime
from shadow.runtime.daemons import find_program
from shadow.storage.service import sha256_of, store_file


class CopyingStorage(LocalStorage):
    """The local storage as it is for a file on another disk."""

    async def take(self, path: Path, name: str) -> None:
        """Take nothing as it is."""


async def opened(way: str, folder: Path, held: AsyncExitStack) -> Any:
    """Return the storage of that name."""
    match way:
        case "taken" | "copied":

            async def nothing() -> list[bytes]:
                return [os.fsencode(folder)]

            kind = LocalStorage if way == "taken" else CopyingStorage
            local = kind(KnownFolders(nothing), folder / f"store-{os.getpid()}", cast(Any, nothing))
            held.callback(local.close)
            return local
        case "s3":
            server = subprocess.Popen([sys.executable, sink.__file__], stdout=subprocess.PIPE)
            held.callback(server.kill)
            assert server.stdout is not None
            address = f"http://127.0.0.1:{server.stdout.readline().decode().strip()}"
            settings = S3Settings.model_validate(
                {"bucket": "b", "endpoint": address, "access_key": "a", "secret_key": "b"}
            )
            reading, writing = stores(settings)
            return S3Storage(reading, writing, prefix="")
        case _:
            daemon = RcloneDaemon(find_program("rclone"), folder / "rclone")
            held.push_async_callback(daemon.close)
            far = folder / f"far-{os.getpid()}"
            storage = RcloneStorage(daemon, RcloneSettings(remote="near:", allow_local=True))
            await daemon.call(
                "config/create", name="near", type="alias", parameters={"remote": str(far)}
            )
            return storage


def ignore(*, bytes_done: int, bytes_total: int) -> None:
    """Take progress."""


async def main() -> None:
    """Run one way."""
    way, folder = sys.argv[1], Path(sys.argv[2])
    film, small = folder / "film.mkv", folder / f"small-{os.getpid()}.mkv"
    small.write_bytes(os.urandom(24 << 20))
    async with AsyncExitStack() as held:
        names = way.split("+")
        storages = {}
        if way not in ("cp", "hash"):
            storages = {name: await opened(name, folder, held) for name in names}
        plugins = SimpleNamespace(get=lambda _port, name: storages[name])
        runtime = cast(Runtime, SimpleNamespace(plugins=plugins))

        async def store(path: Path) -> None:
            if way == "cp":
                await asyncio.to_thread(copy, path, folder / "copy")
            elif way == "hash":
                await sha256_of(path, ignore)
            else:
                also = names[1] if len(names) > 1 else None
                stored = await store_file(
                    runtime, path, path.name, storage=names[0], also=also,
                    sha256=known[path], report=ignore,
                )  # fmt: skip
                assert stored.also_error is None, stored.also_error

        known = {one: await asyncio.to_thread(sha256, one) for one in (small, film)}
        await store(small)
        before = resident()
        watching = asyncio.create_task(asyncio.to_thread(peak, stop := asyncio.Event()))
        started = time.monotonic()
        await store(film)
        seconds = time.monotonic() - started
        stop.set()
        most = await watching
    print(json.dumps({"seconds": seconds, "added": most - before}))
    for left in (*folder.glob("store-*"), *folder.glob("far-*")):
        shutil.rmtree(left)
    small.unlink()


def copy(path: Path, to: Path) -> None:
    """Copy as `cp` does, and wait for the disk as we do."""
    shutil.copyfile(path, to)
    with to.open("rb") as file:
        os.fsync(file.fileno())
    to.unlink()


def sha256(path: Path) -> str:
    """Return what the workflow knows already."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def resident() -> int:
    """Return the bytes resident in this process and in rclone, without the stand-in for S3."""
    own = psutil.Process()
    ours = [one for one in own.children() if "rclone" in one.name()]
    return int(sum(one.memory_info().rss for one in (own, *ours)))


def peak(stop: asyncio.Event) -> int:
    """Return the most that was resident until told to stop."""
    most = 0
    while not stop.is_set():
        most = max(most, resident())
        time.sleep(0.02)
    return most


asyncio.run(main())
