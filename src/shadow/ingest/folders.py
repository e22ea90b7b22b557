"""Library folders: which there are, adding and taking out, what is in them."""

import asyncio
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from shadow.catalog.models import File
from shadow.catalog.service import files_of_folder, folders_of_root, mark_missing
from shadow.ingest.errors import FolderMissing, FolderPinned, FolderRefused, FolderTaken
from shadow.ingest.events import LibraryFolderAdded
from shadow.ingest.models import FolderMemory, LibraryFolder
from shadow.ingest.settings import LibrarySettings
from shadow.ingest.sidecars import shown
from shadow.ingest.walking import covers
from shadow.kit.clock import Clock
from shadow.runtime.context import Runtime
from shadow.runtime.events import publish
from shadow.runtime.jobs import Job


@dataclass(frozen=True, slots=True)
class FolderState:
    """A library folder and what is known of it. `files` are present, `failed` unreadable."""

    id: int
    path: str
    from_settings: bool
    available: bool
    watched: bool
    files: int
    failed: int
    last_scan_at: datetime | None
    warning: str | None


def pinned_paths(runtime: Runtime) -> list[bytes]:
    """Return the library folders that the settings name, as exact bytes."""
    return [os.fsencode(path) for path in runtime.settings.group(LibrarySettings).paths]


def absolute(path: str | Path) -> bytes:
    """Return a path as absolute exact bytes, without `.`, `..` and doubled slashes."""
    return os.path.normpath(os.path.abspath(os.fsencode(path)))  # noqa: PTH100 bytes


async def list_roots(session: AsyncSession) -> list[LibraryFolder]:
    """Return all library folders by id."""
    return list(await session.scalars(select(LibraryFolder).order_by(LibraryFolder.id)))


async def ensure_roots(session: AsyncSession, paths: Iterable[bytes], *, clock: Clock) -> None:
    """Make library folders of these absolute paths where they are not yet.

    What the settings name is taken as it is: it may be unmounted now and come back later.
    """
    known = set(await session.scalars(select(LibraryFolder.path)))
    for path in dict.fromkeys(paths):
        if path not in known:
            session.add(_new(path, clock))
    await session.flush()


async def add_root(
    session: AsyncSession, *, path: str, data_dir: Path, clock: Clock
) -> LibraryFolder:
    """Add a library folder by its absolute path on this machine.

    Raises:
        FolderRefused: the path is not absolute, does not exist, is not a readable folder, or is
            the data folder or in it.
        FolderTaken: it is, holds or lies in a library folder.
    """
    if not path.startswith("/") or "\0" in path:
        raise FolderRefused("Give the folder's absolute path on the server, such as /media/films.")
    try:
        exact = absolute(path)
    except UnicodeEncodeError:
        raise FolderRefused("No folder can have such a name.") from None
    await asyncio.to_thread(_refuse_unusable, exact, data_dir)
    for root in await list_roots(session):
        await asyncio.to_thread(_refuse_overlap, exact, root)
    root = _new(exact, clock)
    session.add(root)
    try:
        await session.flush()
    except IntegrityError:
        raise FolderTaken(f"{path} is in the library already.") from None
    return root


async def keep_folder(runtime: Runtime, path: Path) -> int:
    """Make a folder that Shadow Systems itself fills part of the library; return its root's id.

    The data folder may hold it, unlike folders that people add. Nothing is done when a library
    folder covers it already. Safe to call from several processes at once.
    """
    exact = absolute(path)
    while True:
        async with runtime.database.session() as session:
            for root in await list_roots(session):
                if root.path == b"/" or covers(root.path, exact):
                    return root.id
        with suppress(IntegrityError):  # another process was quicker
            async with runtime.database.transaction() as session:
                await ensure_roots(session, [exact], clock=runtime.clock)


def _refuse_unusable(path: bytes, data_dir: Path) -> None:
    try:
        with os.scandir(path):
            pass
    except FileNotFoundError:
        raise FolderRefused(
            f"{shown(path)} does not exist on the server. Check the spelling, or mount it first."
        ) from None
    except NotADirectoryError:
        raise FolderRefused(f"{shown(path)} is a file. Give the folder it lies in.") from None
    except PermissionError:
        raise FolderRefused(
            f"{shown(path)} may not be read by the server. Give it permission first."
        ) from None
    except OSError as error:
        raise FolderRefused(f"{shown(path)} cannot be read: {error.strerror}.") from None
    if _lies_in(path, os.fsencode(data_dir)):
        raise FolderRefused("The data folder of Shadow Systems itself cannot be in the library.")


def _refuse_overlap(path: bytes, root: LibraryFolder) -> None:
    if os.path.realpath(path) == os.path.realpath(root.path):
        raise FolderTaken(f"{root.shown_path} is in the library already.")
    if _lies_in(path, root.path):
        raise FolderTaken(f"{shown(path)} lies in {root.shown_path}, which is in the library.")
    if _lies_in(root.path, path):
        raise FolderTaken(
            f"{shown(path)} holds {root.shown_path}, which is in the library. Remove that first."
        )


def _lies_in(path: bytes, folder: bytes) -> bool:
    inner, outer = os.path.realpath(path), os.path.realpath(folder)
    return outer == b"/" or covers(outer, inner)


async def add_folder(session: AsyncSession, *, runtime: Runtime, path: str) -> FolderState:
    """Add a library folder as a person asks for it, see `add_root`; tells `LibraryFolderAdded`."""
    data_dir = runtime.settings.core.data_dir
    root = await add_root(session, path=path, data_dir=data_dir, clock=runtime.clock)
    publish(session, LibraryFolderAdded(root.id))
    described = await describe_roots(session, runtime=runtime)
    return next(one for one in described if one.id == root.id)


async def remove_root(session: AsyncSession, *, root_id: int, pinned: Sequence[bytes]) -> None:
    """Take a library folder out: its files count as missing, nothing on the disk is touched.

    Raises:
        FolderMissing: there is no such folder.
        FolderPinned: it is one of the `pinned` paths, which the settings name.
    """
    root = await session.get(LibraryFolder, root_id)
    if root is None:
        raise FolderMissing("There is no such library folder.")
    if root.path in pinned:
        raise FolderPinned(
            f"The settings name {root.shown_path}. Take it out of SHADOW_LIBRARY__PATHS and "
            "restart."
        )
    for folder in await folders_of_root(session, root_id):
        known = await files_of_folder(session, root_id, folder)
        await mark_missing(session, [one.id for one in known])
    await session.execute(delete(FolderMemory).where(FolderMemory.root_id == root_id))
    await session.execute(delete(LibraryFolder).where(LibraryFolder.id == root_id))


async def describe_roots(session: AsyncSession, *, runtime: Runtime) -> list[FolderState]:
    """Return every library folder with its counts."""
    roots = await list_roots(session)
    pinned = pinned_paths(runtime)
    watch = runtime.settings.group(LibrarySettings).watch
    query = (
        select(File.root_id, File.state, func.count())
        .where(File.state.in_(("present", "failed")))
        .group_by(File.root_id, File.state)
    )
    counts = {(root_id, state): count for root_id, state, count in await session.execute(query)}
    done = select(Job).where(Job.kind == "scan", Job.state == "done")
    scans = list(await session.scalars(done.order_by(Job.finished_at.desc()).limit(100)))
    there = await asyncio.to_thread(lambda: [os.path.isdir(root.path) for root in roots])  # noqa: PTH112 bytes
    return [
        FolderState(
            id=root.id,
            path=root.shown_path,
            from_settings=root.path in pinned,
            available=available,
            watched=watch and available,
            files=counts.get((root.id, "present"), 0),
            failed=counts.get((root.id, "failed"), 0),
            last_scan_at=next((one.finished_at for one in scans if _scanned(one, root.id)), None),
            warning=root.warning,
        )
        for root, available in zip(roots, there, strict=True)
    ]


def _scanned(job: Job, root_id: int) -> bool:
    arguments: dict[str, Any] = job.arguments
    parts = arguments.get("parts")
    return parts is None or any(part[0] == root_id for part in parts)


def _new(path: bytes, clock: Clock) -> LibraryFolder:
    return LibraryFolder(path=path, shown_path=shown(path), added_at=clock())
