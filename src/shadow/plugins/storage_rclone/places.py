"""Keys of the storage `rclone`: `remote:folder/name`, and what rclone is told for them."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from shadow.storage.errors import ObjectMissing, ObjectOutside

NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}")
REMOTE: Final = re.compile(rf"(?:{NAME.pattern}):")
"""How a remote begins that was set up. `:sftp,ssh=…:` and `/folder`, which rclone takes too, are
none: they would be a way around what is allowed."""


@dataclass(frozen=True, slots=True)
class Place:
    """An object as rclone names it: `fs` is a remote and a folder in it, `remote` the rest."""

    fs: str
    remote: str

    @property
    def key(self) -> bytes:
        """The key under which the object is kept in the catalogue."""
        joint = "" if self.fs.endswith((":", "/")) else "/"
        return f"{self.fs}{joint}{self.remote}".encode()

    @property
    def address(self) -> str:
        """The path at which the daemon serves the object."""
        return f"/{quote(f'[{self.fs}]', safe='')}/{quote(self.remote)}"

    def beside(self, name: str) -> "Place":
        """Return the place of another name in the same folder."""
        folder, slash, _ = self.remote.rpartition("/")
        return Place(self.fs, folder + slash + name)

    @property
    def folder(self) -> str:
        """The folder in `fs` that it lies in; empty for `fs` itself."""
        return self.remote.rpartition("/")[0]


def place_of(key: bytes, base: str) -> Place:
    """Return where a key leads; `base` is where new files go.

    Raises:
        ObjectOutside: it names no remote.
        ObjectMissing: nothing can lie there.
    """
    try:
        text = key.decode()
    except UnicodeDecodeError:
        raise ObjectMissing("There is no such object.") from None
    start = REMOTE.match(text)
    if not start:
        raise ObjectOutside("The key names no remote.")
    if base and not base.endswith(":") and text.startswith(base + "/"):
        fs, rest = base, text[len(base) + 1 :]
    else:
        fs, rest = start[0], text[start.end() :]
        if rest.startswith("/"):
            fs, rest = fs + "/", rest[1:]
    if any(part in ("", ".", "..") for part in rest.split("/")) or "\0" in rest:
        raise ObjectMissing("There is no such object.")
    return Place(fs, rest)
