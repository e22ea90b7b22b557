"""Fingerprints: of a file's content by its two ends, and of a folder by its listing."""

import hashlib
import os
from collections.abc import Iterable
from typing import NamedTuple

END_BYTES = 64 * 1024
"""How much of each end of a file is hashed."""


class Entry(NamedTuple):
    """A file of a listing. `name` is exact bytes, `size` in bytes."""

    name: bytes
    size: int
    mtime_ns: int


def head_tail(fd: int, size: int) -> str:
    """Hash a file's size, its first and its last 64 KiB; returns 32 hex digits.

    Two files with equal results and sizes are taken for one file that moved.
    """
    if size <= 2 * END_BYTES:
        return of_ends(size, os.pread(fd, size, 0))
    return of_ends(size, os.pread(fd, END_BYTES, 0), os.pread(fd, END_BYTES, size - END_BYTES))


def of_ends(size: int, *ends: bytes) -> str:
    """Hash as `head_tail` does what was read already: both ends, or all of a small file."""
    # SHA-1 because processors have instructions for it: no secrecy rests on this.
    digest = hashlib.sha1(b"%d:" % size, usedforsecurity=False)
    for end in ends:
        digest.update(end)
    return digest.hexdigest()[:32]


def listing_hash(own: Iterable[Entry], above: Iterable[Entry] = ()) -> bytes:
    """Hash names, sizes and times of a folder's files and of those above that belong to them."""
    # "/" cannot be in a name, so the text has one meaning only.
    lines = [b"%b/%d/%d/" % entry for entry in sorted(own)]
    lines.append(b"//")
    lines += [b"%b/%d/%d/" % entry for entry in sorted(above)]
    return hashlib.sha1(b"".join(lines), usedforsecurity=False).digest()[:16]
