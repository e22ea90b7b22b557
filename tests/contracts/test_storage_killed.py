"""A process that is killed while it stores leaves nothing that anybody could take for an object."""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.programs import PIPE, Program
from tests.support.put_process import NAME
from tests.support.s3 import SECRET
from tests.support.storages import blocks, rclone_storage, s3_client, s3_settings, s3_storage

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def storing(kind: str, place: str, count: int) -> Iterator[Program]:
    """Run the process until it sent so many blocks; kill it."""
    process = Program("tests.support.put_process", kind, place, str(count), stdout=PIPE)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "taken\n"
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("count", [0, 20])
async def test_a_kill_leaves_no_file_in_the_managed_folder(tmp_path: Path, count: int) -> None:
    with storing("local", str(tmp_path), count):
        assert files_below(tmp_path) == []
    assert files_below(tmp_path) == []


async def test_a_kill_leaves_no_object_in_the_bucket(s3_service: str) -> None:
    settings = s3_settings(s3_service)
    place = json.dumps({**settings.model_dump(mode="json"), "secret_key": SECRET})
    storage = s3_storage(settings)
    with storing("s3", place, 20):
        assert await storage.find(NAME) is None
    assert await storage.find(NAME) is None
    assert "Contents" not in s3_client(s3_service).list_objects_v2(Bucket=settings.bucket)
    await storage.put(NAME, blocks(b"again"), size=5)


async def test_a_kill_leaves_no_object_on_the_remote(tmp_path: Path) -> None:
    storage, daemon = await rclone_storage(tmp_path / "data", tmp_path / "far")
    try:
        with storing("rclone", str(tmp_path), 20):
            assert await storage.find(NAME) is None
        assert await storage.find(NAME) is None
        await storage.put(NAME, blocks(b"again"), size=5)
        left = [path.name for path in files_below(tmp_path / "far") if path.suffix != ".part"]
        assert left == [Path(NAME).name]
    finally:
        await daemon.close()
