"""Files hashed while they are written."""

import hashlib
import os
from pathlib import Path

import pytest

from shadow.plugins.source_aria2.ahead import final_bytes
from shadow.storage.service import GrowingHash

CONTENT = os.urandom(20 << 20)


async def test_the_hash_is_there_when_the_file_is(tmp_path: Path) -> None:
    path = tmp_path / "film"
    hashing = GrowingHash(path)
    with path.open("wb", buffering=0) as file:
        for start in range(0, len(CONTENT), 3_000_000):
            file.write(CONTENT[start : start + 3_000_000])
            hashing.grown(file.tell())
    assert await hashing.digest(len(CONTENT)) == hashlib.sha256(CONTENT).hexdigest()


async def test_bytes_that_are_taken_back_leave_no_hash(tmp_path: Path) -> None:
    path = tmp_path / "film"
    path.write_bytes(CONTENT)
    hashing = GrowingHash(path)
    hashing.grown(1 << 20)
    hashing.grown(1 << 10)
    assert await hashing.digest(len(CONTENT)) is None


async def test_a_file_that_is_gone_or_shorter_leaves_no_hash(tmp_path: Path) -> None:
    missing = GrowingHash(tmp_path / "nothing")
    assert await missing.digest(5) is None
    path = tmp_path / "short"
    path.write_bytes(b"abc")
    short = GrowingHash(path)
    short.grown(3)
    assert await short.digest(5) is None


async def test_it_can_be_left_at_any_time(tmp_path: Path) -> None:
    path = tmp_path / "film"
    path.write_bytes(CONTENT)
    hashing = GrowingHash(path)
    await hashing.stop()
    hashing.grown(len(CONTENT))
    await hashing.stop()
    await hashing.stop()


@pytest.mark.parametrize(
    ("pieces", "whole"),
    [
        ("", 0),
        ("0", 0),
        ("8", 1),
        ("c", 2),
        ("e", 3),
        ("f", 4),
        ("f7", 4),
        ("fe0f", 7),
        ("ffff", 10),
    ],
)
def test_the_pieces_in_a_row_are_counted(pieces: str, whole: int) -> None:
    status = {"bitfield": pieces, "pieceLength": "100", "totalLength": "1000"}
    assert final_bytes(status) == min(whole * 100, 1000)
