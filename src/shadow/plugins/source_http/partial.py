"""A file on its way: what is there of it, and what the server said of the whole."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from shadow.plugins.source_http.writing import WholeHash

PART, NOTES = ".http.part", ".http.json"


@dataclass(slots=True)
class Notes:
    """What is remembered beside the part. `done` is the name of the finished file."""

    key: str
    url: str
    validator: str = ""
    total: int | None = None
    done: str = ""
    size: int = 0


class Partial:
    """The part of one download in its folder. Kept across crashes."""

    def __init__(self, folder: Path, *, key: str, url: str) -> None:
        """Take up what is there of this very download, and drop what is there of another."""
        self.path = folder / PART
        self._folder = folder
        self._notes = folder / NOTES
        self.notes = self._read(key, url)
        self.hashing = WholeHash()

    def _read(self, key: str, url: str) -> Notes:
        with suppress(OSError, ValueError, TypeError):
            notes = Notes(**json.loads(self._notes.read_text()))
            if (notes.key, notes.url) == (key, url):
                return notes
        self.path.unlink(missing_ok=True)
        return Notes(key, url)

    @property
    def size(self) -> int:
        """The bytes that are there."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    @property
    def finished(self) -> str | None:
        """The name of the finished file, if it is there whole."""
        whole = self._folder / self.notes.done
        if self.notes.done and whole.is_file() and whole.stat().st_size == self.notes.size:
            return self.notes.done
        return None

    @property
    def resumable(self) -> bool:
        """Whether the rest can be asked for without mixing two versions of the file."""
        return bool(self.notes.validator) and self.notes.total is not None and self.size > 0

    def begin(self, answer: httpx.Response) -> None:
        """Start from nothing with a whole answer."""
        length = answer.headers.get("content-length", "")
        self.notes.total = int(length) if length.isascii() and length.isdigit() else None
        self.notes.validator = validator_of(answer)
        self.path.unlink(missing_ok=True)
        self._write()

    def drop(self) -> None:
        """Forget what is there: it is of no use."""
        self.path.unlink(missing_ok=True)
        self.notes.validator, self.notes.total = "", None

    def continues(self, answer: httpx.Response) -> bool:
        """Tell whether a partial answer is the rest of exactly what is there."""
        expected = f"bytes {self.size}-"
        given = answer.headers.get("content-range", "")
        return (
            given.startswith(expected)
            and given.rpartition("/")[2] == str(self.notes.total)
            and validator_of(answer) == self.notes.validator
            and "content-encoding" not in answer.headers
        )

    def finish(self, name: str) -> None:
        """Give the file its name; a crash on the way leaves it finished or as it was."""
        self.notes.done, self.notes.size = name, self.size
        self._write()
        self.path.replace(self._folder / name)

    def recover(self) -> None:
        """End a `finish` that a crash cut in two."""
        if self.notes.done and self.path.exists() and self.size == self.notes.size:
            self.path.replace(self._folder / self.notes.done)

    def _write(self) -> None:
        fresh = self._notes.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self.notes)))
        fresh.replace(self._notes)


def validator_of(answer: httpx.Response) -> str:
    """Return what tells one version of a file from another; empty when nothing does.

    A strong ETag, else the date of the last change (RFC 9110, 13.1.5). Weak ones do not tell bytes
    apart.
    """
    etag = str(answer.headers.get("etag", "")).strip()
    if etag and not etag.startswith("W/"):
        return etag
    return str(answer.headers.get("last-modified", "")).strip()
