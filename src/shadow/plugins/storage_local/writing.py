"""New files in the managed folder: whole or not at all, over nothing, through no link. All block.

A file is written without a name and linked under its name once it is on the disk (Linux,
`O_TMPFILE`): a kill leaves nothing at all. Where the file system lacks that, it has a name of ours
until then; what a kill leaves under such a name is swept by the next write to the folder.
"""

import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from shadow.plugins.storage_local.files import facts_of
from shadow.runtime.files import write_all
from shadow.storage.errors import (
    ObjectExists,
    ObjectOutside,
    StorageFull,
    StorageUnavailable,
)
from shadow.storage.ports import ObjectFacts
from shadow.storage.service import RESERVED

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_WRITE: Final = os.O_WRONLY | os.O_CLOEXEC
_UNNAMED: Final[int | None] = getattr(os, "O_TMPFILE", None)
_NO_UNNAMED: Final = frozenset({errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT, errno.EINVAL})
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NO_LINKS: Final = frozenset(
    {errno.EXDEV, errno.EPERM, errno.EACCES, errno.EMLINK, errno.ENOENT, errno.EOPNOTSUPP}
)


def open_folder(root: bytes, folders: Sequence[bytes], *, make: bool) -> int:
    """Return a descriptor of a folder below `root`, following no link below it.

    Raises:
        OSError: as the system tells it; `refused` says it for people.
    """
    if make:
        os.makedirs(root, exist_ok=True)  # noqa: PTH103 bytes
    folder = os.open(root, _FOLDER & ~os.O_NOFOLLOW)  # the operator's own may be a link
    try:
        for step in folders:
            inner = _open_inner(folder, step, make=make)
            os.close(folder)
            folder = inner
    except BaseException:
        os.close(folder)
        raise
    return folder


def _open_inner(folder: int, step: bytes, *, make: bool) -> int:
    try:
        return os.open(step, _FOLDER, dir_fd=folder)
    except FileNotFoundError:
        if not make:
            raise
        with suppress(FileExistsError):
            os.mkdir(step, dir_fd=folder)
            os.fsync(folder)
        return os.open(step, _FOLDER, dir_fd=folder)
    except OSError as error:
        if error.errno not in (errno.ENOTDIR, errno.ELOOP):
            raise
        if stat.S_ISLNK(os.stat(step, dir_fd=folder, follow_symlinks=False).st_mode):
            raise ObjectOutside("A link lies where a folder is needed. Remove it.") from error
        raise ObjectExists("A file lies where a folder is needed.") from error


class Incoming:
    """A file on its way. Methods are called one after the other, in any thread."""

    def __init__(self, root: bytes, parts: Sequence[bytes], size: int | None) -> None:
        """Make what will become the file of these parts below `root`; `size` as far as known.

        Raises:
            ObjectExists, ObjectOutside, StorageFull, StorageUnavailable.
        """
        self._name = parts[-1]
        self._temporary: bytes | None = None
        self._kept = False
        try:
            self._folder = open_folder(root, parts[:-1], make=True)
        except OSError as error:
            raise refused(error) from error
        try:
            _refuse_taken(self._folder, self._name)
            _refuse_larger(self._folder, size)
            self._file = self._open()
        except OSError as error:
            os.close(self._folder)
            raise refused(error) from error
        except BaseException:
            os.close(self._folder)
            raise

    def _open(self) -> int:
        if _UNNAMED is not None:
            try:
                return os.open(".", _WRITE | _UNNAMED, 0o666, dir_fd=self._folder)
            except OSError as error:
                if error.errno not in _NO_UNNAMED:
                    raise
        _sweep(self._folder)
        while True:
            self._temporary = f"{RESERVED}{secrets.token_hex(8)}.part".encode()
            create = _WRITE | os.O_CREAT | os.O_EXCL
            made = os.open(self._temporary, create, 0o666, dir_fd=self._folder)
            fcntl.flock(made, fcntl.LOCK_EX)
            if os.fstat(made).st_nlink:
                return made
            os.close(made)  # another one's sweep came before the lock

    def write(self, block: bytes) -> None:
        """Add a block. Raises `StorageFull` or `StorageUnavailable`."""
        try:
            write_all(self._file, block)
        except OSError as error:
            raise refused(error) from error

    def flush(self) -> None:
        """Wait until all is on the disk. Raises `StorageFull` or `StorageUnavailable`."""
        try:
            os.fsync(self._file)
        except OSError as error:
            raise refused(error) from error

    def keep(self) -> ObjectFacts:
        """Give the file its name; from now on it is there.

        Raises:
            ObjectExists, StorageUnavailable.
        """
        source = self._temporary or f"/proc/self/fd/{self._file}".encode()
        within = self._folder if self._temporary else None
        try:
            os.link(source, self._name, src_dir_fd=within, dst_dir_fd=self._folder)
            self._kept = True
            os.fsync(self._folder)
            return facts_of(self._file)
        except OSError as error:
            raise refused(error) from error

    def close(self) -> None:
        """Let go of the file, which is gone unless it was kept."""
        if self._temporary:
            with suppress(OSError):
                os.unlink(self._temporary, dir_fd=self._folder)
        os.close(self._file)
        os.close(self._folder)

    def drop(self) -> None:
        """Leave nothing, even if the file was kept a moment ago."""
        if self._kept:
            with suppress(OSError):
                os.unlink(self._name, dir_fd=self._folder)
        self.close()


def adopt(source: int, root: bytes, parts: Sequence[bytes]) -> ObjectFacts | None:
    """Give an open file a further name below `root`; None where that cannot be done.

    Raises:
        ObjectExists, ObjectOutside, StorageFull, StorageUnavailable.
    """
    folder: int | None = None
    try:
        folder = open_folder(root, parts[:-1], make=True)
        os.fsync(source)
        os.link(f"/proc/self/fd/{source}".encode(), parts[-1], dst_dir_fd=folder)
        os.fsync(folder)
        return facts_of(source)
    except OSError as error:
        if error.errno in _NO_LINKS:
            return None
        raise refused(error) from error
    finally:
        if folder is not None:
            os.close(folder)


def find_file(root: bytes, parts: Sequence[bytes]) -> ObjectFacts | None:
    """Return the facts of the regular file under that name, if there is one.

    Raises:
        ObjectOutside: a link lies in the way.
        StorageUnavailable.
    """
    folder: int | None = None
    try:
        folder = open_folder(root, parts[:-1], make=False)
        found = os.stat(parts[-1], dir_fd=folder, follow_symlinks=False)
    except (FileNotFoundError, ObjectExists):
        return None
    except OSError as error:
        raise refused(error) from error
    finally:
        if folder is not None:
            os.close(folder)
    return ObjectFacts(found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None


def refused(error: OSError) -> ObjectExists | ObjectOutside | StorageFull | StorageUnavailable:
    """Return what an error of the system means for whoever stores a file."""
    if error.errno in _NO_ROOM:
        return StorageFull("The disk of the storage is full. Make room, or choose another one.")
    if error.errno == errno.EEXIST:
        return ObjectExists("Something lies under that name already.")
    if error.errno == errno.ENAMETOOLONG:
        return ObjectOutside("The name is too long for this disk.")
    return StorageUnavailable(f"The storage's folder cannot be written: {error.strerror}.")


def _refuse_taken(folder: int, name: bytes) -> None:
    with suppress(FileNotFoundError):
        os.stat(name, dir_fd=folder, follow_symlinks=False)
        raise ObjectExists("Something lies under that name already.")


def _refuse_larger(folder: int, size: int | None) -> None:
    disk = os.fstatvfs(folder)
    if size is not None and disk.f_blocks > 0 and disk.f_bavail * disk.f_frsize < size:
        raise StorageFull("The file is larger than what is free on the storage's disk.")


def _sweep(folder: int) -> None:
    """Delete what killed processes left in a folder; what is being written is locked."""
    for name in os.listdir(folder):
        if not (name.startswith(RESERVED) and name.endswith(".part")):
            continue
        with suppress(OSError):
            left = os.open(name, _WRITE | os.O_NOFOLLOW, dir_fd=folder)
            try:
                fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(name, dir_fd=folder)
            finally:
                os.close(left)
