"""HTTP of storage: which storages there are, and the remotes of those that have some."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path

from shadow.runtime.web import Admin, CurrentRuntime
from shadow.storage.choosing import describe_storages, storage_with_remotes
from shadow.storage.schemas import (
    RemoteIn,
    RemoteList,
    RemoteOut,
    RemoteStateOut,
    SliceCacheOut,
    StorageList,
    StorageOut,
)
from shadow.storage.slices.figures import cache_figures, clear_cache

router = APIRouter(tags=["storage"])
Name = Annotated[str, Path(max_length=64)]


@router.get("/api/storages", name="list_storages")
async def list_storages(caller: Admin, runtime: CurrentRuntime) -> StorageList:
    """List the storages that work here, and which of them new files go to."""
    return StorageList(items=[StorageOut(**asdict(one)) for one in describe_storages(runtime)])


@router.get("/api/storages/cache", name="read_slice_cache")
async def read_slice_cache(caller: Admin, runtime: CurrentRuntime) -> SliceCacheOut:
    """Tell what this machine keeps of storages far away, and how much that helps."""
    return SliceCacheOut(**asdict(await cache_figures(runtime)))


@router.delete("/api/storages/cache", status_code=204, name="clear_slice_cache")
async def clear_slice_cache(caller: Admin, runtime: CurrentRuntime) -> None:
    """Delete what this machine keeps of storages far away. Who watches goes on."""
    await clear_cache(runtime)


@router.get("/api/storages/{storage}/remotes", name="list_remotes")
async def list_remotes(storage: Name, caller: Admin, runtime: CurrentRuntime) -> RemoteList:
    """List the remotes of a storage. What their options are set to is not told."""
    remotes = await storage_with_remotes(runtime, storage).list_remotes()
    return RemoteList(items=[RemoteOut(**asdict(one)) for one in remotes])


@router.post("/api/storages/{storage}/remotes", status_code=201, name="create_remote")
async def create_remote(
    storage: Name, body: RemoteIn, caller: Admin, runtime: CurrentRuntime
) -> RemoteOut:
    """Set up a remote: a service and how to sign in to it. Test it afterwards."""
    remotes = storage_with_remotes(runtime, storage)
    return RemoteOut(**asdict(await remotes.create_remote(body.name, body.kind, body.options)))


@router.delete("/api/storages/{storage}/remotes/{name}", status_code=204, name="delete_remote")
async def delete_remote(storage: Name, name: Name, caller: Admin, runtime: CurrentRuntime) -> None:
    """Forget a remote. What lies there is not touched."""
    await storage_with_remotes(runtime, storage).delete_remote(name)


@router.post("/api/storages/{storage}/remotes/{name}/test", name="test_remote")
async def test_remote(
    storage: Name, name: Name, caller: Admin, runtime: CurrentRuntime
) -> RemoteStateOut:
    """Try to list a remote's top folder, and tell what came of it."""
    state = await storage_with_remotes(runtime, storage).test_remote(name)
    return RemoteStateOut(**asdict(state))
