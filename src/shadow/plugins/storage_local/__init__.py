"""The storage plugin `local`: files in the library folders, read where they lie."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import select

from shadow.ingest.models import LibraryFolder
from shadow.plugins.storage_local.folders import KnownFolders
from shadow.plugins.storage_local.storage import LocalStorage
from shadow.runtime.context import Runtime
from shadow.runtime.plugins import Plugin


@asynccontextmanager
async def _build(runtime: Runtime) -> AsyncIterator[LocalStorage]:
    async def library_folders() -> list[bytes]:
        async with runtime.database.session() as session:
            return list(await session.scalars(select(LibraryFolder.path)))

    storage = LocalStorage(KnownFolders(library_folders))
    try:
        yield storage
    finally:
        storage.close()


PLUGIN = Plugin(name="local", port="storage", build=_build)
