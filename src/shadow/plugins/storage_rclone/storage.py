"""The storage `rclone`: a key is `remote:folder/name`, UTF-8."""

import asyncio
import re
import secrets
import time
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from datetime import datetime
from functools import partial
from typing import Any, Final

import structlog

from shadow.plugins.storage_rclone.daemon import RcloneDaemon, RcloneError
from shadow.plugins.storage_rclone.places import Place, place_of
from shadow.plugins.storage_rclone.remotes import RemoteConfiguration
from shadow.plugins.storage_rclone.settings import RcloneSettings
from shadow.runtime.files import Busy, alone
from shadow.storage.errors import (
    ObjectChanged,
    ObjectExists,
    ObjectMissing,
    StorageFull,
    StorageReadOnly,
    StorageUnavailable,
)
from shadow.storage.ports import Fetch, ObjectFacts, Remote, RemoteState, StoredObject
from shadow.storage.service import RESERVED, RangeReader, checked_name, of_size

log = structlog.get_logger(__name__)
BLOCK: Final = 128 * 1024
LEFT_SECONDS: Final = 7 * 24 * 3600
"""A part of an upload that is older was left by a process that was killed."""
TIDY_SECONDS: Final = 15.0
_NO_TIMES: Final = 3600 * 10**9
"""Remotes that cannot keep times say that theirs are exact to centuries."""
_FULL: Final = re.compile(
    r"no space left|quota|insufficient.*(space|storage)|\b507\b", re.IGNORECASE
)
_TIME: Final = re.compile(r"(\d+-\d+-\d+T\d+:\d+:\d+)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)")


class RcloneStorage:
    """Objects on remotes. New ones go below the operator's remote and folder.

    rclone cannot be told not to overwrite. An upload has a name of ours until it is whole; then
    one process of this machine at a time looks whether the real name is free, and renames. Between
    machines a moment remains in which both see it free.
    """

    name = "rclone"

    def __init__(self, daemon: RcloneDaemon, settings: RcloneSettings) -> None:
        """Take the daemon and where new files go."""
        self._daemon = daemon
        self._base = settings.remote
        self._remotes = RemoteConfiguration(daemon, settings)
        self._renaming = asyncio.Lock()
        self._features: dict[str, Mapping[str, Any]] = {}

    async def stat(self, key: bytes) -> ObjectFacts:
        """Return the facts of an object."""
        return await self._facts(place_of(key, self._base))

    async def open(self, key: bytes) -> RangeReader:
        """Open an object."""
        return RangeReader(*await self.ranged(key))

    async def ranged(self, key: bytes) -> tuple[ObjectFacts, Fetch]:
        """Return the facts of an object, and how to get its bytes."""
        place = place_of(key, self._base)
        facts = await self._facts(place)
        return facts, partial(self._fetch, place, facts)

    async def put(
        self, name: str, content: AsyncIterable[bytes], *, size: int | None = None
    ) -> StoredObject:
        """Store an object; see `WritableStorage.put`."""
        place = self._new(name)
        if await self._found(place) is not None:
            raise ObjectExists("Something lies under that name already.")
        features = (await self._described(place.fs))["Features"]
        if not (features["Move"] or features["Copy"]):
            raise StorageReadOnly("This kind of remote cannot rename: nothing is stored there.")
        await self._sweep(place)
        part = place.beside(f"{RESERVED}{secrets.token_hex(8)}.part")
        try:
            async with aclosing(of_size(content, size)) as checked:
                with _told():
                    await self._daemon.send(part, checked)
            await self._rename(part, place)
        except BaseException:
            with suppress(Exception):  # what is left is swept later
                await asyncio.wait_for(self._remove(part), TIDY_SECONDS)
            raise
        return StoredObject(place.key, await self._facts(place))

    async def find(self, name: str) -> StoredObject | None:
        """Return the object under a name."""
        place = self._new(name)
        item = await self._found(place)
        if item is None or item["IsDir"]:
            return None
        return StoredObject(place.key, await self._as_facts(place, item))

    async def delete(self, key: bytes) -> None:
        """Delete an object; see `WritableStorage.delete`."""
        with _told():
            await self._remove(place_of(key, self._base))

    async def list_remotes(self) -> Sequence[Remote]:
        """Return the remotes that are set up; see `Remotes`."""
        return await self._remotes.list()

    async def create_remote(self, name: str, kind: str, options: Mapping[str, str]) -> Remote:
        """Set up a remote; see `Remotes.create_remote`."""
        return await self._remotes.create(name, kind, options)

    async def delete_remote(self, name: str) -> None:
        """Forget a remote; see `Remotes.delete_remote`."""
        await self._remotes.delete(name)

    async def test_remote(self, name: str) -> RemoteState:
        """Try a remote; see `Remotes.test_remote`."""
        return await self._remotes.test(name)

    def name_of(self, key: bytes) -> str | None:
        """Return the name of an object below the operator's remote and folder."""
        if not self._base:
            return None
        top = self._base if self._base.endswith((":", "/")) else f"{self._base}/"
        text = key.decode("utf-8", "replace")
        return text[len(top) :] if text.startswith(top) else None

    def _new(self, name: str) -> Place:
        checked_name(name)
        if not self._base:
            raise StorageReadOnly("Set SHADOW_RCLONE__REMOTE to store files through rclone.")
        return Place(self._base, name)

    async def _rename(self, part: Place, place: Place) -> None:
        async with self._renaming, _alone_here(self._daemon):
            if await self._found(place) is not None:
                raise ObjectExists("Something lies under that name already.")
            with _told():
                await self._daemon.call(
                    "operations/movefile",
                    seconds=3600.0,
                    srcFs=part.fs, srcRemote=part.remote, dstFs=place.fs, dstRemote=place.remote,
                )  # fmt: skip

    async def _remove(self, place: Place) -> None:
        try:
            await self._daemon.call("operations/deletefile", fs=place.fs, remote=place.remote)
        except RcloneError as error:
            if not error.missing:
                raise

    async def _found(self, place: Place) -> Any:
        """Return rclone's description of what lies at a place; None for nothing."""
        try:
            with _told():
                said = await self._daemon.call("operations/stat", fs=place.fs, remote=place.remote)
        except ObjectMissing:
            return None
        return said["item"]

    async def _facts(self, place: Place) -> ObjectFacts:
        item = await self._found(place)
        if item is None or item["IsDir"]:
            raise ObjectMissing("There is no such object.")
        return await self._as_facts(place, item)

    async def _as_facts(self, place: Place, item: Mapping[str, Any]) -> ObjectFacts:
        """Return the facts of a description. Where no times are kept the size must do."""
        if item["Size"] < 0:
            raise StorageUnavailable("The remote does not say how large the object is.")
        exact = (await self._described(place.fs))["Precision"]
        return ObjectFacts(item["Size"], nanoseconds(item["ModTime"]) if exact < _NO_TIMES else 0)

    async def _described(self, fs: str) -> Mapping[str, Any]:
        if fs not in self._features:
            with _told():
                self._features[fs] = await self._daemon.call("operations/fsinfo", fs=fs)
        return self._features[fs]

    async def _fetch(
        self, place: Place, facts: ObjectFacts, start: int, stop: int
    ) -> AsyncGenerator[bytes, None]:
        changed = ObjectChanged("The object was changed while it was being read. Try again.")
        try:
            async with self._daemon.reading(place, start, stop) as answer:
                # What is sent now is what lies there now, unless it changed since: look after.
                if await self._facts(place) != facts:
                    raise changed
                async for block in answer.aiter_raw(BLOCK):
                    yield block
        except ObjectMissing as error:
            raise changed from error
        except RcloneError as error:
            if error.status in (404, 416):
                raise changed from error
            raise _understood(error) from error

    async def _sweep(self, place: Place) -> None:
        """Delete what killed processes left in a folder a long time ago."""
        if (await self._described(place.fs))["Precision"] >= _NO_TIMES:
            return
        try:
            listed = await self._daemon.call(
                "operations/list", fs=place.fs, remote=place.folder, opt={"filesOnly": True}
            )
        except RcloneError:  # the folder is not there yet
            return
        for item in listed["list"]:
            age = time.time() - nanoseconds(item["ModTime"]) / 10**9
            if item["Name"].startswith(RESERVED) and age > LEFT_SECONDS:
                with suppress(RcloneError):
                    await self._remove(Place(place.fs, item["Path"]))


def nanoseconds(text: str) -> int:
    """Return a time as rclone writes it (RFC 3339, nine digits) in nanoseconds since 1970."""
    found = _TIME.fullmatch(text)
    if found is None:
        return 0
    seconds = datetime.fromisoformat(found[1] + found[3].replace("Z", "+00:00")).timestamp()
    return int(seconds) * 10**9 + int((found[2] or "").ljust(9, "0"))


@asynccontextmanager
async def _alone_here(daemon: RcloneDaemon) -> AsyncIterator[None]:
    """Wait until no other process of this machine renames."""
    while True:
        with suppress(Busy), alone(daemon.folder / "renaming.lock"):
            yield
            return
        await asyncio.sleep(0.05)


@contextmanager
def _told() -> Iterator[None]:
    """Turn rclone's errors into those of storages."""
    try:
        yield
    except RcloneError as error:
        raise _understood(error) from error


def _understood(error: RcloneError) -> Exception:
    text = str(error)
    if error.missing:
        return ObjectMissing("There is no such object.")
    log.warning("storage.rclone_failed", status=error.status)  # its text may hold secrets
    if _FULL.search(text):
        return StorageFull("The remote has no room for the object.")
    return StorageUnavailable("The remote does not do it. An admin can test it in the settings.")
