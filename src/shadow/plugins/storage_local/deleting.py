"""Delete files below the library folders, and folders of ours that are empty then. All block."""

import errno
import os
from collections.abc import Sequence
from contextlib import suppress

from shadow.plugins.storage_local.writing import open_folder
from shadow.storage.errors import ObjectOutside, StorageUnavailable


def delete_file(key: bytes, roots: Sequence[bytes], managed: bytes) -> None:
    """Delete the file at the absolute path `key`, a link itself and not what it leads to.

    Folders below the `managed` one that hold nothing any more go too.

    Raises:
        ObjectOutside: it lies in no library folder.
        StorageUnavailable: the system does not allow it, or it is a folder.
    """
    folder, name = os.path.split(key)
    place = os.path.realpath(folder)
    top = next((one for one in map(os.path.realpath, roots) if _lies_in(place, one)), None)
    if top is None or name in (b"", b".", b".."):
        raise ObjectOutside("The file lies outside the library folders.")
    steps = [step for step in place[len(top) :].split(b"/") if step]
    try:
        opened = open_folder(top, steps, make=False)
    except FileNotFoundError:
        return
    except OSError as error:
        raise _undeletable(error) from error
    try:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=opened)
            os.fsync(opened)
    except OSError as error:
        raise _undeletable(error) from error
    finally:
        os.close(opened)
    _remove_empty(place, os.path.realpath(managed))


def _lies_in(place: bytes, top: bytes) -> bool:
    return place == top or place.startswith(top.rstrip(b"/") + b"/")


def _remove_empty(place: bytes, managed: bytes) -> None:
    while place != managed and _lies_in(place, managed):
        try:
            os.rmdir(place)  # noqa: PTH106 bytes
        except OSError as error:
            if error.errno != errno.ENOENT:
                return
        place = os.path.dirname(place)  # noqa: PTH120 bytes


def _undeletable(error: OSError) -> StorageUnavailable:
    return StorageUnavailable(f"The file cannot be deleted: {error.strerror}.")
