"""Opening files below the library folders and nowhere else."""

import errno
import os
import stat
from collections.abc import Sequence
from functools import partial
from io import FileIO
from typing import Final

from shadow.storage.errors import ObjectMissing, ObjectOutside, StorageUnavailable
from shadow.storage.ports import ObjectFacts

_READ: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_WALK: Final = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_GONE: Final = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EISDIR, errno.ENXIO}
)


def open_file(key: bytes, roots: Sequence[bytes]) -> FileIO:
    """Open the regular file at the absolute path `key` for unbuffered reading. Blocks.

    Links are followed, and what they lead to must lie below one of `roots` (themselves resolved).
    The resolved path is then walked folder by folder without following links, so that one put
    there in between cannot lead elsewhere. The file closes itself when forgotten.

    Raises:
        ObjectMissing, ObjectOutside, StorageUnavailable.
    """
    try:
        found = _open_below(os.path.realpath(key), [os.path.realpath(root) for root in roots])
    except ValueError as error:  # a NUL byte in the name
        raise ObjectMissing("This file's name cannot exist on a disk.") from error
    except PermissionError as error:
        raise ObjectOutside(
            "The file may not be read. Give the account that runs the server read permission."
        ) from error
    except OSError as error:
        if error.errno in _GONE:
            raise ObjectMissing(
                "The file is no longer where it was found. Scan the library again."
            ) from error
        raise StorageUnavailable(f"The disk does not answer: {error.strerror}.") from error
    if not stat.S_ISREG(os.fstat(found.fileno()).st_mode):
        found.close()
        raise ObjectMissing("There is something else than a file at this place.")
    return found


def facts_of(descriptor: int) -> ObjectFacts:
    """Return size and modification time of an open file."""
    status = os.fstat(descriptor)
    return ObjectFacts(status.st_size, status.st_mtime_ns)


def _open_below(path: bytes, roots: Sequence[bytes]) -> FileIO:
    """Open a path that holds no links, below one of `roots` that hold none either."""
    for root in roots:
        top = root if root.endswith(b"/") else root + b"/"
        if path.startswith(top):
            return FileIO(path, opener=partial(_walk, top))
    raise ObjectOutside("The file lies outside the library folders.")


def _walk(top: bytes, path: bytes, _flags: int) -> int:
    """Return a descriptor of the file `path` below the folder `top`, following no link."""
    *folders, name = path[len(top) :].split(b"/")
    folder = os.open(top, _WALK)
    try:
        for step in folders:
            inner = os.open(step, _WALK, dir_fd=folder)
            os.close(folder)
            folder = inner
        return os.open(name, _READ, dir_fd=folder)
    finally:
        os.close(folder)
