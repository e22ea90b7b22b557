"""What stands below a document in its channel: enough to make the index again from the channel."""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

_FORM: Final = re.compile(
    r"(?P<name>[^\n]+)\npart (?P<number>[1-9]\d{0,6})/(?P<count>[1-9]\d{0,6}|\?)\n"
    r"sha256 (?P<sha256>[0-9a-f]{64}|\?)\nid (?P<mark>[0-9a-f]{16})"
)


@dataclass(frozen=True, slots=True)
class Caption:
    """Which part of which object a document is.

    `number` counts from 0. `count` and `sha256` (of the whole object, lower-case hex) are None
    while the object is not whole yet. `mark` names the upload: no two documents have the same.
    """

    name: str
    number: int
    count: int | None
    sha256: str | None
    mark: str

    def __str__(self) -> str:
        count = self.count or "?"
        return (
            f"{self.name}\npart {self.number + 1}/{count}\n"
            f"sha256 {self.sha256 or '?'}\nid {self.mark}"
        )


def read_caption(text: str) -> Caption | None:
    """Read a caption that was written here; None for any other text."""
    found = _FORM.fullmatch(text.strip("\n"))
    if found is None:
        return None
    count, sha256 = found["count"], found["sha256"]
    return Caption(
        found["name"],
        int(found["number"]) - 1,
        None if count == "?" else int(count),
        None if sha256 == "?" else sha256,
        found["mark"],
    )


def mark_of(file_id: int) -> str:
    """Return the mark of an upload by its file id."""
    return f"{file_id:016x}"


def random_id(*said: object) -> int:
    """Return the `random_id` of a message: the same for the same message, so that it is made once.

    A signed 64-bit number that is not 0.
    """
    digest = hashlib.sha256("\n".join(map(str, said)).encode()).digest()
    return int.from_bytes(digest[:8], "little", signed=True) or 1
