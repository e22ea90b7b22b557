"""Take an archive apart into a folder. Runs in a worker process only; blocks."""

import errno
import os
import shutil
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import Any

from shadow.ingest.archives.errors import ArchiveRefused, NoRoom
from shadow.ingest.archives.kinds import ENDINGS, Kind, archive_kind, volumes_of
from shadow.ingest.archives.libarchive_entries import libarchive_entries, libarchive_told
from shadow.ingest.archives.limits import Budget, Limits
from shadow.ingest.archives.members import Entry, tar_entries, told_plainly, zip_entries
from shadow.ingest.archives.names import safe_path

NESTED = "inside"
"""Ending of the folder that an archive inside another one is taken apart into."""
_MOST_STEM = 200  # bytes, so that the ending fits into what file systems take
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def unpack(
    archive: str, target: str, endings: list[str], limits: dict[str, int]
) -> list[dict[str, Any]]:
    """Unpack the files of an archive that have one of the endings, archives in it likewise.

    Args:
        archive: its absolute path.
        target: the folder to unpack into; what is in it already is deleted.
        endings: of the files that are wanted, in lower case without the dot. Others are left in
            the archive but count towards the limits; files without an ending are wanted too.
        limits: fields of `Limits`.

    Returns:
        `{"path", "size"}` of each file, the path relative to the target.

    Raises:
        ArchiveRefused: one of its kinds.
        NoRoom: the disk is full.
    """
    source, folder = Path(archive), Path(target)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    kind = archive_kind(source)
    if kind is None:
        raise ArchiveRefused("This is no archive of a known kind.")
    size = sum(one.stat().st_size for one in volumes_of(source))
    desk = _Desk(frozenset(endings) | ENDINGS, Budget(Limits(**limits), size))
    try:
        desk.unpack(kind, source, folder, level=1)
        return [
            {"path": str(path.relative_to(folder)), "size": path.stat().st_size}
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        ]
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        if error.errno in _FULL:
            raise NoRoom("The disk of the data folder is full. Make room and try again.") from error
        raise
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


class _Desk:
    """One archive being taken apart, with all that lies in it."""

    def __init__(self, endings: frozenset[str], budget: Budget) -> None:
        self._endings = endings
        self._budget = budget

    def unpack(self, kind: Kind, archive: Path, folder: Path, *, level: int) -> None:
        if level > self._budget.limits.nesting:
            raise ArchiveRefused(
                f"The archive holds archives in archives, more than {self._budget.limits.nesting} "
                "deep. It was not unpacked."
            )
        made: list[Path] = []
        with told_plainly(), libarchive_told(), closing(_entries(kind, archive)) as entries:
            for entry in entries:
                self._budget.entry()
                if path := self._place(entry, folder):
                    self._write(entry, path)
                    made.append(path)
        inner = [(found, path) for path in made if (found := archive_kind(path))]
        for found, path in inner:
            stem = path.name.encode()[:_MOST_STEM].decode(errors="ignore")
            self.unpack(found, path, path.with_name(f"{stem}.{NESTED}"), level=level + 1)
        for _, path in inner:
            for volume in volumes_of(path):
                volume.unlink()

    def _place(self, entry: Entry, folder: Path) -> Path | None:
        """Return where an entry is to be written; None for what is not."""
        place = safe_path(entry.name, self._budget.limits)
        if entry.form == "link":
            raise ArchiveRefused(f"The archive holds a link (“{entry.name[:80]}”), as traps do.")
        if entry.form == "other":
            raise ArchiveRefused(
                f"The archive holds a device or the like (“{entry.name[:80]}”), as traps do."
            )
        if place is None or entry.form == "folder":
            return None
        self._budget.would_take(entry.size)
        if not self._is_wanted(place.name):
            # Skipping unpacks as well, as packed streams are; so it has to be paid for.
            self._budget.take(entry.size)
            return None
        return folder / place

    def _is_wanted(self, name: str) -> bool:
        stem, dot, ending = name.lower().rpartition(".")
        if not dot or not stem:
            return not name.startswith(".")
        return ending in self._endings or (ending[:1] == "r" and ending[1:].isdigit())

    def _write(self, entry: Entry, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(path, flags, 0o600)
        except (FileExistsError, NotADirectoryError) as error:
            raise ArchiveRefused(
                f"The archive holds two things of one name (“{path.name[:80]}”)."
            ) from error
        with os.fdopen(descriptor, "wb") as file:
            for piece in entry.pieces():
                self._budget.take(len(piece))
                file.write(piece)


def _entries(kind: Kind, archive: Path) -> Generator[Entry, None, None]:
    if kind == "zip":
        return zip_entries(archive)
    if kind == "tar":
        return tar_entries(archive)
    return libarchive_entries(kind, volumes_of(archive))
