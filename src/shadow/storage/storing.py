"""Store a finished file: once, whole, under a free name, and in a second storage in the same go."""

from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NotRequired, Protocol

import structlog
from typing_extensions import TypedDict, Unpack

from shadow.kit.errors import ShadowError
from shadow.runtime.context import Runtime
from shadow.storage.choosing import writable
from shadow.storage.content import file_content, object_content
from shadow.storage.errors import ObjectExists, ObjectMissing
from shadow.storage.hashing import sha256_of_object
from shadow.storage.names import checked_name, numbered
from shadow.storage.ports import (
    ObjectFacts,
    Reader,
    Report,
    StoredObject,
    TakesFiles,
    WritableStorage,
)
from shadow.storage.tee import tee

log = structlog.get_logger(__name__)
MOST_NAMES: Final = 50
"""How many files of one name there may be; beyond that something is wrong."""


COPIES: Final = ".copies"


class Where(TypedDict):
    """Which storages a file goes to: `also` is the name of the one that gets a copy."""

    storage: str
    also: NotRequired[str | None]


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a file lies now. Of `also` and `also_error` one at most is set."""

    key: bytes
    facts: ObjectFacts
    storage: str
    also: StoredObject | None = None
    also_error: str | None = None


class _Content(Protocol):
    """What is to be stored: its size and hash, and its bytes as often as they are asked for."""

    @property
    def size(self) -> int: ...

    @property
    def sha256(self) -> str: ...

    def content(self) -> AsyncGenerator[bytes, None]: ...


@dataclass(frozen=True, slots=True)
class _Object:
    """An object of another storage that is to be stored here too."""

    open: Callable[[], Awaitable[Reader]]
    size: int
    sha256: str
    report: Report

    async def content(self) -> AsyncGenerator[bytes, None]:
        reader = await self.open()
        try:
            async with aclosing(object_content(reader, self.report, sha256=self.sha256)) as content:
                async for block in content:
                    yield block
        finally:
            await reader.close()


@dataclass(frozen=True, slots=True)
class _File:
    """A file of this machine that is to be stored."""

    path: Path
    size: int
    sha256: str
    report: Report

    def content(self) -> AsyncGenerator[bytes, None]:
        return file_content(self.path, self.report, sha256=self.sha256)


@dataclass(slots=True)
class _Place:
    """A storage, and where in it the file lies or may lie."""

    storage: WritableStorage
    names: list[str]
    """Names to try yet, the next one last."""
    found: StoredObject | None = None
    made: StoredObject | None = None
    """What this call put there: a call that fails takes it away again."""

    @property
    def name(self) -> str:
        return self.names[-1]

    async def settle(self, file: _Content) -> None:
        """Find the file itself, or the first free name."""
        while self.found is None and self.names:
            held = await self.storage.find(self.name)
            if held is None:
                return
            if await _is_same(self.storage, held, file):
                self.found = held
            else:
                self.names.pop()
        if self.found is None:
            raise ObjectExists("Too many files of that name are stored already.")

    async def put(self, content: AsyncIterable[bytes], size: int) -> StoredObject:
        self.made = await self.storage.put(self.name, content, size=size)
        return self.made

    async def undo(self) -> None:
        if self.made is not None:
            with suppress(ShadowError):
                await self.storage.delete(self.made.key)


async def store_file(
    runtime: Runtime, path: Path, name: str, *, sha256: str, report: Report, **where: Unpack[Where]
) -> Stored:
    """Store a local file under a relative name, or the next free one beside it.

    Safe to repeat: if the same bytes lie under one of those names, that is the object. The hash is
    proved on the way, unless the storage makes the file its own instead of copying it: the caller
    must not write to `path` any more, and may delete it.

    Args:
        runtime: this process's.
        path: a regular file, no link.
        name: such as `Films/Nosferatu (1922)/Nosferatu (1922).mkv`.
        sha256: of the file, lower-case hex.
        report: told how many bytes are stored.
        where: `storage`, the name of a storage plugin, and `also`, that of a second one or None.
            What goes wrong with the second one is told in the answer.

    Raises:
        PluginMissing, StorageReadOnly: `storage` does not work or takes no files.
        ObjectOutside, ObjectMissing, ObjectChanged, StorageFull, StorageUnavailable.
    """
    checked_name(name)
    file = _File(path, _size_of(path), sha256, report)
    main = _place(runtime, where["storage"], name)
    also = where.get("also")
    other, error = await _settled_other(runtime, also, name, file) if also else (None, None)
    try:
        error = await _fill_main(main, other, file) or error
        if other is not None and other.found is None and error is None:
            error = await _fill_alone(other, file)
    except BaseException:  # cancelled on the way, say: nobody would know of what lies there
        for place in (main, other):
            if place is not None:
                await place.undo()
        raise
    assert main.found is not None
    report(bytes_done=file.size, bytes_total=file.size)
    kept = other.found if other else None
    return Stored(main.found.key, main.found.facts, where["storage"], kept, error)


async def store_copy(
    runtime: Runtime,
    open_object: Callable[[], Awaitable[Reader]],
    name: str,
    *,
    storage: str,
    sha256: str,
    report: Report,
) -> StoredObject:
    """Store what can be read elsewhere in one more storage, under a name or the next free one.

    Safe to repeat, and proved by its hash on the way, as `store_file` is.

    Args:
        runtime: this process's.
        open_object: opens it; it is closed here.
        name: the relative name that the object itself has.
        storage: name of a storage plugin.
        sha256: of the content, lower-case hex.
        report: told how many bytes are stored.

    Raises:
        PluginMissing, StorageReadOnly: the storage does not work or takes no files.
        ObjectChanged: the content has another hash.
        ObjectExists, ObjectOutside, StorageFull, StorageUnavailable.
    """
    reader = await open_object()
    await reader.close()
    place = _place(runtime, storage, copy_name(storage, name))
    source = _Object(open_object, reader.facts.size, sha256, report)
    while True:
        await place.settle(source)
        if place.found is not None:
            return place.found
        try:
            async with aclosing(source.content()) as content:
                return await place.put(content, source.size)
        except ObjectExists:  # somebody else was quicker
            if await place.storage.find(place.name) is None:
                place.names.pop()


def copy_name(storage: str, name: str) -> str:
    """Return the name of a copy.

    Copies in `local` lie in a hidden folder: its files are files of the library otherwise, and a
    scan would take the copy for another version.
    """
    return f"{COPIES}/{name}" if storage == "local" else name


async def _settled_other(
    runtime: Runtime, storage: str, name: str, file: _File
) -> tuple[_Place | None, str | None]:
    try:
        place = _place(runtime, storage, copy_name(storage, name))
        await place.settle(file)
    except ShadowError as failure:
        return None, failure.detail
    return place, None


async def _fill_main(main: _Place, other: _Place | None, file: _File) -> str | None:
    """Have the file in the main place; say what failed in the other on the way."""
    while True:
        await main.settle(file)
        if main.found is not None:
            return None
        try:
            return await _fill(main, other, file)
        except ObjectExists:  # somebody else was quicker
            if await main.storage.find(main.name) is None:
                main.names.pop()  # what lies there is no object


async def _fill(main: _Place, other: _Place | None, file: _File) -> str | None:
    """Store the file in the main place, and on the way in the other; say what failed there."""
    if isinstance(main.storage, TakesFiles):
        main.found = main.made = await main.storage.take(file.path, main.name)
    if main.found is not None:
        return None
    async with aclosing(file.content()) as content:
        if other is None or other.found is not None:
            main.found = await main.put(content, file.size)
            return None
        teed = await tee(
            content,
            lambda stream: main.put(stream, file.size),
            lambda stream: other.put(stream, file.size),
        )
    main.found = teed.main
    outcome = teed.others[0]
    if isinstance(outcome, Exception):
        return _said(outcome)
    other.found = outcome
    return None


async def _fill_alone(other: _Place, file: _Content) -> str | None:
    try:
        async with aclosing(file.content()) as content:
            other.found = await other.put(content, file.size)
    except Exception as failure:
        return _said(failure)
    return None


def _said(failure: Exception) -> str:
    if isinstance(failure, ShadowError):
        return failure.detail
    log.error("storage.copy_failed", exc_info=failure)
    return f"The copy failed: {type(failure).__name__}."


def _place(runtime: Runtime, storage: str, name: str) -> _Place:
    names = [numbered(name, number) for number in range(MOST_NAMES, 0, -1)]
    return _Place(writable(runtime, storage), names)


async def _is_same(storage: WritableStorage, held: StoredObject, file: _Content) -> bool:
    if held.facts.size != file.size:
        return False
    reader = await storage.open(held.key)
    try:
        return await sha256_of_object(reader) == file.sha256
    finally:
        await reader.close()


def _size_of(path: Path) -> int:
    try:
        return path.stat(follow_symlinks=False).st_size
    except OSError:
        raise ObjectMissing("The file to store is not there.") from None
