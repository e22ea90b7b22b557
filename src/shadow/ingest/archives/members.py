"""Read the entries of zip and tar archives one by one, as plain facts and streams of bytes."""

import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Literal

from shadow.ingest.archives.errors import ArchiveDamaged, ArchiveLocked, ArchiveRefused
from shadow.runtime.files import WRITTEN_AT_ONCE

Form = Literal["file", "folder", "link", "other"]
PIECE = WRITTEN_AT_ONCE
BROKEN = "The archive is damaged or incomplete. Fetch it again, or from elsewhere."
LOCKED = "The archive asks for a password. Unpack it yourself and upload what is in it."


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its name as the archive has it, what it is, its size as the archive says.

    `pieces()` streams the content; it works until the next entry is asked for.
    """

    name: str
    form: Form
    size: int
    pieces: Callable[[], Iterator[bytes]]


def zip_entries(path: Path) -> Generator[Entry, None, None]:
    """Yield a zip archive's entries. Raises `ArchiveLocked`, and what `told_plainly` tells."""
    with zipfile.ZipFile(path) as archive:
        for item in archive.infolist():
            if item.flag_bits & 1:
                raise ArchiveLocked(LOCKED)
            # `filename` ends at the first NUL; what stood behind it must not go unseen.
            yield Entry(
                item.orig_filename, _zip_form(item), item.file_size,
                partial(_zip_pieces, archive, item),
            )  # fmt: skip


def _zip_form(item: zipfile.ZipInfo) -> Form:
    if item.is_dir():
        return "folder"
    mode = stat.S_IFMT(item.external_attr >> 16)
    if mode in (0, stat.S_IFREG):
        return "file"
    return "link" if mode == stat.S_IFLNK else "folder" if mode == stat.S_IFDIR else "other"


def _zip_pieces(archive: zipfile.ZipFile, item: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(item) as content:
        yield from _pieces(content)


def tar_entries(path: Path) -> Generator[Entry, None, None]:
    """Yield the entries of a tar archive, also one packed with gzip, bzip2 or xz.

    Raises what `told_plainly` tells.
    """
    # As a stream: nothing is read twice, and no list of all entries grows.
    with tarfile.open(path, "r|*") as archive:
        for item in archive:
            archive.members = []  # type: ignore[attr-defined] # lacks in the stubs
            yield Entry(item.name, _tar_form(item), item.size, partial(_tar_pieces, archive, item))


def _tar_form(item: tarfile.TarInfo) -> Form:
    if item.isdir():
        return "folder"
    if item.issym() or item.islnk():
        return "link"
    return "file" if item.isreg() and not item.issparse() else "other"


def _tar_pieces(archive: tarfile.TarFile, item: tarfile.TarInfo) -> Iterator[bytes]:
    content = archive.extractfile(item)
    if content is not None:
        with content:
            yield from _pieces(content)


def _pieces(content: IO[bytes]) -> Iterator[bytes]:
    while piece := content.read(PIECE):
        yield piece


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn what the readers raise, here or while content is streamed, into plain words.

    Raises:
        ArchiveDamaged, ArchiveRefused; errors of the disk pass as they are.
    """
    try:
        yield
    except NotImplementedError as error:
        raise ArchiveRefused(f"The archive is packed in a way unknown here ({error}).") from error
    except OSError as error:
        if error.errno is None:  # gzip's way to say that the content is wrong
            raise ArchiveDamaged(BROKEN) from error
        raise
    except (
        *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError),
        *(EOFError, ValueError, struct.error),
    ) as error:
        raise ArchiveDamaged(BROKEN) from error
