"""Every storage, and a way to put objects into it behind its back."""

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from shadow.storage.ports import WritableStorage
from tests.support.memory_storage import MemoryStorage
from tests.support.storages import local_storage


class Filled:
    """A storage together with a way to put objects into it, overwriting."""

    def __init__(self, storage: WritableStorage, put: Callable[[str, bytes], bytes]) -> None:
        self.storage = storage
        self.put = put


@pytest.fixture(params=["local", "memory"])
async def filled(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Filled]:
    match request.param:
        case "memory":
            memory = MemoryStorage()

            def put_object(name: str, content: bytes) -> bytes:
                memory.hold(name.encode(), content)
                return name.encode()

            yield Filled(memory, put_object)
        case "local":

            def put_file(name: str, content: bytes) -> bytes:
                path = tmp_path / name
                path.write_bytes(content)
                return os.fsencode(path)

            storage = local_storage(tmp_path, managed=tmp_path / "store")
            yield Filled(storage, put_file)
            storage.close()
