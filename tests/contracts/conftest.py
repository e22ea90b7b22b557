"""Every storage, and a way to put objects into it behind its back."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from shadow.storage.ports import WritableStorage
from tests.support.memory_storage import MemoryStorage
from tests.support.s3 import running_s3
from tests.support.storages import local_storage, rclone_storage, s3_client, s3_settings, s3_storage
from tests.support.telegram_storage import telegram_storage


class Filled:
    """A storage together with a way to put objects into it, overwriting."""

    def __init__(self, storage: WritableStorage, put: Callable[[str, bytes], bytes]) -> None:
        self.storage = storage
        self.put = put


@pytest.fixture(scope="session")
def s3_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_s3(tmp_path_factory.mktemp("s3") / "log") as endpoint:
        yield endpoint


@pytest.fixture(params=["local", "memory", "rclone", "s3", "telegram"])
async def filled(
    request: pytest.FixtureRequest, tmp_path: Path, sqlite_file: Path
) -> AsyncIterator[Filled]:
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
        case "s3":
            endpoint = request.getfixturevalue("s3_service")
            settings = s3_settings(endpoint)
            client = s3_client(endpoint)

            def put_s3(name: str, content: bytes) -> bytes:
                client.put_object(Bucket=settings.bucket, Key=f"lib/{name}", Body=content)
                return f"lib/{name}".encode()

            yield Filled(s3_storage(settings), put_s3)
        case "rclone":
            far = tmp_path / "far"
            (far / "lib").mkdir(parents=True)

            def put_far(name: str, content: bytes) -> bytes:
                (far / "lib" / name).write_bytes(content)
                return f"near:lib/{name}".encode()

            rclone, daemon = await rclone_storage(tmp_path / "data", far)
            yield Filled(rclone, put_far)
            await daemon.close()
        case "telegram":
            async with telegram_storage(tmp_path / "data", sqlite_file) as (telegram, put_post):
                yield Filled(telegram, put_post)
