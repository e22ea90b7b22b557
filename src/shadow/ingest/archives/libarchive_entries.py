"""Read 7z, RAR and Zstandard archives by the system's libarchive, where there is one.

It runs in a worker process only: a parser in C on hostile input.
"""

import ctypes
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shadow.ingest.archives.errors import ArchiveDamaged, ArchiveLocked, ArchiveUnknown
from shadow.ingest.archives.members import BROKEN, LOCKED, PIECE, Entry, Form

try:
    from libarchive import ffi
    from libarchive.entry import ArchiveEntry, FileType
    from libarchive.exception import ArchiveError
except (ImportError, OSError, AttributeError, TypeError):  # the system library is not there
    ffi = None

    class ArchiveError(Exception):  # type: ignore[no-redef] # never raised, so that it can be named
        """Stands for the error of a library that is not there."""


FORMATS = {"7z": ("7zip",), "rar": ("rar", "rar5"), "zst": ("tar",)}
FILTERS = {"7z": ("none",), "rar": ("none",), "zst": ("zstd",)}
_SAYS_LOCKED = ("encrypt", "passphrase", "crypto")


def libarchive_entries(kind: str, paths: list[Path]) -> Generator[Entry, None, None]:
    """Yield the entries of an archive of a kind, which may lie in several volumes.

    Raises `ArchiveUnknown`, `ArchiveLocked`, and what `libarchive_told` tells.
    """
    if ffi is None:
        raise ArchiveUnknown(
            f"Opening .{kind} archives needs libarchive on the server (Debian: libarchive13). "
            "Install it and try again, or send a .zip."
        )
    with _opened(kind, paths) as archive:
        while True:
            item = ArchiveEntry(archive)
            if ffi.read_next_header2(archive, item._entry_p) == ffi.ARCHIVE_EOF:  # noqa: SLF001 -- its own loop hides the pointer
                return
            if _is_locked(item):
                raise ArchiveLocked(LOCKED)
            yield Entry(item.pathname or "", _form(item), item.size or 0, _Content(archive))


@contextmanager
def libarchive_told() -> Iterator[None]:
    """Turn what libarchive raises into plain words. Raises `ArchiveLocked`, `ArchiveDamaged`."""
    try:
        yield
    except ArchiveError as error:
        said = str(error).lower()
        if any(word in said for word in _SAYS_LOCKED):
            raise ArchiveLocked(LOCKED) from error
        raise ArchiveDamaged(BROKEN) from error


@contextmanager
def _opened(kind: str, paths: list[Path]) -> Iterator[Any]:
    archive = ffi.read_new()
    try:
        for name in FORMATS[kind]:
            ffi.get_read_format_function(name)(archive)
        for name in FILTERS[kind]:
            ffi.get_read_filter_function(name)(archive)
        names = [str(path).encode() for path in paths]
        listed = (ctypes.c_char_p * (len(names) + 1))(*names, None)
        open_all = ffi.ffi(
            "read_open_filenames",
            [ctypes.c_void_p, ctypes.POINTER(ctypes.c_char_p), ctypes.c_size_t],
            ctypes.c_int,
            ffi.check_int,
        )
        open_all(archive, listed, PIECE)
        yield archive
    finally:
        ffi.read_free(archive)


class _Content:
    """The content of the entry that an archive stands at."""

    def __init__(self, archive: Any) -> None:
        self._archive = archive

    def __call__(self) -> Iterator[bytes]:
        block = ctypes.create_string_buffer(PIECE)
        while count := ffi.read_data(self._archive, block, PIECE):
            yield block.raw[:count]


def _is_locked(item: Any) -> bool:
    ask = ffi.libarchive.archive_entry_is_encrypted
    ask.argtypes, ask.restype = [ctypes.c_void_p], ctypes.c_int
    return bool(ask(item._entry_p))  # noqa: SLF001 -- the package does not offer it


def _form(item: Any) -> Form:
    pointer = item._entry_p  # noqa: SLF001 -- the package tells hard links from files only here
    if ffi.entry_hardlink(pointer) is not None or item.filetype == FileType.SYMBOLINK_LINK:
        return "link"
    if item.filetype == FileType.DIRECTORY:
        return "folder"
    return "file" if item.filetype == FileType.REGULAR_FILE else "other"
