"""Archives whose length is known before they are made, read by other people's programs."""

import io
import shutil
import subprocess
import zipfile
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import libarchive
import pytest
from hypothesis import given
from hypothesis import strategies as some

from shadow.kit.seven_zip_frames import seven_zip_frames, seven_zip_length
from shadow.kit.zip_frames import PackedFile, ZipFrames, zip_length

THEN = datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC)
NAME = some.text(
    some.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="/\\"),
    min_size=1,
    max_size=40,
)
FILES = some.dictionaries(NAME.map(lambda one: f"a/{one}"), some.binary(max_size=3000), max_size=12)
Files = dict[str, bytes]


def described(files: Files) -> list[PackedFile]:
    return [PackedFile(name, len(content), THEN) for name, content in files.items()]


def zipped(files: Files) -> bytes:
    frames, made = ZipFrames(), bytearray()
    for file, content in zip(described(files), files.values(), strict=True):
        made += frames.before(file) + content + frames.after(file, zlib.crc32(content))
    return bytes(made + frames.end())


def seven_zipped(files: Files) -> bytes:
    head, tail = seven_zip_frames(described(files))
    return head + b"".join(files.values()) + tail


def by_zipfile(archive: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.testzip() is None
        assert all(one.date_time == (2001, 9, 9, 1, 46, 40) for one in opened.infolist())
        return {one.filename: opened.read(one) for one in opened.infolist()}


def by_libarchive(archive: bytes, *, as_stream: bool = False) -> Files:
    """Read with libarchive: from memory, or as it comes off a network."""
    if as_stream:
        reading = libarchive.stream_reader(_Dribble(archive), block_size=1000)
    else:
        reading = libarchive.memory_reader(archive)
    with reading as opened:
        return {one.pathname: b"".join(one.get_blocks()) for one in opened}


@given(FILES)
def test_any_files_come_out_of_a_zip_as_they_went_in(files: Files) -> None:
    archive = zipped(files)
    assert len(archive) == zip_length(described(files))
    assert by_zipfile(archive) == files


def test_files_beyond_4_gib_are_described_in_the_large_form() -> None:
    """The frames alone: what would lie between them is passed over by a file with a hole."""
    sizes = {"a/one.mkv": 5 << 30, "a/two.mkv": 1000, "a/three.mkv": 6 << 30}
    files = [PackedFile(name, size, THEN) for name, size in sizes.items()]
    sparse = _Sparse()
    frames = ZipFrames()
    for file in files:
        sparse.write(frames.before(file))
        sparse.skip(file.size)
        small = file.size == 1000
        sparse.write(frames.after(file, zlib.crc32(bytes(1000)) if small else 0))
    sparse.write(frames.end())
    assert sparse.length == zip_length(files)
    with zipfile.ZipFile(sparse) as opened:  # type: ignore[call-overload] # reads as a file
        assert {one.filename: one.file_size for one in opened.infolist()} == sizes
        for one in opened.infolist():
            with opened.open(one) as content:
                assert content.read(10) == bytes(10), "the local header leads to the content"


class _Dribble(io.RawIOBase):
    """Bytes in order, without a way back."""

    def __init__(self, content: bytes) -> None:
        self._inner = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._inner.readinto(buffer)


class _Sparse:
    """A seekable file of what was written, with holes that are zeros."""

    def __init__(self) -> None:
        self._pieces: list[tuple[int, bytes]] = []
        self.length = 0
        self._at = 0
        self.mode = "rb"

    def write(self, piece: bytes) -> None:
        self._pieces.append((self.length, piece))
        self.length += len(piece)

    def skip(self, count: int) -> None:
        self.length += count

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + {0: 0, 1: self._at, 2: self.length}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, count: int = -1) -> bytes:
        stop = self.length if count < 0 else min(self._at + count, self.length)
        found = bytearray(max(0, stop - self._at))
        for start, piece in self._pieces:
            low, high = max(start, self._at), min(start + len(piece), stop)
            if low < high:
                found[low - self._at : high - self._at] = piece[low - start : high - start]
        self._at = stop
        return bytes(found)


SEASON = {
    "Ünïcode – 日本 - Season 01/S01E01.mkv": b"one" * 100_000,
    "Ünïcode – 日本 - Season 01/S01E02.mkv": b"",
    "Ünïcode – 日本 - Season 01/S01E03.mkv": bytes(range(256)) * 999,
}


def test_unzip_finds_nothing_wrong(tmp_path: Path) -> None:
    program = shutil.which("unzip")
    if program is None:
        pytest.skip("there is no unzip here")
    (tmp_path / "pack.zip").write_bytes(zipped(SEASON))
    told = subprocess.run(
        [program, "-t", tmp_path / "pack.zip"], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert "No errors detected" in told.stdout


def test_a_zip_can_be_taken_apart_while_it_comes() -> None:
    assert by_libarchive(zipped(SEASON), as_stream=True) == SEASON


@given(FILES)
def test_any_files_come_out_of_a_7z_as_they_went_in(files: Files) -> None:
    archive = seven_zipped(files)
    assert len(archive) == seven_zip_length(described(files))
    if files:  # libarchive takes an empty directory for damage
        assert by_libarchive(archive) == files


def test_a_damaged_7z_directory_is_noticed() -> None:
    archive = seven_zipped(SEASON)
    with pytest.raises(libarchive.ArchiveError):
        by_libarchive(archive[:-5] + b"?" + archive[-4:])


def test_times_before_and_after_what_zip_knows_do_no_harm() -> None:
    for year in (1601, 1969, 1980, 2107, 2200):
        moment = datetime(year, 3, 4, 5, 6, 8, tzinfo=UTC)
        frames = ZipFrames()
        file = PackedFile("x", 1, moment)
        made = frames.before(file) + b"x" + frames.after(file, zlib.crc32(b"x")) + frames.end()
        with zipfile.ZipFile(io.BytesIO(made)) as opened:
            assert opened.infolist()[0].date_time[0] == min(max(year, 1980), 2107)
        head, tail = seven_zip_frames([file])
        assert by_libarchive(head + b"x" + tail) == {"x": b"x"}
