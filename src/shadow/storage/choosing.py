"""Which storage is meant: the ones the settings name, and what each of them is able to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shadow.runtime.context import Runtime
from shadow.runtime.settings import Settings
from shadow.storage.errors import RemoteMissing, StorageReadOnly, StorageUnavailable
from shadow.storage.ports import (
    LocalPaths,
    Ranged,
    ReadableMirror,
    Reader,
    Remotes,
    WritableStorage,
)
from shadow.storage.settings import StorageSettings
from shadow.storage.slices.cache import SliceCache


@dataclass(frozen=True, slots=True)
class StorageState:
    """A storage that works here: what it is able to do and what the settings use it for."""

    name: str
    writable: bool
    local: bool
    remotes: bool
    default: bool
    also: bool


def describe_storages(runtime: Runtime) -> Sequence[StorageState]:
    """Return the storages that work here, by name."""
    return [
        StorageState(
            name=storage.name,
            writable=isinstance(storage, WritableStorage),
            local=isinstance(storage, LocalPaths),
            remotes=isinstance(storage, Remotes),
            default=storage.name == default_storage(runtime),
            also=storage.name == mirror_storage(runtime),
        )
        for storage in runtime.plugins.all("storage")
    ]


def storage_with_remotes(runtime: Runtime, name: str) -> Remotes:
    """Return a storage whose remotes an admin sets up.

    Raises:
        PluginMissing: there is no working storage of that name.
        RemoteMissing: it has no remotes.
    """
    storage = runtime.plugins.get("storage", name)
    if not isinstance(storage, Remotes):
        raise RemoteMissing(f"The storage “{name}” has no remotes.")
    return storage


def default_storage(runtime: Runtime) -> str:
    """Return the name of the storage that new files go to."""
    return runtime.settings.group(StorageSettings).default


def mirror_storage(runtime: Runtime) -> str | None:
    """Return the name of the storage that gets a copy of each new file, if there is one."""
    settings = runtime.settings.group(StorageSettings)
    return settings.also if settings.also != settings.default and settings.also else None


def managed_root(runtime: Runtime) -> Path:
    """Return the folder of this machine where the storage `local` puts new files."""
    return managed_folder(runtime.settings)


def managed_folder(settings: Settings) -> Path:
    """Return the same folder for who has the settings alone."""
    chosen = settings.group(StorageSettings).local_root
    return Path(chosen) if chosen else settings.core.data_dir / "store"


def writable(runtime: Runtime, name: str) -> WritableStorage:
    """Return a storage that takes new files.

    Raises:
        PluginMissing: there is no working one of that name.
        StorageReadOnly: it can only be read.
    """
    storage = runtime.plugins.get("storage", name)
    if not isinstance(storage, WritableStorage):
        raise StorageReadOnly(f"The storage “{name}” takes no new files.")
    return storage


def local_path(runtime: Runtime, storage: str, key: bytes) -> Path | None:
    """Return where an object lies on this machine, if programs may open it here by path.

    Raises:
        PluginMissing: there is no working storage of that name.
    """
    found = runtime.plugins.get("storage", storage)
    return found.path_of(key) if isinstance(found, LocalPaths) else None


async def open_at(
    runtime: Runtime, place: str, key: bytes, *, kind: str = "storage", fresh: bool = False
) -> Reader:
    """Open an object of a storage, or a copy on a mirror (`kind` is then `mirror`).

    Storages far away are read through the slice cache of this machine. With `fresh` they are not:
    for looking whether an object is still what it was, and for reading once.

    Raises:
        PluginMissing: there is no working storage or mirror of that name.
        StorageUnavailable: the mirror does not let copies be read back.
        ShadowError: what `Storage.open` raises, or the mirror does.
    """
    found = runtime.plugins.get(kind, place)
    if kind == "mirror" and not isinstance(found, ReadableMirror):
        raise StorageUnavailable(f"Copies on “{place}” cannot be read back from here.")
    if kind == "storage" and not fresh and isinstance(found, Ranged):
        return await runtime.part(SliceCache).open_from(found, place, key)
    opened: Reader = await found.open(key.decode() if kind == "mirror" else key)
    return opened


async def delete_at(runtime: Runtime, place: str, key: bytes) -> None:
    """Delete an object of a storage, and what this machine keeps of it.

    Raises:
        PluginMissing, StorageReadOnly, ShadowError: what `writable` and `delete` raise.
    """
    await writable(runtime, place).delete(key)
    await runtime.part(SliceCache).purge(place, key)
