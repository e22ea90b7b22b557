"""What nginx is told to send, by `X-Accel-Redirect` to one of its internal addresses.

nginx sends a file of a library folder by itself, and one of a storage far away from its cache of
slices, when it does so exactly as the server would. It knows whole files and one plain range;
anything else (HEAD, several ranges, conditions, malformed ones) it passes on to the server, so
that a link answers the same with and without a gateway.
"""

import re
import time
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from shadow.catalog.service import FileBytes, open_file
from shadow.kit.errors import ShadowError
from shadow.kit.http_dates import format_http_date
from shadow.kit.preconditions import strong_etag
from shadow.kit.ranges import select_ranges
from shadow.runtime.context import Runtime
from shadow.storage.ports import LocalPaths, ObjectFacts, OnDisk
from shadow.storage.service import open_at
from shadow.streaming.gateway.settings import GatewaySettings
from shadow.streaming.service import StoredFile

CACHING: Final = "private, max-age=0, must-revalidate"
FILES: Final = "/internal/files"
SLICES: Final = "/internal/slices"
ENGINE: Final = "/internal/engine"
_CONDITIONS: Final = frozenset(
    {"if-match", "if-none-match", "if-modified-since", "if-unmodified-since"}
)
_PLAIN: Final = re.compile(r"bytes=(?:[0-9]{1,18}-[0-9]{0,18}|-[0-9]{1,18})")
"""nginx refuses longer numbers; other forms it reads differently or not at all."""


async def internal_answer(
    runtime: Runtime, file: StoredFile, method: str, headers: Mapping[str, str]
) -> dict[str, str]:
    """Return the headers that tell nginx what to send, for a person who may have the file.

    Args:
        runtime: whose storages hold the file.
        file: where its bytes are, as looked up just now.
        method: of the request.
        headers: of the request by lower-case name, repeated ones joined with `", "`.
    """
    if method == "GET" and not headers.keys() & _CONDITIONS:
        found = await _found(runtime, file.bytes)
        if found is not None and sends_alike(headers, found[1]):
            return _labelled(file, *found)
    return {"X-Accel-Redirect": ENGINE}


def sends_alike(headers: Mapping[str, str], facts: ObjectFacts) -> bool:
    """Tell whether nginx answers a GET with these headers exactly as the server would."""
    if headers.keys() & _CONDITIONS or not facts.size:
        return False
    asked = headers.get("range")
    if asked is None:
        return "if-range" not in headers
    if headers.get("if-range", version_of(facts)) != version_of(facts):
        return False
    return bool(_PLAIN.fullmatch(asked)) and len(select_ranges(asked, facts.size) or ()) == 1


def version_of(facts: ObjectFacts) -> str:
    """Return the strong entity tag that names a version of a file."""
    return strong_etag(facts.size, facts.mtime_ns)


async def _found(runtime: Runtime, file: FileBytes) -> tuple[str, ObjectFacts] | None:
    """Return the internal address of what a file is at this moment, and its facts.

    It is opened to learn them, under the storage's own rules. A file of this machine is named by
    the path that was walked, so no link leads out of the library folders. None: the engine knows
    whether there is a copy elsewhere, and if not, says what is wrong.
    """
    try:
        if not isinstance(runtime.plugins.get("storage", file.storage), LocalPaths):
            far = await open_file(runtime, file)
            await far.close()
            return SLICES, far.facts
        if not runtime.settings.group(GatewaySettings).local_files:
            return None
        near = await open_at(runtime, file.storage, file.key)
        await near.close()
    except ShadowError:
        return None
    return (FILES + quote(near.path), near.facts) if isinstance(near, OnDisk) else None


def _labelled(file: StoredFile, address: str, facts: ObjectFacts) -> dict[str, str]:
    modified = min(facts.mtime_ns // 1_000_000_000, int(time.time()))
    return {
        "X-Accel-Redirect": address,
        "Cache-Control": CACHING,
        "Content-Type": file.media_type,
        "Content-Disposition": file.disposition,
        "ETag": version_of(facts),
        "Last-Modified": format_http_date(modified),
    }
