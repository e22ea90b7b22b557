"""Names of objects to be: relative paths that mean the same in every storage."""

import re
from typing import Final

from shadow.storage.errors import ObjectOutside

MOST_BYTES_OF_PART: Final = 255
"""What file systems allow one name (NAME_MAX)."""
MOST_BYTES: Final = 900
"""S3 allows 1,024 bytes for a key, of which the operator's prefix takes some."""
RESERVED: Final = ".shadow-"
"""Names that begin so are ours, for what is only on its way."""
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def checked_name(name: str) -> tuple[str, ...]:
    """Return the parts of a relative name such as `Films/Nosferatu (1922)/Nosferatu.mkv`.

    Raises:
        ObjectOutside: the name is empty, absolute, has a part that is empty, `.` or `..`, holds
            control characters or half characters, or is longer than storages take.
    """
    parts = tuple(name.split("/"))
    if any(part in ("", ".", "..") for part in parts):
        raise ObjectOutside("The name must be relative, without “.”, “..” and doubled slashes.")
    if any(part.startswith(RESERVED) for part in parts):
        raise ObjectOutside(f"Names that begin with “{RESERVED}” are reserved.")
    if _CONTROL.search(name):
        raise ObjectOutside("The name holds control characters.")
    try:
        sizes = [len(part.encode()) for part in parts]
    except UnicodeEncodeError:
        raise ObjectOutside("The name holds characters that are none.") from None
    if max(sizes) > MOST_BYTES_OF_PART or sum(sizes) + len(parts) - 1 > MOST_BYTES:
        raise ObjectOutside("The name is too long.")
    return parts


def numbered(name: str, number: int) -> str:
    """Return the `number`th name beside a taken one: `a/film (2).mkv` after `a/film.mkv`.

    The first is the name itself. A name that grew too long loses the end of its stem.
    """
    if number < 2:
        return name
    folder, slash, last = name.rpartition("/")
    stem, dot, ending = last.rpartition(".")
    if not stem or len(ending) > 10:
        stem, dot, ending = last, "", ""
    tail = f" ({number}){dot}{ending}"
    room = MOST_BYTES_OF_PART - len(tail.encode())
    room = min(room, MOST_BYTES - len((folder + slash + tail).encode()))
    return folder + slash + stem.encode()[:room].decode(errors="ignore") + tail
