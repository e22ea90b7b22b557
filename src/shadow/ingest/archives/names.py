"""Turn an entry's name into a path that stays below one folder, or refuse it."""

import re
import unicodedata
from pathlib import PurePosixPath

from shadow.ingest.archives.errors import ArchiveRefused
from shadow.ingest.archives.limits import Limits

_DRIVE = re.compile(r"^[A-Za-z]:")
_SHOWN = 80


def safe_path(name: str, limits: Limits) -> PurePosixPath | None:
    """Return where below the target an entry belongs; None for the target itself.

    Backslashes count as separators, as the programs that write them mean them.

    Raises:
        ArchiveRefused: the name is absolute, leads out by `..`, holds a NUL or control character,
            or is longer than file systems take.
    """
    if any(unicodedata.category(letter) == "Cc" for letter in name):
        raise _refused(name, "a name with control characters")
    name = name.encode(
        "utf-8", "replace"
    ).decode()  # bytes that were no UTF-8 become question marks
    parts = name.replace("\\", "/").split("/")
    if parts[0] == "" or _DRIVE.match(name):
        raise _refused(name, "an absolute name")
    parts = [part for part in parts if part not in ("", ".")]
    if ".." in parts:
        raise _refused(name, "a name that leads out of its folder")
    if len(parts) > limits.depth:
        raise _refused(name, f"more than {limits.depth} folders in each other")
    if any(len(part.encode("utf-8", "replace")) > limits.name for part in parts):
        raise _refused(name, f"a name longer than {limits.name} bytes")
    return PurePosixPath(*parts) if parts else None


def _refused(name: str, what: str) -> ArchiveRefused:
    shown = "".join(letter if letter.isprintable() else "\ufffd" for letter in name[:_SHOWN])
    return ArchiveRefused(f"The archive holds {what} (“{shown}”), which could do harm.")
