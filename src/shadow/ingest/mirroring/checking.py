"""Look at one file or copy: is it there, of its size, and what it was?"""

import hashlib
from dataclasses import dataclass
from typing import Final

from shadow.catalog.models import File, FileCopy
from shadow.ingest.mirroring.places import mirror_called
from shadow.ingest.signatures import END_BYTES
from shadow.kit.errors import Kind, ShadowError
from shadow.runtime.context import Runtime
from shadow.storage.errors import ObjectChanged, ObjectMissing
from shadow.storage.ports import ReadableMirror, Reader
from shadow.storage.service import open_at, sha256_of_object

BLOCK: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look told.

    `state` is `ok`, `missing`, `damaged`, `unreachable` or `replaced` (changed since the last scan,
    which will see to it); `detail` is for people; `sha256` is set where all was read.
    """

    state: str
    detail: str = ""
    sha256: str | None = None


async def check_file(runtime: Runtime, file: File, *, sampled: bool, deep: bool = False) -> Finding:
    """Look at a file where the catalogue has it."""
    try:
        reader = await open_at(runtime, file.storage, file.path, fresh=True)
    except ShadowError as error:
        return _failure(error)
    try:
        facts = reader.facts
        if (facts.size, facts.mtime_ns) != (file.size, file.mtime_ns) and file.storage == "local":
            return Finding("replaced")
        if facts.size != file.size:
            return Finding("damaged", f"It has {facts.size} bytes instead of {file.size}.")
        return await _content(reader, file, sampled=sampled, deep=deep)
    except ShadowError as error:
        return _failure(error)
    finally:
        await reader.close()


async def check_copy(
    runtime: Runtime, file: File, copy: FileCopy, *, deep: bool = False
) -> Finding:
    """Look at a copy: what it is a copy of, existence, size, both ends, or all of it."""
    if copy.size != file.size or copy.sha256 is None or copy.sha256 != file.sha256:
        return Finding("damaged", "The file was replaced since: the copy is an old one.")
    try:
        if copy.kind == "mirror":
            mirror = mirror_called(runtime, copy.place)
            if not await mirror.exists(copy.key.decode()):
                return Finding("missing", "The copy is gone.")
            if not deep or not isinstance(mirror, ReadableMirror):
                return Finding("ok")
        reader = await open_at(runtime, copy.place, copy.key, kind=copy.kind, fresh=True)
        try:
            if reader.facts.size != copy.size:
                return Finding("damaged", f"It has {reader.facts.size} bytes, not {copy.size}.")
            return await _content(reader, file, sampled=True, deep=deep)
        finally:
            await reader.close()
    except ShadowError as error:
        return _failure(error)


async def _content(reader: Reader, file: File, *, sampled: bool, deep: bool) -> Finding:
    if sampled and file.head_tail and await head_tail_of(reader) != file.head_tail:
        return Finding("damaged", "Its beginning or end is not what it was.")
    if not deep:
        return Finding("ok")
    sha256 = await sha256_of_object(reader)
    if file.sha256 not in (None, sha256):
        return Finding("damaged", "Its content is not what it was: the SHA-256 differs.", sha256)
    return Finding("ok", sha256=sha256)


async def head_tail_of(reader: Reader) -> str:
    """Return of an open object what `signatures.head_tail` returns of a file."""
    size = reader.facts.size
    digest = hashlib.sha1(b"%d:" % size, usedforsecurity=False)
    spans = [(0, size)] if size <= 2 * END_BYTES else [(0, END_BYTES), (size - END_BYTES, size)]
    for start, stop in spans:
        at = start
        while at < stop:
            block = await reader.read(at, min(BLOCK, stop - at))
            if not block:
                raise ObjectChanged("The object ended before its size.")
            digest.update(block)
            at += len(block)
    return digest.hexdigest()[:32]


def _failure(error: ShadowError) -> Finding:
    if isinstance(error, ObjectMissing):
        return Finding("missing", error.detail)
    if isinstance(error, ObjectChanged):
        return Finding("damaged", error.detail)
    gone = error.kind is Kind.missing
    return Finding("missing" if gone else "unreachable", error.detail)
