"""The storage plugin `local`: files in the library folders, read where they lie.

New files go to one of them, the managed folder (`SHADOW_STORAGE__LOCAL_ROOT`).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import select

from shadow.ingest import service as ingest
from shadow.ingest.models import LibraryFolder
from shadow.plugins.storage_local.folders import KnownFolders
from shadow.plugins.storage_local.storage import LocalStorage
from shadow.runtime.context import Runtime
from shadow.runtime.plugins import Plugin
from shadow.storage.service import managed_root


@asynccontextmanager
async def _build(runtime: Runtime) -> AsyncIterator[LocalStorage]:
    async def library_folders() -> list[bytes]:
        async with runtime.database.session() as session:
            return list(await session.scalars(select(LibraryFolder.path)))

    managed = managed_root(runtime)

    async def announce() -> None:
        await ingest.keep_folder(runtime, managed)

    folders = KnownFolders(library_folders)
    await folders.anew()
    storage = LocalStorage(folders, managed, announce)
    try:
        yield storage
    finally:
        storage.close()


PLUGIN = Plugin(name="local", port="storage", build=_build)
