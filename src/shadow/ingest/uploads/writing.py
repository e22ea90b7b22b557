"""Put the bytes of an upload on the disk. All block.

How much of an upload is there is told by its file's size alone, and only after the file was synced:
so what was told survives a power cut, and after a kill the file tells the truth by itself. The file
is synced before each answer and every 64 MiB.

Bytes with a checksum count only once the checksum is proved. Until then `{id}.check` beside the
file names the offset they began at, and whoever comes after a kill cuts the file there.
"""

import errno
import fcntl
import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from shadow.ingest.ports import NoRoom
from shadow.ingest.uploads.errors import OffsetWrong, UploadLocked, UploadMissing
from shadow.ingest.uploads.headers import Checksum, refuse_checksum
from shadow.runtime.files import WRITTEN_AT_ONCE

SYNC_BYTES: Final = 64 << 20
_FLAGS: Final = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW


class Writing:
    """An upload opened for writing, by one request at a time. Methods run one after the other."""

    def __init__(self, path: Path, *, offset: int, checksum: Checksum | None) -> None:
        """Open the file to write on at an offset.

        Raises:
            UploadMissing: it is gone.
            UploadLocked: another request writes to it, in this process or another one.
            OffsetWrong: it does not end at that offset.
        """
        self._mark = mark_of(path)
        self._checksum = checksum
        self._hash = hashlib.new(checksum.algorithm) if checksum else None
        self._begun = offset
        self._unsynced = 0
        self._file = _locked(path)
        try:
            _cut(self._file, self._mark)
            self.size = os.fstat(self._file).st_size
            _refuse_gap(self.size, offset)
            if checksum:
                _write_mark(self._mark, offset)
        except BaseException:
            os.close(self._file)
            raise

    def write(self, block: bytes) -> None:
        """Add bytes. Raises `NoRoom` when the disk is full; what fitted stays."""
        rest = memoryview(block)
        if self._hash:
            self._hash.update(rest)
        try:
            while rest:
                written = os.pwrite(self._file, rest[:WRITTEN_AT_ONCE], self.size)
                self.size += written
                self._unsynced += written
                rest = rest[written:]
            if self._unsynced >= SYNC_BYTES:
                self._sync()
        except OSError as error:
            raise _refused(error) from error

    def prove(self) -> None:
        """Compare the hash, if one was announced. Raises `ChecksumWrong`."""
        if self._hash and self._checksum and self._hash.digest() != self._checksum.digest:
            raise refuse_checksum()
        if self._hash:
            self._sync()
            self._mark.unlink(missing_ok=True)
            self._hash = None

    def close(self) -> int:
        """Sync and let go; return how many bytes are there for good. What was not proved goes."""
        try:
            if self._hash:
                os.ftruncate(self._file, self._begun)
                self.size = self._begun
            self._sync()
            self._mark.unlink(missing_ok=True)
        except OSError as error:
            raise _refused(error) from error
        finally:
            os.close(self._file)
        return self.size

    def _sync(self) -> None:
        os.fsync(self._file)
        self._unsynced = 0


def begin(path: Path) -> None:
    """Make an upload's file, empty, so that it survives a power cut.

    Raises:
        NoRoom: the folder cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, _FLAGS | os.O_CREAT, 0o600))
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise _refused(error) from error


def received(path: Path) -> int:
    """Return how many bytes of an upload are there for good.

    Raises:
        UploadMissing: it is gone.
        UploadLocked: a request is writing to it, so that nothing can be said for good.
    """
    file = _locked(path)
    try:
        _cut(file, mark_of(path))
        os.fsync(file)
        return os.fstat(file).st_size
    finally:
        os.close(file)


def glance(path: Path) -> int:
    """Return how many bytes are there now, without waiting for the disk; 0 for what is gone."""
    with suppress(OSError):
        return _proved(path)
    return 0


def mark_of(path: Path) -> Path:
    """Return where the offset of bytes is noted that wait for their checksum."""
    return path.with_name(f"{path.name}.check")


def _locked(path: Path) -> int:
    try:
        file = os.open(path, _FLAGS)
    except OSError:
        raise UploadMissing("This upload is gone. Begin a new one.") from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        raise UploadLocked(
            "Another request is still writing to this upload. Try again in a moment.",
            retry_after=2,
        ) from None
    return file


def _refuse_gap(size: int, offset: int) -> None:
    if size != offset:
        raise OffsetWrong(f"{size} bytes are there: go on from that offset.")


def _write_mark(mark: Path, offset: int) -> None:
    try:
        with mark.open("w") as file:
            file.write(str(offset))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise _refused(error) from error


def _cut(file: int, mark: Path) -> None:
    """Drop what a killed request left unproved."""
    if (proved := _read_mark(mark)) is not None:
        if os.fstat(file).st_size > proved:
            os.ftruncate(file, proved)
            os.fsync(file)
        mark.unlink(missing_ok=True)


def _proved(path: Path) -> int:
    size = path.stat().st_size
    proved = _read_mark(mark_of(path))
    return size if proved is None else min(size, proved)


def _read_mark(mark: Path) -> int | None:
    try:
        text = mark.read_text()
    except FileNotFoundError:
        return None
    return int(text) if text.isdigit() else 0


def _refused(error: OSError) -> NoRoom:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return NoRoom("The server's disk is full. What came is kept; try again later.")
    return NoRoom(f"The upload cannot be written: {error.strerror}.")
